"""Persons, places and acronyms: what became another, what is lost, what is added, what is right."""

from __future__ import annotations

import pytest

from seedsum.checks import check_segment


def found(language: str, source: str, target: str) -> dict[str, str]:
    flags = check_segment(source, target, language=language)
    return {flag.code: flag.detail for flag in flags if flag.code.startswith("name-")}


@pytest.mark.parametrize(
    ("language", "source", "target", "lost", "instead"),
    [
        ("vi", "Bà Phạm Thị Hoa gặp ông Đỗ Văn Tùng.", "Ms. Pham Thi Huong met Mr. Do Van Tung.",
         "Phạm Thị Hoa", "Pham Thi Huong"),
        ("vi", "Bà Phạm Thị Hoa đến trễ.", "Ms. Le Thi Hoa came late.",
         "Phạm Thị Hoa", "Le Thi Hoa"),
        ("vi", "Mưa lớn ở Bình Thuận.", "Heavy rain in Binh Duong.", "Bình Thuận", "Binh Duong"),
        ("vi", "Chị Hạnh và anh Bình đến.", "Hanh and Minh came.", "Bình", "Minh"),
        ("vi", "Ông Dũng từ chối trả lời.", "Mr. Thang declined to answer.", "Dũng", "Thang"),
        ("bn", "রাজশাহীতে আজ বৃষ্টি হয়েছে।", "It rained in Khulna today.", "রাজশাহীতে", "Khulna"),
        ("bn", "শিক্ষক মাহবুবুর রহমান কথা বলেন।", "The teacher Delwar Hossain spoke.",
         "মাহবুবুর রহমান", "Delwar Hossain"),
        ("bn", "রেজাউল করিম চৌধুরী সভায় ছিলেন।", "Rezaul Hannan Chowdhury was at the meeting.",
         "রেজাউল করিম চৌধুরী", "Rezaul Hannan Chowdhury"),
        ("bn", "অভিনেত্রী নুসরাত ডিকস্তা এসেছেন।", "The actress Nusrat Palmer has come.",
         "নুসরাত ডিকস্তা", "Nusrat Palmer"),
        ("bn", "শেখ হাসিনা কথা বলেন।", "Khaleda Zia spoke.", "শেখ হাসিনা", "Khaleda Zia"),
        ("vi", "Bộ Tài chính công bố kế hoạch.", "The Ministry of Health announced a plan.",
         "Bộ Tài chính (Ministry of Finance)", "Ministry of Health"),
        ("bn", "কৃষিমন্ত্রী ঘোষণা দেন।", "The education minister made the announcement.",
         "কৃষিমন্ত্রী (Ministry of Agriculture)", "Ministry of Education"),
        ("bn", "নির্বাচন কমিশন তা জানায়।", "The High Court said so.",
         "নির্বাচন কমিশন (Election Commission)", "High Court"),
        ("bn", "বিএনপির নেতারা এসেছেন।", "Leaders of the BJP have come.", "বিএনপির (BNP)", "BJP"),
    ],
)  # fmt: skip
def test_a_name_that_became_another_is_said_with_both(
    language: str, source: str, target: str, lost: str, instead: str
) -> None:
    assert found(language, source, target) == {
        "name-changed": f"the source names {lost}, the translation {instead}"
    }


@pytest.mark.parametrize(
    ("language", "source", "target", "lost"),
    [
        ("vi", "Dự án do ông Lê Văn Hùng lập.", "The project was set up.", "Lê Văn Hùng"),
        ("bn", "সভায় শফিকুল ইসলাম ও ফারজানা আক্তার ছিলেন।", "Shafiqul Islam was at the meeting.",
         "ফারজানা আক্তার"),
        ("bn", "মন্ত্রী হাছান সাংবাদিকদের তা জানান।", "The minister told reporters so.", "হাছান"),
        ("bn", "বন্যা হয়েছে কুড়িগ্রামে।", "There have been floods.", "কুড়িগ্রামে"),
        ("bn", "বিএসএফ জানিয়েছে, সবাই নিরাপদ।", "All are said to be safe.", "বিএসএফ (BSF)"),
    ],
)  # fmt: skip
def test_a_person_place_or_acronym_that_is_lost_is_missing(
    language: str, source: str, target: str, lost: str
) -> None:
    detail = f"the source names {lost}, the translation does not"
    assert found(language, source, target) == {"name-missing": detail}


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("vi", "Giá lúa giảm.", "Rice prices fell in Can Tho and Hau Giang."),
        ("bn", "ধানের দাম কমেছে।", "Rice prices fell, said Mizanur Rahman."),
        ("bn", "ধানের দাম কমেছে।", "Rice prices fell in Rangpur."),
    ],
)
def test_a_person_or_place_that_the_source_does_not_name_is_added(
    language: str, source: str, target: str
) -> None:
    assert list(found(language, source, target)) == ["name-added"]


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("vi", "Ông Nguyễn Văn An nói.", "An Nguyen spoke."),  # in another order
        ("vi", "Tiến sĩ Lê Hoàng Nam nói.", "Dr. Nam spoke."),  # shortened
        ("vi", "Bà Trần Thị Mai nói.", "She spoke."),
        ("vi", "Vịnh Hạ Long đẹp.", "Ha Long Bay is beautiful."),
        ("vi", "Ông Lý Hiển Long đến Hà Nội.", "Lee Hsien Loong arrived in Hanoi."),
        ("vi", "Biển Đông dậy sóng.", "Rough waters in the South China Sea."),
        ("vi", "Nước sông Hồng rút.", "The water of the Red River is falling."),
        ("vi", "Bộ Y tế họp.", "The ministry met."),
        ("vi", "Bộ trưởng họp.", "The Minister of Health held a meeting."),
        ("vi", "Bộ NN&PTNT họp.", "The agriculture ministry met."),
        ("bn", "স্বাস্থ্যমন্ত্রী বলেন।", "The Health Minister said so."),
        ("vi", "Ca nhiễm ở TP.HCM tăng.", "Cases in Ho Chi Minh City rose."),
        ("vi", "Xe đi từHà Giang về.", "The bus came back from Ha Giang."),  # a typing error
        ("bn", "চট্টগ্রামে বৃষ্টি।", "Rain in Chattogram."),
        ("bn", "চট্টগ্রামে বৃষ্টি।", "Rain in Chittagong."),
        ("bn", "কুমিল্লা ও যশোরে বৃষ্টি।", "Rain in Comilla and Jessore."),
        ("bn", "রফিকুল হোসেন বলেন।", "Rafiq Hussein said so."),
        ("bn", "মোহাম্মদ ইউসুফ আলী বলেন।", "Md Yousuf Ali said so."),
        ("bn", "সুব্রত বন্দ্যোপাধ্যায় বলেন।", "Mr Banerjee said so."),
        ("bn", "জয়নাল আবেদিন বলেন।", "He said so."),
        ("bn", "সাকিব আজ খেলেননি।", "Shakib Al Hasan did not play today."),  # said in full
        ("bn", "নির্মল রাওয়ের বাড়ি।", "The house of Nirmal Rao."),
        ("bn", "কক্সবাজারে ভিড়।", "Crowds in Cox's Bazar."),
        ("bn", "বিএসএফ তা জানায়।", "The Border Security Force said so."),
        ("bn", "শিক্ষা বোর্ড (এনসিটিবি) বই দেয়।", "The education board gives out books."),
        ("bn", "এটিকে ভালো বলা হয়।", "It is said to be good."),  # no acronym, `this` with an ending
        ("bn", "ভিডিওটি সবাই দেখেছে।", "Everybody has seen the video."),
    ],
)
def test_a_name_that_is_told_rightly_in_another_way_is_no_fault(
    language: str, source: str, target: str
) -> None:
    assert found(language, source, target) == {}


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("Sở NN&PTNT báo cáo.", "The Department of Agriculture and Rural Development reported."),
        ("Bộ GD-ĐT cho biết.", "The Ministry of Education and Training said so."),
        ("GS.TS. Lê Văn Hải đến.", "Professor Le Van Hai came."),
        ("VKSND tỉnh truy tố.", "The provincial procuracy brought charges."),
        ("Tai nạn trên QL14 ở P.7.", "An accident on National Highway 14 in Ward 7."),
        ("Đội U23 thắng.", "The under-23 team won."),
        ("Nhịp tim (NT) ổn định.", "The heart rate was stable."),
    ],
)
def test_an_acronym_of_the_language_is_translated(source: str, target: str) -> None:
    assert found("vi", source, target) == {}


@pytest.mark.parametrize(
    ("language", "source", "target"),
    [
        ("vi", "Miền Nam nắng nóng.", "Hot weather in southern Vietnam."),
        ("vi", "Quốc hội họp sáng nay.", "Vietnam's National Assembly met this morning."),
        ("bn", "জাতীয় সংসদে বাজেট পাস।", "Bangladesh's parliament passed the budget."),
    ],
)
def test_the_paper_s_own_country_is_no_added_name(language: str, source: str, target: str) -> None:
    assert found(language, source, target) == {}


def test_the_paper_s_own_country_in_the_place_of_another_is_a_changed_name() -> None:
    assert list(found("vi", "Chính phủ Thái Lan họp.", "Vietnam's government met.")) == [
        "name-changed"
    ]


#: Each kind, in its shortest form.
CASES = [
    ("vi", "Bà Trần Thị Mai tố cáo ông Lê Quang Vinh.",
     "Ms. Tran Thi Lan reported Mr. Le Quang Vinh.", True),
    ("vi", "Bà Trần Thị Mai tố cáo ông Lê Quang Vinh.",
     "Ms. Tran Thi Mai reported Mr. Pham Quang Vinh.", True),
    ("vi", "Bão đổ bộ vào Quảng Ninh.", "The storm made landfall in Hai Phong.", True),
    ("vi", "Huỳnh Như ghi cả hai bàn thắng.", "Huynh Nga scored both goals.", True),
    ("vi", "Bão đổ bộ vào Quảng Ninh.", "The storm made landfall in Quảng Ninh.", False),
    ("bn", "ড. মুহাম্মদ ইউনূস ভাষণ দেন।", "Sheikh Hasina gave a speech.", True),
    ("bn", "রাজশাহীতে বন্যা।", "Floods in Khulna.", True),
    ("bn", "বিএনপি ও আওয়ামী লীগের সংঘর্ষ।", "A clash between BJP and Awami League.", True),
    ("bn", "ড. মুহাম্মদ ইউনূস ভাষণ দেন।", "Dr. Muhammad Yunus gave a speech.", False),
    ("vi", "Miền Bắc rét đậm.", "Severe cold in northern Vietnam.", False),
    ("vi", "Quốc hội thông qua luật.", "Vietnam's National Assembly passed the law.", False),
    ("vi", "Đây là ca ghép tim đầu tiên tại miền Trung.",
     "This is the first heart transplant in central Vietnam.", False),
]  # fmt: skip


@pytest.mark.parametrize(("language", "source", "target", "is_flagged"), CASES)
def test_the_cases_are_flagged_or_clean(
    language: str, source: str, target: str, is_flagged: bool
) -> None:
    flags = check_segment(source, target, language=language)
    assert [flag.code for flag in flags] == ["name-changed"] * is_flagged
