"""What people have said of pairs: kept as it was said, joined on reading, found again by sentence.

Corrections are data beside the pairs, in `OUTPUT/reviews`, and no run removes them. `store` keeps
them, `joining` makes of an article's reviews what stands of each sentence, `matching` finds the
sentences again in the article as it is now; `reading` reads all of an output, each object once.
`memories` holds what people said of sentences elsewhere; `offers` finds what was said of a sentence
in any article or memory.
"""

from __future__ import annotations

from seedsum.reviews.joining import Dismissal, Standing, dismissed_codes, join, plain
from seedsum.reviews.matching import Cited, Matches, Unmatched, cited_text, match, match_summary
from seedsum.reviews.memories import Remembered, add_memory
from seedsum.reviews.offers import Offer
from seedsum.reviews.reading import NOT_JUDGED, Judged, Reviews, key_of
from seedsum.reviews.store import ReviewStore, new_review

__all__ = [
    "NOT_JUDGED",
    "Cited",
    "Dismissal",
    "Judged",
    "Matches",
    "Offer",
    "Remembered",
    "ReviewStore",
    "Reviews",
    "Standing",
    "Unmatched",
    "add_memory",
    "cited_text",
    "dismissed_codes",
    "join",
    "key_of",
    "match",
    "match_summary",
    "new_review",
    "plain",
]
