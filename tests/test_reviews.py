"""Reviews: kept as they were said."""

from __future__ import annotations

from pathlib import Path

from seedsum.records import Part, Verdict
from seedsum.reviews import ReviewStore, new_review


def test_a_review_comes_back_as_it_was_said(tmp_path: Path) -> None:
    store = ReviewStore(tmp_path)
    said = [
        new_review(
            Part.SENTENCE,
            Verdict.EDITED,
            document="health/a.txt",
            source_sha256="0" * 64,
            reviewer="Lan",
            direction="vi->en",
            source="Bệnh viện mở cửa năm 2019.",
            text=f"The hospital opened in 2019 ({number}).",
            dismissed=("number",),
        )
        for number in range(3)
    ]
    for review in said:
        store.add(review)
    (store.folder / "torn.json").write_text('{"id": ')
    assert store.read() == said
