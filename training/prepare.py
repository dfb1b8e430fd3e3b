"""Filtered, weighted training pairs and the joint SentencePiece model.

First step of the recipe: reads the corpora below `$SEEDSUM_SHARED` (default `../shared`), writes
`pairs.tsv` (language, weight, source, target), `validation.{vi,bn}.tsv`, `spm.model` and
`report.json` to the work folder. What gets in, and how often, says `data_sets.py`.

    python training/prepare.py
"""

from __future__ import annotations

import argparse
import collections
import json
import lzma
import random
import shutil
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import places
from data_sets import kind_of, weight_of
from generated import LANGUAGES, generated
from swaps import Known, known_in

#: Below `data`: sentences, and names and dictionary entries.
SOURCES = (
    "corpora/{language}-en.tsv.xz",
    "corpora2/{language}-en-2.tsv.xz",
    "corpora2/names.{language}-en.tsv.xz",
)
VALIDATION = {
    "vi": ("vlsp20-news.vi-en.vi", "vlsp20-news.vi-en.en"),
    "bn": ("risingnews.bn-en.bn", "risingnews.bn-en.en"),
}
MAX_CHARS = 500
# Characters per character of English; both ends measured to keep 99% of the human sets.
RATIO_BOUNDS = {"vi": (0.5, 2.2), "bn": (0.45, 2.2)}
BENGALI_DIGITS = "০১২৩৪৫৬৭৮৯"
ASCII_FOR = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "`": "'", "´": "'",
    "“": '"', "”": '"', "„": '"', "‟": '"', "«": '"', "»": '"',
    "–": "-", "—": "-", "‐": "-", "‑": "-", "−": "-",
    "।": ".", "॥": ".",
}  # fmt: skip
INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"


@dataclass(frozen=True, slots=True)
class Pair:
    """A source sentence, its English, and how often a pass over the data shows it."""

    language: str
    weight: float
    source: str
    target: str


def clean(text: str) -> str:
    """NFC text without invisible characters, white space collapsed."""
    kept = "".join(char for char in text if char not in INVISIBLE)
    return " ".join(unicodedata.normalize("NFC", kept).split())


def share_of_letters(text: str, low: int, high: int) -> float:
    """Share of the letters of `text` whose code point is in [low, high]; 1.0 with no letters."""
    letters = [ord(char) for char in text if char.isalpha()]
    return sum(low <= point <= high for point in letters) / len(letters) if letters else 1.0


def fault_of(language: str, source: str, target: str) -> str | None:
    """Why a pair is left out, or None when it stays."""
    if not source or not target or not any(char.isalpha() for char in target):
        return "empty"
    if source == target:
        return "copy"
    if len(source) > MAX_CHARS or len(target) > MAX_CHARS:
        return "long"
    low, high = RATIO_BOUNDS[language]
    if min(len(source), len(target)) > 25 and not low <= len(source) / len(target) <= high:
        return "ratio"
    if share_of_letters(target, 0x41, 0x7A) < 0.85:
        return "target script"
    if language == "bn" and share_of_letters(source, 0x0980, 0x09FF) < 0.5:
        return "source script"
    if language == "vi" and share_of_letters(source, 0x41, 0x1EFF) < 0.8:
        return "source script"
    return None


def read_pairs(shared: Path, dropped: dict[str, int]) -> Iterator[tuple[str, Pair]]:
    """Every (data set, pair) that stays, in file order; counts the others in `dropped`.

    Raises:
        UnknownDataSetError: a row is of a data set that `data_sets.py` does not name.
    """
    for language in LANGUAGES:
        seen: set[tuple[str, str]] = set()
        for name in SOURCES:
            path = shared / "data" / name.format(language=language)
            with lzma.open(path, "rt", encoding="utf-8", newline="\n") as lines:
                for line in lines:
                    raw_source, raw_target, dataset, _tier, licence = line.rstrip("\n").split("\t")
                    weight = weight_of(dataset, language, licence)
                    if not weight:
                        dropped["licence"] += 1
                        continue
                    source, target = clean(raw_source), clean(raw_target)
                    fault = fault_of(language, source, target)
                    if fault is None and (source, target) in seen:
                        fault = "duplicate"
                    if fault is not None:
                        dropped[fault] += 1
                        continue
                    seen.add((source, target))
                    yield dataset, Pair(language, weight, source, target)


def known_of(named: list[tuple[str, Pair]]) -> dict[str, Known]:
    """The names and things of each language that can stand in for one another in sentences."""
    entries: dict[str, list[tuple[str, str, str]]] = {language: [] for language in LANGUAGES}
    sentences: dict[str, list[tuple[str, str]]] = {language: [] for language in LANGUAGES}
    for name, pair in named:
        kind = kind_of(name, pair.language)
        if kind:
            entries[pair.language].append((kind, pair.source, pair.target))
        else:
            sentences[pair.language].append((pair.source, pair.target))
    return {
        language: known_in(language, entries[language], sentences[language])
        for language in LANGUAGES
    }


def normalisation_rules() -> dict[str, str]:
    """What the SentencePiece model rewrites before it splits: every key becomes its value.

    NFKC for the Basic Multilingual Plane, composed and decomposed spellings alike, except that
    quotes and dashes become ASCII, Bengali digits become 0-9 (so that numbers are copied) and the
    danda a full stop. Being inside the model file, it holds for every engine.
    """
    table = {ord(char): ascii_char for char, ascii_char in ASCII_FOR.items()}
    table |= {ord(char): str(digit) for digit, char in enumerate(BENGALI_DIGITS)}
    table |= {ord(char): "" for char in INVISIBLE}
    rules: dict[str, str] = {}
    for point in range(0x21, 0xFFFE):
        char = chr(point)
        if unicodedata.category(char) in {"Cs", "Cn", "Co"} or 0xAC00 <= point <= 0xD7A3:
            continue
        result = unicodedata.normalize("NFKC", char.translate(table)).translate(table)
        decomposed = unicodedata.normalize("NFD", char)
        spellings = {char}
        if 1 < len(decomposed) <= 4:
            spellings |= {decomposed[0] + "".join(marks) for marks in permutations(decomposed[1:])}
            canonical = unicodedata.decomposition(char)
            if canonical and not canonical.startswith("<"):
                spellings.add("".join(chr(int(code, 16)) for code in canonical.split()))
        for spelling in spellings:
            if spelling != result and unicodedata.normalize("NFC", spelling) in (
                char,
                unicodedata.normalize("NFC", char),
            ):
                rules[spelling] = result
    rules["\u00a0"] = rules["\u3000"] = rules["\u202f"] = rules["\u2009"] = rules["\t"] = " "
    return rules


def write_rules(path: Path) -> None:
    """Write the normalisation rules as SentencePiece wants them: hex code points, TAB."""
    with path.open("w", encoding="utf-8") as out:
        for spelling, result in sorted(normalisation_rules().items()):
            left = " ".join(f"{ord(char):X}" for char in spelling)
            right = " ".join(f"{ord(char):X}" for char in result)
            out.write(f"{left}\t{right}\n")


def train_vocabulary(work: Path, pairs: list[Pair], num_pieces: int, seed: int) -> None:
    """Write `spm.model`, trained on equal shares of characters of the three languages."""
    import sentencepiece

    rng = random.Random(seed)
    texts: dict[str, dict[str, float]] = {"vi": {}, "bn": {}, "en": {}}
    for pair in pairs:
        texts[pair.language].setdefault(pair.source, pair.weight)
        texts["en"].setdefault(pair.target, pair.weight)
    sample: list[str] = []
    for by_text in texts.values():
        order = [(rng.random() ** (1 / weight), text) for text, weight in by_text.items()]
        budget = 4_500_000
        for _, text in sorted(order, reverse=True):
            budget -= len(text)
            if budget < 0:
                break
            sample.append(text)
    (work / "spm.txt").write_text("\n".join(sample) + "\n", encoding="utf-8")
    write_rules(work / "normalisation.tsv")
    sentencepiece.SentencePieceTrainer.train(
        input=str(work / "spm.txt"),
        model_prefix=str(work / "spm"),
        model_type="unigram",
        vocab_size=num_pieces,
        character_coverage=0.9998,
        byte_fallback=True,
        split_digits=True,
        normalization_rule_tsv=str(work / "normalisation.tsv"),
        pad_id=-1,
        num_threads=2,
        input_sentence_size=0,
        minloglevel=1,
    )
    forget_paths(work / "spm.model")


def forget_paths(model: Path) -> None:
    """Take out of a SentencePiece model the paths of this machine that its trainer put there."""
    from sentencepiece import sentencepiece_model_pb2

    content = sentencepiece_model_pb2.ModelProto()
    content.ParseFromString(model.read_bytes())
    content.trainer_spec.ClearField("input")
    content.trainer_spec.ClearField("model_prefix")
    content.normalizer_spec.ClearField("normalization_rule_tsv")
    model.write_bytes(content.SerializeToString())


def write_validation(shared: Path, work: Path) -> None:
    """Write the validation pairs as one TSV per language."""
    folder = shared / "data" / "validation"
    for language, names in VALIDATION.items():
        source, target = (
            (folder / name).read_text(encoding="utf-8").splitlines() for name in names
        )
        lines = [f"{clean(a)}\t{clean(b)}" for a, b in zip(source, target, strict=True)]
        path = work / f"validation.{language}.tsv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    places.add_work(parser)
    parser.add_argument(
        "--vocabulary",
        type=Path,
        default=places.STARTER / "hf" / "sentencepiece.bpe.model",
        help="SentencePiece model to use, that of the weights to start from (default: %(default)s)",
    )
    parser.add_argument("--pieces", type=int, help="train a vocabulary of this size instead")
    parser.add_argument("--seed", type=int, default=20)
    options = parser.parse_args()
    shared = places.SHARED
    options.work.mkdir(parents=True, exist_ok=True)

    dropped: dict[str, int] = collections.Counter()
    named = list(read_pairs(shared, dropped))
    pairs = [pair for _, pair in named]
    rows = [(pair.language, pair.weight, pair.source, pair.target) for pair in pairs]
    made = list(generated(rows, options.seed, known_of(named)))
    part = options.work / "pairs.part"
    with part.open("w", encoding="utf-8") as out:
        for language, weight, source, target in [*rows, *(row[1:] for row in made)]:
            out.write(f"{language}\t{weight:g}\t{source}\t{target}\n")
    part.replace(options.work / "pairs.tsv")
    kept: dict[str, int] = collections.Counter(f"{p.language} {name}" for name, p in named)
    words: dict[str, float] = collections.Counter()
    for name, pair in named:
        words[f"{pair.language} {name}"] += pair.weight * len(pair.target.split())
        words[pair.language] += pair.weight * len(pair.target.split())
    for what, language, weight, _, target in made:
        kept[f"{language} made: {what}"] += 1
        words[f"{language} made: {what}"] += weight * len(target.split())
    report = {
        "dropped": dict(sorted(dropped.items())),
        "kept": dict(sorted(kept.items())),
        "english_words_per_pass": {name: round(count) for name, count in sorted(words.items())},
    }
    (options.work / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2), flush=True)
    write_validation(shared, options.work)
    if options.pieces:
        train_vocabulary(options.work, pairs, options.pieces, options.seed)
    else:
        shutil.copyfile(options.vocabulary, options.work / "spm.model")


if __name__ == "__main__":
    main()
