"""Measures extractive summaries against the first three sentences, and the support score.

    python benchmarks/summaries.py FRANK.jsonl

FRANK.jsonl holds one article a line: id, dataset, article, reference (English news from CNN/DM and
XSum with a person's summary). Articles of even rank by id are the half on which weights were tuned;
the other half is what counts. Prints Markdown tables; needs the extra `evaluation`.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rouge_score.rouge_scorer import RougeScorer
from sentencex import segment

from seedsum.records import ArticleSentence
from seedsum.settings import SummaryOptions
from seedsum.summaries import summarise
from seedsum.summaries.article import Article as Text
from seedsum.summaries.article import IndexedArticle
from seedsum.summaries.support import Evidence, find_evidence
from seedsum.summaries.words import content_words

METRICS = ("rouge1", "rouge2", "rougeL")
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6)


@dataclass(frozen=True, slots=True)
class Article:
    id: str
    dataset: str
    sentences: tuple[ArticleSentence, ...]
    reference: str


def read_articles(path: Path) -> list[Article]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        Article(row["id"], row["dataset"], split(row["article"]), row["reference"])
        for row in sorted(rows, key=lambda row: str(row["id"]))
    ]


def split(text: str) -> tuple[ArticleSentence, ...]:
    pairs = [
        (paragraph, sentence.strip())
        for paragraph, line in enumerate(text.splitlines())
        for sentence in segment("en", line)
        if sentence.strip()
    ]
    return tuple(
        ArticleSentence(id=f"s{number}", text=sentence, paragraph=paragraph)
        for number, (paragraph, sentence) in enumerate(pairs, 1)
    )


def lead(article: Article) -> str:
    return " ".join(sentence.text for sentence in article.sentences[:3])


def extractive(article: Article) -> str:
    options = SummaryOptions(min_sentences=3, max_sentences=3)
    summary = summarise(article.sentences, title=None, engine=None, options=options)
    return " ".join(sentence.text for sentence in summary.sentences)


def rouge(articles: Sequence[Article], system: Callable[[Article], str]) -> list[list[float]]:
    scorer = RougeScorer(METRICS, use_stemmer=True)
    scores = [scorer.score(article.reference, system(article)) for article in articles]
    return [[100 * score[metric].fmeasure for metric in METRICS] for score in scores]


def means(rows: Iterable[Sequence[float]]) -> list[float]:
    return [statistics.fmean(column) for column in zip(*rows, strict=True)]


def interval(differences: Sequence[float]) -> str:
    """Return the 95% interval of the mean, by paired bootstrap with a fixed seed."""
    draw = random.Random(1)
    samples = sorted(
        statistics.fmean(draw.choices(differences, k=len(differences))) for _ in range(1000)
    )
    return f"{samples[25]:+.2f} to {samples[974]:+.2f}"


def print_rouge(articles: Sequence[Article]) -> None:
    print("| half | articles | system | ROUGE-1 | ROUGE-2 | ROUGE-L | ROUGE-L less lead-3, 95% |")
    print("|---|---|---|---|---|---|---|")
    for half, chosen in (("tuned on", articles[::2]), ("held out", articles[1::2])):
        for dataset in (*sorted({article.dataset for article in chosen}), "both"):
            part = [article for article in chosen if dataset in (article.dataset, "both")]
            base, ours = rouge(part, lead), rouge(part, extractive)
            gain = interval([b[2] - a[2] for a, b in zip(base, ours, strict=True)])
            for name, rows, gained in (("lead-3", base, ""), ("extractive", ours, gain)):
                cells = " | ".join(f"{mean:.2f}" for mean in means(rows))
                print(f"| {half} | {len(part)} {dataset} | {name} | {cells} | {gained} |")


def reference_sentences(article: Article) -> list[str]:
    parts = (part.strip() for part in segment("en", article.reference))
    return [part for part in parts if len(content_words(part)) >= 3]


def find_support(text: str, sentences: Sequence[ArticleSentence]) -> Evidence:
    article = IndexedArticle.of(Text(tuple(sentences)), SummaryOptions())
    return find_evidence(text, article, range(len(article.sentences)))


def print_support(articles: Sequence[Article]) -> None:
    """Print how the score tells a person's sentences from those about something else.

    Not supported: a sentence on another article. Half supported: the first half of a sentence
    joined to the second half of one on another article.
    """
    draw = random.Random(2)
    print("| articles | threshold | recall | precision | half supported that pass |")
    print("|---|---|---|---|---|")
    facts = []
    for dataset in sorted({article.dataset for article in articles}):
        part = [article for article in articles if article.dataset == dataset]
        own, other, half = [], [], []
        num_own = num_other = 0
        for article in part:
            foreign = draw.choice([one for one in part if one is not article])
            theirs = draw.choice(reference_sentences(foreign) or [foreign.reference])
            for sentence in reference_sentences(article):
                backing = find_support(sentence, article.sentences)
                own.append(backing.support)
                num_own += bool(backing.missing_facts)
                backing = find_support(sentence, foreign.sentences)
                other.append(backing.support)
                num_other += bool(backing.missing_facts)
                words, tail = sentence.split(), theirs.split()
                mixed = " ".join(words[: len(words) // 2] + tail[len(tail) // 2 :])
                half.append(find_support(mixed, article.sentences).support)
        for threshold in THRESHOLDS:
            right = sum(score >= threshold for score in own)
            wrong = sum(score >= threshold for score in other)
            passing = sum(score >= threshold for score in half) / len(half)
            print(
                f"| {len(part)} {dataset} | {threshold} | {right / len(own):.3f} |"
                f" {right / max(right + wrong, 1):.3f} | {passing:.3f} |"
            )
        facts.append((dataset, num_own / len(own), num_other / len(other)))
    print("\n| articles | facts missing in the own article | in another article |\n|---|---|---|")
    for dataset, own_share, other_share in facts:
        print(f"| {dataset} | {own_share:.3f} | {other_share:.3f} |")


def change_number(sentence: str, draw: random.Random) -> str | None:
    """Return the sentence with one digit changed, or None where it has no digit."""
    places = [place for place, character in enumerate(sentence) if character.isdigit()]
    if not places:
        return None
    place = draw.choice(places)
    digit = str((int(sentence[place]) + draw.randint(1, 8)) % 10)
    return sentence[:place] + digit + sentence[place + 1 :]


def names(sentence: str) -> list[str]:
    return re.findall(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b", sentence)


def change_name(sentence: str, other: str, draw: random.Random) -> str | None:
    """Return the sentence with a name of another text, or None where one of them has no name."""
    if not names(sentence) or not names(other):
        return None
    return sentence.replace(draw.choice(names(sentence)), draw.choice(names(other)))


def print_injected(articles: Sequence[Article]) -> None:
    """Print how many wrong sentences the threshold and the facts find; all copied, then changed."""
    draw = random.Random(3)
    options = SummaryOptions()
    tried: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for article in articles:
        foreign = draw.choice([one for one in articles if one is not article])
        for sentence in draw.sample(article.sentences, k=min(6, len(article.sentences))):
            if len(content_words(sentence.text)) < 5:
                continue
            theirs = draw.choice(foreign.sentences).text
            for kind, text in (
                ("nothing (false alarms)", sentence.text),
                ("one digit", change_number(sentence.text, draw)),
                ("one name", change_name(sentence.text, theirs, draw)),
                ("the whole sentence", theirs if len(content_words(theirs)) > 4 else None),
            ):
                if text is None or (text == sentence.text) != kind.startswith("nothing"):
                    continue
                backing = find_support(text, article.sentences)
                tried[kind] += 1
                found[kind] += backing.support < options.min_support or bool(backing.missing_facts)
    print("\n| changed in a copied sentence | sentences | found |\n|---|---|---|")
    for kind, number in tried.items():
        print(f"| {kind} | {number} | {found[kind] / number:.3f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("articles", type=Path, metavar="FRANK.jsonl")
    articles = read_articles(parser.parse_args().articles)
    print_rouge(articles)
    start = time.perf_counter()
    for article in articles:
        extractive(article)
    per_article_ms = 1000 * (time.perf_counter() - start) / len(articles)
    print(f"\n{per_article_ms:.1f} ms an article (one CPU core)\n")
    print_support(articles)
    print_injected(articles)


if __name__ == "__main__":
    main()
