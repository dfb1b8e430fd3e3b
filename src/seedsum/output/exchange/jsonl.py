"""JSON lines: a sentence a line, all that is known of it, for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from seedsum.files import json_text
from seedsum.output.exchange.sentences import Article, Sentence


def lines(articles: Iterable[Article], *, reviewed: bool = False) -> Iterator[bytes]:
    """Yield a line for each sentence, or each that is reviewed; docs/exchange.md has its keys.

    Sentences of the whole page are there, and those that were not translated: a program chooses by
    `role` and `fate`.
    """
    for article in articles:
        for sentence in article.sentences:
            if sentence.is_reviewed or not reviewed:
                yield _line(sentence)


def _line(sentence: Sentence) -> bytes:
    values = {
        "article": sentence.article,
        "source_sha256": sentence.source_sha256,
        "sentence": sentence.id,
        "block": sentence.block,
        "role": sentence.role,
        "lang": sentence.language,
        "source": sentence.source,
        "before": sentence.before,
        "after": sentence.after,
        "translation": sentence.english,
        "machine": sentence.machine,
        "fate": sentence.fate,
        "flags": [
            {"code": flag.code, "detail": flag.detail, "likelihood": flag.likelihood}
            for flag in sentence.flags
        ],
        "summary": sentence.cited_by,
        "verdict": sentence.verdict,
        "reviewer": sentence.reviewer,
        "time": sentence.time,
        "note": sentence.note,
        "offered": [dataclasses.asdict(offer) for offer in sentence.offers],
        "key": sentence.key,
    }
    return f"{json_text(values)}\n".encode()
