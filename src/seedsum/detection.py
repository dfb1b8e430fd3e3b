"""A language for every block: script first, langdetect second, the neighbours third, else `und`.

Neighbours: `blocks` comes before (roles decide whose neighbour counts), `pipeline` routes by the
result.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from seedsum.languages import LANGUAGES, script_counts
from seedsum.records import ARTICLE_ROLES, UNDETERMINED, Detection, Document

if TYPE_CHECKING:
    pass

_VIETNAMESE_LETTERS = re.compile(
    "[ăđơưắằẳẵặấầẩẫậếềểễệốồổỗộớờởỡợứừửữựạảịỉẹẻẽọỏụủỵỷỹĩũ]", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_]+")


def detect(document: Document, *, languages: tuple[str, ...]) -> Document:
    """Return the document with `detection` set on every block.

    `languages` are the configured ones; others are recognised so that they can be refused.
    """
    declared = _primary(document.declared_language)
    own = [
        detect_text(document.text[block.start : block.end], languages=languages)
        for block in document.blocks
    ]
    blocks = [
        replace(block, detection=_from_neighbours(own, index, declared))
        for index, block in enumerate(document.blocks)
    ]
    return replace(document, blocks=tuple(blocks))


def article_language(document: Document) -> Detection:
    """Return the language with most characters in article blocks; confidence is its share."""
    blocks = [block for block in document.blocks if block.role in ARTICLE_ROLES]
    sizes: Counter[str] = Counter()
    for block in blocks or document.blocks:
        if block.detection.method != "no-letters":
            sizes[block.detection.language] += block.end - block.start
    if not sizes:
        return Detection()
    language, size = min(sizes.items(), key=lambda item: (-item[1], item[0]))
    method = next(b.detection.method for b in document.blocks if b.detection.language == language)
    return Detection(language, round(size / sizes.total(), 4), method)


def detect_text(text: str, *, languages: tuple[str, ...]) -> Detection:
    """Return the language of one text by itself, or `und` where nothing is sure."""
    scripts = script_counts(text)
    if not scripts:
        return Detection(method="no-letters")
    script = max(scripts, key=lambda key: scripts[key])
    share = scripts[script] / sum(scripts.values())
    if script == "Beng":
        if re.search("[ৰৱ]", text):
            return Detection("as", share, "script")
        return Detection("bn", share, "script")
    if script == "Latn":
        words = _WORD.findall(text)
        vietnamese = sum(1 for word in words if _VIETNAMESE_LETTERS.search(word))
        if vietnamese >= 2 and vietnamese >= 0.2 * len(words):
            return Detection("vi", min(1.0, vietnamese / len(words) + 0.5), "script")
    candidates = _langdetect(text)
    if not candidates or sum(scripts.values()) < 20:
        return Detection()
    language, probability = candidates[0]
    return Detection(language, probability, "langdetect")


def _langdetect(text: str) -> list[tuple[str, float]]:
    from langdetect import DetectorFactory, LangDetectException, detect_langs

    DetectorFactory.seed = 0
    try:
        found = detect_langs(text[:1000])
    except LangDetectException:
        return []
    return [(language.lang.split("-")[0], float(language.prob)) for language in found]


def _from_neighbours(own: list[Detection], index: int, declared: str) -> Detection:
    found = own[index]
    if found.language != UNDETERMINED or found.method == "no-letters":
        return found
    near = [own[i].language for i in (index - 1, index + 1) if 0 <= i < len(own)]
    near = [language for language in near if language != UNDETERMINED]
    if near and len(set(near)) == 1:
        return Detection(near[0], 0.5, "neighbours")
    if declared in LANGUAGES and (not near or declared in near):
        return Detection(declared, 0.4, "declared")
    return found


def _primary(tag: str | None) -> str:
    return re.split("[-_]", tag or "")[0].lower()
