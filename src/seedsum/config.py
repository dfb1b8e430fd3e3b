"""models.toml -> typed settings; anything unknown or of the wrong type is a `ConfigError`.

The only place where settings are dicts. A key that is not known is refused with the nearest valid
name: a misspelt option that is silently ignored would give text that nobody asked for.
"""

from __future__ import annotations

import dataclasses
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

from seedsum.engines import MAX_AROUND, engines, needs_files
from seedsum.engines.chat_address import check_address
from seedsum.engines.chat_prompts import CONTEXTS, check_prompts
from seedsum.errors import ConfigError, refuse_unknown
from seedsum.records import (
    EXTRACTIVE,
    TARGET_LANGUAGE,
    ChatSpec,
    Direction,
    ModelSpec,
    Profile,
    RouteStep,
)
from seedsum.settings import CheckOptions, OutputOptions, RunRules, SummaryOptions

if TYPE_CHECKING:
    from seedsum.checks import Glossary

T = TypeVar("T")

CONFIG_NAME = "models.toml"

#: Folder beside models.toml with glossaries, and how a file names the direction it is for.
_GLOSSARY_FOLDER = "glossary"
_GLOSSARY_DIRECTION = re.compile(r"\.([a-z]{2,3})-([a-z]{2,3})\.tsv$")


@dataclass(frozen=True, slots=True)
class Settings:
    """models.toml, checked.

    Attributes:
        path: The file that was read.
        packaged: It is the one that comes with the package, not the user's own.
        default_profile: Used where no profile is asked for.
        fallback_profile: Used where the models cannot be had; all its models are bundled.
        glossaries: By source language, from the TSV files in `glossary/` beside models.toml.
    """

    path: Path
    packaged: bool
    default_profile: str
    fallback_profile: str
    models: Mapping[str, ModelSpec]
    profiles: Mapping[str, Profile]
    summary: SummaryOptions = field(default_factory=SummaryOptions)
    checks: CheckOptions = field(default_factory=CheckOptions)
    output: OutputOptions = field(default_factory=OutputOptions)
    run: RunRules = field(default_factory=RunRules)
    glossaries: Mapping[str, Glossary] = field(default_factory=dict)

    @property
    def base(self) -> Path:
        """Return the folder that relative model folders are resolved against."""
        return self.path.parent

    @property
    def glossary_folder(self) -> Path:
        """Return the folder with the glossaries, which need not be there."""
        return self.base / _GLOSSARY_FOLDER

    def profile(self, name: str | None = None) -> Profile:
        """Return a profile by name, the default one for None.

        Raises:
            ConfigError: There is no such profile; names the nearest.
        """
        wanted = name or self.default_profile
        try:
            refuse_unknown(wanted, self.profiles, what="profile")
        except ConfigError as error:
            raise ConfigError(f"{self.path}: {error}") from None
        return self.profiles[wanted]

    def with_route_only(self, name: str | None, language: str) -> Settings:
        """Return the settings with no more of a profile than its route from a language.

        Raises:
            ConfigError: There is no such profile.
        """
        profile = self.profile(name)
        routes = tuple(route for route in profile.routes if route[0].source == language)
        extractive = (key for key, spec in self.models.items() if spec.engine == EXTRACTIVE)
        summary = next(extractive, profile.summary)
        narrow = dataclasses.replace(profile, routes=routes, summary=summary)
        return dataclasses.replace(self, profiles={**self.profiles, profile.name: narrow})


def languages_of(profile: Profile) -> tuple[str, ...]:
    """Return the languages that a profile can handle: its routes' sources, and the target."""
    sources = {direction.source for direction, _ in profile.routes}
    return tuple(sorted(sources | {TARGET_LANGUAGE}))


def find_config(explicit: Path | None = None) -> tuple[Path, bool]:
    """Return the models.toml to use, and whether it is the packaged one.

    The first of: `explicit`, the environment variable SEEDSUM_CONFIG, `models.toml` in the current
    folder, the one that comes with the package.

    Raises:
        ConfigError: `explicit` or SEEDSUM_CONFIG names a file that is not there.
    """
    named = explicit or os.environ.get("SEEDSUM_CONFIG")
    path = Path(named or CONFIG_NAME)
    if path.is_file():
        return path, False
    if named:
        raise ConfigError(f"{named}: no such file; give --config the path of a models.toml")
    packaged = Path(str(files("seedsum"))) / CONFIG_NAME
    if not packaged.is_file():  # an editable install: the file lies at the top of the checkout
        packaged = Path(__file__).resolve().parents[2] / CONFIG_NAME
    return packaged, True


def load_settings(explicit: Path | None = None) -> Settings:
    """Return the settings of the models.toml that `find_config` names.

    Raises:
        ConfigError: It cannot be read, is not TOML, or has an unknown key or a wrong value.
    """
    path, packaged = find_config(explicit)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as TOML: {error}") from error
    settings = parse_settings(table, path=path, packaged=packaged)
    sources = {source for p in settings.profiles.values() for source in languages_of(p)}
    glossaries = load_glossaries(settings.glossary_folder, sources)
    return dataclasses.replace(settings, glossaries=glossaries)


def load_glossaries(folder: Path, languages: Iterable[str]) -> dict[str, Glossary]:
    """Return the glossary of each language that has one, from the TSV files of a folder.

    `health.vi-en.tsv` is for Vietnamese; a file without a direction in its name (names, terms that
    are not to be translated) is for all, one into another language for none. Several files for one
    language are taken together, in the order of their names; a folder that is not there gives none.

    Raises:
        ConfigError: A file cannot be read, or is not `source TAB target`.
    """
    paths = sorted(folder.glob("*.tsv"))
    if not paths:
        return {}
    from seedsum.checks import load_glossary

    texts: dict[str, str] = {}
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: cannot be read as UTF-8: {error}") from error
        load_glossary(text, name=str(path))  # names the file and line of a mistake
        direction = glossary_direction(path.name)
        if direction is not None and direction.target != TARGET_LANGUAGE:
            continue
        for language in sorted(languages) if direction is None else [direction.source]:
            texts[language] = f"{texts.get(language, '')}{text}\n"
    return {language: load_glossary(text) for language, text in texts.items()}


def glossary_direction(name: str) -> Direction | None:
    """Return the direction that the name of a glossary's file names, if it does."""
    found = _GLOSSARY_DIRECTION.search(name)
    return Direction(*found.groups()) if found else None


def parse_settings(table: Mapping[str, Any], *, path: Path, packaged: bool = False) -> Settings:
    """Return the settings that a parsed models.toml describes.

    Raises:
        ConfigError: As `load_settings`; names the file and the key.
    """
    try:
        file = _typed(_File, table, where="")
        models = {name: _model(name, entry) for name, entry in sorted(file.models.items())}
        profiles = {
            name: _profile(name, entry, models) for name, entry in sorted(file.profiles.items())
        }
        if not profiles:
            raise ConfigError(
                "[profiles] has no profile; the file is used in place of the package's, not added"
                " to it: begin with a copy of that one ('seedsum doctor', run in another folder,"
                " names it), and change what you need"
            )
        refuse_unknown(file.default_profile, profiles, what="default_profile")
        refuse_unknown(file.fallback_profile, profiles, what="fallback_profile")
        fallback = profiles[file.fallback_profile]
        steps = [step.model for _, steps in fallback.routes for step in steps]
        for name in (*steps, fallback.summary):
            if models[name].repository or models[name].folder:
                raise ConfigError(
                    f"fallback_profile {fallback.name!r} uses model {name!r}, which is not bundled;"
                    " the fallback must work without a download"
                )
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return Settings(
        path=path,
        packaged=packaged,
        default_profile=file.default_profile,
        fallback_profile=file.fallback_profile,
        models=models,
        profiles=profiles,
        summary=file.summary,
        checks=file.checks,
        output=file.output,
        run=file.run,
    )


@dataclass(frozen=True, slots=True)
class _Step:
    model: str
    to: str = ""


@dataclass(frozen=True, slots=True)
class _ProfileTable:
    routes: dict[str, Any] = field(default_factory=dict)
    summary: str = EXTRACTIVE


@dataclass(frozen=True, slots=True)
class _File:
    """What a models.toml may hold."""

    default_profile: str = "default"
    fallback_profile: str = "starter"
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    profiles: dict[str, _ProfileTable] = field(default_factory=dict)
    summary: SummaryOptions = field(default_factory=SummaryOptions)
    checks: CheckOptions = field(default_factory=CheckOptions)
    output: OutputOptions = field(default_factory=OutputOptions)
    run: RunRules = field(default_factory=RunRules)


def _model(name: str, entry: Mapping[str, Any]) -> ModelSpec:
    where = f"models.{name}"
    if "name" in entry:
        raise ConfigError(f"{where}: a model's name is its table's name; remove 'name'")
    codes = entry.get("language_codes", {})
    if not isinstance(codes, Mapping):
        raise ConfigError(f'{where}.language_codes must be a table like {{ vi = "vie_Latn" }}')
    table = {**entry, "name": name, "language_codes": sorted(codes.items())}
    spec = _typed(ModelSpec, table, where)
    refuse_unknown(spec.engine, (*engines(), EXTRACTIVE), what=f"{where}.engine")
    formats = {format for engine in engines().values() for format in engine.formats}
    refuse_unknown(spec.format, formats, what=f"{where}.format")
    num_places = sum(bool(place) for place in (spec.repository, spec.folder, spec.bundled))
    if spec.engine == "chat":
        _check_chat(spec.chat, f"{where}.chat")
        # A server searches as it likes.
        spec = dataclasses.replace(spec, decoding=dataclasses.replace(spec.decoding, beam_size=1))
    elif spec.chat != ChatSpec():
        raise ConfigError(f"{where}: only the chat engine has a table [{where}.chat]")
    if not needs_files(spec):
        if num_places:
            raise ConfigError(f"{where}: engine {spec.engine!r} has no model files")
        return spec
    if num_places != 1:
        raise ConfigError(f"{where} needs exactly one of 'repository', 'folder' and 'bundled'")
    if spec.reference and (spec.format != "ctranslate2" or not spec.repository):
        raise ConfigError(
            f"{where}.reference is for a repository of format 'ctranslate2'; remove it"
        )
    engine = engines()[spec.engine]
    if spec.format not in engine.formats:
        raise ConfigError(f"{where}: the {engine.name} engine cannot read {spec.format} files")
    compute_types = ("auto", *engine.compute_types)
    refuse_unknown(spec.compute_type, compute_types, what=f"{where}.compute_type")
    return spec


def _check_chat(chat: ChatSpec, where: str) -> None:
    """Raise a ConfigError where a server cannot be asked as is said."""
    for key in ("address", "model"):
        if not getattr(chat, key):
            raise ConfigError(f"{where}.{key} is missing; docs/llm.md has examples")
    check_address(chat, where)
    refuse_unknown(chat.context, CONTEXTS, what=f"{where}.context")
    check_prompts(chat, where)
    if chat.api_key_env and chat.api_key_file:
        raise ConfigError(f"{where}: a key is in api_key_env or in api_key_file, not in both")
    if chat.api_key_file and not Path(chat.api_key_file).expanduser().is_absolute():
        raise ConfigError(f"{where}.api_key_file must be absolute, or begin with ~/")
    for key, least, most in (
        ("sentences_around", 0, MAX_AROUND),
        ("max_tokens", 1, 1_000_000),
        ("concurrency", 1, 256),
        ("timeout_seconds", 1, 3600),
        ("max_retries", 0, 20),
        ("temperature", 0, 2),
    ):
        if not least <= getattr(chat, key) <= most:
            raise ConfigError(f"{where}.{key} must be from {least} to {most}")


def _profile(name: str, entry: _ProfileTable, models: Mapping[str, ModelSpec]) -> Profile:
    where = f"profiles.{name}"
    refuse_unknown(entry.summary, models, what=f"{where}.summary")
    routes = tuple(
        _route(key, value, f'{where}.routes."{key}"', models)
        for key, value in sorted(entry.routes.items())
    )
    return Profile(name=name, routes=routes, summary=entry.summary)


def _route(
    key: str, value: object, where: str, models: Mapping[str, ModelSpec]
) -> tuple[Direction, tuple[RouteStep, ...]]:
    source, arrow, target = map(str.strip, key.partition("->"))
    if not arrow or not source or target != TARGET_LANGUAGE:
        raise ConfigError(f'{where}: a route is named like "vi->{TARGET_LANGUAGE}"')
    entries = [{"model": value}] if isinstance(value, str) else value
    if not isinstance(entries, list) or not entries:
        raise ConfigError(
            f"{where} must be a model's name, or a list of steps like"
            ' [{ model = "a", to = "vi" }, { model = "b" }]'
        )
    steps: list[RouteStep] = []
    at = source
    for number, entry in enumerate(entries, 1):
        step = _typed(_Step, entry, f"{where}, step {number}")
        refuse_unknown(step.model, models, what=f"{where}.model")
        is_last = number == len(entries)
        to = step.to or TARGET_LANGUAGE * is_last
        if not to or (is_last and to != TARGET_LANGUAGE):
            raise ConfigError(
                f"{where}, step {number}: 'to' names the language that the step translates into;"
                f" the last is {TARGET_LANGUAGE!r}"
            )
        steps.append(RouteStep(model=step.model, direction=Direction(at, to)))
        at = to
    return Direction(source, TARGET_LANGUAGE), tuple(steps)


def _typed(kind: type[T], table: Mapping[str, Any], where: str) -> T:
    """Return the dataclass `kind` made from a table; unknown keys and wrong types are errors."""
    from pydantic import TypeAdapter, ValidationError

    _refuse_unknown_keys(kind, table, where)
    try:
        return TypeAdapter(kind).validate_python(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(filter(None, (where, *(str(part) for part in first["loc"]))))
        is_table = first["type"] in ("dict_type", "dataclass_type")
        found = "must be a table" if is_table else first["msg"]
        raise ConfigError(f"{key}: {found} (found: {first['input']!r})") from error


def _refuse_unknown_keys(kind: Any, value: object, where: str) -> None:
    """Raise a `ConfigError` for a key that a dataclass, or one in it, does not have."""
    if dataclasses.is_dataclass(kind) and isinstance(value, Mapping):
        hints = get_type_hints(kind)
        for key, item in value.items():
            refuse_unknown(key, hints, what=f"key in [{where}]" if where else "key")
            _refuse_unknown_keys(hints[key], item, f"{where}.{key}" if where else key)
    elif get_origin(kind) is dict and isinstance(value, Mapping):
        for key, item in value.items():
            _refuse_unknown_keys(get_args(kind)[1], item, f"{where}.{key}")
