"""The article as every step of a summary needs it: words, weights, limits."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from seedsum.checks import likely, tells_a_model
from seedsum.languages import TARGET_LANGUAGE
from seedsum.reading import read_document
from seedsum.reading.roles import classify
from seedsum.reading.segmentation import segment
from seedsum.records import (
    SUMMARY_ROLES,
    ArticleSentence,
    Document,
    Fate,
    Flag,
    Role,
    SummarySentence,
    TranslatedSegment,
)
from seedsum.settings import SummaryOptions
from seedsum.summaries.extractive import rank
from seedsum.summaries.structure import Structure, structure_of
from seedsum.summaries.words import content_words, is_foreign


@dataclass(frozen=True, slots=True)
class Article:
    """What is to be summarised."""

    # The article's segments in English, in document order; only body-like roles.
    sentences: tuple[ArticleSentence, ...]
    title: str | None = None  # in English, where there is one
    headings: tuple[str, ...] = ()  # in English, in order: section `n` begins with `headings[n-1]`


def article_of(document: Document, segments: Sequence[TranslatedSegment]) -> Article:
    """Return what a summary may read: English segments of the article's own blocks, in order."""
    blocks = document.blocks
    order = {block.id: number for number, block in enumerate(blocks)}
    sections = tuple(accumulate(block.role is Role.HEADING for block in blocks))
    title = next((block.id for block in blocks if block.role is Role.TITLE), None)
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for item in segments:
        texts[item.segment.block_id].append(item.text)
    placed = [(order[item.segment.block_id], item) for item in segments]
    return Article(
        sentences=tuple(
            ArticleSentence(
                id=item.segment.id,
                text=item.text,
                paragraph=place,
                role=blocks[place].role,
                flagged=bool(likely(item.flags)) or tells_a_model(item.text),
                section=sections[place],
            )
            for place, item in placed
            if blocks[place].role in SUMMARY_ROLES and _is_english(item)
        ),
        title=" ".join(texts[title or ""]) or None,
        headings=tuple(" ".join(texts[block.id]) for block in blocks if block.role is Role.HEADING),
    )


def _is_english(item: TranslatedSegment) -> bool:
    if item.fate is Fate.REVIEWED:  # what was accepted as it stands in the source may be none
        return item.language == TARGET_LANGUAGE or item.text != item.segment.text
    return item.fate in (Fate.TRANSLATED, Fate.PASSED)


def article_of_text(text: str) -> Article:
    """Return an English text as an article; what is not its body stays out, as of a text file.

    Raises:
        ReadError: It is too large.
    """
    if not text.strip():
        return Article(())
    document = classify(read_document("article.txt", text.encode()))
    segments = [
        TranslatedSegment(item, item.text, TARGET_LANGUAGE, Fate.PASSED, "already English")
        for item in segment(document)
    ]
    return article_of(document, segments)


@dataclass(frozen=True, slots=True)
class IndexedArticle:
    """What can be summarised, with what every step needs to know of it."""

    sentences: tuple[ArticleSentence, ...]
    content_words: tuple[tuple[str, ...], ...]
    words: tuple[frozenset[str], ...]
    bigrams: tuple[frozenset[tuple[str, str]], ...]
    weights: Mapping[str, float]
    title: str | None
    structure: Structure
    max_chars: int
    num_wanted: int
    options: SummaryOptions

    @classmethod
    def of(cls, article: Article, options: SummaryOptions) -> IndexedArticle:
        """Return the article without repeated sentences and what is not English text.

        White space inside sentences is collapsed.
        """
        distinct: dict[str, ArticleSentence] = {}
        for sentence in article.sentences:
            text = " ".join(sentence.text.split())
            distinct.setdefault(text, replace(sentence, text=text))
        known = [sentence for sentence in distinct.values() if not is_foreign(sentence.text)]
        structure = structure_of(known, title=article.title, headings=article.headings)
        usable = tuple(line.sentence for line in structure.lines)
        words = tuple(content_words(sentence.text) for sentence in usable)
        num_containing = Counter(word for sentence in words for word in set(sentence))
        num_chars = sum(len(sentence.text) for sentence in usable) + max(len(usable) - 1, 0)
        wanted = math.ceil(len(usable) / options.article_sentences_per_sentence)
        return cls(
            sentences=usable,
            content_words=words,
            words=tuple(frozenset(sentence) for sentence in words),
            bigrams=tuple(frozenset(pairwise(sentence)) for sentence in words),
            weights={
                word: math.log(1 + len(usable) / num)
                for word, num in sorted(num_containing.items())
            },
            title=article.title,
            structure=structure,
            max_chars=int(num_chars * options.max_share),
            num_wanted=min(max(wanted, options.min_sentences), options.max_sentences),
            options=options,
        )

    @property
    def is_its_own_summary(self) -> bool:
        """Return whether the article is too short to be shortened."""
        return len(self.sentences) <= 2

    def rank(
        self, num_sentences: int, *, max_chars: int, taken: Sequence[int] = ()
    ) -> tuple[int, ...]:
        """Return the indices of the best sentences, best first."""
        return rank(
            self.sentences,
            title=self.title,
            options=self.options.extractive,
            num_sentences=num_sentences,
            max_chars=max_chars,
            max_words=self.options.max_words,
            taken=taken,
            words=self.content_words,
            structure=self.structure,
            num_certain=self.options.min_sentences,
        )

    def copied(self, index: int) -> SummarySentence:
        """Return one of the article's sentences as a sentence of the summary."""
        sentence = self.sentences[index]
        return SummarySentence(
            text=sentence.text,
            cites=(sentence.id,),
            support=1.0,
            flags=self.doubts((index,)),
            whole=self.structure.lines[index].whole,
        )

    def doubts(self, cited: Iterable[int]) -> tuple[Flag, ...]:
        """Return a flag for each cited segment whose translation is doubted."""
        doubted = (self.sentences[index].id for index in cited if self.sentences[index].flagged)
        return tuple(Flag("cites-flagged", segment) for segment in doubted)
