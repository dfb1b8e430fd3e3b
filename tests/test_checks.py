"""What the checks flag, and what they let pass, in Vietnamese and Bengali."""

# mypy: disable-error-code="func-returns-value,comparison-overlap"

from __future__ import annotations

import json
import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seedsum
import toy_check
from plugin_package import run_with_package
from seedsum.checks import (
    CHECKS,
    POSSIBLE,
    Pair,
    block_fates,
    check_segment,
    document_status,
    load_glossary,
    repetition,
    severity,
    table,
)
from seedsum.checks import glossary as glossary_module
from seedsum.checks.coverage import num_sentences
from seedsum.checks.glossary import Glossary, matching_terms
from seedsum.checks.names import check_names
from seedsum.checks.quantities import parse_numeral, quantities
from seedsum.errors import ConfigError
from seedsum.languages import get
from seedsum.languages.common import SIGNS
from seedsum.records import (
    Block,
    Document,
    Fate,
    Flag,
    Hypothesis,
    Segment,
    Status,
    Summary,
    SummarySentence,
    TranslatedSegment,
)
from seedsum.settings import CheckOptions

OPTIONS = CheckOptions()


def codes(source: str, target: str, language: str, **more: object) -> set[str]:
    hypothesis = more.get("hypothesis")
    assert hypothesis is None or isinstance(hypothesis, Hypothesis)
    flags = check_segment(source, target, language=language, hypothesis=hypothesis, options=OPTIONS)
    return {flag.code for flag in flags}


# --------------------------------------------------------------------------------------------
# Quantities: what is said in another way on both sides, and what is another thing

SAME = [
    ("vi", "Giá tăng 1,5 triệu đồng.", "The price rose by 1.5 million dong."),
    ("vi", "Có 1.234 người tham gia.", "There were 1,234 participants."),
    ("vi", "Tỷ lệ là 1.234,5 phần nghìn.", "The rate is 1,234.5 per mille."),
    ("vi", "Lễ khai mạc ngày 08/10/2024.", "The opening was on October 8, 2024."),
    ("vi", "Lễ khai mạc ngày 8 tháng 10 năm 2024.", "The opening was on 8 Oct. 2024."),
    ("vi", "Cuộc họp lúc 19h30 tối qua.", "The meeting was at 7:30 p.m. last night."),
    ("vi", "Cuộc họp bắt đầu lúc 19 giờ.", "The meeting began at seven in the evening."),
    ("vi", "Cuộc họp bắt đầu lúc 7 giờ rưỡi.", "The meeting began at 7.30."),
    ("vi", "Hai mươi ba học sinh bị ốm.", "Twenty-three pupils fell ill."),
    ("vi", "Ba mươi lăm người bị thương.", "35 people were injured."),
    ("vi", "Cô ấy sống ở đó mười năm.", "She lived there for ten years."),
    ("vi", "Một trăm linh năm hộ dân.", "A hundred and five households."),
    ("vi", "Họ nhận 2 tỷ rưỡi đồng.", "They received 2.5 billion dong."),
    ("vi", "Khoảng 3 nghìn tỷ đồng.", "About 3 trillion dong."),
    ("vi", "Họ gặp nhau vào thứ Ba.", "They met on Tuesday."),
    ("vi", "Anh về đích thứ ba.", "He finished third."),
    ("vi", "Đó là thập niên 1990.", "Those were the '90s."),
    ("vi", "Thế kỷ XXI đã bắt đầu.", "The 21st century has begun."),
    ("vi", "Một nửa số phiếu.", "50% of the votes."),
    ("vi", "Gọi số 024 3825 3531 để hỏi.", "Call 024 3825 3531 to ask."),
    ("vi", "Từ 5 đến 6 triệu người.", "Between five and six million people."),
    ("vi", "Bệnh nhân có triệu chứng sốt.", "The patient has symptoms of fever."),
    ("vi", "Tỷ lệ thất nghiệp là 4%.", "Unemployment stands at four per cent."),
    ("vi", "Cháu được tặng 05 quyển vở.", "The child was given five notebooks."),
    ("vi", "Từ tháng 7-8 năm nay.", "From July to August this year."),
    ("vi", "Một người đàn ông đã chết.", "A man died."),
    ("vi", "Nửa triệu người đã ký.", "Half a million people signed."),
    ("vi", "Hơn 2,5 triệu người.", "More than two and a half million people."),
    ("bn", "০৫টি বিদ্যালয় বন্ধ।", "Five schools are closed."),
    ("bn", "১৫ লক্ষ মানুষ ভোট দিয়েছেন।", "1.5 million people voted."),
    ("bn", "২ কোটি ৫০ লাখ টাকা খরচ হয়েছে।", "It cost 25 million taka."),
    ("bn", "সাড়ে তিন লাখ মানুষ।", "350,000 people."),
    ("bn", "দেড় হাজার শিক্ষার্থী।", "1,500 students."),
    ("bn", "আড়াই কোটি টাকা।", "25 million taka."),
    ("bn", "১,২৩,৪৫৬ জন আবেদন করেছেন।", "123,456 people applied."),
    ("bn", "০৮/১০/২০২৪ তারিখে সভা হবে।", "The meeting will be on 8 October 2024."),
    ("bn", "৮ অক্টোবর সভা হয়।", "The meeting took place on October 8."),
    ("bn", "সকাল ৭টা ৩০ মিনিটে ট্রেন ছাড়ে।", "The train leaves at 7:30 a.m."),
    ("bn", "রাত ৯টায় খেলা শুরু।", "The match starts at 9 p.m."),
    ("bn", "পঁয়ত্রিশ জন আহত হয়েছেন।", "Thirty-five people were injured."),
    ("bn", "পাঁচশো মানুষ এসেছিল।", "Five hundred people came."),
    ("bn", "উনিশশো একাত্তর সালে যুদ্ধ হয়।", "The war was in 1971."),
    ("bn", "মঙ্গলবারের সভায় দুজন ছিলেন।", "Two people were at Tuesday's meeting."),
    ("bn", "দাম ৫ শতাংশ বেড়েছে।", "Prices rose 5%."),
    ("bn", "১৯৯০-এর দশকে শুরু।", "It began in the 1990s."),
    ("bn", "তৃতীয় বার চেষ্টা।", "The third attempt."),
    ("bn", "এক তৃতীয়াংশ আসন।", "A third of the seats."),
]


@pytest.mark.parametrize(("language", "source", "target"), SAME)
def test_quantities_said_in_another_way_pass(language: str, source: str, target: str) -> None:
    assert not {code for code in codes(source, target, language) if code.startswith("quantity")}


DIFFERENT = [
    ("vi", "Giá tăng 1,5 triệu đồng.", "The price rose by 1.5 billion dong."),
    ("vi", "Có 1.234 người tham gia.", "There were 1,243 participants."),
    ("vi", "Lễ khai mạc ngày 08/10/2024.", "The opening was on August 10, 2024."),
    ("vi", "Cuộc họp lúc 19h30.", "The meeting was at 7:45 p.m."),
    ("vi", "Hai mươi ba học sinh.", "Twenty-four pupils."),
    ("vi", "Họ gặp nhau vào thứ Ba.", "They met on Wednesday."),
    ("vi", "Từ tháng 7 năm nay.", "Since June this year."),
    ("vi", "Dài 5 km và rộng.", "It is 5 miles long, and wide."),
    ("vi", "Gọi số 024 3825 3531.", "Call 024 3825 3513."),
    ("vi", "Họ trả 30 euro.", "They paid 30 dollars."),
    ("bn", "১৫ লক্ষ মানুষ।", "15 million people."),
    ("bn", "২ কোটি টাকা।", "2 million taka."),
    ("bn", "০৮/১০/২০২৪ তারিখে।", "On 10 August 2024."),
    ("bn", "সাড়ে তিন লাখ মানুষ।", "300,000 people."),
    ("bn", "পঁয়ত্রিশ জন আহত।", "Thirty-six were injured."),
    ("bn", "সোমবার সভা হবে।", "The meeting is on Sunday."),
    ("bn", "৫ দিন পরে।", "After 5 weeks."),
]


@pytest.mark.parametrize(("language", "source", "target"), DIFFERENT)
def test_another_quantity_is_flagged(language: str, source: str, target: str) -> None:
    assert {code for code in codes(source, target, language) if code.startswith("quantity")}


def test_the_detail_of_a_changed_quantity_names_both_sides() -> None:
    (flag,) = check_segment(
        "Giá tăng 1,5 triệu đồng trong tuần qua.",
        "The price rose by 1.6 million dong last week.",
        language="vi",
        hypothesis=None,
        options=OPTIONS,
    )
    assert flag == Flag(
        "quantity-changed",
        "the source says 1.5 million dong (1,5 triệu đồng), the translation 1.6 million dong",
    )


def test_a_quantity_on_one_side_only_is_missing_or_added() -> None:
    assert codes("Có 47 người bị bắt.", "People were arrested.", "vi") == {"quantity-missing"}
    assert codes("Có người bị bắt.", "47 people were arrested.", "vi") == {"quantity-added"}


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("vi", "Tháng 6 năm 2018, họ cưới nhau.", "In 2018 they married, in June 2018."),
        ("bn", "৩৪ তম মিনিটে গোল হয়।", "The 34th minute saw a goal in the 34th minute."),
        ("bn", "শনিবার বিকেলে খেলা ছিল।", "On Saturday the game was on Saturday."),
        ("vi", "Có 70% đồng ý.", "Of those 70%, 70 percent agreed."),
        ("vi", "Hai lần 12, rồi 12 nữa.", "Twice 12, then 12, and 12 again, and 12."),
    ],
)
def test_what_is_stated_once_more_than_in_the_source_is_repeated(
    language: str, source: str, target: str
) -> None:
    assert "quantity-repeated" in codes(source, target, language)


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("vi", "Năm 2018 và cuối năm 2018.", "In 2018 and at the end of 2018."),
        ("vi", "Năm đó là 2018.", "The year was 2018."),
        ("bn", "১০ থেকে ১২ জন।", "From 10 to 12 people."),
        ("vi", "Một người và một người nữa.", "One person, and one, and one more."),  # no numbers
    ],
)
def test_what_the_source_states_as_often_is_not_repeated(
    language: str, source: str, target: str
) -> None:
    assert "quantity-repeated" not in codes(source, target, language)


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("vi", "Áp lực rất lớn.", "There is pressure pressure on them."),
        ("vi", "Đại sứ quán mở cửa.", "The embassssy is open."),
        ("bn", "বন্যপ্রাণী", "The wildlifesss"),
        ("vi", "Trẻ em được tiêm chủng.", "The children are vaccccinated."),  # before the full stop
    ],
)
def test_a_word_twice_or_a_letter_three_times_is_repetition(
    language: str, source: str, target: str
) -> None:
    assert "repetition" in codes(source, target, language)


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("bn", "সে ধীরে ধীরে হাঁটে।", "He walks slowly slowly."),
        ("vi", "Bà nói rằng điều đó sai.", "She said that that was wrong, as it had had to be."),
        ("vi", "Đảo Phi Phi đóng cửa.", "The Phi Phi island is closed."),
        ("vi", "Trang www.example.com mở.", "The site www.example.com is open."),
        ("vi", "Phần xviii.", "Part xviii of it."),
        ("vi", "Viết cho lan@aaabb.vn nhé.", "Write to lan@aaabb.vn, or see aaabb.vn."),
        ("vi", "Ôi, đẹp quá", "Ahhhh... how beautiful"),
        ("vi", "Tàu Titanicccc chìm.", "The ship Titanicccc sank."),
    ],
)
def test_words_and_letters_that_may_be_doubled_are_no_repetition(
    language: str, source: str, target: str
) -> None:
    assert "repetition" not in codes(source, target, language)


def test_a_letter_may_be_drawn_out_where_the_source_cries_too() -> None:
    assert codes("কী", "What is that nooooooooo", "bn") >= {"repetition"}
    assert "repetition" not in codes("নাআআআআ আরেকজন", "Nooooooooo, another one", "bn")
    assert "repetition" not in codes("KHÔNG KHÔNG KHÔNG, lại nữa", "Nooooooooo, again", "vi")
    assert "repetition" in codes("নাআআআআ আরেকজন", "Nananananananana", "bn")


def test_a_word_of_the_source_with_common_accents_is_left_in_vietnamese() -> None:
    said = "There was ngài Aliaksandr."
    assert codes("Có ngài Aliaksandr ở đó.", said, "vi") == {"copied-source"}
    assert codes("Có ông Aliaksandr ở đó.", said, "vi") == set()


@pytest.mark.parametrize(
    "target",
    [
        "The show Bước ra ánh sáng was in Đà Nẵng.",
        "A classic Cải lương performance, Tiếng trống Mê Linh, was shown.",
        "It cost several hundred million đồng.",
        "The café in São Paulo is a cliché, said François.",
    ],
)
def test_names_of_things_and_places_are_not_left_in_vietnamese(target: str) -> None:
    assert "copied-source" not in codes("Không có gì.", target, "vi")


def test_half_is_no_nought() -> None:
    assert "quantity-missing" in codes("Tỷ lệ là 0 phần trăm.", "The rate is half.", "vi")


@pytest.mark.parametrize("number", range(1, 100))
def test_every_bengali_number_word_up_to_a_hundred_is_its_number(number: int) -> None:
    numbers = get("bn").numbers
    assert numbers is not None
    words = [word for word, value in numbers.small.items() if value == number]
    assert words
    for word in words:
        readings = {
            reading for mention in quantities(word, language="bn") for reading in mention.readings
        }
        assert (("number", number),) in readings, word


_VIETNAMESE_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def vietnamese_words(number: int) -> str:
    """Return a number from 1 to 99 in words, by the rules of the language."""
    tens, unit = divmod(number, 10)
    last = _VIETNAMESE_DIGITS[unit]
    if tens and unit == 5:
        last = "lăm"
    if tens > 1 and unit == 1:
        last = "mốt"
    if not tens:
        return last
    first = "mười" if tens == 1 else f"{_VIETNAMESE_DIGITS[tens]} mươi"
    return first if not unit else f"{first} {last}"


@given(number=st.integers(1, 99))
def test_every_vietnamese_number_up_to_a_hundred_is_its_number(number: int) -> None:
    readings = quantities(f"{vietnamese_words(number)} con bò", language="vi")[0].readings
    assert (("number", number),) in readings


@settings(max_examples=50)
@given(number=st.integers(0, 10**12))
def test_a_number_reads_the_same_in_every_way_of_grouping(number: int) -> None:
    english = f"{number:,}"
    assert parse_numeral(english, decimal_comma=False)[0] == number
    assert parse_numeral(english.replace(",", "."), decimal_comma=True)[0] == number
    assert parse_numeral(english.replace(",", "\u00a0"), decimal_comma=None)[0] == number


@settings(max_examples=100)
@given(text=st.text(max_size=60))
@pytest.mark.parametrize("language", ["vi", "bn", "en", "hi"])
def test_checks_take_any_text(language: str, text: str) -> None:
    check_segment(text, text[::-1], language=language, hypothesis=None, options=OPTIONS)


MENTIONS = """\
 two million one a few May sunday Second dozen half noon twice XV II i ½ ٧ trade - TWENTY
 hai mươi năm tháng chủ nhật thứ ba পাঁচশ দুই হাজার শতাব্দী www.example.org/a F-A half-hour İ
""".split()  # noqa: SIM905


@settings(max_examples=200)
@given(words=st.lists(st.sampled_from(MENTIONS) | st.text(max_size=5), max_size=8))
@pytest.mark.parametrize("language", ["vi", "bn", "en", "hi"])
def test_mentions_do_not_depend_on_a_number_far_away(language: str, words: list[str]) -> None:
    text = " ".join(words)
    found = quantities(f"{text} | xyz | xyz | xyz | 7", language=language)
    assert found[:-1] == quantities(text, language=language)
    assert found[-1].text == "7"


#: What numbers are written with, to be joined without spaces.
NUMBER_PIECES = [
    *"0179১৯.,:/-–%²½$+()h",
    "\u00a0",
    " ",
    *MENTIONS,
    *("ngày", "year", "VND", "COVID"),
]


@settings(max_examples=300)
@given(
    source=st.lists(st.sampled_from(NUMBER_PIECES), max_size=10).map("".join),
    target=st.lists(st.sampled_from(NUMBER_PIECES), max_size=10).map("".join),
)
@pytest.mark.parametrize("language", ["vi", "bn", "en", "hi"])
def test_checks_take_any_number(language: str, source: str, target: str) -> None:
    check_segment(source, target, language=language, hypothesis=None, options=OPTIONS)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Ask 10.0.0.1,10.0.0.2 for it."),
        ("en", "Call +1-11 now."),
        ("vi", "ngày 4-²"),
        ("vi", "ngày 4-" + "1" * 5000),
    ],
)
def test_what_looks_like_a_number_and_is_none_breaks_nothing(language: str, text: str) -> None:
    assert "quantity-missing" not in codes(text, text, language)


@pytest.mark.parametrize("text", ["7" * 5000, "A" + "7" * 5000, "1," * 4000 + "1"])
def test_endless_digits_are_no_quantity(text: str) -> None:
    assert not {code for code in codes(text, "It.", "vi") if code == "quantity-missing"}


# --------------------------------------------------------------------------------------------
# Decoding

VI = "Người dân trong vùng đã được sơ tán đến nơi an toàn trước khi cơn bão đổ bộ vào đất liền."
EN = "People in the area were moved to safety before the storm made landfall."
BN = "ঝড় আঘাত হানার আগেই এলাকার মানুষকে নিরাপদ স্থানে সরিয়ে নেওয়া হয়েছিল।"


def test_a_good_translation_has_no_flag() -> None:
    assert codes(VI, EN, "vi") == set()
    assert codes(BN, EN, "bn") == set()


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("", "empty"),
        ("...", "empty"),
        (VI, "copied-source"),
        ("The latest trục vessel of the Navy left.", "copied-source"),
        ("He said the thẩmed data was wrong.", "copied-source"),
        ("People in the area đã được sơ tán đến nơi an toàn before the storm.", "copied-source"),
        (BN, "wrong-script"),
        ("Люди были эвакуированы до начала шторма в безопасное место.", "wrong-script"),
        ("Les habitants de la région ont été mis à l'abri avant la tempête.", "wrong-language"),
        ("Penduduk di daerah itu telah dipindahkan sebelum badai datang.", "wrong-language"),
        ("People in the area were moved to safety to safety before the storm.", "repetition"),
        ("People were moved, moved, moved, moved to safety before the storm.", "repetition"),
        (f"{EN} {EN}", "repetition"),
        ("People in the area were moved to safety hahahahahahahaha before it.", "repetition"),
        ("People in the area were moved to safety before the", "unfinished"),
        ("People in the area were moved,", "unfinished"),
        ("People in the area, where the water has risen much", "unfinished"),
        ("People in the area were moved to safety although", "unfinished"),
        ("They left.", "length-ratio"),
        (EN + " Officials said the roads would stay closed for the whole of next week, and "
         "schools in four districts too, until further notice.", "length-ratio"),
    ],
)  # fmt: skip
def test_a_decoding_fault_is_flagged(target: str, code: str) -> None:
    assert code in codes(VI, target, "vi")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Nguyễn Văn An", "Nguyen Van An"),
        ("Quách Văn Tính, Lê Thị Hoa", "Quach Van Tinh, Le Thi Hoa"),
        ("Manchester United - Real Madrid", "Manchester United - Real Madrid"),
        ("iPhone 15 Pro Max", "iPhone 15 Pro Max"),
        ("3 - 0; 2 - 1; 1 - 1", "3 - 0; 2 - 1; 1 - 1"),
        ("Tel: 024 3825 1234 - Fax: 024 3825 1235", "Tel: 024 3825 1234 - Fax: 024 3825 1235"),
        ("Website: https://vd.vn/tin", "Website: https://vd.vn/tin"),
        ("Ha ha ha!", "Ha ha ha!"),
        ("Người nhận giải là ông Nguyễn Văn An.", "The prize went to Nguyen Van An"),
    ],
)
def test_names_numbers_addresses_and_laughter_are_the_same_in_both(
    source: str, target: str
) -> None:
    assert codes(source, target, "vi") == set()


def test_a_short_text_that_is_left_as_it_was_is_copied() -> None:
    assert "copied-source" in codes("Bóng đá nữ Việt Nam", "Bong da nu Viet Nam", "vi")


def test_an_empty_translation_has_no_other_flag() -> None:
    assert codes("Năm 2024 WHO có 7 dự án.", " ", "vi") == {"empty"}
    assert codes("---", "", "vi") == set()


def test_a_repetition_that_the_source_has_passes() -> None:
    source = "Không, không, không, không bao giờ!"
    assert "repetition" not in codes(source, "No, no, no, no way!", "vi")


def test_a_hypothesis_at_the_length_limit_is_unfinished() -> None:
    cut = Hypothesis(EN, score=-0.4, num_tokens=256, finished=False)
    assert "unfinished" in codes(VI, EN, "vi", hypothesis=cut)


def test_a_low_score_is_flagged_later_for_a_short_output() -> None:
    long = Hypothesis(EN, score=OPTIONS.min_score - 0.1, num_tokens=60, finished=True)
    short = Hypothesis(EN, score=OPTIONS.min_score - 0.1, num_tokens=2, finished=True)
    assert "low-score" in codes(VI, EN, "vi", hypothesis=long)
    assert "low-score" not in codes(VI, EN, "vi", hypothesis=short)


# --------------------------------------------------------------------------------------------
# Coverage


def test_a_dropped_sentence_is_flagged() -> None:
    source = f"{VI} Trường học ở hai huyện phải đóng cửa."
    assert "sentence-count" in codes(source, EN, "vi") or "length-ratio" in codes(source, EN, "vi")


def test_an_abbreviation_ends_no_sentence() -> None:
    source = "Ông TS. Lê và bà PGS. Trần cùng TP. Huế ký thỏa thuận về nước sạch."
    target = "Mr. Le, Ms. Tran and the city of Hue signed a deal on clean water."
    assert codes(source, target, "vi") == set()


# --------------------------------------------------------------------------------------------
# Names and terms


@pytest.mark.parametrize(
    ("language", "source", "target", "missing"),
    [
        ("vi", "Bà Elizabeth Warren đến UNESCO.", "Ms Elizabeth Warren came to UNESCO.", ""),
        ("vi", "Bà Elizabeth Warren đến UNESCO.", "Ms Elizabeth came to UNESCO.", "Warren"),
        ("vi", "Bà Warren đến UNESCO.", "Ms Warren came to it.", "UNESCO"),
        ("vi", "Quân đội Mexico và Ukraina.", "The Mexican and Ukrainian armies.", ""),
        ("vi", "UBND TP.HCM họp sáng nay.", "The city's committee met this morning.", ""),
        ("vi", "Xem https://example.org/a?b=1.", "See https://example.org/a?b=1.", ""),
        ("vi", "Xem https://example.org/a?b=1.", "See the site.", "https://example.org/a?b=1"),
        ("vi", "Thư về tin@example.org nhé.", "Write to tim@example.org.", "tin@example.org"),
        ("vi", "Chuyến bay VN123 bị hoãn.", "Flight VN132 was delayed.", "VN123"),
        ("vi", "HÀ NỘI ĐÓN MƯA LỚN", "Heavy rain in Hanoi", ""),
        ("bn", "WHO এর মতে U.S. সেনেটর আসবেন।", "The WHO says the US senator will come.", ""),
        ("vi", "Ông Nguyễn Văn An đã đến.", "Nguyen Van An has come.", ""),
        ("vi", "Ông Nguyễn Văn An đã đến.", "Mr. An has come.", ""),
        ("vi", "Ông Nguyễn Văn An đã đến.", "He has come.", "Nguyễn Văn An"),
        ("bn", "WHO জানিয়েছে।", "The World Health Organization said so.", ""),
        ("vi", "Phong trào MAGA (Make America Great Again).", "The MAGA movement.", ""),
        ("bn", "NASA জানিয়েছে।", "The agency said so.", "NASA"),
        ("bn", "জরিমানা 5 km দূরে।", "The fine is 5 kilometres away.", ""),
    ],
)  # fmt: skip
def test_names_addresses_and_codes_come_through(
    language: str, source: str, target: str, missing: str
) -> None:
    flags = check_segment(source, target, language=language, hypothesis=None, options=OPTIONS)
    details = [flag.detail for flag in flags if flag.code == "name-missing"]
    assert details == ([f"the source names {missing}, the translation does not"] if missing else [])


GLOSSARY = load_glossary(
    "# health\nkhẩu trang\tface mask\ncách ly\tisolation\ncách ly\tquarantine\n"
    "TCYTTG\tWHO\nVinmec\n\nমুখের মাস্ক\tface mask\n"
)


@pytest.mark.parametrize(
    ("source", "target", "terms"),
    [
        ("Đeo khẩu trang nhé.", "Wear face masks.", []),
        ("Đeo khẩu trang nhé.", "Wear a muzzle.", ["khẩu trang: face mask"]),
        ("Họ phải cách ly ở nhà.", "They had to quarantine at home.", []),
        ("Họ phải cách ly ở nhà.", "They stayed in isolation at home.", []),
        ("Họ phải cách ly ở nhà.", "They had to stay home.", ["cách ly: isolation or quarantine"]),
        ("TCYTTG lên tiếng.", "The WHO spoke up.", []),
        ("Đến Vinmec khám.", "Go to Vinmek for a check.", ["Vinmec: Vinmec"]),
        ("মুখের মাস্কের দাম বেড়েছে।", "The price of face-masks rose.", []),
    ],
)
def test_a_glossary_term_is_in_the_translation(source: str, target: str, terms: list[str]) -> None:
    flags = check_segment(
        source, target, language="vi", hypothesis=None, options=OPTIONS, glossary=GLOSSARY
    )
    found = [flag.detail for flag in flags if flag.code == "glossary"]
    assert found == [f"{term} is not in the translation" for term in terms]


def test_a_glossary_line_with_three_columns_is_an_error_that_names_the_line() -> None:
    with pytest.raises(ConfigError, match=r"vi\.tsv, line 2"):
        load_glossary("a\tb\na\tb\tc\n", name="vi.tsv")


def test_an_empty_glossary_has_no_terms() -> None:
    assert load_glossary("").terms == ()


# --------------------------------------------------------------------------------------------
# Ledger and status


def segment(
    number: int, fate: Fate, *flags: Flag, block: str = "b1", tried: int = 1
) -> TranslatedSegment:
    return TranslatedSegment(
        segment=Segment(f"s{number}", block, number, number + 1, "x"),
        text="x",
        language="vi",
        fate=fate,
        reason="the model gave no text" if fate is Fate.FAILED else "",
        flags=flags,
        attempts=("beam", "n-best")[:tried],
    )


def test_every_block_has_one_fate() -> None:
    blocks = tuple(Block(f"b{number}", number, number + 1) for number in range(1, 5))
    document = Document("a.txt", "0", "txt", "utf-8", "x" * 9, blocks)
    fates = block_fates(
        document,
        [
            segment(1, Fate.TRANSLATED, block="b1"),
            segment(2, Fate.FAILED, block="b1"),
            segment(3, Fate.PASSED, block="b2"),
            segment(4, Fate.TRANSLATED, block="b2"),
            segment(5, Fate.KEPT, block="b3"),
        ],
    )
    assert fates == {
        "b1": Fate.FAILED,
        "b2": Fate.TRANSLATED,
        "b3": Fate.KEPT,
        "b4": Fate.KEPT,
    }


NO_SUMMARY = Summary("extractive", ())


def test_a_document_without_flags_is_clean() -> None:
    segments = [segment(1, Fate.TRANSLATED), segment(2, Fate.PASSED), segment(3, Fate.KEPT)]
    assert document_status(segments, NO_SUMMARY, options=OPTIONS) == (Status.CLEAN, ())


def test_a_flagged_document_is_for_review_worst_first() -> None:
    segments = [
        segment(1, Fate.TRANSLATED, Flag("name-missing", "UN")),
        segment(2, Fate.TRANSLATED, Flag("quantity-changed", "5 became 6"), Flag("low-score")),
        segment(3, Fate.FAILED),
        segment(4, Fate.TRANSLATED),
    ]
    sentence = SummarySentence("x", ("s1",), 0.4, (Flag("repetition", "x"),))
    summary = Summary("extractive", (sentence,))
    status, reasons = document_status(segments, summary, options=OPTIONS)
    assert status is Status.REVIEW
    assert reasons == (
        "s3 failed: the model gave no text",
        "summary sentence 1 repetition: x",
        "s2 quantity-changed: 5 became 6; low-score",
        "s1 name-missing: UN",
    )


def test_what_is_only_possible_is_said_and_asks_for_no_review() -> None:
    possible = Flag("quantity-added", "7", likelihood=0.3)
    alone = [segment(1, Fate.TRANSLATED, possible)]
    assert document_status(alone, NO_SUMMARY, options=OPTIONS) == (
        Status.CLEAN,
        ("s1 possible quantity-added: 7",),
    )
    likely = Flag("low-score", likelihood=POSSIBLE)
    together = [*alone, segment(2, Fate.TRANSLATED, possible, likely)]
    assert document_status(together, NO_SUMMARY, options=OPTIONS) == (
        Status.REVIEW,
        ("s2 likely low-score; possible quantity-added: 7", "s1 possible quantity-added: 7"),
    )
    failed = [segment(1, Fate.TRANSLATED, possible), segment(2, Fate.TRANSLATED)]
    failed += [segment(3, Fate.FAILED)]
    assert document_status(failed, NO_SUMMARY, options=OPTIONS)[0] is Status.REVIEW


def test_a_flag_takes_its_codes_likelihood_unless_it_has_one() -> None:
    def own(pair: Pair) -> tuple[Flag, ...]:
        return Flag("empty", likelihood=0.1), Flag("empty"), Flag("unheard-of")

    pair = Pair(source="x", translation="y", language=get("vi"), options=OPTIONS)
    known = {check.code: check.likelihood for check in CHECKS}
    found = [flag.likelihood for flag in table.found_by(own, pair)]
    assert found == [0.1, known["empty"], None]
    (changed,) = check_segment("Có 12 phòng.", "There are 13 rooms.", language="vi")
    assert changed.likelihood == known["quantity-changed"]
    (empty,) = check_segment("Có 12 phòng.", "", language="vi")
    assert empty.likelihood == known["empty"]


def test_a_document_most_of_which_failed_has_failed() -> None:
    segments = [segment(1, Fate.FAILED), segment(2, Fate.FAILED), segment(3, Fate.TRANSLATED)]
    assert document_status(segments, NO_SUMMARY, options=OPTIONS)[0] is Status.FAILED


def test_flags_come_worst_first() -> None:
    flags = check_segment(_BAD_SOURCE, _BAD_TARGET, language="vi", hypothesis=None, options=OPTIONS)
    found = [flag.code for flag in flags]
    assert found == sorted(found, key=[check.code for check in CHECKS].index)
    assert {"repetition", "quantity-changed", "name-missing"} <= set(found)
    assert severity(Flag("empty")) > severity(Flag("low-score")) > severity(Flag("unheard-of"))


_BAD_SOURCE = "Năm 2024 NASA phóng 7 tàu vào vũ trụ."
_BAD_TARGET = "In 2025 they launched they launched 7 ships."


@pytest.mark.parametrize(
    ("source", "target"), [("x", "half a.m."), ("x", "half p.m. today"), (" ", "a clinic,")]
)
def test_no_translation_breaks_a_check(source: str, target: str) -> None:
    found = Hypothesis(target, -0.5, 3, True)
    check_segment(source, target, language="vi", hypothesis=found, options=CheckOptions())


# --------------------------------------------------------------------------------------------
# The table


def test_checks_of_another_package_stand_in_the_table(tmp_path: Path) -> None:
    code = """
import json, seedsum
from seedsum.checks import CHECKS, check_segment, document_status
from seedsum.records import Summary
from seedsum.settings import CheckOptions

class Scorer:
    def score(self, sources, translations):
        return [-5.0 for _ in translations]

pair = {"source": "Trường mở cửa.", "translation": "The school opens.", "language": "vi"}
status, reasons = document_status([], Summary("none", ()), options=CheckOptions())
print(json.dumps({
    "codes": [check.code for check in CHECKS],
    "without": [flag.code for flag in check_segment(**pair)],
    "with": [flag.detail for flag in check_segment(**pair, scorer=Scorer())],
    "reasons": reasons,
}))
"""
    points = (
        "[seedsum.checks]\nunlikely = toy_check:UNLIKELY\n"
        "monotonous = toy_check:MONOTONOUS\nwordless = toy_check:WORDLESS\n"
    )
    found = json.loads(run_with_package(tmp_path, toy_check, points, code))
    assert found["codes"][-4:] == ["unlikely", "low-score", "monotonous", "wordless"]
    assert found["without"] == []
    assert found["with"] == ["-5.0 per token"]
    assert found["reasons"] == ["summary wordless: none"]


def test_a_check_whose_code_is_taken_is_refused() -> None:
    with pytest.raises(ConfigError, match="'mine': there is a check 'empty' already"):
        table.with_others(CHECKS, {"mine": CHECKS[0]})
    with pytest.raises(ConfigError, match="wanted a Check"):
        table.with_others(CHECKS, {"mine": print})


def test_every_code_and_what_it_needs_is_in_the_document() -> None:
    text = (Path(__file__).parent.parent / "docs" / "checks.md").read_text(encoding="utf-8")
    rows = [line.split("|") for line in text.splitlines() if line.startswith("| `")]
    for check in CHECKS:
        (needs,) = [row[3] for row in rows if f"`{check.code}`" in row[1] and len(row) > 5][:1]
        assert re.findall("`([a-z]+)`", needs) == [*check.needs], check.code


def test_a_pair_of_texts_is_all_that_is_needed() -> None:
    flags = seedsum.check_segment("Có 12 phòng học.", "There are 13 classrooms.", language="vi")
    assert [(flag.code, flag.detail) for flag in flags] == [
        ("quantity-changed", "the source says 12, the translation 13")
    ]


def test_of_a_language_without_number_words_only_its_digits_are_asked_for() -> None:
    def found(source: str, target: str) -> list[str]:
        return [flag.code for flag in check_segment(source, target, language="km")]

    assert found("បន្ទប់ 12", "Twelve rooms, two doors.") == []
    assert found("បន្ទប់ 12", "Thirteen rooms.") == ["quantity-missing"]


def _first_repeated(tokens: list[str], options: CheckOptions) -> tuple[str, ...]:
    """Look at every place for every size."""
    for size in range(1, len(tokens) // 2 + 1):
        times = options.min_repeated_words if size < options.min_repeated_tokens else 2
        for end in range(size * times, len(tokens) + 1):
            phrase = tokens[end - size : end]
            if tokens[end - size * times : end] == phrase * times:
                return tuple(phrase)
    return ()


@given(st.lists(st.sampled_from("abc"), max_size=40), st.integers(1, 3))
def test_the_first_phrase_that_follows_itself_is_found(tokens: list[str], size: int) -> None:
    options = CheckOptions(min_repeated_tokens=size)
    assert repetition._repeated_in_a_row(tokens, options) == _first_repeated(tokens, options)


def test_sentences_are_counted_in_linear_time() -> None:
    def seconds(text: str) -> float:
        times = []
        for _ in range(3):
            start = time.process_time()
            num_sentences(text, language="vi")
            times.append(time.process_time() - start)
        return min(times)

    for piece in ("Trời mưa to. ", "!", "v.v. ", "a.b."):
        small, large = piece * (10_000 // len(piece)), piece * (160_000 // len(piece))
        assert seconds(large) < 60 * seconds(small) + 0.05  # 16 times; 256 if it grew as squares


@pytest.mark.parametrize("piece", ["(", "“", "(1", "(ABC ", "(বি", "Nam ("])
@pytest.mark.parametrize("language", ["vi", "bn"])
def test_names_are_compared_in_linear_time(piece: str, language: str) -> None:
    def seconds(num_chars: int) -> float:
        text = piece * (num_chars // len(piece))
        pair = Pair(source=text, translation=text, language=get(language), options=CheckOptions())
        times = []
        for _ in range(3):
            start = time.process_time()
            list(check_names(pair))
            times.append(time.process_time() - start)
        return min(times)

    seconds(1_000)
    assert seconds(12_000) < 60 * seconds(1_000) + 0.3  # seconds where it grew as squares


def test_a_long_text_is_checked_in_linear_time() -> None:
    def seconds(num_words: int) -> float:
        common = ["the", "of", "and", "to", "7", "12", "1990", "5 km", "30 %"]
        words = common + [f"word{number}" for number in range(900)]
        chosen = random.Random(1).choices(words, k=num_words)
        source, target = " ".join(chosen), " ".join([*chosen[1:], "end"])
        start = time.process_time()
        check_segment(source, target, language="vi")
        return time.process_time() - start

    seconds(1_000)
    assert seconds(12_000) < 60 * seconds(1_000) + 0.1  # 12 times; 144 if it grew as squares


def test_sentences_end_after_words_and_not_after_abbreviations() -> None:
    assert num_sentences("Ông T. H. Nam đến. Bà ở lại. TP. Hà Nội vui!", language="vi") == 3
    assert num_sentences("ThS.BS. Hoa nói. GS.TS. Nam nghe.", language="vi") == 2
    assert num_sentences("সভা হলো। সবাই এলেন। শেষ।", language="bn") == 3


def _all_matching(source: str, glossary: Glossary, language: str) -> list[str]:
    """Search for every term, one after the other."""
    rest, found = source, []
    letter = rf"[\w{SIGNS}]"
    for term in glossary.terms:
        endings = get(language).term_endings if not term.source.isascii() else ""
        flags = re.NOFLAG if term.source.isupper() else re.IGNORECASE
        pattern = re.compile(rf"(?<!{letter}){re.escape(term.source)}{endings}(?!{letter})", flags)
        if pattern.search(rest):
            found.append(term.source)
            rest = pattern.sub("\n", rest)
    return found


_TERM_PIECES = ["টিকা", "কেন্দ্র", "র", "ের", "গুলো", "WHO", "who", "a", "an", "-", ".", "(", " ", "x1"]


@given(
    terms=st.lists(st.lists(st.sampled_from(_TERM_PIECES), min_size=1, max_size=3), max_size=6),
    source=st.lists(st.sampled_from(_TERM_PIECES), max_size=12),
)
def test_the_index_finds_the_terms_that_a_search_for_each_finds(
    terms: list[list[str]], source: list[str]
) -> None:
    lines = [text for term in terms if (text := "".join(term).strip())]
    glossary = load_glossary("\n".join(lines))
    found = matching_terms("".join(source), glossary, language=get("bn"))
    assert [term.source for term in found] == _all_matching("".join(source), glossary, "bn")


def test_few_terms_of_a_large_glossary_are_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    glossary = load_glossary("\n".join(f"thuật ngữ{number}\tterm" for number in range(10_000)))
    other = load_glossary("\n".join(f"{number}thuật ngữ\tterm" for number in range(10_000)))
    searched = []
    occurrence = glossary_module._occurrence
    monkeypatch.setattr(
        glossary_module, "_occurrence", lambda *a: searched.append(a) or occurrence(*a)
    )
    assert matching_terms("Một thuật ngữ77 ở đây.", glossary, language=get("vi"))
    assert matching_terms("Một 77thuật ngữ ở đây.", other, language=get("vi"))
    assert len(searched) < 10


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("দেশে বৃষ্টি হচ্ছে।", []),
        ("জাতীয় দল খেলছে।", []),
        ("প্রদেশে বৃষ্টি হচ্ছে।", ["name-added"]),
        ("বিদেশিরা এসেছেন।", ["name-added"]),
    ],
)
def test_only_a_word_for_the_country_may_be_any_land(source: str, wanted: list[str]) -> None:
    flags = check_segment(source, "It is so in Norway.", language="bn")
    assert [flag.code for flag in flags] == wanted


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("সকাল সাড়ে ৯টায় বৈঠক শুরু হয়।", "The meeting began at 9:30 a.m."),
        ("দেড়টার দিকে আগুন লাগে।", "The fire broke out around 1:30."),
        ("সওয়া লাখ মানুষ এসেছেন।", "125,000 people came."),
    ],
)
def test_halves_and_quarters_of_hours_and_of_a_lakh_are_read(source: str, target: str) -> None:
    assert check_segment(source, target, language="bn") == ()


@pytest.mark.parametrize(
    "translation",
    [
        "Heute Morgen hat es in der Stadt sehr stark geregnet.",
        "Muchas carreteras estaban inundadas.",
        "Molte strade erano allagate.",
        "Veel wegen stonden onder water.",
        "Banyak jalan terendam banjir.",
        "Tänä aamuna satoi erittäin voimakkaasti monin paikoin.",
        "Heute Morgen regnete es vielerorts sehr stark.",
    ],
)
def test_a_short_answer_in_any_other_language_is_found(translation: str) -> None:
    flags = check_segment("Nhiều con đường bị ngập nước.", translation, language="vi")
    assert "wrong-language" in {flag.code for flag in flags}


def test_a_translation_that_ends_within_a_word_is_unfinished() -> None:
    source = "Cảnh sát khuyên người dân ở nhà."
    for translation, is_found in (
        ("Police advised peop", True),
        ("Police advised people to stay at home", False),
        ("Police advised people to stay at home.", False),
    ):
        flags = check_segment(source, translation, language="vi")
        assert ("unfinished" in {flag.code for flag in flags}) is is_found, translation
