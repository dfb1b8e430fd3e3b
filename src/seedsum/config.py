"""models.toml -> typed settings; anything unknown or of the wrong type is a `ConfigError`.

This is the TOML border: the only place where settings are dicts. A key that is not known is refused
with the nearest valid name, since a misspelt option that is silently ignored would give text that
nobody asked for.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_type_hints

from seedsum.engines import needs_files
from seedsum.engines.table import engines
from seedsum.errors import ConfigError
from seedsum.languages import TARGET_LANGUAGE as TARGET_LANGUAGE
from seedsum.records import EXTRACTIVE, Direction, ModelSpec, Profile, RouteStep
from seedsum.settings import CheckOptions, SummaryOptions

if TYPE_CHECKING:
    from seedsum.checks import Glossary

T = TypeVar("T")

CONFIG_NAME = "models.toml"

#: Folder beside models.toml with glossaries, and how a file names the direction it is for.
GLOSSARY_FOLDER = "glossary"
_GLOSSARY_DIRECTION = re.compile(rf"\.([a-z]{{2,3}})-{TARGET_LANGUAGE}\.tsv$")
_TOP_LEVEL_KEYS = ("default_profile", "fallback_profile", "models", "profiles", "summary", "checks")


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
    glossaries: Mapping[str, Glossary] = field(default_factory=dict)

    @property
    def base(self) -> Path:
        """Return the folder that relative model folders are resolved against."""
        return self.path.parent

    def profile(self, name: str | None = None) -> Profile:
        """Return a profile by name, the default one for None.

        Raises:
            ConfigError: There is no such profile; names the nearest.
        """
        wanted = name or self.default_profile
        if wanted not in self.profiles:
            raise ConfigError(_unknown("profile", wanted, self.profiles, self.path))
        return self.profiles[wanted]


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
    named = explicit or (Path(value) if (value := os.environ.get("SEEDSUM_CONFIG")) else None)
    if named is not None:
        if not named.is_file():
            raise ConfigError(f"{named}: no such file; give --config the path of a models.toml")
        return named, False
    here = Path(CONFIG_NAME)
    if here.is_file():
        return here, False
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
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as TOML: {error}") from error
    settings = parse_settings(table, path=path, packaged=packaged)
    sources = {source for p in settings.profiles.values() for source in languages_of(p)}
    return dataclasses.replace(
        settings, glossaries=load_glossaries(settings.base / GLOSSARY_FOLDER, sources)
    )


def load_glossaries(folder: Path, languages: Iterable[str]) -> dict[str, Glossary]:
    """Return the glossary of each language that has one, from the TSV files of a folder.

    `health.vi-en.tsv` is for Vietnamese; a file without a direction in its name (names, terms that
    are not to be translated) is for all. Several files for one language are taken together, in the
    order of their names; a folder that is not there gives none.

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
        found = _GLOSSARY_DIRECTION.search(path.name)
        for language in [found[1]] if found else sorted(languages):
            texts[language] = f"{texts.get(language, '')}{text}\n"
    return {language: load_glossary(text) for language, text in texts.items()}


def parse_settings(table: Mapping[str, Any], *, path: Path, packaged: bool = False) -> Settings:
    """Return the settings that a parsed models.toml describes.

    Raises:
        ConfigError: As `load_settings`; names the file and the key.
    """
    _refuse_unknown(table, _TOP_LEVEL_KEYS, where="", path=path)
    models = {
        name: _model(name, entry, path)
        for name, entry in sorted(_tables(table, "models", path).items())
    }
    profiles = {
        name: _profile(name, entry, models, path)
        for name, entry in sorted(_tables(table, "profiles", path).items())
    }
    default = table.get("default_profile", "default")
    fallback = table.get("fallback_profile", "starter")
    for key, value in (("default_profile", default), ("fallback_profile", fallback)):
        if value not in profiles:
            raise ConfigError(_unknown(key, str(value), profiles, path))
    for model in _profile_models(profiles[fallback]):
        spec = models[model]
        if spec.repository or spec.folder:
            raise ConfigError(
                f"{path}: fallback_profile {fallback!r} uses model {model!r}, which is not bundled;"
                " the fallback must work without a download"
            )
    return Settings(
        path=path,
        packaged=packaged,
        default_profile=default,
        fallback_profile=fallback,
        models=models,
        profiles=profiles,
        summary=_typed(SummaryOptions, table.get("summary", {}), "summary", path),
        checks=_typed(CheckOptions, table.get("checks", {}), "checks", path),
    )


def _profile_models(profile: Profile) -> tuple[str, ...]:
    steps = (step.model for _, steps in profile.routes for step in steps)
    return tuple(dict.fromkeys((*steps, profile.summary)))


def _model(name: str, entry: Mapping[str, Any], path: Path) -> ModelSpec:
    where = f"models.{name}"
    if "name" in entry:
        raise ConfigError(f"{path}: {where}: a model's name is its table's name; remove 'name'")
    codes = entry.get("language_codes", {})
    if not isinstance(codes, Mapping):
        raise ConfigError(
            f'{path}: {where}.language_codes must be a table like {{ vi = "vie_Latn" }}'
        )
    spec = _typed(
        ModelSpec,
        {**entry, "name": name, "language_codes": sorted(codes.items())},
        where,
        path,
    )
    if spec.engine not in (known := (*engines(), EXTRACTIVE)):
        raise ConfigError(_unknown(f"{where}.engine", spec.engine, known, path))
    if spec.format not in (known := tuple({f for e in engines().values() for f in e.formats})):
        raise ConfigError(_unknown(f"{where}.format", spec.format, known, path))
    num_places = sum(bool(place) for place in (spec.repository, spec.folder, spec.bundled))
    if not needs_files(spec):
        if num_places:
            raise ConfigError(f"{path}: {where}: engine {spec.engine!r} has no model files")
        return spec
    if num_places != 1:
        raise ConfigError(
            f"{path}: {where} needs exactly one of 'repository', 'folder' and 'bundled'"
        )
    engine = engines()[spec.engine]
    if spec.format not in engine.formats:
        raise ConfigError(
            f"{path}: {where}: the {engine.name} engine cannot read {spec.format} files"
        )
    if spec.compute_type not in (known := ("auto", *engine.compute_types)):
        raise ConfigError(_unknown(f"{where}.compute_type", spec.compute_type, known, path))
    return spec


def _profile(
    name: str, entry: Mapping[str, Any], models: Mapping[str, ModelSpec], path: Path
) -> Profile:
    where = f"profiles.{name}"
    _refuse_unknown(entry, ("routes", "summary"), where=where, path=path)
    routes = tuple(
        _route(key, value, f'{where}.routes."{key}"', models, path)
        for key, value in sorted(_tables(entry, "routes", path, where=where, leaf=True).items())
    )
    summary = entry.get("summary", EXTRACTIVE)
    if summary not in models:
        raise ConfigError(_unknown(f"{where}.summary", str(summary), models, path))
    return Profile(name=name, routes=routes, summary=summary)


def _route(
    key: str, value: Any, where: str, models: Mapping[str, ModelSpec], path: Path
) -> tuple[Direction, tuple[RouteStep, ...]]:
    source, arrow, target = key.partition("->")
    if not arrow or not source.strip() or target.strip() != TARGET_LANGUAGE:
        raise ConfigError(f'{path}: {where}: a route is named like "vi->{TARGET_LANGUAGE}"')
    entries = [{"model": value}] if isinstance(value, str) else value
    if not isinstance(entries, list) or not entries:
        raise ConfigError(
            f"{path}: {where} must be a model's name, or a list of steps like"
            ' [{ model = "a", to = "vi" }, { model = "b" }]'
        )
    direction = Direction(source.strip(), TARGET_LANGUAGE)
    steps: list[RouteStep] = []
    at = direction.source
    for number, step in enumerate(entries):
        if not isinstance(step, Mapping):
            raise ConfigError(f"{path}: {where}, step {number + 1}: must be a table")
        _refuse_unknown(step, ("model", "to"), where=where, path=path)
        model = step.get("model")
        if model not in models:
            raise ConfigError(_unknown(f"{where}.model", str(model), models, path))
        last = number == len(entries) - 1
        to = step.get("to", TARGET_LANGUAGE if last else None)
        if not isinstance(to, str) or (last and to != TARGET_LANGUAGE):
            raise ConfigError(
                f"{path}: {where}, step {number + 1}: 'to' names the language that the step"
                f" translates into; the last is {TARGET_LANGUAGE!r}"
            )
        steps.append(RouteStep(model=str(model), direction=Direction(at, to)))
        at = to
    return direction, tuple(steps)


def _typed(kind: type[T], table: Any, where: str, path: Path) -> T:
    """Return the dataclass `kind` made from a table; unknown keys and wrong types are errors."""
    from pydantic import TypeAdapter, ValidationError

    if not isinstance(table, Mapping):
        raise ConfigError(f"{path}: {where} must be a table")
    _refuse_unknown_fields(kind, table, where, path)
    try:
        return TypeAdapter(kind).validate_python(dict(table))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join((where, *(str(part) for part in first["loc"])))
        raise ConfigError(f"{path}: {key}: {first['msg']} (found: {first['input']!r})") from error


def _refuse_unknown_fields(kind: Any, table: Mapping[str, Any], where: str, path: Path) -> None:
    hints = get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    _refuse_unknown(table, names, where=where, path=path)
    for key, value in table.items():
        if isinstance(value, Mapping) and dataclasses.is_dataclass(hints[key]):
            _refuse_unknown_fields(hints[key], value, f"{where}.{key}", path)


def _refuse_unknown(
    table: Mapping[str, Any], known: Iterable[str], *, where: str, path: Path
) -> None:
    for key in table:
        if key not in set(known):
            raise ConfigError(_unknown(f"key in [{where}]" if where else "key", key, known, path))


def _tables(
    table: Mapping[str, Any], key: str, path: Path, *, where: str = "", leaf: bool = False
) -> Mapping[str, Any]:
    """Return the table of tables at `key` (of any values with `leaf`), empty where it is absent."""
    value = table.get(key, {})
    name = f"{where}.{key}" if where else key
    if not isinstance(value, Mapping):
        raise ConfigError(f"{path}: {name} must be a table")
    for entry_name, entry in value.items():
        if not leaf and not isinstance(entry, Mapping):
            raise ConfigError(f"{path}: {name}.{entry_name} must be a table")
    return value


def _unknown(what: str, name: str, known: Iterable[str], path: Path) -> str:
    names = sorted(known)
    nearest = difflib.get_close_matches(name, names, n=1)
    advice = f"did you mean {nearest[0]!r}?" if nearest else f"known: {', '.join(names)}"
    return f"{path}: unknown {what}: {name!r}; {advice}"
