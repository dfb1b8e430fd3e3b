"""Faults that a score over a corpus hardly shows, word by word.

Names that nobody would recognise, lands from nowhere, words left in the source's script. They are
told from source, reference and output alone, so they count what the model writes before any check
or repair of the package.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

LANDS = Path(__file__).parent / "lands.tsv"
#: Edits that a name's consonants may need, as a share of them.
MAX_EDITS = 0.2
MIN_CONSONANTS = 3
CALENDAR = frozenset({*calendar.month_name, *calendar.day_name})
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# A capital after these says nothing: a sentence or a quotation begins.
_BEGINS = re.compile(r"(?:^|[.!?:;…]|[\"“‘(\[–—])[\s\"“‘'(\[]*$")
_SOUNDS = (("ph", "f"), ("ck", "k"), ("q", "k"), ("c", "k"), ("z", "s"), ("v", "b"))
_SCRIPTS = {"bn": re.compile(r"[\u0980-\u09ff]")}


@dataclass(frozen=True, slots=True)
class WordFaults:
    """Shares, 0 to 1; of all names of the references, or of all sentences.

    `recognisable_names`: of words of three or more consonants with a capital inside a sentence of
    the reference, other than dates and what `lands.tsv` has, those of which the output has a word
    with the same consonants, within a fifth of edits. `invented_lands`: outputs that name a land,
    people or city of `lands.tsv` that neither source nor reference names. `left_in_script`: outputs
    with a letter of the source's script.
    """

    num_names: int
    recognisable_names: float
    invented_lands: float
    left_in_script: float


def word_faults(
    sources: Sequence[str], references: Sequence[str], outputs: Sequence[str], language: str
) -> WordFaults:
    """Count the faults of `outputs`, sentence by sentence."""
    lands = read_lands(language)
    no_names = CALENDAR | {word for forms, _ in lands for form in forms for word in form.split()}
    lower = {word for text in references for word in words(text) if word[0].islower()}
    num_names = num_found = num_invented = num_left = 0
    script = _SCRIPTS.get(language)
    for source, reference, output in zip(sources, references, outputs, strict=True):
        written = [consonants(word) for word in words(output)]
        for name in names(reference):
            skeleton = consonants(name)
            if name in no_names or name.lower() in lower or len(skeleton) < MIN_CONSONANTS:
                continue
            num_names += 1
            num_found += any(alike(skeleton, other) for other in written)
        num_invented += any(
            names_any(forms, output)
            and not names_any(forms, reference)
            and not any(form in source for form in originals)
            for forms, originals in lands
        )
        num_left += bool(script and script.search(output))
    num = len(outputs)
    return WordFaults(num_names, num_found / num_names, num_invented / num, num_left / num)


def read_lands(language: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The lines of `lands.tsv`: English forms, and those of the language, without brackets."""
    column = {"vi": 1, "bn": 2}[language]
    lines = LANDS.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [(_forms(row[0]), _forms(row[column])) for row in rows]


def _forms(cell: str) -> tuple[str, ...]:
    return tuple(form.strip(" ()") for form in cell.split(",") if form.strip(" ()"))


def names_any(forms: Iterable[str], text: str) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(form)}(?!\w)", text) for form in forms)


def words(text: str) -> list[str]:
    return _WORD.findall(text)


def names(text: str) -> list[str]:
    """Words with a capital that do not begin a sentence or a quotation."""
    return [
        re.sub(r"['’]s?$", "", match[0])
        for match in _WORD.finditer(text)
        if match[0][0].isupper() and not _BEGINS.search(text[: match.start()])
    ]


def consonants(word: str) -> str:
    """The word without vowels, aspiration and doubled letters, like sounds written alike."""
    word = re.sub(r"['’]s?$", "", word).lower()
    for spelled, sound in _SOUNDS:
        word = word.replace(spelled, sound)
    word = re.sub(r"(?<=[b-df-gj-np-tv-xz])h", "", word)
    word = re.sub(r"[aeiouyw]|[^a-z]", "", word)
    return re.sub(r"(.)\1+", r"\1", word)


def alike(first: str, second: str) -> bool:
    return edits(first, second) <= MAX_EDITS * max(len(first), len(second))


def edits(first: str, second: str) -> int:
    """Levenshtein distance."""
    row = list(range(len(second) + 1))
    for i, one in enumerate(first, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(second, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != other))
    return row[-1]
