"""Translated documents -> their summaries: what of a document a summary may read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate

from seedsum.engines.pool import LoadedModels
from seedsum.reading import Prepared
from seedsum.records import (
    EXTRACTIVE,
    SUMMARY_ROLES,
    ArticleSentence,
    Document,
    Fate,
    ResolvedModel,
    Role,
    Summary,
    TranslatedSegment,
)
from seedsum.settings import SummaryOptions
from seedsum.summaries import Article, SummaryModel, summarise_all


class Summariser:
    """Summarises documents together; a model reads them in common batches."""

    def __init__(
        self, loaded: LoadedModels, *, model: ResolvedModel, options: SummaryOptions
    ) -> None:
        """Load nothing yet; without an engine, sentences of the article are taken."""
        self._loaded = loaded
        self._model = model
        self._options = options

    def summarise(
        self,
        documents: Sequence[Prepared],
        translated: Sequence[tuple[TranslatedSegment, ...]],
    ) -> tuple[Summary, ...]:
        """Return the summary of every document, in order.

        Raises:
            ModelError: The model cannot be loaded or fails.
        """
        articles = [
            Article(
                article_sentences(prepared.document, segments),
                english_title(prepared.document, segments),
            )
            for prepared, segments in zip(documents, translated, strict=True)
        ]
        if self._model.spec.engine == EXTRACTIVE or not articles:
            return summarise_all(articles, engine=None, options=self._options)
        with self._loaded.use(self._model.spec.name) as model:
            engine = SummaryModel(spec=self._model.spec, model=model)
            return summarise_all(articles, engine=engine, options=self._options)


def article_sentences(
    document: Document, segments: Iterable[TranslatedSegment]
) -> tuple[ArticleSentence, ...]:
    """Return what the summary may read: English segments of the article's own blocks, in order."""
    order = {block.id: number for number, block in enumerate(document.blocks)}
    roles = {block.id: block.role for block in document.blocks}
    headings = accumulate(block.role is Role.HEADING for block in document.blocks)
    sections = dict(zip(order, headings, strict=True))
    return tuple(
        ArticleSentence(
            id=item.segment.id,
            text=item.text,
            paragraph=order[item.segment.block_id],
            role=roles[item.segment.block_id],
            flagged=bool(item.flags),
            section=sections[item.segment.block_id],
        )
        for item in segments
        if roles[item.segment.block_id] in SUMMARY_ROLES
        and item.fate in (Fate.TRANSLATED, Fate.PASSED)
    )


def english_title(document: Document, segments: Iterable[TranslatedSegment]) -> str | None:
    """Return the title in English, or None where no block is the title."""
    titles = {block.id for block in document.blocks if block.role is Role.TITLE}
    if not titles:
        return None
    first = min(titles, key=lambda block_id: int(block_id[1:]))
    return " ".join(item.text for item in segments if item.segment.block_id == first) or None
