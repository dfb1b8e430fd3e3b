"""Names and words that English shortens or keeps: a land in a body's name, dishes, measures."""

from __future__ import annotations

import pytest

from seedsum.checks import check_segment


def codes(source: str, translation: str, language: str) -> set[str]:
    return {flag.code for flag in check_segment(source, translation, language=language)}


@pytest.mark.parametrize(
    ("language", "source", "translation"),
    [
        (
            "vi",
            "Tập đoàn Điện lực Việt Nam (EVN) đề nghị người dân tiết kiệm điện.",
            "EVN has asked people to save electricity.",
        ),
        (
            "vi",
            "Liên đoàn Bóng đá Việt Nam vừa ký hợp đồng với huấn luyện viên mới.",
            "The VFF has just signed a new coach.",
        ),
        (
            "vi",
            "Ngân hàng Nhà nước Việt Nam giữ nguyên lãi suất.",
            "The central bank left interest rates unchanged.",
        ),
        (
            "vi",
            "Ngân hàng Nhà nước Việt Nam giữ nguyên lãi suất.",
            "The SBV kept interest rates steady.",
        ),
        ("vi", "Cục Dự trữ Liên bang Mỹ hạ lãi suất.", "The Fed cut interest rates."),
        ("vi", "Liên đoàn Bóng đá châu Á phạt đội khách.", "The AFC fined the visitors."),
        (
            "vi",
            "Hãng hàng không quốc gia Việt Nam mở đường bay mới.",
            "The national carrier has opened a new route.",
        ),
        (
            "vi",
            "Tổng công ty Đường sắt Việt Nam tăng chuyến dịp Tết.",
            "The railway operator is adding trains for Tet.",
        ),
        (
            "vi",
            "Hội Chữ thập đỏ Việt Nam phát quà cho 200 hộ nghèo.",
            "The Red Cross gave presents to 200 poor families.",
        ),
        ("bn", "বাংলাদেশ ক্রিকেট বোর্ড নতুন কোচ নিয়োগ দিয়েছে।", "The BCB has appointed a new coach."),
        (
            "bn",
            "বাংলাদেশ জাতীয়তাবাদী দলের মহাসচিব সভায় ছিলেন।",
            "The BNP's secretary general was at the meeting.",
        ),
        ("bn", "বর্ডার গার্ড বাংলাদেশ সীমান্তে টহল বাড়িয়েছে।", "The BGB has stepped up border patrols."),
        ("bn", "বিমান বাংলাদেশ এয়ারলাইনস নতুন রুট চালু করেছে।", "Biman has opened a new route."),
        ("bn", "ভারতীয় রিজার্ভ ব্যাঙ্ক সুদের হার কমিয়েছে।", "The RBI has cut its rate."),
        ("bn", "বাংলাদেশ ব্যাংক নীতি সুদহার বাড়িয়েছে।", "The central bank raised its policy rate."),
        (
            "bn",
            "বাংলাদেশ রেলওয়ে ঈদে বিশেষ ট্রেন চালাবে।",
            "The railway will run special trains for Eid.",
        ),
        (
            "bn",
            "বাংলাদেশ পল্লী বিদ্যুতায়ন বোর্ড সংযোগ দিয়েছে।",
            "The rural electrification board has connected them.",
        ),
        ("bn", "ভারতীয় মহাকাশ গবেষণা সংস্থা নতুন উপগ্রহ পাঠিয়েছে।", "ISRO has launched a new satellite."),
        ("bn", "ভারতীয় জনতা পার্টি আসনটি জিতেছে।", "The BJP won the seat."),
    ],
)
def test_a_land_in_the_name_of_a_body_may_go_with_it(
    language: str, source: str, translation: str
) -> None:
    assert codes(source, translation, language).isdisjoint(("name-missing", "name-changed"))


@pytest.mark.parametrize(
    ("language", "source", "translation"),
    [
        (
            "vi",
            "Ngân hàng Nhà nước Việt Nam giữ nguyên lãi suất.",
            "The State Bank of Laos kept interest rates steady.",
        ),
        (
            "vi",
            "Thủ tướng Việt Nam thăm Lào.",
            "The prime minister visits Laos, while Thailand waits.",
        ),
        ("vi", "Ông bay sang Nhật Bản hôm qua.", "He flew out yesterday."),
        (
            "bn",
            "ভারতীয় রিজার্ভ ব্যাঙ্ক সুদের হার কমিয়েছে।",
            "The central bank of Pakistan has cut its rate.",
        ),
        ("bn", "তিনি গতকাল জাপান থেকে ফিরেছেন।", "He came back yesterday."),
        ("vi", "Ngân hàng này mở ở Việt Nam.", "The bank has opened."),
        ("vi", "Cảnh sát Pháp bắt hai người.", "The police arrested two people."),
    ],
)
def test_another_land_or_none_is_flagged(language: str, source: str, translation: str) -> None:
    assert codes(source, translation, language) & {"name-missing", "name-changed", "name-added"}


@pytest.mark.parametrize(
    ("language", "source", "translation"),
    [
        ("vi", "Mỗi sào ruộng thu được hai tạ thóc.", "Each sào yields 200 kg of paddy."),
        ("vi", "Ông bán hai lượng vàng.", "He sold two lượng of gold."),
        ("vi", "Dân làng họp ở đình.", "The villagers met at the đình."),
        ("vi", "Dân làng họp ở đình.", "The villagers met at the đình (communal house)."),
        ("vi", "Chị pha nước mắm.", "She mixed the nước mắm."),
        ("vi", "Đoàn cải lương diễn ở quê.", "A cải lương troupe performed in the village."),
        ("vi", "Gói bánh chưng cần lá dong.", "Wrapping bánh chưng takes lá dong leaves."),
        ("vi", "Bà mặc áo bà ba, quấn khăn rằn.", "She wore an áo bà ba and a khăn rằn."),
        ("vi", "Nghệ nhân hát ca trù và quan họ.", "The artists sang ca trù and quan họ."),
        ("vi", "Người dân chèo xuồng ba lá đi chợ.", "People row their xuồng ba lá to market."),
    ],
)
def test_words_without_an_english_one_are_kept(
    language: str, source: str, translation: str
) -> None:
    assert codes(source, translation, language).isdisjoint(("copied-source", "wrong-language"))


@pytest.mark.parametrize(
    ("language", "source", "translation"),
    [
        ("vi", "Xe tải đâm vào nhà dân làm sập tường.", "The truck hit a house, sập the tường."),
        ("vi", "Anh bị kẹt xe suốt hai giờ.", "He was stuck in a kẹt xe for two hours."),
    ],
)
def test_other_words_are_left_over(language: str, source: str, translation: str) -> None:
    assert "copied-source" in codes(source, translation, language)


@pytest.mark.parametrize(
    ("source", "translation"),
    [
        (
            "Lũ quét ở Lai Châu cuốn trôi một cây cầu treo.",
            "A flood in Sơn La swept a bridge away.",
        ),
        ("Lũ quét ở Lai Châu cuốn trôi một cây cầu treo.", "A flood swept a bridge away."),
        ("Cháy lớn ở Nha Trang, 3 người bị thương.", "A big fire in Vinh left three people hurt."),
        ("Cháy lớn ở Đà Nẵng, 3 người bị thương.", "A big fire in Huế left three people hurt."),
        ("Nông dân Buôn Ma Thuột được mùa.", "Farmers in Pleiku have had a good crop."),
        ("Nông dân Buôn Ma Thuột được mùa.", "Farmers have had a good crop."),
    ],
)
def test_another_town_or_none_is_flagged(source: str, translation: str) -> None:
    assert codes(source, translation, "vi") & {"name-missing", "name-changed"}


@pytest.mark.parametrize(
    ("source", "translation"),
    [
        ("Hòa bình là ước mơ của mọi người.", "Peace is everyone's dream."),
        ("Bà Nguyễn Thị Hòa Bình là giáo viên.", "Ms Binh is a teacher."),
        ("Ông Trần Văn Thái Nguyên dạy ở đây.", "Mr Nguyen teaches here."),
        ("Chợ ở Thành phố Hồ Chí Minh đông khách.", "The markets of Saigon are busy."),
        ("Nông dân Buôn Ma Thuột được mùa.", "Farmers in Buon Me Thuot have had a good crop."),
        ("Bệnh viện tỉnh Quảng Nam đông bệnh nhân.", "Quang Nam's hospital is crowded."),
    ],
)
def test_a_town_in_another_spelling_or_a_person_passes(source: str, translation: str) -> None:
    assert codes(source, translation, "vi").isdisjoint(
        ("name-missing", "name-changed", "name-added")
    )


@pytest.mark.parametrize(
    ("language", "source", "translation"),
    [
        (
            "vi",
            "Phòng Thương mại và Công nghiệp Việt Nam góp ý dự luật.",
            "VCCI commented on the bill.",
        ),
        (
            *("bn", "স্বাস্থ্য ও পরিবার কল্যাণ মন্ত্রণালয়ের একজন কর্মকর্তা এ কথা জানান।"),
            "A health ministry official said this.",
        ),
    ],
)
def test_full_names_and_units_in_words_make_no_text_too_short(
    language: str, source: str, translation: str
) -> None:
    assert "length-ratio" not in codes(source, translation, language)
