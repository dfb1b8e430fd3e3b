"""Articles as records with fields, as crawlers, feeds and content systems write them."""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from seedsum.errors import ReadError
from seedsum.reading import html, text
from seedsum.reading.encoding import Decoded, clean, stated
from seedsum.reading.spans import Content, with_title

#: Names of fields, best first, without case, dashes and underscores; of crawlers (news-please,
#: newspaper, trafilatura), schema.org, WordPress, JSON Feed, Elasticsearch.
_TEXT = (
    "text", "maintext", "articlebody", "fulltext", "body", "content", "article", "articletext",
    "contenttext", "textcontent", "plaintext", "cleanedtext", "bodytext", "rawtext", "story",
)  # fmt: skip
_PAGE = ("html", "rawhtml", "pagehtml", "articlehtml", "contenthtml", "bodyhtml", "htmlcontent")
_SUMMARY = ("description", "summary", "lead", "abstract", "excerpt", "teaser")
_STATED = {
    "title": ("title", "headline", "articletitle", "name", "heading"),
    "url": ("url", "link", "canonicalurl", "canonicallink", "sourceurl", "permalink", "uri"),
    "date": (
        "date", "publishdate", "datepublish", "published", "datepublished", "publishedat",
        "publicationdate", "pubdate", "publishedtime", "publisheddate", "time", "timestamp",
        "createdat", "created",
    ),
    "declared_language": ("language", "lang", "inlanguage", "languagecode", "locale"),
}  # fmt: skip
_ID = ("id", "guid", "uuid", "articleid", "slug")
#: Fields that hold an article's other fields.
_NESTED = ("metadata", "meta", "source", "fields", "data", "article", "attributes", "doc")

_UNIMPORTANT = re.compile(r"[\W_]+")
_BLOCK_TAG = re.compile(r"<(?:p|div|br|h[1-6]|li|ul|ol|table|blockquote|article|section)\b[^<>]*>")
_ANY_TAG = re.compile(r"</?(?:p|div|br|h[1-6]|li|[abiu]|em|strong|span)\b[^<>]*>", re.I)
_WHOLE_PAGE = re.compile(r"<(?:!doctype html|html|head|body)\b", re.I)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});")


def content_of(article: Mapping[str, object]) -> Content:
    """Return the article that a record holds; its title becomes the first block.

    Raises:
        ReadError: None of the fields that hold an article's text does.
    """
    values = _by_plain_name(article)
    content = _body(values)
    stated_fields: dict[str, Any] = _what_is_stated(values)
    if "title" in stated_fields:
        stated_fields["title"] = stated(entities.unescape(stated_fields["title"]))
    content = replace(content, **stated_fields)
    return content if content.text is not None else with_title(content)


def stated_of(record: Mapping[Any, object]) -> dict[str, Any]:
    """Return the title, address, date and language that a record states, as fields of `Content`."""
    return _what_is_stated(_by_plain_name(record))


def _what_is_stated(values: Mapping[str, object]) -> dict[str, Any]:
    found = {field: _stated(values, names) for field, names in _STATED.items()}
    return {field: value for field, value in found.items() if value}


def id_of(article: Mapping[str, object]) -> str:
    """Return what an article calls itself; empty if it does not."""
    return _stated(_by_plain_name(article), _ID) or ""


def is_known(name: str) -> bool:
    """Return whether a field of that name can say something of an article."""
    plain = _UNIMPORTANT.sub("", name).lower()
    stated_names = (known for names in _STATED.values() for known in names)
    return plain in {*_TEXT, *_PAGE, *_SUMMARY, *stated_names, *_ID, *_NESTED}


def holds_article(value: object) -> bool:
    """Return whether a value is a record with an article's text."""
    if not isinstance(value, Mapping):
        return False
    values = _by_plain_name(value)
    return any(True for _ in _texts(values, (*_TEXT, *_PAGE, *_SUMMARY)))


def _by_plain_name(article: Mapping[Any, object]) -> dict[str, object]:
    """Return the fields by plain names, those of nested records after the article's own."""
    found: dict[str, object] = {}
    nested: list[Mapping[Any, object]] = []
    for name, value in _named(article):
        found.setdefault(name, value)
        if name in _NESTED and isinstance(value, Mapping):
            nested.append(value)
    for inner in nested:
        for name, value in _named(inner):
            if name not in found or found[name] in (None, "") or found[name] is inner:
                found[name] = value
    return found


def _named(record: Mapping[Any, object]) -> Iterator[tuple[str, object]]:
    """Yield the fields by plain names; YAML has keys that are no names."""
    for key, value in record.items():
        if isinstance(key, str):
            yield _UNIMPORTANT.sub("", key).lower(), value


def _stated(values: Mapping[str, object], names: Sequence[str]) -> str | None:
    for name in names:
        value = values.get(name)
        if isinstance(value, Mapping):
            value = value.get("rendered") or value.get("value")
        if isinstance(value, list) and value and isinstance(value[0], str):
            value = value[0]
        if found := stated(value):
            return found
    return None


def _texts(values: Mapping[str, object], names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of those fields that hold some."""
    for name in names:
        if shown := _joined(values.get(name)).strip():
            yield name, shown


def _joined(value: object, depth: int = 0) -> str:
    """Return a field's text; of a list its paragraphs, of a record what it says is shown."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and depth < 3:
        return "\n\n".join(filter(None, (_joined(item, depth + 1).strip() for item in value)))
    if isinstance(value, Mapping) and depth < 3:
        inner = (value.get(key) for key in ("rendered", "value", "text", "content", "html"))
        return next((_joined(item, depth + 1) for item in inner if item), "")
    return ""


def _body(values: Mapping[str, object]) -> Content:
    """Return the text of the first field that has some: plain, or HTML."""
    for name, shown in _texts(values, _TEXT):
        return _plain_or_html(name, shown, values)
    for _, page in _texts(values, _PAGE):
        return _page(page)
    for name, shown in _texts(values, _SUMMARY):
        content = _plain_or_html(name, shown, values)
        return replace(content, notes=(*content.notes, f"only a summary was found ({name})"))
    known = ", ".join((*_TEXT[:7], *_PAGE[:1]))
    raise ReadError(
        f"neither 'text' nor 'html' holds text, nor any of {known}; fill in one of them"
    )


def _plain_or_html(name: str, shown: str, values: Mapping[str, object]) -> Content:
    if _WHOLE_PAGE.search(shown[:2_000]):
        return _page(shown)
    if _BLOCK_TAG.search(shown) or len(_ANY_TAG.findall(shown[:20_000])) >= 2:
        # What stands outside of its tags is wrapped, so that line ends there count.
        source, notes = clean(_with_line_ends(shown))
        if spans := html.fragment_spans(source):
            note = f"the field {name!r} holds HTML and was read as that"
            return Content(spans, encoding="utf-8", notes=(*notes, note))
        raise ReadError(f"the HTML in {name!r} shows no text; fill it in")
    plain, notes = clean(shown)
    if _ENTITY.search(plain):
        plain, more = clean(entities.unescape(plain))
        notes = (*notes, *more, f"the field {name!r} holds HTML entities, which were resolved")
    title = stated(entities.unescape(_stated(values, _STATED["title"]) or ""))
    if title and not plain.lstrip().startswith(title):
        plain = f"{title}\n\n{plain}"
    return text.paragraphs(Decoded(plain, "utf-8", notes))


def _with_line_ends(shown: str) -> str:
    """Return HTML in which empty lines between texts part paragraphs, as crawlers leave them."""
    return re.sub(r"(?<=[^>\s])[ \t]*\n[ \t]*\n\s*(?=[^<\s])", "<br><br>", shown)


def _page(page: str) -> Content:
    source, notes = clean(page)
    return html.page(Decoded(source, "utf-8", notes))
