"""Brings models onto this machine: fetches what is missing, converts, and writes the lock."""

from __future__ import annotations

import fcntl
import json
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
from seedsum.models.lock import Conversion, LockedModel, read_lock, write_lock
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
    return pull_models(
        settings, specs, update=update, answer_seconds=answer_seconds, listener=listener
    )


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
    specs = [
        spec
        for spec in profile_models(settings, settings.profile(profile))
        if needs_conversion(spec)
    ]
    for spec in specs:
        if spec.repository and not has_snapshot(spec, locked.get(spec.name)):
            raise ModelError(f"model {spec.name} is not on this machine; run `seedsum models pull`")
    return pull_models(
        settings, specs, answer_seconds=PATIENT_SECONDS, listener=listener, reconvert=True
    )


def pull_models(
    settings: Settings,
    specs: Sequence[ModelSpec],
    *,
    answer_seconds: float,
    listener: Listener | None = None,
    update: bool = False,
    reconvert: bool = False,
) -> tuple[PulledModel, ...]:
    """Fetch, convert and lock models, as `pull` and `convert_models` say."""
    listener = listener or Silent()
    reports = []
    with _one_at_a_time(listener):
        for spec in specs:
            if spec.bundled or not needs_files(spec):
                continue
            locked = locked_models(settings).get(spec.name)
            if spec.folder:
                snapshot = _local(spec, settings.base / spec.folder)
            else:
                snapshot = _remote(spec, None if update else locked, answer_seconds, listener)
            entry = LockedModel(
                source=source_of(spec),
                revision=spec.revision,
                commit=snapshot.commit,
                licence=spec.licence,
                files=snapshot.files,
                note=snapshot.note,
            )
            if needs_conversion(spec):
                same = locked is not None and locked.files == entry.files and not reconvert
                conversion = _converted(
                    spec,
                    snapshot.folder,
                    entry,
                    direction=_direction(settings, spec.name),
                    known=locked.conversion if locked is not None and same else None,
                    listener=listener,
                )
                entry = replace(entry, conversion=conversion)
            if locked != entry:
                path = lock_path(settings)
                write_lock(path, read_lock(path) | {spec.name: entry})
            reports.append(_report(spec, snapshot, entry))
    return tuple(reports)


def _report(spec: ModelSpec, snapshot: _Snapshot, entry: LockedModel) -> PulledModel:
    refused = entry.conversion.refused if entry.conversion else ""
    return PulledModel(
        name=spec.name,
        commit=entry.commit,
        num_bytes=sum(record.size for record in entry.files.values()),
        num_fetched_bytes=snapshot.num_fetched_bytes,
        notes=tuple(filter(None, (*snapshot.remarks, refused, entry.note))),
    )


def _converted(
    spec: ModelSpec,
    folder: Path,
    entry: LockedModel,
    *,
    direction: Direction | None,
    known: Conversion | None,
    listener: Listener,
) -> Conversion:
    from seedsum.models.convert import convert

    return convert(
        spec,
        folder,
        converted_folder(spec, entry),
        quantization=quantization(spec),
        direction=direction,
        known=known,
        listener=listener,
    )


@contextmanager
def _one_at_a_time(listener: Listener) -> Iterator[None]:
    """Hold this machine's lock on pulling; waits for another process that pulls."""
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
    _refuse_remote_code(spec, folder)
    if spec.format == "ctranslate2":
        if "model.bin" not in found:
            raise ModelError(f"model {spec.name}: {folder} has no model.bin")
        download.require_ctranslate2(folder / "model.bin", f"model {spec.name}")
    elif not any(path.endswith(".safetensors") for path in found):
        raise ModelError(
            f"model {spec.name}: {folder} has no safetensors; seedsum loads no pickled weights"
        )
    return _Snapshot(folder, "local", found)


def _remote(
    spec: ModelSpec, locked: LockedModel | None, answer_seconds: float, listener: Listener
) -> _Snapshot:
    """Return a model of the Hub after all of it is here: what is locked, or the revision now."""
    remarks: list[str] = []
    if locked is not None and is_entry_of(locked, spec):
        wanted = RemoteSnapshot(
            commit=locked.commit,
            licence=locked.licence,
            files=tuple(
                RemoteFile(path, record.size, record.sha256)
                for path, record in locked.files.items()
            ),
            note=locked.note,
        )
    else:
        wanted = find_snapshot(spec, answer_seconds)
        if wanted.licence and wanted.licence.lower() != spec.licence.lower():
            remarks.append(f"the Hub says licence {wanted.licence!r}, models.toml {spec.licence!r}")
    folder = snapshot_folder(spec, wanted.commit, Path())
    fetched, files = _fetch(spec, wanted, folder, answer_seconds=answer_seconds, listener=listener)
    for path in storage.list_files(folder):
        if path not in files:
            (folder / path).unlink()
            remarks.append(f"removed {folder / path}: it does not belong to the model")
    return _Snapshot(folder, wanted.commit, files, fetched, wanted.note, tuple(remarks))


def _fetch(
    spec: ModelSpec,
    wanted: RemoteSnapshot,
    folder: Path,
    *,
    answer_seconds: float,
    listener: Listener,
) -> tuple[int, dict[str, FileRecord]]:
    """Bring every file into the folder; return how many bytes came over the network, and the files.

    The configuration comes before the weights, so that a refused model costs none.
    """
    _remove_leftovers(folder)
    found = {
        file.path: record
        for file in wanted.files
        if (record := _present(folder, file) or _reused(folder, file)) is not None
    }
    missing = [file for file in wanted.files if file.path not in found]
    _require_space(spec, wanted.files, missing)
    total = sum(file.size for file in missing)
    done = 0
    for are_weights in (False, True):
        if are_weights:
            _refuse_remote_code(spec, folder)
        part = [f for f in missing if f.path.endswith((".safetensors", ".bin")) is are_weights]
        if not part:
            continue

        def report(num_bytes: int, before: int = done) -> None:
            listener.download(spec.name, before + num_bytes, total)

        found |= download.fetch_files(
            spec.repository,
            wanted.commit,
            part,
            folder=folder,
            seconds=None if are_weights else answer_seconds,
            on_progress=report,
        )
        done += sum(file.size for file in part)
    if missing:
        listener.download(spec.name, total, total)
        _remove_leftovers(folder)
    return total, found


def _remove_leftovers(folder: Path) -> None:
    """Remove what the client, or a killed process, leaves beside the files."""
    for path in folder.glob(".*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()


def _present(folder: Path, file: RemoteFile) -> FileRecord | None:
    """Return size and hash of a file that is in the folder and right, otherwise None."""
    path = folder / file.path
    if not path.is_file() or path.stat().st_size != file.size:
        return None
    if not file.sha256:
        return file.accepts(path)
    record = storage.record_files(folder, (file.path,))[file.path]
    return record if record.sha256 == file.sha256 else None


def _reused(folder: Path, file: RemoteFile) -> FileRecord | None:
    """Link the file from another commit of the repository where its content is the same."""
    for sibling in sorted(folder.parent.iterdir()) if folder.parent.is_dir() else ():
        record = _present(sibling, file) if sibling != folder else None
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


def _require_space(
    spec: ModelSpec, wanted: Sequence[RemoteFile], missing: Sequence[RemoteFile]
) -> None:
    """Do nothing where the disk has room for what is missing and for the conversion.

    Raises:
        ModelError: It has not; says how much is needed.
    """
    if not missing:
        return
    needed = sum(file.size for file in missing)
    if needs_conversion(spec):
        # The conversion holds a float32 form for the canary and the stored form; safetensors
        # may be float16, which the float32 form doubles.
        needed += 3 * sum(file.size for file in wanted)
    folder = storage.home()
    while not folder.is_dir():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ModelError(
            f"model {spec.name} needs {needed / 1e9:.1f} GB of disk (conversion included), and"
            f" {folder} has {free / 1e9:.1f} GB free. Free some space, or set SEEDSUM_HOME to a"
            " folder on another disk; nothing was fetched"
        )


def _refuse_remote_code(spec: ModelSpec, snapshot: Path) -> None:
    """Do nothing where no configuration names code of its own.

    Raises:
        ModelError: One does (`auto_map`).
    """
    for name in ("config.json", "tokenizer_config.json", "generation_config.json"):
        path = snapshot / name
        if not path.is_file():
            continue
        try:
            table = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ModelError(f"model {spec.name}: {path} is not JSON: {error}") from error
        if isinstance(table, dict) and "auto_map" in table:
            raise ModelError(
                f"model {spec.name} is refused: its {name} names code of its own (auto_map), and"
                " seedsum runs no code from a repository"
            )
