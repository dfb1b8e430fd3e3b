"""Signs that were typed for a language's full stop become it, so that sentences end there.

Bengali texts have `|` or `৷` for `।`, from old fonts and keyboards without it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from seedsum.languages import LANGUAGES
from seedsum.languages.common import script_counts
from seedsum.reading.spans import Content
from seedsum.records import Kind

_PROSE = frozenset({Kind.PARAGRAPH, Kind.LIST_ITEM, Kind.HEADING})
#: Words before a bar that ends a sentence; menus and tables part one to three words by it.
_MIN_WORDS = 4


def with_full_stops(content: Content) -> Content:
    """Return the content with full stops for what stands for them, in prose of their scripts."""
    pieces: list[str] = []
    spans = []
    end = num_changed = 0
    for span in content.spans:
        mended = _mended(span.text) if span.kind in _PROSE else span.text
        num_changed += sum(one != other for one, other in zip(span.text, mended, strict=True))
        spans.append(replace(span, text=mended) if mended != span.text else span)
        if content.text is not None:
            pieces += content.text[end : span.start], mended
            end = span.start + len(span.text)
    if not num_changed:
        return content
    text = None if content.text is None else "".join([*pieces, content.text[end:]])
    signs = "1 sign" if num_changed == 1 else f"{num_changed} signs"
    note = f"{signs} that stood for full stops became full stops"
    return replace(content, spans=spans, text=text, notes=(*content.notes, note))


@cache
def _signs() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Return the script, the full stop and the signs that stand for it of each language."""
    return tuple(
        (
            language.script,
            language.sentence_enders[0],
            re.compile(rf"(?<=\S)(\s?)([{re.escape(language.sentences.full_stop_signs)}])(?=\s|$)"),
        )
        for language in LANGUAGES.values()
        if language.sentences and language.sentences.full_stop_signs
    )


def _mended(text: str) -> str:
    """Return the text, of the same length, with full stops where a sentence ends by such a sign."""
    for script, full_stop, signs in _signs():
        if not signs.search(text):
            continue
        mended: list[str] = []
        end = 0
        for match in signs.finditer(text):
            before = text[end : match.start()]
            sign = match[2]
            # `|` may part words of a menu; the others are no signs of anything else.
            is_stop = script in script_counts(before[-200:]) and (
                sign != "|" or len(before.split()) >= _MIN_WORDS
            )
            mended += before, match[1], full_stop if is_stop else sign
            end = match.end()
        text = "".join([*mended, text[end:]])
    return text
