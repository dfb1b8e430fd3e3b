"""What the configured models reach on texts with references: whole stages, as `run` uses them."""

from __future__ import annotations

import json
from pathlib import Path

from seedsum.config import languages_of
from seedsum.errors import ReadError, UsageError
from seedsum.evaluation.parallel import read_lines, read_parallel
from seedsum.evaluation.scores import Score, score_summaries, score_translations
from seedsum.pipeline.context import Context
from seedsum.pipeline.progress import Progress
from seedsum.pipeline.stages import loaded_models, summariser, translator
from seedsum.reading import read
from seedsum.records import TARGET_LANGUAGE, Direction
from seedsum.translation.routes import follow_route


def evaluate_translation(
    source: Path, reference: Path, *, language: str, context: Context, progress: Progress
) -> tuple[Score, ...]:
    """Return BLEU and chrF of a profile's route on line-aligned files or folders.

    Each line is one segment; a line over the model's limit is split, none is left out. There is no
    second chance here: the figures are the model's own.

    Raises:
        UsageError: The profile has no route from the language, or there is nothing to score.
        ReadError: The files do not belong together.
        ModelError: A model cannot be loaded or fails.
    """
    direction = Direction(language, TARGET_LANGUAGE)
    routes = dict(context.profile.routes)
    if direction not in routes:
        known = ", ".join(str(route) for route in routes)
        raise UsageError(f"profile {context.profile.name} has no route {direction}; it has {known}")
    texts = read_parallel(source, reference)
    sources = [line for text in texts for line in text.sources]
    references = [line for text in texts for line in text.references]
    progress.start(len(texts))
    progress.add_segments(len(sources))
    with loaded_models(context, on_load=progress.message) as loaded:
        hypotheses = follow_route(
            sources,
            routes[direction],
            specs=context.settings.models,
            loaded=loaded,
            on_translated=progress.advance_segments,
        )
    return score_translations([best.text for best, *_ in hypotheses], references)


def evaluate_summaries(path: Path, *, context: Context, progress: Progress) -> tuple[Score, ...]:
    """Return ROUGE of a profile's summaries of English articles with reference summaries.

    The file is JSONL, one article a line, with `article` (or `text`) and `reference`.

    Raises:
        ReadError: A line is not JSON or lacks a key.
        ModelError: The model cannot be loaded or fails.
    """
    articles, references = _read_articles(path)
    languages = languages_of(context.requested)
    documents = [
        read(f"line-{number}.txt", article.encode(), languages=languages, target=TARGET_LANGUAGE)
        for number, article in enumerate(articles, 1)
    ]
    progress.start(len(documents))
    with loaded_models(context, on_load=progress.message) as loaded:
        found, done = progress.add_segments, progress.advance_segments
        stage = translator(context, loaded, on_found=found, on_translated=done)
        translated = stage.translate(documents)
        summaries = summariser(context, loaded).summarise(documents, translated)
    written = ["\n".join(sentence.text for sentence in summary.sentences) for summary in summaries]
    return score_summaries(written, references)


def _read_articles(path: Path) -> tuple[list[str], list[str]]:
    articles: list[str] = []
    references: list[str] = []
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            articles.append(str(row["article"] if "article" in row else row["text"]))
            references.append(str(row["reference"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ReadError(
                f"{path}, line {number}: wanted an object with 'article' and 'reference': {error!r}"
            ) from error
    return articles, references
