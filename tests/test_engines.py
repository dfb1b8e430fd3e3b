"""Both engines are held to one contract, and to each other's output, for every architecture."""

from __future__ import annotations

import importlib.metadata
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from seedsum import models
from seedsum.config import load_settings
from seedsum.engines import (
    Contrast,
    SequenceModel,
    check_options,
    load_model,
    memory,
    resolve_compute_type,
)
from seedsum.engines.arithmetic import cpu_flags
from seedsum.engines.batches import length_class_end, translate_texts
from seedsum.engines.pieces import PieceTokenizer, compose_nukta
from seedsum.engines.tokenizers import (
    TransformersTokenizer,
    load_tokenizer,
    load_transformers_tokenizer,
)
from seedsum.errors import ConfigError, ModelError
from seedsum.records import (
    DecodingOptions,
    Direction,
    Hypothesis,
    ModelSpec,
    ResolvedModel,
    Runtime,
    TokenizerSpec,
)
from tiny_models import (
    ARCHITECTURES,
    BENGALI,
    ENGLISH,
    SENTENCES,
    VIETNAMESE,
    build_tiny,
    convert_tiny,
    tiny_model,
    tiny_texts,
    train_sentencepiece,
)

GREEDY = DecodingOptions(beam_size=1, max_target_tokens=60)
VI_EN = Direction("vi", "en")
ENGINES = ("ctranslate2", "transformers")

STARTER = Path(str(files("seedsum"))) / "starter"

Resolve = Callable[..., ResolvedModel]


def each(*architectures: str) -> pytest.MarkDecorator:
    """Run a test with each architecture; only those whose tokenizers differ most are quick."""
    quick = ("bart", "m2m100", "marian")
    return pytest.mark.parametrize(
        "architecture",
        [
            pytest.param(name, marks=() if name in quick else pytest.mark.slow)
            for name in architectures
        ],
    )


@pytest.fixture(scope="session")
def resolve(tmp_path_factory: pytest.TempPathFactory) -> Resolve:
    """Return a function that makes (once) the tiny model of an architecture for an engine."""
    root = tmp_path_factory.mktemp("tiny")

    def make(architecture: str, engine: str, **options: object) -> ResolvedModel:
        folder = root / architecture
        if not folder.is_dir():
            build_tiny(architecture, folder)
        if engine == "ctranslate2":
            converted = root / f"{architecture}-ct2"
            if not converted.is_dir():
                convert_tiny(folder, converted)
            folder = converted
        return tiny_model(architecture, folder, engine, **options)  # type: ignore[arg-type]

    return make


def decode(
    model: SequenceModel,
    texts: tuple[str, ...],
    direction: Direction | None,
    options: DecodingOptions,
    batch_size: int = 5,
) -> list[tuple[Hypothesis, ...]]:
    inputs = [model.encode(text, direction) for text in texts]
    batches = [inputs[i : i + batch_size] for i in range(0, len(inputs), batch_size)]
    return [h for batch in model.decode_batches(batches, direction, options) for h in batch]


_DECODING_ALONE = """
import json, pickle, sys
from seedsum.engines import load_model
from seedsum.engines.batches import translate_texts

model, runtime, texts, direction, options = pickle.load(sys.stdin.buffer)
found = translate_texts(
    texts, model=load_model(model, runtime), direction=direction, options=options
)
heavy = [name for name in ("torch", "transformers") if name in sys.modules]
print(json.dumps([heavy, [best.text for best, *_ in found]]))
"""


def alone(*given: object, code: str = _DECODING_ALONE, **environment: str) -> Any:
    """Return what a process of its own prints, as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps(given),
        env={**os.environ, **environment},
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


@each("bart", "marian", "m2m100", "nllb")
def test_a_converted_model_needs_neither_torch_nor_transformers(
    architecture: str, resolve: Resolve
) -> None:
    texts, direction = tiny_texts(architecture)
    model = resolve(architecture, "ctranslate2")
    heavy, found = alone(model, Runtime(), texts[:3], direction, GREEDY)
    assert heavy == []
    expected = translate_texts(
        texts[:3], model=load_model(model, Runtime()), direction=direction, options=GREEDY
    )
    assert found == [best.text for best, *_ in expected]


# --------------------------------------------------------------------------------------------
# The engines agree


@each("marian", "m2m100", "nllb", "mbart", "bart", "pegasus", "t5")
def test_engines_agree_on_text_score_and_end(resolve: Resolve, architecture: str) -> None:
    texts, direction = tiny_texts(architecture)
    texts = tuple(text for text in texts if len(text.split()) > 3)[:10]
    models = [load_model(resolve(architecture, engine), Runtime()) for engine in ENGINES]
    for options in (
        GREEDY,
        replace(GREEDY, max_target_tokens=6),
        replace(GREEDY, beam_size=4, num_hypotheses=3, length_penalty=0.6),
        replace(GREEDY, beam_size=4, length_penalty=2.0),
        replace(GREEDY, beam_size=4, no_repeat_ngram_size=3, min_target_tokens=5),
        replace(GREEDY, repetition_penalty=1.3),
    ):
        ours, theirs = (decode(model, texts, direction, options) for model in models)
        for mine, other in zip(ours, theirs, strict=True):
            assert [replace(h, score=0) for h in mine] == [replace(h, score=0) for h in other]
            for h, its in zip(mine, other, strict=True):
                if h.score is not None:
                    assert h.score == pytest.approx(its.score, abs=2e-3), options
            assert len(mine) == options.num_hypotheses


@each("marian", "m2m100", "nllb", "bart", "t5")
@pytest.mark.parametrize("engine", ENGINES)
def test_scores_of_texts_are_those_of_their_decoding(
    resolve: Resolve, monkeypatch: pytest.MonkeyPatch, engine: str, architecture: str
) -> None:
    texts, direction = tiny_texts(architecture)
    texts = tuple(text for text in texts if len(text.split()) > 3)[:8]
    model: Any = load_model(resolve(architecture, engine), Runtime(num_workers=1))
    tokenizer = model._tokenizer
    written: dict[str, tuple[str, ...]] = {}

    def decode_and_note(tokens: Sequence[str]) -> str:
        text: str = type(tokenizer).decode(tokenizer, tokens)
        written[text] = tuple(tokens)
        return text

    monkeypatch.setattr(tokenizer, "decode", decode_and_note)
    decoded = [best for (best,) in decode(model, texts, direction, GREEDY)]
    # A model may write a word in other pieces than its tokenizer: those are other tokens.
    pairs = [
        (source, best)
        for source, best in zip(texts, decoded, strict=True)
        if best.finished and tokenizer.encode_target(best.text, direction) == written[best.text]
    ]
    assert len(pairs) >= 3
    sources, translations = [s for s, _ in pairs], [best.text for _, best in pairs]
    scores = model.score(sources, translations, direction)
    assert scores == pytest.approx([best.score for _, best in pairs], abs=2e-3)
    each = [
        model.score([source], [text], direction)[0]
        for source, text in zip(sources, translations, strict=True)
    ]
    assert each == pytest.approx(scores, abs=1e-5), "whatever is scored beside it"
    worse = model.score(sources, translations[1:] + translations[:1], direction)
    assert sum(scores) > sum(worse)
    assert model.score([], [], direction) == []


@each("marian", "m2m100", "nllb")
@pytest.mark.parametrize("engine", ENGINES)
def test_scores_of_tokens_are_those_that_a_text_is_scored_by(
    resolve: Resolve, engine: str, architecture: str
) -> None:
    (source, other, *_), direction = tiny_texts(architecture)
    text = "It rained hard this morning and many streets were flooded."
    model: Any = load_model(resolve(architecture, engine), Runtime())
    parts = ("It rained hard this morning ", "and many streets were flooded.")
    contrast = Contrast((source, other, ""), parts)
    alone = Contrast((other,), parts)
    whole, (again,) = model.score_tokens([contrast, alone], direction)
    assert [len(parts) for parts in whole] == [2, 2, 2]
    joined = [[score for part in parts for score in part] for parts in whole]
    means = [sum(scores) / len(scores) for scores in joined[:2]]
    assert means == pytest.approx(model.score([source, other], [text] * 2, direction), abs=1e-4)
    assert len(joined[0]) == len(model._tokenizer.encode_target(text, direction)) + 1
    assert again == whole[1] or joined[1] == pytest.approx(
        [score for part in again for score in part], abs=1e-5
    ), "whatever it is compared with"
    assert model.score_tokens([], direction) == []


def test_what_a_penalty_distorts_has_no_score(resolve: Resolve) -> None:
    model = load_model(resolve("m2m100", "ctranslate2"), Runtime())
    options = replace(GREEDY, beam_size=4, num_hypotheses=4, repetition_penalty=1.3)
    found = decode(model, VIETNAMESE[:3], VI_EN, options)
    assert {h.score for hypotheses in found for h in hypotheses} == {None}


def test_the_folders_own_generation_settings_do_not_rule(resolve: Resolve) -> None:
    """The BART folder asks for 56 tokens at least, beam 4 and no repeated trigrams."""
    resolved = resolve("bart", "transformers")
    assert resolved.folder is not None
    settings = json.loads((resolved.folder / "generation_config.json").read_text("utf-8"))
    assert settings["min_length"] == 56 and settings["no_repeat_ngram_size"] == 3
    model = load_model(resolved, Runtime())
    hypotheses = decode(model, ENGLISH, None, GREEDY)
    assert max(h.num_tokens for (h,) in hypotheses) < 56


def test_int8_is_the_default_on_a_cpu(resolve: Resolve) -> None:
    spec = resolve("m2m100", "ctranslate2", compute_type="auto").spec
    assert resolve_compute_type(spec, Runtime()) == "int8_float32"


def test_int8_changes_little() -> None:
    """Of a model that is fitted: in one that is not, the next token is a matter of rounding."""
    starter = models.resolve(load_settings(), "starter", offline=True).models["starter"]
    first, second = (
        decode(
            load_model(replace(starter, spec=replace(starter.spec, compute_type=one)), Runtime()),
            VIETNAMESE,
            VI_EN,
            GREEDY,
        )
        for one in ("float32", "int8_float32")
    )
    same = sum(a[0].text == b[0].text for a, b in zip(first, second, strict=True))
    assert same >= len(VIETNAMESE) // 2


# --------------------------------------------------------------------------------------------
# The contract of each


@pytest.mark.parametrize("engine", ENGINES)
def test_batches_come_back_in_order_and_empty_ones_too(resolve: Resolve, engine: str) -> None:
    workers = {"ctranslate2": 2, "transformers": 1}
    model = load_model(resolve("m2m100", engine), Runtime(num_workers=workers[engine]))
    inputs = [model.encode(text, VI_EN) for text in VIETNAMESE[:9]]
    one_by_one = list(model.decode_batches([[tokens] for tokens in inputs], VI_EN, GREEDY))
    # More batches than are looked ahead, of different sizes, some of them empty.
    sizes = (2, 0, 1, 3, 0, 1, 1, 1)
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    batches = [inputs[a : a + size] for a, size in zip(starts, sizes, strict=True)]
    together = list(model.decode_batches(iter(batches), VI_EN, GREEDY))
    assert [len(batch) for batch in together] == list(sizes)
    texts = [h[0].text for batch in together for h in batch]
    assert texts == [h[0].text for batch in one_by_one for h in batch]
    assert len(set(texts)) > 5
    model.close()


@pytest.mark.parametrize("engine", ENGINES)
def test_the_limit_gives_unfinished_hypotheses(resolve: Resolve, engine: str) -> None:
    model = load_model(resolve("m2m100", engine), Runtime())
    for (short,) in decode(model, VIETNAMESE[:3], VI_EN, replace(GREEDY, max_target_tokens=4)):
        assert not short.finished
        assert short.num_tokens == 4
        assert short.score is not None and short.score < 0
    for (whole,) in decode(model, VIETNAMESE[:3], VI_EN, GREEDY):
        assert whole.finished


@pytest.mark.parametrize("engine", ENGINES)
def test_an_input_over_the_limit_is_refused_not_cut(resolve: Resolve, engine: str) -> None:
    model = load_model(resolve("m2m100", engine, max_source_tokens=12), Runtime())
    tokens = model.encode(VIETNAMESE[0], VI_EN)
    assert len(tokens) > 12
    with pytest.raises(ModelError, match=f"{len(tokens)} tokens, over max_source_tokens = 12"):
        list(model.decode_batches([[tokens]], VI_EN, GREEDY))


@pytest.mark.parametrize("engine", ENGINES)
def test_text_that_looks_like_control_tokens_stays_text(resolve: Resolve, engine: str) -> None:
    for architecture, direction in (("m2m100", VI_EN), ("marian", VI_EN), ("bart", None)):
        model = load_model(resolve(architecture, engine), Runtime())
        plain = model.encode("mưa to", direction)
        tokens = model.encode("mưa </s> __bn__ <pad> <s> to", direction)
        for control in ("</s>", "__bn__", "<pad>", "<s>"):
            assert tokens.count(control) == plain.count(control), (architecture, control)


@pytest.mark.parametrize("engine", ENGINES)
def test_white_space_and_unicode_form_make_no_difference(resolve: Resolve, engine: str) -> None:
    spec = TokenizerSpec(kind="transformers", normalization="NFC")
    model = load_model(resolve("m2m100", engine, tokenizer=spec), Runtime())
    expected = model.encode("Chợ nổi họp", VI_EN)
    decomposed = "Cho\u031b\u0323 no\u0302\u0309i ho\u0323p"
    assert model.encode(f"  {decomposed.replace(' ', chr(10))}\t", VI_EN) == expected


@pytest.mark.parametrize("engine", ENGINES)
def test_unknown_languages_are_refused_by_name(resolve: Resolve, engine: str) -> None:
    model = load_model(resolve("nllb", engine), Runtime())
    with pytest.raises(ModelError, match=r"no language code for 'km' \(known: vi, bn, en\)"):
        model.encode("hello", Direction("km", "en"))
    with pytest.raises(ModelError, match="cannot summarise"):
        model.encode("hello", None)
    wrong = resolve("nllb", engine)
    codes = (("vi", "vie_Latn"), ("en", "english"))
    with pytest.raises(ModelError, match="no token 'english'"):
        load_model(replace(wrong, spec=replace(wrong.spec, language_codes=codes)), Runtime())


# --------------------------------------------------------------------------------------------
# Tokenizers


@pytest.mark.parametrize(
    ("architecture", "source", "prefix"),
    [
        ("m2m100", ("__bn__", "</s>"), ("__en__",)),
        ("nllb", ("ben_Beng", "</s>"), ("eng_Latn",)),
        ("marian", ("</s>",), ()),
        ("bart", ("<s>", "</s>"), ("<s>",)),
        ("pegasus", ("</s>",), ()),
        ("t5", ("</s>",), ()),
    ],
)
def test_control_tokens_of_each_architecture(
    resolve: Resolve, architecture: str, source: tuple[str, ...], prefix: tuple[str, ...]
) -> None:
    tokenizer = load_tokenizer(resolve(architecture, "transformers"))
    _, direction = tiny_texts(architecture)
    direction = direction and Direction("bn", "en")
    assert tokenizer.encode("", direction) == source
    assert tokenizer.target_prefix(direction) == prefix
    # A language stays chosen only for its call.
    if architecture == "m2m100":
        assert tokenizer.encode("", VI_EN)[0] == "__vi__"


#: What a tokenizer may get wrong: control tokens, what it does not know, spaces of its own.
ODD_TEXTS = (
    "", "mưa </s> __bn__ <pad> <s> to", "漢字 ☃ unseen", "  a  b ", "<unk> <mask> x", "▁ ▁▁ a",
    "hello\u200bworld", "<extra_id_0> hi", "🙂🙃 ok", "১.৫ কোটি য়", "\ufeff bom", "vie_Latn a",
)  # fmt: skip


@each(*ARCHITECTURES)
def test_tokenizers_are_read_as_transformers_reads_them(
    resolve: Resolve, architecture: str
) -> None:
    model = resolve(architecture, "transformers")
    ours, theirs = load_tokenizer(model), load_transformers_tokenizer(model)
    assert isinstance(ours, PieceTokenizer)
    _, direction = tiny_texts(architecture)
    assert ours.target_prefix(direction) == theirs.target_prefix(direction)
    for text in (*SENTENCES, *ODD_TEXTS):
        source = theirs.encode(text, direction)
        target = theirs.encode_target(text, direction)
        assert ours.encode(text, direction) == source
        assert ours.encode_target(text, direction) == target
        for tokens in (source, target):
            expected, found = theirs.decode(tokens), ours.decode(tokens)
            if "<unk>" in tokens:  # the classes of transformers space these in their own ways
                expected, found = expected.replace(" ", ""), found.replace(" ", "")
            assert found == expected, text


@pytest.mark.slow
def test_the_files_of_older_repositories_are_read_without_tokenizer_json(
    resolve: Resolve, tmp_path: Path
) -> None:
    for architecture in ("nllb", "mbart", "bart", "t5", "pegasus"):
        model = resolve(architecture, "ctranslate2")
        assert model.folder is not None
        shutil.copytree(model.folder, tmp_path / architecture)
        (tmp_path / architecture / "tokenizer.json").unlink()
        whole, parts = (
            load_tokenizer(model),
            load_tokenizer(replace(model, folder=tmp_path / architecture)),
        )
        assert isinstance(parts, PieceTokenizer)
        texts, direction = tiny_texts(architecture)
        for text in texts:
            tokens = whole.encode(text, direction)
            assert parts.encode(text, direction) == tokens
            assert parts.decode(tokens) == whole.decode(tokens)


def test_what_no_library_reads_alone_is_read_by_transformers(
    resolve: Resolve, tmp_path: Path
) -> None:
    model = resolve("m2m100", "transformers")
    assert model.folder is not None
    shutil.copytree(model.folder, tmp_path / "model")
    path = tmp_path / "model" / "tokenizer_config.json"
    table = json.loads(path.read_text("utf-8"))
    del table["tokenizer_class"]  # config.json tells it, where there is one of transformers
    path.write_text(json.dumps(table), "utf-8")
    tokenizer = load_tokenizer(replace(model, folder=tmp_path / "model"))
    assert isinstance(tokenizer, TransformersTokenizer)
    assert tokenizer.encode(VIETNAMESE[0], VI_EN) == load_tokenizer(model).encode(
        VIETNAMESE[0], VI_EN
    )


def test_a_language_is_told_to_marian_by_its_prefix_and_by_nothing_in_the_text(
    resolve: Resolve, tmp_path: Path
) -> None:
    model = resolve("marian", "ctranslate2")
    assert model.folder is not None
    shutil.copytree(model.folder, tmp_path / "model")
    path = tmp_path / "model" / "vocab.json"
    vocabulary = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**vocabulary, ">>eng<<": len(vocabulary)}), "utf-8")
    prefixed = TokenizerSpec(source_prefix=">>eng<<")
    told = load_tokenizer(
        replace(model, folder=tmp_path / "model", spec=replace(model.spec, tokenizer=prefixed))
    )
    plain = load_tokenizer(model)
    text = VIETNAMESE[0]
    assert told.encode(text, VI_EN) == (">>eng<<", *plain.encode(text, VI_EN))
    assert ">>eng<<" not in plain.encode(f">>eng<< {text}", VI_EN)


def test_sentencepiece_files_give_what_the_hub_tokenizer_gives(resolve: Resolve) -> None:
    hub = resolve("m2m100", "ctranslate2")
    own = TokenizerSpec(kind="sentencepiece", source_model="sentencepiece.bpe.model")
    ours = load_tokenizer(replace(hub, spec=replace(hub.spec, tokenizer=own)))
    theirs = load_tokenizer(hub)
    for language, texts in (("vi", VIETNAMESE), ("bn", BENGALI)):
        for text in (*texts, "", "漢字 ☃ unseen"):
            direction = Direction(language, "en")
            tokens = ours.encode(text, direction)
            assert tokens == theirs.encode(text, direction)
            assert ours.decode(tokens) == theirs.decode(tokens) == " ".join(text.split())
    assert ours.target_prefix(VI_EN) == theirs.target_prefix(VI_EN)


def test_two_sentencepiece_files_as_in_quickmt_folders(resolve: Resolve) -> None:
    hub = resolve("marian", "ctranslate2")
    own = TokenizerSpec(kind="sentencepiece", source_model="source.spm", target_model="target.spm")
    ours = load_model(replace(hub, spec=replace(hub.spec, tokenizer=own)), Runtime())
    theirs = load_model(hub, Runtime())
    assert decode(ours, VIETNAMESE, None, GREEDY) == decode(theirs, VIETNAMESE, None, GREEDY)


def test_bytes_stand_in_for_unseen_characters(resolve: Resolve) -> None:
    hub = resolve("m2m100", "ctranslate2")
    own = TokenizerSpec(kind="sentencepiece", source_model="sentencepiece.bpe.model")
    tokenizer = load_tokenizer(replace(hub, spec=replace(hub.spec, tokenizer=own)))
    tokens = tokenizer.encode("☃", VI_EN)
    assert tokens[-4:] == ("<0xE2>", "<0x98>", "<0x83>", "</s>")
    assert tokenizer.decode(tokens) == "☃"


def test_bengali_letters_are_composed_where_the_model_knows_only_those(tmp_path: Path) -> None:
    composed = tuple(compose_nukta(text) for text in BENGALI)
    assert any("\u09df" in text for text in composed)
    assert not any("\u09df" in text for text in BENGALI), "the samples are NFC"
    train_sentencepiece(
        tmp_path / "source.model", composed, vocab_size=200, normalization_rule_name="identity"
    )
    text = next(text for text in BENGALI if "\u09af\u09bc" in text)
    tokens = {}
    for form in ("NFC", "composed"):
        spec = ModelSpec(
            name="m",
            engine="ctranslate2",
            licence="MIT",
            tokenizer=TokenizerSpec(
                kind="sentencepiece", source_model="source.model", normalization=form
            ),
        )
        tokenizer = load_tokenizer(ResolvedModel(spec, tmp_path, "local", ""))
        tokens[form] = tokenizer.encode(text, None)
    vocabulary = load_vocabulary(tmp_path / "source.model")
    assert all(token in vocabulary for token in tokens["composed"])
    assert not all(token in vocabulary for token in tokens["NFC"])


def load_vocabulary(path: Path) -> set[str]:
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return {processor.id_to_piece(i) for i in range(len(processor))}


# --------------------------------------------------------------------------------------------
# What cannot be loaded


def test_broken_folders_name_the_file_and_what_to_do(resolve: Resolve, tmp_path: Path) -> None:
    converted = resolve("m2m100", "ctranslate2")
    assert converted.folder is not None
    shutil.copytree(converted.folder, tmp_path / "model")
    broken = replace(converted, folder=tmp_path / "model")
    (tmp_path / "model" / "model.bin").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match=r"cannot load .*model.*pull it again"):
        load_model(broken, Runtime())
    (tmp_path / "model" / "model.bin").unlink()
    with pytest.raises(ModelError, match=r"no model\.bin in .*model"):
        load_model(broken, Runtime())


def test_a_folder_with_only_pickled_weights_is_refused(resolve: Resolve, tmp_path: Path) -> None:
    import torch

    resolved = resolve("t5", "transformers")
    assert resolved.folder is not None
    shutil.copytree(resolved.folder, tmp_path / "model")
    (tmp_path / "model" / "model.safetensors").unlink()
    torch.save({}, tmp_path / "model" / "pytorch_model.bin")
    with pytest.raises(ModelError, match="only safetensors"):
        load_model(replace(resolved, folder=tmp_path / "model"), Runtime())


def test_wrong_tokenizer_settings_are_refused(resolve: Resolve, tmp_path: Path) -> None:
    resolved = resolve("m2m100", "ctranslate2")

    def with_tokenizer(**options: str) -> ResolvedModel:
        return replace(
            resolved,
            spec=replace(resolved.spec, tokenizer=TokenizerSpec(**options)),  # type: ignore[arg-type]
        )

    with pytest.raises(ModelError, match="unknown tokenizer kind 'moses'"):
        load_tokenizer(with_tokenizer(kind="moses"))
    with pytest.raises(ModelError, match="unknown normalization 'nfd'"):
        load_tokenizer(with_tokenizer(normalization="nfd"))
    with pytest.raises(ModelError, match="needs source_model"):
        load_tokenizer(with_tokenizer(kind="sentencepiece"))
    with pytest.raises(ModelError, match=r"src\.spm\.model is missing"):
        load_tokenizer(with_tokenizer(kind="sentencepiece", source_model="src.spm.model"))
    with pytest.raises(ModelError, match=r"vocab\.json is no SentencePiece model"):
        load_tokenizer(with_tokenizer(kind="sentencepiece", source_model="vocab.json"))
    with pytest.raises(ModelError, match="no tokenizer can be read from"):
        load_tokenizer(replace(resolved, folder=tmp_path))


def test_an_end_token_is_never_put_on_a_source_twice(resolve: Resolve, tmp_path: Path) -> None:
    resolved = resolve("m2m100", "ctranslate2")
    assert resolved.folder is not None
    shutil.copytree(resolved.folder, tmp_path / "model")
    path = tmp_path / "model" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"add_source_eos": True}))
    own = TokenizerSpec(kind="sentencepiece", source_model="sentencepiece.bpe.model")
    twice = replace(resolved, folder=tmp_path / "model", spec=replace(resolved.spec, tokenizer=own))
    with pytest.raises(ModelError, match=r"source_suffix = \[\]"):
        load_model(twice, Runtime())


def test_engines_refuse_what_they_cannot_compute(resolve: Resolve) -> None:
    for engine, compute_type in (("ctranslate2", "float16"), ("transformers", "int8")):
        with pytest.raises(ModelError, match=f"cannot compute in {compute_type}"):
            load_model(resolve("m2m100", engine, compute_type=compute_type), Runtime())


def test_contradicting_options_are_refused() -> None:
    with pytest.raises(ConfigError, match="num_hypotheses = 5 is more than beam_size = 4"):
        check_options(DecodingOptions(beam_size=4, num_hypotheses=5))
    with pytest.raises(ConfigError, match="min_target_tokens"):
        check_options(DecodingOptions(min_target_tokens=9, max_target_tokens=8))


def test_each_core_is_a_worker_of_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_has_gpu", lambda: False)
    for cores in ({0, 3}, {1}):
        monkeypatch.setattr(os, "sched_getaffinity", lambda process, cores=cores: cores)
        assert memory.default_runtime() == Runtime("cpu", len(cores), 1)
    monkeypatch.setattr(memory, "_has_gpu", lambda: True)
    assert memory.default_runtime() == Runtime("cuda", 1, 1)


# --------------------------------------------------------------------------------------------
# The bundled starter: real weights

STARTER_CODES = (("vi", "__vi__"), ("bn", "__bn__"), ("en", "__en__"))


def starter() -> ResolvedModel:
    spec = ModelSpec(
        name="starter",
        engine="ctranslate2",
        licence="CC-BY-SA-4.0",
        tokenizer=TokenizerSpec(kind="sentencepiece", source_model="sentencepiece.bpe.model"),
        language_codes=STARTER_CODES,
    )
    return ResolvedModel(spec, STARTER / "ct2", "bundled", "")


@pytest.mark.skipif(not STARTER.is_dir(), reason="the starter models are not in this checkout")
def test_the_starter_gives_the_same_bits_whatever_the_batches_and_threads() -> None:
    options = DecodingOptions(beam_size=4, max_target_tokens=60)
    direction = Direction("bn", "en")
    alone = load_model(starter(), Runtime())
    expected = decode(alone, BENGALI, direction, options, batch_size=1)
    for runtime, size in ((Runtime(num_workers=2), 7), (Runtime(threads_per_worker=2), 18)):
        model = load_model(starter(), runtime)
        texts = tuple(sorted(BENGALI, key=lambda text: len(model.encode(text, direction))))
        classes = {length_class_end(len(model.encode(text, direction))) for text in texts}
        for end in classes:
            chosen = tuple(
                t for t in texts if length_class_end(len(model.encode(t, direction))) == end
            )
            results = decode(model, chosen, direction, options, batch_size=size)
            assert results == [expected[BENGALI.index(text)] for text in chosen]


#: Each another class of arithmetic, or may be one.
CLASSES = (
    {"CT2_FORCE_CPU_ISA": "GENERIC"},
    {"CT2_FORCE_CPU_ISA": "AVX2"},
    {"CT2_FORCE_CPU_ISA": "AVX512"},
    {"ONEDNN_MAX_CPU_ISA": "AVX2"},
    {"CT2_USE_MKL": "1"},
    {"CT2_USE_MKL": "1", "MKL_ENABLE_INSTRUCTIONS": "AVX2"},
)

_DESCRIBED = """
import json, pickle, sys
from seedsum.engines.arithmetic import describe

model, runtime = pickle.load(sys.stdin.buffer)
print(json.dumps(describe(model, runtime)))
"""


def can_have(environment: Mapping[str, str]) -> bool:
    return "avx512f" in cpu_flags() or "AVX512" not in environment.values()


@pytest.mark.skipif("avx2" not in cpu_flags(), reason="this CPU has no AVX2")
@pytest.mark.skipif(not STARTER.is_dir(), reason="the starter models are not in this checkout")
def test_float32_gives_the_same_texts_on_every_class_of_arithmetic() -> None:
    model = starter()
    exact = replace(model, spec=replace(model.spec, compute_type="float32"))
    texts, direction = BENGALI[:6], Direction("bn", "en")
    options = DecodingOptions(beam_size=4, max_target_tokens=60)
    found = {
        tuple(alone(exact, Runtime(), texts, direction, options, **environment)[1])
        for environment in CLASSES
        if can_have(environment)
    }
    assert len(found) == 1


@pytest.mark.skipif("avx2" not in cpu_flags(), reason="this CPU has no AVX2")
def test_the_class_of_arithmetic_goes_by_what_the_libraries_are_told(resolve: Resolve) -> None:
    model = resolve("marian", "ctranslate2", compute_type="int8")
    expected = {
        "CT2_FORCE_CPU_ISA": "GENERIC",
        "CT2_USE_MKL": "0",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
    }
    version = importlib.metadata.version("ctranslate2")
    found = alone(model, Runtime(), code=_DESCRIBED, **expected)
    assert found == f"ctranslate2 {version} int8 onednn AVX2, GENERIC"
    found = alone(model, Runtime(), code=_DESCRIBED, CT2_USE_MKL="1", CT2_FORCE_CPU_ISA="AVX2")
    assert found.startswith(f"ctranslate2 {version} int8 mkl ")
    assert "," not in found, "its own choice is not named"


@pytest.mark.skipif("avx2" not in cpu_flags(), reason="this CPU has no AVX2")
@pytest.mark.parametrize("environment", CLASSES)
def test_what_is_described_is_what_ctranslate2_says_of_itself(
    resolve: Resolve, environment: dict[str, str]
) -> None:
    """Its log names the library of matrix products and its own instructions."""
    if not can_have(environment):
        pytest.skip("this CPU has no AVX-512")
    model = resolve("marian", "ctranslate2", compute_type="int8")
    code = (
        "import pickle, sys; from seedsum.engines import load_model; "
        "load_model(*pickle.load(sys.stdin.buffer))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps((model, Runtime())),
        env={**os.environ, "CT2_VERBOSE": "1", **environment},
        capture_output=True,
        check=True,
    )
    log = (done.stdout + done.stderr).decode()
    described = alone(model, Runtime(), code=_DESCRIBED, **environment)
    assert ("SGEMM backend: MKL" in log) == (" mkl " in described)
    assert ("SGEMM backend: DNNL" in log) == (" onednn " in described)
    own = described.partition(", ")[2] or "AVX2"
    assert f"Selected ISA: {own}" in log


@pytest.mark.parametrize("engine", ["ctranslate2", "transformers"])
def test_a_prefix_stands_before_every_source_text(engine: str, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    folder = build_tiny("t5", tmp_path / "hf")
    if engine == "ctranslate2":
        folder = convert_tiny(folder, tmp_path / "ct2")
    spec = TokenizerSpec(source_prefix="The news:")
    model = load_model(tiny_model("t5", folder, engine, tokenizer=spec), Runtime())
    text = tiny_texts("t5")[0][0]
    backend = AutoTokenizer.from_pretrained(str(tmp_path / "hf"))
    wanted = backend.convert_ids_to_tokens(backend(f"The news: {text}")["input_ids"])
    assert list(model.encode(text, None)) == wanted
    model.close()
