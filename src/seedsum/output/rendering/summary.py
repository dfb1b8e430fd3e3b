"""The body of summary.md: sentences with their footnotes, and what needs review."""

from __future__ import annotations

from seedsum.output.pairs import TRANSLATION_SUFFIX
from seedsum.output.rendering.front_matter import sealed_file
from seedsum.output.rendering.markdown import escape_markdown
from seedsum.output.rendering.page import (
    NUM_SHOWN,
    Page,
    fallback_notice,
    front_matter,
    made_by,
    model_text,
    original,
    status_line,
    warning,
    warnings_of,
)
from seedsum.records import EXTRACTIVE, SummarySentence


def summary_file(page: Page) -> str:
    """Return summary.md, sealed."""
    return sealed_file(front_matter(page, "summary"), summary_body(page))


def summary_body(page: Page) -> str:
    """Return the Markdown below the front matter: title, sentences, status, makers, footnotes."""
    summary = page.result.summary
    numbers: dict[str, int] = {}
    sentences = [_sentence(sentence, numbers) for sentence in summary.sentences]
    translation = f"[Full translation]({page.neighbour(TRANSLATION_SUFFIX)})"
    source_title = escape_markdown(page.source_title)
    notice = fallback_notice(page)
    parts = [
        f"# {escape_markdown(page.title)}",
        f"Original title: {source_title}"
        if source_title and page.title != page.source_title
        else "",
        f"> {notice}" if notice else "",
        *(sentences or ["*There is no summary: the source has no article text.*"]),
        "---",
        status_line(page),
        *_reasons(page),
        f"About the summary:{warning(summary.flags)}" if summary.flags else "",
        f"{made_by(page)} {_summarised_by(page)} {translation}.",
        "\n".join(_footnote(page, segment_id, number) for segment_id, number in numbers.items()),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _sentence(sentence: SummarySentence, numbers: dict[str, int]) -> str:
    """Return a summary sentence with its footnote marks; new citations get the next number."""
    text = escape_markdown(sentence.text)
    if text.endswith("!"):  # `![` would begin an image
        text = f"{text[:-1]}\\!"
    marks = "".join(f"[^{numbers.setdefault(cite, len(numbers) + 1)}]" for cite in sentence.cites)
    swapped = " *(from the article: the model's sentence failed its checks)*"
    return f"{text}{marks}{swapped * (sentence.origin == 'swapped')}{warning(sentence.flags)}"


def _reasons(page: Page) -> list[str]:
    """Return what needs review, the worst first; a long list is collapsed after its start."""
    lines = [f"- {_reason(page, reason)}" for reason in page.result.reasons]
    if not lines:
        return []
    parts = ["What needs a look, the worst first:", "\n".join(lines[:NUM_SHOWN])]
    if more := lines[NUM_SHOWN:]:
        head = f"<details><summary>{len(more)} more</summary>"
        parts += [head, "\n".join(more), "</details>"]
    return parts


def _reason(page: Page, reason: str) -> str:
    """Return why the pair needs review, with a link where it starts with a segment."""
    name, _, rest = reason.partition(" ")
    if name not in page.segments:
        return escape_markdown(reason)
    return f"{page.link(name, suffix=TRANSLATION_SUFFIX)} {escape_markdown(rest)}"


def _summarised_by(page: Page) -> str:
    models = [
        model
        for model in page.result.provenance.models
        if model.role == "summary" and model.engine != EXTRACTIVE
    ]
    if models:
        return f"Summary by {'; '.join(map(model_text, models))}."
    return "The summary's sentences are taken from the text as they are."


def _footnote(page: Page, segment_id: str, number: int) -> str:
    """Return a footnote that quotes a segment's English and its original, with a link to it."""
    segment = page.segments[segment_id]
    link = page.link(segment_id, suffix=TRANSLATION_SUFFIX)
    quotes = [f"“{text}”" for text in (escape_markdown(segment.text), original(segment)) if text]
    return f"[^{number}]: {link} {' — '.join(quotes)}{warnings_of(segment)}"
