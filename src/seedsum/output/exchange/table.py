"""What a row of a table says of a sentence, for people who correct it in a spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from seedsum.output.exchange.sentences import Key, Sentence
from seedsum.output.rendering.page import in_words
from seedsum.reviews import Offer

#: Where a person writes.
YOURS, VERDICT, NOTE = "your English", "verdict", "note"

#: The columns, in order; the last one is for coming back and hidden where that is possible.
COLUMNS = (
    *("article", "sentence", "source", "English", YOURS, VERDICT, NOTE),
    *("doubts", "offered", "summary", "state", "reviewer", "lang", "key"),
)

#: What a person may choose as a verdict.
RIGHT, WRONG = "right", "wrong"

#: Most characters (of UTF-16) in a cell of Excel; openpyxl cuts what is longer without a word.
MAX_CELL_UNITS = 32_767

#: How a text ends that was cut. What it says of a row is found again by this beginning.
CUT = "… [CUT: "

#: What no XML can hold, escaped or not. Source: XML 1.0, "Char".
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n?")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table that came back, as it stands there."""

    line: str  # where it stands, for people
    article: str
    sentence: str
    source: str
    english: str
    yours: str
    verdict: str
    note: str
    key: Key | None


def cells_of(sentence: Sentence) -> dict[str, str]:
    """Return what each column says of a sentence."""
    english = cell_text(sentence.english)
    return {
        "article": cell_text(sentence.article),
        "sentence": sentence.id,
        "source": cell_text(sentence.source),
        "English": english,
        YOURS: english,
        VERDICT: "",
        NOTE: "",
        "doubts": cell_text("\n".join(map(in_words, sentence.flags))),
        "offered": cell_text("\n".join(map(offer_in_words, sentence.offers))),
        "summary": ", ".join(map(str, sentence.cited_by)),
        "state": state_in_words(sentence),
        "reviewer": cell_text(sentence.reviewer),
        "lang": sentence.language,
        "key": sentence.key,
    }


def state_in_words(sentence: Sentence) -> str:
    """Return what a person has said of it, or that it was not translated; nothing for most."""
    said = {"accepted": "right", "edited": "corrected", "rejected": "wrong"}
    if state := said.get(sentence.verdict):
        note = f": {sentence.note}" if sentence.note else ""
        return cell_text(f"{state}{note}")
    return "not translated" if sentence.fate == "failed" else ""


def offer_in_words(offer: Offer) -> str:
    """Return what somebody gave the same sentence elsewhere, and who and where that was."""
    who = f"{offer.reviewer}, {offer.document}" if offer.reviewer else offer.document
    return f"{offer.text} ({who})"


def cell_text(text: str) -> str:
    """Return a text as a cell shows it: what XML cannot hold as `⟦U+0001⟧`, line ends as `\\n`."""
    lines = _LINE_ENDS.sub("\n", text)
    return NO_XML.sub(lambda found: f"⟦U+{ord(found[0]):04X}⟧", lines)


def fitted(text: str) -> str:
    """Return a text that fits into a cell; what was cut off is said in words, in the cell."""
    num_units = _num_units(text)
    if num_units <= MAX_CELL_UNITS:
        return text
    notice = (
        f"{CUT}the text has {num_units:,} characters, more than a cell holds. It cannot be"
        " corrected here; use seedsum review, or its Markdown]"
    )
    kept = text[: MAX_CELL_UNITS - len(notice)]
    while _num_units(kept) + len(notice) > MAX_CELL_UNITS:
        kept = kept[: -max(1, (_num_units(kept) + len(notice) - MAX_CELL_UNITS) // 2)]
    return kept + notice


def _num_units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def row_of(cells: Mapping[str, str], *, line: str) -> Row:
    """Return a row by the names of its columns; those that are not there are empty."""
    return Row(
        line=line,
        article=cells.get("article", "").strip(),
        sentence=cells.get("sentence", "").strip(),
        source=cells.get("source", ""),
        english=cells.get("English", ""),
        yours=cells.get(YOURS, ""),
        verdict=cells.get(VERDICT, ""),
        note=cells.get(NOTE, "").strip(),
        key=Key.parse(cells.get("key", "")),
    )
