"""Everything that a run can be told beside its paths."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict, Unpack

from seedsum.output.places import address_or_path


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What `run` and `plan` do, where, and with what; see `Shortcuts` for one at a time.

    Attributes:
        output: Folder of the pairs, made if it is not there, or an address (`s3://bucket/pairs`).
        config: A models.toml; None for the usual places, see `config.find_config`.
        profile: Name of a profile; None for the default one.
        force: Redo current pairs too. What was edited by hand is never lost.
        limit: Do at most that many documents; None for all.
        offline: Never ask the network for anything.
        summary_sentences: So many sentences a summary, where half the article allows it; None for
            what models.toml says.
        strict: Fail where models are missing, instead of using the bundled ones; and end with 8
            for every notice but those for information.
        fail_on: The codes of notices (`settings.NOTICES`) that make a run end with 8; None for
            those of models.toml.
        stdin: The bytes of the article that the path `-` stands for.
        cache: Look up in the output's cache what was decoded before, also with `force`; it changes
            no text.
        wait_seconds: How long to wait for another run over the same output to end.
        document_timeout_seconds: How long a document may show no sign of progress (no block of
            text read, no batch decoded) before it is given up. What makes progress is bounded by
            its size.
        memory_limit_bytes: What the process that does the work may take; None for nine tenths of
            what is free when it starts.
        settle_seconds: A file of a folder that was changed less long ago is looked at again after
            that time, and left for the next run if it still grows; 0 takes every file as it is.
            None for `SEEDSUM_SETTLE` in the environment, else 2.
        shard: `3/8` for the third of eight parts, which eight runs at the same time may do; the
            next run without writes the index.
        isolated: Do the work in a process of its own, so that no document takes the run down with
            it. Without, there are no limits either: for debuggers and profilers, and where no other
            process can be started.
        ray: Do the work on a cluster: the address of a Ray cluster, or `auto` for that of
            `RAY_ADDRESS`, else one on this machine, for as long as the run lasts.
        ray_workers: How many workers there; None for as many as the cluster has cores or GPUs for.
    """

    output: Path | str = Path("output")
    config: Path | None = None
    profile: str | None = None
    force: bool = False
    limit: int | None = None
    offline: bool = False
    strict: bool = False
    summary_sentences: int | None = None
    fail_on: tuple[str, ...] | None = None
    stdin: bytes | None = None
    cache: bool = True
    wait_seconds: float = 0.0
    document_timeout_seconds: float = 600.0
    memory_limit_bytes: int | None = None
    settle_seconds: float | None = None
    shard: str | None = None
    isolated: bool = True
    ray: str | None = None
    ray_workers: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "output", address_or_path(self.output))
        object.__setattr__(self, "config", Path(self.config) if self.config else None)


class Shortcuts(TypedDict, total=False):
    """The fields of `RunOptions` as keyword arguments."""

    output: Path | str
    config: Path | str | None
    profile: str | None
    force: bool
    limit: int | None
    offline: bool
    strict: bool
    summary_sentences: int | None
    fail_on: tuple[str, ...] | None
    stdin: bytes | None
    cache: bool
    wait_seconds: float
    document_timeout_seconds: float
    memory_limit_bytes: int | None
    settle_seconds: float | None
    shard: str | None
    isolated: bool
    ray: str | None
    ray_workers: int | None


def with_shortcuts(options: RunOptions | None, **shortcuts: Unpack[Shortcuts]) -> RunOptions:
    """Return the options, the default ones for None, with those changed that are given."""
    return replace(options or RunOptions(), **shortcuts)  # type: ignore[arg-type]
