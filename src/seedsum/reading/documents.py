"""The bytes of one source into a `Document` with blocks and offsets: text, Markdown, HTML, JSONL.

Nothing is guessed silently and nothing is lost silently: an encoding that is neither declared nor
UTF-8 is an error that names the byte, a replaced control character is a note, and what the HTML
extractor leaves out stays as blocks with `outside_article`. Nothing is fetched or run. Neighbours:
`store` hands over bytes, `blocks` gives the blocks their roles.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import logging
import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

import yaml

from seedsum.errors import ReadError
from seedsum.records import MAX_SIZE_BYTES, Block, Document, Kind

if TYPE_CHECKING:
    from markdown_it.token import Token

#: Most blocks of a document. Each costs time and memory in every stage after this, whatever its
#: length: 200,000 one-sentence paragraphs (20 MB) take 2 minutes and 1.0 GB without a model, and
#: no real article has 2,000.
MAX_BLOCKS = 250_000

#: Most lines of a text, and most tags of a page: what is built before blocks can be counted takes
#: up to 0.7 GB then. An article of 50 MB, wrapped at 70 characters, has 720,000 lines.
_MAX_LINES, _MAX_TAGS = 1_000_000, 2_000_000


class JsonlArticle(NamedTuple):
    """One line of a JSONL file.

    Attributes:
        line: Zero-based.
        id: File-name safe and unique in its file, whatever the case of its letters.
        data: The line's bytes without its line end; none where it is over the limit.
        size_bytes: How many there are.
    """

    line: int
    id: str
    data: bytes
    size_bytes: int


def read_document(
    name: str, data: bytes, *, format: str, max_size_bytes: int = MAX_SIZE_BYTES
) -> Document:
    """Return the document that the bytes of one source hold; `format` is `txt`, `md` or `html`.

    Raises:
        ReadError: Empty, too large, binary, or not in a known encoding; names the byte offset.
    """
    _refuse_size(name, data, max_size_bytes)
    declared = _html_charset(data) if format == "html" else None
    text, encoding, notes = _decode(name, data, declared)
    text, more_notes = _clean(name, text)
    notes += more_notes
    sha256 = hashlib.sha256(data).hexdigest()
    document = Document(
        name=name,
        sha256=sha256,
        format=format,
        encoding=encoding,
        text=text,
        blocks=(),
        notes=notes,
    )
    if format == "txt":
        _refuse_many(name, text.count("\n") + 1, _MAX_LINES, "lines")
        document = replace(document, blocks=_text_blocks(text))
    elif format == "md":
        _refuse_many(name, text.count("\n") + 1, _MAX_LINES, "lines")
        document = _read_markdown(document)
    elif format == "html":
        document = _read_html(document)
    else:
        raise ReadError(f"{name}: format {format!r} is not known; use txt, md, html or jsonl")
    return _with_text(document)


def read_jsonl_line(name: str, line: bytes, *, max_size_bytes: int = MAX_SIZE_BYTES) -> Document:
    """Return the document of one JSONL line, a JSON object.

    Its keys are `text` or `html`, and `title`, `url`, `date`, `language` where known. A title
    that the text does not start with becomes its first block. `sha256` is the line's.

    Raises:
        ReadError: The line is not a JSON object in UTF-8 with a non-empty `text` or `html`.
    """
    _refuse_size(name, line, max_size_bytes)
    line = line.removeprefix(codecs.BOM_UTF8)
    try:
        article = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ReadError(
            f"{name}: byte {error.start} of the line is not UTF-8; save the file as UTF-8"
        ) from error
    except (ValueError, RecursionError) as error:  # also a number of more than 4,300 digits
        raise ReadError(
            f"{name}: not valid JSON ({error}); each line must be one JSON object"
        ) from error
    if not isinstance(article, dict):
        raise ReadError(f"{name}: a {type(article).__name__}; each line must be one JSON object")
    body, html = article.get("text"), article.get("html")
    if not any(isinstance(value, str) and value.strip() for value in (body, html)):
        raise ReadError(f"{name}: neither 'text' nor 'html' holds text; fill in one of them")
    source = body if isinstance(body, str) and body.strip() else html
    assert isinstance(source, str)
    text, notes = _clean(name, source)
    title = _stated(article.get("title"))
    document = Document(
        name=name,
        sha256=hashlib.sha256(line).hexdigest(),
        format="jsonl",
        encoding="utf-8",
        text=text,
        blocks=(),
        notes=notes,
    )
    if source is body:
        _refuse_many(name, text.count("\n") + 1, _MAX_LINES, "lines")
        if title and not text.lstrip().startswith(title):
            document = replace(document, text=f"{title}\n\n{text}")
        document = replace(document, blocks=_text_blocks(document.text))
    else:
        document = _read_html(document)
    return _with_text(
        replace(
            document,
            title=title or document.title,
            url=_stated(article.get("url")) or document.url,
            date=_stated(article.get("date")) or document.date,
            declared_language=_stated(article.get("language")) or document.declared_language,
        )
    )


def jsonl_articles(path: Path, *, max_size_bytes: int = MAX_SIZE_BYTES) -> Iterator[JsonlArticle]:
    """Yield the articles of a JSONL file in order, one line in memory at a time.

    Blank lines are no articles. A line without a usable `id` is called `line-N` (from 1), and so
    is one over the limit, which is passed over without being kept in memory; an id that came
    before gets `.line-N` at its end. A line that is not valid JSON is yielded too: reading it
    raises.

    Raises:
        ReadError: The file is UTF-16 or UTF-32.
    """
    seen: set[str] = set()
    with path.open("rb") as file:
        for number, (line, size_bytes) in enumerate(_bounded_lines(file, max_size_bytes)):
            if number == 0:
                if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                    raise ReadError(f"{path}: JSONL in UTF-16 or UTF-32; save it as UTF-8")
                if line.startswith(codecs.BOM_UTF8):
                    line = line.removeprefix(codecs.BOM_UTF8)
                    size_bytes -= len(codecs.BOM_UTF8)
            if size_bytes > max_size_bytes:
                line = b""
            elif not line.strip():
                continue
            name = _article_id(line) or f"line-{number + 1}"
            while name.casefold() in seen:
                name = f"{name}.line-{number + 1}"
            seen.add(name.casefold())
            yield JsonlArticle(line=number, id=name, data=line, size_bytes=size_bytes)


#: Of a line over the limit, that much is in memory at a time.
_CHUNK_BYTES = 1 << 20


def _bounded_lines(file: BinaryIO, max_size_bytes: int) -> Iterator[tuple[bytes, int]]:
    """Yield each line without its line end, and its size; of one over the limit the start only."""
    room = max_size_bytes + len(codecs.BOM_UTF8) + len(b"\r\n")
    while line := file.readline(room):
        stripped = line.rstrip(b"\r\n")
        size_bytes = len(stripped)
        # As `rstrip` would on the whole line: what is before its end only counts if more follows.
        num_ends = len(line) - size_bytes
        while not line.endswith(b"\n") and (line := file.readline(_CHUNK_BYTES)):
            rest = line.rstrip(b"\r\n")
            if rest:
                size_bytes += num_ends + len(rest)
                num_ends = 0
            num_ends += len(line) - len(rest)
        yield stripped, size_bytes


# --------------------------------------------------------------------------------------------
# JSONL


def _stated(value: object) -> str | None:
    """Return a metadata value as one clean line, or None where there is none."""
    if value is None or isinstance(value, bool | dict | list | set | bytes):
        return None
    try:
        text = str(value)
    except ValueError:  # a number of more than 4,300 digits, which YAML can spell in hexadecimal
        return None
    line = " ".join(unicodedata.normalize("NFC", _CONTROLS.sub(" ", text)).split())
    return line or None


_UNSAFE = re.compile(r"[^\w.-]+")

#: Bytes of an id in a file name: 255 is the limit of common file systems, and `.translation.md`,
#: a duplicate's `.line-N` and a temporary file's suffix come after it.
_MAX_ID_BYTES = 150


def _article_id(line: bytes) -> str:
    """Return the line's id made safe for a file name, or an empty string."""
    try:
        article = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return ""
    value = _stated(article.get("id")) if isinstance(article, dict) else None
    safe = _UNSAFE.sub("-", value or "").strip(".-")
    return safe.encode("utf-8")[:_MAX_ID_BYTES].decode("utf-8", errors="ignore")


# --------------------------------------------------------------------------------------------
# Bytes to text


def _refuse_size(name: str, data: bytes, max_size_bytes: int) -> None:
    if len(data) > max_size_bytes:
        raise ReadError(
            f"{name}: {len(data):,} bytes, more than the limit of {max_size_bytes:,}; "
            "split it into one file per article"
        )
    if not data.strip():
        raise ReadError(
            f"{name}: the file is empty ({len(data)} bytes); remove it or save it again"
        )


def _refuse_many(name: str, count: int, limit: int, what: str) -> None:
    if count > limit:
        raise ReadError(
            f"{name}: {count:,} {what}, more than the limit of {limit:,}; "
            "split it into one file per article"
        )


_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,500}?charset\s{0,20}=\s{0,20}["']?\s{0,20}([A-Za-z0-9_.:-]{1,40})""", re.I
)

#: What browsers take these labels for. Source: WHATWG Encoding Standard, "Names and labels".
_WHATWG_LABELS = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "tis-620": "cp874",
    "iso-8859-11": "cp874",
    "utf-16": "utf-8",
    "utf-16le": "utf-8",
    "utf-16be": "utf-8",
    "x-user-defined": "cp1252",
}

#: Python codecs that are character sets of web pages; others (`idna`, `unicode_escape`) are not.
_CODECS = re.compile(
    r"utf-8|ascii|cp(125[0-8]|866|874|932|949|950)|iso8859-\d+|koi8-[ru]|mac-\w+|gb18030|gbk|gb2312"
    r"|big5(hkscs)?|euc_(jp|kr)|shift_jis|iso2022_jp|tis-620|hz"
)


def _html_charset(data: bytes) -> str | None:
    """Return the label of the page's `<meta charset>`, looked for in its first 4,096 bytes."""
    match = _META_CHARSET.search(data[:4096])
    return match[1].decode("ascii").lower() if match else None


def _decode(name: str, data: bytes, declared: str | None) -> tuple[str, str, tuple[str, ...]]:
    """Return the text, the encoding's name and notes; only a BOM, UTF-8 or `declared` decide."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise ReadError(f"{name}: UTF-32 (byte 0); save it as UTF-8")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decode_as(name, data, "utf-16", "its byte-order mark says UTF-16"), "utf-16", ()
    nul = data.find(b"\0")
    if nul >= 0:
        raise ReadError(
            f"{name}: byte {nul} is NUL, so this is a binary file, or UTF-16 without a byte-order "
            "mark; save it as UTF-8 text"
        )
    if data.startswith(codecs.BOM_UTF8):
        return (
            _decode_as(name, data, "utf-8-sig", "its byte-order mark says UTF-8"),
            "utf-8-sig",
            (),
        )
    label = _WHATWG_LABELS.get(declared or "utf-8", declared or "utf-8")
    try:
        encoding = codecs.lookup(label).name
    except LookupError:
        encoding = ""
    if encoding == "utf-8":
        return _decode_as(name, data, "utf-8", "UTF-8 is expected"), "utf-8", ()
    if not _CODECS.fullmatch(encoding):
        raise ReadError(
            f"{name}: the page declares the unknown charset {declared!r}; save it as UTF-8"
        )
    # Browsers and editors save pages as UTF-8 and leave the old declaration in. Text in a legacy
    # charset is next to never valid UTF-8: every letter outside ASCII would have to pair up.
    if not data.isascii():
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            return text, "utf-8", (f"the page declares {declared}, but its bytes are UTF-8",)
    return _decode_as(name, data, encoding, f"the page declares {declared}"), encoding, ()


def _decode_as(name: str, data: bytes, encoding: str, why: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        start = error.start + (len(codecs.BOM_UTF8) if encoding == "utf-8-sig" else 0)
        raise ReadError(
            f"{name}: byte {start} (0x{data[start : start + 1].hex() or '00'}) cannot be read as "
            f"{error.encoding}; {why}: save the file as UTF-8"
        ) from error


# Line ends that editors and PDF converters leave: CR, VT, FF, NEL, LINE and PARAGRAPH SEPARATOR.
_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")

# C0 and C1 controls but tab and line feed; lone surrogates (JSON escapes can spell them) cannot
# be written to any file.
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

#: More controls than that among the characters is no text. Terminal recordings and OCR text stay
#: below 5%; compressed data has 12% (random bytes: 33 of 256) and fails as UTF-8 before that.
_MAX_CONTROL_SHARE = 0.1


def _clean(name: str, text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text in NFC, with `\\n` line ends, without controls; and notes on changes."""
    notes: list[str] = []
    text = _LINE_ENDS.sub("\n", text)
    controls = _CONTROLS.findall(text)
    if controls:
        if len(controls) > _MAX_CONTROL_SHARE * len(text):
            raise ReadError(
                f"{name}: {len(controls):,} of {len(text):,} characters are control characters, "
                f"the first at character {text.find(controls[0])}: this is no text; "
                "save it as UTF-8 text"
            )
        codes = ", ".join(sorted({f"U+{ord(control):04X}" for control in controls}))
        notes.append(f"{len(controls)} control characters became spaces ({codes})")
        text = _CONTROLS.sub(" ", text)
    composed = unicodedata.normalize("NFC", text)
    if len(composed) < len(text):
        notes.append(
            f"{len(text) - len(composed)} combining marks composed with their letters (NFC)"
        )
    if not composed.strip():
        raise ReadError(f"{name}: holds only white space; remove it or save it again")
    return composed, tuple(notes)


# --------------------------------------------------------------------------------------------
# Plain text

_BULLET = re.compile(r"[-*+•◦▪‣●○■–—]\s+(?=\S)")
_NUMBERED = re.compile(r"(?:\(?[0-9০-৯]{1,3}[.)]|[a-zđ][.)])\s+(?=\S)")
_TABLE_ROW = re.compile(r"\|.*\|$")
_CELL_TEXT = re.compile(r"[^\s|:=_—–―─━-]")
_SENTENCE_END = re.compile(r"[.!?…।॥:;/][\"'”’»)\]]*$")

#: A wrapped paragraph's lines are that long; longer lines are whole paragraphs, shorter ones are
#: menus, verses or addresses.
_WRAP_MIN_CHARS, _WRAP_MAX_CHARS = 40, 110


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str
    indent: int
    kind: Kind


def _lines(text: str, *, start: int = 0) -> list[list[_Line]]:
    """Return the non-blank lines, trimmed, in runs that blank lines part."""
    runs: list[list[_Line]] = [[]]
    for raw in text[start:].split("\n"):
        stripped = raw.strip()
        if stripped:
            indent = len(raw) - len(raw.lstrip())
            begin, end = start + indent, start + indent + len(stripped)
            kind = Kind.PARAGRAPH
            if _TABLE_ROW.match(stripped):
                # The outer bars are markup, and so is the rule under a table's head.
                kind = Kind.TABLE_ROW
                cells = stripped.strip("| \t")
                begin = start + raw.index(cells) if cells else begin
                end = begin + len(cells)
                if not _CELL_TEXT.search(cells):
                    start += len(raw) + 1
                    continue
            elif bullet := _BULLET.match(stripped):
                kind = Kind.LIST_ITEM
                begin += bullet.end()
            elif _NUMBERED.match(stripped):
                # The number stays in the block: unlike a bullet it says something.
                kind = Kind.LIST_ITEM
            runs[-1].append(_Line(begin, end, text[begin:end], indent, kind))
        elif runs[-1]:
            runs.append([])
        start += len(raw) + 1
    return [run for run in runs if run]


def _is_full(line: _Line, following: _Line, width: int) -> bool:
    """Say whether the next line's first word did not fit on this line."""
    first_word = following.text.split(None, 1)[0]
    return len(line.text) + 1 + len(first_word) > width


def _is_wrapped(run: list[_Line]) -> bool:
    """Say whether an editor broke the run's lines at a width, rather than a writer at its end.

    Then nearly every line but the last is full: the next line's first word would not have fitted.
    """
    width = max(len(line.text) for line in run)
    if len(run) < 2 or not _WRAP_MIN_CHARS <= width <= _WRAP_MAX_CHARS:
        return False
    full = [line for line, after in pairwise(run) if _is_full(line, after, width)]
    open_lines = [line for line in full if not _SENTENCE_END.search(line.text)]
    if len(run) == 2:
        return bool(open_lines) and run[1].text[0].islower() and len(run[0].text) >= 60
    return len(full) >= 0.7 * (len(run) - 1) and len(open_lines) >= 0.5 * len(full)


def _text_blocks(text: str) -> tuple[Block, ...]:
    """Return one block per line, or per paragraph where an editor has wrapped the lines."""
    blocks: list[Block] = []
    for run in _lines(text):
        wrapped = all(line.kind is Kind.PARAGRAPH for line in run) and _is_wrapped(run)
        width = max(len(line.text) for line in run)
        previous: _Line | None = None
        for line in run:
            joins = previous is not None and (
                (wrapped and _is_full(previous, line, width))
                or (
                    # The continuation of a wrapped list item is indented under its text.
                    blocks[-1].kind is Kind.LIST_ITEM
                    and line.kind is Kind.PARAGRAPH
                    and line.indent >= 2
                    and len(previous.text) <= _WRAP_MAX_CHARS
                )
            )
            if joins:
                blocks[-1] = replace(blocks[-1], end=line.end)
            else:
                level = 1 if line.kind is Kind.LIST_ITEM else 0
                blocks.append(_block(len(blocks), line.start, line.end, line.kind, level))
            previous = line
    return tuple(blocks)


def _block(index: int, start: int, end: int, kind: Kind, level: int = 0) -> Block:
    return Block(id=f"b{index + 1}", start=start, end=end, kind=kind, level=level)


def _with_text(document: Document) -> Document:
    if not document.blocks:
        raise ReadError(
            f"{document.name}: holds no visible text (an empty page, or one that a script "
            "fills in); save the article's text"
        )
    _refuse_many(document.name, len(document.blocks), MAX_BLOCKS, "paragraphs")
    return document


# --------------------------------------------------------------------------------------------
# Markdown and HTML become their visible text, one span per block


@dataclass(frozen=True, slots=True)
class _Span:
    """One block-level text."""

    text: str
    kind: Kind
    level: int = 0
    hint: str = ""
    outside_article: bool = False


def _with_spans(document: Document, spans: list[_Span]) -> Document:
    """Return the document whose text is the spans', an empty line between them.

    They are cleaned once more: `&#7;` and `e&#769;` are decoded only now.
    """
    texts = [unicodedata.normalize("NFC", _CONTROLS.sub(" ", span.text)).strip() for span in spans]
    blocks: list[Block] = []
    start = 0
    for text, span in zip(texts, spans, strict=True):
        if text:
            block = _block(len(blocks), start, start + len(text), span.kind, span.level)
            blocks.append(replace(block, outside_article=span.outside_article, hint=span.hint))
            start += len(text) + 2
    return replace(document, text="\n\n".join(filter(None, texts)), blocks=tuple(blocks))


# --------------------------------------------------------------------------------------------
# Markdown

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.{0,16384}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S)

#: A longer line is no article's paragraph; its inline markup stays, because looking for the end of
#: every `*` takes time that grows with the square.
_MAX_INLINE_CHARS = 50_000
_MAX_INLINE_NESTING = 20


def _read_markdown(document: Document) -> Document:
    """Return the document with the visible text of CommonMark with tables.

    Emphasis, the addresses of links and other inline markup are left out, as in HTML: a model
    would translate them, and a reader does not see them. A numbered item keeps its number. Code
    blocks are the fenced ones only: prose that is indented by mistake stays prose.
    """
    from markdown_it import MarkdownIt

    body = document.text
    front: list[_Span] = []
    match = _FRONT_MATTER.match(body)
    if match:
        values = _front_matter(match[1])
        if isinstance(values, dict):
            document = _with_front_matter(document, values)
            body = body[match.end() :]
        elif values is None:
            # Kept as it is, untranslated, so that nothing is lost.
            note = "the front matter is not valid YAML (key: value lines) and was not used"
            document = replace(document, notes=(*document.notes, note))
            front = [_Span(match[1].strip(), Kind.CODE)] if match[1].strip() else []
            body = body[match.end() :]
        else:
            # A text between two rules.
            body = f"{match[1]}\n\n{body[match.end() :]}"
    # Below its limit of nesting markdown-it drops what is deeper, so there is none for the blocks;
    # inline markup over the limit becomes plain text, which is right.
    parser = MarkdownIt("commonmark", {"maxNesting": sys.maxsize}).enable("table").disable("code")
    parser.core.ruler.disable("inline")
    references: dict[str, Any] = {}
    try:
        tokens = parser.parse(body, references)
    except RecursionError:
        note = "the Markdown is nested too deeply and was read as plain text"
        return replace(
            document, text=body, blocks=_text_blocks(body), notes=(*document.notes, note)
        )
    tokens = _with_excess_cells(tokens, body)
    parser.options["maxNesting"] = _MAX_INLINE_NESTING
    for token in tokens:
        if token.type == "inline" and len(token.content) <= _MAX_INLINE_CHARS:
            token.children = []
            parser.inline.parse(token.content, parser, references, token.children)
    document = replace(document, notes=(*document.notes, *_unclosed_notes(body)))
    return _with_spans(document, [*front, *_markdown_spans(tokens)])


_CELL_END = re.compile(r"(?<!\\)\|")


def _with_excess_cells(tokens: list[Token], body: str) -> list[Token]:
    """Return the tokens with the cells that table rows have more than their head has.

    GitHub's specification says that the excess is ignored; nothing is lost here.
    """
    from markdown_it.token import Token

    if not any(token.type == "tr_open" for token in tokens):
        return tokens
    lines = body.split("\n")
    full: list[Token] = []
    excess: list[str] = []
    num_columns = quote_depth = 0
    for token in tokens:
        if token.type == "table_open":
            num_columns = 0
        elif token.type == "th_open":
            num_columns += 1
        elif token.type in ("blockquote_open", "blockquote_close"):
            quote_depth += token.nesting
        elif token.type == "tr_open" and num_columns and token.map:
            quotes = re.match(rf"(?:\s*>){{0,{min(quote_depth, 1000)}}}", lines[token.map[0]])
            row = lines[token.map[0]][quotes.end() if quotes else 0 :].strip()
            cells = _CELL_END.split(row.removeprefix("|"))
            excess = [cell.strip().replace("\\|", "|") for cell in cells[num_columns:]]
        elif token.type == "tr_close":
            full += [Token("inline", "", 0, content=cell) for cell in excess if cell]
            excess = []
        full.append(token)
    return full


def _markdown_spans(tokens: list[Token]) -> Iterator[_Span]:
    """Yield the text of every leaf block in document order."""
    list_depth = 0
    heading_level = 0
    number = ""
    row: list[str] | None = None
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            list_depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            list_depth -= 1
        elif token.type == "list_item_open":
            number = f"{token.info}{token.markup} " if token.info else ""
        elif token.type == "heading_open":
            heading_level = int(token.tag[1:])
        elif token.type == "heading_close":
            heading_level = 0
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and row is not None:
            text = _CELL_SEPARATOR.join(row)
            row = None
            if text.replace("|", "").strip():
                yield _Span(text, Kind.TABLE_ROW)
        elif token.type == "fence" and token.content.strip():
            yield _Span(token.content.strip("\n"), Kind.CODE)
        elif token.type == "html_block":
            yield from _fragment_spans(token.content)
        elif token.type == "inline":
            text, hint = _inline_text(token)
            if row is not None:
                row.append(text)
            elif text and heading_level:
                yield _Span(text, Kind.HEADING, heading_level, hint)
            elif text and list_depth:
                yield _Span(number + text, Kind.LIST_ITEM, list_depth, hint)
                number = ""
            elif text:
                yield _Span(text, Kind.PARAGRAPH, 0, hint)


def _inline_text(token: Token) -> tuple[str, str]:
    """Return what a reader sees of a paragraph, and the hint of one that is only a picture."""
    if token.children is None or len(token.content) > _MAX_INLINE_CHARS:
        return token.content.strip(), ""
    parts: list[str] = []
    for child in token.children:
        if child.type in ("text", "text_special", "code_inline", "image"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak") or child.content.lower().startswith("<br"):
            parts.append("\n")
    is_picture = all(child.type == "image" or not child.content.strip() for child in token.children)
    return "".join(parts).strip(), "figcaption" if is_picture else ""


def _fragment_spans(content: str) -> list[_Span]:
    """Return the visible texts of a piece of HTML inside Markdown."""
    from lxml import etree  # type: ignore[import-untyped]

    try:
        tree, is_too_deep = _html_tree(content)
    except (etree.LxmlError, ValueError):
        # A comment or a stray tag: there is nothing to see.
        return []
    if is_too_deep:
        return [_Span(text, Kind.PARAGRAPH) for text in [_TAG.sub(" ", content).strip()] if text]
    return _html_spans(tree)


#: What PyYAML 6 lets through where a tag and its value do not fit (`!!bool x`, `!!int ""`,
#: `!!timestamp x`, `!!float 1:2e400`), besides its own errors.
_YAML_FAULTS = (ValueError, LookupError, AttributeError, TypeError, ArithmeticError, RecursionError)


def _front_matter(source: str) -> object:
    """Return what the YAML holds, or None where it is not valid."""
    try:
        return yaml.safe_load(source)
    except (yaml.YAMLError, *_YAML_FAULTS):
        return None


def _with_front_matter(document: Document, values: dict[object, object]) -> Document:
    return replace(
        document,
        title=_stated(values.get("title")),
        url=_stated(values.get("url")),
        date=_stated(values.get("date")),
        declared_language=_stated(values.get("language") or values.get("lang")),
    )


# --------------------------------------------------------------------------------------------
# HTML


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DROPPED_TAGS = _names(
    "script style noscript template title iframe object embed svg audio video canvas"
)
_BLOCK_TAGS = _names(
    "address article aside blockquote body br button caption center dd details dialog dir div "
    "dl dt fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr "
    "html input label legend li listing main menu nav noframes ol optgroup option p plaintext pre "
    "section select summary table tbody td textarea tfoot th thead tr ul xmp"
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}

#: Tags that say what their text is on the page, wherever they are.
_HINT_TAGS = {
    "nav": "nav",
    "menu": "nav",
    "aside": "aside",
    "footer": "footer",
    "figcaption": "figcaption",
    "caption": "figcaption",
    "time": "date",
    "address": "byline",
    "form": "form",
    "button": "form",
    "select": "form",
    "option": "form",
    "dialog": "cookie",
}

#: Words of class names, ids, ARIA roles and itemprops; the first that fits.
_HINT_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (hint, re.compile(rf"(?:^|[\s_-])(?:{words})(?=$|[\s_-])", re.I))
    for hint, words in (
        ("breadcrumb", r"breadcrumbs?"),
        ("related", r"related\w*|recommend\w*|tin-?lien-?quan|xem-?them|teasers?|popular|trending"),
        ("comment", r"comments?|commentlist|disqus|binh-?luan|respond"),
        ("share", r"shar(?:e|ing)|social\w*|addthis"),
        ("cookie", r"cookies?|consent|gdpr"),
        ("figcaption", r"(?:wp-)?caption(?:-text)?|photo-?credit"),
        ("byline", r"byline|author(?:-name)?|tac-?gia"),
        ("date", r"pub(?:lish)?(?:ed)?-?date|datepublished|timestamp|(?:post|entry)-date"),
        ("nav", r"nav(?:bar|igation)?|menu|pagination|pager|sitemap"),
        ("aside", r"sidebar|widget|advert(?:isement)?|ads?|banner|promo"),
        ("footer", r"footer|copyright|contentinfo"),
    )
)

#: Wrappers of the whole page: their class names (`has-sidebar`, `comments-open`) say nothing of
#: the text in them.
_WRAPPER_TAGS = frozenset({"html", "body", "main", "article"})

_HTML_END = re.compile(r"</html(?:[\s/][^<>]*)?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_SPACE = re.compile(r"[ \t\n\r\f]+")

#: Between the cells of a table row; segmentation takes a row apart there.
_CELL_SEPARATOR = " | "


def _html_parser() -> Any:
    from lxml import html

    return html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True, collect_ids=False
    )


def _html_tree(source: str) -> tuple[Any, bool]:
    """Return the page's tree, and whether the parser left out what is nested too deeply.

    Raises:
        lxml.etree.LxmlError, ValueError: There is no element in it.
    """
    from lxml import html

    parser = _html_parser()
    # libxml2 drops what follows the first `</html>`; browsers show it.
    tree = html.document_fromstring(_HTML_END.sub("", source).encode("utf-8"), parser=parser)
    return tree, any("depth" in entry.message for entry in parser.error_log)


#: What hides the rest of a page, in browsers too, where it is not closed.
_HIDING = tuple(
    (name, re.compile(opening, re.I), re.compile(closing, re.I))
    for name, opening, closing in (
        ("comment", "<!--", "--!?>"),
        *(
            (f"<{tag}>", rf"<{tag}(?=[\s>])[^<>]*(?<!/)>", f"</{tag}")
            for tag in ("script", "style", "iframe", "title", "template", "noscript", "object")
        ),
    )
)


def _unclosed_notes(source: str) -> tuple[str, ...]:
    """Return a note for whatever hides the rest of the page because nothing closes it."""
    notes: list[str] = []
    for name, opening, closing in _HIDING:
        closed = 0
        for found in closing.finditer(source):
            closed = found.end()
        start = opening.search(source, closed)
        if start and (hidden := source[start.end() :].strip()):
            notes.append(f"a {name} that is not closed hides the last {len(hidden):,} characters")
    return tuple(notes)


def _read_html(document: Document) -> Document:
    """Return the document with the page's visible text, one block per block-level element.

    What trafilatura does not take for the article is `outside_article`; where it finds no article,
    nothing is, and the rules for text decide alone.
    """
    from lxml import etree

    _refuse_many(document.name, document.text.count("<"), _MAX_TAGS, "tags")
    try:
        tree, is_too_deep = _html_tree(document.text)
    except (etree.LxmlError, ValueError) as error:
        raise ReadError(
            f"{document.name}: cannot be read as HTML ({error}); save the article's text"
        ) from error
    if is_too_deep:
        raise ReadError(
            f"{document.name}: the page's elements are nested more than 2,048 deep, which the "
            "HTML parser refuses; save the article's text"
        )
    spans = _html_spans(tree)
    notes = (*document.notes, *_unclosed_notes(document.text))
    page = _Article()
    if _is_for_trafilatura(tree) and spans:
        page = _extract_article(tree, fast=len(spans) > _MAX_COMPARED_BLOCKS)
    if page.lines:
        spans = _mark_outside(spans, page.lines)
    else:
        notes = (*notes, "trafilatura found no article on the page; roles come from the text alone")
    return replace(
        _with_spans(document, spans),
        title=page.title,
        url=page.url,
        date=page.date,
        declared_language=_stated(tree.get("lang")),
        notes=notes,
    )


#: Larger pages are not given to trafilatura: 100,000 paragraphs of three words take it 8 s and
#: 0.3 GB, 20,000 elements below 2,000 others (their depths together are 40 million) 4 s. Ordinary
#: pages have some thousand elements, 20 deep.
_MAX_ELEMENTS, _MAX_DEPTHS = 100_000, 10_000_000


def _is_for_trafilatura(tree: Any) -> bool:
    from lxml import etree

    depth = depths = 0
    num_elements = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        depths += depth
        num_elements += 1
        if num_elements > _MAX_ELEMENTS or depths > _MAX_DEPTHS:
            return False
    return True


def _around_headlines(tree: Any) -> set[Any]:
    """Return the elements that are or hold a first heading or a main part."""
    holders: set[Any] = set()
    for element in tree.iter("h1", "main"):
        while element is not None and element not in holders:
            holders.add(element)
            element = element.getparent()
    return holders


def _element_hint(element: Any, around_headlines: set[Any]) -> str:
    """Return what an element's tag or class says of its text, else an empty string."""
    if "hidden" in element.attrib or "display:none" in element.get("style", "").replace(" ", ""):
        return "hidden"
    if element.tag in _HINT_TAGS:
        return _HINT_TAGS[element.tag]
    if element.tag in _WRAPPER_TAGS:
        return ""
    words = " ".join(element.get(key, "") for key in ("class", "id", "role", "itemprop"))
    if not words.strip():
        return ""
    hint = next((hint for hint, pattern in _HINT_WORDS if pattern.search(words[:500])), "")
    # `col-with-sidebar` around the whole article says nothing of the article.
    return "" if hint and element in around_headlines else hint


def _is_data_row(row: Any) -> bool:
    """Say whether a table row is data rather than layout: short cells without blocks in them."""
    size = 0
    for number, element in enumerate(row.iter()):
        if element.tag in ("table", "ul", "ol", "article", "section", *_HEADINGS):
            return False
        size += len(element.text or "") + len(element.tail or "")
        if size > 2000 or number > 2000 or (number and element.tag == "tr"):
            return False
    return True


def _html_spans(tree: Any) -> list[_Span]:
    """Return every visible block-level text of the page in document order."""
    from lxml import etree

    spans: list[_Span] = []
    pieces: list[str] = []
    # Kind, level and hint of the open elements; a child takes over what it does not set.
    stack: list[tuple[Kind, int, str]] = [(Kind.PARAGRAPH, 0, "")]
    list_depth = 0
    data_row: Any = None
    around_headlines = _around_headlines(tree)

    def flush() -> None:
        text = "".join(pieces)
        pieces.clear()
        kind, level, hint = stack[-1]
        text = text.strip() if kind is Kind.CODE else _SPACE.sub(" ", text).strip()
        if kind is Kind.TABLE_ROW:
            text = text.strip("| ")
        if text:
            spans.append(_Span(text, kind, level, hint))

    walker = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walker:
        tag = element.tag if isinstance(element.tag, str) else ""
        is_block = tag in _BLOCK_TAGS and (data_row is None or element is data_row)
        if event == "start":
            if is_block:
                flush()
            elif data_row is not None and tag in ("td", "th") and pieces:
                pieces.append(_CELL_SEPARATOR)
            elif data_row is not None and tag in _BLOCK_TAGS:
                pieces.append(" ")
            kind, level, hint = stack[-1]
            own_hint = _element_hint(element, around_headlines)
            if own_hint and (hint in ("", "aside") or own_hint in ("hidden", "related", "comment")):
                hint = own_hint
            if tag in _HEADINGS:
                kind, level = Kind.HEADING, _HEADINGS[tag]
            elif tag in ("ul", "ol", "menu", "dir"):
                list_depth += 1
            elif tag in ("li", "dd", "dt"):
                kind, level = Kind.LIST_ITEM, max(list_depth, 1)
            elif tag == "pre":
                kind, level = Kind.CODE, 0
            elif tag == "tr" and data_row is None and _is_data_row(element):
                kind, level, data_row = Kind.TABLE_ROW, 0, element
            stack.append((kind, level, hint))
            # A template that is a shadow root is shown in its place.
            if tag in _DROPPED_TAGS and "shadowrootmode" not in element.attrib:
                walker.skip_subtree()
            elif element.text:
                pieces.append(element.text)
        else:
            if is_block:
                flush()
            stack.pop()
            if tag in ("ul", "ol", "menu", "dir"):
                list_depth -= 1
            if element is data_row:
                data_row = None
            if element.tail:
                pieces.append(element.tail)
    flush()
    return spans


@dataclass(frozen=True, slots=True)
class _Article:
    """What trafilatura finds on a page; `lines` is empty where it finds no article."""

    lines: tuple[str, ...] = ()
    title: str | None = None
    url: str | None = None
    date: str | None = None


#: On a page of more blocks trafilatura does not compare what it found with what jusText finds,
#: whose time grows with the square of the number of short ones: 2 s for 5,000, 10 s for 10,000.
_MAX_COMPARED_BLOCKS = 5_000


def _extract_article(tree: Any, *, fast: bool) -> _Article:
    """Return the article's lines, the last one holding all of it, and the page's metadata."""
    import trafilatura
    from lxml import etree

    # It reports on standard error what we report as notes.
    for name in ("trafilatura", "htmldate"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        page = trafilatura.bare_extraction(
            tree,
            include_comments=False,
            with_metadata=True,
            fast=fast,
            date_extraction_params={"extensive_search": False, "original_date": True},
        )
    except (ValueError, TypeError, AttributeError, RecursionError, etree.LxmlError):
        # Broken pages trip it in many ways; the page's text is still read.
        return _Article()
    if page is None or isinstance(page, dict) or page.body is None:
        return _Article()
    lines = ["".join(element.itertext()) for element in page.body.iter() if element.tag != "body"]
    lines.append(" ".join(page.body.itertext()))
    return _Article(tuple(lines), _stated(page.title), _stated(page.url), _stated(page.date))


_NO_SPACE = re.compile(r"[\s|]+")

#: A shorter text (a menu word) may be part of the article by chance; it must be a line of it.
_MIN_CONTAINED_CHARS = 25

#: Characters of the article that are searched for texts that are not in it: half a minute at 0.7
#: billion a second. Ordinary pages take some millions; a page of 20 MB, half of it article, with
#: 100,000 paragraphs around it would take a trillion.
_MAX_SEARCHED_CHARS = 20_000_000_000


def _mark_outside(spans: list[_Span], article: tuple[str, ...]) -> list[_Span]:
    """Return the spans with `outside_article` set, comparing texts without their white space."""
    squeezed = [_NO_SPACE.sub("", unicodedata.normalize("NFC", line)) for line in article]
    whole, lines = squeezed[-1], frozenset(squeezed)
    marked: list[_Span] = []
    position = num_searched = 0
    for span in spans:
        text = _NO_SPACE.sub("", span.text)
        if len(text) < _MIN_CONTAINED_CHARS or num_searched > _MAX_SEARCHED_CHARS:
            marked.append(replace(span, outside_article=text not in lines))
            continue
        # The article keeps the page's order, so look on from the last hit first.
        found = whole.find(text, position)
        if found >= 0:
            position = found
        else:
            found = whole.find(text)
            num_searched += len(whole)
        marked.append(replace(span, outside_article=found < 0))
    return marked
