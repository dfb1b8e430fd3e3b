"""What of a repository is wanted: commits, and files that cannot run code, with their hashes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
_INDEX = "model.safetensors.index.json"
_BOT = "SFconvertbot"  # the account of the Hub's own converter

_HOW_TO_CONVERT = (
    "Anyone can ask for a conversion at https://huggingface.co/spaces/safetensors/convert: it"
    " offers safetensors in a pull request, which seedsum finds by itself. Or convert the weights"
    " on a machine of their own, without a network and without your data (loading a pickle can run"
    " any code), and set 'folder' to the result (docs/explanation/models.md)"
)


@dataclass(frozen=True, slots=True)
class RemoteSnapshot:
    """A revision of a repository, resolved: the files that seedsum wants, sorted."""

    commit: str
    licence: str
    files: tuple[RemoteFile, ...]
    note: str = ""
    weights_commit: str = ""  # of the weights, where it is not that of the other files
    request: str = ""  # the conversion request that it comes from (`refs/pr/4`), else empty

    @property
    def of_weights(self) -> frozenset[str]:
        """Return the paths of its weights and of their index."""
        return frozenset(file.path for file in self.files if _is_of_weights(file.path))


@dataclass(frozen=True, slots=True)
class Offer:
    """What a repository offers: snapshots to try in this order, and why others are none."""

    snapshots: tuple[RemoteSnapshot, ...]
    refused: tuple[str, ...] = ()


def find_offer(spec: ModelSpec, seconds: float) -> Offer:
    """Return what the Hub has for the model.

    Where a revision has only pickled weights, that are the safetensors that the Hub's own
    conversion bot offers for exactly these weights, the newest request first: each with the other
    files of the revision, and then, where they are not the same, with those of the request.

    Raises:
        HubUnreachableError: No usable answer; each may take `seconds`.
        ModelError: The repository or revision is not there, may not be read, or offers no weights
            that seedsum takes.
    """
    from huggingface_hub import HfApi

    api = HfApi(endpoint=endpoint(), library_name="seedsum")
    info = _revision(api, spec.repository, spec.revision, seconds)
    if _weights(info, spec.format):
        return Offer((_snapshot(spec, info),))
    if spec.format != "transformers" or not _pickle_hashes(info):
        raise ModelError(_no_weights(spec, info))
    snapshots: list[RemoteSnapshot] = []
    refused: list[str] = []
    for number, status in _conversion_requests(api, spec.repository, seconds):
        request = f"refs/pr/{number}"
        if status not in ("open", "draft"):
            refused.append(f"{request} is {status}")
            continue
        try:
            proposed = _revision(api, spec.repository, request, seconds)
        except HubUnreachableError:
            raise
        except ModelError:
            refused.append(f"{request} is gone")
            continue
        if not _weights(proposed, spec.format):
            refused.append(f"{request} has no safetensors")
        elif _pickle_hashes(info) != _pickle_hashes(proposed):
            refused.append(f"{request} was made from other weights than {spec.revision} has now")
        else:
            snapshots += _proposed(spec, info, proposed, request)
    if not snapshots:
        raise ModelError(no_conversion(spec, refused, pickles=_pickles(info)))
    return Offer(tuple(snapshots), tuple(refused))


def no_conversion(spec: ModelSpec, refused: Sequence[str], *, pickles: Sequence[str] = ()) -> str:
    """Return the message for a repository that has only pickles, and why no request will do."""
    named = f" ({', '.join(pickles)})" if pickles else ""
    why = "".join(f"\n  {line}" for line in refused)
    found = f" Of the conversions that the Hub's bot offers none can be used:{why}\n" if why else ""
    return (
        f"{spec.repository} at {spec.revision} is refused: it offers its weights only as"
        f" pickles{named}, and loading such a file can run any code.{found or ' '}{_HOW_TO_CONVERT}"
    )


def _proposed(
    spec: ModelSpec, info: ModelInfo, proposed: ModelInfo, request: str
) -> list[RemoteSnapshot]:
    """Return the snapshots of a request: with the revision's other files, and with its own."""
    note = (
        f"weights from {request}, where the Hub's conversion bot offers"
        f" {spec.repository}@{spec.revision} as safetensors"
    )
    own = _snapshot(spec, proposed)
    rest = [file for file in _snapshot(spec, info).files if not _is_of_weights(file.path)]
    weights = [file for file in own.files if _is_of_weights(file.path)]
    mixed = RemoteSnapshot(
        commit=str(info.sha),
        licence=own.licence,
        files=tuple(sorted([*rest, *weights], key=lambda file: file.path)),
        note=note,
        weights_commit=own.commit,
        request=request,
    )
    if mixed.files == own.files:
        return [replace(own, note=note, request=request)]
    whole = (
        f"{note}; its tokenizer and configuration too, since those of {spec.revision} do not fit"
    )
    return [mixed, replace(own, note=whole, request=request)]


def _snapshot(spec: ModelSpec, info: ModelInfo) -> RemoteSnapshot:
    weights = _weights(info, spec.format)
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
    return RemoteSnapshot(info.sha, licence, tuple(files))


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
        return path == _INDEX
    return name.suffix in _KEPT_SUFFIXES or bool(_KEPT_NAMES.fullmatch(path))


def _is_of_weights(path: str) -> bool:
    return path.endswith(".safetensors") or path == _INDEX


def _names(info: ModelInfo) -> list[str]:
    return sorted(sibling.rfilename for sibling in info.siblings or ())


def _whole(format: str) -> str:
    return "model.bin" if format == "ctranslate2" else "model.safetensors"


def _weights(info: ModelInfo, format: str) -> list[str]:
    names = _names(info)
    if format == "ctranslate2" or _whole(format) in names:
        return [name for name in names if name == _whole(format)]
    return [name for name in names if _SHARD.fullmatch(name)]


def _pickles(info: ModelInfo) -> list[str]:
    return [name for name in _names(info) if "/" not in name and _PICKLES.fullmatch(name)]


def _no_weights(spec: ModelSpec, info: ModelInfo) -> str:
    pickles = _pickles(info)
    if pickles and spec.format == "transformers":
        return no_conversion(spec, (), pickles=pickles)
    return (
        f"{spec.repository} at {spec.revision} has no {_whole(spec.format)}; is format ="
        f" {spec.format!r} right? It has: {', '.join(_names(info))}"
    )


def _conversion_requests(api: HfApi, repository: str, seconds: float) -> list[tuple[int, str]]:
    """Return number and status of the bot's requests, the newest first."""
    try:
        requests = ask(
            lambda: list(
                api.get_repo_discussions(repository, author=_BOT, discussion_type="pull_request")
            ),
            what=f"{repository}: its pull requests",
            seconds=seconds,
        )
    except HubUnreachableError:
        raise
    except ModelError:
        return []  # discussions are switched off, or an older mirror: there is no such request
    found = [one for one in requests if one.author == _BOT and "safetensors" in one.title]
    return sorted(((one.num, one.status) for one in found), reverse=True)


def _pickle_hashes(info: ModelInfo) -> dict[str, str]:
    """Return the hashes of a revision's pickled weights: where they are the same, so is it."""
    return {
        sibling.rfilename: sibling.lfs.sha256
        for sibling in info.siblings or ()
        if sibling.lfs and re.fullmatch(r"pytorch_model.*\.bin", sibling.rfilename)
    }
