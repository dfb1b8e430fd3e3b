"""Bytes of a source -> a document whose blocks have roles and languages, in sentences."""

from __future__ import annotations

from dataclasses import dataclass

from seedsum.records import UNDETERMINED, Detection, Direction, Document, Segment


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that is ready to be translated.

    Attributes:
        language: Of its article.
        segments: Sentences; those over a model's limit are split when the model is known.
        routes: Every direction that the document asks for, also those without a model.
        skip: Why it is not done at all, else empty.
    """

    document: Document
    language: Detection
    segments: tuple[Segment, ...]
    routes: tuple[Direction, ...]
    skip: str = ""


def prepare(document: Document, *, languages: tuple[str, ...], target: str) -> Prepared:
    """Return the document with roles, languages and segments; pure.

    A document whose article is in none of the languages, or has no letters, is to be skipped.
    """
    from seedsum.reading import detection, roles, segmentation

    document = detection.detect(roles.classify(document), languages=languages)
    language = detection.article_language(document)
    skip = ""
    if language.language == UNDETERMINED:
        skip = "no article text in a language that can be recognised"
    elif language.language not in languages:
        skip = f"the article is in {language.language!r}, which the profile has no route for"
    sources = {block.detection.language for block in document.blocks} - {UNDETERMINED, target}
    return Prepared(
        document=document,
        language=language,
        segments=segmentation.segment(document),
        routes=tuple(Direction(source, target) for source in sorted(sources)),
        skip=skip,
    )
