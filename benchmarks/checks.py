"""Measure the checks: false alarms on human translations, precision and recall on injected faults.

    python benchmarks/checks.py DATA [--write docs/checks.md]

DATA holds `ntrex-dev/{vi,bn,en}/*.txt` (line by line the same sentences) and `lid-dev/*.txt`
(sentences by language). Every second document set the thresholds; the others were held out.
Prints the tables, or puts them between the two marks in the file.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from seedsum.checks.coverage import length_z
from seedsum.evaluation import (
    CheckScores,
    Pair,
    pairs,
    read_parallel,
    read_sentences_by_language,
    score_checks,
)
from seedsum.settings import CheckOptions

LANGUAGES = ("vi", "bn")
#: Goals of the project: recall by kind; false alarms of all kinds together.
GOALS = {
    "dropped-clause": 0.85,
    "dropped-segment": 0.98,
    "changed-digit": 0.98,
    "changed-number-word": 0.98,
    "changed-scale": 0.98,
    "swapped-date": 0.98,
    "swapped-weekday": 0.98,
    "repeated-quantity": 0.98,
    "swapped-land": 0.95,
    "lost-acronym": 0.98,
    "lost-address": 0.98,
    "repeated-phrase": 0.98,
    "repeated-clause": 0.98,
    "copied-source": 0.98,
    "wrong-script": 0.98,
}
BEGIN, END = "<!-- begin: benchmarks/checks.py -->", "<!-- end: benchmarks/checks.py -->"
PERCENTILES = (0.5, 1, 2.5, 5, 50, 95, 97.5, 99, 99.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    text = "\n".join(report(arguments.data))
    if arguments.write is None:
        print(text)
        return
    before, _, rest = arguments.write.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    arguments.write.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


def report(data: Path) -> Iterable[str]:
    foreign = read_sentences_by_language(data / "lid-dev")
    every: list[Pair] = []
    for language in LANGUAGES:
        texts = read_parallel(data / "ntrex-dev" / language, data / "ntrex-dev" / "en")
        every += pairs(texts, language=language)
    documents = sorted({pair.id.rpartition(":")[0] for pair in every})
    tuned = set(documents[::2])
    held_out = [pair for pair in every if pair.id.rpartition(":")[0] not in tuned]
    options = CheckOptions()
    scores = {
        "held out": score_checks(held_out, options=options, foreign=foreign),
        "all": score_checks(every, options=options, foreign=foreign),
    }
    yield from clean_table(scores)
    yield from fault_table(scores)
    yield from percentile_table(every)


def clean_table(scores: dict[str, CheckScores]) -> Iterable[str]:
    yield "False alarms on untouched human translations (goal: at most 3%):"
    yield ""
    yield "| documents | source | segments | flagged | share | codes (segments) |"
    yield "|---|---|---:|---:|---:|---|"
    for name, score in scores.items():
        for clean in score.clean:
            codes = ", ".join(f"{code} {count}" for code, count in clean.codes)
            yield (
                f"| {name} | {clean.language} | {clean.num_pairs} | {clean.num_flagged} "
                f"| {clean.rate:.1%} | {codes} |"
            )
        num_flagged = sum(clean.num_flagged for clean in score.clean)
        num_pairs = sum(clean.num_pairs for clean in score.clean)
        rate = num_flagged / num_pairs
        yield f"| {name} | both | {num_pairs} | {num_flagged} | {rate:.1%} | |"
    yield ""


def fault_table(scores: dict[str, CheckScores]) -> Iterable[str]:
    yield "Injected faults. Recall: segments with a flag that names the fault; in brackets with"
    yield "any flag. Precision: with one fault for each untouched segment. n: of all documents."
    yield ""
    columns = [f"{name} {language}" for name in scores for language in LANGUAGES]
    heads = " | ".join(f"recall {column}" for column in columns)
    yield f"| fault | n vi, bn | goal | {heads} | precision vi, bn |"
    yield f"|---|---:|---:|{'---:|' * len(columns)}---:|"
    rows = defaultdict(dict)
    for name, score in scores.items():
        for fault in score.faults:
            rows[fault.kind][name, fault.language] = fault
    for kind, row in rows.items():
        found = [row[name, language] for name in scores for language in LANGUAGES]
        everything = [row["all", language] for language in LANGUAGES]
        cells = " | ".join(
            f"{fault.recall:.3f} ({fault.recall_any:.3f})" if fault.num_injected else "-"
            for fault in found
        )
        numbers = ", ".join(str(fault.num_injected) for fault in everything)
        precision = ", ".join(
            f"{fault.precision:.3f}" if fault.num_injected else "-" for fault in everything
        )
        yield f"| {kind} | {numbers} | {GOALS.get(kind, '')} | {cells} | {precision} |"
    yield ""


def percentile_table(every: Sequence[Pair]) -> Iterable[str]:
    yield "Percentiles of the length ratio's standard score on the human translations:"
    yield ""
    yield "| source | " + " | ".join(f"{percent:g}%" for percent in PERCENTILES) + " |"
    yield "|---|" + "---:|" * len(PERCENTILES)
    for language in LANGUAGES:
        z = [
            length_z(pair.source, pair.target, language=language)
            for pair in every
            if pair.language == language
        ]
        cells = " | ".join(f"{value:+.2f}" for value in np.percentile(z, PERCENTILES))
        yield f"| {language} | {cells} |"
    yield ""


if __name__ == "__main__":
    main()
