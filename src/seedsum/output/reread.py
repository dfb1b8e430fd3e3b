"""A record -> the result that it was made of, so that a pair's files can be rendered again.

The inverse of `rendering.record`: what decides a byte of the files is in the record, and `render`
gives them again. What is in no record (the extractor's verdict, scores with all their digits) is
empty in the result.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from seedsum.errors import ReadError
from seedsum.output.rendering.record import assumed_gap
from seedsum.records import (
    Block,
    DecodingOptions,
    Detection,
    Document,
    Fate,
    Flag,
    Hypothesis,
    KeyParts,
    Kind,
    Link,
    ModelUse,
    Provenance,
    Replaced,
    Result,
    Reviewed,
    Role,
    Sampling,
    Segment,
    Stale,
    Status,
    Summary,
    SummarySentence,
    TranslatedSegment,
    Verdict,
)
from seedsum.settings import OutputOptions

_T = TypeVar("_T")


def result_of(record: Mapping[str, Any]) -> Result:
    """Return the result of a record, also of one of format version 1.

    Raises:
        ReadError: It is torn, or has values that this version of seedsum does not know.
    """
    try:
        return _result(record)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise ReadError(f"the record cannot be understood: {error!r}") from error


def output_options_of(record: Mapping[str, Any]) -> OutputOptions:
    """Return how the files of a record look.

    Raises:
        ReadError: It names what this version of seedsum does not know.
    """
    try:
        return OutputOptions(**record.get("output", {}))
    except (TypeError, ValueError) as error:
        raise ReadError(f"the record cannot be understood: {error}") from error


def _result(record: Mapping[str, Any]) -> Result:
    source, summary = record["source"], record["summary"]
    return Result(
        document=_document(record),
        language=source["language"],
        confidence=source["confidence"],
        segments=tuple(_segment(entry) for entry in record["segments"]),
        summary=Summary(
            engine=summary["engine"],
            sentences=tuple(_sentence(entry) for entry in summary["sentences"]),
            flags=_flags(summary["flags"]),
            kind=source.get("kind", ""),
        ),
        status=Status(record["status"]),
        reasons=tuple(record["reasons"]),
        provenance=_provenance(record),
        stale=tuple(
            _known(Stale, {**entry, "verdict": Verdict(entry["verdict"])})
            for entry in record.get("stale", ())
        ),
        reviewed_as=tuple(record.get("reviewed_as", ())),
    )


def _document(record: Mapping[str, Any]) -> Document:
    source = record["source"]
    return Document(
        name=source["path"],
        sha256=source["sha256"],
        format=source["format"],
        encoding=source["encoding"],
        text=_text(record["blocks"], record["segments"]),
        blocks=tuple(_block(entry) for entry in record["blocks"]),
        title=source["title"] or None,
        url=source["url"],
        date=source["date"],
        declared_language=source["declared_language"],
        notes=tuple(source["notes"]),
        kind=source.get("kind", ""),
        links=tuple(Link(**entry) for entry in record.get("links", ())),
    )


def _text(blocks: Iterable[Mapping[str, Any]], segments: Iterable[Mapping[str, Any]]) -> str:
    """Return a text with every segment in its place, and between them what the record says."""
    of_block: dict[str, list[Mapping[str, Any]]] = {}
    for segment in segments:
        of_block.setdefault(segment["block"], []).append(segment)
    parts: list[str] = []
    at = 0
    for block in blocks:
        parts.append("\n" * (block["start"] - at))
        at = block["start"]
        inside = of_block.get(block["id"], [])
        stated = block.get("between")
        for number, segment in enumerate(inside):
            gap = segment["start"] - at
            between = stated[number] if stated else assumed_gap(block["kind"], gap)
            parts += [between, segment["source"]]
            at = segment["end"]
        gap = block["end"] - at
        parts.append(stated[len(inside)] if stated else assumed_gap(block["kind"], gap))
        at = block["end"]
    return "".join(parts)


def _block(entry: Mapping[str, Any]) -> Block:
    return Block(
        id=entry["id"],
        start=entry["start"],
        end=entry["end"],
        kind=Kind(entry["kind"]),
        level=entry["level"],
        hint=entry.get("hint", ""),
        role=Role(entry["role"]),
        reason=entry["reason"],
        detection=Detection(entry["language"], entry["confidence"], entry["method"]),
    )


def _segment(entry: Mapping[str, Any]) -> TranslatedSegment:
    decoded = entry["num_tokens"] is not None
    return TranslatedSegment(
        segment=Segment(entry["id"], entry["block"], entry["start"], entry["end"], entry["source"]),
        text=entry["translation"],
        language=entry["language"],
        fate=Fate(entry["fate"]),
        reason=entry["reason"],
        hypothesis=Hypothesis(
            entry["translation"], entry["score"], entry["num_tokens"], finished=entry["finished"]
        )
        if decoded
        else None,
        flags=_flags(entry["flags"]),
        attempts=tuple(entry["attempts"]),
        others=tuple(_hypothesis(item) for item in entry.get("hypotheses", ())),
        replaced=tuple(
            Replaced(_hypothesis(item), _flags(item["flags"]), item["attempt"], item["why"])
            for item in entry.get("replaced", ())
        ),
        reviewed=_reviewed(entry),
    )


def _reviewed(entry: Mapping[str, Any]) -> Reviewed | None:
    if (stated := entry.get("reviewed")) is None:
        return None
    verdict = stated.get("verdict")
    known = {"flags": _flags(stated.get("flags", ())), "verdict": verdict and Verdict(verdict)}
    return _known(Reviewed, {**stated, **known})


def _hypothesis(entry: Mapping[str, Any]) -> Hypothesis:
    return Hypothesis(entry["text"], entry["score"], num_tokens=0, finished=True)


def _flags(entries: Iterable[Mapping[str, Any]]) -> tuple[Flag, ...]:
    return tuple(_known(Flag, entry) for entry in entries)


def _sentence(entry: Mapping[str, Any]) -> SummarySentence:
    return SummarySentence(
        text=entry["text"],
        cites=tuple(entry["cites"]),
        support=entry["support"],
        flags=_flags(entry["flags"]),
        origin=entry["origin"],
        whole=entry.get("whole", ""),
        reviewed=_reviewed(entry),
    )


def _provenance(record: Mapping[str, Any]) -> Provenance:
    parts = record["key_parts"]
    missing = record.get("checks_missing", {})
    return Provenance(
        run_key=record["run_key"],
        profile=record["profile"],
        fallback=record["fallback"],
        software_version=record["software_version"],
        models=tuple(_model(entry) for entry in record["models"]),
        fallback_reason=record["fallback_reason"],
        key_parts=parts and _known(KeyParts, parts),
        routes=tuple(record["routes"]),
        reproducible=record.get("reproducible", True),
        plugins=tuple(record.get("plugins", ())),
        checks_missing=tuple((language, tuple(codes)) for language, codes in missing.items()),
        fallback_parts=tuple(record.get("fallback_parts", ())),
    )


def _model(entry: Mapping[str, Any]) -> ModelUse:
    decoding = entry.get("decoding")
    if decoding:
        is_asked = "temperature" in decoding  # a server, and not searched
        decoding = _known(Sampling, decoding) if is_asked else _known(DecodingOptions, decoding)
    return _known(ModelUse, {**entry, "decoding": decoding})


def _known(kind: type[_T], entry: Mapping[str, Any]) -> _T:
    """Return an item of the fields that this version knows; a later one may write more.

    JSON has lists where items have tuples.
    """
    names = {field.name for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    values = {name: value for name, value in entry.items() if name in names}
    return kind(**{name: _frozen(value) for name, value in values.items()})


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
