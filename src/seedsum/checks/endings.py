"""Words without the endings that a language joins to its nouns and names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from seedsum.languages import get

#: Most words come again soon.
_MAX_WORDS = 20_000


@lru_cache
def stems_of(language: str) -> Callable[[str], Sequence[str]]:
    """Return what gives a word without each of the endings that it may have, itself first."""
    known = get(language)
    last = ("", *known.particles)
    endings = {ending + more for ending in ("", *known.noun_endings) for more in last}
    longest = max(map(len, endings))
    last_letters = {ending[-1:] for ending in endings if ending}

    @lru_cache(maxsize=_MAX_WORDS)
    def stems(word: str) -> tuple[str, ...]:
        if word[-1:] not in last_letters:
            return (word,)
        sizes = range(max(min(longest, len(word) - 2), 0) + 1)
        return tuple(
            word[: len(word) - size] for size in sizes if word[len(word) - size :] in endings
        )

    return stems
