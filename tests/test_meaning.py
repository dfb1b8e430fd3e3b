"""What a translation turns round is flagged; what it says in other words is not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from seedsum.checks import check_segment, copied, coverage, form, meaning, repetition
from seedsum.checks.check import Pair
from seedsum.checks.coverage import longest_list
from seedsum.languages import get, load
from seedsum.languages.cues import find_cues, rules
from seedsum.languages.language import CueWords
from seedsum.settings import CheckOptions

CODES = {rule.code for rule in rules()} | {"item-missing"}


def codes(language: str, source: str, target: str) -> set[str]:
    return {flag.code for flag in check_segment(source, target, language=language)} & CODES


TURNED = [
    ("vi", "Anh ấy không ký hợp đồng.", "He signed the contract.", "negation"),
    ("vi", "Họ chưa tìm ra thủ phạm.", "They have found the culprit.", "negation"),
    ("vi", "Đừng mở cửa sổ này.", "Open this window.", "negation"),
    ("vi", "Nước ở đây uống được.", "The water here is not drinkable.", "negation"),
    ("bn", "সে চিঠিটি পড়েনি।", "He read the letter.", "negation"),
    ("bn", "আমাদের কোনো সময় নেই।", "We have time.", "negation"),
    ("bn", "দোকানটি খোলা।", "The shop is not open.", "negation"),
    ("vi", "Giá gạo tăng mạnh.", "Rice prices fell sharply.", "opposite"),
    ("vi", "Doanh số giảm trong quý này.", "Sales rose this quarter.", "opposite"),
    ("vi", "Ít nhất 12 người bị thương.", "At most 12 people were hurt.", "opposite"),
    ("vi", "Hàng xuất khẩu chậm lại.", "Imports have slowed.", "opposite"),
    ("vi", "Nhà máy sẽ được mở rộng.", "The factory will be scaled down.", "opposite"),
    ("vi", "Mẹ tôi là giáo viên.", "My father is a teacher.", "opposite"),
    ("vi", "Trận đấu bị hoãn.", "The match was brought forward.", "opposite"),
    ("vi", "Ông được bổ nhiệm làm giám đốc.", "He was dismissed as director.", "opposite"),
    ("vi", "Gần 300 người đến dự.", "More than 300 people came.", "opposite"),
    ("vi", "Nạn nhân bỏ trốn.", "The suspect fled.", "opposite"),
    ("bn", "নিষেধাজ্ঞা শিথিল হয়েছে।", "The restrictions were tightened.", "opposite"),
    ("bn", "দাম কমেছে।", "Prices rose.", "opposite"),
    ("bn", "রোগীর অবস্থার উন্নতি হয়েছে।", "The patient's condition worsened.", "opposite"),
    ("bn", "অন্তত ১২ জন আহত হন।", "At most 12 people were hurt.", "opposite"),
    ("bn", "স্বামী হাসপাতালে।", "The wife is in hospital.", "opposite"),
    ("vi", "Bà cho biết sẽ kháng cáo.", "He said he would appeal.", "gender"),
    ("vi", "Cửa hàng có mở cửa hôm nay?", "The shop is open today.", "question"),
    ("vi", "Chợ đã đóng cửa.", "The market will close.", "tense"),
    ("bn", "কাজ শুরু হবে কাল।", "Work was started yesterday.", "tense"),
    ("vi", "Mưa có thể kéo dài.", "The rain will go on.", "modality"),
    ("vi", "Chợ sẽ mở lại vào thứ Hai nếu thời tiết tốt và nước rút hết.",
     "The market reopens on Monday.", "clause-missing"),
    ("bn", "স্কুলটি চালু হবে সোমবার, যদি বৃষ্টি থামে ও পানি নামে।", "The school opens on Monday.",
     "clause-missing"),
    ("vi", "Mặc dù đã được nhắc nhở nhiều lần, chủ quán vẫn để xe trên vỉa hè.",
     "The owner of the shop left vehicles on the pavement.", "clause-missing"),
    ("vi", "Giá vàng lao dốc mạnh trong phiên sáng.",
     "Gold prices climbed steeply in the morning session.", "opposite"),
    ("vi", "Lượng khách tăng ít.", "The number of guests fell slightly.", "opposite"),
    ("bn", "চালের দাম আরও কমেছে।", "The price of rice has risen further.", "opposite"),
    ("vi", "Ao này nông lắm.", "This pond is very deep.", "opposite"),
    ("vi", "Con đường làng rất hẹp.", "The village road is very wide.", "opposite"),
    ("bn", "গলিটা খুব সরু।", "The lane is very wide.", "opposite"),
    ("bn", "ঘরটা অন্ধকার ছিল।", "The room was bright.", "opposite"),
    ("vi", "Uống thuốc ba lần mỗi ngày.", "Take the medicine three times a week.", "opposite"),
    ("vi", "Tiền nhà ba triệu đồng/tháng.", "The rent is three million dong a year.", "opposite"),
    ("bn", "মাসে একবার পরীক্ষা হয়।", "There is a test once a week.", "opposite"),
    ("vi", "Họp giao ban hằng tuần.", "There is a monthly briefing.", "opposite"),
    ("vi", "Cà phê 90.000 đồng/kg.", "Coffee costs 90,000 dong a tonne.", "opposite"),
    ("vi", "Ông ít khi uống rượu.", "He often drinks.", "opposite"),
    ("bn", "সে প্রায়ই দেরি করে।", "He is rarely late.", "opposite"),
    ("vi", "Phải có tối thiểu năm người.", "There must be no more than five people.", "opposite"),
    ("vi", "Tôi cần ít nhất hai giờ.", "I need up to two hours.", "opposite"),
    ("bn", "অন্তত দশজন লাগবে।", "Less than ten people are needed.", "opposite"),
    ("vi", "Người đi xe máy phải đội mũ bảo hiểm.", "Motorcyclists may wear a helmet.", "modality"),
    ("bn", "সবাইকে টিকা নিতে হবে।", "Everyone may get vaccinated.", "modality"),
    ("vi", "Cô ấy vẫn chạy dù bị đau chân.", "She ran because her leg hurt.", "opposite"),
    ("vi", "Anh nghỉ làm vì ốm.", "He stayed off work although he was ill.", "opposite"),
    ("bn", "অসুস্থতার কারণে তিনি আসেননি।", "He did not come despite his illness.", "opposite"),
    ("vi", "Vợ ông là y tá.", "His husband is a nurse.", "opposite"),
    ("vi", "Anh trai tôi sống ở Huế.", "My sister lives in Hue.", "opposite"),
    ("vi", "Ông nội tôi trồng cây này.", "My grandmother planted this tree.", "opposite"),
    ("bn", "তার বোন ঢাকায় থাকে।", "His brother lives in Dhaka.", "opposite"),
    ("bn", "দাদি গল্প বলতেন।", "My grandfather told stories.", "opposite"),
    ("vi", "Tất cả học sinh đều đỗ.", "Some of the pupils passed.", "opposite"),
    ("bn", "সব দোকান খোলা।", "Some shops are open.", "opposite"),
    ("vi", "Uống trước bữa ăn.", "Take it after meals.", "opposite"),
    ("vi", "Đau chân trái.", "Pain in the right leg.", "opposite"),
    ("bn", "বাঁ দিকে ঘুরুন।", "Turn right.", "opposite"),
    ("vi", "Hàng có chuối, cam, táo, nho và lê.", "There are bananas, oranges, grapes and pears.",
     "item-missing"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "source", "target", "code"), TURNED)
def test_what_is_turned_round_is_flagged(
    language: str, source: str, target: str, code: str
) -> None:
    assert code in codes(language, source, target)


SAID_OTHERWISE = [
    ("vi", "Anh ấy không ký hợp đồng.", "He refused to sign the contract."),
    ("vi", "Hãng hàng không này mới thành lập.", "This airline is new."),
    ("vi", "Không khí trong lành.", "The air is fresh."),
    ("vi", "Không ai là không biết bà.", "Everyone knows her."),
    ("vi", "Anh ấy không thể không cười.", "He had to laugh."),
    ("vi", "Nước này không an toàn.", "This water is dangerous."),
    ("vi", "Chưa đầy một giờ sau, họ đến.", "They came in less than an hour."),
    ("vi", "Bạn có khỏe không?", "How are you?"),
    ("vi", "Nhưng bạn biết không, họ đã đến.", "But you know, they came."),
    ("vi", "Có một nghìn không trăm linh năm cuốn.", "There are 1,005 volumes."),
    ("vi", "Không dưới 12 người bị thương.", "At least 12 people were hurt."),
    ("vi", "Giá tăng rồi lại giảm.", "Prices fell back after a rise."),
    ("vi", "Giá không giảm.", "Prices did not fall."),
    ("vi", "Nếu trời mưa, trận đấu sẽ hoãn.", "In the event of rain the match will be put off."),
    ("bn", "যদি বৃষ্টি হয়, তবে ভেতরে থাকুন।", "If it rains, stay in."),
    ("bn", "বৃষ্টি হলেও খেলা হয়, তবে দেরিতে।", "It rained, yet the match went on, though late."),
    ("vi", "Thiết bị không an toàn và không có bảo hành.", "It is unsafe and has no warranty."),
    ("vi", "Khách không bắt buộc phải mua vé.", "Tickets are optional for guests."),
    ("vi", "Khách hàng không phải trả phí.", "Customers do not pay a fee."),
    ("vi", "Chúng tôi vẫn chờ kết quả.", "The results are not back yet."),
    ("vi", "Nếu cần hỗ trợ, hãy gọi số 115.", "For help, dial 115."),
    ("vi", "Ông và vợ đến muộn.", "His wife and he were late; she apologised."),
    ("vi", "Mưa có thể kéo dài.", "The rain is likely to go on."),
    ("vi", "Hàng có chuối, cam, táo và lê.", "They sell pears, apples, oranges and bananas."),
    ("bn", "সে চিঠিটি পড়তে পারেনি।", "He failed to read the letter."),
    ("bn", "তিনি জার্মানি থেকে এসেছেন।", "He came from Germany."),
    ("bn", "কোনো না কোনো পথ আছে।", "There is a way of some kind."),
    ("bn", "যিনি এসেছেন তিনি চিনি কিনলেন।", "The one who came bought sugar."),
    ("bn", "তিনি তাঁর স্ত্রীকে ডাকলেন।", "He called his wife."),
    ("bn", "দাম বেড়েছে, চাহিদা কমেছে।", "Demand is down and prices are up."),
]


@pytest.mark.parametrize(("language", "source", "target"), SAID_OTHERWISE)
def test_what_is_said_in_other_words_passes(language: str, source: str, target: str) -> None:
    assert codes(language, source, target) == set()


# What one language denies and another says without a negation.
DENIED_OTHERWISE = [
    ("vi", "Thịt này đừng nấu quá mười phút kẻo dai.",
     "Cook this meat for ten minutes at most, or it will turn tough."),
    ("vi", "Mãi đến chiều tối tàu mới rời ga.",
     "The train did not leave the station until early evening."),
    ("vi", "Con đường không xa, đi bộ chừng mười phút là tới.",
     "It is close: about ten minutes on foot."),
    ("vi", "Lò gốm ấy mấy chục năm nay chưa bao giờ tắt lửa.",
     "That kiln has been burning for decades."),
    ("vi", "Bộ phim không hay như tôi tưởng.", "The film was a disappointment."),
    ("vi", "Không có giấy mời thì không được vào cửa.", "Admission is by invitation only."),
    ("vi", "Vé đã hết, không còn chỗ nào cho tối thứ Bảy.", "Saturday evening is sold out."),
    ("vi", "Chưa bao giờ tôi ăn bát phở nào ngon đến thế.",
     "It was the best bowl of pho I have ever had."),
    ("vi", "Đội bóng chưa thua trận nào trên sân nhà.", "The team is unbeaten at home."),
    ("vi", "Không để thuốc trừ sâu trong bếp.", "Store pesticides away from the kitchen."),
    ("vi", "Máy giặt này không ồn.", "This washing machine is quiet."),
    ("bn", "গ্রামে এমন কেউ নেই যে তাঁকে চেনে না।", "Everyone in the village knows him."),
    ("bn", "এ বছরের মতো গরম আগে কখনো পড়েনি।", "This is the hottest year on record."),
    ("bn", "সন্ধ্যার আগে ট্রেন ছাড়েনি।", "The train finally left in the evening."),
    ("bn", "আমন্ত্রণপত্র ছাড়া কাউকে ঢুকতে দেওয়া হবে না।", "Admission is by invitation only."),
    ("bn", "দলটি ঘরের মাঠে একটি ম্যাচও হারেনি।", "The team is unbeaten at home."),
    ("bn", "এসো না, একসঙ্গে চা খাই।", "Come on, let's have tea together."),
    ("bn", "শুধু ধান নয়, সবজিও নষ্ট হয়েছে।", "Both the rice and the vegetables were ruined."),
    ("bn", "ভাঙা সেতু দিয়ে চলাচল করবেন না।", "Stay off the broken bridge."),
    ("bn", "সময় নষ্ট না করে হাসপাতালে যান।", "Go to hospital at once."),
    ("bn", "তাঁর গান শোনেনি এমন মানুষ কমই আছে।", "Almost everyone has heard her songs."),
]  # fmt: skip


@pytest.mark.parametrize(("language", "source", "target"), DENIED_OTHERWISE)
def test_what_english_says_without_a_negation_passes(
    language: str, source: str, target: str
) -> None:
    assert codes(language, source, target) == set()


# Other ways to deny only one of two places, or all but one.
ONLY = [
    ("vi", "Không nên phơi áo trong phòng.", "Shirts are best dried outside."),
    ("vi", "Quán chỉ nhận tiền mặt.", "The café does not take cards."),
    ("bn", "তিনি একা থাকেন।", "He has no one living with him."),
    ("bn", "এখানে ধূমপান করবেন না।", "This is a smoke-free area."),
]


@pytest.mark.parametrize(("language", "source", "target"), ONLY)
def test_what_is_denied_of_the_rest_passes(language: str, source: str, target: str) -> None:
    assert codes(language, source, target) == set()


# A word that may go with another way of saying it does not hide what is turned round.
DENIED_AND_LOST = [
    ("vi", "Đừng để thuốc trong bếp.", "Keep medicine in the kitchen."),
    ("vi", "Chúng tôi chưa bao giờ đến muộn.", "We have always been late."),
    ("vi", "Anh ấy không chờ tôi.", "He waited for me."),
    ("vi", "Bà không ở nhà.", "She stayed at home."),
    ("vi", "Chớ uống viên này lúc bụng đói.", "Take this tablet on an empty stomach."),
    ("vi", "Khách không bắt buộc phải mua vé.", "Guests are required to buy tickets."),
    ("bn", "তিনি অপেক্ষা করেননি।", "He waited."),
    ("bn", "দুধ ফ্রিজের বাইরে রাখবেন না।", "Keep milk out of the fridge."),
]


@pytest.mark.parametrize(("language", "source", "target"), DENIED_AND_LOST)
def test_a_negation_that_is_lost_is_no_other_way_to_say_it(
    language: str, source: str, target: str
) -> None:
    assert "negation" in codes(language, source, target)


@pytest.mark.parametrize(
    ("target", "is_turned"),
    [("Hue lost to Hanoi.", False), ("Hanoi lost to Hue.", True), ("Hanoi beat Hue.", False)],
)
def test_the_opposite_said_of_the_other_is_the_same(target: str, is_turned: bool) -> None:
    assert ("opposite" in codes("vi", "Hà Nội thắng Huế.", target)) == is_turned


@pytest.mark.parametrize(
    ("target", "is_flagged"),
    [
        ("What will be will be.", False),
        ("He is so happy, so happy to be back.", False),
        ("Whoever he is, he is my friend.", False),
        ("The house the house is old.", True),
        ("The house, the house, the house is old.", True),
    ],
)
def test_words_said_twice_on_purpose_are_no_repetition(target: str, is_flagged: bool) -> None:
    found = {flag.code for flag in check_segment("Chuyện là như thế đó.", target, language="vi")}
    assert ("repetition" in found) == is_flagged


@pytest.mark.parametrize(
    ("target", "is_flagged"),
    [
        ("Brown rice contains less sugar than white rice.", False),
        ("Party chief Nguyen Van Nen met Thu Thiem residents.", False),
        ("El paciente está bien y muy contento hoy.", True),
        ("maison belle grande jardin vert soleil chaud", True),
    ],
)
def test_english_with_few_function_words_is_english(target: str, is_flagged: bool) -> None:
    found = {flag.code for flag in check_segment("Chuyện là như thế đó.", target, language="vi")}
    assert ("wrong-language" in found) == is_flagged


def test_a_flag_says_in_what_words() -> None:
    (lost,) = check_segment("Anh ấy không ký.", "He signed.", language="vi")
    assert lost.detail == "the source says it is not so (không), the translation does not"
    (turned,) = check_segment("দাম কমেছে।", "Prices rose.", language="bn")
    assert turned.detail == "the source says “fall” (কমেছে), the translation “rise” (rose)"


def test_the_longer_phrase_counts_and_what_is_within_it_does_not() -> None:
    words = CueWords(words=dict(get("vi").cues.words), plain=frozenset({"hàng_không"}))  # type: ignore[union-attr]
    assert not [cue for cue in find_cues("hàng không", words) if cue.meaning == "not"]
    assert [cue.sure for cue in find_cues("không", words) if cue.meaning == "not"] == [True]
    cues = find_cues("no less than five", get("en").cues or words)
    assert [cue for cue in cues if cue.meaning == "not"] == [("not", "no less than", False)]


def test_every_meaning_of_a_rule_is_said_in_english() -> None:
    english = get("en").cues
    assert english is not None
    named = {meaning for rule in rules() for meaning in (rule.meaning, rule.other)}
    assert named - {"lost", "added", "lost if short"} <= set(english.words)


@pytest.mark.parametrize("tag", ["vi", "bn"])
def test_no_language_says_what_no_rule_asks_for(tag: str) -> None:
    cues = get(tag).cues
    assert cues is not None
    named = {meaning for rule in rules() for meaning in (rule.meaning, rule.other)}
    assert set(cues.words) <= named


def test_each_way_to_deny_has_one_without_a_negation() -> None:
    english = get("en").cues
    assert english is not None
    for tag in ("vi", "bn"):
        cues = get(tag).cues
        assert cues is not None
        for denied, affirmed in (
            (cues.denied, english.affirmed),
            (english.denied, cues.affirmed),
        ):
            names = {name for name in denied if not name.startswith("no ")}
            assert names <= set(affirmed)
            assert {name.removeprefix("no ") for name in set(denied) - names} <= names


def test_an_open_bracket_in_a_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "toy.toml"
    path.write_text("tag = 'qaa'\n[cues.words]\nnot = 'ne (pas'\n", encoding="utf-8")
    with pytest.raises(Exception, match="a bracket in not is not closed"):
        load(path)


@pytest.mark.parametrize(
    ("text", "num_items"),
    [("pork, eggs and milk", 3), ("pork, eggs, and milk", 3), ("pork and eggs", 0), ("pork", 0),
     ("In the old town of the kings they sold pork, eggs, tea and milk.", 4)],
)  # fmt: skip
def test_things_of_a_list_are_counted(text: str, num_items: int) -> None:
    assert longest_list(text, frozenset({"and"})) == num_items


CASES = [
    (
        "vi",
        "Tôi hoàn toàn không đồng ý với quan điểm của bà.",
        "I completely agree with her views.",
        "flag",
    ),
    (
        "vi",
        "Thuốc này không được dùng cho phụ nữ mang thai.",
        "This medicine can be used by pregnant women.",
        "flag",
    ),
    ("vi", "Đến bệnh viện ngay khi chảy máu.", "Don't go to the hospital when bleeding.", "flag"),
    (
        "vi",
        "Thuốc này không được dùng cho phụ nữ mang thai.",
        "Pregnant women must avoid this medicine.",
        "clean",
    ),
    (
        "vi",
        "Hàng không Việt Nam mở đường bay mới.",
        "Vietnam's airlines open a new route.",
        "clean",
    ),
    ("bn", "তাঁরা তথ্য যাচাই করতে পারেননি।", "They were able to verify the information.", "flag"),
    (
        "bn",
        "রোহিঙ্গা শিবিরে টিকা দেওয়া শুরু হয়নি।",
        "Vaccination has started in the Rohingya camps.",
        "flag",
    ),
    ("bn", "টিকা নিরাপদ।", "The vaccine is not safe.", "flag"),
    ("bn", "তাঁরা তথ্য যাচাই করতে পারেননি।", "They failed to verify the information.", "clean"),
]


@pytest.mark.parametrize(("language", "source", "target", "want"), CASES)
def test_cases_of_negation(language: str, source: str, target: str, want: str) -> None:
    flags = check_segment(source, target, language=language)
    assert ("negation" in {flag.code for flag in flags}) == (want == "flag")
    assert want == "flag" or flags == ()


OURS = (
    *(
        meaning.check_meaning,
        coverage.check_lists,
        copied.check_copied,
        repetition.check_repetition,
    ),
    *(form.check_garbled, form.check_marks, form.check_quotes, form.check_english_inside),
)


@pytest.mark.parametrize(
    "text", ["không ", "x", "and a ", "a, b and c, ", '"no" ', "^a", "(", "না, "]
)
def test_a_long_text_is_read_in_time_that_grows_with_its_length(text: str) -> None:
    def seconds(times: int) -> float:
        pair = Pair(
            source=text * times,
            translation=text * times + " the end",
            language=get("vi"),
            options=CheckOptions(),
        )
        started = time.process_time()
        for check in OURS:
            list(check(pair))
        return time.process_time() - started

    seconds(10)
    assert seconds(8_000) < 40 * max(seconds(1_000), 0.005)
