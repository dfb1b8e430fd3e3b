"""The bundled models for real: both engines on them, their card, and the first real articles."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seedsum import models
from seedsum.config import load_settings
from seedsum.engines import load_model
from seedsum.engines.batches import translate_texts
from seedsum.engines.pool import LoadedModels
from seedsum.reading import prepare, read_document
from seedsum.records import (
    SUMMARY_ROLES,
    DecodingOptions,
    Direction,
    ResolvedModel,
    Runtime,
    TokenizerSpec,
)
from seedsum.translation import translator

ROOT = Path(__file__).resolve().parent.parent
STARTER = ROOT / "src" / "seedsum" / "starter"
SENTENCES = {
    "vi": (
        "Bộ Y tế đã mở một bệnh viện mới ở Hà Nội.",
        "Năm 2025, 1.200 trẻ em được tiêm chủng.",
        "Ông ấy nói rằng nước sạch rất quan trọng.",
        "Trận mưa lớn làm ngập nhiều con đường.",
    ),
    "bn": (
        "স্বাস্থ্য মন্ত্রণালয় একটি নতুন হাসপাতাল খুলেছে।",
        "২০২৫ সালে ১,২০০ শিশু টিকা পেয়েছে।",
        "তিনি বলেন, পরিষ্কার পানি খুব গুরুত্বপূর্ণ।",
        "ভারী বৃষ্টিতে অনেক রাস্তা ডুবে গেছে।",
    ),
}


@pytest.fixture(scope="module")
def spec() -> Any:
    return load_settings(ROOT / "models.toml").models["starter"]


def test_the_bundled_models_are_as_locked_and_small_enough(tmp_path: Path) -> None:
    verified = models.verify(load_settings(ROOT / "models.toml"), "starter")
    assert [model.state for model in verified] == ["verified"]
    num_bytes = sum(path.stat().st_size for path in STARTER.rglob("*") if path.is_file())
    assert num_bytes <= 20e6


def test_no_path_of_the_machine_that_trained_them_is_in_the_files() -> None:
    for path in STARTER.rglob("*.model"):
        content = path.read_bytes()
        assert b"spm.txt" not in content and b"normalisation.tsv" not in content, path


def test_the_card_names_data_licences_scores_and_limits() -> None:
    card = (STARTER / "CARD.md").read_text(encoding="utf-8")
    for word in ("licence", "BLEU", "chrF", "nrefs:1", "ntrex", "steps", "not good for"):
        assert word.lower() in card.lower(), word


def test_no_bengali_letter_is_written_whatever_is_asked_for() -> None:
    import ctranslate2
    import sentencepiece

    folder = STARTER / "ct2"
    pieces = sentencepiece.SentencePieceProcessor(
        model_file=str(folder / "sentencepiece.bpe.model")
    )
    engine = ctranslate2.Translator(str(folder), compute_type="int8")
    source = ["__bn__", *pieces.encode(SENTENCES["bn"][0], out_type=str), "</s>"]
    drawn = engine.translate_batch(
        [source] * 40,
        target_prefix=[["__en__"]] * 40,
        beam_size=1,
        sampling_topk=0,
        sampling_temperature=2.0,
        max_decoding_length=30,
    )
    texts = [pieces.decode(one.hypotheses[0][1:]) for one in drawn]
    assert len(set(texts)) == 40
    assert [text for text in texts if re.search("[\u0980-\u09ff]", text)] == []


@pytest.fixture(scope="module")
def both(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An earlier starter as it lies in the data folder, for transformers, and in int8."""
    from ctranslate2.converters import TransformersConverter

    full = shared / "data" / "starter-full" / "hf"
    if not full.is_dir():
        pytest.skip("needs a starter's weights for transformers")
    converted = tmp_path_factory.mktemp("starter") / "ct2"
    TransformersConverter(str(full)).convert(str(converted), quantization="int8")
    shutil.copy(full / "sentencepiece.bpe.model", converted)
    return full, converted


@pytest.mark.parametrize("language", ["vi", "bn"])
def test_both_engines_give_nearly_the_same_greedy_hypotheses(
    language: str, spec: Any, both: tuple[Path, Path]
) -> None:
    full, converted = both
    theirs = replace(
        spec, engine="transformers", format="transformers", tokenizer=TokenizerSpec(), bundled=""
    )
    direction = Direction(language, "en")
    greedy = DecodingOptions(beam_size=1, max_target_tokens=60)
    outputs = []
    for kind, folder in ((spec, converted), (theirs, full)):
        kind = replace(kind, compute_type="float32")
        model = load_model(ResolvedModel(kind, folder, "bundled", ""), Runtime())
        results = translate_texts(
            SENTENCES[language], model=model, direction=direction, options=greedy
        )
        outputs.append([candidates[0] for candidates in results])
        model.close()
    # The CTranslate2 weights are int8, so that a word may differ here and there.
    same = sum(one.text == other.text for one, other in zip(*outputs, strict=True))
    assert same >= 2, outputs
    for one, other in zip(*outputs, strict=True):
        assert one.finished == other.finished
        assert one.text.isascii() or one.text == other.text


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The five saved articles of the data folder, and the pairs that a run makes of them."""
    import os

    shared = Path(os.environ.get("SEEDSUM_SHARED", ROOT.parent / "shared"))
    folder = shared / "inputs" / "seeds"
    if not folder.is_dir():
        pytest.skip(f"needs the optional data folder (SEEDSUM_SHARED, now {shared})")
    output = tmp_path_factory.mktemp("seeds")
    program = [sys.executable, "-m", "seedsum", "run", str(folder), "-o", str(output)]
    options = ["--profile", "starter", "--offline", "--config", str(ROOT / "models.toml")]
    subprocess.run([*program, *options], check=True, capture_output=True)
    return folder, output


def records(output: Path) -> dict[str, Any]:
    return {
        path.name[:3]: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(output.glob("*.record.json"))
    }


def test_the_five_articles_become_five_pairs(seeds: tuple[Path, Path]) -> None:
    _, output = seeds
    assert len(list(output.glob("*.translation.md"))) == 5
    assert len(list(output.glob("*.summary.md"))) == 5
    languages = {name: record["source"]["language"] for name, record in records(output).items()}
    assert languages == {"000": "en", "001": "vi", "002": "bn", "003": "en", "004": "en"}
    for name in ("001", "002"):
        fates = {segment["fate"] for segment in records(output)[name]["segments"]}
        assert "translated" in fates and fates <= {"translated", "passed", "kept"}


def test_no_character_of_the_five_articles_is_missing_from_their_records(
    seeds: tuple[Path, Path],
) -> None:
    folder, output = seeds
    for record in records(output).values():
        name = record["source"]["path"]
        document = read_document(name, (folder / name).read_bytes(), format="txt")
        covered = bytearray(len(document.text))
        for segment in record["segments"]:
            start, end = segment["start"], segment["end"]
            assert document.text[start:end] == segment["source"]
            assert not any(covered[start:end]), "two segments hold the same text"
            covered[start:end] = b"\1" * (end - start)
        left = "".join(
            character for character, seen in zip(document.text, covered, strict=True) if not seen
        )
        # Between segments there is white space and the markup of lists and tables, nothing else.
        assert not any(character.isalnum() for character in left), (name, left.split())


def test_no_summary_of_the_five_articles_cites_anything_but_the_article(
    seeds: tuple[Path, Path],
) -> None:
    for record in records(seeds[1]).values():
        roles = {block["id"]: block["role"] for block in record["blocks"]}
        cited = {s["id"]: roles[s["block"]] for s in record["segments"]}
        for sentence in record["summary"]["sentences"]:
            assert {cited[segment_id] for segment_id in sentence["cites"]} <= SUMMARY_ROLES


def test_the_summary_of_001_is_of_the_memorandum_and_not_of_the_teasers(
    seeds: tuple[Path, Path],
) -> None:
    record = records(seeds[1])["001"]
    order = {block["id"]: number for number, block in enumerate(record["blocks"])}
    related = [order[block["id"]] for block in record["blocks"] if block["role"] == "related"]
    places = {segment["id"]: order[segment["block"]] for segment in record["segments"]}
    sentences = record["summary"]["sentences"]
    assert 3 <= len(sentences) <= 5
    assert all(places[i] < min(related) for s in sentences for i in s["cites"])
    sources = {segment["id"]: segment["source"] for segment in record["segments"]}
    behind = " ".join(sources[i] for s in sentences for i in s["cites"])
    assert "Bản ghi nhớ" in behind and "Belarus" in behind


def test_english_pages_keep_their_text(seeds: tuple[Path, Path]) -> None:
    for name in ("000", "003", "004"):
        for segment in records(seeds[1])[name]["segments"]:
            assert segment["translation"] == segment["source"]
            assert segment["fate"] in ("passed", "kept")


def test_groups_of_segments_change_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_settings(ROOT / "models.toml")
    resolved = models.resolve(settings, "starter", offline=True).models
    document = read_document("a.txt", "\n\n".join(SENTENCES["vi"] * 2).encode(), format="txt")
    prepared = prepare(document, languages=("bn", "en", "vi"), target="en")
    found = []
    for size in (translator.GROUP_SEGMENTS, 3):
        monkeypatch.setattr(translator, "GROUP_SEGMENTS", size)
        added: list[int] = []
        advanced: list[int] = []
        with LoadedModels(
            resolved, runtime=Runtime(num_workers=2), on_load=lambda text: None
        ) as loaded:
            stage = translator.DocumentTranslator(
                loaded,
                routes=dict(settings.profile("starter").routes),
                specs=settings.models,
                checks=settings.checks,
                glossaries={},
                target="en",
                on_found=added.append,
                on_translated=advanced.append,
            )
            found.append(stage.translate([prepared, prepared]))
        assert sum(added) == sum(advanced) == 16
        assert len(added) == -(-16 // size)
    assert found[0] == found[1]
