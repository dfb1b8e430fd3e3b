"""Lands, cities and bodies that every language writes in its own way: what is missing or added."""

from __future__ import annotations

from importlib.resources import files

import pytest

from seedsum.checks import check_segment
from seedsum.checks.known_names import compare_known_names
from seedsum.records import Flag
from seedsum.settings import CheckOptions


def differences(language: str, source: str, target: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    found = compare_known_names(source, target, language=language)
    return found.missing, found.added


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("vi", "Đoàn Nhật Bản đến Hà Nội.", "The Japanese delegation came to Hanoi."),
        ("vi", "Chính phủ Mỹ và Liên Hợp Quốc đồng ý.", "The U.S. government and the UN agree."),
        ("vi", "Giá 5 triệu đô la Mỹ.", "The price is $5 million."),  # a currency, of quantities
        ("vi", "Anh nói anh sẽ về.", "He said that he would return."),
        ("vi", "Bà Nga và cô Mỹ là bác sĩ.", "Ms. Nga and Ms. My are doctors."),
        ("vi", "Bộ phim Nhật ký kể chuyện ấy.", "The film Diary tells that."),
        ("vi", "Họ vượt Ấn Độ Dương.", "They crossed the Indian Ocean."),
        ("vi", "Cộng đồng người Mỹ gốc Phi.", "The African-American community."),
        ("vi", "Người dân nước này vui mừng.", "The people of Norway were glad."),  # says which
        ("vi", "Ông sống ở Ai len.", "He lives in Ireland."),  # spelt in another way
        ("bn", "চীনের রাজধানী বেইজিং।", "The capital of China is Beijing."),
        ("bn", "ভারতীয় ও বাংলাদেশি চিকিৎসক", "Indian and Bangladeshi doctors"),
        ("bn", "দক্ষিণ আফ্রিকার সরকার", "The government of South Africa"),
        ("bn", "রাশিয়ানরা ইতালীতে আছে।", "The Russians are in Italy."),
        ("bn", "ভাইরাস চিনতে সময় লাগে।", "It takes time to recognise the virus."),
        ("bn", "মুখ ঢাকার কাপড়", "A cloth to cover the mouth"),
        ("bn", "U.S. সিনেটর বলেছেন।", "A U.S. senator said so."),
        ("vi", "Cúm và tiểu đường tăng.", "Flu and diabetes are on the rise."),
        ("vi", "Dịch tả lợn châu Phi lan rộng.", "African swine fever is spreading."),
        ("vi", "Số ca nhiễm virus mới là 12.", "There are 12 new cases of COVID-19."),
        ("bn", "ডেঙ্গুতে ১২ জন ও যক্ষ্মায় ৩ জন", "12 of dengue and 3 of tuberculosis"),
        ("bn", "ইউরপের দেশ", "A land in Europe"),
        ("bn", "উত্তর কোরিয়া ও দক্ষিণ কোরিয়া", "North and South Korea"),
        ("bn", "দুই কোরিয়া", "North Korea and South Korea"),
        ("vi", "Bác Hồ đọc Tuyên ngôn.", "Ho Chi Minh read the Declaration."),
        ("vi", "Nhà Triều Tiên học.", "A scholar of Korea."),
    ],
)
def test_names_that_are_told_in_the_language_s_own_way_do_not_differ(
    language: str, source: str, target: str
) -> None:
    assert differences(language, source, target) == ((), ())


@pytest.mark.parametrize(
    ("language", "source", "target", "missing", "added"),
    [
        ("vi", "Đoàn đến Bình Nhưỡng.", "They came to Binh Nongyang.", "Pyongyang", ""),
        ("vi", "Quân đội Pháp rút lui.", "The army withdrew.", "France", ""),
        ("vi", "Người Úc vui mừng.", "The Austrians are glad.", "", "Austria"),
        ("vi", "Kit nổi tiếng nhờ phim.", "Kit is famous for films in the U.K.", "", "Britain"),
        ("bn", "স্কটল্যান্ডে বিয়ে হয়।", "The wedding was in Switzerland.", "Scotland", "Switzerland"),
        ("bn", "তিনি চীনেও গেছেন।", "He went there too.", "China", ""),
        ("bn", "চিলি ও বলিভিয়া", "Chile and Bvaia", "Bolivia", ""),
        ("bn", "ভারতের এই দেশে বৃষ্টি", "Rain in India and in Norway", "", "Norway"),
        ("bn", "জাতিসংঘের প্রতিবেদন", "A report", "United Nations", ""),
        ("vi", "Ông mắc bệnh lao.", "He had a stroke of pneumonia.", "tuberculosis", "pneumonia"),
        ("vi", "Sốt rét ở nước này giảm.", "It fell in the country.", "malaria", ""),
        ("bn", "ডেঙ্গুর টিকা", "A malaria vaccine", "dengue", "malaria"),
        ("bn", "উত্তর কোরিয়ার সেনা", "South Korean soldiers", "North Korea", "South Korea"),
        ("vi", "Quân đội Hàn Quốc", "The North Korean army", "South Korea", "North Korea"),
    ],
)
def test_a_name_that_only_one_side_has_is_missing_or_added(
    language: str, source: str, target: str, missing: str, added: str
) -> None:
    found_missing, found_added = differences(language, source, target)
    assert [form.split("(")[-1].rstrip(")") for form in found_missing] == [missing] * bool(missing)
    assert list(found_added) == [added] * bool(added)


@pytest.mark.parametrize(
    ("target", "flag"),
    [
        (
            "In Norway it rains.",
            Flag("name-changed", "the source names চীনে (China), the translation Norway"),
        ),
        (
            "It rains there now.",
            Flag("name-missing", "the source names চীনে (China), the translation does not"),
        ),
        (
            "In China, in Norway.",
            Flag("name-added", "the translation names Norway, the source does not"),
        ),
    ],
)
def test_the_flag_names_what_the_source_and_the_translation_have(target: str, flag: Flag) -> None:
    (found,) = check_segment(
        "চীনে বৃষ্টি হচ্ছে।", target, language="bn", hypothesis=None, options=CheckOptions()
    )
    assert found.code == flag.code
    assert found.detail.startswith(flag.detail)


def test_names_of_a_language_without_a_column_are_not_compared() -> None:
    assert differences("km", "ប្រទេសចិន", "In Norway") == ((), ())


def test_what_the_glossary_translates_is_not_asked_for() -> None:
    found = compare_known_names(
        "Hội hữu nghị Nhật Bản.", "The society.", language="vi", translated="Nhật Bản"
    )
    assert found.missing == ()
    found = compare_known_names("চীনের দল", "The team", language="bn", translated="চীন")
    assert found.missing == ()


@pytest.mark.parametrize(
    ("names", "at_least"), [(("known_names.tsv", "diseases.tsv"), 150), (("bodies.tsv",), 60)]
)
def test_the_tables_say_each_thing_once(names: tuple[str, ...], at_least: int) -> None:
    folder = files("seedsum.languages")
    tables = [folder.joinpath(name) for name in names]
    lines = [line for table in tables for line in table.read_text("utf-8").splitlines()]
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    assert len(rows) > at_least
    assert {len(row) for row in rows} == {3}
    for column in range(3):
        forms = [form.strip() for row in rows for form in row[column].split(",")]
        asked = [form for form in forms if form and form not in "-" and form[0] != "("]
        assert sorted(asked) == sorted(set(asked))
        assert all(form[-1] == ")" for form in forms if form[:1] == "(")
    also_english = [form.strip() for row in rows for form in row[0].split(",") if "(" in form]
    assert not [form for form in also_english if " " in form], "only words are looked up there"
