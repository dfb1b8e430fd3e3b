"""The commands that score a profile against references."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

from seedsum.cli.options import ConfigOption, JsonOption, OfflineOption, ProfileOption
from seedsum.cli.printing import print_result, shown_progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seedsum.evaluation import Score
    from seedsum.pipeline.context import Context
    from seedsum.pipeline.progress import Progress

app = typer.Typer(
    no_args_is_help=True, help="Score a profile's translations and summaries against references."
)


@app.command()
def translation(
    source: Annotated[
        Path, Argument(metavar="SOURCE", help="A file or folder, one segment a line.")
    ],
    reference: Annotated[
        Path, Argument(metavar="REFERENCE", help="Its English translation, line by line.")
    ],
    language: Annotated[str, Option("--language", "-l", help="Of the source: vi, bn, ...")],
    profile: ProfileOption = None,
    config: ConfigOption = None,
    offline: OfflineOption = False,
    as_json: JsonOption = False,
) -> None:
    """Score a profile's translations of line-aligned texts: BLEU and chrF, with signatures."""
    from seedsum.evaluation import evaluate_translation
    from seedsum.evaluation.scores import need

    need("sacrebleu.metrics")
    with _loading(profile, config, offline=offline, language=language) as (context, progress):
        scores = evaluate_translation(
            source, reference, language=language, context=context, progress=progress
        )
    _print_scores(f"{language}->en, profile {context.profile.name}", scores, as_json=as_json)


@app.command()
def summaries(
    file: Annotated[
        Path, Argument(metavar="FILE", help="JSONL with 'article' and 'reference' in each line.")
    ],
    profile: ProfileOption = None,
    config: ConfigOption = None,
    offline: OfflineOption = False,
    as_json: JsonOption = False,
) -> None:
    """Score a profile's summaries of English articles: ROUGE, with signatures."""
    from seedsum.evaluation import evaluate_summaries
    from seedsum.evaluation.scores import need

    need("rouge_score.rouge_scorer")
    with _loading(profile, config, offline=offline) as (context, progress):
        scores = evaluate_summaries(file, context=context, progress=progress)
    _print_scores(f"summaries, profile {context.profile.name}", scores, as_json=as_json)


@contextmanager
def _loading(
    profile: str | None, config: Path | None, *, offline: bool, language: str | None = None
) -> Iterator[tuple[Context, Progress]]:
    from seedsum.pipeline.context import resolve_context

    with shown_progress() as progress:
        context = resolve_context(
            config,
            profile,
            offline=offline,
            strict=True,
            progress=progress,
            only_language=language,
        )
        yield context, progress


def _print_scores(title: str, scores: Sequence[Score], *, as_json: bool) -> None:
    rows = [
        {
            "metric": score.name,
            "value": f"{score.value:.2f}",
            "texts": score.num_texts,
            "signature": score.signature,
        }
        for score in scores
    ]
    print_result(scores, title, rows, as_json=as_json)
