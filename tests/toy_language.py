"""A language that another package could add: a little Esperanto."""

from __future__ import annotations

from seedsum.languages import Language
from seedsum.languages.common import count, units, words
from seedsum.languages.language import NumberWords

ESPERANTO = Language(
    tag="eo",
    name="Esperanto",
    script="Latn",
    flores="epo_Latn",
    function_words=words("la kaj estas de en ne al ke por kun"),
    numbers=NumberWords(
        small=count("unu du tri kvar kvin ses sep ok naŭ dek"),
        multipliers={"cent": 100, "mil": 1000},
        weekdays=count("lundo/lunde mardo/marde merkredo/merkrede ĵaŭdo/ĵaŭde vendredo/vendrede"),
        units=units(percent="elcentoj", day="tago tagoj tagojn"),
        decimal_comma=True,
        numerals_follow=True,
    ),
)
