"""A name in models.toml -> the files on this machine that the lock names, or what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from seedsum.engines import needs_files
from seedsum.errors import ModelError
from seedsum.models import storage
from seedsum.models.lock import LockedModel, read_lock
from seedsum.models.storage import FileRecord
from seedsum.records import ModelSpec, Profile, ResolvedModel

if TYPE_CHECKING:
    from seedsum.config import Settings

LOCK_NAME = "models.lock"


def lock_path(settings: Settings) -> Path:
    """Return where models.lock is: beside models.toml; for the packaged one in seedsum's home."""
    return (storage.home() if settings.packaged else settings.base) / LOCK_NAME


def locked_models(settings: Settings) -> dict[str, LockedModel]:
    """Return the lock; with the packaged models.toml, on top of the pins that come beside it.

    Raises:
        ModelError: A lock cannot be read.
    """
    shipped = read_lock(settings.base / LOCK_NAME) if settings.packaged else {}
    return shipped | read_lock(lock_path(settings))


def profile_models(settings: Settings, profile: Profile) -> tuple[ModelSpec, ...]:
    """Return the models that a profile uses, each once, translation before summary."""
    names = [step.model for _, steps in profile.routes for step in steps]
    return tuple(settings.models[name] for name in dict.fromkeys((*names, profile.summary)))


def source_of(spec: ModelSpec) -> str:
    """Return how the lock names where a model comes from."""
    if spec.bundled:
        return f"bundled:{spec.bundled}"
    return f"folder:{spec.folder}" if spec.folder else spec.repository


def bundled_folder(spec: ModelSpec) -> Path:
    """Return the folder of a model that comes with the package, in CTranslate2's form."""
    return Path(str(files("seedsum"))) / spec.bundled / "ct2"


def is_entry_of(locked: LockedModel | None, spec: ModelSpec) -> bool:
    """Return whether a lock's entry is of this very source and revision."""
    return locked is not None and (locked.source, locked.revision) == (
        source_of(spec),
        spec.revision,
    )


def lock_entry(spec: ModelSpec, locked: LockedModel | None) -> LockedModel | None:
    """Return the lock's entry where it is of this very model and has what its engine needs.

    Raises:
        ModelError: A bundled model has no lock beside it: the package is incomplete.
    """
    if spec.bundled:
        folder = bundled_folder(spec)
        entry = read_lock(folder.parent / LOCK_NAME).get(folder.name)
        if entry is None:
            raise ModelError(
                f"model {spec.name}: {folder} is not in this installation; install seedsum again"
            )
        return entry
    if locked is None or not is_entry_of(locked, spec):
        return None
    if needs_conversion(spec) and (
        locked.conversion is None or locked.conversion.quantization != quantization(spec)
    ):
        return None
    return locked


def needs_conversion(spec: ModelSpec) -> bool:
    """Return whether the engine wants CTranslate2's form and the source is another."""
    return spec.engine == "ctranslate2" and spec.format == "transformers"


def quantization(spec: ModelSpec) -> str:
    """Return the type in which the converted weights are stored.

    int8 unless a type is asked for: it is the smallest, and CTranslate2 computes with it on every
    device.
    """
    if spec.compute_type in ("auto", "default") or spec.compute_type.startswith("int8"):
        return "int8"
    return spec.compute_type


def snapshot_folder(spec: ModelSpec, commit: str, base: Path) -> Path:
    """Return the folder of a model's files as they come from the Hub, or its own folder."""
    if spec.folder:
        return base / spec.folder
    return storage.repository_folder(spec.repository, spec.format) / commit


def converted_folder(spec: ModelSpec, entry: LockedModel) -> Path:
    """Return the folder of CTranslate2's form of a model."""
    name = f"{quantization(spec)}-{storage.combined_sha256(entry.files)[:16]}"
    return storage.home() / "converted" / (spec.repository or spec.name).replace("/", "--") / name


def model_folders(
    spec: ModelSpec, entry: LockedModel, base: Path
) -> tuple[tuple[Path, Mapping[str, FileRecord]], ...]:
    """Return the model's folders with what must be in them; the last is the engine's."""
    if spec.bundled:
        return ((bundled_folder(spec), entry.files),)
    snapshot = (snapshot_folder(spec, entry.commit, base), entry.files)
    if needs_conversion(spec) and entry.conversion is not None and not entry.conversion.refused:
        return (snapshot, (converted_folder(spec, entry), entry.conversion.files))
    return (snapshot,)


def locate(spec: ModelSpec, locked: LockedModel | None, base: Path) -> ResolvedModel | None:
    """Return the model where it is on this machine as the lock says; None where it must be pulled.

    Raises:
        ModelError: It is here but differs from the lock.
    """
    if not needs_files(spec):
        return ResolvedModel(spec, None, "bundled", storage.combined_sha256({}))
    entry = lock_entry(spec, locked)
    if entry is None:
        return None
    wrong: list[str] = []
    for folder, expected in model_folders(spec, entry, base):
        if not spec.bundled and not all((folder / path).is_file() for path in expected):
            return None
        wrong.extend(storage.differences(folder, expected))
    if wrong:
        remedy = "install seedsum again" if spec.bundled else "run `seedsum models pull`"
        raise ModelError(
            f"model {spec.name} is not what its lock says, and is not used:\n"
            + "\n".join(wrong)
            + f"\nTo repair it, {remedy}"
        )
    folder, expected = model_folders(spec, entry, base)[-1]
    note = entry.note
    if needs_conversion(spec) and entry.conversion is not None:
        if entry.conversion.refused:
            spec = replace(spec, engine="transformers", compute_type="auto")
            note = entry.conversion.refused
        else:
            spec = replace(spec, format="ctranslate2")
    return ResolvedModel(spec, folder, entry.commit, storage.combined_sha256(expected), note)


def has_snapshot(spec: ModelSpec, locked: LockedModel | None) -> bool:
    """Return whether every locked file of a repository is here, whatever is in it."""
    if locked is None or not is_entry_of(locked, spec):
        return False
    folder = snapshot_folder(spec, locked.commit, Path())
    return all((folder / path).is_file() for path in locked.files)
