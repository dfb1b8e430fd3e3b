"""What a summary must hold and must not say: the texts of `summary_texts.toml`, and the count."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": " "})


@dataclass(frozen=True, slots=True)
class Text:
    """One text with its facts."""

    name: str
    kind: str
    text: str
    must: tuple[tuple[str, ...], ...]  # one of the forms of each is to be held
    must_not: tuple[tuple[str, tuple[str, ...]], ...]  # unless one of these is held as well
    openers: tuple[str, ...]  # no sentence begins so
    apart: bool = False  # not looked at while rules and weights were chosen


@dataclass(frozen=True, slots=True)
class Found:
    """What a summary holds of a text's facts."""

    missed: tuple[str, ...]
    violations: tuple[str, ...]
    num_facts: int

    @property
    def num_held(self) -> int:
        """Return how many of the facts it holds."""
        return self.num_facts - len(self.missed)


@cache
def own_texts() -> tuple[Text, ...]:
    """Return the texts of `summary_texts.toml`."""
    path = Path(__file__).with_name("summary_texts.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return tuple(_text(name, entry) for name, entry in table.items())


def _text(name: str, entry: dict[str, object]) -> Text:
    must, must_not, openers = (entry[key] for key in ("must", "must_not", "openers"))
    assert isinstance(must, list)
    assert isinstance(must_not, list)
    assert isinstance(openers, list)
    denied = (text.partition(" unless ") for text in must_not)
    return Text(
        name=name,
        kind=str(entry["kind"]),
        text=str(entry["text"]).strip(),
        must=tuple(tuple(forms.split("|")) for forms in must),
        must_not=tuple((said, tuple(filter(None, rest.split("|")))) for said, _, rest in denied),
        openers=tuple(openers),
        apart=bool(entry.get("apart")),
    )


def examine(sentences: Sequence[str], text: Text) -> Found:
    """Return which facts of a text the sentences lack, and what they say that they must not."""
    whole = _plain(" ".join(sentences))
    violations = [
        f"says {said!r}"
        for said, excuses in text.must_not
        if _occurs(said, whole) and not any(_occurs(excuse, whole) for excuse in excuses)
    ]
    for sentence in sentences:
        opener = next((o for o in text.openers if _plain(sentence).startswith(_plain(o))), None)
        if opener is not None:
            violations.append(f"opens with {opener!r}")
    missed = [forms[0] for forms in text.must if not any(_occurs(form, whole) for form in forms)]
    return Found(tuple(missed), tuple(violations), len(text.must))


def _plain(text: str) -> str:
    return " ".join(text.translate(_PLAIN).casefold().split())


def _occurs(wanted: str, text: str) -> bool:
    """Return whether a text has these words; a number is not found in a longer one."""
    pattern = re.escape(_plain(wanted))
    return re.search(rf"(?<!\d)(?<!\d[.,]){pattern}(?![.,]?\d)", text) is not None
