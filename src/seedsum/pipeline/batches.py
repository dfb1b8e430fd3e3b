"""`translate_batch`: articles in columns -> their English in columns, for data frameworks."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from seedsum.output.exchange.articles import row_of
from seedsum.pipeline.context import resolve_context
from seedsum.pipeline.sources import list_sources
from seedsum.pipeline.worker.here import WorkerHere
from seedsum.pipeline.worker.messages import Setup, Stopped, Window, WindowDone
from seedsum.reading.fields import is_known
from seedsum.records import Action, Task

#: What of a row of a table is given back; the record has the rest.
_COLUMNS = ("language", "status", "translation", "summary", "flags", "reasons", "run_key")


def translate_batch(
    batch: Mapping[str, Sequence[Any]],
    *,
    profile: str | None = None,
    config: Path | str | None = None,
    offline: bool = False,
    prefix: str = "",
) -> dict[str, Any]:
    """Return the columns of a batch of articles, and those that say what was made of them.

    For `datasets.Dataset.map(seedsum.translate_batch, batched=True)` and Ray's `map_batches`. Each
    process loads the models once. Columns are known by their names, as fields of JSON lines are;
    what is added (`language`, `status`, `translation`, `summary`, `flags`, `reasons`, `run_key`,
    `record`), with the prefix before its name, replaces what is called so already. All of it is
    text: codes of flags with spaces between, the record as JSON. An article that cannot be done is
    `failed`, and the others are done.

    Raises:
        ConfigError: models.toml is not valid, or has no such profile.
        ModelError: A model is missing or damaged.
    """
    known = {name: column for name, column in batch.items() if is_known(name)}
    number = len(next(iter(batch.values()))) if batch else 0
    articles = [{name: column[n] for name, column in known.items()} for n in range(number)]
    worker = _worker(os.getpid(), profile, str(config) if config else None, offline)
    records = worker.records(articles)
    made: dict[str, list[str]] = {prefix + name: [] for name in (*_COLUMNS, "record")}
    for record in records:
        row = row_of("", json.loads(record))
        for name in _COLUMNS:
            value = row[name]
            between = " " if name == "flags" else "; "
            made[prefix + name].append(
                between.join(value) if isinstance(value, list) else value or ""
            )
        made[f"{prefix}record"].append(record)
    return {**batch, **made}


class _Worker:
    """The models of one process, and what does articles with them."""

    def __init__(self, profile: str | None, config: str | None, offline: bool) -> None:
        path = Path(config) if config else None
        context = resolve_context(path, profile, offline=offline, strict=False)
        self._worker = WorkerHere(Setup(context))
        self._doing = threading.Lock()

    def records(self, articles: Sequence[Mapping[str, Any]]) -> list[str]:
        """Return the record of each article."""
        if not articles:
            return []
        with self._doing, tempfile.TemporaryDirectory(prefix="seedsum-") as folder:
            path = Path(folder, "batch.jsonl")
            with path.open("w", encoding="utf-8", errors="backslashreplace") as file:
                for number, article in enumerate(articles):
                    line = {**{k: v for k, v in article.items() if v is not None}, "id": number}
                    file.write(json.dumps(line, ensure_ascii=False, default=_plain) + "\n")
            tasks = [
                Task(source.name, Action.WRITE, ("new",), source)
                for source in list_sources([path]).sources
            ]
            self._worker.send(Window(0, tasks))
            while True:
                match self._worker.receive(timeout_seconds=0):
                    case WindowDone() as done:
                        return [one.pair.record for one in done.documents]
                    case Stopped(error):
                        raise error


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: numpy's and Arrow's, dates, bytes."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.tolist() if hasattr(value, "tolist") else str(value)


@lru_cache(maxsize=1)
def _worker(process: int, profile: str | None, config: str | None, offline: bool) -> _Worker:
    """Return what this process works with: models do not survive a fork."""
    return _Worker(profile, config, offline)
