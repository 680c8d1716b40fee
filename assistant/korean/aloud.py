"""Written Korean into words that a synthesiser says as a person would: figures with the right kind of number."""

from __future__ import annotations

import re
import unicodedata

_SINO = "영일이삼사오육칠팔구"
_SCALES = ("", "십", "백", "천")
_LARGE = ("", "만", "억", "조", "경")
_NATIVE_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_NATIVE_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
_COUNTERS = (
    "시간", "시", "개", "명", "마리", "번째", "살", "장", "병", "잔", "가지", "달", "곡", "대", "권", "군데",
    "그릇", "송이",
    "줄", "쪽지",
)  # fmt: skip
"""Words before which numbers up to 99 are native ones; but "개월" and "시" of 13 and more are not."""
_UNITS = {
    "%": "퍼센트", "°c": "도", "℃": "도", "°": "도", "km/h": "킬로미터", "km": "킬로미터", "cm": "센티미터",
    "mm": "밀리미터", "m": "미터", "kg": "킬로그램", "mg": "밀리그램", "g": "그램", "ml": "밀리리터", "l": "리터",
    "kwh": "킬로와트시", "kw": "킬로와트", "w": "와트", "k": "켈빈", "gb": "기가바이트", "mb": "메가바이트",
}  # fmt: skip
_MONEY = {"$": "달러", "€": "유로", "£": "파운드", "¥": "엔", "₩": "원"}
_MARKUP = re.compile(r"\*\*|__|`+|^#+\s*|^[-*]\s+|\[([^\]]*)\]\([^)]*\)", re.MULTILINE)
_LINK = re.compile(r"https?://\S+")
_CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-4]):([0-5]\d)(?!\d)")
_SPAN = re.compile(r"(?<=\d)\s?[~∼–]\s?(?=\d)")
_NUMBER = re.compile(
    r"(?P<sign>(?<![\w)])[-−])?(?P<money>[$€£¥₩])?(?P<whole>\d[\d,]*)(?P<rest>\.\d+)?"
    rf"\s?(?P<unit>%|°[cC]|℃|°|km/h|(?:kwh|kw|km|cm|mm|kg|mg|ml|gb|mb|g|l|w|m|k)(?![a-z]))?"
    rf"(?:\s?(?P<counter>{'|'.join(_COUNTERS)})(?![월]))?",
    re.IGNORECASE,
)
_KEPT = frozenset(" .,?!'-:;")
MAX_CHARS = 20_000


def say_aloud(text: str) -> str:
    """The words to say for a written reply in Korean: no figures, no markup, one line; may be empty."""
    text = unicodedata.normalize("NFKC", _LINK.sub(" ", _MARKUP.sub(lambda found: found[1] or "", text[:MAX_CHARS])))
    text = _SPAN.sub("에서 ", text)
    text = _CLOCK.sub(lambda found: f"{found[1]}시 {int(found[2])}분" if int(found[2]) else f"{found[1]}시", text)
    text = _NUMBER.sub(_spoken, text)
    text = text.replace("…", ". ").replace("&", " 그리고 ").replace("+", " 더하기 ").replace("=", "는 ")
    kept = (char if char.isalpha() or char in _KEPT or unicodedata.category(char) == "Mn" else " " for char in text)
    words = " ".join("".join(kept).split())
    words = re.sub(r"\s+([.,?!;:])", r"\1", re.sub(r"(?<![A-Za-z])['\-]|['\-](?![A-Za-z])", " ", words))
    words = " ".join(re.sub(r"([.,?!;:])[.,?!;:]+", r"\1", words).split()).strip(" ,;:")
    return words if any(char.isalpha() for char in words) else ""


def _spoken(found: re.Match[str]) -> str:
    whole, rest, counter = found["whole"].replace(",", ""), found["rest"] or "", found["counter"] or ""
    number = int(whole)
    native = bool(counter) and not rest and 0 < number < 100 and not (counter == "시" and number > 12)
    words = native_number(number, alone=counter == "") if native else sino_number(number)
    if rest:
        words = f"{words} 점 {' '.join(_SINO[int(digit)] for digit in rest[1:])}"
    if len(whole) > 1 and whole.startswith("0") and not rest:
        words = " ".join(_SINO[int(digit)] for digit in whole)
    unit = _UNITS.get((found["unit"] or "").lower(), "")
    after = " ".join(word for word in (unit, _MONEY.get(found["money"] or "", ""), counter) if word)
    return f"{'마이너스 ' if found['sign'] else ''}{words}{f' {after}' if after else ''}"


def sino_number(value: int) -> str:
    """십이, 이십오, 삼천오백, 이만 오천."""
    if value >= 10 ** (4 * len(_LARGE)):
        return " ".join(_SINO[int(digit)] for digit in str(value))
    groups: list[str] = []
    for large in _LARGE:
        value, group = divmod(value, 10_000)
        if group:
            words = "" if group == 1 and large == "만" and not value else _group(group)
            groups.append(f"{words}{large}")
        if not value:
            break
    return " ".join(reversed(groups)) or "영"


def _group(value: int) -> str:
    found = ""
    for place in (3, 2, 1, 0):
        digit = value // 10**place % 10
        if digit:
            found += ("" if digit == 1 and place else _SINO[digit]) + _SCALES[place]
    return found


def native_number(value: int, *, alone: bool) -> str:
    """한, 두, 열두, 스물다섯, 스무 before a counter; `alone`: 하나, 둘."""
    tens, ones = divmod(value, 10)
    if value == 20 and not alone:
        return "스무"
    last = {1: "하나", 2: "둘", 3: "셋", 4: "넷"}.get(ones, _NATIVE_ONES[ones]) if alone else _NATIVE_ONES[ones]
    return _NATIVE_TENS[tens] + last
