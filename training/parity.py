"""How often transformers and CTranslate2 decode a model to the very same tokens.

Greedy on the first validation sentences of each language; float32 in both engines says whether the
conversion is right, int8 what quantisation changes.

    python training/parity.py
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import ctranslate2
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

import places
from batches import Vocabulary
from export import average_of, write_ctranslate2, write_tokeniser, write_transformers

LANGUAGES = ("vi", "bn")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    places.add_work(parser)
    parser.add_argument("--weights", type=Path, help="default: run/best.pt, below --work")
    parser.add_argument("--sentences", type=int, default=25, help="of each language")
    parser.add_argument("--max-tokens", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        compare(options, Path(temporary))


def compare(options: argparse.Namespace, temporary: Path) -> None:
    """Export to `temporary`, decode with every engine, and print how often they agree."""
    spm = options.work / "spm.model"
    weights, shape, _ = average_of([options.weights or options.work / "run" / "best.pt"])
    vocabulary = Vocabulary(spm)
    hf = temporary / "hf"
    hf.mkdir()
    write_tokeniser(vocabulary, spm, hf)
    write_transformers(weights, shape, vocabulary, hf, half=False)
    tokeniser = AutoTokenizer.from_pretrained(hf)
    model = AutoModelForSeq2SeqLM.from_pretrained(hf, dtype=torch.float32).eval()
    engines = {}
    for compute_type in ("float32", "int8"):
        folder = temporary / compute_type
        write_ctranslate2(hf, folder, compute_type)
        engines[compute_type] = ctranslate2.Translator(str(folder), compute_type=compute_type)
    same = dict.fromkeys(engines, 0)
    for language in LANGUAGES:
        tokeniser.src_lang = language
        lines = (options.work / f"validation.{language}.tsv").read_text(encoding="utf-8")
        for line in lines.splitlines()[: options.sentences]:
            encoded = tokeniser(line.split("\t")[0], return_tensors="pt")
            ids = model.generate(
                **encoded,
                num_beams=1,
                do_sample=False,
                max_new_tokens=options.max_tokens,
                forced_bos_token_id=tokeniser.get_lang_id("en"),
            )[0]
            expected = tokeniser.convert_ids_to_tokens(ids, skip_special_tokens=True)
            source = tokeniser.convert_ids_to_tokens(encoded.input_ids[0])
            for name, engine in engines.items():
                result = engine.translate_batch(
                    [source],
                    target_prefix=[["__en__"]],
                    beam_size=1,
                    max_decoding_length=options.max_tokens,
                )
                same[name] += result[0].hypotheses[0][1:][: len(expected)] == expected
    total = len(LANGUAGES) * options.sentences
    for name, count in same.items():
        print(f"CTranslate2 {name}: {count} of {total} as transformers float32")


if __name__ == "__main__":
    main()
