"""What a reviewer reads of a quantity: its English, and how the source has it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from seedsum.languages import TARGET_LANGUAGE, get
from seedsum.languages.mentions import Atom, Quantity, Reading
from seedsum.languages.units import in_english

#: Up to here words say parts better than digits do.
_MAX_PART = 12
_LARGE = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"))


def stated(mentions: Sequence[Quantity], *, digits: str = "") -> str:
    """Return mentions as one side of a pair states them, each once: `7 years (৭ বছর)`.

    `digits` are the ten that the text is written with, where they are not those of English.
    """
    return ", ".join(dict.fromkeys(_described(mention, digits) for mention in mentions))


def _described(mention: Quantity, digits: str) -> str:
    english, text = _in_english(mention), mention.text.strip()
    if not english:
        return text
    if text.isascii() and english.lower().startswith(text.lower()):
        return english
    return f"{english} ({text.translate(dict(zip(range(48, 58), digits, strict=False)))})"


def _in_english(mention: Quantity) -> str:
    reading = mention.readings[0]
    if len(reading) == 1:
        kind, value = reading[0]
        if kind == "number":
            sign = "-" if mention.negative else ""
            return in_english(sign + _number(value), mention.unit)
        half = {"am": " a.m.", "pm": " p.m."}.get(mention.half, "")
        return _atom(reading[0]) + half
    return _parts(reading)


def _parts(reading: Reading) -> str:
    if [kind for kind, _ in reading][:2] == ["number", "month"]:
        day, month, *year = (_atom(atom) for atom in reading)
        return " ".join((day, month, *year))
    if len(reading) == 2 and all(kind == "number" for kind, _ in reading):
        return " and ".join(map(_atom, reading))
    return ""


def _atom(atom: Atom) -> str:
    kind, value = atom
    if kind == "month":
        return _names("months")[int(value) - 1]
    if kind == "weekday":
        return _names("weekdays")[int(value) - 1]
    if kind == "quarter":
        return f"quarter {value}"
    if kind == "time":
        hour, minute = divmod(int(value), 60)
        return f"{hour or 12}:{minute:02d}"
    return _number(value) if kind == "number" else ""


def _names(table: str) -> list[str]:
    numbers = get(TARGET_LANGUAGE).numbers
    found: dict[int, str] = {}
    for name, number in getattr(numbers, table).items() if numbers else ():
        found.setdefault(number, name.capitalize())
    return [found.get(number, "") for number in range(1, 13)]


def _number(value: Fraction) -> str:
    for size, word in _LARGE:
        if value >= size and (1000 * value / size).denominator == 1:
            return f"{float(value / size):.10g} {word}"
    if value.denominator == 1:
        return f"{int(value):,}" if value >= 10_000 else str(int(value))
    if value < 1 and value.denominator <= _MAX_PART:
        return f"{value.numerator}/{value.denominator}"
    return f"{float(value):,.10g}"
