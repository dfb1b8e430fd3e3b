"""The starter model blown up to the size of an opus-mt model: its texts at that model's cost.

`build` makes both forms, for transformers and for CTranslate2: 6 + 6 layers of width 512, inner
width 2048, 8 heads and 58,101 tokens instead of the starter's 6 + 2 layers of 320, 1280, 5 and
12,109. Random weights would end no sentence, or end it anywhere; these write real translations of
real lengths. What is added counts for nothing in the result, and for everything in the time, since
dense products do not skip zeros:

- Width: zeros. A layer norm over 512 then sees another mean and variance than over 320, so what
  is added to the residual stream has its mean taken off (the norm takes it off anyway) and is
  scaled by sqrt(512 / 320), which gives the same variance; the norms' gains undo the scale.
- Inner width and heads: zeros that the output projections are given.
- Decoder layers: random ones whose output projections are zero, so that nothing is added.
- Vocabulary: pieces that no text has, with a logit far below all others.

Pegasus is the architecture, since it is the one that both libraries know with norms before the
layers and with positions from the file: M2M100's are computed from the width. Opus-mt models
(Marian) have the same layers, of the same cost, with the norms after them; and one matrix for
embedding and output, where this has two of the same size, used as often.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from seedsum.records import ResolvedModel

VOCABULARY, WIDTH = 58_101, 512
#: Last parts of the names of what writes to the residual stream.
_OUTPUTS = ("out_proj.weight", "out_proj.bias", "fc2.weight", "fc2.bias")


def build(starter: ResolvedModel, folder: Path) -> ResolvedModel:
    """Write `hf` and `ct2` into the folder; return the latter as a model to load."""
    from ctranslate2.converters import TransformersConverter
    from transformers.utils import logging

    logging.disable_progress_bar()
    assert starter.folder is not None
    small = transformers_folder()
    source, target = folder / "hf", folder / "ct2"
    source.mkdir()
    shutil.copyfile(small / "tokenizer_config.json", source / "tokenizer_config.json")
    shutil.copyfile(small / "sentencepiece.bpe.model", source / "sentencepiece.bpe.model")
    pieces = json.loads((small / "vocab.json").read_text("utf-8"))
    num_pieces = len(pieces)
    num_tokens = len(json.loads((starter.folder / "shared_vocabulary.json").read_text("utf-8")))
    settings = json.loads((source / "tokenizer_config.json").read_text("utf-8"))
    num_languages = num_tokens - num_pieces - settings["num_madeup_words"]
    # The language tokens are numbered after the pieces, so the filling goes between.
    num_filled = VOCABULARY - num_pieces - num_languages
    pieces |= {f"▁filling{i}": num_pieces + i for i in range(num_filled)}
    (source / "vocab.json").write_text(json.dumps(pieces, ensure_ascii=False), encoding="utf-8")
    network = widen(small, num_pieces, num_languages)
    network.save_pretrained(source)
    TransformersConverter(str(source)).convert(str(target), quantization="int8")
    shutil.copyfile(starter.folder / "config.json", target / "config.json")  # the decoder's start
    shutil.copyfile(source / "sentencepiece.bpe.model", target / "sentencepiece.bpe.model")
    return resolved(starter, folder)


def transformers_folder() -> Path:
    """Return the folder with the starter's weights as transformers reads them."""
    shared = Path(os.environ.get("SEEDSUM_SHARED", Path(__file__).parents[2] / "shared"))
    folder = shared / "data" / "starter-full" / "hf"
    if not folder.is_dir():
        raise SystemExit(f"needs the starter's weights for transformers in {folder}")
    return folder


def resolved(starter: ResolvedModel, folder: Path) -> ResolvedModel:
    """Return the model that `build` has written into the folder."""
    return replace(starter, spec=replace(starter.spec, name="opus-sized"), folder=folder / "ct2")


def widen(folder: Path, num_pieces: int, num_languages: int) -> Any:
    """Return the network of opus-mt's size; see the module's text."""
    import torch
    from transformers import AutoModelForSeq2SeqLM, PegasusConfig, PegasusForConditionalGeneration

    small = AutoModelForSeq2SeqLM.from_pretrained(str(folder), dtype=torch.float32)
    sizes = {
        f"{side}_{name}": value
        for side in ("encoder", "decoder")
        for name, value in (("layers", 6), ("attention_heads", 8), ("ffn_dim", 2048))
    }
    with torch.random.fork_rng():
        torch.manual_seed(7)
        large = PegasusForConditionalGeneration(
            PegasusConfig(
                vocab_size=VOCABULARY,
                d_model=WIDTH,
                activation_function="relu",
                scale_embedding=True,
                tie_word_embeddings=False,
                max_position_embeddings=256,
                pad_token_id=small.config.pad_token_id,
                eos_token_id=small.config.eos_token_id,
                decoder_start_token_id=small.config.decoder_start_token_id,
                forced_eos_token_id=None,
                normalize_before=True,  # read by CTranslate2's converter, as the next
                normalize_embedding=False,
                **sizes,
            )
        )
    scale = (WIDTH / small.config.d_model) ** 0.5
    known = {name: value.float() for name, value in small.state_dict().items()}
    end = num_pieces + num_languages
    with torch.no_grad():
        for name, new in large.state_dict().items():
            last = name.rpartition(".")[2]
            if name == "final_logits_bias":
                new.zero_()
                new[:, num_pieces : VOCABULARY - num_languages] = -1e4
            elif name == "lm_head.weight" or "embed_tokens" in name or "shared" in name:
                old = known["model.shared.weight"]
                if name != "lm_head.weight":  # times sqrt(WIDTH) by the model, which scales it
                    old = old - old.mean(1, keepdim=True)
                new.zero_()
                new[:num_pieces, : old.shape[1]] = old[:num_pieces]
                new[VOCABULARY - num_languages :, : old.shape[1]] = old[num_pieces:end]
            elif "embed_positions" in name:
                positions = getattr(small.model, name.split(".")[1]).embed_positions
                old = positions.weights[positions.offset :][: len(new)]
                new.zero_()
                new[:, : old.shape[1]] = (old - old.mean(1, keepdim=True)) * scale
            elif name in known:
                old = known[name]
                if name.endswith(_OUTPUTS):
                    old = (old - old.mean(0, keepdim=True)) * scale
                elif "norm" in name and last == "weight":
                    old = old / scale
                new.zero_()
                new[tuple(map(slice, old.shape))] = old
            elif name.endswith(_OUTPUTS):  # of the layers that the starter does not have
                new.zero_()
    return large
