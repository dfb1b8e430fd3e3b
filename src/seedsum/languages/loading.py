"""The languages' files: TOML -> the records of `language.py`, whose fields are the keys.

How a value is written goes by the field's type: words are separated by white space, a table of
numbers has the words of each (`2 = 'both twice'`, `"1/2" = 'half'`) or of some in order
(`1-3 = 'one two three'`), and the lines of any other text are joined.
"""

from __future__ import annotations

import pkgutil
import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass
from fractions import Fraction
from functools import cache, partial
from importlib.resources.abc import Traversable
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from seedsum.errors import ConfigError, refuse_unknown
from seedsum.languages.common import count, units, words
from seedsum.languages.language import CueForms, Language, Meanings, Words

T = TypeVar("T")


def load(path: Traversable) -> tuple[Language, ...]:
    """Return the language of a TOML file; or the languages, where each is a table by its tag.

    Raises:
        ConfigError: It cannot be read, or a key or a value is wrong; names the file and the key.
    """
    try:
        # Documents are in NFC, so the words must be too.
        table = tomllib.loads(unicodedata.normalize("NFC", path.read_text("utf-8")))
        if "tag" in table:
            return (_record(Language, table),)
        return tuple(
            _record(Language, {"tag": tag, **_checked(dict, entry)}, where=tag)
            for tag, entry in table.items()
        )
    except (OSError, ValueError, ConfigError) as error:
        raise ConfigError(f"{path}: {error}") from error


def _record(kind: Any, table: Mapping[str, Any], *, where: str = "") -> Any:
    kinds = _kinds(kind)
    values = {}
    for key, value in table.items():
        refuse_unknown(key, kinds, what=f"key in [{where}]" if where else "key")
        values[key] = _value(kinds[key], value, where=f"{where}.{key}" if where else key)
    try:
        return kind(**values)
    except TypeError as error:  # names what is missing
        raise ConfigError(f"{where}: {error}") from error


@cache
def _kinds(kind: type) -> dict[str, Any]:
    return {
        name: get_args(hint)[0] if get_origin(hint) is UnionType else hint
        for name, hint in get_type_hints(kind, include_extras=True).items()
    }


def _value(kind: Any, value: object, *, where: str) -> Any:
    written, read = _READERS.get(kind, (str, _code))
    if is_dataclass(kind):
        written, read = dict, partial(_record, kind, where=where)
    elif get_origin(kind) is tuple and is_dataclass(one := get_args(kind)[0]):
        written, read = (
            list,
            lambda tables: tuple(_record(one, each, where=where) for each in tables),
        )
    try:
        return read(_checked(written, value))
    except (ValueError, ArithmeticError, AttributeError, ImportError, re.error) as error:
        raise ConfigError(f"{where}: {error}") from error


def _checked(kind: type[T], value: Any) -> T:
    if type(value) is not kind:
        raise ValueError(f"must be {_NAMES[kind]} (found: {value!r})")
    return value


_NAMES: dict[type, str] = {
    **{str: "a text", dict: "a table", list: "a list of texts"},
    **{bool: "true or false", int: "a whole number", float: "a number with a point"},
}


def _text(text: str) -> str:
    return "".join(map(str.strip, text.splitlines()))


def _texts(table: Mapping[str, object]) -> dict[str, str]:
    return {key: _text(_checked(str, text)) for key, text in table.items()}


def _values(table: Mapping[str, object]) -> dict[str, tuple[Fraction, ...]]:
    found: dict[str, tuple[Fraction, ...]] = {}
    for key, text in table.items():
        written = _checked(str, text)
        numbered: Mapping[str, int | Fraction]
        if span := re.fullmatch(r"(\d+)-(\d+)", key):
            numbered = count(written, int(span[1]))
            wanted, given = int(span[2]) - int(span[1]) + 1, len(written.split())
            if given != wanted:
                raise ValueError(f"{key} has {given} words instead of {wanted}")
        else:
            numbered = dict.fromkeys(written.split(), Fraction(key))
        for word, number in numbered.items():
            word = word.replace("_", " ")
            found[word] = (*found.get(word, ()), Fraction(number))
    return found


def _numbers(table: Mapping[str, object]) -> dict[str, Fraction]:
    found = _values(table)
    if twice := [word for word, values in found.items() if len(values) > 1]:
        raise ValueError(f"more than one number for {', '.join(twice)}")
    return {word: value for word, (value,) in found.items()}


def _whole_numbers(table: Mapping[str, object]) -> dict[str, int]:
    return {word: int(str(value)) for word, value in _numbers(table).items()}


def _forms(table: Mapping[str, object]) -> dict[str, CueForms]:
    found = {}
    for key, text in table.items():
        written = _checked(str, text).replace("\n", " ")
        outside, inside = re.sub(r"\([^()]*\)", " ", written), re.findall(r"\(([^()]*)\)", written)
        if "(" in outside or ")" in outside:
            raise ValueError(f"a bracket in {key} is not closed")
        found[key] = CueForms(_phrases(outside), _phrases(" ".join(inside)))
    return found


def _phrases(text: str) -> Words:
    return frozenset(word.replace("_", " ") for word in words(text))


def _code(name: str) -> object:
    return pkgutil.resolve_name(name if ":" in name else f"{__package__}.grammar:{name}")


#: By the type of a field: how TOML has it, and what makes the field's value of that.
_READERS: dict[Any, tuple[type, Callable[[Any], Any]]] = {
    str: (str, _text),
    bool: (bool, bool),
    int: (int, int),
    float: (float, float),
    Words: (str, words),
    re.Pattern[str]: (str, lambda text: re.compile(_text(text))),
    Mapping[str, str]: (dict, _texts),
    Mapping[str, Words]: (dict, lambda table: {k: words(v) for k, v in _texts(table).items()}),
    Mapping[str, CueForms]: (dict, _forms),
    Meanings: (dict, lambda table: units(**_texts(table))),
    Mapping[str, int]: (dict, _whole_numbers),
    Mapping[str, Fraction]: (dict, _numbers),
    Mapping[str, int | Fraction]: (dict, _numbers),
    Mapping[str, tuple[Fraction, ...]]: (dict, _values),
    tuple[str, ...]: (list, lambda texts: tuple(_checked(str, text) for text in texts)),
}
