"""Batch plans are pure and held by properties; the loop runs on a tiny model."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedsum.engines import SequenceModel, length_class_end, load_model
from seedsum.engines.batches import NOTHING, plan_batches, translate_texts
from seedsum.engines.pool import LoadedModels
from seedsum.errors import ModelError
from seedsum.models import storage as cache
from seedsum.records import DecodingOptions, Direction, Hypothesis, ResolvedModel, Runtime, Unscored
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
    seen: list[int] = []
    hypotheses = translate_texts(
        texts,
        model=model,
        direction=VI_EN,
        options=GREEDY,
        max_batch_tokens=budget,
        max_batch_size=size,
        on_progress=seen.append,
    )
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
    ) == ((NOTHING,), (NOTHING,), (NOTHING,))
    assert model.batches == []
    assert translate_texts([], model=model, direction=None, options=GREEDY) == ()


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


def test_scores_that_a_constraint_distorts_are_worked_out_unless_nobody_wants_them(
    tiny: SequenceModel,
) -> None:
    texts = [*VIETNAMESE[:5], VIETNAMESE[0], " "]
    options = DecodingOptions(beam_size=4, num_hypotheses=2, no_repeat_ngram_size=3)

    def translated(*, scored: bool) -> tuple[tuple[Hypothesis, ...], ...]:
        return translate_texts(texts, model=tiny, direction=VI_EN, options=options, scored=scored)

    inputs = [tiny.encode(text, VI_EN) for text in texts]
    *found, blank = translated(scored=False)
    assert blank == (NOTHING,)
    assert all(isinstance(h, Unscored) for hypotheses in found for h in hypotheses)
    best = tiny.score(inputs[:-1], [first for first, _ in found], VI_EN)
    assert all(h.score < 0 for h in best)
    expected = [(h, second) for h, (_, second) in zip(best, found, strict=True)]
    assert list(translated(scored=True)) == [*expected, (NOTHING,)]


@pytest.mark.parametrize("penalty", [1.0, 1.3])
def test_every_batch_is_a_sign_of_life_and_so_is_every_batch_of_scores(
    resolved: ResolvedModel, penalty: float
) -> None:
    """A worker that says nothing for long is taken for one that hangs."""
    assert resolved.folder is not None
    files = cache.record_files(resolved.folder)
    model_on_disk = replace(resolved, weights_sha256=cache.combined_sha256(files))
    signs: list[None] = []
    options = DecodingOptions(beam_size=2, repetition_penalty=penalty)
    with (
        LoadedModels(
            {"tiny": model_on_disk},
            runtime=Runtime(),
            on_load=lambda _: None,
            on_decoded=lambda: signs.append(None),
        ) as loaded,
        loaded.use("tiny") as model,
    ):
        translate_texts(VIETNAMESE, model=model, direction=VI_EN, options=options, max_batch_size=1)
    num_batches = len(set(VIETNAMESE))
    assert len(signs) == num_batches * (1 if penalty == 1.0 else 2)


def test_neighbours_in_a_batch_change_neither_text_nor_score(tiny: SequenceModel) -> None:
    """Bit for bit: else a record would depend on what else was in the window."""
    texts = list(VIETNAMESE + BENGALI)
    options = DecodingOptions(beam_size=4, max_target_tokens=60)
    alone = [
        translate_texts([text], model=tiny, direction=VI_EN, options=options)[0] for text in texts
    ]
    for seed, budget, size in ((1, 4000, 36), (2, 100, 3), (3, 400, 7)):
        order = random.Random(seed).sample(range(len(texts)), len(texts))
        together = translate_texts(
            [texts[i] for i in order],
            model=tiny,
            direction=VI_EN,
            options=options,
            max_batch_tokens=budget,
            max_batch_size=size,
        )
        assert list(together) == [alone[i] for i in order]


def test_a_text_over_the_models_limit_is_an_error(tiny: SequenceModel) -> None:
    with pytest.raises(ModelError, match="over max_source_tokens"):
        translate_texts(["mưa " * 300, "Không."], model=tiny, direction=VI_EN, options=GREEDY)
