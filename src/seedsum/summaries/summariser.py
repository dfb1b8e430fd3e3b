"""Translated documents -> their summaries."""

from __future__ import annotations

from collections.abc import Sequence

from seedsum.engines.pool import LoadedModels
from seedsum.reading import Prepared
from seedsum.records import EXTRACTIVE, ResolvedModel, Summary, TranslatedSegment
from seedsum.settings import SummaryOptions
from seedsum.summaries import SummaryModel, summarise_all
from seedsum.summaries.article import article_of


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
            article_of(prepared.document, segments)
            for prepared, segments in zip(documents, translated, strict=True)
        ]
        if self._model.spec.engine == EXTRACTIVE or not articles:
            return summarise_all(articles, engine=None, options=self._options)
        with self._loaded.use(self._model.spec.name) as model:
            engine = SummaryModel(spec=self._model.spec, model=model)
            return summarise_all(articles, engine=engine, options=self._options)
