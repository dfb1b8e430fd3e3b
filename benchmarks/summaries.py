"""Measures extractive summaries against the first three sentences, sumy's and known facts.

    python benchmarks/summaries.py [FRANK.jsonl] [--facts FOLDER]

FRANK.jsonl holds one article a line: id, dataset, article, reference (English news from CNN/DM and
XSum with a person's summary). Five folds, by the rank of the id. `--facts` names a folder of texts
with a gold.json of what their summaries must hold and must not say; our own texts are always
counted. Beside ours stand LexRank, LSA and TextRank of sumy where it is installed (`pip install
sumy`; no data of NLTK is needed). Prints Markdown tables; needs the extra `evaluation`.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rouge_score.rouge_scorer import RougeScorer
from sentencex import segment

sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))

from seedsum.records import ArticleSentence
from seedsum.settings import SummaryOptions
from seedsum.summaries import summarise
from seedsum.summaries.article import Article as WholeArticle
from seedsum.summaries.article import IndexedArticle, article_of_text
from seedsum.summaries.support import Evidence, find_evidence
from seedsum.summaries.words import content_words
from summary_facts import Text, examine, own_texts

#: Chooses so many of a text's sentences, in their order.
System = Callable[[Sequence[ArticleSentence], int], list[str]]
OURS = "extractive"
NUM_FOLDS = 5
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
    options = SummaryOptions().of_length(3)
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


def print_rouge(articles: Sequence[Article], systems: Mapping[str, System]) -> None:
    """Print ROUGE of three sentences of each system, and what it has more than the first three."""
    base = rouge(articles, lead)
    print("| system | ROUGE-1 | ROUGE-2 | ROUGE-L | ROUGE-L less the first three, 95% | by fold |")
    print("|---|---|---|---|---|---|")
    for name, system in systems.items():
        said = {article.id: " ".join(system(article.sentences, 3)) for article in articles}
        rows = rouge(articles, lambda article, said=said: said[article.id])  # type: ignore[misc]
        gains = [ours[2] - theirs[2] for ours, theirs in zip(rows, base, strict=True)]
        folds = (statistics.fmean(gains[fold::NUM_FOLDS]) for fold in range(NUM_FOLDS))
        cells = " | ".join(f"{mean:.2f}" for mean in means(rows))
        gain = f"{statistics.fmean(gains):+.2f} ({interval(gains)})"
        by_fold = ", ".join(f"{mean:+.2f}" for mean in folds)
        print(f"| {name} | {cells} | {gain} | {by_fold} |")


# Facts that a summary must hold


def gold_texts(folder: Path) -> list[Text]:
    """Return the texts of a folder with its gold.json."""
    gold = json.loads((folder / "gold.json").read_text(encoding="utf-8"))
    return [
        Text(
            name=name,
            kind="",
            text=(folder / name).read_text(encoding="utf-8"),
            must=tuple(map(tuple, facts["must"])),
            must_not=tuple(
                (one["text"], tuple(one.get("unless", ()))) for one in facts["must_not"]
            ),
            openers=tuple(facts["bad_openers"]),
        )
        for name, facts in sorted(gold.items())
    ]


def print_facts(groups: Mapping[str, Sequence[Text]], systems: Mapping[str, System]) -> None:
    """Print how many facts the summaries hold and how often they say what they must not.

    Every system gets as many sentences as ours has; the first ones are the body's.
    """
    print("| texts | system | facts held | violations |")
    print("|---|---|---|---|")
    for group, texts in groups.items():
        for name, system in systems.items():
            found = []
            for text in texts:
                body = article_of_text(text.text).sentences
                own = [one.text for one in summarise(text.text).sentences]
                said = own if name == OURS else system(body, len(own))
                found.append(examine(said, text))
            held, total = sum(one.num_held for one in found), sum(one.num_facts for one in found)
            num_wrong = sum(len(one.violations) for one in found)
            cells = f"{held} of {total} ({held / total:.0%}) | {num_wrong}"
            print(f"| {len(texts)} {group} | {name} | {cells} |")


# The systems


def ours(sentences: Sequence[ArticleSentence], number: int) -> list[str]:
    """Return our choice of so many sentences of a text without a title."""
    summary = summarise(sentences, options=SummaryOptions().of_length(number))
    return [sentence.text for sentence in summary.sentences]


def of_sumy() -> dict[str, System]:
    """Return sumy's systems; none where it is not installed."""
    try:
        from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
        from sumy.nlp.stemmers import Stemmer
        from sumy.summarizers.lex_rank import LexRankSummarizer
        from sumy.summarizers.lsa import LsaSummarizer
        from sumy.summarizers.text_rank import TextRankSummarizer
        from sumy.utils import get_stop_words
    except ImportError:
        return {}

    class Tokenizer:
        """Words as sumy's own tokenizer finds them, which asks NLTK for data."""

        def to_words(self, text: str) -> tuple[str, ...]:
            return tuple(re.findall(r"[^\W\d_]+(?:['’]\w+)?", text))

        def to_sentences(self, text: str) -> tuple[str, ...]:
            return (text,)

    def system(kind: Callable[[object], object]) -> System:
        summarizer: Any = kind(Stemmer("english"))
        summarizer.stop_words = get_stop_words("english")

        def choose(sentences: Sequence[ArticleSentence], number: int) -> list[str]:
            paragraph = Paragraph([Sentence(one.text, Tokenizer()) for one in sentences])
            return [str(one) for one in summarizer(ObjectDocumentModel([paragraph]), number)]

        return choose

    return {
        "sumy LexRank": system(LexRankSummarizer),
        "sumy LSA": system(LsaSummarizer),
        "sumy TextRank": system(TextRankSummarizer),
    }


def reference_sentences(article: Article) -> list[str]:
    parts = (part.strip() for part in segment("en", article.reference))
    return [part for part in parts if len(content_words(part)) >= 3]


def find_support(text: str, sentences: Sequence[ArticleSentence]) -> Evidence:
    article = IndexedArticle.of(WholeArticle(tuple(sentences)), SummaryOptions())
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
    parser.add_argument("articles", type=Path, nargs="?", metavar="FRANK.jsonl")
    parser.add_argument("--facts", type=Path, metavar="FOLDER")
    arguments = parser.parse_args()
    systems: dict[str, System] = {
        "first sentences": lambda sentences, number: [one.text for one in sentences[:number]],
        OURS: ours,
        **of_sumy(),
    }
    groups = {"given": gold_texts(arguments.facts)} if arguments.facts else {}
    groups["own, chosen on"] = [text for text in own_texts() if not text.apart]
    groups["own, kept apart"] = [text for text in own_texts() if text.apart]
    print_facts(groups, systems)
    if not arguments.articles:
        return
    articles = read_articles(arguments.articles)
    print()
    print_rouge(articles, systems)
    start = time.process_time()
    for article in articles:
        extractive(article)
    per_article_ms = 1000 * (time.process_time() - start) / len(articles)
    print(f"\n{per_article_ms:.1f} ms an article (of one CPU core)\n")
    print_support(articles)
    print_injected(articles)


if __name__ == "__main__":
    main()
