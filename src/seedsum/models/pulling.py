"""Brings models onto this machine: fetches what is missing, converts, and writes the lock."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from seedsum.engines import needs_files
from seedsum.engines.memory import available_bytes
from seedsum.errors import ModelError, UnsoundModelError
from seedsum.models import download, storage
from seedsum.models.download import PATIENT_SECONDS, HubUnreachableError, RemoteFile
from seedsum.models.folders import (
    check_folder,
    linked,
    remove_leftovers,
    require_safe,
    require_space,
)
from seedsum.models.listener import Listener, Silent
from seedsum.models.listing import Offer, RemoteSnapshot, find_offer, no_conversion
from seedsum.models.locating import (
    LocalModels,
    as_it_runs,
    converted_folder,
    lock_path,
    locked_folder,
    needs_conversion,
    original_of,
    profile_models,
    quantization,
    snapshot_folder,
    source_of,
)
from seedsum.models.lock import LockedModel, read_lock, write_lock
from seedsum.models.storage import FileRecord
from seedsum.records import Direction, ModelSpec, ResolvedModel

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
class _Here:
    """A model whose files are on this machine, and the lock's entry that it will have."""

    name: str
    entry: LockedModel
    num_fetched: int = 0  # bytes
    remarks: tuple[str, ...] = ()

    @property
    def is_refused_conversion(self) -> bool:
        return self.entry.conversion is not None and bool(self.entry.conversion.refused)


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
        if spec.folder:
            files = check_folder(spec, self.settings.base / spec.folder)
            here = _Here(spec.name, _entry(spec, "local", files))
            return self._lock(self._checked(spec, here, local), local)
        offer = self._offer(spec, local)
        refused, second_best = list(offer.refused), None
        unsound: list[Path] = []
        for snapshot in offer.snapshots:
            try:
                made = self._checked(spec, self._fetched(spec, snapshot), local)
            except UnsoundModelError as error:
                if not snapshot.request:
                    raise
                refused.append(f"{snapshot.request}: {error}")
                unsound.append(self._folder(spec, snapshot))
                self.listener.message(f"{spec.name}: {snapshot.request} is not sound: {error}")
                continue
            second_best = second_best or made
            if not (snapshot.request and made.is_refused_conversion):
                second_best = made
                break
        if second_best is None:
            raise ModelError(no_conversion(spec, refused))
        for folder in unsound:
            shutil.rmtree(folder, ignore_errors=True)
        return self._lock(second_best, local)

    def _folder(self, spec: ModelSpec, wanted: RemoteSnapshot) -> Path:
        base, weights_commit = self.settings.base, wanted.weights_commit
        return snapshot_folder(spec, wanted.commit, base, weights_commit=weights_commit)

    def _offer(self, spec: ModelSpec, local: LocalModels) -> Offer:
        if self.update or not (pinned := local.pinned(spec)):
            return find_offer(spec, self.answer_seconds)
        files = [RemoteFile(path, one.size, one.sha256) for path, one in pinned.files.items()]
        return Offer(
            (
                RemoteSnapshot(
                    pinned.commit,
                    "",
                    tuple(files),
                    pinned.note,
                    weights_commit=pinned.weights_commit,
                ),
            )
        )

    def _checked(self, spec: ModelSpec, here: _Here, local: LocalModels) -> _Here:
        """Return what is here with its conversion and its outputs; raises where it is not sound."""
        locked = local.locked.get(spec.name)
        entry = here.entry
        is_same = locked is not None and locked.files == entry.files
        folder = locked_folder(spec, entry, self.settings.base)
        direction = _direction(self.settings, spec.name)
        known = locked.outputs if locked and is_same and not self.update else None
        is_new = here.num_fetched > 0 or not known or self.reconvert
        if needs_conversion(spec):
            from seedsum.models.convert import convert

            conversion = convert(
                spec,
                folder,
                converted_folder(spec, entry),
                quantization=quantization(spec),
                direction=direction,
                known=locked.conversion if locked and is_same and not self.reconvert else None,
                listener=self.listener,
            )
            is_new |= not locked or conversion != locked.conversion
            entry = replace(entry, conversion=conversion)
        if is_new:
            from seedsum.models.canary import outputs

            model = as_it_runs(spec, entry, folder)
            known = outputs(model, direction, known)
            if known and spec.reference and not known.reference:
                reference, remark = self._compared(model, direction)
                known = replace(known, reference=reference)
                here = replace(here, remarks=(*here.remarks, remark))
        return replace(here, entry=replace(entry, outputs=known))

    def _compared(self, model: ResolvedModel, direction: Direction | None) -> tuple[str, str]:
        """Return what a form for CTranslate2 was compared with, if it was, and a remark on that.

        The original is fetched for that, and removed.

        Raises:
            UnsoundModelError: The two differ by more than rounding.
        """
        from seedsum.models import canary

        spec = original_of(model.spec)
        try:
            wanted = find_offer(spec, self.answer_seconds).snapshots[0]
            needed = 2 * sum(file.size for file in wanted.files)
            if needed > available_bytes():
                return "", f"not compared with {spec.repository}: {needed / 1e9:.1f} GB of memory"
            here = self._fetched(spec, wanted)
            folder = locked_folder(spec, here.entry, self.settings.base)
            original = as_it_runs(spec, here.entry, folder)
            worst = canary.worst_difference(model, original, direction)
        except HubUnreachableError:
            raise
        except ModelError as error:
            return "", f"not compared with {spec.repository}: {error}"
        if not worst <= canary.REFERENCE_TOLERANCE:
            raise UnsoundModelError(
                f"model {model.spec.name} is refused: scores of what {spec.repository} makes of"
                f" fixed texts differ by up to {worst:.3g} (int8 gives"
                f" {canary.REFERENCE_TOLERANCE:g} at most), so {model.spec.repository} is no form"
                " of it. Set another repository or reference in models.toml"
            )
        shutil.rmtree(folder, ignore_errors=True)
        remark = f"compared with {spec.repository}: scores differ by {worst:.2g} at most"
        return f"{spec.repository}@{here.entry.commit}", remark

    def _lock(self, here: _Here, local: LocalModels) -> PulledModel:
        entry, name = here.entry, here.name
        if local.locked.get(name) != entry:
            path = lock_path(self.settings)
            write_lock(path, read_lock(path) | {name: entry})
        num_bytes = sum(record.size for record in entry.files.values())
        refused = entry.conversion.refused if entry.conversion else ""
        notes = tuple(filter(None, (*here.remarks, refused, entry.note)))
        return PulledModel(name, entry.commit, num_bytes, here.num_fetched, notes)

    def _fetched(self, spec: ModelSpec, wanted: RemoteSnapshot) -> _Here:
        remarks: list[str] = []
        if wanted.licence and wanted.licence.lower() != spec.licence.lower():
            remarks.append(f"the Hub says licence {wanted.licence!r}, models.toml {spec.licence!r}")
        folder = self._folder(spec, wanted)
        remove_leftovers(folder)
        found = {
            file.path: record
            for file in wanted.files
            if (record := file.found_in(folder) or linked(file, folder))
        }
        missing = [file for file in wanted.files if file.path not in found]
        require_space(spec, wanted.files, missing)
        found |= self._fetch(spec, wanted, missing, folder)
        for path in storage.list_files(folder):
            if path not in found:
                (folder / path).unlink()
                remarks.append(f"removed {folder / path}: it does not belong to the model")
        entry = replace(
            _entry(spec, wanted.commit, found, wanted.note), weights_commit=wanted.weights_commit
        )
        num_fetched = sum(file.size for file in missing)
        return _Here(spec.name, entry, num_fetched, tuple(remarks))

    def _fetch(
        self,
        spec: ModelSpec,
        wanted: RemoteSnapshot,
        missing: Sequence[RemoteFile],
        folder: Path,
    ) -> dict[str, FileRecord]:
        """Bring files into the folder, those before the weights by which a model is refused."""
        total, done = sum(file.size for file in missing), 0
        weights = [file for file in missing if file.path.endswith((".safetensors", ".bin"))]
        index = [file for file in missing if file.path in wanted.of_weights and file not in weights]
        small = [file for file in missing if file not in (*weights, *index)]
        weights_commit = wanted.weights_commit or wanted.commit
        found: dict[str, FileRecord] = {}
        for files, commit, seconds in (
            (small, wanted.commit, self.answer_seconds),
            (index, weights_commit, self.answer_seconds),
            (weights, weights_commit, None),
        ):

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
            require_safe(spec, folder)
        if missing:
            self.listener.download(spec.name, total, total)
            remove_leftovers(folder)
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
