"""What of a repository is wanted: a commit, and files that cannot run code, with their hashes."""

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
    weights, note = _weights(info, spec.format), ""
    if spec.format == "transformers" and not weights:
        request = _conversion_request(api, spec.repository, seconds)
        proposed = _revision(api, spec.repository, request, seconds) if request else info
        if _pickle_hashes(info) and _pickle_hashes(info) == _pickle_hashes(proposed):
            info, weights = proposed, _weights(proposed, spec.format)
            note = (
                f"weights from {request}, where the Hub's conversion bot offers"
                f" {spec.repository}@{spec.revision} as safetensors"
            )
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
    return RemoteSnapshot(info.sha, licence, tuple(files), note)


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


def _names(info: ModelInfo) -> list[str]:
    return sorted(sibling.rfilename for sibling in info.siblings or ())


def _whole(format: str) -> str:
    return "model.bin" if format == "ctranslate2" else "model.safetensors"


def _weights(info: ModelInfo, format: str) -> list[str]:
    names = _names(info)
    if format == "ctranslate2" or _whole(format) in names:
        return [name for name in names if name == _whole(format)]
    return [name for name in names if _SHARD.fullmatch(name)]


def _no_weights(spec: ModelSpec, info: ModelInfo) -> str:
    where = f"{spec.repository} at {spec.revision}"
    names = _names(info)
    pickles = [name for name in names if "/" not in name and _PICKLES.fullmatch(name)]
    if pickles and spec.format == "transformers":
        return (
            f"{where} is refused: it offers its weights only as {', '.join(pickles)}, and loading"
            " such a file can run any code. Set a revision that has model.safetensors (often a"
            " conversion request, revision = 'refs/pr/N'), or convert it yourself and set 'folder'"
        )
    return (
        f"{where} has no {_whole(spec.format)}; is format = {spec.format!r} right?"
        f" It has: {', '.join(names)}"
    )


def _conversion_request(api: HfApi, repository: str, seconds: float) -> str:
    bot = "SFconvertbot"
    try:
        requests = ask(
            lambda: list(
                api.get_repo_discussions(repository, author=bot, discussion_type="pull_request")
            ),
            what=f"{repository}: its pull requests",
            seconds=seconds,
        )
    except HubUnreachableError:
        raise
    except ModelError:
        return ""  # discussions are switched off, or an older mirror: there is no such request
    numbers = [one.num for one in requests if one.author == bot and "safetensors" in one.title]
    return f"refs/pr/{max(numbers)}" if numbers else ""


def _pickle_hashes(info: ModelInfo) -> dict[str, str]:
    """Return the hashes of a revision's pickled weights: where they are the same, so is it."""
    return {
        sibling.rfilename: sibling.lfs.sha256
        for sibling in info.siblings or ()
        if sibling.lfs and re.fullmatch(r"pytorch_model.*\.bin", sibling.rfilename)
    }
