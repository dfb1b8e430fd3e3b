"""A name in models.toml -> the files on this machine that the lock names, or what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Self

from seedsum.engines import needs_files
from seedsum.errors import ModelError
from seedsum.models import storage
from seedsum.models.lock import LockedModel, read_lock
from seedsum.models.storage import FileRecord
from seedsum.records import ModelSpec, Profile, ResolvedModel, TokenizerSpec

if TYPE_CHECKING:
    from seedsum.config import Settings

_LOCK_NAME = "models.lock"


def lock_path(settings: Settings) -> Path:
    """Return where models.lock is: beside models.toml; for the packaged one in seedsum's home."""
    return (storage.home() if settings.packaged else settings.base) / _LOCK_NAME


def profile_models(settings: Settings, profile: Profile) -> tuple[ModelSpec, ...]:
    """Return the models that a profile uses, each once, translation before summary."""
    names = [step.model for _, steps in profile.routes for step in steps]
    names += [profile.summary] * bool(profile.summary)
    return tuple(settings.models[name] for name in dict.fromkeys(names))


def source_of(spec: ModelSpec) -> str:
    """Return how the lock names where a model comes from."""
    return f"folder:{spec.folder}" if spec.folder else spec.repository


def needs_conversion(spec: ModelSpec) -> bool:
    """Return whether the engine wants CTranslate2's form and the source is another."""
    return spec.engine == "ctranslate2" and spec.format == "transformers"


def quantization(spec: ModelSpec) -> str:
    """Return the type of the converted weights: int8, which runs everywhere, unless asked for."""
    is_int8 = spec.compute_type.startswith(("auto", "int8"))
    return "int8" if is_int8 else spec.compute_type


def snapshot_folder(spec: ModelSpec, commit: str, base: Path, *, weights_commit: str = "") -> Path:
    """Return the folder of a model's files as they come from the Hub, or its own folder."""
    if spec.folder:
        return base / spec.folder
    name = f"{commit}-{weights_commit[:12]}" if weights_commit else commit
    return storage.repository_folder(spec.repository, spec.format) / name


def locked_folder(spec: ModelSpec, entry: LockedModel, base: Path) -> Path:
    """Return the folder of the files that a lock's entry names; see `snapshot_folder`."""
    return snapshot_folder(spec, entry.commit, base, weights_commit=entry.weights_commit)


def converted_folder(spec: ModelSpec, entry: LockedModel) -> Path:
    """Return the folder of CTranslate2's form of a model."""
    name = f"{quantization(spec)}-{storage.combined_sha256(entry.files)[:16]}"
    return storage.home() / "converted" / (spec.repository or spec.name).replace("/", "--") / name


def original_of(spec: ModelSpec) -> ModelSpec:
    """Return the model that a form for CTranslate2 was made from, for transformers."""
    tokenizer = TokenizerSpec(kind="transformers", normalization=spec.tokenizer.normalization)
    return replace(
        spec,
        repository=spec.reference,
        revision="main",
        reference="",
        engine="transformers",
        format="transformers",
        compute_type="float32",
        tokenizer=tokenizer,
    )


def as_it_runs(spec: ModelSpec, entry: LockedModel, snapshot: Path) -> ResolvedModel:
    """Return a locked model with the engine that runs it, without the hash of its weights."""
    folder, note = snapshot, entry.note
    if needs_conversion(spec) and entry.conversion:
        if refused := entry.conversion.refused:
            spec, note = replace(spec, engine="transformers", compute_type="auto"), refused
        else:
            spec = replace(spec, format="ctranslate2")
            folder = converted_folder(spec, entry)
    return ResolvedModel(spec, folder, entry.commit, weights_sha256="", note=note)


@dataclass(frozen=True, slots=True)
class LocalModels:
    """What is locked, and what of it is on this machine; `base` is the folder of models.toml."""

    base: Path
    locked: Mapping[str, LockedModel]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read the lock; with the packaged models.toml, on top of the pins that come beside it.

        Raises:
            ModelError: A lock cannot be read.
        """
        shipped = read_lock(settings.base / _LOCK_NAME) if settings.packaged else {}
        return cls(settings.base, shipped | read_lock(lock_path(settings)))

    def pinned(self, spec: ModelSpec) -> LockedModel | None:
        """Return the lock's entry where it is of this very source and revision."""
        entry = self.locked.get(spec.name)
        if entry and (entry.source, entry.revision) == (source_of(spec), spec.revision):
            return entry
        return None

    def entry(self, spec: ModelSpec) -> LockedModel | None:
        """Return the lock's entry where it is of this very model and has what its engine needs.

        Raises:
            ModelError: A bundled model has no lock beside it: the package is incomplete.
        """
        if spec.bundled:
            folder = _bundled_folder(spec)
            if entry := read_lock(folder.parent / _LOCK_NAME).get(folder.name):
                return entry
            raise ModelError(
                f"model {spec.name}: {folder} is not in this installation; install seedsum again"
            )
        entry = self.pinned(spec)
        if entry and needs_conversion(spec):
            made = entry.conversion
            is_fit = made and made.whole and made.quantization == quantization(spec)
            return entry if is_fit else None
        return entry

    def folders(self, spec: ModelSpec) -> list[tuple[Path, Mapping[str, FileRecord]]]:
        """Return a model's folders and what each must hold, the engine's last; none if unlocked."""
        entry = self.entry(spec) if needs_files(spec) else None
        if entry is None:
            return []
        if spec.bundled:
            return [(_bundled_folder(spec), entry.files)]
        found = [(locked_folder(spec, entry, self.base), entry.files)]
        if needs_conversion(spec) and entry.conversion and not entry.conversion.refused:
            found.append((converted_folder(spec, entry), entry.conversion.files))
        return found

    def locate(self, spec: ModelSpec) -> ResolvedModel | None:
        """Return the model where it is here as the lock says; None where it must be pulled.

        Raises:
            ModelError: It is here but differs from the lock.
        """
        if not needs_files(spec):
            return ResolvedModel(spec, None, "bundled", storage.combined_sha256({}))
        entry, folders = self.entry(spec), self.folders(spec)
        if entry is None:
            return None
        wrong: list[str] = []
        for folder, expected in folders:
            if not spec.bundled and not _has_all(folder, expected):
                return None
            wrong.extend(storage.differences(folder, expected))
        if wrong:
            remedy = "install seedsum again" if spec.bundled else "run `seedsum models pull`"
            refusal = f"model {spec.name} is not what its lock says, and is not used:"
            raise ModelError("\n".join([refusal, *wrong, f"To repair it, {remedy}"]))
        folder, expected = folders[-1]
        model = as_it_runs(spec, entry, folder)
        return replace(model, folder=folder, weights_sha256=storage.combined_sha256(expected))

    def has_snapshot(self, spec: ModelSpec) -> bool:
        """Return whether every locked file of a repository is here, whatever is in it."""
        entry = self.pinned(spec)
        return entry is not None and _has_all(locked_folder(spec, entry, self.base), entry.files)


def _bundled_folder(spec: ModelSpec) -> Path:
    return Path(str(files("seedsum"))) / spec.bundled / "ct2"


def _has_all(folder: Path, paths: Mapping[str, FileRecord]) -> bool:
    return all((folder / path).is_file() for path in paths)
