"""Finds what could tell who somebody is: e-mail, numbers, addresses, names, also as they are spoken; pure.

"call me on four one one one double two" -> the span of the number; "jane dot doe at example dot com" -> of the address
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from assistant.korean import private as korean
from assistant.language import is_korean

Kind = Literal["EMAIL", "LINK", "ACCOUNT", "ADDRESS", "DATE", "NUMBER", "PERSON", "THING"]

LEAST_DIGITS = 4
"""Shorter numbers are amounts, ages, hours."""


def _words(text: str) -> list[str]:
    return text.split()


_UNITS = {word: str(value) for value, word in enumerate(_words("zero one two three four five six seven eight nine"))}
_UNITS |= {"oh": "0", "o": "0", "nought": "0", "null": "0", "niner": "9"}
_TEENS = {
    word: str(value)
    for value, word in enumerate(
        _words("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"), start=10
    )
}
_TENS = {word: ten for ten, word in enumerate(_words("twenty thirty forty fifty sixty seventy eighty ninety"), start=2)}
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_JOINTS = frozenset(["dash", "hyphen", "space", "plus", "slash", "dot", "point"])
_SCALES = frozenset(["hundred", "thousand", "million", "billion", "trillion"])
_MEASURES = _words(
    "percent degrees dollars euros pounds yen won cents km kilometers kilometres meters metres miles feet foot inches "
    "kg kilograms kilos grams tons tonnes liters litres years year days hours minutes seconds people words tokens "
    "calories watts volts kilowatts times items pages points stars light"
)
_TOKEN = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|\d+(?:[.,]\d+)*|\S")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.UNICODE)
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_NOT_LOCAL = (
    r"(?:is|at|to|from|me|my|your|his|her|the|address|e-?mail|mail|send|it|write|contact|and|on|under|as|an|by|with"
    r"|of|for|in|was)"
)
_SPOKEN_EMAIL = re.compile(
    rf"\b(?:(?!{_NOT_LOCAL}\b)[\w'-]+\s+){{0,15}}?(?:[\w'-]+\s+(?:dot|point|underscore|dash|hyphen|plus)\s+){{0,6}}"
    r"[\w'-]+\s+at\s+(?:[\w-]+\s+){1,6}?dot"
    r"\s+(?:com|org|net|edu|gov|io|co|de|fr|uk|us|eu|at|ch|it|es|nl|kr|jp|info|me|app|dev|ai)\b"
    r"(?:\s+dot\s+(?:uk|kr|jp|au|nz|za|br))?",
    re.IGNORECASE,
)
_HALF_SPOKEN_EMAIL = re.compile(
    r"\b[\w.+-]+(?:\s+(?:dot|underscore|dash)\s+[\w+-]+)*\s+at\s+[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)
_IBAN = re.compile(r"\b[A-Z]{2}\s?\d{2}(?:\s?[A-Z0-9]{2,4}){3,8}\b|\b[a-z]{2}\s?\d{2}(?:\s?\d{2,4}){3,8}\b")
_WAY = (
    r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|way|court|ct|boulevard|blvd|place|pl|square|sq|close|terrace"
    r"|crescent|highway|hwy|parkway|alley|row|walk|gardens|grove|hill|mews)"
)
_HOUSE = (
    r"(?:\d+[a-z]?|(?:(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty|hundred|oh"
    r"|zero)"
    r"(?:[\s-]+|\b)){1,6})"
)
_ADDRESS = re.compile(
    rf"\b{_HOUSE}[\s,]+(?:(?!(?:is|are|the|of|and|in|to|from|for)\b)[A-Za-z][\w'.-]*\s+){{1,3}}{_WAY}\b\.?"
    r"|\b[A-ZÄÖÜ][\wäöüß-]*(?:straße|strasse|str\.|gasse|weg|platz|allee)\s+\d+\s?[a-z]?\b"
    r"|\b(?:apartment|flat|apt|suite|unit|p\.?\s?o\.? box)\s+(?:number\s+)?(?:\d+\w?|[a-z]\b)"
    r"|\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b",
    re.IGNORECASE,
)
_MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_BIRTH = re.compile(
    r"\b(?:born|birthday|birth|dob)\b[^.?!]{0,25}?"
    rf"((?:\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTHS}|{_MONTHS}\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?"
    rf"|{_MONTHS}\s+(?:the\s+)?\w+|(?:the\s+)?\w+\s+of\s+{_MONTHS}|\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}})"
    r"(?:,?\s+(?:(?:19|20)\d\d|(?:nineteen|twenty|two thousand)(?:[\s-]\w+){1,2}))?)",
    re.IGNORECASE,
)
_DATE = re.compile(r"\b\d{1,4}([./-])\d{1,2}\1\d{1,4}\b")
_PERSON_AFTER = (
    r"my (?:\w+ )?(?:wife|husband|partner|girlfriend|boyfriend|son|daughter|mother|father|brother|sister|aunt|uncle"
    r"|cousin"
    r"|nephew|niece|friend|boss|colleague|neighbou?r|teacher|doctor|lawyer|landlord|roommate)(?:,| is| named"
    r"| called)?"
    r"|(?:mr|mrs|ms|miss|dr|doctor|professor|prof|uncle|aunt|auntie|grandma|grandpa)\.?"
    r"|(?:i'm|i am) (?:called|named)|my name(?:'s| is)|name is|(?:someone|somebody|guy|woman|man|girl|boy) (?:called"
    r"|named)"
    r"|(?:text|call|tell|message|email|e-mail|invite|congratulate|thank|phone|write to|letter to|mail to|note to)"
)
_INTRODUCED = re.compile(
    rf"\b(?i:{_PERSON_AFTER})\s+(?!(?:I|The|A|An|My|Me|It|To|And|Him|Her|Them|Us|That|About|What|How|Why|Who)\b)"
    r"([A-Z][\w'-]*(?:\s+(?:(?:van|von|de|del|der|la|O')\s+)*[A-Z][\w-]*){0,3})"
)
_NAMED = re.compile(
    r"\b(?i:my name(?:'s| is)|(?:i'm|i am) (?:called|named)|(?:who is|he is|she is|is) (?:called|named))\s+"
    r"([\w-]+(?:\s+[A-Z][\w-]+)*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Characters `start` to `end` of a text, and what they are."""

    start: int
    end: int
    kind: Kind


def find_personal(text: str, people: Iterable[str] = (), things: Iterable[str] = ()) -> list[Found]:
    """Everything personal in a text, in order and without overlap; `people` and `things` (rooms, devices) are names.

    Names are found in any case. Years, amounts with a unit and numbers of less than `LEAST_DIGITS` digits are left.
    """
    spans = [Found(start=start, end=end, kind=kind) for start, end, kind in korean.find(text)]
    spans += [*_by_pattern(text), *_numbers(text)]
    spans += _listed(text, people, "PERSON")
    spans += _listed(text, things, "THING")
    return _joined(spans)


def _by_pattern(text: str) -> Iterator[Found]:
    patterns: tuple[tuple[Kind, re.Pattern[str], int], ...] = (
        ("EMAIL", _EMAIL, 0), ("EMAIL", _SPOKEN_EMAIL, 0), ("EMAIL", _HALF_SPOKEN_EMAIL, 0), ("LINK", _LINK, 0),
        ("ADDRESS", _ADDRESS, 0), ("DATE", _BIRTH, 1), ("DATE", _DATE, 0), ("PERSON", _INTRODUCED, 1),
        ("PERSON", _NAMED, 1),
    )  # fmt: skip
    for kind, pattern, group in patterns:
        for found in pattern.finditer(text):
            yield Found(start=found.start(group), end=found.end(group), kind=kind)
    for found in _IBAN.finditer(text):
        if sum(char.isdigit() for char in found[0]) >= 8:
            yield Found(start=found.start(), end=found.end(), kind="ACCOUNT")


_PARTICLES = (
    "(?:씨|님|이)?(?:이|가|은|는|을|를|의|과|와|랑|이랑|한테|한테서|에게|에게서|께|께서|도|만|하고|야|아|네|에서|에"
    "|로|으로|처럼|보다|부터|까지|이라고|라고|이야|예요)?"
)
"""What may hang on a Korean name."""


def _listed(text: str, names: Iterable[str], kind: Kind) -> Iterator[Found]:
    wanted = sorted({name.strip() for name in names if len(name.strip()) > 1}, key=len, reverse=True)
    for name in wanted:
        words = r"[\s-]+".join(re.escape(word) for word in name.split())
        after = _PARTICLES if is_korean(name[-1]) else ""
        for found in re.finditer(rf"(?<!\w){words}(?={after}\W|'s|{after}$)", text, re.IGNORECASE):
            yield Found(start=found.start(), end=found.end(), kind=kind)


def _numbers(text: str) -> Iterator[Found]:
    """Runs of digits and spoken digits, with whatever joins them and with letters spelled before and after."""
    tokens = [(found[0], found.start(), found.end()) for found in _TOKEN.finditer(text)]
    place = 0
    while place < len(tokens):
        digits, last, step = "", place - 1, place
        while step < len(tokens):
            got = _digits(tokens, step)
            if got is not None:
                digits, step = digits + got[0], got[1]
                last = step - 1
            elif last >= place and _joins(tokens[step][0]) and step - last <= 2:
                step += 1
            else:
                break
        if last < place:
            place += 1
            continue
        run = [token[0] for token in tokens[place : last + 1]]
        following = tokens[last + 1][0].lower() if last + 1 < len(tokens) else ""
        before = tokens[place - 1][0] if place else ""
        if len(digits) >= LEAST_DIGITS and not _is_amount(run, digits, before, following):
            first, end = _with_letters(tokens, place, last)
            yield Found(start=tokens[first][1], end=tokens[end][2], kind="NUMBER")
        place = last + 1


def _digits(tokens: list[tuple[str, int, int]], at: int) -> tuple[str, int] | None:
    """The digits that begin at a token, and the token after them."""
    word = tokens[at][0].lower()
    if word[0].isdigit():
        return re.sub(r"\D", "", word), at + 1
    following = tokens[at + 1][0].lower() if at + 1 < len(tokens) else ""
    if word in _TIMES:
        one = _UNITS.get(following) or (following if len(following) == 1 and following.isdigit() else None)
        return (one * _TIMES[word], at + 2) if one else None
    if word in _UNITS:
        return _UNITS[word], at + 1
    if word in _TEENS:
        return _TEENS[word], at + 1
    if word in _TENS:
        after = at + 2 if following == "-" else at + 1
        unit = tokens[after][0].lower() if after < len(tokens) else ""
        if unit in _UNITS and _UNITS[unit] != "0":
            return f"{_TENS[word]}{_UNITS[unit]}", after + 1
        return f"{_TENS[word]}0", at + 1
    return None


def _joins(token: str) -> bool:
    return token in "-./()+,#" or token.lower() in _JOINTS


def _is_amount(run: list[str], digits: str, before: str, following: str) -> bool:
    """A year, or one number with its unit: nothing that tells who somebody is."""
    if following in _SCALES:
        return len(digits) <= 9
    if re.fullmatch(r"(?:1[0-9]|20)\d\d", digits) and len(run) <= 3:
        return True
    if len(run) != 1 or len(digits) > 9:
        return False
    grouped = re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+", run[0]) is not None
    measured = following in _MEASURES or following in korean.UNITS or following in ("%", "$", "€", "£")
    return grouped or measured or before in ("$", "€", "£")


def _with_letters(tokens: list[tuple[str, int, int]], first: int, last: int) -> tuple[int, int]:
    """The run with single letters around it: "d e eight nine three ..." is one account."""

    def spelled(at: int) -> bool:
        return (
            0 <= at < len(tokens)
            and re.fullmatch(r"[^\W\d_가-힣]", tokens[at][0]) is not None
            and tokens[at][0] not in "aI"
        )

    while spelled(first - 1):
        first -= 1
    while spelled(last + 1):
        last += 1
    return first, last


def _joined(spans: list[Found]) -> list[Found]:
    """In order, with overlapping ones made one; of the kinds the one that begins first, and is longest, wins."""
    kept: list[Found] = []
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        if kept and span.start < kept[-1].end:
            if span.end > kept[-1].end:
                kept[-1] = Found(start=kept[-1].start, end=span.end, kind=kept[-1].kind)
            continue
        kept.append(span)
    return kept
