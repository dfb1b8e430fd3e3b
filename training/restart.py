"""The weights of an earlier model to start a run from, grown to a deeper and wider one.

Between `export.py`, whose renaming it undoes, and `train.py --start`. A finished run has decayed to
a learning rate of zero and its optimiser is not kept: the next one starts with a new optimiser. A
larger model computes at first just what the earlier one does: a new encoder layer is a copy of the
one before it that adds nothing yet, and new units of a feed-forward layer are not read yet.
Source: Chen et al. 2016, "Net2Net"; Bachlechner et al. 2021, "ReZero is all you need".
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from export import rename
from model import Shape, Translator


def restored(weights: dict[str, Tensor], shape: Shape) -> dict[str, Tensor]:
    """The weights under our names, from those under transformers' names."""
    found: dict[str, Tensor] = {}
    for name, tensor in Translator(shape).state_dict().items():
        if name == "embedding.weight":
            parts = ["model.shared.weight"]
        else:  # `rename` wants an embedding whatever it renames
            parts = list(rename({name: tensor, "embedding.weight": tensor}))[1:]
        found[name] = torch.cat([weights[part].float() for part in parts])
    return found


def read_start(path: Path) -> dict[str, Any]:
    """Weights (`model`), `shape`, and the `step` and `seen` (target tokens) behind them.

    `path` is a file that `train.py` wrote, or a folder with `card.json` and `hf/model.safetensors`.
    """
    if path.is_file():
        return dict(torch.load(path, map_location="cpu", weights_only=True))
    card = json.loads((path / "card.json").read_text(encoding="utf-8"))
    shape = Shape(**card["shape"])
    return {
        "model": restored(load_file(path / "hf" / "model.safetensors"), shape),
        "shape": shape.as_dict(),
        "step": card["training"]["steps"],
        "seen": card["training"]["target_tokens"],
    }


def origin_of(num_old: int, num_new: int) -> list[int | None]:
    """For each of `num_new` layers the old one it is; None for a layer put in, evenly spread.

    >>> origin_of(2, 4)
    [0, None, 1, None]
    """
    places = {(number + 1) * num_new // num_old - 1: number for number in range(num_old)}
    first = min(places)
    moved = {place - first: number for place, number in places.items()}
    return [moved.get(place) for place in range(num_new)]


def grown(weights: dict[str, Tensor], old: Shape, new: Shape) -> dict[str, Tensor]:
    """The weights of a model of shape `new` that computes what `weights` of shape `old` do.

    Raises:
        ValueError: `new` is smaller, or differs in what cannot grow (ids, width, heads).
    """
    fixed = replace(
        new,
        inner=old.inner,
        encoder_layers=old.encoder_layers,
        decoder_layers=old.decoder_layers,
        dropout=old.dropout,
    )
    larger = (
        new.inner >= old.inner
        and new.encoder_layers >= old.encoder_layers
        and new.decoder_layers >= old.decoder_layers
    )
    if fixed != old or not larger:
        raise ValueError(f"weights of {old} cannot grow to {new}")
    fresh = Translator(new).state_dict()
    origins = {
        "encoder": origin_of(old.encoder_layers, new.encoder_layers),
        "decoder": origin_of(old.decoder_layers, new.decoder_layers),
    }
    for name, tensor in fresh.items():
        side, *rest = name.split(".")
        if side not in origins:
            fresh[name] = weights[name].clone()
            continue
        number = int(rest[0])
        added = origins[side][number] is None
        before = max(at for at in range(number + 1) if origins[side][at] is not None)
        source = weights[".".join([side, str(origins[side][before]), *rest[1:]])]
        part = ".".join(rest[-2:])
        if part in ("fc1.weight", "fc1.bias"):
            tensor[: len(source)] = source
        elif part == "fc2.weight":
            tensor.zero_()
            if not added:
                tensor[:, : source.shape[1]] = source
        elif part in ("fc2.bias", "out.weight", "out.bias") and added:
            tensor.zero_()
        else:
            fresh[name] = source.clone()
    return fresh
