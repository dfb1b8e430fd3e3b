"""What must hold of whatever is read and written, however hostile the source.

Used by `fuzz_readers.py` (random bytes through the stages), `hostile.py` (files through the
command) and the tests. Each function returns nothing and raises `Violation` with what it saw.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from seedsum.checks import check_segment
from seedsum.config import Settings
from seedsum.output.rendering import render
from seedsum.output.seal import is_sealed
from seedsum.reading import Prepared, prepare
from seedsum.records import (
    Document,
    Fate,
    Flag,
    KeyParts,
    Kind,
    OutputPair,
    Provenance,
    Result,
    Segment,
    Status,
    TranslatedSegment,
)
from seedsum.summaries import summarise
from seedsum.summaries.article import article_of

LANGUAGES = ("bn", "en", "vi")


class Violation(AssertionError):  # noqa: N818
    """Something that must never happen, happened."""


def _hold(condition: object, message: str) -> None:
    if not condition:
        raise Violation(message)


# --------------------------------------------------------------------------------------------
# Reading and segmentation

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def check_document(document: Document) -> None:
    """Check the text (NFC, no controls) and its blocks (in order, apart, never blank)."""
    text = document.text
    _hold(unicodedata.is_normalized("NFC", text), "the text is not in NFC")
    found = _CONTROLS.search(text)
    _hold(not found, f"a control character in the text: {found!r}")
    _hold(document.blocks, "a document without blocks")
    position = 0
    for number, block in enumerate(document.blocks, start=1):
        _hold(block.id == f"b{number}", f"block {number} is called {block.id}")
        _hold(position <= block.start < block.end <= len(text), f"{block} does not fit")
        _hold(text[block.start : block.end].strip(), f"{block} is blank")
        between = text[position : block.start]
        _hold(not any(map(str.isalpha, between)), f"letters in no block: {between[:200]!r}")
        position = block.end
    rest = text[position:]
    _hold(not any(map(str.isalpha, rest)), f"letters in no block: {rest[:200]!r}")
    for value in (document.title, document.url, document.date, document.declared_language):
        _hold(value is None or (value and "\n" not in value), f"metadata {value!r}")
        (value or "").encode()


def check_segments(document: Document, segments: Sequence[Segment]) -> None:
    """Check that segments are in order and hold every character of the blocks but white space."""
    text = document.text
    by_block: dict[str, list[Segment]] = {}
    for number, segment in enumerate(segments, start=1):
        _hold(segment.id == f"s{number}", f"segment {number} is called {segment.id}")
        _hold(segment.text == text[segment.start : segment.end], f"{segment} is not its place")
        _hold(segment.text.strip(), f"{segment} is blank")
        by_block.setdefault(segment.block_id, []).append(segment)
    order = [segment.start for segment in segments]
    _hold(order == sorted(order), "segments out of order")
    for block in document.blocks:
        position = block.start
        gaps: list[str] = []
        for segment in by_block.pop(block.id, []):
            _hold(position <= segment.start <= segment.end <= block.end, f"{segment} not in block")
            gaps.append(text[position : segment.start])
            position = segment.end
        gap = "".join([*gaps, text[position : block.end]])
        markup = "|" if block.kind is Kind.TABLE_ROW else ""
        _hold(not gap.replace(markup or " ", "").strip(), f"{block} loses {gap.strip()[:200]!r}")
    _hold(not by_block, f"segments of blocks that are not there: {sorted(by_block)[:5]}")


# --------------------------------------------------------------------------------------------
# The way through all stages, without a model


def finished(document: Document, *, settings: Settings) -> Result:
    """Return the document as a run would finish it with a model that answers with its input.

    Every fate and a flag occur, and passed and kept segments are checked too; the summary is the
    real one, without a model.
    """
    prepared = prepare(document, languages=LANGUAGES, target="en")
    check_document(prepared.document)
    check_segments(prepared.document, prepared.segments)
    segments = _answered(prepared, settings=settings)
    article = article_of(prepared.document, segments)
    summary = summarise(article.sentences, title=article.title, options=settings.summary)
    parts = KeyParts(document.sha256, "1" * 64, "2" * 64, "3" * 64)
    return Result(
        document=prepared.document,
        language=prepared.language.language,
        confidence=prepared.language.confidence,
        segments=segments,
        summary=summary,
        status=Status.REVIEW,
        reasons=tuple(f"{s.segment.id} copied: {s.text[:80]}" for s in segments if s.flags),
        provenance=Provenance(
            run_key="4" * 64,
            profile="starter",
            fallback=False,
            software_version="0",
            models=(),
            key_parts=parts,
        ),
    )


def _answered(prepared: Prepared, *, settings: Settings) -> tuple[TranslatedSegment, ...]:
    languages = {block.id: block.detection.language for block in prepared.document.blocks}
    answered = []
    for number, segment in enumerate(prepared.segments):
        language = languages[segment.block_id]
        fate = {"en": Fate.PASSED, "und": Fate.KEPT}.get(language, Fate.TRANSLATED)
        if number % 11 == 10:
            fate = Fate.FAILED
        text = segment.text
        flags = check_segment(
            text, text, language=language, hypothesis=None, options=settings.checks
        )
        if number % 5 == 4:
            flags += (Flag("copied-source", text[:60]),)
        answered.append(TranslatedSegment(segment, text, language, fate, str(fate), flags=flags))
    return tuple(answered)


def check_chain(document: Document, *, settings: Settings) -> OutputPair:
    """Check a document that was just read through every stage, and return its pair."""
    check_document(document)
    result = finished(document, settings=settings)
    pair = render(result)
    addresses = addresses_of(check_record(pair.record))
    stem = document.name.rpartition("/")[2]
    for text in pair.files.values():
        check_markdown_file(text, stem=stem, addresses=addresses)
    return pair


# --------------------------------------------------------------------------------------------
# What is written

FRONT_MATTER_KEYS = (
    *("title", "source", "language", "status", "models", "run_key", "file_sha256"),
)

#: CommonMark with raw HTML let through and GitHub's tables, as a reviewer's viewer has it.
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

#: The only HTML in our files, all of it our own.
_OUR_HTML = re.compile(
    r'<a id="(?:s|summary-)\d+"></a>|<a id="(?:s|summary-)\d+">|</a>|</?sup>|</details>'
    r"|<details><summary>(?:\d+ more|Original \([^()<>]*\)|Replaced"
    r"|Rest of the page \(not part of the article\))</summary>"
)
_OUR_TOKENS = {
    *("inline", "text", "text_special", "softbreak", "html_block", "html_inline", "fence", "hr"),
    *(
        f"{kind}_{end}"
        for kind in (
            *("paragraph", "heading", "blockquote", "bullet_list", "list_item", "table", "thead"),
            *("ordered_list", "tbody", "tr", "th", "td", "strong", "em", "link"),
        )
        for end in ("open", "close")
    ),
}
_NOTE = re.compile(r"\s*\[\^[^\]]*\]:")
_RENDERED_TAG = re.compile(r"<\s*/?\s*([a-zA-Z][^\s/>]*)([^>]*)>")
_RENDERED_TAGS = {
    *(
        "a",
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "ul",
        "ol",
        "li",
        "table",
        "thead",
    ),
    *("tbody", "tr", "th", "td", "strong", "em", "hr", "pre", "code", "details", "summary", "sup"),
}
_RENDERED_ATTRIBUTE = re.compile(
    r'\s*(?:id="(?:s|summary-)\d+"|href="[^"]*"|class="language-text"|/|start="\d+"|style="text-align:\w+")'
)


def check_markdown_file(text: str, *, stem: str, addresses: Collection[str] = ()) -> None:
    """Check a whole Markdown file of a pair: front matter, seal, and nothing of ours but markup."""
    _hold(is_sealed(text.encode()), "the seal is broken")
    _hold(text.startswith("---\n"), "no front matter")
    values = yaml.safe_load(text.removeprefix("---\n").partition("\n---\n")[0])
    _hold(set(values) - {"url", "date"} == set(FRONT_MATTER_KEYS), f"keys {sorted(values)}")
    _check_plain(values)
    check_markdown(text.split("\n---\n", 1)[1], stem=stem, addresses=addresses)


def _check_plain(value: Any) -> None:
    """Check that a front-matter value is made of plain types, and its text is one visible line."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            _hold(isinstance(key, str), f"front-matter key {key!r}")
            _check_plain(item)
    elif isinstance(value, list):
        for item in value:
            _check_plain(item)
    elif isinstance(value, str):
        plain = value.replace("\u200c", "").replace("\u200d", "")
        _hold(plain.isprintable(), f"front matter holds {value!r}")
    else:
        _hold(value is None or isinstance(value, bool | int | float), f"front matter {value!r}")


def check_markdown(body: str, *, stem: str, addresses: Collection[str] = ()) -> None:
    """Check that a Markdown body has no element, attribute, link or footnote but our own.

    Args:
        body: Without the front matter.
        stem: Start of the names of the pair's files: links may lead to them,
        addresses: and to these, which the record has from the source.
    """
    fenced: set[int] = set()
    tokens = MARKDOWN.parse(body)
    for token in _all(tokens):
        _hold(token.type in _OUR_TOKENS, f"a {token.type}: {token.content[:200]!r}")
        if token.type in ("html_block", "html_inline"):
            content = token.content.strip()
            _hold(_OUR_HTML.fullmatch(content), f"HTML that is not ours: {content[:200]!r}")
        elif token.type == "link_open":
            if (href := str(token.attrs["href"])) not in addresses:
                _check_link(href, stem=stem)
        elif token.type == "fence" and token.map:
            fenced.update(range(*token.map))
    for number, line in enumerate(body.split("\n")):
        if number not in fenced:
            _hold(not _NOTE.match(line), f"a footnote: {line[:200]!r}")
    for tag, attributes in _RENDERED_TAG.findall(
        MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    ):
        _hold(tag in _RENDERED_TAGS, f"<{tag}> in the rendered page")
        rest = _RENDERED_ATTRIBUTE.sub("", attributes).strip()
        _hold(not rest, f"<{tag} {attributes[:200]}> in the rendered page")


def check_index(text: str, *, files: Collection[str]) -> None:
    """Check that the index has no element but our own, and links to files of the output only."""
    for token in _all(MARKDOWN.parse(text)):
        _hold(token.type in _OUR_TOKENS, f"a {token.type} in the index: {token.content[:200]!r}")
        _hold("html" not in token.type, f"HTML in the index: {token.content[:200]!r}")
        if token.type == "link_open":
            href = str(token.attrs["href"])
            known = {"index.html", *files}
            _hold(unquote(href, errors="surrogateescape") in known, f"the index links to {href!r}")


def check_file_name(path: str) -> None:
    """Check that an output file's path (POSIX, below the output) is safe to show and to type."""
    for part in path.split("/"):
        plain = part.replace("\u200c", "").replace("\u200d", "")
        _hold(plain.isprintable() and "\\" not in part, f"the output file {path!r}")
        _hold(part[:1] not in ("", "-", ".", " "), f"the output file {path!r}")
        _hold(len(part.encode()) <= 255, f"the name {part!r} is too long")


def _all(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _check_link(href: str, *, stem: str) -> None:
    path, _, anchor = href.partition("#")
    _hold(not anchor or re.fullmatch(r"(?:s|summary-)\d+", anchor), f"a link to {href!r}")
    own = {"", f"{stem}.translation.md", f"{stem}.summary.md", f"{stem}.record.json"}
    _hold(unquote(path) in own and href, f"a link to {href!r}")


def addresses_of(record: Mapping[str, Any]) -> frozenset[str]:
    """Return the addresses that may be shown: of the source's file and page, and its links."""
    source = record["source"]
    stated = [source["url"] or "", *(link["address"] for link in record.get("links", ()))]
    addresses = (quote(address, safe=_ADDRESS, errors="replace") for address in stated)
    leading_on = {
        address for address in addresses if re.match(r"(?:https?|mailto):", address, re.IGNORECASE)
    }
    return frozenset(leading_on)


#: What an address may hold as it is; MARKDOWN writes it so too.
_ADDRESS = ":/?#@!&+,;=%~-._"


def check_record(record: str) -> dict[str, Any]:
    """Check that a record is JSON in UTF-8 and return it."""
    record.encode()

    def refuse(constant: str) -> None:
        raise Violation(f"the record holds {constant}, which is no JSON")

    values: dict[str, Any] = json.loads(record, parse_constant=refuse)
    return values
