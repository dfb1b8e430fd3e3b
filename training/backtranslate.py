"""Back-translation: English of one language's pairs as sources in the other.

Optional step between two runs of `train.py`: a model trained with `--reverse` writes Bengali for
the English of Vietnamese news and the other way round, so that both languages are seen with the
same English. Writes `synthetic.tsv` (as `pairs.tsv`) to the working folder; `train.py --synthetic`
marks those sources with a token of their own. Sources: Sennrich et al. 2016, "Improving neural
machine translation models with monolingual data"; Caswell et al. 2019, "Tagged back-translation".

    python training/backtranslate.py
"""

from __future__ import annotations

import argparse
import collections
import time
from pathlib import Path

import torch

import places
from batches import Vocabulary, pad, read_rows
from model import EOS, Shape, Translator
from prepare import fault_of

DTYPE = torch.bfloat16
# How often a pass shows a back-translated pair, for each time that it shows the pair whose English
# it has. Bengali has few human sentences of news; Vietnamese has enough.
SHARES = {"bn": 0.5, "vi": 0.25}
OTHER = {"vi": "bn", "bn": "vi"}
MIN_WEIGHT = 1.0  # only English of pairs that a pass shows this often: news, health, Wikipedia


def translate(
    model: Translator, vocabulary: Vocabulary, texts: list[str], language: str, batch_tokens: int
) -> list[str | None]:
    """Greedy translations in the order of `texts`; None where the length limit cut one."""
    device = model.embedding.weight.device
    sources = vocabulary.encode(texts)
    order = sorted(range(len(texts)), key=lambda i: len(sources[i]))
    outputs: list[str | None] = [None] * len(texts)
    start = 0
    while start < len(order):
        longest = len(sources[order[start]]) + 20  # no more than twenty longer in one batch
        part = order[start : start + max(1, batch_tokens // longest)]
        rows = pad([[vocabulary.language("en"), *sources[i], EOS] for i in part]).to(device)
        limit = min(120, int(1.6 * rows.shape[1]) + 10)
        found = model.greedy(rows, vocabulary.language(language), DTYPE, limit)
        for i, ids in zip(part, found, strict=True):
            outputs[i] = vocabulary.decode(ids) if len(ids) < limit else None
        start += len(part)
    return outputs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    places.add_work(parser)
    parser.add_argument("--model", type=Path, help="default: reverse/best.pt, below --work")
    parser.add_argument("--batch-tokens", type=int, default=32_000)
    parser.add_argument("--sentences", type=int, help="only so many of each language")
    options = parser.parse_args()
    began = time.monotonic()
    vocabulary = Vocabulary(options.work / "spm.model")
    state = torch.load(
        options.model or options.work / "reverse" / "best.pt", map_location="cpu", weights_only=True
    )
    model = Translator(Shape(**state["shape"]))
    model.load_state_dict(state["model"])
    model = model.to("cuda" if torch.cuda.is_available() else "cpu")
    weights: dict[str, dict[str, float]] = {"vi": {}, "bn": {}}
    for code, weight, _, english in read_rows(options.work / "pairs.tsv"):
        if float(weight) >= MIN_WEIGHT:
            weights[OTHER[code]].setdefault(english, float(weight))
    dropped: dict[str, int] = collections.Counter()
    with (options.work / "synthetic.tsv").open("w", encoding="utf-8") as out:
        for code, by_text in weights.items():
            texts = list(by_text)[: options.sentences]
            outputs = translate(model, vocabulary, texts, code, options.batch_tokens)
            for english, output in zip(texts, outputs, strict=True):
                fault = "unfinished" if output is None else fault_of(code, output, english)
                if output is None or fault is not None:
                    dropped[f"{code} {fault}"] += 1
                    continue
                out.write(f"{code}\t{by_text[english] * SHARES[code]:g}\t{output}\t{english}\n")
            print(f"{code}: {len(texts)} sentences, e.g. {outputs[-1]!r} <- {texts[-1]!r}")
    print(f"left out {dict(dropped)}; {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
