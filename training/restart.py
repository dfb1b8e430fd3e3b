"""The exported weights of a finished model as an `average.pt`, to start another training from.

Optional step of the recipe: undoes the renaming of `export.py`. A finished run has decayed to a
learning rate of zero and its optimiser is not kept, so `train.py --weights` starts both anew.

    python training/restart.py --model src/seedsum/starter --out ../training-work/start.pt
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="folder that export.py wrote")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    card = json.loads((options.model / "card.json").read_text(encoding="utf-8"))
    shape = Shape(**card["shape"])
    weights = load_file(options.model / "hf" / "model.safetensors")
    counts = card["training"]
    torch.save(
        {
            "model": restored(weights, shape),
            "shape": shape.as_dict(),
            "step": counts["steps"],
            "seen": counts["target_tokens"],
            "pass": counts["passes"],
        },
        options.out,
    )


if __name__ == "__main__":
    main()
