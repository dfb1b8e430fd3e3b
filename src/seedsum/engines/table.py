"""The table of engines: what each is called and what it can do. Importing it imports no engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from seedsum import plugins
from seedsum.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Engine:
    """One line of the table: what an engine is called and what it can do.

    Attributes:
        name: As `engine` in models.toml has it.
        module: Has `load(model: ResolvedModel, runtime: Runtime)`, which returns a `SequenceModel`
            of an engine that works on tokens, a `Translator` of one that works on texts.
        formats: Of a model's files (`format` in models.toml) those that it runs, directly or
            converted; none of an engine that needs no files.
        compute_types: What `compute_type` in models.toml may be, beside `auto`.
        default_compute_types: What `auto` means, by device; nothing where it computes in none.
        level: What it works on.
        can_score: Whether it can score a given translation.
        has_workers: Whether it decodes `Runtime.num_workers` batches at the same time.
        base_bytes: Memory of its libraries, the tokenizer and buffers.
    """

    name: str
    module: str
    formats: tuple[str, ...] = ()
    compute_types: tuple[str, ...] = ()
    default_compute_types: Mapping[str, str] = field(default_factory=dict)
    level: Literal["token", "text"] = "token"
    can_score: bool = False
    has_workers: bool = False
    base_bytes: int = 100_000_000


_OURS = (
    Engine(
        name="ctranslate2",
        module="seedsum.engines.ctranslate2",
        formats=("ctranslate2", "transformers"),
        compute_types=(
            "int8", "int8_float32", "int8_float16", "int8_bfloat16",
            "int16", "float16", "bfloat16", "float32",
        ),
        default_compute_types={"cpu": "int8_float32", "cuda": "float16"},
        can_score=True,
        has_workers=True,
    ),
    Engine(
        name="transformers",
        module="seedsum.engines.transformers",
        formats=("transformers",),
        compute_types=("float32", "float16", "bfloat16"),
        default_compute_types={"cpu": "float32", "cuda": "float16"},
        can_score=True,
        base_bytes=500_000_000,
    ),
)  # fmt: skip


@cache
def engines() -> dict[str, Engine]:
    """Return the engines by name: ours, and what other packages add as `seedsum.engines`.

    Raises:
        ConfigError: What a package adds is no engine, or has the name of one of ours.
    """
    table = {engine.name: engine for engine in _OURS}
    for name, engine in plugins.load("seedsum.engines").items():
        if name in table or not isinstance(engine, Engine) or engine.name != name:
            raise ConfigError(
                f"the entry point {name!r} of seedsum.engines must lead to an Engine of that name,"
                f" which is none of ours ({', '.join(sorted(table))}); remove the package that adds"
                " it, or install another version of it"
            )
        table[name] = engine
    return table
