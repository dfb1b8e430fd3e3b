"""What a repository of the Hub has, and what of it is wanted: a commit, and files with hashes.

Only files that cannot run code are taken: safetensors, SentencePiece models, CTranslate2's
model.bin, JSON and text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from seedsum.errors import ModelError
from seedsum.models.download import HubUnreachableError, RemoteFile, ask, endpoint
from seedsum.records import ModelSpec

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import ModelInfo

_KEPT_SUFFIXES = frozenset({".json", ".model", ".spm", ".txt", ".md"})
_KEPT_NAMES = re.compile(r"(LICEN[CS]E|NOTICE|README)\b.*", re.IGNORECASE)
_SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors")
_PICKLES = re.compile(r".*\.(bin|pt|pth|pkl|ckpt|h5|msgpack|ot|npz)")


@dataclass(frozen=True, slots=True)
class RemoteSnapshot:
    """A revision of a repository, resolved: the files that seedsum wants, sorted."""

    commit: str
    licence: str
    files: tuple[RemoteFile, ...]
    note: str = ""


def find_snapshot(spec: ModelSpec, seconds: float) -> RemoteSnapshot:
    """Return what the Hub has for the model: the commit and the files to fetch, sorted by path.

    Where a revision has only pickled weights, the safetensors that the Hub's own conversion bot
    offers for exactly these weights are taken, and the note says so.

    Raises:
        HubUnreachableError: No usable answer; each may take `seconds`.
        ModelError: The repository or revision is not there, may not be read, or offers no weights
            that seedsum takes.
    """
    from huggingface_hub import HfApi

    api = HfApi(endpoint=endpoint(), library_name="seedsum")
    info = _revision(api, spec.repository, spec.revision, seconds)
    note = ""
    if spec.format == "transformers" and not _weights(info, spec.format):
        request = _conversion_request(api, spec.repository, seconds)
        if request is not None:
            proposed = _revision(api, spec.repository, request, seconds)
            if _weights(proposed, spec.format) and _same_pickles(info, proposed):
                note = (
                    f"weights from {request}, where the Hub's conversion bot offers"
                    f" {spec.repository}@{spec.revision} as safetensors"
                )
                info = proposed
    weights = _weights(info, spec.format)
    if not weights:
        raise ModelError(_no_weights(spec, info))
    files = [
        RemoteFile(
            path=sibling.rfilename,
            size=sibling.size or 0,
            sha256=sibling.lfs.sha256 if sibling.lfs else "",
            blob_id=sibling.blob_id or "",
        )
        for sibling in info.siblings or ()
        if sibling.rfilename in weights or _is_kept(sibling.rfilename)
    ]
    if info.sha is None or any(not (file.sha256 or file.blob_id) for file in files):
        raise ModelError(
            f"{spec.repository}: {endpoint()} names no commit or no hashes, so nothing can be"
            " pinned; is HF_ENDPOINT a Hub?"
        )
    licence = str(info.card_data.get("license", "")) if info.card_data else ""
    files.sort(key=lambda file: file.path)
    return RemoteSnapshot(commit=info.sha, licence=licence, files=tuple(files), note=note)


def _revision(api: HfApi, repository: str, revision: str, seconds: float) -> ModelInfo:
    return ask(
        lambda: api.model_info(repository, revision=revision, files_metadata=True, timeout=seconds),
        what=f"{repository} at {revision}",
        seconds=seconds,
    )


def _is_kept(path: str) -> bool:
    name = PurePosixPath(path)
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


def _conversion_request(api: HfApi, repository: str, seconds: float) -> str | None:
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
        return ask(newest, what=f"{repository}: its pull requests", seconds=seconds)
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
