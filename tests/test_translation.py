"""Batch plans are pure and held by properties; the loop runs on a tiny model."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedsum.engines import SequenceModel, load_model
from seedsum.engines.batches import (
    NOTHING,
    LoadedModel,
    length_class_end,
    plan_batches,
    translate_texts,
)
from seedsum.engines.usage import Meter, Usage
from seedsum.errors import ModelError
from seedsum.records import DecodingOptions, Direction, Hypothesis, ResolvedModel, Runtime
from tiny_models import BENGALI, VIETNAMESE, build_tiny, convert_tiny, tiny_model

VI_EN = Direction("vi", "en")
GREEDY = DecodingOptions(beam_size=1, max_target_tokens=60)

lengths = st.lists(st.integers(min_value=0, max_value=300), max_size=80)
budgets = st.integers(min_value=1, max_value=2000)
sizes = st.integers(min_value=1, max_value=40)


class Upper:
    """A model without weights: tokens are words, the translation is the text in capitals."""

    max_batch_tokens = 4096

    def __init__(self) -> None:
        self.batches: list[list[tuple[str, ...]]] = []

    def encode(self, text: str, direction: Direction | None) -> tuple[str, ...]:
        return (*text.split(), "</s>")

    def decode_batches(
        self,
        batches: Iterable[Sequence[tuple[str, ...]]],
        direction: Direction | None,
        options: DecodingOptions,
    ) -> Iterator[list[tuple[Hypothesis, ...]]]:
        for batch in batches:
            self.batches.append(list(batch))
            yield [
                (Hypothesis(" ".join(tokens[:-1]).upper(), -0.5, len(tokens) - 1, True),)
                for tokens in batch
            ]

    def score(
        self, sources: Sequence[str], translations: Sequence[str], direction: Direction | None
    ) -> list[float]:
        return [-0.5] * len(sources)

    def close(self) -> None:
        pass


@given(lengths, budgets, sizes)
def test_every_text_is_in_one_batch_and_budgets_hold(
    lengths: list[int], budget: int, size: int
) -> None:
    plan = plan_batches(lengths, max_batch_tokens=budget, max_batch_size=size)
    assert sorted(index for batch in plan for index in batch) == list(range(len(lengths)))
    for batch in plan:
        assert 0 < len(batch) <= size
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= budget
        assert len({length_class_end(lengths[i]) for i in batch}) == 1
    ordered = [lengths[index] for batch in plan for index in batch]
    assert ordered == sorted(lengths, reverse=True)


@given(lengths, budgets, sizes)
def test_no_two_neighbouring_batches_would_fit_into_one(
    lengths: list[int], budget: int, size: int
) -> None:
    plan = plan_batches(lengths, max_batch_tokens=budget, max_batch_size=size)
    for first, second in itertools.pairwise(plan):
        longest = max(lengths[i] for i in first)
        next_class = length_class_end(lengths[second[0]]) != length_class_end(longest)
        assert next_class or len(first) == size or longest * (len(first) + 1) > budget


@given(
    st.lists(st.text(alphabet="ab \n\t", max_size=12), max_size=60),
    budgets,
    sizes,
)
def test_hypotheses_keep_their_order_whatever_the_batches(
    texts: list[str], budget: int, size: int
) -> None:
    model = Upper()
    model.max_batch_tokens = budget
    seen: list[int] = []
    loaded = LoadedModel(model, max_batch_size=size)
    hypotheses = loaded.translate(texts, VI_EN, GREEDY, on_progress=seen.append)
    assert [h.text for (h,) in hypotheses] == [" ".join(text.upper().split()) for text in texts]
    assert sum(seen) == len(texts) and 0 not in seen
    decoded = [tokens for batch in model.batches for tokens in batch]
    assert len(decoded) == len(set(decoded)), "equal texts are decoded once"
    assert ("</s>",) not in decoded, "a blank text never reaches the model"


def test_batches_are_as_large_as_the_model_wants_them_for_the_beam() -> None:
    model = Upper()
    model.max_batch_tokens = 2400
    texts = [f"{number} b c d e f g h i j k" for number in range(300)]  # 12 tokens with the end
    translate_texts(texts, model=model, direction=VI_EN, options=DecodingOptions(beam_size=4))
    assert [len(batch) for batch in model.batches] == [50] * 6


def test_blank_texts_become_nothing() -> None:
    model = Upper()
    assert translate_texts(
        ["", " \n\t", "\u00a0"], model=model, direction=None, options=GREEDY
    ) == [(NOTHING,), (NOTHING,), (NOTHING,)]
    assert model.batches == []
    assert translate_texts([], model=model, direction=None, options=GREEDY) == []


@pytest.fixture(scope="module")
def resolved(tmp_path_factory: pytest.TempPathFactory) -> ResolvedModel:
    folder = build_tiny("m2m100", tmp_path_factory.mktemp("tiny") / "m2m100")
    converted = convert_tiny(folder, folder.parent / "converted")
    return tiny_model("m2m100", converted, "ctranslate2", compute_type="auto")


@pytest.fixture(scope="module")
def tiny(resolved: ResolvedModel) -> Iterator[SequenceModel]:
    model = load_model(resolved, Runtime(num_workers=2))
    yield model
    model.close()


def test_a_text_the_tokenizer_sees_nothing_in_is_nothing(tiny: SequenceModel) -> None:
    """SentencePiece drops zero-width space and byte order mark; a model would invent something."""
    texts = ["\u200b", "\ufeff", "▁", "Không."]
    blank, mark, space, word = translate_texts(texts, model=tiny, direction=VI_EN, options=GREEDY)
    assert blank == mark == space == (NOTHING,)
    assert word[0].num_tokens > 0


def test_every_batch_and_all_scores_are_a_sign_of_life(tiny: SequenceModel) -> None:
    """A worker that says nothing for long is taken for one that hangs."""
    signs: list[None] = []
    model = LoadedModel(tiny, on_alive=lambda: signs.append(None), max_batch_size=1)
    model.translate(VIETNAMESE, VI_EN, GREEDY)
    assert len(signs) == len(set(VIETNAMESE))
    model.score(VIETNAMESE[:2], ["It rained.", "No."], VI_EN)
    assert len(signs) == len(set(VIETNAMESE)) + 1


def test_what_is_done_is_counted(tiny: SequenceModel) -> None:
    meter = Meter()
    model = LoadedModel(tiny, meter=meter)
    found = model.translate([*VIETNAMESE, VIETNAMESE[0], " "], VI_EN, GREEDY)
    usage = meter.take()
    assert usage.decoded_inputs == len(set(VIETNAMESE))
    lengths = [model.num_tokens(text, VI_EN) for text in set(VIETNAMESE)]
    assert usage.source_tokens == sum(lengths) <= usage.padded_source_tokens
    assert usage.target_tokens == sum(best.num_tokens for best, *_ in found[:-2])
    assert usage.seconds_decoding > 0
    assert meter.take() == Usage()


def test_neighbours_in_a_batch_change_neither_text_nor_score(
    tiny: SequenceModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bit for bit: else a record would depend on what else was in the window."""
    texts = list(VIETNAMESE + BENGALI)
    options = DecodingOptions(beam_size=4, max_target_tokens=60)
    alone = [
        translate_texts([text], model=tiny, direction=VI_EN, options=options)[0] for text in texts
    ]
    for seed, budget, size in ((1, 4000, 36), (2, 100, 3), (3, 400, 7)):
        order = random.Random(seed).sample(range(len(texts)), len(texts))
        monkeypatch.setattr(tiny, "max_batch_tokens", budget * options.beam_size)
        model = LoadedModel(tiny, max_batch_size=size)
        together = model.translate([texts[i] for i in order], VI_EN, options)
        assert together == [alone[i] for i in order]


def test_a_text_over_the_models_limit_is_an_error(tiny: SequenceModel) -> None:
    with pytest.raises(ModelError, match="over max_source_tokens"):
        translate_texts(["mưa " * 300, "Không."], model=tiny, direction=VI_EN, options=GREEDY)
