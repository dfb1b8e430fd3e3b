"""summary.md: sentences with their footnotes, and what needs review."""

from __future__ import annotations

from seedsum.output.pairs import TRANSLATION_SUFFIX
from seedsum.output.rendering import page as wording
from seedsum.output.rendering.front_matter import sealed_file
from seedsum.output.rendering.markdown import escape_markdown
from seedsum.output.rendering.page import NUM_SHOWN, Page
from seedsum.records import EXTRACTIVE, SummarySentence


def summary_file(page: Page) -> str:
    """Return summary.md, sealed: title, sentences, status, makers, footnotes."""
    summary = page.result.summary
    numbers: dict[str, int] = {}
    sentences = [_sentence(sentence, numbers) for sentence in summary.sentences]
    translation = f"[Full translation]({page.neighbour(TRANSLATION_SUFFIX)})"
    renamed = page.title != page.source_title != ""
    notice = page.fallback_notice()
    parts = [
        f"# {escape_markdown(page.title)}",
        f"Original title: {escape_markdown(page.source_title)}" if renamed else "",
        f"> {notice}" if notice else "",
        *(sentences or ["*There is no summary: the source has no article text.*"]),
        "---",
        page.status_line(),
        *_reasons(page),
        f"About the summary:{wording.warning(summary.flags)}" if summary.flags else "",
        f"{page.made_by()} {_summarised_by(page)} {translation}.",
        "\n".join(_footnote(page, segment_id, number) for segment_id, number in numbers.items()),
    ]
    return sealed_file(page.front_matter("summary"), "\n\n".join(filter(None, parts)) + "\n")


def _sentence(sentence: SummarySentence, numbers: dict[str, int]) -> str:
    """Return a summary sentence with its footnote marks; new citations get the next number."""
    cut = "… " * bool(sentence.whole)  # a label was cut off; the footnote has the whole
    text = cut + escape_markdown(sentence.text)
    if text.endswith("!"):  # `![` would begin an image
        text = f"{text[:-1]}\\!"
    marks = "".join(f"[^{numbers.setdefault(cite, len(numbers) + 1)}]" for cite in sentence.cites)
    swapped = " *(from the article: the model's sentence failed its checks)*"
    origin = swapped * (sentence.origin == "swapped")
    return f"{text}{marks}{origin}{wording.warning(sentence.flags)}"


def _reasons(page: Page) -> list[str]:
    lines: list[str] = []
    for reason in page.result.reasons:
        name, _, rest = reason.partition(" ")
        if name in page.segments:
            link = page.link(name, suffix=TRANSLATION_SUFFIX)
            lines.append(f"- {link} {escape_markdown(rest)}")
        else:
            lines.append(f"- {escape_markdown(reason)}")
    if not lines:
        return []
    parts = ["What needs a look, the worst first:", "\n".join(lines[:NUM_SHOWN])]
    if more := lines[NUM_SHOWN:]:
        head = f"<details><summary>{len(more)} more</summary>"
        parts += [head, "\n".join(more), "</details>"]
    return parts


def _summarised_by(page: Page) -> str:
    models = [
        wording.model_text(model)
        for model in page.result.provenance.models
        if model.role == "summary" and model.engine != EXTRACTIVE
    ]
    if models:
        return f"Summary by {'; '.join(models)}."
    return "The summary's sentences are taken from the text as they are."


def _footnote(page: Page, segment_id: str, number: int) -> str:
    segment = page.segments[segment_id]
    link = page.link(segment_id, suffix=TRANSLATION_SUFFIX)
    texts = filter(None, (escape_markdown(segment.text), wording.original(segment)))
    quotes = " — ".join(f"“{text}”" for text in texts)
    return f"[^{number}]: {link} {quotes}{wording.warnings_of(segment)}"
