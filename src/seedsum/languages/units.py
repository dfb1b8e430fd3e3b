"""Units: which go together, how many of one another they are, and how they are written anywhere.

A language's words for them are in its file, under `[numbers.units]`. `a|b` there means one or the
other (`degree` of no named scale); units of no kind here (currencies) are only told apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from seedsum.languages.common import units, words


class Unit(NamedTuple):
    """What a unit measures, and how many of its kind's first unit it is."""

    kind: str
    size: Fraction


def _kind(kind: str, **sizes: str) -> dict[str, Unit]:
    return {name: Unit(kind, Fraction(size)) for name, size in sizes.items()}


#: Months and longer are one kind, weeks and shorter another: no number of days is a month.
UNITS: Mapping[str, Unit] = {
    **_kind("time", second="1", minute="60", hour="3600", day="86400", week="604800"),
    **_kind("time", fortnight="1209600"),
    **_kind("months", month="1", quarter="3", year="12", decade="120", century="1200"),
    **_kind("months", millennium="12000", half_year="6"),
    **_kind("length", mm="0.001", cm="0.01", m="1", km="1000", inch="0.0254", foot="0.3048"),
    **_kind("length", yard="0.9144", mile="1609.344", nautical_mile="1852", li="500"),
    **_kind("speed", kmh="1", mph="1.609344", knot="1.852", mps="3.6"),
    **_kind("area", cm2="0.0001", m2="1", km2="1000000", hectare="10000", acre="4046.86"),
    **_kind("area", square_foot="0.09290304", square_mile="2589988", bigha="1337.8", katha="66.9"),
    **_kind("area", sao="360", cong="1000", mau="3600", decimal_land="40.4686"),
    **_kind("mass", microgram="0.000001", mg="0.001", g="1", kg="1000", quintal="100000"),
    **_kind("mass", tonne="1000000", pound_weight="453.592", ounce="28.3495", tael="37.5"),
    **_kind(
        "mass", maund="37324", seer="933.1", bhori="11.664", yen_weight="10000", hectogram="100"
    ),
    **_kind("volume", ml="0.001", cl="0.01", litre="1", m3="1000", gallon="3.78541"),
    **_kind("volume", barrel="158.987", cm3="0.001", pint="0.568"),
    **_kind("power", watt="1", kw="1000", mw="1000000", gw="1000000000", horsepower="745.7"),
    **_kind("energy", wh="1", kwh="1000", mwh="1000000", gwh="1000000000", twh="1000000000000"),
    **_kind("bytes", bit="1/8", byte="1", kb="1000", mb="1000000", gb="1000000000"),
    **_kind("bytes", tb="1000000000000"),
    **_kind("bandwidth", kbps="1", mbps="1000", gbps="1000000"),
    **_kind("frequency", hz="1", khz="1000", mhz="1000000", ghz="1000000000"),
    **_kind("calories", kcal="1", kj="0.239"),
    **_kind("pressure", mmhg="1"),
    **_kind("doses", iu="1"),
    **_kind("share", percent="1"),
    **_kind("points", percentage_point="1", basis_point="0.01"),
    **_kind("times", times="1"),
    **_kind("celsius", celsius="1"),
    **_kind("fahrenheit", fahrenheit="1"),
    **_kind("angle", degree="1", angle="1"),
}

#: A unit that is said without saying which; each of these may be meant.
_GENERIC = {
    "dollar": ("us_dollar", "australian_dollar", "canadian_dollar", "hong_kong_dollar",
               "singapore_dollar", "new_zealand_dollar"),
    "degree": ("celsius", "fahrenheit", "angle"),
    "rupee": ("indian_rupee", "pakistani_rupee"),
    "mile": ("mph", "nautical_mile"),  # the zone of 200 miles
    "km": ("kmh",),
    "m": ("mps",),
    "percent": ("percentage_point",),
    "g": ("gb",),
    "night": ("day",),
}  # fmt: skip


@lru_cache(maxsize=1024)
def _meanings(unit: str) -> frozenset[str]:
    names = unit.split("|")
    return frozenset((*names, *(more for name in names for more in _GENERIC.get(name, ()))))


@lru_cache(maxsize=4096)
def may_be_same(one: str, other: str) -> bool:
    """Return whether two units may be one; no unit at all may be any."""
    return not one or not other or not _meanings(one).isdisjoint(_meanings(other))


#: How far amounts in units of two systems may lie apart, since both are rounded (5 km, 3 miles).
_ROUNDED = Fraction(6, 100)
#: A fortnight for 15 days, three months for 90.
_LOOSE = Fraction(8, 100)
_DAYS_OF_MONTH = Fraction(365, 12)
_DAY = 86400
_LOCAL = words("bigha katha sao cong mau decimal_land maund seer bhori tael")
_METRIC = words("mm cm m km cm2 m2 km2 hectare microgram mg g kg tonne ml cl litre m3 cm3 kmh mps")


def _system(unit: str) -> str:
    return unit if unit in _LOCAL else "metric" if unit in _METRIC else ""


def same_amount(value: Fraction, unit: str, other_value: Fraction, other_unit: str) -> bool:
    """Return whether two amounts are one, as far as rounding goes where systems differ."""
    return any(
        _same(value, one, other_value, other)
        for one in _meanings(unit)
        for other in _meanings(other_unit)
    )


def _same(value: Fraction, unit: str, other_value: Fraction, other_unit: str) -> bool:
    if unit == other_unit:
        return value == other_value
    if {unit, other_unit} == {"celsius", "fahrenheit"}:
        celsius = value if unit == "celsius" else (value - 32) * Fraction(5, 9)
        other = other_value if other_unit == "celsius" else (other_value - 32) * Fraction(5, 9)
        return abs(celsius - other) < 1
    one, two = UNITS.get(unit), UNITS.get(other_unit)
    if one is None or two is None:
        return False
    amount, other_amount = value * one.size, other_value * two.size
    if one.kind == two.kind:
        loose = one.kind == "time" and "fortnight" in (unit, other_unit)
        tolerance = _LOOSE if loose else Fraction(0)
        if _system(unit) != _system(other_unit):
            tolerance = _ROUNDED
    elif {one.kind, two.kind} == {"time", "months"}:
        months, seconds = (amount, other_amount) if one.kind == "months" else (other_amount, amount)
        amount, other_amount = months * _DAYS_OF_MONTH * _DAY, seconds
        tolerance = _LOOSE
    else:
        return False
    return abs(amount - other_amount) <= tolerance * max(abs(amount), abs(other_amount))


#: Units that are written as they are called here, whatever the number.
_SHORT = words("mm cm m km g kg mg ml cl mph kcal dong taka yen yuan won baht ringgit rupiah")
#: What English calls a unit otherwise.
_ENGLISH = {
    **{"us_dollar": "US dollars", "m2": "m²", "km2": "km²", "cm2": "cm²", "m3": "m³", "cm3": "cm³"},
    **{"celsius": "°C", "fahrenheit": "°F", "kmh": "km/h", "mps": "m/s", "mw": "MW", "kw": "kW"},
    **{"gw": "GW", "kwh": "kWh", "mwh": "MWh", "gwh": "GWh", "twh": "TWh", "mmhg": "mmHg"},
    **{"iu": "IU", "kb": "KB", "mb": "MB", "gb": "GB", "tb": "TB", "kbps": "kbit/s"},
    **{"mbps": "Mbit/s", "gbps": "Gbit/s", "hz": "Hz", "khz": "kHz", "mhz": "MHz", "ghz": "GHz"},
    **{"foot": "feet", "inch": "inches", "century": "centuries", "pound_weight": "pounds"},
    **{"square_foot": "square feet", "sao": "sào", "mau": "mẫu", "cong": "công"},
    **{"yen_weight": "yến", "percentage_point": "percentage points", "decimal_land": "decimals"},
    **{"angle": "degrees"},
}


def in_english(value: str, unit: str) -> str:
    """Return an amount as English says it: `7 years`, `5%`, `40 US dollars`."""
    name = unit.split("|")[0]
    if name == "percent":
        return f"{value}%"
    if name in _ENGLISH:
        return f"{value} {_ENGLISH[name]}"
    if not name or name in _SHORT:
        return f"{value} {name}".rstrip()
    one = name.removesuffix("s").replace("_", " ")
    return f"{value} {one}" if value == "1" else f"{value} {one}s"


#: Written the same in every language that seedsum reads.
SYMBOL_UNITS: dict[str, str] = units(
    percent="% ٪",
    dollar="$",
    us_dollar="usd us$ us_$",
    australian_dollar="aud a$ a_$ au_$",
    canadian_dollar="cad c$ c_$ ca_$",
    singapore_dollar="sgd s$ s_$",
    hong_kong_dollar="hkd hk$ hk_$",
    euro="€ eur",
    pound="£ gbp",
    dong="₫ vnd vnđ",
    taka="৳ bdt tk",
    rupee="₹ inr rs",
    yen="¥ jpy",
    yuan="cny rmb",
    won="₩ krw",
    baht="฿ thb",
    kmh="km/h kmh kph km_/_h",
    km="km",
    mph="mph",
    mps="m/s m_/_s",
    cm="cm",
    mm="mm",
    m2="m2 m² m_2",
    km2="km2 km² km_2",
    cm2="cm2 cm² cm_2",
    m3="m3 m³ m_3",
    cm3="cm3 cm³ cm_3 cc",
    hectare="ha",
    kg="kg",
    pound_weight="lb lbs",
    mg="mg",
    microgram="mcg µg μg",
    ml="ml",
    cl="cl",
    litre="l",
    celsius="°_c º_c ºc ℃ oc o_c",
    fahrenheit="°_f º_f ºf ℉",
    degree="° º",
    kw="kw",
    mw="mw",
    gw="gw",
    kwh="kwh",
    mwh="mwh",
    gwh="gwh",
    twh="twh",
    mmhg="mmhg",
    iu="iu",
    kb="kb",
    mb="mb",
    gb="gb",
    tb="tb",
    kbps="kbps",
    mbps="mbps",
    gbps="gbps",
    hz="hz",
    khz="khz",
    mhz="mhz",
    ghz="ghz",
    kcal="kcal",
)
