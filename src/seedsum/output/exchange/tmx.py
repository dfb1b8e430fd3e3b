"""TMX 1.4b: sentences with their English, for translation memories of other tools.

Source: "TMX 1.4b Specification", LISA/GALA 2005; tests/tmx14.dtd has its rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from seedsum import __version__
from seedsum.output.exchange.sentences import Article, Sentence
from seedsum.output.exchange.table import cell_text
from seedsum.records import TARGET_LANGUAGE, Fate, Verdict

#: Types of our own properties, which say where a unit is from when it comes back.
DOCUMENT, SEGMENT, KEY = "x-document", "x-segment", "x-key"
#: What a person said of the English: `accepted`, `edited`, or `no`.
REVIEWED = "x-reviewed"
NOT_REVIEWED = "no"

#: What the header says where units are of several languages.
_ALL = "*all*"


def lines(articles: Iterable[Article], *, whole_page: bool, reviewed: bool) -> Iterator[bytes]:
    """Yield a memory: its header, then a unit for each sentence.

    What was not translated or was found wrong is in none.
    """
    units: list[bytes] = []
    languages: set[str] = set()
    for article in articles:
        for sentence in article.chosen(whole_page=whole_page, reviewed=reviewed):
            if _is_usable(sentence):
                units.append(_unit(sentence, status=article.record["status"]))
                languages.add(sentence.language)
    yield _header(languages)
    yield from units
    yield b"</body>\n</tmx>\n"


def _is_usable(sentence: Sentence) -> bool:
    is_translated = sentence.fate != Fate.FAILED or sentence.is_reviewed
    return is_translated and sentence.verdict != Verdict.REJECTED and bool(sentence.english.strip())


def _header(languages: set[str]) -> bytes:
    source = next(iter(languages)) if len(languages) == 1 else _ALL
    stated = {
        "creationtool": "seedsum",
        "creationtoolversion": __version__,
        "segtype": "sentence",
        "o-tmf": "seedsum",
        "adminlang": TARGET_LANGUAGE,
        "srclang": source,
        "datatype": "plaintext",
    }
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4">\n'
        f"<header{_attributes(stated)}/>\n<body>\n"
    ).encode()


def _unit(sentence: Sentence, *, status: str) -> bytes:
    said = sentence.verdict if sentence.is_reviewed else NOT_REVIEWED
    properties = {
        DOCUMENT: sentence.article,
        SEGMENT: sentence.id,
        "x-fate": sentence.fate,
        "x-status": status,
        "x-flags": ", ".join(sorted({flag.code for flag in sentence.flags})),
        REVIEWED: said,
        KEY: sentence.key,
        "prev": sentence.before,
        "next": sentence.after,
    }
    unit = {"tuid": f"{sentence.article}#{sentence.id}", "srclang": sentence.language}
    person = {"changedate": _date(sentence.time), "changeid": sentence.reviewer}
    target = person if sentence.is_reviewed else {}
    note = f"<note>{_text(sentence.note)}</note>\n" if sentence.note else ""
    return (
        f"<tu{_attributes(unit)}>\n{note}"
        + "".join(
            f'<prop type="{name}">{_text(text)}</prop>\n'
            for name, text in properties.items()
            if text
        )
        + f"<tuv{_attributes({'xml:lang': sentence.language})}>"
        f"<seg>{_text(sentence.source)}</seg></tuv>\n"
        f"<tuv{_attributes({'xml:lang': TARGET_LANGUAGE, **target})}>"
        f"<seg>{_text(sentence.english)}</seg></tuv>\n</tu>\n"
    ).encode()


def _attributes(values: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(cell_text(text))}" for name, text in values.items() if text)


def _text(text: str) -> str:
    return escape(cell_text(text))


def _date(time: str) -> str:
    """Return a time as TMX has it, in UTC; empty where it is none."""
    moment = moment_of(time)
    return moment.strftime("%Y%m%dT%H%M%SZ") if moment else ""


def moment_of(stated: str) -> datetime | None:
    """Return a time in UTC, which is what one without a zone is in; None where it is none."""
    try:
        moment = datetime.fromisoformat(stated)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
