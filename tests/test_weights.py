"""Weights are loaded whole, or refused with their names: for each architecture that is run."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from seedsum.engines.weights import load_whole
from seedsum.errors import ModelError
from tiny_models import ARCHITECTURES, build_tiny, tiny_model

if TYPE_CHECKING:
    from torch import Tensor

Tensors = dict[str, "Tensor"]

#: One of either kind of names runs always; the others take some seconds each.
EACH = [
    pytest.param(name, marks=() if name in ("marian", "t5") else pytest.mark.slow)
    for name in ARCHITECTURES
]


FIRST_OF_FEED_FORWARD = (".fc1.weight", ".wi.weight", ".wi_0.weight")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    base = tmp_path_factory.mktemp("whole")

    def made(architecture: str) -> Path:
        folder = base / architecture
        return folder if folder.is_dir() else build_tiny(architecture, folder)

    return made


def read(folder: Path) -> Tensors:
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def with_weights(source: Path, target: Path, tensors: Tensors) -> Path:
    """Return a copy of a model's folder with these weights; they share nothing with another."""
    from safetensors.torch import save_file

    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    copies = {name: tensor.clone().contiguous() for name, tensor in tensors.items()}
    save_file(copies, target / "model.safetensors", metadata={"format": "pt"})
    return target


def load(folder: Path) -> Any:
    from transformers import AutoModelForSeq2SeqLM

    spec = tiny_model("any", folder, "transformers").spec
    return load_whole(spec, folder, AutoModelForSeq2SeqLM)


def state(network: Any) -> Tensors:
    found = dict(network.named_parameters(remove_duplicate=False))
    return found | dict(network.named_buffers(remove_duplicate=False))


def names_of_embeddings(tensors: Tensors) -> dict[str, str]:
    """Return the names of the four places of the tied embedding."""
    prefix = "" if "shared.weight" in tensors else "model."
    return {
        "shared": f"{prefix}shared.weight",
        "encoder": f"{prefix}encoder.embed_tokens.weight",
        "decoder": f"{prefix}decoder.embed_tokens.weight",
        "output": "lm_head.weight",
    }


@pytest.mark.parametrize("architecture", EACH)
def test_each_kind_of_hole_is_refused_or_leaves_the_model_as_it_was(
    tiny: Callable[[str], Path], tmp_path: Path, architecture: str
) -> None:
    import torch

    source = tiny(architecture)
    tensors = read(source)
    if architecture == "marian":  # trained in real models, and left at zeros in ours
        tensors["final_logits_bias"] = tensors["final_logits_bias"] + 0.25
    sound = state(load(with_weights(source, tmp_path / "sound", tensors)))
    kinds = {re.sub(r"\d+", "N", name): name for name in sorted(tensors)}
    allowed = []
    for name in kinds.values():
        rest = {key: tensor for key, tensor in tensors.items() if key != name}
        try:
            found = state(load(with_weights(source, tmp_path / "hole", rest)))
        except ModelError as error:
            assert name in str(error) or "embed_tokens" in str(error)
            assert "missing: " in str(error)
        else:
            allowed.append(name)
            assert all(torch.equal(sound[key], tensor) for key, tensor in found.items())
    # Zeros, and positions that the model computes.
    assert {name.rpartition(".")[0] or name for name in allowed} <= {
        "final_logits_bias",
        "model.encoder.embed_positions",
        "model.decoder.embed_positions",
    }
    assert len(allowed) < len(kinds) / 3


@pytest.mark.parametrize("architecture", EACH)
def test_wrong_shapes_unknown_weights_and_values_that_are_no_numbers_are_refused(
    tiny: Callable[[str], Path], tmp_path: Path, architecture: str
) -> None:
    import torch

    source = tiny(architecture)
    tensors = read(source)
    name = next(name for name in sorted(tensors) if name.endswith(FIRST_OF_FEED_FORWARD))
    turned = {name: tensors[name].T}
    with pytest.raises(ModelError, match=r"of another shape") as caught:
        load(with_weights(source, tmp_path / "shape", tensors | turned))
    assert f"{name} (is 64×128, must be 128×64)" in str(caught.value)
    with pytest.raises(ModelError, match=r"not of this model: model\.decoder\.extra\.weight"):
        more = {"model.decoder.extra.weight": tensors[name]}
        load(with_weights(source, tmp_path / "more", tensors | more))
    with pytest.raises(ModelError, match=f"no numbers: {re.escape(name)}"):
        load(with_weights(source, tmp_path / "nan", tensors | {name: tensors[name] * torch.nan}))


@pytest.mark.parametrize("architecture", EACH)
@pytest.mark.parametrize(
    "places", ["shared", "encoder decoder", "decoder", "output", "shared encoder decoder output"]
)
def test_embedding_is_whole_under_whichever_of_its_names_it_is_stored(
    tiny: Callable[[str], Path], tmp_path: Path, architecture: str, places: str
) -> None:
    import torch

    source = tiny(architecture)
    tensors = read(source)
    names = names_of_embeddings(tensors)
    embedding = tensors.pop(names["shared"])
    stored = {names[place]: embedding for place in places.split()}
    folder = with_weights(source, tmp_path / "stored", tensors | stored)
    if architecture == "t5-v1.1" and places == "output":
        # Its configuration says that the output is no copy of the input.
        with pytest.raises(ModelError, match="must be the same, and differ"):
            load(folder)
        return
    network = load(folder)
    assert all(torch.equal(network.get_parameter(name), embedding) for name in names.values())


@pytest.mark.parametrize("architecture", EACH)
@pytest.mark.parametrize(
    "wrong", ["shared encoder", "shared decoder", "shared output", "encoder decoder output"]
)
def test_wrong_copy_of_a_tied_weight_is_refused(
    tiny: Callable[[str], Path], tmp_path: Path, architecture: str, wrong: str
) -> None:
    """transformers loads each copy as it is, and takes any of them for those that are missing."""
    import torch

    source = tiny(architecture)
    tensors = read(source)
    names = names_of_embeddings(tensors)
    embedding = tensors.pop(names["shared"])
    *same, other = wrong.split()
    stored = {names[place]: embedding for place in same} | {names[other]: embedding + 1.0}
    folder = with_weights(source, tmp_path / "stored", tensors | stored)
    if architecture == "t5-v1.1" and other == "output":
        # An output of its own, as Google's files of this version have it.
        network = load(folder)
        assert torch.equal(network.get_parameter("encoder.embed_tokens.weight"), embedding)
        assert torch.equal(network.get_parameter("lm_head.weight"), embedding + 1.0)
        return
    with pytest.raises(ModelError, match="must be the same, and differ") as caught:
        load(folder)
    assert names[other] in str(caught.value)
    assert all(names[place] in str(caught.value) for place in same)


def test_shards_are_read_together_and_a_lost_one_is_an_error(
    tiny: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = in_shards(tiny("bart"), tmp_path / "shards")
    load(folder)
    (folder / "model-00002-of-00002.safetensors").unlink()
    with pytest.raises(ModelError, match="model-00002-of-00002"):
        load(folder)


def in_shards(source: Path, target: Path) -> Path:
    """Return a copy of a model's folder with its weights in two files, as large models have it."""
    from safetensors.torch import save_file

    shutil.copytree(source, target)
    (target / "model.safetensors").unlink()
    tensors = read(source)
    names = sorted(tensors)
    weight_map: dict[str, str] = {}
    for number, part in enumerate((names[::2], names[1::2]), 1):
        file = f"model-0000{number}-of-00002.safetensors"
        save_file({name: tensors[name] for name in part}, target / file, metadata={"format": "pt"})
        weight_map |= dict.fromkeys(part, file)
    index = {"metadata": {"total_size": 1}, "weight_map": weight_map}
    (target / "model.safetensors.index.json").write_text(json.dumps(index))
    return target
