"""Quantities: money, units, fractions, powers, ranges and signs around numbers, up to the number itself."""

from __future__ import annotations

import re
from re import Match

from assistant.speak.numbers import NUMBER, cardinal, fraction, number, ordinal, spell_digits

_UNITS = {
    "length": "km=kilometer m=meter cm=centimeter mm=millimeter µm=micrometer nm=nanometer mi=mile yd=yard ft=foot",
    "mass": "kg=kilogram g=gram mg=milligram µg=microgram lb=pound lbs=pound oz=ounce",
    "volume": "l=liter L=liter ml=milliliter mL=milliliter cl=centiliter dl=deciliter gal=gallon qt=quart tsp=teaspoon "
    "tbsp=tablespoon",
    "time": "h=hour hr=hour hrs=hour min=minute mins=minute s=second sec=second secs=second ms=millisecond "
    "µs=microsecond ns=nanosecond yr=year yrs=year",
    "speed": "kph=kilometer_per_hour km/h=kilometer_per_hour kmh=kilometer_per_hour mph=mile_per_hour "
    "rpm=revolution_per_minute bpm=beat_per_minute fps=frame_per_second",
    "data": "KB=kilobyte kB=kilobyte MB=megabyte GB=gigabyte TB=terabyte PB=petabyte KiB=kibibyte MiB=mebibyte "
    "GiB=gibibyte TiB=tebibyte kbps=kilobit_per_second Mbps=megabit_per_second Gbps=gigabit_per_second",
    "physics": "Hz=hertz kHz=kilohertz MHz=megahertz GHz=gigahertz V=volt mV=millivolt kV=kilovolt W=watt kW=kilowatt "
    "MW=megawatt GW=gigawatt Wh=watt_hour kWh=kilowatt_hour mA=milliamp mAh=milliamp_hour Ω=ohm kΩ=kiloohm J=joule "
    "kJ=kilojoule cal=calorie kcal=kilocalorie Pa=pascal hPa=hectopascal kPa=kilopascal psi=pound_per_square_inch "
    "dB=decibel ha=hectare px=pixel ppm=part_per_million lx=lux lm=lumen",
}
_SINGULAR = {symbol: name for line in _UNITS.values() for symbol, _, name in (u.partition("=") for u in line.split())}
_LENGTHS = {unit.partition("=")[0] for unit in _UNITS["length"].split()}
_UNCHANGED = {"hertz", "kilohertz", "megahertz", "gigahertz", "lux"}
_PER = _SINGULAR | {
    name: name for name in ("day", "week", "month", "year", "hour", "minute", "second", "person", "night")
}
_MONEY = {
    "$": ("dollar", "cent"),
    "€": ("euro", "cent"),
    "£": ("pound", "penny"),
    "¥": ("yen", ""),
    "₩": ("won", ""),
    "₹": ("rupee", "paisa"),
    "USD": ("US dollar", "cent"),
    "EUR": ("euro", "cent"),
    "GBP": ("pound", "penny"),
    "KRW": ("won", ""),
    "JPY": ("yen", ""),
    "CHF": ("Swiss franc", "centime"),
}
_MINOR_PLURAL = {"penny": "pence", "paisa": "paise"}
_SCALE = {
    "k": "thousand",
    "K": "thousand",
    "M": "million",
    "m": "million",
    "B": "billion",
    "bn": "billion",
    "T": "trillion",
}
_COMPASS = {"N": "north", "S": "south", "E": "east", "W": "west"}


def _any(names: dict[str, str] | dict[str, tuple[str, str]] | set[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


_SCALE_WORD = rf"(?:\s?(?P<scale>thousand|million|billion|trillion)|(?P<short>{_any(_SCALE)}))?(?![A-Za-z])"
_PER_TAIL = rf"(?:\s?/\s?(?P<per>{_any(_PER)})(?![\w/]))?"
_ONE = r"(?<![\w.,])"
_MONEY_FIRST = re.compile(rf"(?P<sign>[-−])?(?:US)?(?P<code>[$€£¥₩₹])\s?(?P<n>{NUMBER}){_SCALE_WORD}{_PER_TAIL}")
_MONEY_LAST = re.compile(
    rf"{_ONE}(?P<sign>[-−])?(?P<n>{NUMBER}){_SCALE_WORD}\s?(?P<code>{_any(_MONEY)})(?![A-Za-z\d]){_PER_TAIL}"
)
_FEET_INCHES = re.compile(rf"{_ONE}(\d{{1,3}})\s?(?:['′]|ft)\s?(\d{{1,2}}(?:\.\d+)?)\s?(?:\"|″|''|in\b\.?)")
_INCHES = re.compile(
    rf"{_ONE}(?P<n>{NUMBER})(?:\s?(?:″|in\.?(?=\s*(?:$|[,;)×x=]|\.\s*$))|in\.(?=\s))|\"(?=\s(?:[x×]|screen|monitor|display|TV|wheel)))"
)
_DEGREES = re.compile(rf"(?P<n>{NUMBER})\s?°\s?(?P<scale>[CFK]\b)?")
_ARC = re.compile(r"(\d{1,3})\s?°\s?(\d{1,2})\s?['′]\s?(?:(\d{1,2}(?:\.\d+)?)\s?(?:\"|″|''))?")
_COMPASS_POINT = re.compile(r"(?<=degrees|minutes|seconds)\s?,?\s?([NSEW])\b")
_UNIT = re.compile(
    rf"(?P<n>{NUMBER})(?P<gap>[ ]?|-)(?P<unit>{_any(_SINGULAR)})(?:\^?(?P<power>[23]))?(?!\w|'[a-z]){_PER_TAIL}"
)
_SHORT_SCALE = re.compile(r"(?<![\w.,])(?P<n>\d+(?:\.\d+)?)(?P<short>[kKMB]|bn)\b")
_MIXED = re.compile(r"(?<![\w.,/])(\d{1,4})[ -]([1-9]\d?)/([1-9]\d?)(?![\d/]|\.\d)")
_FRACTION = re.compile(r"(?<![\w./])(\d{1,4})\s?/\s?(\d{1,4})(?![\d/]|\.\d)")
_POWER = re.compile(r"(?<=[\w)\]])\s?\^\s?[({]?\s?(?P<sign>[-−])?(?P<exp>\w{1,12})(?:\s?[)}])?")
_SCIENTIFIC = re.compile(rf"{_ONE}(?P<n>\d+(?:\.\d+)?)[eE](?P<sign>[-+−])?(?P<exp>\d{{1,3}})(?!\w|\.\d)")
_RANGE = re.compile(r"(?:(?<=[\d%°])|(?<=\d[apAP][mM])|(?<=[ap]\.m\.))(?:[-‐‑]|\s?[–—]\s?)(?=[$€£¥₩₹]?\.?\d)")
_DIFFERENCE = re.compile(r"(?<=\d)-(?=[\d.,]{1,20}\s?=)")
_SUBTRACTION = re.compile(r"(?<=[\d)])\s+-\s+(?=[\d(])(?![\d.,]{1,20} (?!is\b|equals\b|makes\b)[a-z]{2})")
_SPACED_RANGE = re.compile(r"(?<=\d)\s-\s(?=\d)")
_BY = re.compile(r"(?<=\d)(\s?(?:mm|cm|m|km|ft|in|px)?)\s?x\s?(?=\d)")
_NEGATIVE = re.compile(r"(?<![\w.)\]%'^{(-])-\s?(?=\.?\d)|(?<=[(])-(?=\.?\d)")
_IDENTIFIER = re.compile(r"(?<![\d.])\d{16,}|\.?\d{41,}")
_ORDINAL = re.compile(r"(?<![\w.])(\d{1,3}(?:,\d{3})+|\d+)(?:st|nd|rd|th)\b")
_NUMBER = re.compile(NUMBER)
_LETTERS_DIGITS = re.compile(r"(?<![A-Za-z\d])([A-Z]{1,2})(?=\d)|(?<=\d)(?=[^\W\d_])")


def say_identifiers(text: str) -> str:
    """Runs of digits too long for a quantity, digit by digit; taken first, as no later rule is to walk through them."""
    return _IDENTIFIER.sub(lambda m: f"{' point' if m[0][0] == '.' else ''} {spell_digits(m[0])} ", text)


def say_ranges(text: str) -> str:
    """The dash between two figures as "to"; dates and telephone numbers must be gone by then."""
    return _RANGE.sub(" to ", _DIFFERENCE.sub(" minus ", text))


def say_quantities(text: str) -> str:
    """Replace money, units, fractions and powers by words; plain numbers stay for `say_numbers`."""
    text = _SCIENTIFIC.sub(_scientific, text)
    text = _SPACED_RANGE.sub(" to ", _SUBTRACTION.sub(" minus ", text))
    text = _BY.sub(r"\1 by ", text)
    text = _NEGATIVE.sub("minus ", text)
    text = _MONEY_FIRST.sub(_money, text)
    text = _MONEY_LAST.sub(_money, text)
    text = _ARC.sub(_arc, text)
    text = _FEET_INCHES.sub(_feet_inches, text)
    text = _INCHES.sub(lambda m: f"{number(m['n'])} {'inch' if _is_single(m) else 'inches'} ", text)
    text = _DEGREES.sub(_degrees, text)
    text = _COMPASS_POINT.sub(lambda m: f" {_COMPASS[m[1]]}", text)
    text = _UNIT.sub(_unit, text)
    text = _SHORT_SCALE.sub(_short_scale, text)
    text = _MIXED.sub(_mixed, text)
    text = _FRACTION.sub(_fraction, text)
    return say_powers(text)


def say_powers(text: str) -> str:
    """ "^2" as "squared" and its like, for figures and for letters."""
    return _POWER.sub(_power, text) if "^" in text else text


def say_numbers(text: str) -> str:
    """Replace every number that is left, glued to letters or not; afterwards no ASCII digit remains."""
    text = _ORDINAL.sub(lambda m: ordinal(m[1]), text)
    text = _LETTERS_DIGITS.sub(lambda m: spell_letters(m[1]) if m[1] else " ", text)
    return _NUMBER.sub(_spaced_number, text)


def spell_letters(letters: str) -> str:
    """Letters one by one; an A takes a hyphen, for the voice says a lone A as the article."""
    return "".join(letter + ("-" if letter == "A" else " ") for letter in letters)


def _spaced_number(match: Match[str]) -> str:
    before = match.string[match.start() - 1 : match.start()]
    return (" " if before.isalnum() else "") + number(match[0])


def _plural(name: str, amount: str) -> str:
    """The unit for an amount; in "mile_per_hour" it is the first word that takes the plural."""
    head, underscore, tail = name.partition("_")
    if underscore and not tail.startswith("per"):
        return f"{head} {tail}" if amount == "1" else f"{head} {tail}s"
    if amount != "1" and head not in _UNCHANGED:
        head = {"foot": "feet"}.get(head, head + "s")
    return f"{head} {tail.replace('_', ' ')}".rstrip()


def _per(match: Match[str]) -> str:
    return f" per {_PER[match['per']].replace('_', ' ')}" if match["per"] else ""


def _money(match: Match[str]) -> str:
    major, minor = _MONEY[match["code"]]
    amount, scale = match["n"], match["scale"] or _SCALE.get(match["short"] or "", "")
    sign = "minus " if match["sign"] else ""
    whole, _, part = amount.partition(".")
    if scale or not minor or len(part) not in (0, 2) or (match["sign"] and not whole):
        words = f"{number(amount)} {scale} {_plural(major, '1' if major in ('yen', 'won') else '2')}".replace("  ", " ")
    else:
        words = _major_minor(whole.replace(",", "") or "0", part, major, minor)
    return f"{sign}{words}{_per(match)} "


def _major_minor(whole: str, part: str, major: str, minor: str) -> str:
    cents = int(part or 0)
    words = []
    if int(whole[:40]) or not cents:
        words.append(f"{cardinal(whole)} {_plural(major, whole)}")
    if cents:
        words.append(f"{cardinal(str(cents))} {minor if cents == 1 else _MINOR_PLURAL.get(minor, minor + 's')}")
    return " and ".join(words)


def _feet_inches(match: Match[str]) -> str:
    feet = "foot" if match[1] == "1" else "feet"
    return f"{cardinal(match[1])} {feet} {number(match[2])} {'inch' if match[2] == '1' else 'inches'} "


def _arc(match: Match[str]) -> str:
    words = f"{number(match[1])} degrees {number(str(int(match[2])))} minutes"
    return f"{words} {number(match[3].lstrip('0') or '0')} seconds" if match[3] else words


def _is_single(match: Match[str]) -> bool:
    """Whether the unit takes the singular: one of it, or an adjective as in "a 5 kg bag"."""
    return match["n"] == "1" or match.string[max(0, match.start() - 2) : match.start()].lower() == "a "


def _degrees(match: Match[str]) -> str:
    scale = {"C": " Celsius", "F": " Fahrenheit", "K": " Kelvin"}.get(match["scale"] or "", "")
    return f"{number(match['n'])} degree{'' if _is_single(match) else 's'}{scale} "


def _unit(match: Match[str]) -> str:
    symbol = match["unit"]
    if match["power"] and symbol not in _LENGTHS:
        return match[0]
    square = {"2": "square ", "3": "cubic "}.get(match["power"] or "", "")
    name = _plural(_SINGULAR[symbol], "1" if match["gap"] == "-" or _is_single(match) else match["n"])
    return f"{number(match['n'])} {square}{name}{_per(match)}"


def _short_scale(match: Match[str]) -> str:
    if match[0] in ("4K", "8K"):
        return f"{number(match['n'])} K"
    return f"{match['n']} {_SCALE[match['short']]}"


def _mixed(match: Match[str]) -> str:
    if int(match[2]) >= int(match[3]):
        return match[0]
    words = fraction(match[2], match[3])
    if match[2] == "1":
        words = f"{'an' if words[4] in 'aeiou' else 'a'} {words[4:]}"
    return f"{cardinal(match[1])} and {words}"


def _fraction(match: Match[str]) -> str:
    if match[0] == "24/7":
        return "twenty-four seven"
    if match.string[match.end() : match.end() + 2].lstrip().startswith("="):
        return f"{cardinal(match[1])} divided by {cardinal(match[2])}"
    return fraction(match[1], match[2])


def _power(match: Match[str]) -> str:
    sign = "minus " if match["sign"] else ""
    if not sign and match["exp"] in ("2", "3"):
        return " squared" if match["exp"] == "2" else " cubed"
    return f" to the power of {sign}{match['exp']}"


def _scientific(match: Match[str]) -> str:
    sign = "minus " if match["sign"] in ("-", "−") else ""
    return f"{number(match['n'])} times ten to the power of {sign}{cardinal(str(int(match['exp'])))}"


def say_digits_apart(match: Match[str]) -> str:
    """A telephone-like number: digit by digit, a pause between the written groups."""
    groups = re.findall(r"\d+", match[0])
    plus = "plus " if match[0].lstrip().startswith("+") else ""
    return plus + ", ".join(spell_digits(group) for group in groups)
