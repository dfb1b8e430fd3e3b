"""Measure the checks: false alarms on human translations, precision and recall on faults.

    python benchmarks/checks.py DATA [--write docs/reference/check-figures.md]
    python benchmarks/checks.py --pairs FILE... [DATA] [--unseen KIND...] [--profile NAME]
        [--write docs/reference/check-figures.md]

DATA holds `ntrex-dev/{vi,bn,en}/*.txt` (line by line the same sentences) and `lid-dev/*.txt`
(sentences by language). Without `--pairs` faults are injected into its human translations; every
second document set the thresholds, the others were held out. With `--pairs` the faults are those of
the files, in the form that `seedsum check` reads, and DATA's human translations, if it is given,
are right pairs beside them; `--unseen` are kinds of faults that no check looks for, and that are
counted apart; the models of `--profile` are asked, too. Prints the tables, or puts them between
their two marks in the file.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import flagged_pairs
from faults import FAULTS, Fault, Pair, Surroundings, inject
from seedsum.checks import check_segment
from seedsum.checks.coverage import length_z
from seedsum.evaluation import ParallelText, read_parallel
from seedsum.evaluation.pairs import TextPair
from seedsum.languages import LANGUAGES as KNOWN_LANGUAGES
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
#: What stands between two marks in a document.
MARKED = "benchmarks/checks.py"
PERCENTILES = (0.5, 1, 2.5, 5, 50, 95, 97.5, 99, 99.5)


@dataclass(frozen=True, slots=True)
class FaultScore:
    """What became of one kind of fault in one source language.

    Attributes:
        num_injected: Pairs that were given the fault.
        num_found: Of those, with a flag that names the fault rightly.
        num_flagged: Of those, with any flag.
        num_false: Of the same pairs untouched, with a flag that would name the fault.
    """

    kind: str
    language: str
    num_injected: int
    num_found: int
    num_flagged: int
    num_false: int

    @property
    def recall(self) -> float:
        """Found among injected; 0 where nothing was injected."""
        return self.num_found / self.num_injected if self.num_injected else 0.0

    @property
    def recall_any(self) -> float:
        """Flagged at all among injected; 0 where nothing was injected."""
        return self.num_flagged / self.num_injected if self.num_injected else 0.0

    @property
    def precision(self) -> float:
        """Found among found and false, one fault for each untouched pair; 0 where none."""
        num_raised = self.num_found + self.num_false
        return self.num_found / num_raised if num_raised else 0.0


@dataclass(frozen=True, slots=True)
class CleanScore:
    """False alarms on untouched human translations from one source language.

    Attributes:
        codes: Flagged pairs by code, most first; one pair may have several codes.
    """

    language: str
    num_pairs: int
    num_flagged: int
    codes: tuple[tuple[str, int], ...]

    @property
    def rate(self) -> float:
        """Flagged among all pairs; 0 for none."""
        return self.num_flagged / self.num_pairs if self.num_pairs else 0.0


@dataclass(frozen=True, slots=True)
class CheckScores:
    """The measurement of the checks on a set of pairs."""

    clean: tuple[CleanScore, ...]
    faults: tuple[FaultScore, ...]


def score_checks(
    pairs: Sequence[Pair],
    *,
    options: CheckOptions,
    foreign: Mapping[str, Sequence[str]],
    seed: int = 0,
) -> CheckScores:
    """Return false alarms on the pairs and, for every kind of fault, what the checks find.

    `pairs` are in document order. `foreign` has sentences by language tag for outputs in a wrong
    language; without any, those two kinds are not injected.
    """
    clean: list[CleanScore] = []
    faults: list[FaultScore] = []
    for language in sorted({pair.language for pair in pairs}):
        chosen = [pair for pair in pairs if pair.language == language]
        untouched = {pair.id: _codes(pair, options) for pair in chosen}
        counts = Counter(code for codes in untouched.values() for code in codes)
        clean.append(
            CleanScore(
                language=language,
                num_pairs=len(chosen),
                num_flagged=sum(bool(codes) for codes in untouched.values()),
                codes=tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
            )
        )
        around = [Surroundings(_following(chosen, i), foreign) for i in range(len(chosen))]
        faults += [
            _score(fault, language, chosen, around, untouched, options, seed) for fault in FAULTS
        ]
    return CheckScores(tuple(clean), tuple(faults))


def _following(pairs: Sequence[Pair], i: int) -> Pair | None:
    if i + 1 == len(pairs):
        return None
    document = pairs[i].id.rpartition(":")[0]
    return pairs[i + 1] if pairs[i + 1].id.rpartition(":")[0] == document else None


def _score(
    fault: Fault,
    language: str,
    pairs: Sequence[Pair],
    around: Sequence[Surroundings],
    untouched: Mapping[str, frozenset[str]],
    options: CheckOptions,
    seed: int,
) -> FaultScore:
    num_injected = num_found = num_flagged = num_false = 0
    for pair, surroundings in zip(pairs, around, strict=True):
        broken = inject(fault, pair, surroundings, seed=seed)
        if broken is None:
            continue
        codes = _codes(broken, options)
        num_injected += 1
        num_found += bool(codes & fault.codes)
        num_flagged += bool(codes)
        num_false += bool(untouched[pair.id] & fault.codes)
    return FaultScore(fault.kind, language, num_injected, num_found, num_flagged, num_false)


def _codes(pair: Pair, options: CheckOptions) -> frozenset[str]:
    flags = check_segment(
        pair.source, pair.target, language=pair.language, hypothesis=None, options=options
    )
    return frozenset(flag.code for flag in flags)


def pairs(texts: Iterable[ParallelText], *, language: str) -> tuple[Pair, ...]:
    """Return the pairs of lines as segments with human translations; empty lines are left out."""
    return tuple(
        Pair(f"{text.name}:{number}", language, source, target)
        for text in texts
        for number, (source, target) in enumerate(
            zip(text.sources, text.references, strict=True), 1
        )
        if source.strip() and target.strip()
    )


def read_sentences_by_language(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return the lines of every `LANGUAGE.txt` of a folder that is named by a known language.

    The name is a BCP 47 tag or a FLORES-200 code; other files are left out.
    """
    tags = {known.flores: tag for tag, known in KNOWN_LANGUAGES.items()}
    tags |= {tag: tag for tag in KNOWN_LANGUAGES}
    return {
        tags[path.stem]: tuple(filter(str.strip, path.read_text(encoding="utf-8").split("\n")))
        for path in sorted(folder.glob("*.txt"))
        if path.stem in tags
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--pairs", type=Path, nargs="+", default=[])
    parser.add_argument("--unseen", nargs="*", default=[])
    parser.add_argument("--profile")
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    if arguments.pairs:
        sets: dict[str, Sequence[TextPair]] = {
            path.name.partition(".")[0]: flagged_pairs.read_pairs(path) for path in arguments.pairs
        }
        if arguments.data is not None:
            sets["human translations"] = [
                TextPair(pair.id, pair.language, pair.source, pair.target, is_judged=True)
                for pair in human_translations(arguments.data)
            ]
        flagged = flagged_pairs.flagged_sets(sets, profile=arguments.profile)
        text = "\n".join(flagged_pairs.report(flagged, unseen=arguments.unseen))
    elif arguments.data is None:
        parser.error("give DATA, or --pairs FILE")
    else:
        text = "\n".join(report(arguments.data))
    mark = f"{MARKED} --pairs" if arguments.pairs else MARKED
    if arguments.write is None:
        print(text)
        return
    begin, end = f"<!-- begin: {mark} -->", f"<!-- end: {mark} -->"
    before, _, rest = arguments.write.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    arguments.write.write_text(f"{before}{begin}\n\n{text}\n{end}{after}", encoding="utf-8")


def human_translations(data: Path) -> list[Pair]:
    every: list[Pair] = []
    for language in LANGUAGES:
        texts = read_parallel(data / "ntrex-dev" / language, data / "ntrex-dev" / "en")
        every += pairs(texts, language=language)
    return every


def report(data: Path) -> Iterable[str]:
    foreign = read_sentences_by_language(data / "lid-dev")
    every = human_translations(data)
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
    rows: dict[str, dict[tuple[str, str], FaultScore]] = defaultdict(dict)
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
