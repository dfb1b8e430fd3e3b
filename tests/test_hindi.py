"""Hindi: what is known of it, from reading to the checks."""

# mypy: disable-error-code="comparison-overlap"

from __future__ import annotations

from pathlib import Path

import pytest

import seedsum
from seedsum.checks.quantities import quantities
from seedsum.config import load_settings
from seedsum.languages import get
from seedsum.reading.detection import detect_text
from seedsum.reading.segmentation import sentence_boundaries

ROOT = Path(__file__).resolve().parent.parent


def codes(source: str, translation: str) -> list[str]:
    flags = seedsum.check_segment(source, translation, language="hi")
    return [flag.code for flag in flags]


@pytest.mark.parametrize("number", range(1, 100))
def test_every_number_word_up_to_a_hundred_is_its_number(number: int) -> None:
    numbers = get("hi").numbers
    assert numbers is not None
    words = [word for word, value in numbers.small.items() if value == number]
    assert words
    for word in words:
        (mention,) = quantities(word, language="hi")
        assert (("number", number),) in mention.readings, word


@pytest.mark.parametrize(
    ("source", "translation"),
    [
        ("नए विद्यालय में बारह कक्षाएँ हैं।", "The new school has twelve classrooms."),
        ("तेईस बच्चे बीमार पड़े।", "23 children fell ill."),
        ("२ करोड़ ५० लाख रुपये खर्च हुए।", "25 million rupees were spent."),
        ("साढ़े तीन लाख लोग आए।", "350,000 people came."),
        ("डेढ़ हज़ार छात्र।", "1,500 students."),
        ("ढाई करोड़ रुपये।", "25 million rupees."),
        ("सवा लाख लोगों ने मतदान किया।", "125,000 people voted."),
        ("1,23,456 लोगों ने आवेदन किया।", "123,456 people applied."),
        ("उन्नीस सौ सैंतालीस में देश आज़ाद हुआ।", "The country became free in 1947."),
        ("एक सौ पाँच परिवार।", "A hundred and five families."),
        ("08/10/2024 को बैठक होगी।", "The meeting will be on 8 October 2024."),
        ("३ अक्टूबर को बैठक हुई।", "The meeting was held on October 3."),
        ("बस रात ११ बजे चलेगी।", "The bus will run at 11 p.m."),
        ("ट्रेन सुबह 7 बजकर 30 मिनट पर छूटती है।", "The train leaves at 7:30 a.m."),
        ("साढ़े सात बजे बैठक शुरू हुई।", "The meeting began at 7:30."),
        ("मंगलवार को दो लोग आए।", "Two people came on Tuesday."),
        ("दाम 5 प्रतिशत बढ़े।", "Prices rose 5%."),
        ("1990 के दशक में शुरू हुआ।", "It began in the 1990s."),
        ("यह पाँचवीं कोशिश थी।", "It was the fifth attempt."),
        ("संयुक्त अरब अमीरात में।", "In the United Arab Emirates."),
        ("5 से 6 लाख लोग।", "Between 500,000 and 600,000 people."),
    ],
)
def test_quantities_said_in_another_way_pass(source: str, translation: str) -> None:
    assert not [code for code in codes(source, translation) if code.startswith("quantity")]


@pytest.mark.parametrize(
    ("source", "translation"),
    [
        ("तेईस बच्चे बीमार पड़े।", "24 children fell ill."),
        ("२ करोड़ रुपये खर्च हुए।", "2 million rupees were spent."),
        ("साढ़े तीन लाख लोग आए।", "300,000 people came."),
        ("३ अक्टूबर को बैठक हुई।", "The meeting was held on November 3."),
        ("मंगलवार को दो लोग आए।", "Two people came on Thursday."),
        ("साढ़े सात बजे बैठक शुरू हुई।", "The meeting began at 8:30."),
        ("दूरी 5 किलोमीटर है।", "The distance is 5 miles."),
    ],
)
def test_other_quantities_are_flagged(source: str, translation: str) -> None:
    assert [code for code in codes(source, translation) if code.startswith("quantity")]


@pytest.mark.parametrize(
    ("source", "translation", "wanted"),
    [
        ("चीन में बारिश हो रही है।", "It rains in China.", []),
        ("चीन में बारिश हो रही है।", "It rains in Norway.", ["name-changed"]),
        ("भारतीयों ने स्वागत किया।", "The Indians welcomed it.", []),
        ("चाय में चीनी कम है।", "There is little sugar in the tea.", []),
        ("चाय में चीनी कम है।", "There is little Chinese in the tea.", []),
        ("दक्षिण अफ्रीका की टीम आई।", "The team of South Africa came.", []),
        ("हिंद महासागर में।", "In the Indian Ocean.", []),
        ("बैठक UNICEF ने बुलाई।", "The meeting was called.", ["name-missing"]),
    ],
)
def test_names_are_compared(source: str, translation: str, wanted: list[str]) -> None:
    assert codes(source, translation) == wanted


def test_a_text_left_in_hindi_is_flagged() -> None:
    assert "wrong-script" in codes("नदी का पानी बढ़ा।", "The नदी rose.")


def test_hindi_is_told_from_its_neighbours_and_ends_its_sentences() -> None:
    text = "नदी का पानी बढ़ा है। कई परिवार अपना सामान ऊपर ले गए हैं।"
    assert detect_text(text, languages=("en", "hi")).language == "hi"
    assert sentence_boundaries(text, "hi") == [text.index("कई")]
    marathi = "नदीचे पाणी वाढले आहे आणि अनेक कुटुंबांनी त्यांचे सामान वर नेले आहे."
    assert detect_text(marathi, languages=("en", "hi")).language == "mr"


def test_the_route_is_in_a_profile_of_its_own() -> None:
    settings = load_settings(ROOT / "models.toml")
    routes = {direction.source: steps for direction, steps in settings.profiles["hindi"].routes}
    (step,) = routes["hi"]
    assert ("hi", get("hi").flores) in settings.models[step.model].language_codes
    others = [profile for name, profile in settings.profiles.items() if name != "hindi"]
    assert all(direction.source != "hi" for profile in others for direction, _ in profile.routes)


def test_few_human_translations_are_flagged(shared: Path) -> None:
    folder = shared / "data" / "lid-dev"
    sources, translations = (
        (folder / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        for name in ("hin_Deva", "eng_Latn")
    )
    flagged = [pair for pair in zip(sources, translations, strict=True) if codes(*pair)]
    assert len(flagged) <= 3
    shifted = zip(sources, translations[1:], strict=False)
    assert sum(bool(codes(*pair)) for pair in shifted) > 95
