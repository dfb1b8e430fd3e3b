"""RSS and Atom (.rss, .atom, .xml): an item an article, each read by feedparser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lxml import etree

from seedsum.errors import ReadError
from seedsum.reading import Article, members
from seedsum.reading.fields import content_of
from seedsum.reading.members import Member
from seedsum.reading.spans import Content, refuse_many
from seedsum.reading.xml import refuse_entities, xml_tree
from seedsum.records import MAX_SIZE_BYTES

_ITEMS = ("item", "entry")
_MAX_ITEMS = 10_000


def read(data: bytes) -> Content:
    """Return the article of a feed with one item: its whole text where the feed has it."""
    import feedparser

    refuse_entities(data, "the feed")
    try:
        found = feedparser.parse(data, sanitize_html=False, resolve_relative_uris=False)
    except MemoryError:
        raise
    except Exception as error:  # what its parsers raise at broken items is not documented
        fault = f"{type(error).__name__}: {error}"
        raise ReadError(f"the item is broken ({fault}); get the feed again") from error
    if len(found.entries) != 1:
        raise ReadError(
            f"holds {len(found.entries)} items; give the file the extension .rss, so that each is"
            " read by itself"
        )
    entry = found.entries[0]
    return content_of(
        {
            "title": entry.get("title"),
            "text": _longest(content.get("value", "") for content in entry.get("content", ())),
            "description": entry.get("summary"),
            "url": entry.get("link"),
            "date": entry.get("published") or entry.get("updated"),
            "language": found.feed.get("language"),
        }
    )


def articles(path: Path, *, max_size_bytes: int = MAX_SIZE_BYTES) -> Iterator[Article]:
    """Yield the items of a feed in order, each as a feed of its own."""
    return members.articles(path, _found, max_size_bytes=max_size_bytes)


def article_bytes(path: Path, *, offset: int, size_bytes: int) -> bytes:
    """Return the bytes of a listed item."""
    return members.article_bytes(path, _found, offset=offset)


def _longest(texts: Iterator[str]) -> str:
    return max(texts, key=len, default="")


def _found(data: bytes) -> Sequence[Member]:
    """Return the items, found without looking at what they say."""
    refuse_entities(data, "the feed")
    try:
        return _items(data)
    except (etree.LxmlError, ValueError) as error:  # also names that lxml reads and cannot give
        raise ReadError(f"the feed is broken XML ({error}); get it again") from error


def _items(data: bytes) -> Sequence[Member]:
    root = xml_tree(data.strip())
    if root is None or _name(root) not in ("rss", "feed", "RDF"):
        name = "nothing" if root is None else f"<{_name(root)}>"
        raise ReadError(f"is no RSS or Atom feed (it begins with {name}); only feeds are read")
    items = [element for element in root.iter(etree.Element) if _name(element) in _ITEMS]
    if not items:
        raise ReadError("the feed holds no item; get it again")
    refuse_many(len(items), _MAX_ITEMS, "items")
    return [Member(_id(item), _alone(root, item)) for item in items]


def _name(element: Any) -> str:
    # `QName` refuses what the parser lets through in broken XML.
    return str(element.tag).rpartition("}")[2].rpartition(":")[2]


def _id(item: Any) -> str:
    for child in item:
        if isinstance(child.tag, str) and _name(child) in ("guid", "id") and child.text:
            return str(child.text).strip().removesuffix("/").rpartition("/")[2]
    return ""


def _alone(root: Any, item: Any) -> bytes:
    """Return a feed of the same kind with that item only, in the same language."""
    alone = etree.Element(root.tag, root.attrib, nsmap=root.nsmap)
    outer = alone
    if _name(root) == "rss":
        outer = etree.SubElement(alone, "channel")
        language = next((x.text for x in root.iter("language")), None)
        if language:
            etree.SubElement(outer, "language").text = language
    item.tail = None
    outer.append(item)
    return bytes(etree.tostring(alone, encoding="utf-8"))
