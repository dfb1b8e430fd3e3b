"""Pairs, index and run reports into the output, each at once or not at all."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from seedsum.errors import DocumentError, SeedsumError
from seedsum.files import TEMPORARY, read_if_there, sync_folder, write_file, write_temporary
from seedsum.output.names import output_path
from seedsum.output.pairs import PAIR_FILES, RECORD_SUFFIX
from seedsum.output.seal import is_sealed
from seedsum.records import OutputPair, RunReport


def publish(output: Path, pair: OutputPair) -> None:
    """Write a pair so that at every instant it is complete, or absent, or without a record.

    All files are written beside their places first; then the old record goes, the others take
    their places, and the new record comes last. Files of an earlier pair that this one lacks are
    removed.

    Raises:
        DocumentError: A file in the way is not ours or was edited, or the folder leads out of the
            output; nothing is changed then.
        OSError: The disk is full, not writable, ...; what was there before is still there, or is
            marked as incomplete by its missing record.
    """
    texts = {
        output_path(output, pair.name, suffix): pair.files.get(suffix) for suffix in PAIR_FILES
    }
    record = output_path(output, pair.name, RECORD_SUFFIX)
    if not record.parent.resolve().is_relative_to(output.resolve()):
        raise DocumentError(
            f"{pair.name}: {record.parent} is a link that leads out of the output folder; remove it"
        )
    for path in texts:
        if path.is_dir() or ((data := read_if_there(path)) is not None and not is_sealed(data)):
            raise DocumentError(
                f"{pair.name}: {path} was edited, or is not from seedsum, and was left as it is;"
                " move it away to get a new one"
            )
    record.parent.mkdir(parents=True, exist_ok=True)
    temporary: dict[Path, Path] = {}
    try:
        for path, text in (*texts.items(), (record, pair.record)):
            if text is not None:
                temporary[path] = write_temporary(path.parent, text.encode(), durable=True)
        record.unlink(missing_ok=True)
        for path, text in texts.items():
            if text is None:
                path.unlink(missing_ok=True)
            else:
                temporary.pop(path).replace(path)
        temporary.pop(record).replace(record)
        sync_folder(record.parent)
    finally:
        for left in temporary.values():
            left.unlink(missing_ok=True)


#: Pairs published at the same time. Syncing waits for the disk, and the file system joins what
#: waits together.
_NUM_PUBLISHERS = 4


def publish_all(output: Path, pairs: Iterable[OutputPair]) -> dict[str, Exception]:
    """Publish pairs with distinct names, several at a time; return what failed, by name.

    One that fails does not stop the others. See `publish`.
    """

    failed: dict[str, Exception] = {}

    def publish_one(pair: OutputPair) -> None:
        try:
            publish(output, pair)
        except (SeedsumError, OSError) as error:
            failed[pair.name] = error

    with ThreadPoolExecutor(_NUM_PUBLISHERS, thread_name_prefix="publishing") as pool:
        list(pool.map(publish_one, pairs))
    return failed


def write_index(output: Path, text: str, *, page: str = "") -> None:
    """Write `index.md`, and the page as `index.html`, where they do not say the same already."""
    for name, content in (("index.html", page), ("index.md", text)):
        data = content.encode()
        if data and read_if_there(output / name) != data:
            write_file(output / name, data)


def write_run_report(output: Path, report: RunReport, *, keep: int = 0) -> Path:
    """Write a run's report to `runs/<run id>.json` and return its path.

    Only the newest `keep` reports stay; 0 for all.
    """
    path = output / "runs" / f"{report.run_id}.json"
    text = json.dumps(dataclasses.asdict(report), ensure_ascii=False, indent=1)
    write_file(path, (text + "\n").encode("utf-8", "backslashreplace"))
    for old in old_run_reports(output, keep=keep):
        old.unlink(missing_ok=True)
    return path


def old_run_reports(output: Path, *, keep: int) -> list[Path]:
    """Return the reports beyond the newest `keep`, oldest first; none where 0 keeps all."""
    return _reports(output)[:-keep] if keep else []


def _reports(output: Path) -> list[Path]:
    """Return the run reports, oldest first; of runs that began in one second as they were written.

    A name begins with the second in which its run began.
    """

    def age(path: Path) -> tuple[str, int]:
        return path.name.partition("-")[0], path.stat().st_mtime_ns

    return sorted((output / "runs").glob("*.json"), key=age)


def run_reports(output: Path) -> Iterator[dict[str, Any]]:
    """Yield the run reports as their JSON objects, the newest first; what is torn is left out."""
    for path in reversed(_reports(output)):
        try:
            report = json.loads(path.read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(report, dict) and {"run_id", "started", "exit_code"} <= report.keys():
            yield report


def clean_leftovers(output: Path) -> int:
    """Remove the temporary files of runs that were killed; return how many there were.

    Only for the holder of the lock: another run's files are still in use.
    """
    num_removed = 0
    for folder, _, names in os.walk(output):
        for name in names:
            if TEMPORARY.fullmatch(name):
                Path(folder, name).unlink(missing_ok=True)
                num_removed += 1
    return num_removed
