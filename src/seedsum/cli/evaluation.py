"""The commands that score a profile against references."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedsum.cli.options import ConfigOption, JsonOption, OfflineOption, ProfileOption
from seedsum.cli.printing import print_json, print_table, shown_progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedsum.evaluation import Score

app = typer.Typer(
    no_args_is_help=True, help="Score a profile's translations and summaries against references."
)


@app.command()
def translation(
    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="A file or folder, one segment a line.")
    ],
    reference: Annotated[
        Path, typer.Argument(metavar="REFERENCE", help="Its English translation, line by line.")
    ],
    language: Annotated[str, typer.Option("--language", "-l", help="Of the source: vi, bn, ...")],
    profile: ProfileOption = None,
    config: ConfigOption = None,
    offline: OfflineOption = False,
    as_json: JsonOption = False,
) -> None:
    """Score a profile's translations of line-aligned texts: BLEU and chrF, with signatures."""
    from seedsum.evaluation import evaluate_translation
    from seedsum.pipeline.context import resolve_context

    with shown_progress() as progress:
        context = resolve_context(
            config, profile, offline=offline, strict=True, download=True, progress=progress
        )
        scores = evaluate_translation(
            source, reference, language=language, context=context, progress=progress
        )
    _print_scores(f"{language}->en, profile {context.profile.name}", scores, as_json=as_json)


@app.command()
def summaries(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="JSONL with 'article' and 'reference' in each line."),
    ],
    profile: ProfileOption = None,
    config: ConfigOption = None,
    offline: OfflineOption = False,
    as_json: JsonOption = False,
) -> None:
    """Score a profile's summaries of English articles: ROUGE, with signatures."""
    from seedsum.evaluation import evaluate_summaries
    from seedsum.pipeline.context import resolve_context

    with shown_progress() as progress:
        context = resolve_context(
            config, profile, offline=offline, strict=True, download=True, progress=progress
        )
        scores = evaluate_summaries(file, context=context, progress=progress)
    _print_scores(f"summaries, profile {context.profile.name}", scores, as_json=as_json)


def _print_scores(title: str, scores: Sequence[Score], *, as_json: bool) -> None:
    if as_json:
        print_json(scores)
        return
    print_table(
        title,
        ("metric", "value", "texts", "signature"),
        [
            (score.name, f"{score.value:.2f}", str(score.num_texts), score.signature)
            for score in scores
        ],
    )
