"""Why a sentence reads badly on its own, or is none of the article's: each fault with its cost."""

from __future__ import annotations

import re

from seedsum.records import ArticleSentence, Role
from seedsum.summaries.cues import cues_of
from seedsum.summaries.words import is_foreign

#: What a fault costs, on the scale where the most central sentence has 1.
#: ROUGE hardly sees most of them (of one alone at most 0.2); a reader does.
FAULT_COSTS: dict[str, float] = {
    "dependent": 0.9,
    "linked": 0.1,
    "question": 3.0,
    "quote": 1.5,
    "short": 0.8,
    "long": 0.3,
    "fragment": 0.8,
    "numbers": 0.8,
    "notice": 3.0,
    "scene": 0.6,
    "listed": 0.4,
    "flagged": 0.8,
    "headline": 3.0,
    "asked": 3.0,
    "heading": 3.0,
    "credit": 3.0,
    "foreign": 4.0,
}

#: With one of these a sentence is taken only where an article has nothing else.
BARRED = frozenset({"question", "notice", "headline", "asked", "heading", "credit", "foreign"})

# Openings that point at something said before; on its own such a sentence leaves the reader asking.
_DEPENDENT = re.compile(
    r"""[\W_]*(?:(?:and|but|so|yet|also|then|however|moreover|now|today|still),?\s)?(?:
    he|she|they|his|hers?|theirs?|their|him|them|its|this|these|those(?!\s(?:who|that|which|in|of|with|whose)\b)|such|both|neither|another|
    others?|
    it(?!\s(?:is|was|will\sbe|seems?|appears?|turned\sout|remains)\b.{0,40}\b(?:that|to)\b)|
    that(?!\s+\w+\s+is\b)|
    one(?=\s(?:put|said|says|was|is|of\s(?:them|these|those)))|
    (?:the\s)?(?:former|latter)|
    there(?!\s(?:is|are|was|were|has|have|will|would|can|could|may)\b)|here|
    (?:in|by|on|for|as|after|at|despite|with|from|during|since|under|before|among|of|through|
        because\sof|if|when)\s
        (?:this|that|these|those|them|him|her)|in\s(?:reality|fact|truth)|on\sthe\scontrary
    )\b(?!-)""",
    re.IGNORECASE | re.VERBOSE,
)
# Openings that only join a sentence to the one before; without that one it can be understood.
_LINKED = re.compile(
    r"""[\W_]*(?:however|but|and|or|nor|yet|so|also|then|thus|therefore|hence|instead|meanwhile|
    moreover|furthermore|nevertheless|nonetheless|otherwise|besides|likewise|similarly|
    additionally|consequently|accordingly|conversely|finally|lastly|initially|secondly|thirdly|afterwards?|
    later|earlier|because|we|our|no,|yes,|well,|
    (?:in|by|on|for|as|after|at|despite|with|from)\s
        (?:addition|contrast|turn|other\swords|comparison|example|
        instance|(?:a|the)\s(?:result|other\shand|same\stime|contrary)|the\ssame\s\w+)
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)

# What a page says about itself; its role keeps most of it out, sentences inside a paragraph stay.
_NOTICE = re.compile(
    r"""[\W_]*(?:click\b|scroll\s(?:down|up)|read\smore|for\smore\b|see\s(?:also|below|more|the\s)|
    share\sthis|follow\s(?:us|him|her|the)\b|subscribe|sign\sup|copyright\b|photo(?:graph)?s?\b|
    image\b|picture[sd]?\b|video\b|source\s?:|editor'?s\snote|updated?\b|posted\b|published\b|
    (?:written|reported|edited)?\s?by\s*[.:]|all\srights\sreserved|(?:this|the)\s(?:video|site|
    website|page)\b|e-?mail\b|contact\b|note\s?:|project\s(?:duration|period))""",
    re.IGNORECASE | re.VERBOSE,
)

_OPEN_QUOTES = "\"“«'‘`"
_ATTRIBUTION = re.compile(
    r"""\b(?:said|says|say|told|tells|according|added|adds|wrote|writes|stated|states|stating|noted|
    notes|explained|announced|insisted|claimed|claims|admitted|tweeted|argued|emphasi[sz]ed|
    stressed|called|calls|described|describes|warned|warns|suggested|revealed|confirmed|reported|
    asked|replied|recalled|concluded|pointed|remarked|declared)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_FIRST_PERSON = re.compile(r"\b(?:I|I'm|I’m|I’ve|my|me|we|our|us|you|your)\b")
_TERMINAL = re.compile(r"[.!?…。।]['\"”’»)\]]*\s*$")

#: In words, of all kinds. A news sentence has 8 to 45 in nine cases out of ten.
_SHORT_WORDS, _LONG_WORDS = 8, 55
#: One that decides, denies or counts something may be shorter.
_BRIEF_WORDS = 4
#: A shorter text without a full stop is a credit, a label or a heading.
_CREDIT_WORDS = 7


def standalone_faults(sentence: ArticleSentence, *, first_person: bool = False) -> tuple[str, ...]:
    """Return why a sentence reads badly on its own, as keys of `FAULT_COSTS`, in fixed order.

    `headline`, `asked` and `heading` are not among them: they need the article. `first_person`
    allows one to speak of oneself, as in the answers of an interview.
    """
    text = sentence.text.strip()
    words = text.split()
    is_ended = _TERMINAL.search(text) is not None
    is_whole = is_ended and not text[:1].islower() and text[:1] not in ";:,)–-"
    found_cues = cues_of(text)
    is_dependent = leans(text)
    says_much = (
        found_cues.decides
        or found_cues.happens
        or found_cues.denies
        or found_cues.advises
        or any(map(str.isdecimal, text))
    )
    found = {
        "dependent": is_dependent,
        "linked": not is_dependent and _LINKED.match(text),
        "question": text.rstrip("'\"”’») ").endswith("?"),
        "quote": _is_bare_quote(text, first_person=first_person),
        "short": len(words) < (_BRIEF_WORDS if says_much else _SHORT_WORDS),
        "long": len(words) > _LONG_WORDS,
        "fragment": not text or not is_whole,
        "numbers": sum(map(str.isalpha, text)) < 0.6 * sum(map(len, words)),
        "notice": _NOTICE.match(text) or found_cues.opens or found_cues.asks_readers,
        "scene": found_cues.colours and not (found_cues.decides or found_cues.advises),
        "listed": sentence.role is Role.LIST,
        "flagged": sentence.flagged,
        "credit": not is_ended and len(words) < _CREDIT_WORDS,
        "foreign": is_foreign(text),
    }
    return tuple(fault for fault, is_found in found.items() if is_found)


def leans(text: str) -> bool:
    """Return whether a sentence begins with a word that stands for something said before."""
    return _DEPENDENT.match(text) is not None


def _is_bare_quote(text: str, *, first_person: bool) -> bool:
    """Return whether it is mostly someone's words, or a quotation starts or ends outside."""
    opens = text.count("“") + text.count("«")
    closes = text.count("”") + text.count("»")
    if opens != closes or text.count('"') % 2 or text[:1] in _OPEN_QUOTES:
        return True
    if first_person:
        return False
    return _FIRST_PERSON.search(text) is not None and not _ATTRIBUTION.search(text)
