"""Korean numbers, in figures and in both kinds of words, read from any place of a text without spaces.

Sino-Korean: 십이, 이십오, 삼천 오백, 이점오.  Native: 하나/한, 둘/두, 열두, 스물다섯,
백하나.  Mixed with figures: 3천, 2만.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

_SINO = {sign: value for value, sign in enumerate("영일이삼사오육칠팔구")} | {"공": 0, "륙": 6, "령": 0}
_SCALES = {"십": 10, "백": 100, "천": 1000}
_LARGE = {"만": 10**4, "억": 10**8, "조": 10**12}
_NATIVE_ONES = {
    "하나": 1, "한": 1, "둘": 2, "두": 2, "셋": 3, "세": 3, "석": 3, "넷": 4, "네": 4, "넉": 4, "다섯": 5, "여섯": 6,
    "일곱": 7, "여덟": 8, "여덜": 8, "아홉": 9,
}  # fmt: skip
_NATIVE_TENS = {
    "열": 10, "스물": 20, "스무": 20, "서른": 30, "마흔": 40, "쉰": 50, "예순": 60, "일흔": 70, "여든": 80, "아흔": 90,
}  # fmt: skip
_HALF = ("절반", "반")
MAX_CHARS = 24
"""Characters of the longest number that is read."""

_ONES = "|".join(sorted(_NATIVE_ONES, key=len, reverse=True))
_TENS = "|".join(_NATIVE_TENS)
_NATIVE = re.compile(rf"(?P<hundred>[일이삼사오육칠팔구]?백)?(?P<tens>{_TENS})?(?P<ones>{_ONES})?")
_FIGURES = re.compile(r"\d+(?:\.\d+)?")
_LETTER = re.compile(
    r"[0-9.,영공령일이삼사오육륙칠팔구십백천만억조점반절하나한둘두셋세석넷네넉다섯여섯일곱덟덜아홉열스물무서른마흔쉰예순든흔분의마이너스-]"
)


def number_ends(text: str, start: int = 0) -> Iterator[tuple[int, Fraction]]:
    """Every (end, value) that the text may be read as from `start`, longest first."""
    limit = start
    while limit < min(len(text), start + MAX_CHARS) and _LETTER.match(text[limit]):
        limit += 1
    for end in range(limit, start, -1):
        if end < len(text) and text[end - 1].isdigit() and text[end].isdigit():
            continue  # half of a figure is no number
        value = parse_number(text[start:end])
        if value is not None:
            yield end, value


def parse_number(text: str) -> Fraction | None:
    """The value of a text without spaces that is one whole number; None if it is none."""
    for sign in ("마이너스", "-"):
        if text.startswith(sign):
            positive = parse_number(text[len(sign) :])
            return None if positive is None else -positive
    if text in _HALF:
        return Fraction(1, 2)
    below, of, above = text.partition("분의")
    if of:
        parts = parse_number(below), parse_number(above)
        return parts[1] / parts[0] if parts[0] and parts[1] is not None else None
    whole, point, digits = text.partition("점")
    if point:
        return _decimal(whole, digits)
    return _sino(text) if (native := _native(text)) is None else native


def _decimal(whole: str, digits: str) -> Fraction | None:
    value = _sino(whole)
    figures = "".join(str(_SINO[sign]) if sign in _SINO else sign for sign in digits)
    if value is None or not figures.isdecimal():
        return None
    return value + Fraction(int(figures), 10 ** len(figures))


def _native(text: str) -> Fraction | None:
    """한, 열두, 스물다섯, 백하나; None for what is no native number."""
    found = _NATIVE.fullmatch(text)
    if found is None or not (found["tens"] or found["ones"]):
        return None
    hundred = _SINO.get((found["hundred"] or "")[:-1], 1) * 100 if found["hundred"] else 0
    return Fraction(hundred + _NATIVE_TENS.get(found["tens"], 0) + _NATIVE_ONES.get(found["ones"], 0))


def _sino(text: str) -> Fraction | None:
    """이십오, 삼천오백, 2만 5천, 25; None for what is no such number."""
    total, rest, ceiling = Fraction(0), text.replace(",", ""), 10**16
    for sign in ("조", "억", "만"):
        group, found, after = rest.rpartition(sign)
        if not found:
            continue
        if any(other in after for other in _LARGE if _LARGE[other] > _LARGE[sign]):
            return None
        value = _small(group) if group else Fraction(1)
        if value is None or _LARGE[sign] >= ceiling:
            return None
        total, rest, ceiling = total + value * _LARGE[sign], after, _LARGE[sign]
        if not rest:
            return total
    value = _small(rest)
    return None if value is None else total + value


def _small(text: str) -> Fraction | None:
    """Up to 9999, or a number in figures."""
    if _FIGURES.fullmatch(text):
        return Fraction(text)
    total, current, ceiling, place = Fraction(0), Fraction(-1), 10**4, 0
    while place < len(text):
        sign = text[place]
        if (figures := _FIGURES.match(text, place)) and current < 0:
            current, place = Fraction(figures[0]), figures.end()
            continue
        if sign in _SINO and current < 0 and (_SINO[sign] or len(text) == 1):
            current = Fraction(_SINO[sign])
        elif sign in _SCALES and _SCALES[sign] < ceiling and current != 0:
            total, ceiling, current = (
                total + (current if current > 0 else 1) * _SCALES[sign],
                _SCALES[sign],
                Fraction(-1),
            )
        else:
            return None
        place += 1
    return total + current if current >= 0 else total if text else None
