"""What a language model may do that reads a text: obey it, speak of itself, add what nobody wrote.

A text that tells its reader what to do is translated like any other: the translation tells it too.
One that does not say so any more was perhaps obeyed. Which words tell a model something stands with
the languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from seedsum.checks.check import Pair
from seedsum.checks.remembering import remembered
from seedsum.languages import TARGET_LANGUAGE, get
from seedsum.records import Flag

#: What chat templates and imitations of them divide turns with, in any language. A space may
#: stand in it, by which it was broken up before a model saw it.
TURN = re.compile(
    r"< ?[|｜][^<>\n]{1,60}[|｜]>|\[ ?/?INST\]|< ?<?/?(?:SYS|start_of_turn|end_of_turn|think)>"
    r"|^#{2,} ?(?:system|assistant|user|instructions?|human)\b ?:?",
    re.IGNORECASE,
)

_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'”’)\]]+|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[a-z][a-z0-9]+)+"
    r"|(?<![\w.-])[a-z0-9][\w-]*(?:\.[\w-]+)*\.(?:com|org|net|info|io|gov|edu|app|shop|online|site|xyz|example"
    r"|vn|bd|in|uk)\b(?!\.\w)",
    re.IGNORECASE,
)
_MAY_HAVE_ADDRESS = re.compile(r"[@/]|www\.|\w\.\w")
_SCHEME = re.compile(r"^(?:https?://)?(?:www\.)?")


def check_instructions(pair: Pair) -> Iterator[Flag]:
    """Flag instructions to a model that the translation does not pass on, and a model's own words.

    A translation may say them in any way: of each kind one word is enough.
    """
    source, translation = pair.source.lower(), pair.translation.lower()
    told = {**_told(source, language=pair.language.tag), **_told(source, language=TARGET_LANGUAGE)}
    if turn := TURN.search(pair.source):
        told["turn"] = turn[0]
    for kind, words in told.items():
        if not _is_said(kind, translation):
            yield Flag("instruction", f"the source tells its reader what to do ({words})")
            return
    own = _compiled(TARGET_LANGUAGE, "speaks_as_model")[""].search(translation)
    if own and not _compiled(TARGET_LANGUAGE, "speaks_as_model")[""].search(source) and not told:
        yield Flag("instruction", f"the translation speaks as a program does ({own[0]})")
    elif own and "prompt" in told:
        yield Flag("instruction", f"the translation says what a program was told ({own[0]})")


def tells_a_model(text: str) -> bool:
    """Return whether an English text tells a language model that reads it what to do."""
    return bool(_told(text.lower(), language=TARGET_LANGUAGE)) or bool(TURN.search(text))


def check_addresses(pair: Pair) -> Iterator[Flag]:
    """Flag a web or mail address that the source does not have."""
    if not _MAY_HAVE_ADDRESS.search(pair.translation):
        return
    there = pair.source.lower()
    added = [
        address
        for match in _ADDRESS.finditer(pair.translation)
        if _SCHEME.sub("", address := match[0].rstrip(".,;:!?").lower()).rstrip("/") not in there
    ]
    if added:
        yield Flag("address-added", f"not in the source: {', '.join(dict.fromkeys(added))}")


@remembered
def _told(text: str, *, language: str) -> Mapping[str, str]:
    """Return what a text in small letters tells a model, by kind, in its words."""
    found = {kind: known.search(text) for kind, known in _compiled(language, "instructs").items()}
    return {kind: match[0] for kind, match in found.items() if match}


def _is_said(kind: str, translation: str) -> bool:
    if kind == "turn":
        return TURN.search(translation) is not None
    known = _compiled(TARGET_LANGUAGE, "instructed").get(kind)
    return known is None or known.search(translation) is not None


@cache
def _compiled(language: str, name: str) -> Mapping[str, re.Pattern[str]]:
    cues = get(language).cues
    patterns = getattr(cues, name) if cues else {}
    if isinstance(patterns, str):
        patterns = {"": patterns or r"(?!)"}
    return {kind: re.compile(rf"(?<!\w)(?:{pattern})") for kind, pattern in patterns.items()}
