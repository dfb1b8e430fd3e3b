"""The models of a profile, on this machine: resolved for a run, pulled, verified.

`resolve` is what `run` calls; `pull`, `verify` and `lock_bundled` are commands. The lock says what
a model must be, `cache` whether it is, `download` gets it and `convert` makes CTranslate2's form.
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from seedsum.errors import ModelError, VerificationError
from seedsum.models import download
from seedsum.models import storage as cache
from seedsum.models.download import HURRIED, PATIENT, HubUnreachableError, Patience, RemoteFile
from seedsum.models.lock import LockedModel, read_lock, write_lock
from seedsum.models.storage import FileRecord
from seedsum.progress import Progress, Silent
from seedsum.records import Direction, ModelSpec, Profile, ResolvedModel

if TYPE_CHECKING:
    from seedsum.config import Settings

LOCK_NAME = "models.lock"


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a run works with.

    Attributes:
        profile: The profile in use; the fallback profile's name where `fallback` is set.
        models: Every model of that profile by name.
        fallback_reason: Why it is not the profile that was asked for, else empty.
    """

    profile: str
    models: Mapping[str, ResolvedModel]
    fallback: bool = False
    fallback_reason: str = ""


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
class VerifiedModel:
    """One model after a check of every byte.

    Attributes:
        state: `verified`, `absent` (locked, not on this machine) or `unlocked` (never pulled).
    """

    name: str
    state: str
    num_files: int
    num_bytes: int


def lock_path(settings: Settings) -> Path:
    """Return where models.lock is: beside models.toml; for the packaged one in seedsum's home."""
    return (cache.home() if settings.packaged else settings.base) / LOCK_NAME


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


def resolve(
    settings: Settings,
    profile: str | None = None,
    *,
    offline: bool = False,
    strict: bool = False,
    progress: Progress | None = None,
) -> Resolution:
    """Return the profile's models (None: the default), checked, and fetched where missing.

    Where they cannot be had because the network is forbidden or the Hub does not answer, the
    fallback profile is returned with the reason; finding out costs ten seconds at most.

    Raises:
        ConfigError: There is no such profile.
        ModelError: A file is not what the lock says; the Hub refuses a model; or, with `strict`,
            the models cannot be had.
    """
    wanted = settings.profile(profile)
    locked = locked_models(settings)
    found = {
        spec.name: locate(spec, locked.get(spec.name), settings.base)
        for spec in profile_models(settings, wanted)
    }
    missing = [settings.models[name] for name, model in found.items() if model is None]
    reason = ""
    if missing:
        try:
            reason = _why_not_to_be_had(missing, locked, offline or download.is_offline())
            if not reason:
                pulled = _pull(settings, missing, patience=HURRIED, progress=progress or Silent())
                for spec, _ in pulled:
                    found[spec.name] = locate(
                        spec, locked_models(settings).get(spec.name), settings.base
                    )
        except HubUnreachableError as error:
            reason = str(error)
    if not reason:
        models = {name: model for name, model in found.items() if model is not None}
        if lost := sorted(found.keys() - models.keys()):
            raise ModelError(f"{', '.join(lost)}: gone again after the pull; is the cache cleaned?")
        return Resolution(profile=wanted.name, models=models)
    if strict or wanted.name == settings.fallback_profile:
        raise ModelError(f"{reason}. Run `seedsum models pull --profile {wanted.name}` first")
    substitute = settings.profile(settings.fallback_profile)
    try:
        models = {
            spec.name: model
            for spec in profile_models(settings, substitute)
            if (model := locate(spec, None, settings.base)) is not None
        }
    except ModelError as error:
        raise ModelError(f"{reason}. The fallback cannot be used either: {error}") from error
    return Resolution(substitute.name, models, fallback=True, fallback_reason=reason)


def check_before_run(model: ResolvedModel) -> None:
    """Do nothing where a resolved model's files are still the ones that were resolved.

    Files that look as they did are not read again.

    Raises:
        ModelError: They are not.
    """
    if model.folder is None:
        return
    try:
        found = cache.combined_sha256(cache.record_files(model.folder))
    except OSError as error:
        raise ModelError(f"model {model.spec.name}: {model.folder}: {error}") from error
    if found != model.weights_sha256:
        raise ModelError(
            f"model {model.spec.name}: files in {model.folder} changed since this run began; run"
            " `seedsum models verify` to see which"
        )


def pull(
    settings: Settings,
    profile: str | None = None,
    *,
    update: bool = False,
    progress: Progress | None = None,
    patience: Patience = PATIENT,
) -> tuple[PulledModel, ...]:
    """Fetch, convert and lock every model of the profile; what is there and right is left alone.

    What models.lock names is fetched to the byte; `update` resolves the revisions anew. A file
    that is damaged is fetched again. The lock is written after each model, so whatever ends the
    command, the same command goes on.

    Raises:
        ModelError: See `download`; also where the disk has not enough space.
    """
    specs = profile_models(settings, settings.profile(profile))
    pulled = _pull(settings, specs, update=update, patience=patience, progress=progress or Silent())
    return tuple(report for _, report in pulled)


def convert_models(
    settings: Settings, profile: str | None = None, *, progress: Progress | None = None
) -> tuple[PulledModel, ...]:
    """Convert the profile's models anew from what is on this machine, and lock the result.

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
        if spec.repository and not _has_snapshot(spec, locked):
            raise ModelError(f"model {spec.name} is not on this machine; run `seedsum models pull`")
    pulled = _pull(settings, specs, patience=PATIENT, progress=progress or Silent(), reconvert=True)
    return tuple(report for _, report in pulled)


def verify(settings: Settings, profile: str | None = None) -> tuple[VerifiedModel, ...]:
    """Hash every file of every locked model again and return what was checked.

    With a profile its models must be there; without one, models that are in the lock but not on
    this machine are reported as absent.

    Raises:
        VerificationError: A file differs or is missing; the message names each.
    """
    locked = locked_models(settings)
    specs = (
        list(settings.models.values())
        if profile is None
        else list(profile_models(settings, settings.profile(profile)))
    )
    checked: list[VerifiedModel] = []
    wrong: list[str] = []
    for spec in specs:
        if spec.engine == "extractive":
            continue
        entry = lock_entry(spec, locked.get(spec.name))
        folders = model_folders(spec, entry, settings.base) if entry else ()
        present = [(folder, expected) for folder, expected in folders if folder.is_dir()]
        if entry is None or not present:
            state = "unlocked" if entry is None else "absent"
            if profile is not None:
                wrong.append(f"{spec.name}: not on this machine; run `seedsum models pull`")
            checked.append(VerifiedModel(spec.name, state, 0, 0))
            continue
        for folder, expected in folders:
            wrong.extend(
                f"{spec.name}: {line}" for line in cache.differences(folder, expected, rehash=True)
            )
        records = [record for _, expected in folders for record in expected.values()]
        num_bytes = sum(record.size for record in records)
        checked.append(VerifiedModel(spec.name, "verified", len(records), num_bytes))
    if wrong:
        raise VerificationError(
            "\n".join([*wrong, "`seedsum models pull` fetches damaged and missing files again"])
        )
    return tuple(checked)


def lock_bundled(folder: Path, licence: str) -> Path:
    """Write the lock of models that come with the package, and return it.

    A release step: every subfolder of `folder` (`ct2`, `hf`) becomes an entry.
    """
    entries = {
        child.name: LockedModel(
            source=f"bundled:{folder.name}",
            revision="bundled",
            commit="bundled",
            licence=licence,
            files=cache.record_files(child),
        )
        for child in sorted(folder.iterdir())
        if child.is_dir() and not child.name.startswith((".", "_"))
    }
    path = folder / LOCK_NAME
    write_lock(path, entries)
    return path


# --------------------------------------------------------------------------------------------
# What is on this machine


def source_of(spec: ModelSpec) -> str:
    """Return how the lock names where a model comes from."""
    if spec.bundled:
        return f"bundled:{spec.bundled}"
    return f"folder:{spec.folder}" if spec.folder else spec.repository


def _bundled_folder(spec: ModelSpec) -> Path:
    form = "ct2" if spec.format == "ctranslate2" else "hf"
    return Path(str(files("seedsum"))) / spec.bundled / form


def lock_entry(spec: ModelSpec, locked: LockedModel | None) -> LockedModel | None:
    """Return the lock's entry where it is of this very model and has what its engine needs.

    Raises:
        ModelError: A bundled model has no lock beside it: the package is incomplete.
    """
    if spec.bundled:
        folder = _bundled_folder(spec)
        entry = read_lock(folder.parent / LOCK_NAME).get(folder.name)
        if entry is None:
            raise ModelError(
                f"model {spec.name}: {folder} is not in this installation; install seedsum again"
            )
        return entry
    if locked is None or (locked.source, locked.revision) != (source_of(spec), spec.revision):
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


def _snapshot_folder(spec: ModelSpec, commit: str, base: Path) -> Path:
    if spec.folder:
        return base / spec.folder
    return cache.repository_folder(spec.repository, spec.format) / commit


def _converted_folder(spec: ModelSpec, entry: LockedModel) -> Path:
    name = f"{quantization(spec)}-{cache.combined_sha256(entry.files)[:16]}"
    return cache.home() / "converted" / (spec.repository or spec.name).replace("/", "--") / name


def model_folders(
    spec: ModelSpec, entry: LockedModel, base: Path
) -> tuple[tuple[Path, Mapping[str, FileRecord]], ...]:
    """Return the model's folders with what must be in them; the last is the engine's."""
    if spec.bundled:
        return ((_bundled_folder(spec), entry.files),)
    snapshot = (_snapshot_folder(spec, entry.commit, base), entry.files)
    if needs_conversion(spec) and entry.conversion is not None and not entry.conversion.refused:
        return (snapshot, (_converted_folder(spec, entry), entry.conversion.files))
    return (snapshot,)


def locate(spec: ModelSpec, locked: LockedModel | None, base: Path) -> ResolvedModel | None:
    """Return the model where it is on this machine as the lock says; None where it must be pulled.

    Raises:
        ModelError: It is here but differs from the lock.
    """
    if spec.engine == "extractive":
        return ResolvedModel(spec, None, "bundled", cache.combined_sha256({}))
    entry = lock_entry(spec, locked)
    if entry is None:
        return None
    wrong: list[str] = []
    for folder, expected in model_folders(spec, entry, base):
        if not spec.bundled and not all((folder / path).is_file() for path in expected):
            return None
        wrong.extend(cache.differences(folder, expected))
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
    return ResolvedModel(spec, folder, entry.commit, cache.combined_sha256(expected), note)


def _why_not_to_be_had(
    missing: Sequence[ModelSpec], locked: Mapping[str, LockedModel], offline: bool
) -> str:
    """Return why the network cannot give what is missing, empty where it may or is not needed."""
    remote = [spec for spec in missing if spec.repository and not _has_snapshot(spec, locked)]
    if not remote:
        return ""
    names = ", ".join(spec.name for spec in remote)
    if offline:
        return f"not on this machine, and the network is not to be used: {names}"
    if reason := download.why_unreachable():
        return f"not on this machine: {names}; {reason}"
    return ""


def _has_snapshot(spec: ModelSpec, locked: Mapping[str, LockedModel]) -> bool:
    entry = locked.get(spec.name)
    if entry is None or (entry.source, entry.revision) != (source_of(spec), spec.revision):
        return False
    folder = _snapshot_folder(spec, entry.commit, Path())
    return all((folder / path).is_file() for path in entry.files)


# --------------------------------------------------------------------------------------------
# Pulling


@contextmanager
def _one_at_a_time(progress: Progress) -> Iterator[None]:
    """Hold this machine's lock on pulling; waits for another process that pulls."""
    path = cache.home() / ".pull.lock"
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
            progress.message("another seedsum is pulling models; waiting for it to finish")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _pull(
    settings: Settings,
    specs: Sequence[ModelSpec],
    *,
    patience: Patience,
    progress: Progress,
    update: bool = False,
    reconvert: bool = False,
) -> list[tuple[ModelSpec, PulledModel]]:
    reports = []
    with _one_at_a_time(progress):
        for spec in specs:
            if spec.bundled or spec.engine == "extractive":
                continue
            locked = locked_models(settings)
            entry, report = _obtain(
                spec,
                None if update else locked.get(spec.name),
                base=settings.base,
                direction=_direction(settings, spec.name),
                patience=patience,
                progress=progress,
                reconvert=reconvert,
            )
            if locked.get(spec.name) != entry:
                write_lock(lock_path(settings), read_lock(lock_path(settings)) | {spec.name: entry})
            reports.append((spec, report))
    return reports


def _direction(settings: Settings, name: str) -> Direction | None:
    """Return what the model translates (in the first route that uses it), None for a summary."""
    for _, profile in sorted(settings.profiles.items()):
        for _, steps in profile.routes:
            for step in steps:
                if step.model == name:
                    return step.direction
    return None


def _obtain(
    spec: ModelSpec,
    locked: LockedModel | None,
    *,
    base: Path,
    direction: Direction | None,
    patience: Patience,
    progress: Progress,
    reconvert: bool,
) -> tuple[LockedModel, PulledModel]:
    """Return the model's lock entry after everything it names is on this machine."""
    notes: list[str] = []
    num_fetched = 0
    if spec.folder:
        snapshot = base / spec.folder
        if not snapshot.is_dir():
            raise ModelError(f"model {spec.name}: no folder {snapshot}; correct 'folder'")
        commit, note = "local", ""
        files = cache.record_files(snapshot)
        _refuse_unsafe_folder(spec, snapshot, tuple(files))
    else:
        if locked is not None and (locked.source, locked.revision) == (
            source_of(spec),
            spec.revision,
        ):
            commit, note = locked.commit, locked.note
            wanted = tuple(
                RemoteFile(path, record.size, record.sha256)
                for path, record in locked.files.items()
            )
        else:
            remote = download.find_snapshot(spec, patience)
            commit, note, wanted = remote.commit, remote.note, remote.files
            if remote.licence and remote.licence.lower() != spec.licence.lower():
                notes.append(
                    f"the Hub says licence {remote.licence!r}, models.toml {spec.licence!r}"
                )
        snapshot = _snapshot_folder(spec, commit, base)
        num_fetched = _fetch(spec, commit, wanted, snapshot, patience=patience, progress=progress)
        files = cache.record_files(snapshot, tuple(file.path for file in wanted))
        for path in cache.list_files(snapshot):
            if path not in files:
                (snapshot / path).unlink()
                notes.append(f"removed {snapshot / path}: it does not belong to the model")
    entry = LockedModel(
        source=source_of(spec),
        revision=spec.revision,
        commit=commit,
        licence=spec.licence,
        files=files,
        note=note,
    )
    if needs_conversion(spec):
        from seedsum.models.convert import convert

        conversion = convert(
            spec,
            snapshot,
            _converted_folder(spec, entry),
            quantization=quantization(spec),
            direction=direction,
            known=None
            if reconvert or locked is None or locked.files != files
            else locked.conversion,
            progress=progress,
        )
        entry = replace(entry, conversion=conversion)
        if conversion.refused:
            notes.append(conversion.refused)
    if note:
        notes.append(note)
    num_bytes = sum(record.size for record in files.values())
    return entry, PulledModel(spec.name, commit, num_bytes, num_fetched, tuple(notes))


def _fetch(
    spec: ModelSpec,
    commit: str,
    wanted: Sequence[RemoteFile],
    snapshot: Path,
    *,
    patience: Patience,
    progress: Progress,
) -> int:
    """Bring every wanted file into the snapshot and return how many bytes came over the network.

    Small files come first, so that a model that is refused for its configuration costs no weights.
    """
    missing = [file for file in wanted if not _is_there(snapshot, file)]
    _require_space(spec, wanted, missing)
    total = sum(file.size for file in missing)
    done = num_fetched = 0
    for file in sorted(missing, key=lambda file: (file.size, file.path)):
        before = done

        def report(num_bytes: int, before: int = before) -> None:
            progress.download(spec.name, before + num_bytes, total)

        if file.path.endswith((".safetensors", ".bin")):
            _refuse_remote_code(spec, snapshot)
        if not _reuse(snapshot, file):
            download.fetch_file(
                spec.repository,
                commit,
                file,
                folder=snapshot,
                patience=patience,
                on_progress=report,
            )
            num_fetched += file.size
        done += file.size
    _refuse_remote_code(spec, snapshot)
    if missing:
        progress.download(spec.name, total, total)
    return num_fetched


def _is_there(snapshot: Path, file: RemoteFile) -> bool:
    path = snapshot / file.path
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    if file.sha256:
        return cache.record_files(snapshot, (file.path,))[file.path].sha256 == file.sha256
    return download.is_present(snapshot, file)


def _reuse(snapshot: Path, file: RemoteFile) -> bool:
    """Link the file from another commit of the repository where its content is the same."""
    for sibling in sorted(snapshot.parent.iterdir()) if snapshot.parent.is_dir() else ():
        if sibling != snapshot and sibling.is_dir() and _is_there(sibling, file):
            target = snapshot / file.path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            try:
                target.hardlink_to(sibling / file.path)
            except OSError:
                shutil.copyfile(sibling / file.path, target)
            return True
    return False


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
    folder = cache.home()
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


def _refuse_unsafe_folder(spec: ModelSpec, folder: Path, paths: Sequence[str]) -> None:
    """Do nothing where a local folder has weights that seedsum takes and no code.

    Raises:
        ModelError: It has not.
    """
    _refuse_remote_code(spec, folder)
    if spec.format == "ctranslate2":
        if "model.bin" not in paths:
            raise ModelError(f"model {spec.name}: {folder} has no model.bin")
        download.require_ctranslate2(folder / "model.bin", f"model {spec.name}")
    elif not any(path.endswith(".safetensors") for path in paths):
        raise ModelError(
            f"model {spec.name}: {folder} has no safetensors; seedsum loads no pickled weights"
        )
