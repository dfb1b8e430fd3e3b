"""How often transformers and CTranslate2 decode the exported model to the very same tokens.

Greedy on the first validation sentences of each language; float32 in both engines says whether the
conversion is right, int8 what quantisation changes.

    python training/parity.py --work ../training-work --model src/seedsum/starter
"""

from __future__ import annotations

import argparse
from pathlib import Path

import ctranslate2
import torch
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from export import write_ctranslate2

LANGUAGES = ("vi", "bn")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="folder written by prepare.py")
    parser.add_argument("--model", type=Path, required=True, help="folder written by export.py")
    parser.add_argument("--sentences", type=int, default=25, help="of each language")
    parser.add_argument("--max-tokens", type=int, default=100)
    options = parser.parse_args()
    hf = options.model / "hf"
    tokeniser = AutoTokenizer.from_pretrained(hf)
    model = AutoModelForSeq2SeqLM.from_pretrained(hf, dtype=torch.float32).eval()
    exact = options.work / "ct2-float32"
    write_ctranslate2(hf, exact, "float32")
    engines = {
        "float32": ctranslate2.Translator(str(exact), compute_type="float32"),
        "int8": ctranslate2.Translator(str(options.model / "ct2"), compute_type="int8"),
    }
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
