"""Brings models onto this machine: fetches what is missing, converts, and writes the lock."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
    converted_folder,
    has_snapshot,
    is_entry_of,
    lock_path,
    locked_models,
    needs_conversion,
    profile_models,
    quantization,
    snapshot_folder,
    source_of,
)
from seedsum.models.lock import LockedModel, read_lock, write_lock
from seedsum.models.requirements import require_safe, require_space, require_weights
from seedsum.models.storage import FileRecord
from seedsum.records import Direction, ModelSpec

if TYPE_CHECKING:
    from seedsum.config import Settings


@dataclass(frozen=True, slots=True)
class PulledModel:
    """What `pull` did for one model.

    Attributes:
        num_bytes: Of the whole model; `num_fetched_bytes` came over the network this time.
        notes: What a person should read: a refused conversion, a licence that is not the one in
            models.toml, weights from a conversion request.
    """

    name: str
    commit: str
    num_bytes: int
    num_fetched_bytes: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """A model's own files, all of them on this machine.

    Attributes:
        note: For the lock; `remarks` are for whoever pulls.
    """

    folder: Path
    commit: str
    files: Mapping[str, FileRecord]
    num_fetched_bytes: int = 0
    note: str = ""
    remarks: tuple[str, ...] = ()


def pull(
    settings: Settings,
    profile: str | None = None,
    *,
    update: bool = False,
    listener: Listener | None = None,
    answer_seconds: float = PATIENT_SECONDS,
) -> tuple[PulledModel, ...]:
    """Fetch, convert and lock every model of the profile; what is there and right is left alone.

    What models.lock names is fetched to the byte; `update` takes the revisions as they are now. A
    file that is damaged is fetched again. The lock is written after each model, so whatever ends
    the command, the same command goes on. Each answer of the Hub may take `answer_seconds`.

    Raises:
        ModelError: See `download`; also where the disk has not enough space.
    """
    specs = profile_models(settings, settings.profile(profile))
    pulling = Pulling(settings, listener or Silent(), answer_seconds, update=update)
    return pulling.pull(specs)


def convert_models(
    settings: Settings, profile: str | None = None, *, listener: Listener | None = None
) -> tuple[PulledModel, ...]:
    """Convert the profile's models again from what is on this machine, and lock the result.

    Only models that CTranslate2 runs from another format are converted; without any, the result is
    empty. For after an upgrade of the converter: a refusal is looked at again.

    Raises:
        ModelError: A model is not on this machine, differs from its lock, or the disk is full.
    """
    locked = locked_models(settings)
    models = profile_models(settings, settings.profile(profile))
    specs = [spec for spec in models if needs_conversion(spec)]
    for spec in specs:
        if spec.repository and not has_snapshot(spec, locked.get(spec.name)):
            raise ModelError(f"model {spec.name} is not on this machine; run `seedsum models pull`")
    return Pulling(settings, listener or Silent(), PATIENT_SECONDS, reconvert=True).pull(specs)


@dataclass(frozen=True, slots=True)
class Pulling:
    """How models are brought here.

    Attributes:
        answer_seconds: Longest wait for an answer of the Hub.
        update: Take the revisions as they are now, not as they are locked.
        reconvert: Convert again what is converted already.
    """

    settings: Settings
    listener: Listener
    answer_seconds: float
    update: bool = False
    reconvert: bool = False

    def pull(self, specs: Sequence[ModelSpec]) -> tuple[PulledModel, ...]:
        """Fetch, convert and lock models, one process at a time.

        Raises:
            ModelError: See `download`; also where the disk has not enough space.
        """
        with _one_at_a_time(self.listener):
            return tuple(
                self._pull(spec) for spec in specs if not spec.bundled and needs_files(spec)
            )

    def _pull(self, spec: ModelSpec) -> PulledModel:
        locked = locked_models(self.settings).get(spec.name)
        if spec.folder:
            found = _local(spec, self.settings.base / spec.folder)
        else:
            found = self._remote(spec, None if self.update else locked)
        entry = LockedModel(
            source=source_of(spec),
            revision=spec.revision,
            commit=found.commit,
            licence=spec.licence,
            files=found.files,
            note=found.note,
        )
        remarks = found.remarks
        if needs_conversion(spec):
            from seedsum.models.convert import convert

            known = (
                locked if locked and locked.files == entry.files and not self.reconvert else None
            )
            conversion = convert(
                spec,
                found.folder,
                converted_folder(spec, entry),
                quantization=quantization(spec),
                direction=_direction(self.settings, spec.name),
                known=known.conversion if known else None,
                listener=self.listener,
            )
            entry = replace(entry, conversion=conversion)
            remarks += (conversion.refused,)
        if locked != entry:
            path = lock_path(self.settings)
            write_lock(path, read_lock(path) | {spec.name: entry})
        return PulledModel(
            name=spec.name,
            commit=entry.commit,
            num_bytes=sum(record.size for record in entry.files.values()),
            num_fetched_bytes=found.num_fetched_bytes,
            notes=tuple(remark for remark in (*remarks, entry.note) if remark),
        )

    def _remote(self, spec: ModelSpec, locked: LockedModel | None) -> _Snapshot:
        """Return a model of the Hub after all of it is here: as locked, or the revision now."""
        remarks: list[str] = []
        if locked is not None and is_entry_of(locked, spec):
            files = tuple(
                RemoteFile(path, record.size, record.sha256)
                for path, record in locked.files.items()
            )
            wanted = RemoteSnapshot(locked.commit, locked.licence, files, locked.note)
        else:
            wanted = find_snapshot(spec, self.answer_seconds)
            if wanted.licence and wanted.licence.lower() != spec.licence.lower():
                remarks.append(
                    f"the Hub says licence {wanted.licence!r}, models.toml {spec.licence!r}"
                )
        folder = snapshot_folder(spec, wanted.commit, Path())
        _remove_leftovers(folder)
        found = {
            file.path: record
            for file in wanted.files
            if (record := file.found_in(folder) or _reused(folder, file)) is not None
        }
        missing = [file for file in wanted.files if file.path not in found]
        found |= self._fetch(spec, wanted, missing, folder)
        for path in storage.list_files(folder):
            if path not in found:
                (folder / path).unlink()
                remarks.append(f"removed {folder / path}: it does not belong to the model")
        num_fetched = sum(file.size for file in missing)
        return _Snapshot(folder, wanted.commit, found, num_fetched, wanted.note, tuple(remarks))

    def _fetch(
        self, spec: ModelSpec, wanted: RemoteSnapshot, missing: list[RemoteFile], folder: Path
    ) -> dict[str, FileRecord]:
        """Bring the missing files into the folder and return what they are.

        The configuration comes before the weights, so that a refused model costs none.
        """
        require_space(spec, wanted.files, missing)
        total = sum(file.size for file in missing)
        weights = [file for file in missing if file.path.endswith((".safetensors", ".bin"))]
        small = [file for file in missing if file not in weights]
        found: dict[str, FileRecord] = {}
        for files, seconds in ((small, self.answer_seconds), (weights, None)):
            before = sum(record.size for record in found.values())

            def report(num_bytes: int, before: int = before) -> None:
                self.listener.download(spec.name, before + num_bytes, total)

            if files:
                found |= download.fetch_files(
                    spec.repository,
                    wanted.commit,
                    files,
                    folder=folder,
                    seconds=seconds,
                    on_progress=report,
                )
            require_safe(spec, folder)
        if missing:
            self.listener.download(spec.name, total, total)
            _remove_leftovers(folder)
        return found


@contextmanager
def _one_at_a_time(listener: Listener) -> Iterator[None]:
    """Hold this machine's lock on pulling; wait for another process that pulls."""
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
    """Return what the model translates (in the first route that uses it), None for a summary."""
    for _, profile in sorted(settings.profiles.items()):
        for _, steps in profile.routes:
            for step in steps:
                if step.model == name:
                    return step.direction
    return None


def _local(spec: ModelSpec, folder: Path) -> _Snapshot:
    """Return a model that lies in a folder of the user's.

    Raises:
        ModelError: There is none, or none that seedsum takes.
    """
    if not folder.is_dir():
        raise ModelError(f"model {spec.name}: no folder {folder}; correct 'folder'")
    found = storage.record_files(folder)
    require_weights(spec, folder, found)
    require_safe(spec, folder)
    return _Snapshot(folder, "local", found)


def _remove_leftovers(folder: Path) -> None:
    """Remove what the client, or a killed process, leaves beside the files."""
    for path in folder.glob(".*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def _reused(folder: Path, file: RemoteFile) -> FileRecord | None:
    """Link the file from another commit of the repository where its content is the same."""
    for sibling in sorted(folder.parent.iterdir()) if folder.parent.is_dir() else ():
        record = file.found_in(sibling) if sibling != folder else None
        if record is not None:
            target = folder / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            try:
                target.hardlink_to(sibling / file.path)
            except OSError:
                shutil.copyfile(sibling / file.path, target)
            return record
    return None
