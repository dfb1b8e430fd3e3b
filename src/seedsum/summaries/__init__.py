"""English segments of one article -> summary sentences, each citing the segments that support it.

Sentences of the article itself (`extractive`, no model), or written by a model (`abstractive`) and
checked: one without support, or with a number or name that its segments lack, is replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from seedsum.records import EXTRACTIVE, ArticleSentence, Flag, Summary, SummarySentence
from seedsum.settings import SummaryOptions
from seedsum.summaries.abstractive import SummaryModel, check, write_all
from seedsum.summaries.article import Article, IndexedArticle, article_of_text
from seedsum.summaries.doubts import claims_left_open, doubts_of
from seedsum.summaries.key_facts import coverage
from seedsum.summaries.support import MAX_CITES, unsupported_facts

__all__ = [
    "MAX_CITES", "Article", "ArticleSentence", "SummaryModel", "summarise", "summarise_all",
    "unsupported_facts",
]  # fmt: skip


def summarise(
    article: str | Sequence[ArticleSentence],
    *,
    title: str | None = None,
    engine: SummaryModel | None = None,
    options: SummaryOptions | None = None,
) -> Summary:
    """Return the summary of one English article; see `summarise_all`.

    A text has empty lines between paragraphs, and may have a title of its own. Without an engine
    sentences of the article are chosen.

    Raises:
        ReadError: The text is too large.
        ModelError: The model failed.
    """
    read = article_of_text(article) if isinstance(article, str) else Article(tuple(article))
    read = replace(read, title=title or read.title)
    return summarise_all([read], engine=engine, options=options or SummaryOptions())[0]


def summarise_all(
    articles: Sequence[Article], *, engine: SummaryModel | None, options: SummaryOptions
) -> tuple[Summary, ...]:
    """Return the summary of each article, in order; a model reads them in common batches.

    A summary is never longer than `options.max_share` of its article, except that an article of
    up to two sentences is its own summary. No two of its sentences are equal. An article without
    English words gives a summary without sentences. The same arguments give the same summaries.

    Raises:
        ModelError: The model failed.
    """
    indexed = [IndexedArticle.of(article, options) for article in articles]
    long = [article for article in indexed if not article.is_its_own_summary]
    drafts = iter(write_all(long, engine) if engine else ())
    summaries = []
    for article in indexed:
        name = EXTRACTIVE
        flags: list[Flag] = []
        if article.is_its_own_summary:
            sentences = tuple(map(article.copied, range(len(article.sentences))))
            flags.append(Flag("summary-whole", _why_whole(article)))
        elif engine is None:
            chosen = article.rank(article.num_wanted, max_chars=article.max_chars)
            sentences = tuple(map(article.copied, sorted(chosen)))
        else:
            name, (units, flags) = engine.spec.name, next(drafts)
            sentences, failures = check(units, article)
            flags.extend(failures)
            flags.append(coverage(article, [sentence.text for sentence in sentences]))
        if len(sentences) < options.min_sentences and not article.is_its_own_summary:
            fitting = f"{len(sentences)} of {options.min_sentences} sentences fit into"
            detail = f"{fitting} {options.max_share:.0%} of the article"
            flags.append(Flag("summary-short", detail))
        if not article.is_its_own_summary:
            flags.extend(doubts_of(article, sentences))
            sentences = _with_open_claims(article, sentences)
        summaries.append(Summary(name, sentences, tuple(flags), article.structure.kind.value))
    return tuple(summaries)


def _why_whole(article: IndexedArticle) -> str:
    if article.sentences:
        return f"the article has no more than {len(article.sentences)} sentence(s)"
    if article.title:
        return "the article has only a title"
    return "the article has no English sentence"


def _with_open_claims(
    article: IndexedArticle, sentences: tuple[SummarySentence, ...]
) -> tuple[SummarySentence, ...]:
    """Return the sentences, flagged where one reports what another of the article may deny."""
    cited = {cite for sentence in sentences for cite in sentence.cites}
    claims = claims_left_open(article, cited)
    return tuple(
        replace(sentence, flags=(*sentence.flags, claims[sentence.cites[0]]))
        if sentence.cites[0] in claims
        else sentence
        for sentence in sentences
    )
