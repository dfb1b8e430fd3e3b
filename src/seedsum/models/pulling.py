"""Brings models onto this machine: fetches what is missing, converts, and writes the lock."""

from __future__ import annotations

import contextlib
import fcntl
import json
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from seedsum.engines import needs_files
from seedsum.errors import ModelError
from seedsum.models import download, storage
from seedsum.models.download import PATIENT_SECONDS, RemoteFile
from seedsum.models.listener import Listener, Silent
from seedsum.models.listing import RemoteSnapshot, find_snapshot
from seedsum.models.locating import (
    LocalModels,
    converted_folder,
    lock_path,
    needs_conversion,
    profile_models,
    quantization,
    snapshot_folder,
    source_of,
)
from seedsum.models.lock import LockedModel, read_lock, write_lock
from seedsum.models.storage import FileRecord
from seedsum.records import Direction, ModelSpec

if TYPE_CHECKING:
    from seedsum.config import Settings


@dataclass(frozen=True, slots=True)
class PulledModel:
    """What `pull` did for one model."""

    name: str
    commit: str
    num_bytes: int  # of the whole model; `num_fetched_bytes` came over the network this time
    num_fetched_bytes: int
    # What a person should read: a refused conversion, a licence that is not the one in models.toml,
    # weights from a conversion request.
    notes: tuple[str, ...]


def pull(
    settings: Settings,
    profile: str | None = None,
    *,
    update: bool = False,
    reconvert: bool = False,
    listener: Listener | None = None,
    answer_seconds: float = PATIENT_SECONDS,
) -> tuple[PulledModel, ...]:
    """Fetch, convert and lock every model of the profile; what is there and right is left alone.

    What models.lock names is fetched to the byte; `update` takes the revisions as they are now. A
    file that is damaged is fetched again. The lock is written after each model, so whatever ends
    the command, the same command goes on. Each answer of the Hub may take `answer_seconds`.

    `reconvert` is for after an upgrade of the converter: what CTranslate2 runs from another format
    is converted again from what is on this machine, and a refusal looked at again.

    Raises:
        ModelError: See `download`; also where the disk has not enough space, or with `reconvert` a
            model is not on this machine.
    """
    specs = profile_models(settings, settings.profile(profile))
    if reconvert:
        specs = tuple(filter(needs_conversion, specs))
        local = LocalModels.of(settings)
        for spec in specs:
            if spec.repository and not local.has_snapshot(spec):
                remedy = "run `seedsum models pull`"
                raise ModelError(f"model {spec.name} is not on this machine; {remedy}")
    pulling = Pulling(settings, listener or Silent(), answer_seconds, update, reconvert)
    return pulling.pull(specs)


@dataclass(frozen=True, slots=True)
class Pulling:
    """How models are brought here; see `pull`."""

    settings: Settings
    listener: Listener
    answer_seconds: float
    update: bool = False
    reconvert: bool = False

    def pull(self, specs: Iterable[ModelSpec]) -> tuple[PulledModel, ...]:
        """Fetch, convert and lock models, one process at a time; raises as `pull`."""
        with _one_at_a_time(self.listener):
            return tuple(
                self._pull(spec) for spec in specs if not spec.bundled and needs_files(spec)
            )

    def _pull(self, spec: ModelSpec) -> PulledModel:
        local = LocalModels.of(self.settings)
        remarks: list[str] = []
        if spec.folder:
            entry, num_fetched = _local(spec, self.settings.base / spec.folder), 0
        else:
            entry, num_fetched = self._remote(spec, local, remarks)
        locked = local.locked.get(spec.name)
        if needs_conversion(spec):
            from seedsum.models.convert import convert

            is_known = locked and locked.files == entry.files and not self.reconvert
            conversion = convert(
                spec,
                snapshot_folder(spec, entry.commit, self.settings.base),
                converted_folder(spec, entry),
                quantization=quantization(spec),
                direction=_direction(self.settings, spec.name),
                known=locked.conversion if locked and is_known else None,
                listener=self.listener,
            )
            entry = replace(entry, conversion=conversion)
            remarks.append(conversion.refused)
        if locked != entry:
            path = lock_path(self.settings)
            write_lock(path, read_lock(path) | {spec.name: entry})
        num_bytes = sum(record.size for record in entry.files.values())
        notes = tuple(filter(None, (*remarks, entry.note)))
        return PulledModel(spec.name, entry.commit, num_bytes, num_fetched, notes)

    def _remote(
        self, spec: ModelSpec, local: LocalModels, remarks: list[str]
    ) -> tuple[LockedModel, int]:
        if not self.update and (pinned := local.pinned(spec)):
            files = [RemoteFile(path, one.size, one.sha256) for path, one in pinned.files.items()]
            wanted = RemoteSnapshot(pinned.commit, "", tuple(files), pinned.note)
        else:
            wanted = find_snapshot(spec, self.answer_seconds)
            if wanted.licence and wanted.licence.lower() != spec.licence.lower():
                remarks.append(
                    f"the Hub says licence {wanted.licence!r}, models.toml {spec.licence!r}"
                )
        folder = snapshot_folder(spec, wanted.commit, local.base)
        _remove_leftovers(folder)
        found = {
            file.path: record
            for file in wanted.files
            if (record := file.found_in(folder) or _linked(file, folder))
        }
        missing = [file for file in wanted.files if file.path not in found]
        _require_space(spec, wanted.files, missing)
        found |= self._fetch(spec, wanted.commit, missing, folder)
        for path in storage.list_files(folder):
            if path not in found:
                (folder / path).unlink()
                remarks.append(f"removed {folder / path}: it does not belong to the model")
        entry = _entry(spec, wanted.commit, found, wanted.note)
        return entry, sum(file.size for file in missing)

    def _fetch(
        self, spec: ModelSpec, commit: str, missing: Sequence[RemoteFile], folder: Path
    ) -> dict[str, FileRecord]:
        """Bring files into the folder, those before the weights by which a model is refused."""
        total, done = sum(file.size for file in missing), 0
        weights = [file for file in missing if file.path.endswith((".safetensors", ".bin"))]
        small = [file for file in missing if file not in weights]
        found: dict[str, FileRecord] = {}
        for files, seconds in ((small, self.answer_seconds), (weights, None)):

            def report(num_bytes: int, done: int = done) -> None:
                self.listener.download(spec.name, done + num_bytes, total)

            if files:
                found |= download.fetch_files(
                    spec.repository,
                    commit,
                    files,
                    folder=folder,
                    seconds=seconds,
                    on_progress=report,
                )
                done += sum(file.size for file in files)
            _require_safe(spec, folder)
        if missing:
            self.listener.download(spec.name, total, total)
            _remove_leftovers(folder)
        return found


@contextlib.contextmanager
def _one_at_a_time(listener: Listener) -> Iterator[None]:
    path = storage.home() / ".pull.lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w")
    except OSError as error:
        raise ModelError(
            f"{path.parent}: cannot be written ({error}); set SEEDSUM_HOME to a folder that can"
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            listener.message("another seedsum is pulling models; waiting for it to finish")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _direction(settings: Settings, name: str) -> Direction | None:
    profiles = (profile for _, profile in sorted(settings.profiles.items()))
    steps = (step for profile in profiles for _, route in profile.routes for step in route)
    return next((step.direction for step in steps if step.model == name), None)


def _entry(
    spec: ModelSpec, commit: str, files: Mapping[str, FileRecord], note: str = ""
) -> LockedModel:
    return LockedModel(source_of(spec), spec.revision, commit, spec.licence, files, note=note)


def _local(spec: ModelSpec, folder: Path) -> LockedModel:
    if not folder.is_dir():
        raise ModelError(f"model {spec.name}: no folder {folder}; correct 'folder'")
    found = storage.record_files(folder)
    if spec.format == "ctranslate2" and "model.bin" not in found:
        raise ModelError(f"model {spec.name}: {folder} has no model.bin")
    if spec.format == "transformers" and not any(path.endswith(".safetensors") for path in found):
        raise ModelError(
            f"model {spec.name}: {folder} has no safetensors; seedsum loads no pickled weights"
        )
    _require_safe(spec, folder)
    return _entry(spec, "local", found)


def _remove_leftovers(folder: Path) -> None:
    for path in folder.glob(".*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def _linked(file: RemoteFile, folder: Path) -> FileRecord | None:
    target = folder / file.path
    for sibling in sorted(folder.parent.glob("*")):
        if sibling != folder and (record := file.found_in(sibling)):
            folder.mkdir(exist_ok=True)
            target.unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # a disk without links: it is fetched
                target.hardlink_to(sibling / file.path)
                return record
    return None


def _require_space(
    spec: ModelSpec, wanted: Sequence[RemoteFile], missing: Sequence[RemoteFile]
) -> None:
    needed = sum(file.size for file in missing)
    if missing and needs_conversion(spec):
        # A float32 form for the canary (twice the size of float16) and the stored form.
        needed += 3 * sum(file.size for file in wanted)
    folder = storage.existing_home()
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ModelError(
            f"model {spec.name} needs {needed / 1e9:.1f} GB of disk (conversion included), and"
            f" {folder} has {free / 1e9:.1f} GB free. Free some space, or set SEEDSUM_HOME to a"
            " folder on another disk; nothing was fetched"
        )


def _require_safe(spec: ModelSpec, folder: Path) -> None:
    """Raise a `ModelError` where a model names code of its own, or its model.bin is another's."""
    for name in ("config.json", "tokenizer_config.json", "generation_config.json"):
        path = folder / name
        try:
            table = json.loads(path.read_bytes()) if path.is_file() else {}
        except ValueError as error:
            raise ModelError(f"model {spec.name}: {path} is not JSON: {error}") from error
        if isinstance(table, dict) and "auto_map" in table:
            raise ModelError(
                f"model {spec.name} is refused: its {name} names code of its own (auto_map), and"
                " seedsum runs no code from a repository"
            )
    path = folder / "model.bin"
    if not path.is_file():
        return
    # Source: ModelSpec._serialize in ctranslate2's specs/model_spec.py: version (uint32), then the
    # name of the specification as uint16 length, characters, zero.
    with path.open("rb") as file:
        head = file.read(64)
    version, length = int.from_bytes(head[:4], "little"), int.from_bytes(head[4:6], "little")
    if not (1 <= version <= 64 and re.fullmatch(rb"[A-Za-z0-9]+Spec\0", head[6 : 6 + length])):
        raise ModelError(
            f"model {spec.name}: {path} is not a CTranslate2 model (its first bytes are"
            f" {head[:8]!r}); a model.bin of another kind can run code when it is loaded and is"
            " refused"
        )


def check_folder(spec: ModelSpec, folder: Path) -> None:
    """Raise a `ModelError` where a local folder (`folder` in models.toml) cannot be used."""
    _local(spec, folder)
