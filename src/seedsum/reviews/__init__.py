"""What people have said of pairs: kept as it was said, joined on reading, found again by sentence.

Corrections are data beside the pairs, in `OUTPUT/reviews`, and no run removes them.
"""

from __future__ import annotations

from seedsum.reviews.store import ReviewStore, new_review

__all__ = ["ReviewStore", "new_review"]
