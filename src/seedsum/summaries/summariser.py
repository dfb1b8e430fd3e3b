"""Translated documents -> their summaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seedsum.engines.pool import LoadedModels
from seedsum.reading import Prepared
from seedsum.records import EXTRACTIVE, ResolvedModel, Summary, TranslatedSegment
from seedsum.settings import SummaryOptions
from seedsum.summaries import SummaryModel, summarise_all
from seedsum.summaries.article import article_of


@dataclass(frozen=True, slots=True)
class Summariser:
    """Summarises documents together; a model reads them in common batches."""

    loaded: LoadedModels
    model: ResolvedModel
    options: SummaryOptions

    def summarise(
        self, documents: Sequence[Prepared], translated: Sequence[tuple[TranslatedSegment, ...]]
    ) -> tuple[Summary, ...]:
        """Return the summary of every document, in order.

        Raises:
            ModelError: The model cannot be loaded or fails.
        """
        articles = [
            article_of(prepared.document, segments)
            for prepared, segments in zip(documents, translated, strict=True)
        ]
        if self.model.spec.engine == EXTRACTIVE or not articles:
            return summarise_all(articles, engine=None, options=self.options)
        with self.loaded.use(self.model.spec.name) as model:
            engine = SummaryModel(self.model.spec, model)
            return summarise_all(articles, engine=engine, options=self.options)
