"""Marks, quotations and English come through as they are written; what is unreadable is flagged."""

from __future__ import annotations

import pytest

from seedsum.checks import check_segment
from seedsum.checks.form import english_runs
from seedsum.languages import get


def codes(language: str, source: str, target: str) -> set[str]:
    return {flag.code for flag in check_segment(source, target, language=language)}


CASES = [
    (
        "vi",
        "Kính chào {name}, mã của bạn là %s.",
        "Dear customer, your code is %d.",
        "flag",
        "mark-changed",
    ),
    ("vi", "Xem chú thích [^1].", "See the note [MERS1].", "flag", "mark-changed"),
    ("vi", "Công thức là E = mc^2.", "The formula is E = mcbicep2.", "flag", "mark-changed"),
    ("vi", "Cảm ơn bác sĩ ❤️", "Thank you, doctor 💀", "flag", "mark-changed"),
    ("vi", "Xem chú thích [^1].", "See note [^1].", "clean", "mark-changed"),
    (
        "vi",
        "Giám đốc nói: “Tôi không nhận tiền.” Ông phủ nhận mọi cáo buộc.",
        "The director said: “I took no money. He denied all the charges.",
        "flag",
        "quotation",
    ),
    (
        "vi",
        "Giám đốc nói: “Tôi không nhận tiền.”",
        "The director said: “I took no money.”",
        "clean",
        "quotation",
    ),
    (
        "vi",
        "This is a milestone for lung transplantation in Southeast Asia.",
        "This is a milestone for lung transplantation in Southeast Asia.",
        "clean",
        "",
    ),
    (
        "vi",
        'Bệnh nhân nói "thank you so much" với các bác sĩ.',
        'The patient said "thank you so much" to the doctors.',
        "clean",
        "",
    ),
    (
        "vi",
        'Bệnh nhân nói "thank you so much" với các bác sĩ.',
        'The patient said "thank you much" to the doctors.',
        "flag",
        "",
    ),
    ("vi", "Ông nói rất cảm ơn các bác sĩ.", "He said rất cảm ơn các bác sĩ.", "flag", ""),
]


@pytest.mark.parametrize(("language", "source", "target", "want", "code"), CASES)
def test_cases_of_form(language: str, source: str, target: str, want: str, code: str) -> None:
    found = codes(language, source, target)
    if want == "clean":
        assert found == set()
    else:
        assert code in found if code else found & {"english-changed", "copied-source"}


WRONG = [
    ("vi", "Xin chào ${user}!", "Hello!", "mark-changed"),
    ("vi", "Nhấn <b>Lưu</b> để ghi.", "Press Save to keep it.", "mark-changed"),
    ("bn", "বিস্তারিত [2]।", "Details [3].", "mark-changed"),
    ("vi", "Tốt lắm 🎉", "Very good", "mark-changed"),
    ("vi", "Diện tích là a^2 + b^2.", "The area is a2 plus.", "mark-changed"),
    ("bn", "তিনি বললেন, “আমি যাব।” তারপর চলে গেলেন।", "He said, “I will go. Then he left.",
     "quotation"),
    ("vi", "Ông nói: “Chúng tôi sẽ xây lại cây cầu này trong năm nay.”",
     "He is known for the bridge and will rebuild it this year.", "quotation"),
    ("bn", "তিনি লিখেছেন, \"Never give up on it\"।", "He wrote, \"Never give up it\".",
     "english-changed"),
    ("vi", "Tin nhắn này hỏng.", "This message is \ufffd\ufffd.", "garbled"),
    ("vi", "Tin nhắn này hỏng.", "This message is \u2047 broken.", "garbled"),
    ("bn", "২০২৪ সালে সভা হয়।", "The meeting was in ২০২৪.", "wrong-script"),
    ("bn", "ঢাকায় সভা হয়।", "The meeting was in ঢাকা.", "wrong-script"),
    ("bn", "ঢাকায় সভা হয়।", "The meeting was in ढाका।", "wrong-script"),
    ("vi", "Con bé bị sốt và phát ban.",
     "The girl had a fever and a rash and a fever and a rash.", "repetition"),
    ("vi", "Ông nói rất cảm ơn các bác sĩ.", "He said rất cảm ơn các bác sĩ.", "copied-source"),
    ("vi", "Bộ trưởng nêu ba việc: thể chế, nhân lực và hạ tầng, trong đó hạ tầng là gấp nhất.",
     "The minister named three tasks: institutions, people, training", "unfinished"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "source", "target", "code"), WRONG)
def test_what_is_lost_or_changed_is_flagged(
    language: str, source: str, target: str, code: str
) -> None:
    assert code in codes(language, source, target)


def test_words_of_another_script_are_named() -> None:
    translation = "The meeting with আনোয়া হোsain was in ঢাকা."
    found = check_segment("ঢাকায় সভা হয়।", translation, language="bn")
    flags = {flag.code: flag.detail for flag in found}
    assert flags["wrong-script"] == "left in Bengali script: আনোয়া হোsain ঢাকা."


RIGHT = [
    ("vi", "Xin chào ${user}!", "Hello, ${user}!"),
    ("vi", "A &amp; B mở cửa.", "A & B open."),
    ("vi", "Xem ghi chú².", "See the note²."),
    ("bn", "৳৫০০ জরিমানা করা হয়।", "A fine of ৳500 was imposed."),
    ("vi", "Biển hiệu ghi 北京.", "The sign says 北京."),
    ("vi", "Bài “Diễm xưa” vang lên.", "The song “Diễm xưa” rang out."),
    ("vi", "Bà bán bánh chưng và áo dài.", "She sells bánh chưng and áo dài."),
    ("vi", "Ông nói: \"Tôi đi đây.\"", "He said: \"I am off.\""),
    ("vi", "Màn hình 27\" rất rõ.", "The 27\" screen is sharp."),
    ("bn", "তিনি লিখেছেন, \"Home sweet home\"।", "He wrote, \"Home sweet home\"."),
    ("vi", "Bà nói \"never give up on it\" với tôi.", "She told me: \"Never give up on it.\""),
    ("bn", "ধীরে ধীরে চলুন।", "Walk slowly, slowly."),
    ("vi", "Năm một nghìn chín trăm bảy mươi lăm, ông nhập ngũ.", "He enlisted in 1975."),
]  # fmt: skip


@pytest.mark.parametrize(("language", "source", "target"), RIGHT)
def test_what_comes_through_passes(language: str, source: str, target: str) -> None:
    assert codes(language, source, target) == set()


def test_what_is_unreadable_in_the_source_is_flagged_too() -> None:
    assert "garbled" in codes("vi", "CAAV\ufffd\ufffd", "CAAV\ufffd\ufffd")


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ('Ông nói "thank you so much" với tôi.', ("thank you so much",)),
        ("Khi New Hampshire cho hay.", ()),
        ("This is the end of the road.", ("This is the end of the road",)),
        ("Anh ta cho em no.", ()),
    ],
)
def test_english_in_a_source_is_told_from_its_own_words(text: str, runs: tuple[str, ...]) -> None:
    assert english_runs(text, get("vi")) == runs
