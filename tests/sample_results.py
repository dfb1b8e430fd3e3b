"""Finished documents for tests of the output side: our own texts, every structure and fate."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

from seedsum.files import sha256_bytes
from seedsum.pipeline.keys import run_key
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
    ModelUse,
    Provenance,
    Result,
    Role,
    Segment,
    Status,
    Summary,
    SummarySentence,
    TranslatedSegment,
)


def record_schema() -> dict[str, Any]:
    """The JSON Schema that every record fits."""
    schema = files("seedsum.output") / "record.schema.json"
    return json.loads(schema.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


KEY_PARTS = KeyParts(source="0" * 64, models="1" * 64, options="2" * 64, format="3" * 64)

TRANSLATOR = ModelUse(
    role="translation",
    route="vi->en",
    id="example/vi-en",
    revision="0123456789abcdef0123456789abcdef01234567",
    licence="CC-BY-4.0",
    engine="ctranslate2",
    compute_type="int8",
    weights_sha256="a" * 64,
    decoding=DecodingOptions(),
)
SUMMARISER = ModelUse(
    role="summary",
    route="",
    id="extractive",
    revision="",
    licence="Apache-2.0",
    engine="extractive",
    compute_type="",
    weights_sha256="",
)


def provenance(*, source_sha256: str, routes: tuple[str, ...] = ("vi->en",)) -> Provenance:
    parts = replace(KEY_PARTS, source=source_sha256)
    return Provenance(
        run_key=run_key(parts),
        profile="default",
        fallback=False,
        software_version="0.1.0",
        models=(TRANSLATOR, SUMMARISER),
        key_parts=parts,
        routes=routes,
    )


class Page:
    """Builds a result block by block; every block's sentences come with their English."""

    def __init__(self, name: str, *, language: str = "vi") -> None:
        self.name = name
        self.language = language
        self.text = ""
        self.blocks: list[Block] = []
        self.segments: list[TranslatedSegment] = []

    def add(
        self,
        *sentences: tuple[str, str],
        role: Role = Role.BODY,
        kind: Kind = Kind.PARAGRAPH,
        level: int = 0,
        language: str | None = None,
        fate: Fate = Fate.TRANSLATED,
        flags: tuple[Flag, ...] = (),
        gap: str = " ",
        before: str = "",
        after: str = "",
    ) -> Page:
        language = language or self.language
        reasons = {
            Fate.FAILED: "the model gave no text",
            Fate.PASSED: "already English",
            Fate.KEPT: "no letters",
        }
        self.text += "\n\n" if self.text else ""
        block_id = f"b{len(self.blocks) + 1}"
        start = len(self.text)
        self.text += before
        for number, (source, english) in enumerate(sentences):
            self.text += gap if number else ""
            at = len(self.text)
            self.text += source
            if kind is Kind.TABLE_ROW and not source:
                continue  # an empty cell is no segment
            segment = Segment(f"s{len(self.segments) + 1}", block_id, at, len(self.text), source)
            self.segments.append(
                TranslatedSegment(
                    segment=segment,
                    text=english,
                    language=language,
                    fate=fate,
                    reason=reasons.get(fate, f"translated {language}->en"),
                    hypothesis=Hypothesis(english, -0.25, len(english.split()), finished=True)
                    if fate is Fate.TRANSLATED
                    else None,
                    flags=flags if number == len(sentences) - 1 else (),
                    attempts=("beam",) if fate is Fate.TRANSLATED else (),
                )
            )
        self.text += after
        self.blocks.append(
            Block(
                block_id,
                start,
                len(self.text),
                kind=kind,
                level=level,
                role=role,
                reason="sample",
                detection=Detection(language, 0.98, "langdetect"),
            )
        )
        return self

    def result(
        self,
        *,
        summary: tuple[SummarySentence, ...] = (),
        status: Status = Status.CLEAN,
        reasons: tuple[str, ...] = (),
        title: str | None = None,
    ) -> Result:
        sha256 = sha256_bytes(self.text.encode("utf-8", "surrogatepass"))
        document = Document(
            name=self.name,
            sha256=sha256,
            format="txt",
            encoding="utf-8",
            text=self.text,
            blocks=tuple(self.blocks),
            title=title,
        )
        return Result(
            document=document,
            language=self.language,
            confidence=0.98,
            segments=tuple(self.segments),
            summary=Summary("extractive", summary),
            status=status,
            reasons=reasons,
            provenance=provenance(source_sha256=sha256),
        )


def vietnamese() -> Result:
    """A page with every structure, two flags and what stands around an article."""
    page = Page("health/trạm y tế (1).txt")
    page.add(("Trang chủ > Sức khỏe", "Home > Health"), role=Role.BREADCRUMB)
    page.add(
        ("Trạm y tế xã mở thêm phòng khám", "Commune health station opens another clinic"),
        role=Role.TITLE,
    )
    page.add(("12/03/2024", "12/03/2024"), role=Role.DATE, language="und", fate=Fate.KEPT)
    page.add(
        (
            "Sáng nay, trạm y tế xã Hòa Bình mở thêm một phòng khám cho trẻ em.",
            "This morning the Hoa Binh commune health station opened a clinic for children.",
        ),
        ("Phòng khám có 5 bác sĩ.", "The clinic has 50 doctors."),
        flags=(Flag("quantity", "source 5, translation 50"),),
    )
    page.add(("Hình ảnh buổi lễ khai trương.", "The opening ceremony."), role=Role.CAPTION)
    page.add(("Lịch khám", "Opening hours"), role=Role.HEADING, kind=Kind.HEADING, level=3)
    page.add(
        ("Thứ hai: trẻ dưới 5 tuổi.", "Monday: children under 5."),
        role=Role.LIST,
        kind=Kind.LIST_ITEM,
        level=1,
    )
    page.add(
        ("Thứ ba: trẻ lớn hơn.", "Tuesday: older children."),
        role=Role.LIST,
        kind=Kind.LIST_ITEM,
        level=2,
    )
    for row, fate in (
        ((("Ngày", "Day"), ("Số trẻ", "Children")), Fate.TRANSLATED),
        ((("---", "---"), ("---", "---")), Fate.KEPT),
        ((("Thứ hai", "Monday"), ("40", "40")), Fate.TRANSLATED),
    ):
        page.add(*row, role=Role.TABLE, kind=Kind.TABLE_ROW, fate=fate, gap=" | ")
    page.add(
        ("Phụ huynh mang theo sổ tiêm.", "Phụ huynh mang theo sổ tiêm."),
        fate=Fate.FAILED,
        flags=(Flag("empty"),),
    )
    page.add(
        ("The clinic is free of charge.", "The clinic is free of charge."),
        language="en",
        fate=Fate.PASSED,
    )
    page.add(("Xã bên xây cầu mới", "Next commune builds a bridge"), role=Role.RELATED)
    page.add(("Xem thêm", "See more"), role=Role.NAVIGATION)
    return page.result(
        summary=(
            SummarySentence(
                "This morning the Hoa Binh commune health station opened a clinic for children.",
                ("s4",),
                1.0,
            ),
            SummarySentence(
                "The clinic has 50 doctors and is free of charge.",
                ("s5", "s17"),
                0.8,
                flags=(Flag("cites-flagged", "s5"),),
                origin="abstractive",
            ),
        ),
        status=Status.REVIEW,
        reasons=(
            "s16 failed: the model gave no text",
            "s5 quantity: source 5, translation 50",
            "summary sentence 2 cites-flagged: s5",
        ),
    )


def bengali() -> Result:
    """A short clean article made by the fallback models."""
    page = Page("বন্যা.txt", language="bn")
    page.add(("বন্যায় দুটি সেতু ভেঙেছে", "Two bridges broken by the flood"), role=Role.TITLE)
    page.add(
        ("গত রাতে নদীর পানি বেড়েছে।", "The river rose last night."),
        ("দুটি সেতু ভেঙে গেছে।", "Two bridges have collapsed."),
        gap="",
    )
    result = page.result(summary=(SummarySentence("Two bridges have collapsed.", ("s3",), 1.0),))
    return replace(
        result,
        provenance=replace(
            result.provenance,
            profile="default",
            fallback=True,
            fallback_reason="the Hub could not be reached",
            models=(replace(TRANSLATOR, id="starter", route="bn->en"), SUMMARISER),
            routes=("bn->en",),
        ),
    )


def english() -> Result:
    """An English article: nothing is translated."""
    page = Page("rain.md", language="en")
    page.add(("Rain at last", "Rain at last"), role=Role.TITLE, fate=Fate.PASSED)
    page.add(
        ("It rained for 3 days.", "It rained for 3 days."),
        ("Farmers are glad.", "Farmers are glad."),
        fate=Fate.PASSED,
    )
    result = page.result(summary=(SummarySentence("It rained for 3 days.", ("s2",), 1.0),))
    return replace(result, provenance=replace(result.provenance, models=(SUMMARISER,), routes=()))


def skipped() -> Result:
    """An article in a language without a route."""
    page = Page("météo.txt", language="fr")
    page.add(("Il pleut depuis trois jours.", ""), fate=Fate.KEPT)
    result = page.result(status=Status.SKIPPED, reasons=("no route from fr",))
    return replace(result, segments=(), summary=Summary("none", ()))
