"""The errors that seedsum raises on purpose; each class carries the exit code of the command.

A `SeedsumError` says what happened, where (file, key, segment) and what to do next. Anything else
that escapes is a bug and exits with 1. Only `cli` turns errors into an exit.
"""

from __future__ import annotations

import signal
from collections.abc import Collection

#: What a command exits with that is done, and leaves something for a person.
NEEDS_SOMEBODY = 8


class SeedsumError(Exception):
    """Base of all expected errors; the command exits with its code where it ends it."""

    exit_code = 1


class UsageError(SeedsumError):
    """The command or API was called with arguments that cannot work together."""

    exit_code = 2


class ReadError(SeedsumError):
    """One source document cannot be read; other documents are not affected."""

    exit_code = 3


class DocumentError(SeedsumError):
    """One document failed in a stage after reading; other documents are not affected."""

    exit_code = 3


class EditedError(DocumentError):
    """A person has edited a file of a pair since it was looked at; it was left as it is."""


class ConfigError(SeedsumError):
    """models.toml (or a glossary) is not valid; names the key and the nearest valid name."""

    exit_code = 4


class ModelError(SeedsumError):
    """A model is missing, cannot be loaded, or is not what the lock says."""

    exit_code = 5


class UnsoundModelError(ModelError):
    """A model's files are there and cannot be used: damaged, incomplete, or not for each other.

    Where a run has met it, `model` is the name of the model in models.toml.
    """

    model = ""


class OutputError(SeedsumError):
    """The output folder cannot be written any more: the disk is full, or gone."""


class WorkerError(SeedsumError):
    """The process that does the work cannot be kept alive, whatever the document."""


class VerificationError(SeedsumError):
    """`verify` found a difference between files and what was recorded."""

    exit_code = 6


class LockedError(SeedsumError):
    """Another run holds the lock of the output folder."""

    exit_code = 7


class Terminated(BaseException):
    """SIGTERM has come: what a service manager sends before it kills.

    Its text, if it has one, is what the command says of it.
    """

    exit_code = 128 + signal.SIGTERM


def exit_code_of(error: BaseException) -> int:
    """Return what the command exits with when this error ends it."""
    if isinstance(error, KeyboardInterrupt):
        return 128 + signal.SIGINT
    return error.exit_code if isinstance(error, SeedsumError | Terminated) else 1


def refuse_unknown(name: str, known: Collection[str], *, what: str) -> None:
    """Raise a `ConfigError` for a name that is not known; it says which is nearest."""
    if name in known:
        return
    import difflib  # only where something is wrong

    names = sorted(set(known))
    nearest = difflib.get_close_matches(name, names, n=1)
    advice = f"did you mean {nearest[0]!r}?" if nearest else f"known: {', '.join(names)}"
    raise ConfigError(f"unknown {what}: {name!r}; {advice}")
