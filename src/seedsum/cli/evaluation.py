"""The commands that score: a profile against references, flags against what reviewers said."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Argument, Option

from seedsum.cli.options import (
    ConfigOption,
    JsonOption,
    OfflineOption,
    OutputOption,
    ProfileOption,
)
from seedsum.cli.printing import print_json, print_result, print_table, say, shown_progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seedsum.evaluation import Score
    from seedsum.evaluation.compare import Comparison
    from seedsum.evaluation.flagging import Share
    from seedsum.evaluation.reviewing import ReviewFigures
    from seedsum.pipeline.context import Context
    from seedsum.pipeline.progress import Progress

app = typer.Typer(
    no_args_is_help=True,
    help="Score profiles and compare them; score flags against what reviewers said.",
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


_PROFILES = "A profile to compare; at least two."
_REFERENCE = (
    "English translations of the paths' one file or folder, line by line: BLEU and chrF are shown."
)
_SCORES = (
    "Scores from elsewhere (COMET): JSON lines or TSV of segment id, system, score and metric."
)


@app.command()
def compare(
    paths: Annotated[list[Path], Argument(metavar="FOLDER", help="Articles, as for 'run'.")],
    profile: Annotated[list[str], Option("--profile", "-p", help=_PROFILES)],
    reference: Annotated[Path | None, Option(help=_REFERENCE, show_default=False)] = None,
    language: Annotated[
        str | None, Option("--language", "-l", help="Of the lines, with --reference.")
    ] = None,
    scores: Annotated[Path | None, Option(help=_SCORES, show_default=False)] = None,
    page: Annotated[
        Path | None, Option(help="Write a page of it to this file.", show_default=False)
    ] = None,
    config: ConfigOption = None,
    offline: OfflineOption = False,
    as_json: JsonOption = False,
) -> None:
    """Translate the same sources by several profiles, and show where they disagree.

    Everything that a run does is done: second chances, checks, summaries.
    """
    from seedsum.errors import UsageError
    from seedsum.evaluation import compare as comparing
    from seedsum.evaluation.scores import need
    from seedsum.pipeline.context import resolve_context

    if len(set(profile)) < 2 or len(set(profile)) < len(profile):
        raise UsageError("name at least two profiles, each once: --profile A --profile B")
    if reference is not None:
        if language is None or len(paths) != 1:
            raise UsageError("--reference needs one path of sources, and --language")
        need("sacrebleu.metrics")
    others = comparing.read_scores(scores) if scores else {}
    with shown_progress() as progress:
        contexts = [
            resolve_context(
                config,
                name,
                offline=offline,
                strict=True,
                progress=progress,
                only_language=language if reference else None,
            )
            for name in profile
        ]
        if reference is not None and language is not None:
            sources = comparing.read_lines_with_references(paths[0], reference, language)
        else:
            sources = comparing.read_articles(paths, contexts)
        found = comparing.compare(sources, contexts, progress=progress, others=others)
    if scores:
        comparing.check_scores(others, found, path=scores)
    if page is not None:
        from seedsum.evaluation.compared_page import comparison_page
        from seedsum.files import write_file

        write_file(page, comparison_page(found).encode())
    _print_comparison(found, page, as_json=as_json)


def _print_comparison(found: Comparison, page: Path | None, *, as_json: bool) -> None:
    rows = [
        {
            "profile": one.name,
            "likely faults": one.num_flagged,
            "possible": one.num_possible,
            "failed": one.num_failed,
            **{score.name: f"{score.value:.2f}" for score in one.scores},
            "use": "NOT commercial" if one.non_commercial else "free",
        }
        for one in found.profiles
    ]
    title = f"{found.num_different} of {len(found.segments)} sentences differ"
    print_result(found, title, rows, as_json=as_json)
    for note in found.notes:
        say(f"left out: {note}")
    if page is not None:
        say(f"wrote {page}")


@app.command()
def reviews(
    output: OutputOption = Path("output"),
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say how often each flag was right, and how much was corrected, by what reviewers said.

    Loads no model and changes no text; docs/how-to/check-translations.md says what is counted how.
    """
    from seedsum.config import load_settings
    from seedsum.evaluation.reviewing import evaluate_reviews

    found = evaluate_reviews(output, settings=load_settings(config))
    if as_json:
        print_json(
            {
                "flags": [
                    {
                        **{"code": one.code, "model": one.model, "language": one.language},
                        **_share_json("right", one.right),
                        "undecided": one.num_undecided,
                    }
                    for one in found.flags
                ],
                "edits": [
                    {
                        **{"model": one.model, "language": one.language},
                        **_share_json("changed", one.changed),
                        "rejected": one.num_rejected,
                        **_share_json("changed_flagged", one.flagged),
                    }
                    for one in found.edits
                ],
                "statuses": [
                    {"status": one.status, **_share_json("faulty", one.faulty)}
                    for one in found.statuses
                ],
            }
        )
        return
    if not found.edits and not found.flags:
        typer.echo(f"{output}: nobody has reviewed a sentence yet")
        return
    _print_reviews(found)


def _share_json(name: str, share: Share) -> dict[str, object]:
    return {
        name: share.num_found,
        f"{name}_of": share.num_all,
        f"{name}_share": share.value,
        f"{name}_interval": share.interval,
    }


def _print_reviews(found: ReviewFigures) -> None:
    edits: list[dict[str, object]] = [
        {
            "model": one.model,
            "language": one.language,
            "edited or rejected": one.changed,
            "rejected": one.num_rejected,
            "of those flagged": one.flagged,
        }
        for one in found.edits
    ]
    flags: list[dict[str, object]] = [
        {
            "flag": one.code,
            "model": one.model,
            "language": one.language,
            "right": one.right,
            "undecided": one.num_undecided,
        }
        for one in found.flags
    ]
    statuses: list[dict[str, object]] = [
        {"by its flags": one.status, "articles with a fault": one.faulty} for one in found.statuses
    ]
    for title, rows in (
        ("sentences that people looked at (95% intervals)", edits),
        ("flags of what they saw", flags),
        ("articles", statuses),
    ):
        if rows:
            print_table(title, rows)


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
