"""record.json: everything that is known of a document, for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping

from seedsum.files import json_text, sha256_bytes
from seedsum.output.pairs import kind_of
from seedsum.output.rendering.page import Page, fields_of
from seedsum.output.rendering.translation import QUOTATION, shows_gaps
from seedsum.reading.spans import CELL_SEPARATOR
from seedsum.records import (
    FORMAT_VERSION,
    Block,
    Fate,
    Flag,
    Hypothesis,
    Kind,
    Reviewed,
    TranslatedSegment,
)
from seedsum.settings import OutputOptions

#: Keys of a model that only some have.
_OF_SOME_MODELS = ("decoding", "arithmetic", "address", "fingerprint", "prompt_sha256")


def record_json(page: Page, files: Mapping[str, str]) -> str:
    """Return the record, which names the files (by suffix) and their hashes.

    One key stands on a line, and each block, segment and sentence on one of its own.
    """
    result, provenance = page.result, page.result.provenance
    document = result.document
    record: dict[str, object] = {
        "format_version": FORMAT_VERSION,
        "status": result.status,
        "reasons": result.reasons,
        "source": {
            "path": document.name,
            "sha256": document.sha256,
            "title": page.source_title,
            "language": result.language,
            "confidence": result.confidence,
            "format": document.format,
            "encoding": document.encoding,
            "url": document.url,
            "date": document.date,
            "declared_language": document.declared_language,
            "notes": document.notes,
            **_filled(kind=document.kind),
        },
        "title": page.title,
        "run_key": provenance.run_key,
        "key_parts": provenance.key_parts and fields_of(provenance.key_parts, "reviews", "summary"),
        "routes": provenance.routes,
        "profile": provenance.profile,
        "fallback": provenance.fallback,
        "fallback_reason": provenance.fallback_reason,
        **_filled(fallback_parts=provenance.fallback_parts),
        "software_version": provenance.software_version,
        "reproducible": provenance.reproducible,
        **_filled(
            plugins=provenance.plugins,
            checks_missing=dict(provenance.checks_missing),
            output=_changed_options(page.options),
        ),
        "models": [fields_of(model, *_OF_SOME_MODELS) for model in provenance.models],
        "counts": page.counts,
        "blocks": [_block(page, block, page.block_fates[block.id]) for block in document.blocks],
        "segments": [_segment(segment) for segment in result.segments],
        **_filled(links=[fields_of(link) for link in document.links]),
        "summary": {
            "engine": result.summary.engine,
            "flags": _flags(result.summary.flags),
            "sentences": [
                {
                    "text": sentence.text,
                    "cites": sentence.cites,
                    "support": sentence.support,
                    "origin": sentence.origin,
                    "flags": _flags(sentence.flags),
                    **_filled(whole=sentence.whole, reviewed=_reviewed(sentence.reviewed)),
                }
                for sentence in result.summary.sentences
            ],
        },
        **_filled(
            stale=[fields_of(one, "note", "segment", "new_source") for one in result.stale],
            reviewed_as=result.reviewed_as,
        ),
        "files": {
            kind_of(suffix): {"path": page.stem + suffix, "sha256": sha256_bytes(text.encode())}
            for suffix, text in files.items()
        },
    }
    lines = ",\n".join(f"{json.dumps(key)}: {_lines(value)}" for key, value in record.items())
    return f"{{\n{lines}\n}}\n"


def _filled(**values: object) -> dict[str, object]:
    """Return the keys that have something to say: a record's optional ones are absent if empty."""
    return {key: value for key, value in values.items() if value}


def _lines(value: object) -> str:
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(map(_json, value)) + "\n]"
    return _json(value)


def _json(value: object) -> str:
    return json_text(value, allow_nan=False)


def _score(hypothesis: Hypothesis | None) -> float | None:
    """Return a score to two digits: the rest can depend on the class of CPU.

    docs/explanation/determinism.md has the counts.
    """
    score = hypothesis.score if hypothesis else None
    return round(score, 2) if score is not None and math.isfinite(score) else None


def _flags(flags: Iterable[Flag]) -> list[dict[str, object]]:
    return [fields_of(flag, "likelihood", "scope") for flag in flags]


def _changed_options(options: OutputOptions) -> dict[str, object]:
    """Return the options of the files that are not their defaults."""
    defaults = fields_of(OutputOptions())
    return {key: value for key, value in fields_of(options).items() if value != defaults[key]}


def assumed_gap(kind: str, num_chars: int) -> str:
    """Return what stands between two segments of a block where its record says nothing of it."""
    if kind == Kind.TABLE_ROW and num_chars % len(CELL_SEPARATOR) == 0:
        return CELL_SEPARATOR * (num_chars // len(CELL_SEPARATOR))
    if kind == Kind.CODE and num_chars:
        return f"\n{' ' * (num_chars - 1)}"
    return " " * num_chars


def _between(page: Page, block: Block) -> list[str]:
    """Return what stands before, between and after a block's segments, where the files show it.

    Empty where it is what anybody would assume.
    """
    if not shows_gaps(block):
        return []
    text, at = page.result.document.text, block.start
    gaps: list[str] = []
    for segment in page.of_block.get(block.id, ()):
        gaps.append(text[at : segment.segment.start])
        at = segment.segment.end
    gaps.append(text[at : block.end])
    return gaps if any(gap != assumed_gap(block.kind, len(gap)) for gap in gaps) else []


def _reviewed(reviewed: Reviewed | None) -> dict[str, object]:
    if reviewed is None:
        return {}
    stated = fields_of(reviewed, "verdict", "machine_text", "note")
    del stated["flags"]
    return {**stated, **_filled(flags=_flags(reviewed.flags))}


def _block(page: Page, block: Block, fate: Fate) -> dict[str, object]:
    return {
        "id": block.id,
        "role": block.role,
        "reason": block.reason,
        "start": block.start,
        "end": block.end,
        "kind": block.kind,
        "level": block.level,
        **fields_of(block.detection),
        "fate": fate,
        **_filled(hint=QUOTATION * (block.hint == QUOTATION), between=_between(page, block)),
    }


def _segment(segment: TranslatedSegment) -> dict[str, object]:
    hypothesis = segment.hypothesis
    return {
        "id": segment.segment.id,
        "block": segment.segment.block_id,
        "start": segment.segment.start,
        "end": segment.segment.end,
        "source": segment.segment.text,
        "translation": segment.text,
        "language": segment.language,
        "fate": segment.fate,
        "reason": segment.reason,
        "score": _score(hypothesis),
        "num_tokens": hypothesis.num_tokens if hypothesis else None,
        "finished": hypothesis.finished if hypothesis else None,
        "attempts": segment.attempts,
        "flags": _flags(segment.flags),
        **_filled(
            hypotheses=[{"text": item.text, "score": _score(item)} for item in segment.others],
            replaced=[
                {
                    "text": item.hypothesis.text,
                    "score": _score(item.hypothesis),
                    "attempt": item.attempt,
                    "why": item.why,
                    "flags": _flags(item.flags),
                }
                for item in segment.replaced
            ],
            reviewed=_reviewed(segment.reviewed),
        ),
    }
