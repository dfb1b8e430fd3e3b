"""The translation memory: what a model decoded once is looked up the next time.

A hypothesis depends on nothing but the model, the decoding options and the input (see
`engines.length_class_end`), and all of that is in the key; so the memory changes no text, only the
time that it takes. The file may be deleted at any time. A float type is exact only as far as its
engine is: there the last bits depend on the batch, with or without a memory.

Neighbours: `loaded` puts `RememberingModel` around a loaded model; `pipeline` opens the file, while
it holds the output's lock.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import TracebackType
from typing import Self

from seedsum import __version__
from seedsum.clock import Clock
from seedsum.engines import SequenceModel, instruction_set
from seedsum.files import sha256_json
from seedsum.records import DecodingOptions, Direction, Hypothesis, ResolvedModel, Runtime, Unscored
from seedsum.settings import STAGE_VERSIONS

#: The file's name in the output's state folder.
FILE_NAME = "memory.sqlite"

#: At 345 bytes an entry of four hypotheses of 113 characters, some 740,000 segments. With 20,000 of
#: them a hit takes 15 microseconds, a miss that is then stored 29, and opening the file 0.9
#: milliseconds; decoding takes milliseconds at least.
MAX_BYTES = 256_000_000

Hypotheses = tuple[Hypothesis, ...]


def fingerprint(model: ResolvedModel, runtime: Runtime) -> str:
    """Return a hash of all that decides what a model makes of input tokens, but for the options.

    The versions of seedsum and of the engine are part of it: an upgrade starts with an empty
    memory, since nobody can say what it changes in the last bit.
    """
    spec = model.spec
    try:
        engine_version = version(spec.engine)
    except PackageNotFoundError:
        engine_version = ""
    return sha256_json(
        {
            "weights_sha256": model.weights_sha256,
            "revision": model.revision,
            "engine": (spec.engine, engine_version, runtime.device, instruction_set()),
            "compute_type": spec.compute_type,
            "tokenizer": spec.tokenizer,
            "language_codes": spec.language_codes,
            "max_source_tokens": spec.max_source_tokens,
            "software": (__version__, STAGE_VERSIONS["translation"]),
        }
    )


class RememberingModel:
    """A model that decodes only what the memory lacks; see `engines.SequenceModel`."""

    def __init__(
        self, model: SequenceModel, memory: TranslationMemory, fingerprint: str, *, clock: Clock
    ) -> None:
        """Put the memory before the model; the clock counts look-ups and hits."""
        self._model = model
        self.max_batch_tokens = model.max_batch_tokens
        self._memory = memory
        self._fingerprint = fingerprint
        self._clock = clock

    def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        """Return the model's input tokens; see `SequenceModel.encode`."""
        return self._model.encode(text, direction)

    def decode_batches(
        self,
        batches: Iterable[Sequence[tuple[str, ...]]],
        direction: Direction | None,
        options: DecodingOptions,
    ) -> Iterator[list[Hypotheses]]:
        """Yield the hypotheses of each batch in order; see `SequenceModel.decode_batches`.

        What is missing of a batch is decoded together, and a batch of which nothing is missing
        never reaches the engine.
        """
        common = sha256_json((self._fingerprint, direction and str(direction), options))
        waiting: deque[tuple[list[bytes], dict[bytes, Hypotheses]]] = deque()

        def incomplete() -> Iterator[Sequence[tuple[str, ...]]]:
            for batch in batches:
                keys = [_key(common, tokens) for tokens in batch]
                found = self._memory.look_up(keys)
                num_hits = sum(key in found for key in keys)
                self._clock.count(memory_lookups=len(keys), memory_hits=num_hits)
                waiting.append((keys, found))
                inputs = dict(zip(keys, batch, strict=True))
                if missing := [tokens for key, tokens in inputs.items() if key not in found]:
                    yield missing

        def complete() -> Iterator[list[Hypotheses]]:
            while waiting and all(key in waiting[0][1] for key in waiting[0][0]):
                keys, found = waiting.popleft()
                yield [found[key] for key in keys]

        for decoded in self._model.decode_batches(incomplete(), direction, options):
            yield from complete()
            keys, found = waiting[0]
            missing = dict.fromkeys(key for key in keys if key not in found)
            new = dict(zip(missing, decoded, strict=True))
            self._memory.store(new)
            found.update(new)
            yield from complete()
        yield from complete()

    def score(
        self,
        inputs: Sequence[tuple[str, ...]],
        hypotheses: Sequence[Hypothesis],
        direction: Direction | None,
    ) -> list[Hypothesis]:
        """Return the hypotheses with their scores; see `SequenceModel.score`."""
        common = sha256_json((self._fingerprint, direction and str(direction), "score"))
        keys = [
            _key(common, (*tokens, "\n", *hypothesis.tokens))
            if isinstance(hypothesis, Unscored)
            else b""
            for tokens, hypothesis in zip(inputs, hypotheses, strict=True)
        ]
        found = self._memory.look_up([key for key in keys if key])
        missing = [i for i, key in enumerate(keys) if key and key not in found]
        scored = self._model.score(
            [inputs[i] for i in missing], [hypotheses[i] for i in missing], direction
        )
        new = {keys[i]: (hypothesis,) for i, hypothesis in zip(missing, scored, strict=True)}
        self._memory.store(new)
        found.update(new)
        return [
            found[key][0] if key else hypothesis
            for key, hypothesis in zip(keys, hypotheses, strict=True)
        ]

    def close(self) -> None:
        """Free the model; the memory stays open for others."""
        self._model.close()


def _key(common: str, tokens: tuple[str, ...]) -> bytes:
    return hashlib.sha256(json.dumps([common, tokens]).encode()).digest()


class TranslationMemory:
    """Hypotheses by key, in one SQLite file; a context manager that closes it at its end.

    It is a convenience and never an error. A file that is damaged or not ours is moved aside and
    begun anew; where nothing can be written, nothing is remembered; `on_message` is told of both.
    Each `store` is a transaction: a killed process loses what it had not stored and no more.
    """

    #: 'seed' in ASCII; what SQLite keeps to tell one program's files from another's.
    _APPLICATION_ID = 0x73656564
    _LAYOUT_VERSION = 2
    #: Room made at a time, so that it is seldom made.
    _SHARE_KEPT = 0.9

    def __init__(
        self, path: Path, *, on_message: Callable[[str], None], max_bytes: int = MAX_BYTES
    ) -> None:
        """Open or make the file; where it grows over `max_bytes`, what is unused longest goes."""
        self._path = path
        self._on_message = on_message
        self._max_bytes = max_bytes
        self._connection: sqlite3.Connection | None = None
        self._now = 0
        self._lock = threading.Lock()
        with self._never_an_error():
            self._open()
        if self._connection is None and not path.exists():  # what was there was moved aside
            with self._never_an_error():
                self._open()

    def look_up(self, keys: Sequence[bytes]) -> dict[bytes, Hypotheses]:
        """Return the hypotheses of those keys that are known."""
        found: dict[bytes, Hypotheses] = {}
        with self._never_an_error():
            if self._connection is None:
                return found
            for key in keys:
                query = "SELECT value FROM memory WHERE key = ?"
                row = self._connection.execute(query, (key,)).fetchone()
                hypotheses = _parsed(key, row[0]) if row else None
                if hypotheses is not None:
                    found[key] = hypotheses
            self._now += 1
            with self._connection:
                self._connection.executemany(
                    "UPDATE memory SET used = ? WHERE key = ?", [(self._now, key) for key in found]
                )
        return found

    def store(self, hypotheses: Mapping[bytes, Hypotheses]) -> None:
        """Keep the hypotheses, and drop what is unused longest where the file grows too large."""
        with self._never_an_error():
            if self._connection is None:
                return
            self._now += 1
            with self._connection:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO memory (key, value, used) VALUES (?, ?, ?)",
                    [(key, _written(key, value), self._now) for key, value in hypotheses.items()],
                )
            self._make_room()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the file."""
        with self._never_an_error():
            self._close()

    def _open(self) -> None:
        self._connection = sqlite3.connect(self._path, timeout=0, check_same_thread=False)
        # One process at a time (the output's lock), and so no shared memory beside the file, which
        # network file systems lack.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        marks = (self._pragma("application_id"), self._pragma("user_version"))
        ours = marks == (self._APPLICATION_ID, self._LAYOUT_VERSION)
        (num_tables,) = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if num_tables and not ours:
            raise sqlite3.DatabaseError("not a translation memory of this version")
        self._connection.executescript(
            # In WAL mode a commit waits for no disk; after a loss of power the last ones may be
            # gone, but nothing is torn.
            "PRAGMA auto_vacuum = FULL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
        )
        if not num_tables:
            self._connection.executescript(
                f"BEGIN; PRAGMA application_id = {self._APPLICATION_ID};"
                f"PRAGMA user_version = {self._LAYOUT_VERSION};"
                "CREATE TABLE memory (key BLOB PRIMARY KEY, value BLOB NOT NULL, used INTEGER);"
                "CREATE INDEX memory_used ON memory (used); COMMIT;"
            )
        (newest,) = self._connection.execute("SELECT max(used) FROM memory").fetchone()
        self._now = newest or 0

    def _pragma(self, name: str) -> int:
        assert self._connection is not None
        value: int = self._connection.execute(f"PRAGMA {name}").fetchone()[0]
        return value

    def _num_bytes(self) -> int:
        return self._pragma("page_count") * self._pragma("page_size")

    def _make_room(self) -> None:
        assert self._connection is not None
        while (num_bytes := self._num_bytes()) > self._max_bytes:
            (num_rows,) = self._connection.execute("SELECT count(*) FROM memory").fetchone()
            if not num_rows:
                return  # no bound is below an empty file
            share_dropped = 1 - self._SHARE_KEPT * self._max_bytes / num_bytes
            oldest = "SELECT key FROM memory ORDER BY used LIMIT ?"
            with self._connection:
                self._connection.execute(
                    f"DELETE FROM memory WHERE key IN ({oldest})",
                    (int(num_rows * share_dropped) + 1,),
                )

    @contextmanager
    def _never_an_error(self) -> Iterator[None]:
        """Go without a memory where SQLite fails; move the file aside where that is its fault."""
        with self._lock:
            try:
                yield
            except sqlite3.OperationalError as error:  # not writable, disk full, held by another
                self._close()
                self._on_message(f"{self._path}: {error}; going on without a translation memory")
            except sqlite3.DatabaseError as error:
                self._close()
                self._move_aside(str(error))

    def _move_aside(self, why: str) -> None:
        aside = self._path.with_name(f"{self._path.name}.damaged")
        try:
            for suffix in ("-wal", "-shm", "-journal", ""):
                file = self._path.with_name(self._path.name + suffix)
                if file.exists():
                    file.replace(aside.with_name(aside.name + suffix))
        except OSError as error:
            self._on_message(f"{self._path}: {why}, and cannot be moved: {error.strerror}")
        else:
            self._on_message(f"{self._path}: {why}; moved to {aside.name}, to be begun anew")

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _written(key: bytes, hypotheses: Hypotheses) -> bytes:
    """Return the hypotheses as bytes that tell when a bit of them is lost."""
    rows = [
        [
            h.text,
            h.score,
            h.num_tokens,
            h.finished,
            *([h.tokens] if isinstance(h, Unscored) else []),
        ]
        for h in hypotheses
    ]
    text = json.dumps(rows, separators=(",", ":"))  # floats come back exactly
    data = zlib.compress(text.encode(), level=1)  # the hypotheses of a beam are much alike
    return _checksum(key, data) + data


def _parsed(key: bytes, value: object) -> Hypotheses | None:
    """Return the hypotheses that `_written` wrote, or None if they are not what they were."""
    if not isinstance(value, bytes) or value[:_CHECKSUM_BYTES] != _checksum(
        key, data := value[_CHECKSUM_BYTES:]
    ):
        return None
    return tuple(_hypothesis(*row) for row in json.loads(zlib.decompress(data)))


def _hypothesis(
    text: str, score: float, num_tokens: int, finished: bool, tokens: Sequence[str] | None = None
) -> Hypothesis:
    if tokens is None:
        return Hypothesis(text, score, num_tokens, finished)
    return Unscored(text, score, num_tokens, finished, tokens=tuple(tokens))


_CHECKSUM_BYTES = 16


def _checksum(key: bytes, data: bytes) -> bytes:
    return hashlib.blake2b(data, key=key, digest_size=_CHECKSUM_BYTES).digest()
