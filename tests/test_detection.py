"""Languages of blocks: letters, words, langdetect, neighbours; the measured figures hold."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedsum.errors import ReadError
from seedsum.reading import prepare, read_document
from seedsum.reading.detection import article_language, detect, detect_text
from seedsum.records import Document, Role

LANGUAGES = ("vi", "bn", "en")

VIETNAMESE = "Bác sĩ trưởng trạm cho biết mọi trẻ em sẽ được tiêm chủng trong năm đầu tiên."
BENGALI = "চিকিৎসক জানান, প্রথম বছরেই সব শিশুকে টিকা দেওয়া হবে এবং মায়েরা পরামর্শ পাবেন।"
ENGLISH = "The doctor said that all the children will be vaccinated in the first year."


def found(text: str) -> tuple[str, str]:
    detection = detect_text(text, languages=LANGUAGES)
    assert 0 <= detection.confidence <= 1
    return detection.language, detection.method


def detected(text: str, *, format: str = "txt") -> Document:
    return detect(read_document("a", text.encode(), format=format), languages=LANGUAGES)


def languages_of(text: str) -> list[str]:
    return [block.detection.language for block in detected(text).blocks]


@pytest.mark.parametrize(
    ("text", "language", "method"),
    [
        (VIETNAMESE, "vi", "script"),
        (unicodedata.normalize("NFD", VIETNAMESE), "vi", "script"),
        (BENGALI, "bn", "script"),
        (ENGLISH, "en", "words"),
        ("Nguyễn Tri Thức", "vi", "script"),
        ("র\u200d্যাব বলেছে", "bn", "script"),
        ("ডাঃ WHO", "bn", "script"),
        ("Related news", "en", "words"),
        ("WHO", "und", "unknown"),
        ("Uladzimir Baravikou", "und", "unknown"),
        ("12.345 ৬৭৮ %", "und", "no-letters"),
        ("😀 👩‍👩‍👧 🇻🇳", "und", "no-letters"),
        ("https://example.org/the-news-of-the-day", "und", "no-letters"),
        ("Հայաստանի Հանրապետություն", "und", "unknown"),
    ],
)
def test_one_text_by_itself(text: str, language: str, method: str) -> None:
    assert found(text) == (language, method)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("তেওঁলোকে কৈছে যে আজি বতৰ ভাল আছিল আৰু ৰ'দ ওলাইছিল", "as"),
        ("মহাক্না হায়খি মসি য়াম্না ফবা থবক অমনি অমসুং ঐখোয়গী অপাম্বনি", "mni"),
        ("डॉक्टर ने कहा कि सभी बच्चों को पहले साल में टीका लगाया जाएगा", "hi"),
        ("डॉक्टर ने कहा", "hi"),
        ("डॉक्टरांनी सांगितले की पहिल्या वर्षात सर्व मुलांना लस दिली जाईल आणि ती मोफत आहे", "mr"),
        ("डाक्टरले भने कि पहिलो वर्षमा सबै बालबालिकालाई खोप लगाइनेछ र यो निःशुल्क छ", "ne"),
        ("Врач сказал, что все дети будут привиты в первый год", "ru"),
        ("Усе дзеці будуць прышчэплены ў першы год, сказаў доктар", "be"),
        ("Le médecin a dit que tous les enfants seront vaccinés la première année", "fr"),
        ("Dokter mengatakan bahwa semua anak akan divaksinasi di sini pada tahun pertama", "id"),
        ("医生说所有的孩子都会在第一年接种疫苗", "zh"),
        ("医者はすべての子供が初年度に予防接種を受けると述べた", "ja"),
        ("แพทย์กล่าวว่าเด็กทุกคนจะได้รับวัคซีน", "th"),
    ],
)
def test_other_languages_are_not_taken_for_the_configured_ones(text: str, language: str) -> None:
    assert found(text)[0] == language


def test_vietnamese_without_its_marks_is_vietnamese() -> None:
    text = "Bac si truong tram cho biet moi tre em se duoc tiem chung trong nam dau tien"
    assert found(text) == ("vi", "words")
    assert found("Bo Y te to chuc le ky ket ban ghi nho hop tac voi Belarus")[0] == "vi"


def test_a_mixed_line_goes_to_the_language_of_its_words() -> None:
    assert found("Thủ tướng Phạm Minh Chính gặp Joe Biden tại New York hôm qua")[0] == "vi"
    text = "Prime Minister Phạm Minh Chính met Nguyễn Văn Thắng in the capital on Monday"
    assert found(text)[0] == "en"
    assert found(f"{BENGALI} The end of the line.")[0] == "bn"


def test_neighbours_in_the_same_script_decide_what_says_nothing() -> None:
    assert languages_of(f"{ENGLISH}\nUladzimir Baravikou\n{ENGLISH}") == ["en", "en", "en"]
    assert languages_of(f"{VIETNAMESE}\nUladzimir Baravikou\n{BENGALI}\n{ENGLISH}") == [
        *("vi", "und", "bn", "en"),
    ]
    assert languages_of(f"{BENGALI}\nUladzimir Baravikou\n{BENGALI}") == ["bn", "und", "bn"]
    assert languages_of(f"{VIETNAMESE}\n12345\n{VIETNAMESE}") == ["vi", "und", "vi"]


def test_the_declared_language_decides_only_where_nothing_else_does() -> None:
    source = "---\nlang: vi-VN\n---\nUladzimir Baravikou\n\n{}"
    alone = detected(source.format(""), format="md").blocks[0].detection
    assert (alone.language, alone.method) == ("vi", "declared")
    assert detected(source.format(ENGLISH), format="md").blocks[0].detection.language == "en"


def test_an_article_of_short_lines_is_looked_at_as_a_whole() -> None:
    lines = ["Tiga dokter baru tiba", "Anak sekolah divaksinasi", "Warga desa gembira sekali"]
    assert languages_of("\n".join(lines)) == ["id"] * 3
    assert languages_of("Uladzimir Baravikou\nAliaksandr Staravoitau") == ["und", "und"]


def test_code_has_no_language() -> None:
    document = detected(f"{VIETNAMESE}\n\n```\nfor this in that: print(it)\n```\n", format="md")
    assert [block.detection.language for block in document.blocks] == ["vi", "und"]


def test_a_configured_language_without_a_default_profile_is_found() -> None:
    text = "Die dokter het gesê dat al die kinders in die eerste jaar ingeënt sal word"
    assert detect_text(text, languages=("af", "en")).language == "af"


def test_the_article_language_counts_characters_of_article_blocks_only() -> None:
    document = detected(f"{VIETNAMESE}\n{ENGLISH}\n{ENGLISH}\n{ENGLISH}")
    roles = [Role.BODY, Role.BODY, Role.COMMENT, Role.RELATED]
    blocks = tuple(replace(b, role=r) for b, r in zip(document.blocks, roles, strict=True))
    found = article_language(replace(document, blocks=blocks))
    assert found.language == "vi"
    assert found.confidence == pytest.approx(len(VIETNAMESE) / len(VIETNAMESE + ENGLISH), abs=1e-3)
    assert article_language(detected("12345\n😀")).language == "und"


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1, max_size=200))
def test_detection_is_total_and_the_same_every_time(text: str) -> None:
    try:
        document = read_document("a", text.encode("utf-8", "replace"), format="txt")
    except ReadError:
        return
    first = detect(document, languages=LANGUAGES)
    assert first == detect(document, languages=LANGUAGES)
    assert all(0 <= block.detection.confidence <= 1 for block in first.blocks)


def test_importing_detection_does_not_import_langdetect() -> None:
    code = "import seedsum.reading.detection, sys; sys.exit('langdetect' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --------------------------------------------------------------------------------------------
# The figures of the module's docstring

TAGS = {
    "asm": "as", "ben": "bn", "eng": "en", "mni": "mni", "vie": "vi",
}  # fmt: skip


def test_flores_figures_hold(shared: Path) -> None:
    wrong: Counter[str] = Counter()
    num_others = 0
    for path in sorted((shared / "data" / "lid-dev").glob("*.txt")):
        language = TAGS.get(path.stem[:3], "")
        # The docstring has the figures of all 120; every third keeps the test quick.
        for line in path.read_text("utf-8").splitlines()[::3]:
            answer = found(line)[0]
            num_others += language not in LANGUAGES
            if answer != language and language in LANGUAGES:
                wrong[f"missed {language}"] += 1
            elif answer != language and answer in LANGUAGES:
                wrong[f"{path.stem[:3]} taken for {answer}"] += 1
    assert num_others == 920
    assert set(wrong) <= {"mni taken for bn"}
    assert wrong.total() <= 1


@pytest.mark.parametrize(
    ("language", "right", "wrong", "right_of_three", "wrong_of_three"),
    [("vi", 957, 0, 921, 1), ("bn", 957, 0, 957, 0), ("en", 938, 0, 733, 0)],
)
def test_ntrex_figures_hold(
    shared: Path, language: str, right: int, wrong: int, right_of_three: int, wrong_of_three: int
) -> None:
    whole: Counter[str] = Counter()
    three: Counter[str] = Counter()
    for path in sorted((shared / "data" / "ntrex-dev" / language).glob("*.txt")):
        for line in filter(None, map(str.strip, path.read_text("utf-8").splitlines())):
            whole[found(line)[0]] += 1
            three[found(" ".join(line.split()[:3]))[0]] += 1
    assert whole.total() == 957
    assert (whole[language], 957 - whole[language] - whole["und"]) == (right, wrong)
    assert (three[language], 957 - three[language] - three["und"]) == (
        right_of_three,
        wrong_of_three,
    )


def test_ntrex_vietnamese_without_marks_is_vietnamese(shared: Path) -> None:
    num_right = num_all = 0
    for path in sorted((shared / "data" / "ntrex-dev" / "vi").glob("*.txt")):
        for line in filter(None, map(str.strip, path.read_text("utf-8").splitlines())):
            letters = unicodedata.normalize("NFD", line.replace("đ", "d").replace("Đ", "D"))
            bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
            num_all += 1
            num_right += found(bare)[0] == "vi"
    assert num_right / num_all >= 0.97


# --------------------------------------------------------------------------------------------
# What looks like another language


@pytest.mark.parametrize(
    "text",
    [
        "Robibar nodir chore binamulle chokher chikitsa deya hoyeche.",
        "Daktar janan je beshir bhag rogi kokhono hashpatale jan ni, tai sobai ke ashte hobe.",
        "Ami ebong amar bhai gotokal shohore giye notun boi kine enechi.",
    ],
)
def test_bengali_in_latin_letters_is_no_english(text: str) -> None:
    assert found(text)[0] in ("bn-Latn", "und")


@pytest.mark.parametrize(
    "text",
    [
        "Hospital-এর director বলেন, আজ night ward চালু হয়েছে।",
        "Registration করতে হবে online-এ, এবং NID card সঙ্গে আনতে হবে।",
        "Facebook page-এর admin team নতুন post করেছে।",
    ],
)
def test_bengali_with_english_words_is_bengali(text: str) -> None:
    assert found(text)[0] == "bn"


def test_english_with_a_bengali_word_is_english() -> None:
    assert found("The Bengali word ভাষা means language, as every child there knows.")[0] == "en"


@pytest.mark.parametrize(
    "text",
    [
        "Ministrul Sănătății a declarat că spitalele vor avea mai multe locuri.",
        "În orașul vecin, copiii învață să citească și să scrie.",
        "Àwọn ọmọ ilé-ìwé náà ń kọ́ ẹ̀kọ́ ní èdè Yorùbá.",
        "Ìjọba orílẹ̀-èdè náà ti kọ́ ilé ìwòsàn tuntun.",
    ],
)
def test_languages_that_share_letters_are_not_vietnamese(text: str) -> None:
    assert found(text)[0] != "vi"


def sentence_languages(text: str) -> list[str]:
    document = read_document("a.txt", text.encode())
    made = prepare(document, languages=LANGUAGES, target="en")
    of_blocks = {block.id: block.detection.language for block in made.document.blocks}
    return [segment.language or of_blocks[segment.block_id] for segment in made.segments]


@pytest.mark.parametrize(
    ("paragraph", "languages"),
    [
        (
            "Các bác sĩ đã làm việc cả đêm. This is a milestone for the whole region. Ca mổ kéo"
            " dài bảy giờ.",
            ["vi", "en", "vi"],
        ),
        ("Ca mổ kéo dài bảy giờ. 我们非常高兴。 Bệnh nhân đã về nhà.", ["vi", "zh", "vi"]),
        (
            "রোগী এখন ভালো আছেন। We are very glad that he is well. তিনি বাড়ি গেছেন।",
            ["bn", "en", "bn"],
        ),
        (
            "The old man spoke in the town hall. Chúng tôi không bỏ ai lại phía sau. They cheered"
            " him when he was done.",
            ["en", "vi", "en"],
        ),
        # A name, a label and a row of names say nothing of a language.
        ("Ông đã đến. “Big Bang!” Ông cười. Elon Musk, Bill Gates, Tim Cook.", ["vi"] * 4),
    ],
)
def test_a_sentence_in_another_language_than_its_paragraph_has_its_own(
    paragraph: str, languages: list[str]
) -> None:
    assert sentence_languages(paragraph) == languages
