"""Talks to the Hub: does it answer, what is in a repository, and the bytes of one file.

Everything goes through huggingface_hub's own session, so HF_ENDPOINT, HF_TOKEN and proxies work as
its users expect. The bytes are streamed here rather than by its `hf_hub_download`, because since
2.x that starts a file anew after a killed process, and waits for as long as a Retry-After header
tells it to. Neighbours: `models` decides what to fetch and where it goes.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from seedsum.errors import ModelError
from seedsum.records import ModelSpec

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import ModelInfo

T = TypeVar("T")

_HASH_CHUNK_BYTES = 1 << 20
_KEPT_SUFFIXES = frozenset({".json", ".model", ".spm", ".txt", ".md"})
_KEPT_NAMES = re.compile(r"(LICEN[CS]E|NOTICE|README)\b.*", re.IGNORECASE)
_SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")
_PICKLES = re.compile(r".*\.(bin|pt|pth|pkl|ckpt|h5|msgpack|ot|npz)")


class HubUnreachableError(ModelError):
    """The Hub did not answer, answered with a server error, or asks for too long a wait."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to try.

    Attributes:
        connect_seconds: For one connection.
        read_seconds: For the next bytes of one.
        num_retries: Failures in a row without a single new byte before giving up.
        longest_wait_seconds: Longest pause between two tries; a server that asks for more is
            taken at its word, and the command ends.
    """

    connect_seconds: float
    read_seconds: float
    num_retries: int
    longest_wait_seconds: float


#: For `models pull`, where a person waits and wants the models.
PATIENT = Patience(
    connect_seconds=10.0, read_seconds=30.0, num_retries=5, longest_wait_seconds=60.0
)

#: For `run`, which may spend ten seconds in all on finding out that the Hub cannot be had:
#: `_PROBE_SECONDS` and then one stalled answer.
HURRIED = Patience(connect_seconds=2.0, read_seconds=5.0, num_retries=0, longest_wait_seconds=1.0)

_PROBE_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of a repository; at least one of the two hashes is known.

    Attributes:
        sha256: Of the content, empty where the Hub does not say.
        blob_id: Git's hash of the content, empty where it is not needed.
    """

    path: str
    size: int
    sha256: str = ""
    blob_id: str = ""


@dataclass(frozen=True, slots=True)
class RemoteSnapshot:
    """A revision of a repository, resolved: the files that seedsum wants, sorted."""

    commit: str
    licence: str
    files: tuple[RemoteFile, ...]
    note: str = ""


def endpoint() -> str:
    """Return the address of the Hub, HF_ENDPOINT where it is set."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def is_offline() -> bool:
    """Return whether HF_HUB_OFFLINE (or TRANSFORMERS_OFFLINE) forbids the network."""
    value = os.environ.get("HF_HUB_OFFLINE") or os.environ.get("TRANSFORMERS_OFFLINE") or ""
    return value.upper() in {"1", "ON", "YES", "TRUE"}


def why_unreachable(seconds: float = _PROBE_SECONDS) -> str:
    """Return why the Hub cannot be reached, empty where it answers; takes `seconds` at most.

    The question is asked on a thread of its own, since neither name resolution nor a connection
    to a host with many addresses keeps to a time limit.
    """
    address = endpoint()
    reason = [f"{address} did not answer within {seconds:g} seconds"]

    def ask() -> None:
        from huggingface_hub import get_session
        from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

        try:
            get_session().head(address, timeout=seconds, follow_redirects=False)
            reason[0] = ""
        except (HTTPError, OSError) as error:
            reason[0] = f"{address} cannot be reached: {_first_line(error)}"

    thread = threading.Thread(target=ask, daemon=True, name="hub-probe")
    thread.start()
    thread.join(seconds)
    return reason[0]


def find_snapshot(spec: ModelSpec, patience: Patience) -> RemoteSnapshot:
    """Return what the Hub has for the model: the commit and the files to fetch, sorted by path.

    Only files that cannot run code are taken: safetensors, SentencePiece models, CTranslate2's
    model.bin, JSON and text. Where a revision has only pickled weights, the safetensors that the
    Hub's own conversion bot offers for exactly these weights are taken, and the note says so.

    Raises:
        HubUnreachableError: No usable answer within `patience`.
        ModelError: The repository or revision is not there, may not be read, or offers no weights
            that seedsum takes.
    """
    _require_network(spec.repository)
    from huggingface_hub import HfApi

    api = HfApi(endpoint=endpoint(), library_name="seedsum")

    def ask(revision: str) -> ModelInfo:
        return _persist(
            lambda: api.model_info(
                spec.repository,
                revision=revision,
                files_metadata=True,
                timeout=patience.read_seconds,
            ),
            what=f"{spec.repository} at {revision}",
            patience=patience,
        )

    info = ask(spec.revision)
    note = ""
    if spec.format == "transformers" and not _weights(info, spec.format):
        request = _conversion_request(api, spec.repository, patience)
        if request is not None:
            proposed = ask(request)
            if _weights(proposed, spec.format) and _same_pickles(info, proposed):
                note = (
                    f"weights from {request}, where the Hub's conversion bot offers"
                    f" {spec.repository}@{spec.revision} as safetensors"
                )
                info = proposed
    weights = _weights(info, spec.format)
    if not weights:
        raise ModelError(_no_weights(spec, info))
    files = tuple(
        sorted(
            (
                RemoteFile(
                    path=sibling.rfilename,
                    size=sibling.size or 0,
                    sha256=sibling.lfs.sha256 if sibling.lfs else "",
                    blob_id=sibling.blob_id or "",
                )
                for sibling in info.siblings or ()
                if sibling.rfilename in weights or _is_kept(sibling.rfilename)
            ),
            key=lambda file: file.path,
        )
    )
    if info.sha is None or any(not (file.sha256 or file.blob_id) for file in files):
        raise ModelError(
            f"{spec.repository}: {endpoint()} names no commit or no hashes, so nothing can be"
            " pinned; is HF_ENDPOINT a Hub?"
        )
    licence = str(info.card_data.get("license", "")) if info.card_data else ""
    return RemoteSnapshot(commit=info.sha, licence=licence, files=files, note=note)


def fetch_file(
    repository: str,
    commit: str,
    file: RemoteFile,
    *,
    folder: Path,
    patience: Patience,
    on_progress: Callable[[int], None],
) -> None:
    """Write one file into the folder, whole and with the right hash, or not at all.

    What is there of it lies in a hidden `.NAME.part` beside it until then, and the next call goes
    on from there. `on_progress` gets the number of bytes so far.

    Raises:
        HubUnreachableError: The connection was lost and did not come back.
        ModelError: Not allowed, not there, the disk is full, or the content has another hash.
    """
    target = folder / file.path
    part = target.with_name(f".{target.name}.part")
    what = f"{repository}: {file.path}"
    _require_network(what)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        resumed = part.is_file() and part.stat().st_size > 0
        _stream(repository, commit, file, part, patience, on_progress)
        if not _is_content(part, file) and resumed:
            # The first half may have been another file's: once more, from the first byte.
            part.unlink()
            _stream(repository, commit, file, part, patience, on_progress)
        if not _is_content(part, file):
            part.unlink()
            raise ModelError(
                f"{what}: what {endpoint()} sends is not what it announces for commit"
                f" {commit[:12]} (size or hash differs); nothing of it was kept. Run the command"
                " again; if it stays so, something between here and the Hub changes files"
            )
        if target.name == "model.bin":
            require_ctranslate2(part, what)
        part.replace(target)
    except OSError as error:
        raise _disk_error(error, what, folder) from error


def is_present(folder: Path, file: RemoteFile) -> bool:
    """Return whether the folder has the file with exactly this content."""
    return _is_content(folder / file.path, file)


def require_ctranslate2(path: Path, what: str) -> None:
    """Do nothing where the file starts like CTranslate2's binary format.

    Raises:
        ModelError: It does not; it may be a pickle under another name. The message starts with
            `what`.
    """
    # Source: ModelSpec._serialize in ctranslate2's specs/model_spec.py: version (uint32), then the
    # name of the specification as uint16 length, characters, zero.
    with path.open("rb") as file:
        head = file.read(64)
    version, length = int.from_bytes(head[:4], "little"), int.from_bytes(head[4:6], "little")
    name = head[6 : 6 + length]
    if not (1 <= version <= 64 and re.fullmatch(rb"[A-Za-z0-9]+Spec\0", name)):
        raise ModelError(
            f"{what}: not a CTranslate2 model (its first bytes are {head[:8]!r}); a model.bin of"
            " another kind can run code when it is loaded and is refused"
        )


def _require_network(what: str) -> None:
    if is_offline():  # asked first: the client's own switch is read once, when it is imported
        raise HubUnreachableError(f"{what}: not fetched, since HF_HUB_OFFLINE forbids the network")


def _is_kept(path: str) -> bool:
    name = Path(path)
    if len(name.parts) > 1 or path.startswith("."):
        return False
    if path.endswith(".safetensors.index.json"):
        return path == "model.safetensors.index.json"
    return name.suffix in _KEPT_SUFFIXES or bool(_KEPT_NAMES.fullmatch(path))


def _weights(info: ModelInfo, format: str) -> frozenset[str]:
    """Return the weight files of a revision; empty where it has none that seedsum takes."""
    names = {sibling.rfilename for sibling in info.siblings or ()}
    if format == "ctranslate2":
        return frozenset(names & {"model.bin"})
    if "model.safetensors" in names:
        return frozenset({"model.safetensors"})
    return frozenset(name for name in names if _SHARD.fullmatch(name))


def _no_weights(spec: ModelSpec, info: ModelInfo) -> str:
    where = f"{spec.repository} at {spec.revision}"
    names = sorted(sibling.rfilename for sibling in info.siblings or ())
    pickles = [name for name in names if "/" not in name and _PICKLES.fullmatch(name)]
    wanted = "model.bin" if spec.format == "ctranslate2" else "model.safetensors"
    if pickles and spec.format == "transformers":
        return (
            f"{where} is refused: it offers its weights only as {', '.join(pickles)}, and loading"
            " such a file can run any code. Set a revision that has model.safetensors (often a"
            " conversion request, revision = 'refs/pr/N'), or convert it yourself and set 'folder'"
        )
    return f"{where} has no {wanted}; is format = {spec.format!r} right? It has: {', '.join(names)}"


def _conversion_request(api: HfApi, repository: str, patience: Patience) -> str | None:
    """Return the git reference of the Hub's own request to add safetensors, None without one."""

    def newest() -> str | None:
        requests = api.get_repo_discussions(
            repository, author="SFconvertbot", discussion_type="pull_request"
        )
        numbers = [
            request.num
            for request in requests
            if request.author == "SFconvertbot" and "safetensors" in request.title
        ]
        return f"refs/pr/{max(numbers)}" if numbers else None

    try:
        return _persist(newest, what=f"{repository}: its pull requests", patience=patience)
    except HubUnreachableError:
        raise
    except ModelError:
        return None  # discussions are switched off, or an older mirror: there is no such request


def _same_pickles(info: ModelInfo, proposed: ModelInfo) -> bool:
    """Return whether both revisions have the same pickled weights, so that one is the other."""

    def hashes(revision: ModelInfo) -> dict[str, str]:
        return {
            sibling.rfilename: sibling.lfs.sha256
            for sibling in revision.siblings or ()
            if sibling.lfs and re.fullmatch(r"pytorch_model.*\.bin", sibling.rfilename)
        }

    return bool(hashes(info)) and hashes(info) == hashes(proposed)


def _stream(
    repository: str,
    commit: str,
    file: RemoteFile,
    part: Path,
    patience: Patience,
    on_progress: Callable[[int], None],
) -> None:
    """Append to the part until it has the announced size."""
    from huggingface_hub import get_session, hf_hub_url, hf_raise_for_status
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

    url = hf_hub_url(repository, file.path, revision=commit, endpoint=endpoint())
    # The right of sizes and ranges is over the bytes on disk, so no compression on the way.
    headers = {**build_hf_headers(library_name="seedsum"), "Accept-Encoding": "identity"}
    limits = (
        patience.connect_seconds,
        patience.read_seconds,
        patience.read_seconds,
        patience.connect_seconds,
    )

    def go_on() -> None:
        start = part.stat().st_size if part.exists() else 0
        if start > file.size:
            part.unlink()
            start = 0
        if start == file.size and part.exists():
            return
        ranged = {**headers, "Range": f"bytes={start}-"} if start else headers
        with get_session().stream(
            "GET", url, headers=ranged, timeout=limits, follow_redirects=True
        ) as response:
            if response.status_code == 416:
                part.unlink()  # the server does not know the range: from the first byte
                raise _LostConnectionError("the server refused to go on from the middle")
            hf_raise_for_status(response)
            if start and response.status_code != 206:
                start = 0
            with part.open("r+b" if start else "wb") as output:
                output.seek(start)
                for chunk in response.iter_bytes():  # as it arrives: a kill loses next to nothing
                    output.write(chunk)
                    start += len(chunk)
                    on_progress(start)
                    if start > file.size:
                        return  # the hash will not be right; no reason to fill the disk
        if start < file.size:
            raise _LostConnectionError(f"the file ended after {start} of {file.size} bytes")

    _persist(
        go_on,
        what=f"{repository}: {file.path}",
        patience=patience,
        progress=lambda: part.stat().st_size if part.exists() else 0,
    )


class _LostConnectionError(Exception):
    """The answer ended early without an error."""


def _persist(
    action: Callable[[], T],
    *,
    what: str,
    patience: Patience,
    progress: Callable[[], int] = lambda: 0,
) -> T:
    """Return what the action returns, trying again after failures that may pass.

    The count of failures starts anew whenever `progress` has grown.
    """
    from huggingface_hub.errors import (  # type: ignore[attr-defined]
        HfHubHTTPError,
        HFValidationError,
        HTTPError,
    )

    num_failures = 0
    reached = progress()
    while True:
        wait: float | None = None
        try:
            return action()
        except HfHubHTTPError as error:
            status = error.response.status_code
            if status not in (408, 429) and status < 500:
                raise _refusal(error, what) from error
            wait = _asked_wait_seconds(error)
            failure = HubUnreachableError(_busy(status, wait, what))
            failure.__cause__ = error
        except (HTTPError, _LostConnectionError) as error:
            failure = HubUnreachableError(
                f"{what}: the connection to {endpoint()} failed: {_first_line(error)}. What is"
                " complete is kept, and the same command goes on from here"
            )
            failure.__cause__ = error
        except HFValidationError as error:
            raise ModelError(f"{what}: not a name that a Hub can have: {error}") from error
        except (ValueError, KeyError) as error:
            raise HubUnreachableError(
                f"{what}: {endpoint()} answers, but not like a Hub (a network's login page, or a"
                f" wrong HF_ENDPOINT?): {_first_line(error)}"
            ) from error
        now = progress()
        num_failures = 0 if now > reached else num_failures + 1
        reached = now
        if num_failures > patience.num_retries:
            raise failure
        if wait is None:
            wait = min(2.0**num_failures, patience.longest_wait_seconds)
        elif wait > patience.longest_wait_seconds:
            raise failure
        time.sleep(wait)


def _asked_wait_seconds(error: Exception) -> float | None:
    """Return how long the server asks to wait, None where it does not say."""
    from huggingface_hub.utils import parse_ratelimit_headers  # type: ignore[attr-defined]

    headers = error.response.headers  # type: ignore[attr-defined]
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    limit = parse_ratelimit_headers(headers)
    return float(limit.reset_in_seconds) if limit and limit.remaining == 0 else None


def _busy(status: int, wait_seconds: float | None, what: str) -> str:
    if status == 429:
        asked = f" and asks to wait {wait_seconds:g} seconds" if wait_seconds else ""
        return (
            f"{what}: {endpoint()} limits the rate (429){asked}. Run the same command later, it"
            " goes on from here; with HF_TOKEN set the limit is higher"
        )
    return (
        f"{what}: {endpoint()} has a server error ({status}). Run the same command later, it goes"
        " on from here"
    )


def _refusal(error: Exception, what: str) -> ModelError:
    """Return the error for an answer that will stay the same however often it is asked for."""
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        RevisionNotFoundError,
    )

    status = error.response.status_code  # type: ignore[attr-defined]
    if isinstance(error, GatedRepoError):
        return ModelError(
            f"{what}: gated ({status}). Accept its terms on {endpoint()}, set HF_TOKEN to a token"
            " of that account, and run the same command again"
        )
    if isinstance(error, RevisionNotFoundError):
        return ModelError(f"{what}: there is no such revision (404); correct it in models.toml")
    if isinstance(error, EntryNotFoundError):
        return ModelError(
            f"{what}: there is no such file in the locked commit (404); run"
            " `seedsum models pull --update` to resolve the revision anew"
        )
    if status in (401, 403):
        return ModelError(
            f"{what}: not allowed ({status}): it does not exist, or is private or gated. Correct"
            " the name in models.toml, or set HF_TOKEN to a token that may read it, and run the"
            " same command again"
        )
    if status == 404:
        return ModelError(
            f"{what}: not found on {endpoint()} (404); correct 'repository' in models.toml"
        )
    return ModelError(f"{what}: {endpoint()} answers {status}: {_first_line(error)}")


def _disk_error(error: OSError, what: str, folder: Path) -> ModelError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ModelError(
            f"{what}: the disk is full ({folder}). Free some space, or set SEEDSUM_HOME to a"
            " folder on another disk; the same command goes on from here"
        )
    return ModelError(f"{what}: cannot be written to {folder}: {error}")


def _is_content(path: Path, file: RemoteFile) -> bool:
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    # Git hashes a header and the content; the Hub gives that for files outside LFS.
    digest = hashlib.sha256() if file.sha256 else hashlib.sha1(f"blob {file.size}\0".encode())
    with path.open("rb") as content:
        while chunk := content.read(_HASH_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest() == (file.sha256 or file.blob_id)


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
