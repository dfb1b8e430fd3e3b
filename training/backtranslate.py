"""Back-translation: English sentences with Bengali or Vietnamese that a model wrote as sources.

Optional step between two runs of `train.py`: a model trained with `--reverse` writes sources for
English that has none. `--english pairs` takes that of the other language's pairs, so that both
languages are seen with the same English; `--english alone` the English sentences of corpora2 whose
licence lets them in (`data_sets.ENGLISH`). Writes `synthetic.tsv` (as `pairs.tsv`) to the work
folder; `train.py --synthetic` marks those sources with a token of their own. Read a hundred lines
of it before any is used. Sources: Sennrich et al. 2016, "Improving neural machine translation
models with monolingual data"; Caswell et al. 2019, "Tagged back-translation".

    python training/backtranslate.py --language bn --english alone --sentences 60000
"""

from __future__ import annotations

import argparse
import collections
import lzma
import random
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

import places
from batches import Vocabulary, pad, read_rows
from data_sets import weight_of
from model import EOS, Shape, Translator
from prepare import LANGUAGES, clean, fault_of

DTYPE = torch.bfloat16
# How often a pass shows a back-translated pair, for each time that it shows the pair whose English
# it has. Bengali has few human sentences of news; Vietnamese has enough.
SHARES = {"bn": 0.5, "vi": 0.25}
OTHER = {"vi": "bn", "bn": "vi"}
MAX_CHARS_ALONE = 250
MIN_WEIGHT = 1.0  # only English of pairs that a pass shows this often: news, health, Wikipedia


def translate(
    model: Translator,
    never: Tensor,
    vocabulary: Vocabulary,
    texts: list[str],
    language: str,
    batch_tokens: int,
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
        found = model.greedy(rows, vocabulary.language(language), DTYPE, limit, never)
        for i, ids in zip(part, found, strict=True):
            outputs[i] = vocabulary.decode(ids) if len(ids) < limit else None
        start += len(part)
    return outputs


def english_of_pairs(work: Path, language: str) -> Iterator[tuple[str, float]]:
    """English of the other language's pairs, and how often a pass shows it."""
    for code, weight, _, english in read_rows(work / "pairs.tsv"):
        if code == OTHER[language] and float(weight) >= MIN_WEIGHT:
            yield english, float(weight) * SHARES[language]


def english_alone(_work: Path, language: str) -> Iterator[tuple[str, float]]:
    """English sentences that have no source, and how often a pass shows one."""
    folder = places.SHARED / "data" / "corpora2"
    with (
        lzma.open(folder / "mono.en.txt.xz", "rt", encoding="utf-8", newline="\n") as lines,
        lzma.open(folder / "mono.en.sources.tsv.xz", "rt", encoding="utf-8") as names,
    ):
        for line, name in zip(lines, names, strict=True):
            weight = weight_of(name.strip(), "en", "unclear")
            text = clean(line)
            if weight and len(text) < MAX_CHARS_ALONE:
                yield text, weight * SHARES[language]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    places.add_work(parser)
    parser.add_argument("--model", type=Path, help="default: reverse/best.pt, below --work")
    parser.add_argument("--language", action="append", choices=LANGUAGES, help="default: both")
    parser.add_argument("--english", choices=("pairs", "alone"), default="pairs")
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
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model, never = model.to(device), state["never"].to(device)
    dropped: dict[str, int] = collections.Counter()
    with (options.work / "synthetic.tsv").open("w", encoding="utf-8") as out:
        for code in options.language or LANGUAGES:
            read = english_of_pairs if options.english == "pairs" else english_alone
            by_text = dict(read(options.work, code))
            texts = random.Random(20).sample(list(by_text), len(by_text))[: options.sentences]
            outputs = translate(model, never, vocabulary, texts, code, options.batch_tokens)
            for english, output in zip(texts, outputs, strict=True):
                fault = "unfinished" if output is None else fault_of(code, output, english)
                if output is None or fault is not None:
                    dropped[f"{code} {fault}"] += 1
                    continue
                out.write(f"{code}\t{by_text[english]:g}\t{output}\t{english}\n")
            print(f"{code}: {len(texts)} sentences, e.g. {outputs[-1]!r} <- {texts[-1]!r}")
    print(f"left out {dict(dropped)}; {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
