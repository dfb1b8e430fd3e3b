"""What stands before a Markdown text: front matter in YAML, TOML or JSON, or pandoc's title."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import yaml

from seedsum.reading.encoding import Decoded
from seedsum.reading.fields import stated_of
from seedsum.reading.spans import Content, Span, stated_fields
from seedsum.records import Kind

#: What PyYAML 6 lets through where a tag and its value do not fit (`!!bool x`), besides its own.
_YAML_FAULTS = (ValueError, LookupError, AttributeError, TypeError, ArithmeticError, RecursionError)


class _Syntax(NamedTuple):
    """How front matter is fenced and read."""

    name: str
    pattern: re.Pattern[str]  # its first group is what stands between the fences
    parse: Callable[[str], Any]
    shape: str  # what it should look like, for people


_SYNTAXES = (
    _Syntax(
        "YAML",
        re.compile(r"\A---[ \t]*\n(.{0,16384}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S),
        yaml.safe_load,
        "key: value lines",
    ),
    _Syntax(
        "TOML",
        re.compile(r"\A\+\+\+[ \t]*\n(.{0,16384}?)\n\+\+\+[ \t]*(?:\n|\Z)", re.S),
        tomllib.loads,
        'key = "value" lines',
    ),
    _Syntax(
        "JSON",
        re.compile(r"\A(\{\n.{0,16384}?\n\})[ \t]*(?:\n|\Z)", re.S),
        json.loads,
        "one JSON object",
    ),
)
#: Pandoc's title block: title, authors and date, each in a line of its own.
_PANDOC = re.compile(r"\A% ?(\S[^\n]{0,500})\n(?:%[^\n]{0,500}\n)?(?:% ?([^\n]{0,100})(?:\n|\Z))?")


def without_front_matter(source: Decoded) -> tuple[Content, str]:
    """Return what the front matter says, and the text after it."""
    content = Content((), encoding=source.encoding, notes=source.notes)
    if title := _PANDOC.match(source.text):
        fields = stated_fields({"title": title[1], "date": title[2]})
        return replace(content, **fields), source.text[title.end() :]
    for syntax in _SYNTAXES:
        if match := syntax.pattern.match(source.text):
            return _read(content, syntax, match[1], source.text[match.end() :])
    return content, source.text


def _read(content: Content, syntax: _Syntax, text: str, body: str) -> tuple[Content, str]:
    try:
        values = syntax.parse(text)
    except (yaml.YAMLError, *_YAML_FAULTS):  # those of TOML and JSON are ValueErrors
        values = None
    if isinstance(values, dict):
        return replace(content, **stated_of(values)), body
    if values is not None:  # a text between two rules
        return content, f"{text}\n\n{body}"
    # Kept as it is, untranslated, so that nothing is lost.
    note = f"the front matter is not valid {syntax.name} ({syntax.shape}) and was not used"
    front = Span(text.strip(), Kind.CODE)
    return replace(content, spans=[front], notes=(*content.notes, note)), body
