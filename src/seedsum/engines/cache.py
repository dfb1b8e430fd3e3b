"""The cache: what a model decoded once is looked up the next time.

All that a hypothesis depends on is in the key (model, options, input, class of arithmetic), so that
the cache changes no text, only the time that it takes.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from seedsum import __version__
from seedsum.engines import arithmetic
from seedsum.engines.chat_prompts import asked_with
from seedsum.files import sha256_json
from seedsum.records import DecodingOptions, Direction, Hypothesis, ResolvedModel, Runtime
from seedsum.settings import STAGE_VERSIONS

#: The file's name in the output's state folder, and that of seedsum 0.1, which is removed.
FILE_NAME = "cache.sqlite"
_OLD_FILE_NAME = "memory.sqlite"

#: At 345 bytes an entry of four hypotheses of 113 characters, some 740,000 segments.
MAX_BYTES = 256_000_000

_MAX_UNNOTED = 20_000  # uses noted together: a run that finds everything stores nothing
_MARKS = (0x73656564, 3)  # of our files: 'seed' in ASCII, and the version of the tables
_CHECKSUM_BYTES = 16

Hypotheses = tuple[Hypothesis, ...]

#: What a model decodes: the tokens of a text, or, of an engine that has none, the text alone.
Input = tuple[str, ...]


def fingerprint(model: ResolvedModel, runtime: Runtime) -> str:
    """Return a hash of all that decides what a model makes of an input, but for the options.

    The versions of seedsum and of the engine are part of it: an upgrade starts with an empty cache,
    since nobody can say what it changes in the last bit.
    """
    spec = model.spec
    return sha256_json(
        {
            "weights_sha256": model.weights_sha256,
            "repository": spec.repository,
            "revision": model.revision,
            "engine": (spec.engine, arithmetic.version_of(spec.engine), runtime.device),
            "arithmetic": arithmetic.describe(model, runtime),
            "compute_type": spec.compute_type,
            "tokenizer": spec.tokenizer,
            "language_codes": spec.language_codes,
            **({"chat": asked_with(spec.chat, model.revision)} if spec.chat.address else {}),
            "max_source_tokens": spec.max_source_tokens,
            "software": (__version__, STAGE_VERSIONS["translation"]),
        }
    )


def cache_keys(
    inputs: Sequence[Input], fingerprint: str, direction: Direction | None, options: DecodingOptions
) -> dict[Input, bytes]:
    """Return the key of each input of a model with that `fingerprint`."""
    common = sha256_json((fingerprint, direction and str(direction), options))
    return {
        tokens: hashlib.sha256(json.dumps([common, tokens]).encode()).digest() for tokens in inputs
    }


class DecodingCache:
    """Hypotheses by key, in one SQLite file; a context manager that closes it at its end.

    It is a convenience and never an error. A file that is damaged or not ours is removed and begun
    again; where nothing can be written, nothing is kept; `on_message` is told of both. Each `store`
    is a transaction: a killed process loses what it had not stored and no more. What was looked up
    is noted as used with the next `store`, or at the end.
    """

    def __init__(
        self, path: Path, *, on_message: Callable[[str], None], max_bytes: int = MAX_BYTES
    ) -> None:
        self._path = path
        self._on_message = on_message
        self._max_bytes = max_bytes
        self._connection: sqlite3.Connection | None = None
        self._now = 0
        self._used: dict[bytes, int] = {}
        self._lock = threading.Lock()
        _remove(path.with_name(_OLD_FILE_NAME))
        with self._never_an_error():
            self._open()

    def look_up(self, keys: Sequence[bytes]) -> dict[bytes, Hypotheses]:
        """Return the hypotheses of those keys that are known."""
        found: dict[bytes, Hypotheses] = {}
        with self._never_an_error() as connection:
            if connection is None:
                return found
            for key in keys:
                query = "SELECT value FROM decoding WHERE key = ?"
                row = connection.execute(query, (key,)).fetchone()
                hypotheses = _parsed(key, row[0]) if row else None
                if hypotheses is not None:
                    found[key] = hypotheses
            self._now += 1
            self._used |= dict.fromkeys(found, self._now)
            if len(self._used) > _MAX_UNNOTED:
                self._write(connection, [])
        return found

    def store(self, hypotheses: Mapping[bytes, Hypotheses]) -> None:
        """Keep the hypotheses, and drop what is unused longest where the file grows too large."""
        with self._never_an_error() as connection:
            if connection is None:
                return
            self._now += 1
            rows = [(key, _written(key, value), self._now) for key, value in hypotheses.items()]
            self._write(connection, rows)
            self._make_room(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        with self._never_an_error() as connection:
            if connection is not None:
                self._write(connection, [])
            self._close()

    def _write(
        self, connection: sqlite3.Connection, rows: Sequence[tuple[bytes, bytes, int]]
    ) -> None:
        """Write rows and what was used since the last time, in one transaction."""
        used, self._used = self._used, {}
        with connection:
            connection.executemany(
                "UPDATE decoding SET used = ? WHERE key = ?",
                [(now, key) for key, now in used.items()],
            )
            connection.executemany(
                "INSERT OR REPLACE INTO decoding (key, value, used) VALUES (?, ?, ?)", rows
            )

    def _open(self) -> None:
        with suppress(OSError):  # SQLite says what it lacks
            self._path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = connection = sqlite3.connect(
            self._path, timeout=0, check_same_thread=False
        )
        # One process at a time (the output's lock), and so no shared memory beside the file, which
        # network file systems lack.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        num_tables = _number(connection, "SELECT count(*) FROM sqlite_master")
        marks = tuple(
            _number(connection, f"PRAGMA {n}") for n in ("application_id", "user_version")
        )
        if num_tables and marks != _MARKS:
            raise sqlite3.DatabaseError("not a cache of this version")
        connection.executescript(
            # In WAL mode a commit waits for no disk; after a loss of power the last ones may be
            # gone, but nothing is torn.
            "PRAGMA auto_vacuum = FULL; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
        )
        if not num_tables:
            connection.executescript(
                f"BEGIN; PRAGMA application_id = {_MARKS[0]}; PRAGMA user_version = {_MARKS[1]};"
                "CREATE TABLE decoding (key BLOB PRIMARY KEY, value BLOB NOT NULL, used INTEGER);"
                "CREATE INDEX decoding_used ON decoding (used); COMMIT;"
            )
        self._now = _number(connection, "SELECT coalesce(max(used), 0) FROM decoding")

    def _make_room(self, connection: sqlite3.Connection) -> None:
        page_bytes = _number(connection, "PRAGMA page_size")
        while (
            num_bytes := _number(connection, "PRAGMA page_count") * page_bytes
        ) > self._max_bytes:
            num_rows = _number(connection, "SELECT count(*) FROM decoding")
            if not num_rows:
                return  # no bound is below an empty file
            # A tenth more than has to, so that room is seldom made.
            share_dropped = 1 - 0.9 * self._max_bytes / num_bytes
            oldest = "SELECT key FROM decoding ORDER BY used LIMIT ?"
            with connection:
                connection.execute(
                    f"DELETE FROM decoding WHERE key IN ({oldest})",
                    (int(num_rows * share_dropped) + 1,),
                )

    @contextmanager
    def _never_an_error(self) -> Iterator[sqlite3.Connection | None]:
        """Go without a cache where SQLite fails; begin the file again where that is its fault."""
        with self._lock:
            try:
                yield self._connection
            except sqlite3.OperationalError as error:  # not writable, disk full, held by another
                self._close()
                self._on_message(f"{self._path}: {error}; going on without a cache")
            except sqlite3.DatabaseError as error:
                self._close()
                _remove(self._path)
                try:
                    self._open()
                except sqlite3.Error:
                    self._close()
                what = "removed and begun again" if self._connection else "going on without a cache"
                self._on_message(f"{self._path}: {error}; {what}")

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _number(connection: sqlite3.Connection, query: str) -> int:
    number: int = connection.execute(query).fetchone()[0]
    return number


def _remove(path: Path) -> None:
    for suffix in ("-wal", "-shm", "-journal", ""):
        with suppress(OSError):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


def _written(key: bytes, hypotheses: Hypotheses) -> bytes:
    """Return the hypotheses as bytes that tell when a bit of them is lost."""
    rows = [(h.text, h.score, h.num_tokens, h.finished) for h in hypotheses]
    text = json.dumps(rows, separators=(",", ":"))  # floats come back exactly
    data = zlib.compress(text.encode(), level=1)  # the hypotheses of a beam are much alike
    return _checksum(key, data) + data


def _parsed(key: bytes, value: object) -> Hypotheses | None:
    if not isinstance(value, bytes):
        return None
    data = value[_CHECKSUM_BYTES:]
    if value[:_CHECKSUM_BYTES] != _checksum(key, data):
        return None
    return tuple(Hypothesis(*row) for row in json.loads(zlib.decompress(data)))


def _checksum(key: bytes, data: bytes) -> bytes:
    return hashlib.blake2b(data, key=key, digest_size=_CHECKSUM_BYTES).digest()
