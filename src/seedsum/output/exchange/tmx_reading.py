"""TMX of any tool -> pairs of a source and its English.

OmegaT, Trados and memoQ write the same format in different ways: languages as `VI`, `vi-VN` or
`vi_VN`, in `xml:lang` or `lang`, UTF-8 or UTF-16, formatting as elements in the text.
"""

from __future__ import annotations

import codecs
import html
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seedsum.errors import ReadError
from seedsum.languages import LANGUAGES
from seedsum.output.exchange.table import NO_XML
from seedsum.output.exchange.tmx import DOCUMENT
from seedsum.reading.encoding import xml_charset
from seedsum.records import TARGET_LANGUAGE

#: Larger memories are refused; a tree of one unit at a time is in memory, and all of the text.
MAX_BYTES = 500_000_000

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
#: Elements whose content is code of another format. `sub` in them has text of its own, which is
#: part of no sentence.
_CODES = frozenset({"bpt", "ept", "it", "ph", "ut"})
#: What such code says where a line ends, or words are parted.
_BREAK = re.compile(r"\s*(?:<br\b[^>]*>|\\n|\s+)\s*", re.I)
_BREAK_TYPES = frozenset({"lb", "x-lb", "x-br", "break", "linebreak"})

_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,300}\?>")
#: References to characters that XML does not allow, which some tools write nevertheless.
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]{1,8})|([0-9]{1,10}));")


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence and its English in a memory."""

    line: str  # where it stands, for people
    language: str  # of the source, BCP 47 without a region
    source: str
    english: str
    properties: Mapping[str, str] = field(default_factory=dict)
    author: str = ""
    changed: str = ""  # as the memory states it: `20260131T120000Z`


@dataclass(frozen=True, slots=True)
class Memory:
    """What could be read of a memory, and what of it could not be used, by reason."""

    units: tuple[Unit, ...]
    unused: Mapping[str, int]


def is_tmx(data: bytes) -> bool:
    """Return whether some bytes are XML that may be a memory."""
    head = data[:4000].replace(b"\0", b"")
    return b"<tmx" in head or head.lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").startswith(b"<?xml")


def read_tmx(data: bytes, *, name: str) -> Memory:
    """Return the pairs of a memory, in order.

    Raises:
        ReadError: It is too large, no TMX, or defines entities.
    """
    if len(data) > MAX_BYTES:
        raise ReadError(f"{name}: {len(data):,} bytes, more than {MAX_BYTES:,}; split the memory")
    text = _decoded(data, name=name)
    if "<!ENTITY" in text:
        raise ReadError(f"{name}: defines entities, which is not allowed; save the memory without")
    text = _REFERENCE.sub(_allowed, NO_XML.sub("", _DECLARATION.sub("", text, count=1)))
    units: list[Unit] = []
    unused: Counter[str] = Counter()
    for element in _elements(text.encode(), name=name):
        found = list(_units(element))
        units += found
        if not found:
            unused[_why(element)] += 1
    return Memory(tuple(units), dict(unused))


def _decoded(data: bytes, *, name: str) -> str:
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        encoding = "utf-32"
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif data[:2] in (b"<\0", b"\0<"):
        encoding = "utf-16-le" if data[:1] == b"<" else "utf-16-be"
    elif data.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    else:
        encoding = xml_charset(data) or "utf-8"
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise ReadError(
            f"{name}: cannot be read as {encoding} ({error}); save the memory as UTF-8"
        ) from error


def _allowed(reference: re.Match[str]) -> str:
    number = int(reference[1], 16) if reference[1] else int(reference[2])
    is_allowed = number <= 0x10FFFF and not NO_XML.match(chr(number))
    return reference[0] if is_allowed else ""


def _elements(data: bytes, *, name: str) -> Iterator[Any]:
    """Yield the units' elements, one in memory at a time."""
    from lxml import etree

    events = etree.iterparse(
        io.BytesIO(data),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    is_first = True
    try:
        for event, element in events:
            if is_first and _local(element) != "tmx":
                raise ReadError(f"{name}: begins with <{_local(element)}> and is no TMX")
            is_first = False
            if event == "end" and _local(element) == "tu":
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise ReadError(f"{name}: is no well-formed XML ({error}); save it again") from error


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2].lower()


def _units(element: Any) -> Iterator[Unit]:
    """Yield a pair for each language but English; of several Englishes the plainest tag counts.

    A unit of ours may be of an English article that somebody corrected: the source stands first.
    """
    texts: dict[str, tuple[str, Any]] = {}
    englishes: list[tuple[str, Any]] = []
    for variant in element:
        if _local(variant) == "tuv" and (stated := _stated_language(variant)):
            text = _text_of(variant)
            language = language_of(stated)
            if text and language == TARGET_LANGUAGE:
                englishes.append((text, variant))
            if text and (language not in texts or stated.lower() == language):
                texts[language] = (text, variant)
    if TARGET_LANGUAGE not in texts:
        return
    english, target = texts[TARGET_LANGUAGE]
    properties = {
        str(child.get("type")): "".join(child.itertext())
        for child in element
        if _local(child) == "prop"
    }
    sources = {tag: text for tag, (text, _) in texts.items() if tag != TARGET_LANGUAGE}
    if DOCUMENT in properties and not sources and len(englishes) == 2:
        (source, _), (english, target) = englishes
        sources = {TARGET_LANGUAGE: source}
    for language, source in sources.items():
        if language in LANGUAGES:
            yield Unit(
                line=f"line {element.sourceline}",
                language=language,
                source=source,
                english=english,
                properties=properties,
                author=_first((target, element), ("changeid", "creationid")),
                changed=_first((target, element), ("changedate", "creationdate")),
            )


def _why(element: Any) -> str:
    """Return why a unit gives no pair, in words."""
    variants = [child for child in element if _local(child) == "tuv"]
    languages = sorted({language_of(_stated_language(one)) for one in variants if _text_of(one)})
    if TARGET_LANGUAGE not in languages:
        return "without English"
    others = [language for language in languages if language != TARGET_LANGUAGE]
    return (
        f"of a language that is not known ({', '.join(others)})" if others else "without a source"
    )


def _stated_language(variant: Any) -> str:
    return str(variant.get(_XML_LANG) or variant.get("lang") or "").strip()


def language_of(stated: str) -> str:
    """Return a language that a tool states as we write it: `VI`, `vi_VN` and `vie` are `vi`."""
    first = re.split("[-_]", stated.strip().lower())[0]
    if first in LANGUAGES:
        return first
    by_iso = {
        language.flores.partition("_")[0]: tag
        for tag, language in LANGUAGES.items()
        if language.flores and "-" not in tag
    }
    return by_iso.get(first, first)


def _first(elements: Sequence[Any], names: Sequence[str]) -> str:
    found = (element.get(name) for name in names for element in elements)
    return next((str(text).strip() for text in found if text), "")


def _text_of(variant: Any) -> str:
    segments = [child for child in variant if _local(child) == "seg"]
    return _flat(segments[0]).strip() if segments else ""


def _flat(element: Any) -> str:
    """Return the text of an element without formatting: code of other formats is left out."""
    parts = [element.text or ""]
    for child in element:
        if not isinstance(child.tag, str):  # a reference to an entity that nobody defined
            parts.append(html.unescape(child.text or ""))
        elif _local(child) not in _CODES:
            parts.append(_flat(child))
        elif str(child.get("type")).lower() in _BREAK_TYPES or _BREAK.fullmatch(child.text or ""):
            parts.append(" ")
        parts.append(child.tail or "")
    return "".join(parts)
