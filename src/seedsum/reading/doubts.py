"""Why a document's text may not be its article, or not all of it: each asks for a person's review.

The pages' words are `PageCues` of the languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from seedsum.reading import READERS, STDIN_NAME, reader_of
from seedsum.reading.cues import RULES, page_cues
from seedsum.reading.legacy import num_garbled
from seedsum.records import ARTICLE_ROLES, Block, Document, Role

#: An article about bot checks is longer than the page of one.
_MAX_INTERSTITIAL_CHARS = 800
#: Garbled places for each of so many characters: a quotation of some garbled text has fewer.
_CHARS_PER_GARBLED = 400
#: An article that is a list or a table is longer than what a menu leaves.
_MIN_LIST_CHARS = 100
#: Of a web page that is all; a sentence of an article alone is longer.
_MIN_PAGE_CHARS = 60
_PAGES = frozenset({"html", "xhtml", "mhtml", "warc"})
#: What people write into a `.txt`; anything else in it was saved or named wrongly.
_WRITTEN = frozenset({"txt", "md"})
_LOST = "\ufffd"
#: A question mark in a word, where no address is: what a program writes for a letter that it lacks.
_LOST_AS_QUESTION = re.compile(r"(?<!\S)(?![^\s?]*[/=&@.:])(?:[^\s?]*\?+[^\W\d_]|\?\?+(?!\S))\S*")
#: So many, and of all words that share: a text has one that lacks its space at most.
_MIN_LOST, _MIN_LOST_SHARE = 3, 0.05
#: Of scripts without spaces so many letters count as a word.
_MAX_WORD_CHARS = 8
_TEXT_ROLES = frozenset({Role.BODY, Role.LIST, Role.TABLE})


_INTERSTITIAL = re.compile(rf"\W{{0,5}}{page_cues('interstitial')}", re.IGNORECASE)
_PAYWALL = next(rule for rule in RULES if rule.name == "paywall")


def doubts(document: Document) -> tuple[str, ...]:
    """Return in plain words what is doubtful of a document whose blocks have roles, worst first."""
    return tuple(_doubts(document))


def _doubts(document: Document) -> Iterator[str]:
    texts = [(block, document.text[block.start : block.end]) for block in document.blocks]
    article = [text for block, text in texts if block.role in _TEXT_ROLES]
    bodies = [text for block, text in texts if block.role is Role.BODY]
    size = sum(map(len, article))
    is_empty = not _has_letters(bodies) and size < _MIN_LIST_CHARS
    is_bare = document.format in _PAGES and size < _MIN_PAGE_CHARS
    places = (text for block, text in texts if is_empty or is_bare or block.role in ARTICLE_ROLES)
    place = next(filter(_INTERSTITIAL.match, places), "")
    is_other = bool(place) and size <= _MAX_INTERSTITIAL_CHARS
    if is_other:
        yield f"a page in the article's place (“{_short(place)}”); save the article itself"
    elif is_empty:
        found = _listed(document.blocks)
        yield f"no article text was found, only {found}; save the page when it is complete"
    elif is_bare:
        yield f"hardly any article text was found ({size} characters); save the page again"
    wall = next((text for _, text in texts if _is_paywall(text)), "")
    if wall and not is_other:
        yield f"the rest is for subscribers only (“{_short(wall)}”): the text is cut off"
    if _is_called_text(document.name) and document.format not in _WRITTEN:
        yield (
            f"the file's name says plain text and its content is {document.format}; read as that,"
            " give it the extension of what it is"
        )
    kept = " ".join(text for block, text in texts if block.role in ARTICLE_ROLES)
    if num_lost := kept.count(_LOST):
        yield (
            f"{num_lost:,} characters were lost before the file was saved (they are {_LOST},"
            " U+FFFD); save it again from its origin"
        )
    if num_lost := _num_lost_as_question(kept):
        yield (
            f"{num_lost:,} words have a question mark where a letter was, which was lost before the"
            " file was saved; save it again from its origin"
        )
    if num_garbled(kept) * _CHARS_PER_GARBLED > max(len(kept), _CHARS_PER_GARBLED):
        yield "the text looks as if it had been decoded wrongly; save it again from its origin"


def _is_called_text(name: str) -> bool:
    return name != STDIN_NAME and reader_of(name) is READERS["txt"]


def _num_lost_as_question(text: str) -> int:
    """Return how many words lost letters to question marks; 0 where those may be a writer's."""
    number = len(_LOST_AS_QUESTION.findall(text))
    num_words = max(text.count(" "), len(text) / _MAX_WORD_CHARS)
    is_many = number >= _MIN_LOST and number >= _MIN_LOST_SHARE * num_words
    return number if is_many else 0


def _has_letters(texts: Iterable[str]) -> bool:
    return any(letter.isalpha() for text in texts for letter in text)


def _is_paywall(text: str) -> bool:
    return len(text) <= _PAYWALL.max_chars and bool(_PAYWALL.pattern.search(text))


def _listed(blocks: tuple[Block, ...]) -> str:
    """Return what roles the blocks have, as `title, navigation`."""
    return ", ".join(dict.fromkeys(block.role.replace("_", " ") for block in blocks))


def _short(text: str, max_chars: int = 60) -> str:
    line = " ".join(text.split())
    return line if len(line) <= max_chars else f"{line[:max_chars].rsplit(' ', 1)[0]} …"
