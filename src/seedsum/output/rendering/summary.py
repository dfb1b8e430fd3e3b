"""summary.md: sentences with their originals, and what needs a look."""

from __future__ import annotations

from seedsum.checks import described
from seedsum.output.pairs import TRANSLATION_SUFFIX
from seedsum.output.rendering import page as wording
from seedsum.output.rendering.front_matter import sealed_file
from seedsum.output.rendering.markdown import escape_markdown, visible_text
from seedsum.output.rendering.page import NUM_SHOWN, Page, language_name
from seedsum.records import EXTRACTIVE, Flag, Status, SummarySentence

#: How a reason begins that is about a sentence of the summary; its number follows.
_ABOUT_SENTENCE = "summary sentence "


def summary_file(page: Page) -> str:
    """Return summary.md, sealed: title, sentences with their originals, reasons, makers."""
    result = page.result
    renamed = page.title != page.source_title != ""
    notice = page.fallback_notice()
    sentences = [_item(page, one, number) for number, one in enumerate(result.summary.sentences, 1)]
    parts = [
        f"# {escape_markdown(page.title)}",
        f"*{escape_markdown(page.source_title)}*" if renamed else "",
        f"> {notice}" if notice else "",
        "\n\n".join(sentences) or "*There is no summary: the source has no article text.*",
        *_reasons(page),
        "---",
        f"Status: **{result.status}** · {language_name(result.language)}"
        f" · {page.places(TRANSLATION_SUFFIX, 'Full translation')}",
        f"{page.made_by()} {_summarised_by(page)} {page.fates_line()}",
        f"About the summary:{wording.warning(result.summary.flags)}" * bool(result.summary.flags),
    ]
    return sealed_file(page.front_matter(), "\n\n".join(filter(None, parts)) + "\n")


def _item(page: Page, sentence: SummarySentence, number: int) -> str:
    """Return a summary sentence as an item of a list, and below it what it rests on."""
    cut = "… " * bool(sentence.whole)  # a label was cut off; the record has the whole
    swapped = " *(from the article: the model's sentence failed its checks)*"
    origin = swapped * (sentence.origin == "swapped")
    text = f"{cut}{escape_markdown(sentence.text)}{origin}{wording.warning(sentence.flags)}"
    mark = f"{number}. "
    lines = [f"{mark}{anchor_of(number)}{text}"]
    indent = " " * len(mark)
    lines += [f"{indent}- {_support(page, cited, sentence)}" for cited in sentence.cites]
    if said := wording.said_of(sentence.reviewed):
        lines.append(f"{indent}- {said}")
    return "\n".join(lines)


def anchor_of(number: int) -> str:
    """Return the HTML that links to a summary sentence lead to."""
    return f'<a id="summary-{number}"></a>'


def _support(page: Page, segment_id: str, sentence: SummarySentence) -> str:
    """Return the original of a segment, and its English where the sentence has other words."""
    segment = page.segments[segment_id]
    own = {visible_text(sentence.text), visible_text(sentence.whole)}
    english = "" if visible_text(segment.text) in own else f"“{escape_markdown(segment.text)}”"
    said = " — ".join(filter(None, (wording.original(segment), english)))
    link = page.link(segment_id, suffix=TRANSLATION_SUFFIX)
    by = wording.said_of(segment.reviewed)
    parts = [said or "the same words in the source", *([by] if by else [])]
    return f"{link} {' · '.join(parts)}{wording.warnings_of(segment)}"


def _reasons(page: Page) -> list[str]:
    """Return the reasons, those about the summary first, else the worst first.

    Where a person has checked it, who did so comes first.
    """
    is_checked = page.result.status is Status.CHECKED
    cited = {cite for sentence in page.result.summary.sentences for cite in sentence.cites}
    ordered = sorted(
        page.result.reasons,
        key=lambda reason: not is_checked and not _is_about_summary(reason, cited),
    )
    lines = [_reason(page, reason) for reason in ordered]
    if not lines:
        return []
    head = "## Checked, and what checks say" if is_checked else "## What needs a look"
    parts = [head, "\n".join(lines[:NUM_SHOWN])]
    if more := lines[NUM_SHOWN:]:
        head = f"<details><summary>{len(more)} more</summary>"
        parts += [head, "\n".join(more), "</details>"]
    return parts


def _is_about_summary(reason: str, cited: set[str]) -> bool:
    return reason.startswith("summary ") or reason.partition(" ")[0] in cited


def _reason(page: Page, reason: str) -> str:
    segment_id, _, rest = reason.partition(" ")
    if segment := page.segments.get(segment_id):
        link = page.link(segment_id, suffix=TRANSLATION_SUFFIX)
        return f"- {link} {escape_markdown(_in_words(rest, segment.flags))}"
    if reason.startswith(_ABOUT_SENTENCE):
        number, _, rest = reason.removeprefix(_ABOUT_SENTENCE).partition(" ")
        for sentence in page.result.summary.sentences[int(number) - 1 : int(number)]:
            words = escape_markdown(_in_words(rest, sentence.flags))
            return f"- [Sentence {number}](#summary-{number}) {words}"
    return f"- {escape_markdown(_in_words(reason, page.result.summary.flags))}"


def _in_words(reason: str, flags: tuple[Flag, ...]) -> str:
    for flag in flags:
        reason = reason.replace(described(flag), wording.in_words(flag))
    return reason


def _summarised_by(page: Page) -> str:
    models = [
        wording.model_text(model)
        for model in page.result.provenance.models
        if model.role == "summary" and model.engine != EXTRACTIVE
    ]
    if models:
        return f"Summary by {'; '.join(models)}."
    return "The summary's sentences are taken from the text as they are."
