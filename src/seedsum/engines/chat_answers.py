"""What a language model answered -> the text that was asked for, without the talk around it.

Only what stands around a text is taken off, by rules that nothing in an article's own words should
meet; what is left is the model's to the letter, and the checks judge it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """A text as it was answered, in one line."""

    text: str
    fault: str = ""  # `empty`, `refusal`, `copied`, `foreign`; else empty
    had_talk: bool = False  # something that stood around it was taken off


_THOUGHTS = re.compile(
    r"<(think|thinking|thought|reasoning)>.*?</\1>|^.*?</(?:think|thinking|thought|reasoning)>",
    re.DOTALL | re.IGNORECASE,
)
_OPEN_THOUGHT = re.compile(r"\A\s*<(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[\w+-]*[ \t]*\n(.*?)\n?[ \t]*\1[ \t]*$", re.DOTALL | re.M)
_EMPHASIS = r"[*_#]{0,3}[ \t]*"
_WHAT = (
    r"(?:translation|translated(?: text| version| sentence)?|english(?: version| text)?|summary)"
)
#: `Sure! Here is the translation:`, `**Translation:**`, `English translation (literal):`.
_LEAD = re.compile(
    rf"\A{_EMPHASIS}(?:(?:sure|certainly|of course|okay|ok|absolutely|understood)\b[,.!:]*\s*)?"
    rf"{_EMPHASIS}(?:(?:here(?:'s|’s| is| are)|this is|below is)\b[^:\n]{{0,60}}\b{_WHAT}\b"
    rf"[^:\n]{{0,60}}|(?:the |my )?(?:english )?{_WHAT}(?:[ \t]*\([^)\n]{{0,40}}\))?"
    rf"(?: (?:in|into|to) english)?(?: is| reads)?){_EMPHASIS}:{_EMPHASIS}\s*",
    re.IGNORECASE,
)
#: `# Translation` on a line of its own.
_HEADING = re.compile(
    rf"\A(?:#{{1,6}}[ \t]*|\*\*)(?:the |my )?(?:english )?{_WHAT}(?:\*\*)?[ \t]*:?[ \t]*\n",
    re.IGNORECASE,
)
#: The whole text in bold or italics.
_MARKED = re.compile(r"\A(\*\*|__|\*)(?=\S)([^*_\n]+)(?<=\S)\1\Z")
_SURE = re.compile(
    r"\A(?:sure|certainly|of course|okay|ok|absolutely)[,.!:]*[ \t]*\n", re.IGNORECASE
)
#: A paragraph after the text that speaks of it.
_AFTER = re.compile(
    r"\n\s*\n[(\[*_ \t]*(?:(?:translator'?s )?notes?\b|explanation|let me know|i hope this"
    r"|please (?:let me|note)|if you (?:need|would|have|want)|feel free|(?:in )?this translation"
    r"|is there anything).*\Z",
    re.DOTALL | re.IGNORECASE,
)
_QUOTES = (('"', '"'), ("“", "”"), ("«", "»"), ("'", "'"), ("‘", "’"), ("`", "`"), ("„", "“"))

#: What colours a terminal, and what turns the direction of the text after it.
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_REFUSES = re.compile(
    r"\A\W*(?:i['’]?m (?:very |really )?sorry|i am (?:very )?sorry|sorry|i apologi[sz]e"
    r"|my apologies|unfortunately|i can(?:no|['’])t|i can not|i(?:['’]m| am) (?:un|not )able"
    r"|i won['’]t|i will not|as an? (?:ai|large|language|artificial)\b)",
    re.IGNORECASE,
)
_OF_ITSELF = re.compile(
    r"\b(?:translat\w*|assist(?: you)? with (?:this|that)|(?:this|that|your|the) request|language"
    r" model|as an ai|ai assistant|(?:content|safety|usage) polic\w+|guidelines|comply"
    r"|summari[sz]e (?:this|that)|the (?:text|article|content) (?:you|that))\b",
    re.IGNORECASE,
)
_REFUSAL_CHARS = 400  # what follows them is no longer the refusal

#: Above that share of letters that English does not have, an answer is not English. Vietnamese has
#: a fourth of them and more; names of persons and places in English text stay far below.
_FOREIGN_SHARE = 0.2
_MIN_LETTERS = 12


def read_answer(content: str, source: str = "") -> Answer:
    """Return the text of an answer; `source` is what was to be translated, if anything was.

    Thoughts, fences, a JSON object around one text, words around the text and quotation marks that
    the source has not are taken off, and characters that no text has (of control, halves of
    others). A refusal leaves no text, nor does an answer without letters and digits.
    """
    content = _printable(content)
    text = _THOUGHTS.sub("", content)
    if _OPEN_THOUGHT.match(text):  # cut before it came to the answer
        text = ""
    bare = text = text.strip()
    fenced = _FENCE.findall(text)
    if len(fenced) == 1:
        text = fenced[0][1].strip()
    text = _out_of_json(text, source)
    text = _SURE.sub("", text)
    if not _LEAD.match(source):
        text = _LEAD.sub("", _HEADING.sub("", text))
    text = _unquoted(_AFTER.sub("", text).strip(), source)
    if not _MARKED.match(source.strip()):
        text = _MARKED.sub(r"\2", text)
    had_talk = text != content.strip()
    if len(bare) <= _REFUSAL_CHARS and _REFUSES.match(bare) and _OF_ITSELF.search(bare):
        return Answer("", "refusal", had_talk)
    text = " ".join(text.split())
    if not any(map(str.isalnum, text)):
        return Answer("", "empty", had_talk)
    return Answer(text, _fault(text, source), had_talk)


def read_lines(content: str, num_sentences: int) -> tuple[str, ...] | None:
    """Return the lines `[1]` to `[n]` of an answer to a numbered paragraph.

    None where they are not exactly these, in order, each with words: then nobody can say which line
    is of which sentence.
    """
    text = _THOUGHTS.sub("", _printable(content)).strip()
    fenced = _FENCE.findall(text)
    if len(fenced) == 1:
        text = fenced[0][1]
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if lines and not lines[0].startswith("[") and _LEAD.match(f"{lines[0]}\n"):
        lines = lines[1:]
    found = [re.fullmatch(r"\[(\d{1,4})\]\s*(.*)", line) for line in lines]
    numbers = [int(match[1]) for match in found if match]
    if None in found or numbers != list(range(1, num_sentences + 1)):
        return None
    texts = tuple(match[2] for match in found if match)
    return texts if all(any(map(str.isalnum, text)) for text in texts) else None


def _printable(content: str) -> str:
    """Return an answer without control characters, halves of characters, and turns of direction."""
    return "".join(
        char
        for char in _COLOUR.sub("", content)
        if char in "\n\r\t"
        or (unicodedata.category(char) not in ("Cc", "Cs") and char not in _TURNS)
    )


def _out_of_json(text: str, source: str) -> str:
    """Return the one text in a JSON object, where a whole answer is such a one; else the answer."""
    if not text.startswith("{") or source.lstrip().startswith("{"):
        return text
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return text
    texts = list(found.values()) if isinstance(found, dict) else []
    return texts[0].strip() if len(texts) == 1 and isinstance(texts[0], str) else text


def _unquoted(text: str, source: str) -> str:
    for opening, closing in _QUOTES:
        inside = text[1:-1]
        if (
            len(text) > 2
            and text[0] == opening
            and text[-1] == closing
            and not {opening, closing} & set(inside.replace("'", "") if opening == "'" else inside)
            and not source.lstrip().startswith(tuple("\"“«'‘`„"))
        ):
            return inside.strip()
    return text


def _fault(text: str, source: str) -> str:
    if not source:
        return ""
    if _folded(text) == _folded(source) and not _is_english_script(source):
        return "copied"
    return "" if _is_english_script(text) else "foreign"


def _folded(text: str) -> Sequence[str]:
    return re.findall(r"\w+", text.casefold())


def _is_english_script(text: str) -> bool:
    """Return whether nearly all letters are those of English; of a few, it is not asked."""
    letters = [char for char in text if char.isalpha()]
    if len(letters) < _MIN_LETTERS:
        return True
    return sum(not char.isascii() for char in letters) <= _FOREIGN_SHARE * len(letters)
