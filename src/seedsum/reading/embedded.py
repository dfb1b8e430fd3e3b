"""What a page's embedded data (schema.org in JSON-LD) say: the headline, the article's text."""

from __future__ import annotations

import html as entities
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree, html

from seedsum.reading.visible import shown_texts

_MARKUP = re.compile(r"</(?:p|div|h\d|li|blockquote)>|<br\s*/?>", re.IGNORECASE)

_MIN_ARTICLE_CHARS = 200


def embedded_headline(tree: Any) -> str:
    """Return the headline that the data state first, else an empty string."""
    return next(_stated(tree, "headline"), "")


def embedded_article(tree: Any) -> list[str]:
    """Return the paragraphs of the longest article in the data, mostly none.

    What is shorter than a sentence or two is a teaser.
    """
    text = max(_stated(tree, "articleBody"), key=len, default="")
    if len(text) < _MIN_ARTICLE_CHARS:
        return []
    if "&lt;" in text:
        text = entities.unescape(text)
    if _MARKUP.search(text):
        try:
            fragment = html.document_fromstring(f"<div>{text}</div>")
        except (etree.LxmlError, ValueError):
            return []
        return [shown.span.text for shown in shown_texts(fragment)]
    lines = entities.unescape(text).splitlines()
    return [line.strip() for line in lines if line.strip()]


def _stated(tree: Any, key: str) -> Iterator[str]:
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        try:
            found = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue  # the page is read all the same
        for item in _listed(found):
            for part in (item, *_listed(item.get("@graph"))):
                if isinstance(value := part.get(key), str) and value.strip():
                    yield value


def _listed(value: object) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]
