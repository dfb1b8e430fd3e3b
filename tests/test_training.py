"""The training recipe: what may go into its data, pairs made by rule, and runs that go on.

Of a pair that is made, both sides must state the same quantities and names.
"""

from __future__ import annotations

import argparse
import importlib
import json
import lzma
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from seedsum.checks import check_segment
from seedsum.checks.known_names import compare_known_names

ROOT = Path(__file__).resolve().parent.parent


SHARED = Path(os.environ.get("SEEDSUM_SHARED", ROOT.parent / "shared"))


def modules(*names: str) -> Iterator[SimpleNamespace]:
    """Modules of the recipe, which import one another by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "training")
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in names})


def wrong_quantities(source: str, target: str, language: str) -> list[str]:
    flags = check_segment(source, target, language=language)
    return [flag.detail for flag in flags if flag.code.startswith("quantity")]


@pytest.fixture(scope="module")
def recipe() -> Iterator[SimpleNamespace]:
    """What makes the data."""
    yield from modules("data_sets", "generated", "swaps")


@pytest.fixture(scope="module")
def learner() -> Iterator[SimpleNamespace]:
    """What trains on them; wants the `training` extra."""
    for name in ("ctranslate2", "sacrebleu", "torch", "transformers"):
        pytest.importorskip(name)
    yield from modules("model", "restart", "train")


@pytest.fixture(scope="module")
def generated(recipe: SimpleNamespace) -> ModuleType:
    made: ModuleType = recipe.generated
    return made


@pytest.mark.parametrize(
    ("name", "language"),
    [
        *(
            (f"{name}_bn", "bn")
            for name in ("gnome_ui", "scratch", "mediawiki", "vlc_ui", "lichess")
        ),
        *((f"{name}_bn", "bn") for name in ("stellarium", "wordpress_ui", "access_nyc", "kalzium")),
        *((f"{name}_bn", "bn") for name in ("osm_website", "gnome_places", "iso_codes")),
        *((f"bd_dict_{number}", "bn") for number in (17, 36, 93)),
        ("apertium_bn_en", "bn"),
        *(
            (f"{name}_vi", "vi")
            for name in ("gnome_ui", "scratch", "mediawiki", "vlc_ui", "lichess")
        ),
        *(
            (f"{name}_vi", "vi")
            for name in ("wesnoth", "wordpress_ui", "gnucash_ui", "osm_website")
        ),
        *((f"{name}_vi", "vi") for name in ("gnome_places", "iso_codes")),
        ("viet_anh_dict", "vi"),
        ("viet_anh_dict_examples", "vi"),
    ],
)
def test_nothing_under_a_gnu_licence_gets_into_what_ships(
    name: str, language: str, recipe: SimpleNamespace
) -> None:
    for licence_class in ("open", "unclear", "unstated"):
        assert recipe.data_sets.weight_of(name, language, licence_class) == 0


def test_every_data_set_that_is_used_has_a_licence_that_lets_it_ship(
    recipe: SimpleNamespace,
) -> None:
    known = (*recipe.data_sets.SENTENCES, *recipe.data_sets.ENTRIES)
    assert len({(one.name, one.language) for one in known}) == len(known)
    for one in known:
        refused = any(word in one.licence.upper() for word in ("GPL", "-NC", "PRESS"))
        assert one.licence and one.ships != refused
        assert not (one.weight and refused), one.name


@pytest.mark.parametrize(
    "licence",
    ["GPL-2+", "GPL", "LGPL", "LGPL-2.1", "AGPL-3.0", "unstated (original GPL)", "CC BY-NC 4.0"],
)
def test_a_refused_licence_stays_out_whatever_its_weight(
    licence: str, recipe: SimpleNamespace
) -> None:
    assert not recipe.data_sets.DataSet("new", "vi", licence, 2.0, "").ships


def test_an_unknown_data_set_is_refused(recipe: SimpleNamespace) -> None:
    for name, language in (("brand_new", "vi"), ("tico19_bn", "vi")):
        with pytest.raises(recipe.data_sets.UnknownDataSetError, match=name):
            recipe.data_sets.weight_of(name, language, "open")


def test_rows_that_are_not_commercial_stay_out_of_a_set_that_ships(
    recipe: SimpleNamespace,
) -> None:
    assert recipe.data_sets.weight_of("global_storybooks_bn", "bn", "open") > 0
    assert recipe.data_sets.weight_of("global_storybooks_bn", "bn", "nc") == 0


@pytest.mark.parametrize("language", ["vi", "bn"])
@pytest.mark.parametrize("kind", ["date_phrase", "day_phrase", "time_phrase", "fragment"])
def test_dates_days_times_and_amounts_are_the_same_in_both_languages(
    kind: str, language: str, generated: ModuleType
) -> None:
    rng = random.Random(7)
    made = {getattr(generated, kind)(rng, language) for _ in range(500)}
    assert len(made) > 20
    for source, target in sorted(made):
        assert not wrong_quantities(source, target, language), (source, target)


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("vi", "Xã có 12 giếng cho 2.016 hộ từ năm 2015.", "12 wells for 2,016 homes since 2015."),
        ("bn", "২০১৫ সালে ১,২৩,৪৫৬ জন ও ৯ শিশু।", "In 2015 there were 123,456 and 9 children."),
        ("bn", "5000 টাকা", "5000 taka"),
    ],
)
def test_other_numbers_are_the_same_on_both_sides(
    language: str, source: str, target: str, generated: ModuleType
) -> None:
    rng = random.Random(7)
    made = [generated.with_other_numbers(rng, language, source, target) for _ in range(300)]
    assert len(set(made)) > 100
    for pair in filter(None, made):
        assert not wrong_quantities(pair[0], pair[1], language), pair
        assert pair != (source, target)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Không có số nào.", "There is no number."),
        ("Có 3 giếng.", "There are three wells."),  # not in digits on both sides
        ("Từ 3 đến 3.", "From 3 to 3."),  # which is which?
        ("Tỷ số 2-1, điểm 8,5.", "The score is 2-1, the mark 8.5."),
    ],
)
def test_pairs_whose_numbers_cannot_be_told_are_left_alone(
    source: str, target: str, generated: ModuleType
) -> None:
    assert generated.with_other_numbers(random.Random(7), "vi", source, target) is None


def test_a_date_or_time_stands_once_in_each_sentence(generated: ModuleType) -> None:
    rng = random.Random(7)
    pairs = {
        "vi": ("Ông nói rằng nước sạch rất quan trọng.", "He said that clean water matters."),
        "bn": ("তিনি বলেন, পরিষ্কার পানি গুরুত্বপূর্ণ।", "He said that clean water matters."),
    }
    for language, (source, target) in pairs.items():
        for _ in range(300):
            made = generated.with_phrase(rng, language, source, target)
            assert not wrong_quantities(made[0], made[1], language), made
            assert made[1].endswith(".") and not made[1].endswith("..")
            assert made[1][0].isupper()
            assert "e said that clean water matters" in made[1]
            assert (source[1:-1] if language == "vi" else source) in made[0]
    name = ("Hà Nội có nước sạch.", "Hanoi has clean water.")
    assert generated.with_phrase(rng, "vi", *name) is None, "a name would lose its capital"


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("vi", "Đoàn bác sĩ đến từ Trung Quốc.", "The doctors came from China."),
        ("vi", "Bộ Y tế Việt Nam cho biết.", "Vietnam's health ministry said so."),
        ("bn", "চীনের রাজধানীতে বৃষ্টি।", "Rain in the capital of China."),
        ("bn", "তারা ইন্দোনেশিয়ায় থাকে।", "They live in Indonesia."),
        ("bn", "দক্ষিণ কোরিয়াকে সাহায্য", "Help for South Korea"),
    ],
)
def test_another_name_stands_on_both_sides(
    language: str, source: str, target: str, generated: ModuleType
) -> None:
    rng = random.Random(7)
    made = {generated.with_another_name(rng, language, source, target) for _ in range(300)}
    assert len(made) > 80
    for pair in made:
        assert pair is not None and pair[0] != source and pair[1] != target
        found = compare_known_names(*pair, language=language)
        assert (found.missing, found.added) == ((), ()), pair


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("vi", "Người dân vui mừng.", "The people are glad."),
        ("vi", "Từ Trung Quốc đến Thái Lan.", "From China to Thailand."),  # which is which?
        ("vi", "Bác sĩ Trung Quốc đến.", "Chinese doctors came."),  # no noun
        ("vi", "Anh đến từ Anh.", "He is from Britain."),  # may be another word
        ("bn", "তারা নেদারল্যান্ডে থাকে।", "They live in the Netherlands."),  # an article
    ],
)
def test_pairs_whose_name_cannot_be_told_are_left_alone(
    language: str, source: str, target: str, generated: ModuleType
) -> None:
    rng = random.Random(7)
    assert generated.with_another_name(rng, language, source, target) is None


@pytest.mark.parametrize("language", ["vi", "bn"])
def test_lists_of_names_are_the_same_in_both_languages(
    language: str, generated: ModuleType
) -> None:
    rng = random.Random(7)
    for source, target in {generated.list_of_names(rng, language) for _ in range(500)}:
        found = compare_known_names(source, target, language=language)
        assert (found.missing, found.added) == ((), ()), (source, target)


def known_of(recipe: SimpleNamespace) -> dict[str, object]:
    """A few names and things that are known in each language."""
    sentences = {
        "vi": [("Ông Trần Văn Hòa đến Đà Nẵng.", "Mr Tran Van Hoa came to Da Nang.")],
        "bn": [("এটি একটি ঘোড়া।", "It was a horse. The boat is here.")],
    }
    entries = {
        "vi": [
            ("place", "Xã Gia Hòa", "Gia Hoa Commune"),
            ("place", "Bến Cát", "Ben Cat"),
            ("place", "Huế", "Hue"),
        ],
        "bn": [
            ("person", "জন স্মিথ", "John Smith"),
            ("person", "মিতা সেন", "Mita Sen"),
            ("person", "কামাল হোসেন", "Kamal Hossain"),
            ("place", "ফুলবাড়ী", "Fulbari"),
            ("place", "পাটনা", "Patna"),
            ("thing", "ঘোড়া", "horse"),
            ("thing", "নৌকা", "boat"),
        ],
    }
    return {
        language: recipe.swaps.known_in(language, entries[language], sentences[language])
        for language in ("vi", "bn")
    }


@pytest.mark.parametrize(
    ("language", "source", "target", "other"),
    [
        ("vi", "Anh ấy sống ở Huế.", "He lives in Hue.", "He lives in Gia Hoa."),
        ("vi", "Từ Bến Cát đến Huế.", "From Ben Cat to Hue.", "From Da Nang to Gia Hoa."),
        ("bn", "জন স্মিথ বলেন", "John Smith says", "Mita Sen says"),
        ("bn", "কামাল সেনের বাড়ি", "The house of Kamal Sen", "The house of John Smith"),
        ("bn", "মিতা পাটনায় থাকে", "Mita lives in Patna", "Kamal lives in Fulbari"),
        ("bn", "একটি নৌকা আছে", "There is a boat", "There is a horse"),
    ],
)
def test_another_person_place_or_thing_stands_on_both_sides(
    language: str, source: str, target: str, other: str, recipe: SimpleNamespace
) -> None:
    known = known_of(recipe)[language]
    rng = random.Random(7)
    made = {
        recipe.swaps.with_other_entries(rng, language, known, source, target) for _ in range(400)
    }
    made.discard(None)
    assert other in {english for _, english in made}
    for theirs, ours in made:
        assert theirs != source and ours != target
        for found in recipe.swaps.find_known(language, known, theirs, ours):
            assert found.form in theirs


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("vi", "Huế và Huế.", "Hue and Hue."),  # which is which?
        ("bn", "মিতা বলেন", "She says"),
        ("bn", "নৌকা চাই", "I want boats"),
        ("bn", "কামালগঞ্জ যাব", "I go to Kamal"),  # part of another word
    ],
)
def test_pairs_whose_entries_cannot_be_told_are_left_alone(
    language: str, source: str, target: str, recipe: SimpleNamespace
) -> None:
    known = known_of(recipe)[language]
    rng = random.Random(7)
    assert recipe.swaps.with_other_entries(rng, language, known, source, target) is None


def test_an_article_goes_with_its_word(recipe: SimpleNamespace) -> None:
    assert recipe.swaps.with_article("He saw a ", "owl") == "He saw an "
    assert recipe.swaps.with_article("An ", "horse") == "A "
    assert recipe.swaps.with_article("the ", "owl") == "the "


def test_a_latin_name_is_copied(recipe: SimpleNamespace) -> None:
    pair = ("Theo ông Thaksin, giá tăng.", "Prices rose, Thaksin said.")
    made = recipe.swaps.with_other_latin_name(random.Random(7), {0: ["Gobustan"]}, *pair)
    assert made == ("Theo ông Gobustan, giá tăng.", "Prices rose, Gobustan said.")
    file = ("Hãy mở Foundry.Local ngay.", "Open Foundry.Local now.")
    assert recipe.swaps.with_other_latin_name(random.Random(7), {0: ["Sivas"]}, *file) is None


def test_the_same_seed_gives_the_same_pairs(generated: ModuleType, recipe: SimpleNamespace) -> None:
    shown = ("vi", 2.0, "Ông có 12 con.", "He has 12 children.")
    pairs = [*[shown] * 9, ("vi", 0.3, "Số 7.", "Key 7.")]  # the last is shown too seldom
    known = known_of(recipe)
    first, again, other = (list(generated.generated(pairs, seed, known)) for seed in (1, 1, 2))
    assert first == again != other
    from_pairs = [row for row in first if row[0] in ("numbers", "phrase", "land", "entries")]
    assert from_pairs and all("children" in target for *_, target in from_pairs)


def test_a_grown_model_computes_what_the_smaller_one_does(learner: SimpleNamespace) -> None:
    import torch

    shape = learner.model.Shape
    torch.manual_seed(7)
    old = shape(num_ids=140, width=32, num_heads=2, inner=48, encoder_layers=3, decoder_layers=1)
    new = shape(num_ids=140, width=32, num_heads=2, inner=64, encoder_layers=5, decoder_layers=2)
    small, large = learner.model.Translator(old), learner.model.Translator(new)
    large.load_state_dict(learner.restart.grown(small.state_dict(), old, new))
    source, target = torch.randint(4, 140, (3, 9)), torch.randint(4, 140, (3, 7))
    outputs = [model(source, target, torch.float32, None, None) for model in (small, large)]
    assert torch.allclose(outputs[0], outputs[1], atol=1e-6)
    with pytest.raises(ValueError, match="cannot grow"):
        learner.restart.grown(large.state_dict(), new, old)


@pytest.mark.parametrize(
    ("old", "new", "places"),
    [(2, 2, [0, 1]), (2, 4, [0, None, 1, None]), (2, 3, [0, None, 1]), (3, 4, [0, 1, 2, None])],
)
def test_new_layers_are_spread(
    old: int, new: int, places: list[int | None], learner: SimpleNamespace
) -> None:
    found = learner.restart.origin_of(old, new)
    assert [at for at in found if at is not None] == list(range(old))
    assert len(found) == new and found[0] == 0
    assert found.count(None) == places.count(None)


def test_the_rate_stays_until_the_decay_is_asked_for(learner: SimpleNamespace) -> None:
    rate_at = learner.train.rate_at
    options = argparse.Namespace(warmup=10, end_tokens=0, decay_from_tokens=0)
    assert rate_at(4, 0, options) == 0.5
    assert rate_at(1000, 10**9, options) == 1
    options = argparse.Namespace(warmup=10, end_tokens=300, decay_from_tokens=100)
    assert [rate_at(99, seen, options) for seen in (0, 100, 200, 300)] == [1, 1, 0.5, 0]


TINY = (
    *("--start", "nothing", "--width", "32", "--heads", "2", "--inner", "48"),
    *("--encoder-layers", "2", "--decoder-layers", "1", "--batch-tokens", "400", "--threads", "1"),
    *("--validation-sentences", "2", "--save-minutes", "0.01", "--log-steps", "2"),
    *("--warmup", "4", "--average", "0.9"),
)


@pytest.fixture(scope="module")
def small_shared(tmp_path_factory: pytest.TempPathFactory, generated: ModuleType) -> Path:
    """A shared folder with corpora made by rule, as small as a vocabulary can be trained on."""
    shared = tmp_path_factory.mktemp("shared")
    for folder in ("corpora", "corpora2", "validation"):
        (shared / "data" / folder).mkdir(parents=True)
    rng = random.Random(7)
    makers = (generated.fragment, generated.date_phrase, generated.list_of_names)
    sets = {"vi": "vlsp20_news", "bn": "tico19_bn"}
    others = {"vi": ("tatoeba_vi2", "geonames_vi"), "bn": ("benqa", "wiki_person_names_bn")}
    for language, name in sets.items():
        pairs = [rng.choice(makers)(rng, language) for _ in range(400)]
        sentences, entries = others[language]
        for path, dataset, rows in (
            (f"corpora/{language}-en.tsv.xz", name, pairs),
            (f"corpora2/{language}-en-2.tsv.xz", sentences, pairs[:20]),
            (f"corpora2/names.{language}-en.tsv.xz", entries, pairs[20:40]),
        ):
            with lzma.open(shared / "data" / path, "wt", encoding="utf-8") as out:
                for source, target in rows:
                    out.write(f"{source}\t{target}\t{dataset}\tA\topen\n")
    for name, language in (("vlsp20-news", "vi"), ("risingnews", "bn")):
        pairs = [generated.fragment(rng, language) for _ in range(4)]
        for side, code in enumerate((language, "en")):
            file = shared / "data" / "validation" / f"{name}.{language}-en.{code}"
            file.write_text("".join(f"{pair[side]}\n" for pair in pairs), encoding="utf-8")
    return shared


def script(name: str, shared: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What one of the recipe's commands printed."""
    return subprocess.run(
        [sys.executable, ROOT / "training" / name, *arguments],
        env={**os.environ, "SEEDSUM_SHARED": str(shared)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def wait_for(condition: object, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.1)


def logged(run: Path) -> list[dict[str, Any]]:
    path = run / "log.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.mark.slow
def test_three_commands_lead_from_data_to_weights_and_a_killed_run_goes_on(
    small_shared: Path, tmp_path: Path, learner: SimpleNamespace
) -> None:
    import ctranslate2

    work, run = tmp_path / "work", tmp_path / "work" / "run"
    prepared = script("prepare.py", small_shared, "--work", work, "--pieces", "700")
    assert prepared.returncode == 0, prepared.stderr
    started = script("run.py", small_shared, "--work", work, "start", "--", *TINY)
    assert started.returncode == 0, started.stderr
    pid = int((run / "pid").read_text())
    try:
        assert os.getpriority(os.PRIO_PROCESS, pid) == 19
        twice = script("run.py", small_shared, "--work", work)
        assert twice.returncode != 0 and "runs already" in twice.stderr
        twice = script("train.py", small_shared, "--work", work)
        assert twice.returncode != 0 and "trained already" in twice.stderr
        wait_for(lambda: sum("saved" in line for line in logged(run)) > 2)
    finally:
        os.kill(pid, signal.SIGKILL)
    wait_for(
        lambda: "not running" in script("run.py", small_shared, "--work", work, "status").stdout
    )
    last = [line["step"] for line in logged(run) if "saved" in line][-1]
    num_lines = len(logged(run))
    (run / "checkpoint.pt").write_bytes((run / "checkpoint.pt").read_bytes()[:1000])  # cut short
    # Nothing but what ends it is asked for: the rest is as the run was started.
    ended = script("train.py", small_shared, "--work", work, "--finish-tokens", "2000")
    assert ended.returncode == 0, ended.stderr
    later = logged(run)[num_lines:]
    assert 0 < later[0]["step"] <= last + 2, "it goes on from the checkpoint before"
    assert later[-1]["ended"] == "finished"
    assert [line["rate"] for line in later if "rate" in line][-1] < 6e-4
    assert not list(run.glob("*.part"))

    exported = script("export.py", small_shared, "--work", work)
    assert exported.returncode == 0, exported.stderr
    found = sorted(path.name for path in (work / "export").rglob("*") if path.is_file())
    assert found == sorted(
        [
            "card.json",
            *("config.json", "model.bin", "sentencepiece.bpe.model", "shared_vocabulary.json"),
        ]
    )
    engine = ctranslate2.Translator(str(work / "export" / "ct2"), compute_type="int8")
    result = engine.translate_batch(
        [["__vi__", "▁", "</s>"]], target_prefix=[["__en__"]], max_decoding_length=5
    )
    assert result[0].hypotheses[0][0] == "__en__"
    # So few steps teach it nothing: it would write any piece, but for those that are kept out.
    drawn = engine.translate_batch(
        [["__bn__", "▁", "</s>"]] * 50,
        target_prefix=[["__en__"]] * 50,
        beam_size=1,
        sampling_topk=600,
        max_decoding_length=20,
    )
    written = {piece for one in drawn for piece in one.hypotheses[0]}
    assert len(written) > 100
    assert not any("\u0980" <= char <= "\u09ff" for piece in written for char in piece)


@pytest.mark.slow
def test_a_run_is_paused_and_stopped_with_a_checkpoint(
    small_shared: Path, tmp_path: Path, learner: SimpleNamespace
) -> None:
    work, run = tmp_path / "work", tmp_path / "work" / "run"
    assert script("prepare.py", small_shared, "--work", work, "--pieces", "700").returncode == 0
    assert script("run.py", small_shared, "--work", work, "start", "--", *TINY).returncode == 0
    try:
        wait_for(lambda: any("loss" in line for line in logged(run)))
        assert script("run.py", small_shared, "--work", work, "pause").returncode == 0
        assert "paused" in script("run.py", small_shared, "--work", work, "status").stdout
        num_lines = len(logged(run))
        time.sleep(1)
        assert len(logged(run)) == num_lines
        assert script("run.py", small_shared, "--work", work, "continue").returncode == 0
        wait_for(lambda: len(logged(run)) > num_lines)
    finally:
        stopped = script("run.py", small_shared, "--work", work, "stop")
    assert stopped.returncode == 0, stopped.stderr
    assert logged(run)[-1]["ended"] == "stopped" and "saved" in logged(run)[-2]
    assert (run / "checkpoint.pt").exists() and (run / "best.pt").exists()


@pytest.mark.skipif(not (SHARED / "data" / "corpora2").exists(), reason="no shared data")
def test_the_table_knows_every_data_set_of_the_corpora(recipe: SimpleNamespace) -> None:
    for language in ("vi", "bn"):
        for name in ("corpora/{}-en", "corpora2/{}-en-2", "corpora2/names.{}-en"):
            path = SHARED / "data" / f"{name.format(language)}.tsv.xz"
            with lzma.open(path, "rt", encoding="utf-8", newline="\n") as lines:
                found = {tuple(line.rstrip("\n").split("\t")[2::2]) for line in lines}
            for dataset, licence_class in sorted(found):
                recipe.data_sets.weight_of(dataset, language, licence_class)


# --------------------------------------------------------------------------------------------
# What a model gets wrong, word by word


@pytest.fixture(scope="module")
def word_faults() -> Iterator[ModuleType]:
    for found in modules("word_faults"):
        yield found.word_faults


@pytest.mark.parametrize(
    ("name", "output", "recognised"),
    [
        ("Rahima", "The nurse Rohima came.", True),
        ("Rahima", "The nurse Karim came.", False),
        ("Bhagirathi", "A road to Vagirothi.", True),
        ("Bhagirathi", "A road to Dhaka.", False),
        ("Philip's", "It was Filip who came.", True),
    ],
)
def test_a_name_is_recognised_by_its_consonants(
    word_faults: ModuleType, name: str, output: str, *, recognised: bool
) -> None:
    found = word_faults.word_faults(["x"], [f"On foot, {name} went home."], [output], "vi")
    assert (found.num_names, found.recognisable_names) == (1, float(recognised))


def test_words_that_only_begin_a_sentence_lands_and_dates_are_no_names(
    word_faults: ModuleType,
) -> None:
    reference = 'Yesterday it rained. Nobody said "Trains stop" in France on Monday, but Karim did.'
    found = word_faults.word_faults(["x"], [reference], ["Karim"], "vi")
    assert (found.num_names, found.recognisable_names) == (1, 1.0)


@pytest.mark.parametrize(
    ("source", "output", "invented"),
    [
        ("তিনি ফিরলেন।", "He returned to France.", True),
        ("তিনি ফিরলেন।", "He returned.", False),
        ("তিনি আফগানিস্তানে ফিরলেন।", "He returned to Afghanistan.", False),
    ],
)
def test_a_land_that_the_source_does_not_name_is_invented(
    word_faults: ModuleType, source: str, output: str, *, invented: bool
) -> None:
    found = word_faults.word_faults([source], ["He and Karim returned."], [output], "bn")
    assert found.invented_lands == float(invented)


def test_a_letter_of_the_source_is_seen(word_faults: ModuleType) -> None:
    outputs = ["Karim came.", "করিম came."]
    found = word_faults.word_faults(["x", "x"], ["So did Karim."] * 2, outputs, "bn")
    assert found.left_in_script == 0.5
