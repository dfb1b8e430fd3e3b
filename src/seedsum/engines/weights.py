"""Weights of a transformers model: loaded whole, or refused with the names of what is wrong.

transformers fills what a file lacks with random values and goes on. What a sound file may leave out
is asked of the model itself: weights that it ties to another, and those that it computes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedsum.errors import UnsoundModelError
from seedsum.records import ModelSpec

if TYPE_CHECKING:
    from torch import Tensor

_MAX_NAMED = 5  # of each kind of fault; a file that is cut in the middle lacks hundreds

#: transformers takes zeros for these where a file has none, which is right for models that come
#: from fairseq (its files of BART have none). Marian's are trained, and every file has them.
_TRAINED_BUFFERS = {"marian": ("final_logits_bias",)}


def load_whole(spec: ModelSpec, folder: Path, network_class: Any, **options: Any) -> Any:
    """Return the network of a folder, of which every weight is the file's or the model's own.

    Only safetensors are read, and no code from the folder. `options` go to transformers'
    `from_pretrained`.

    Raises:
        UnsoundModelError: The folder cannot be loaded, or a weight is missing, unexpected, of
            another shape than the configuration's, no number, or differs from the one it is tied
            to.
    """
    try:
        with _quiet():
            network, loaded = network_class.from_pretrained(
                str(folder),
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                ignore_mismatched_sizes=True,  # so that they are named, and refused below
                output_loading_info=True,
                **options,
            )
        faults = _faults(network, loaded, folder)
    except Exception as error:  # everything from OSError to KeyError comes out of a bad folder
        if isinstance(error, MemoryError) or "alloc" in str(error).lower():
            raise
        raise UnsoundModelError(
            f"model {spec.name}: transformers cannot load {folder}"
            f" ({type(error).__name__}: {error}); only safetensors are read. {_remedy(spec)}"
        ) from error
    if faults:
        raise UnsoundModelError(
            f"model {spec.name} is refused, since its weights in {folder} are not whole:"
            f" {'; '.join(faults)}. {_remedy(spec)}"
        )
    return network


def _remedy(spec: ModelSpec) -> str:
    if not spec.repository:
        return "Put the whole model into the folder, and run `seedsum models pull`"
    return (
        "`seedsum models verify` tells whether the files are those of the Hub. If not,"
        " `seedsum models pull` fetches them again; if they are, tell the owner of"
        f" {spec.repository}, and set another revision in models.toml"
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers from reporting what is raised here as an error."""
    from transformers.utils import logging

    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    before = logging.get_verbosity()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(before)


def _faults(network: Any, loaded: Mapping[str, Any], folder: Path) -> list[str]:
    """Return what is wrong with a loaded network, a text for each kind of fault."""
    stored = _Stored(folder, network.base_model_prefix)
    parameters = dict(network.named_parameters(remove_duplicate=False))
    buffers = dict(network.named_buffers(remove_duplicate=False))
    # Positions and the like that are computed: frozen, or buffers that no file has.
    computed = {name for name, one in parameters.items() if not one.requires_grad}
    kind = network.config.model_type
    missing = set(loaded["missing_keys"]) - computed
    missing |= {name for name in _TRAINED_BUFFERS.get(kind, ()) if name not in stored.names}
    shapes = [f"{name} (is {_shape(is_)}, must be {_shape(must)})" for name, is_, must
              in sorted(loaded["mismatched_keys"])]  # fmt: skip
    stored_ones = {
        name: one for name, one in {**parameters, **buffers}.items() if name in stored.names
    }
    no_numbers = sorted(name for name, one in stored_ones.items() if not one.isfinite().all())
    # A trained matrix has other values; biases and BART's bias of the output may be zeros.
    zeros = sorted(
        name
        for name, one in stored_ones.items()
        if name in parameters and one.ndim > 1 and not one.any()
    )
    faults = {
        "missing": sorted(missing),
        "not of this model": sorted(set(loaded["unexpected_keys"]) - set(buffers)),
        "of another shape than config.json says": shapes,
        "with values that are no numbers": no_numbers,
        "with nothing but zeros": zeros,
    }
    if not missing:
        for group in _tied(network):
            faults.setdefault("must be the same, and differ", []).extend(
                _untied(network, group, stored, _is_output_apart(folder))
            )
    return [f"{what}: {_listed(names)}" for what, names in faults.items() if names]


def _untied(
    network: Any, group: frozenset[str], stored: _Stored, is_output_apart: bool
) -> list[str]:
    """Return those of a group of tied weights that differ from one that the file has.

    T5's later versions have an output of their own although transformers says that it is tied: then
    `is_output_apart`, and only the others must be the same.
    """
    import torch

    output = {name for name in group if is_output_apart and name == _output_name(network)}
    inside = [name for name in sorted(group - output) if name in stored.names]
    if not inside:
        # Only an output is stored, and it is not to be the input as well.
        return sorted(group)
    first = stored.read(inside[0])
    wrong = [name for name in inside[1:] if not torch.equal(first, stored.read(name))]
    loaded = network.get_parameter(inside[0])
    filled = (name for name in sorted(group) if name not in stored.names)
    wrong += [name for name in filled if not torch.equal(loaded, network.get_parameter(name))]
    return sorted({*inside, *wrong}) if wrong else []


def _tied(network: Any) -> list[frozenset[str]]:
    """Return the groups of names that are one weight, as the model's configuration has it."""
    groups: dict[str, set[str]] = {}
    for target, source in network.get_expanded_tied_weights_keys(all_submodels=True).items():
        merged = groups.get(target, {target}) | groups.get(source, {source})
        groups.update(dict.fromkeys(merged, merged))
    return sorted({frozenset(group) for group in groups.values()}, key=sorted)


def _output_name(network: Any) -> str:
    output = network.get_output_embeddings()
    names = (name for name, one in network.named_modules(remove_duplicate=False) if one is output)
    return f"{next(names, '')}.weight"


def _is_output_apart(folder: Path) -> bool:
    """Return whether config.json says so itself, which transformers overrides for T5.

    A file that transformers 5 has written says it with `scale_decoder_outputs`.
    """
    table = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return False in (table.get("tie_word_embeddings"), table.get("scale_decoder_outputs"))


class _Stored:
    """The weights that the files of a folder have, under the names that the network has for them.

    A file of the network without its output lacks the prefix of all names.
    """

    def __init__(self, folder: Path, prefix: str) -> None:
        from safetensors import safe_open

        self._places: dict[str, tuple[Path, str]] = {}
        for path in _files(folder):
            with safe_open(path, framework="pt") as file:
                for name in file.keys():  # noqa: SIM118
                    self._places[name] = (path, name)
                    self._places.setdefault(f"{prefix}.{name}", (path, name))
        self.names = frozenset(self._places)

    def read(self, name: str) -> Tensor:
        """Return one weight as the file has it."""
        from safetensors import safe_open

        path, key = self._places[name]
        with safe_open(path, framework="pt") as file:
            tensor: Tensor = file.get_tensor(key)
            return tensor


def _files(folder: Path) -> list[Path]:
    whole, index = folder / "model.safetensors", folder / "model.safetensors.index.json"
    if whole.is_file():
        return [whole]
    table = json.loads(index.read_text(encoding="utf-8"))
    return [folder / name for name in sorted(set(table["weight_map"].values()))]


def _shape(sizes: Iterable[int]) -> str:
    return "×".join(map(str, sizes)) or "one number"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MAX_NAMED
    return ", ".join(names[:_MAX_NAMED]) + (f" and {more} more" if more > 0 else "")
