"""A trained model as a folder for CTranslate2.

Third step of the recipe: averages one or more `best.pt` files of `train.py` and writes `ct2/`
(int8) and `card.json` below `--out`. The folder is whole, with its own copy of the SentencePiece
model, so that its hashes cover all that decides a translation. `seedsum`'s own lock of it is a
step of its own, see README.md. On the way lies a folder for transformers; `--hf` keeps one.

    python training/export.py --out src/seedsum/starter
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy
import torch
from torch import Tensor

import places
from batches import Vocabulary
from model import NUM_MADE_UP, PIECE_SHIFT, Shape

SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
MAX_POSITIONS = 1024
#: Of the three bytes that any Bengali letter has in UTF-8, the first.
FIRST_BYTE = "<0xE0>"
#: Added to the score of an id that is never written: e^-30 of what it was.
SUPPRESSED = -30.0


def average_of(paths: list[Path]) -> tuple[dict[str, Tensor], Shape, dict[str, int], set[int]]:
    """Mean weights of the files, their shape, step and token counts of the last one.

    And the ids that one of them must not write.
    """
    states = [torch.load(path, map_location="cpu", weights_only=True) for path in paths]
    mean = {
        name: sum(state["model"][name].float() for state in states) / len(states)
        for name in states[0]["model"]
    }
    last = max(states, key=lambda state: state["step"])
    counts = {"steps": last["step"], "target_tokens": last["seen"], "passes": last["pass"]}
    never = {int(i) for state in states for i in state["never"]}
    return mean, Shape(**last["shape"]), counts, never


def mixed(weights: dict[str, Tensor], shape: Shape, start: Path, share: float) -> dict[str, Tensor]:
    """The weights with a share, 0 to 1, of those that the run started from.

    Source: Wortsman et al. 2022, "Robust fine-tuning of zero-shot models".
    """
    from restart import grown, read_start  # which names weights as this module does

    state = read_start(start)
    earlier = grown(state["model"], Shape(**state["shape"]), shape)
    return {name: torch.lerp(tensor, earlier[name], share) for name, tensor in weights.items()}


def rename(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights under transformers' names, fused projections taken apart."""
    renamed = {"model.shared.weight": weights["embedding.weight"]}
    for name, tensor in weights.items():
        if name == "embedding.weight":
            continue
        if name.startswith(("encoder_norm", "decoder_norm")):
            side, kind = name.split("_norm.")
            renamed[f"model.{side}.layer_norm.{kind}"] = tensor
            continue
        side, number, part, layer, kind = name.split(".")
        prefix = f"model.{side}.layers.{number}"
        if part == "feed_forward":
            place = f"{prefix}.{'final_layer_norm' if layer == 'norm' else layer}"
            renamed[f"{place}.{kind}"] = tensor
            continue
        attention = "self_attn" if part == "self_attention" else "encoder_attn"
        if layer == "norm":
            renamed[f"{prefix}.{attention}_layer_norm.{kind}"] = tensor
        else:
            for letter, piece in zip(
                layer if layer != "out" else ["out"],
                tensor.chunk(1 if layer == "out" else len(layer)),
                strict=True,
            ):
                renamed[f"{prefix}.{attention}.{letter}_proj.{kind}"] = piece.clone()
    return renamed


def write_tokeniser(vocabulary: Vocabulary, spm: Path, folder: Path) -> None:
    """Write the files that transformers' `M2M100Tokenizer` reads, and the SentencePiece model."""
    from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

    pieces = {token: number for number, token in enumerate(SPECIALS)}
    for number in range(3, vocabulary.processor.get_piece_size()):
        pieces[vocabulary.processor.id_to_piece(number)] = number + PIECE_SHIFT
    (folder / "vocab.json").write_text(
        json.dumps(pieces, ensure_ascii=False, indent=0) + "\n", encoding="utf-8"
    )
    shutil.copyfile(spm, folder / "sentencepiece.bpe.model")
    settings = {
        "tokenizer_class": "M2M100Tokenizer",
        "language_codes": "m2m100",
        "src_lang": "vi",
        "tgt_lang": "en",
        "model_max_length": MAX_POSITIONS,
        "num_madeup_words": NUM_MADE_UP,
        # transformers 5.23 no longer adds the language tokens by itself, and without them
        # CTranslate2's converter counts 100 tokens too few.
        "additional_special_tokens": [f"__{code}__" for code in FAIRSEQ_LANGUAGE_CODES["m2m100"]],
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def write_transformers(
    weights: dict[str, Tensor],
    shape: Shape,
    vocabulary: Vocabulary,
    folder: Path,
    *,
    never: list[int],
    half: bool,
) -> None:
    """Write configuration and weights; float16 unless `half` is False."""
    from transformers import GenerationConfig, M2M100Config, M2M100ForConditionalGeneration

    config = M2M100Config(
        vocab_size=shape.num_ids,
        max_position_embeddings=MAX_POSITIONS,
        encoder_layers=shape.encoder_layers,
        decoder_layers=shape.decoder_layers,
        encoder_ffn_dim=shape.inner,
        decoder_ffn_dim=shape.inner,
        encoder_attention_heads=shape.num_heads,
        decoder_attention_heads=shape.num_heads,
        d_model=shape.width,
        dropout=shape.dropout,
        attention_dropout=0.0,
        encoder_layerdrop=0.0,
        decoder_layerdrop=0.0,
    )
    model = M2M100ForConditionalGeneration(config)
    missing, unexpected = model.load_state_dict(rename(weights), strict=False)
    missing = [
        name for name in missing if not name.endswith(("embed_tokens.weight", "lm_head.weight"))
    ]
    if unexpected or missing:
        raise SystemExit(f"weights do not fit: missing {missing}, unexpected {unexpected}")
    model.tie_weights()
    model.generation_config = GenerationConfig(
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=2,
        forced_bos_token_id=vocabulary.language("en"),
        max_new_tokens=256,
        num_beams=4,
        suppress_tokens=never,
    )
    (model.half() if half else model).save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)  # written as a temporary file, for its owner only


def bengali(vocabulary: Vocabulary) -> set[int]:
    """The ids of Bengali letters, and of the byte that begins one: English has no use for them.

    Some targets have them. Where the model knows no word, it would copy the source's; without these
    ids it has to spell it.
    """
    pieces = map(vocabulary.processor.id_to_piece, range(vocabulary.processor.get_piece_size()))
    return {
        number + PIECE_SHIFT
        for number, piece in enumerate(pieces)
        if piece == FIRST_BYTE or any("\u0980" <= char <= "\u09ff" for char in piece)
    }


def write_ctranslate2(hf: Path, folder: Path, compute_type: str, never: list[int]) -> None:
    """Convert, with a bias in the output layer that keeps every caller from ids of `never`."""
    from ctranslate2.converters import TransformersConverter

    class Converter(TransformersConverter):
        def _load(self) -> Any:
            spec = super()._load()
            bias = numpy.zeros(spec.decoder.projection.weight.shape[0], dtype=numpy.float32)
            bias[never] = SUPPRESSED
            spec.decoder.projection.bias = bias
            return spec

    Converter(str(hf)).convert(str(folder), quantization=compute_type, force=True)
    shutil.copyfile(hf / "sentencepiece.bpe.model", folder / "sentencepiece.bpe.model")


def data_of(work: Path, run: Path) -> dict[str, int | bool]:
    """How many human pairs and pairs made from them there were, and whether a model wrote some."""
    kept = json.loads((work / "report.json").read_text(encoding="utf-8"))["kept"]
    made = sum(count for name, count in kept.items() if " made: " in name)
    settings = json.loads((run / "settings.json").read_text(encoding="utf-8"))
    return {
        "human_pairs": sum(kept.values()) - made,
        "made_pairs": made,
        "back_translated": bool(settings["synthetic"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "averages", type=Path, nargs="*", help="best.pt files of train.py (default: that of run)"
    )
    places.add_work(parser)
    parser.add_argument("--out", type=Path, help="default: export, below --work")
    parser.add_argument("--start", type=Path, default=places.STARTER, help="for --start-share")
    parser.add_argument(
        "--start-share", type=float, default=0.0, help="of the weights that the run started from"
    )
    parser.add_argument("--hf", type=Path, help="also keep a folder for transformers, in float16")
    parser.add_argument("--compute-type", default="int8", help="of the CTranslate2 weights")
    options = parser.parse_args()
    work, out = options.work, options.out or options.work / "export"
    vocabulary = Vocabulary(work / "spm.model")
    averages = options.averages or [work / "run" / "best.pt"]
    weights, shape, counts, unscored = average_of(averages)
    if options.start_share:
        weights = mixed(weights, shape, options.start, options.start_share)
    never = sorted(unscored | bengali(vocabulary))
    out.mkdir(parents=True, exist_ok=True)
    # Converted from float32, so that int8 is not rounded twice.
    with tempfile.TemporaryDirectory() as temporary:
        write_tokeniser(vocabulary, work / "spm.model", Path(temporary))
        write_transformers(weights, shape, vocabulary, Path(temporary), never=never, half=False)
        write_ctranslate2(Path(temporary), out / "ct2", options.compute_type, never)
    if options.hf:
        options.hf.mkdir(parents=True, exist_ok=True)
        write_tokeniser(vocabulary, work / "spm.model", options.hf)
        write_transformers(weights, shape, vocabulary, options.hf, never=never, half=True)
    card = out / "card.json"
    content = json.loads(card.read_text(encoding="utf-8")) if card.exists() else {}
    content["shape"] = shape.as_dict()
    content["training"] = counts
    content["data"] = data_of(work, averages[0].parent)
    card.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    for path in sorted([card, *(out / "ct2").iterdir()]):
        print(f"{path.stat().st_size / 1e6:8.2f} MB  {path.relative_to(out)}")


if __name__ == "__main__":
    main()
