"""Korean answers to a question of a skill: a number, a length of time, a time of day, or one of some choices."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from difflib import get_close_matches
from fractions import Fraction

from assistant.korean.numbers import parse_number
from assistant.korean.sentence import joined, normalize
from assistant.korean.times import duration_ends, time_ends
from assistant.spoken import Duration

_TAIL = re.compile(
    r"(?:으로|로|에|을|를|이|은|는)?(?:요|이요|이에요|예요|에요|이야|야|입니다|해|맞춰|설정해|정도|쯤|부탁해|할게|할래|하자)*$"
)
_POLITE = re.compile(
    r"\s*(?:(?:으로|로)?\s*(?:해|맞춰|설정해|부탁해)\s*(?:줘|주세요|줄래|주라)?요?|이에요|예요|에요|이야|이요|입니다|요)$"
)
_COUNTERS = re.compile(r"(?:개|번|명|도|%|살|원|층|장|병|잔|마리|권|대|곡)$")
_ORDINALS = (
    ("첫번째", "첫째", "처음", "일번", "1번", "하나"),
    ("두번째", "둘째", "이번", "2번", "둘"),
    ("세번째", "셋째", "삼번", "3번", "셋"),
    ("네번째", "넷째", "사번", "4번", "넷"),
)
_GO_ON = {
    **dict.fromkeys(("계속", "계속해", "더", "더해", "더읽어", "계속읽어", "네계속", "더말해", "더알려"), "go on"),
    **dict.fromkeys(("그만", "그만해", "됐어", "충분해", "이제됐어", "이제그만"), "enough"),
    **dict.fromkeys(("다음", "다음거"), "next"),
    **dict.fromkeys(("응", "네", "예", "그래", "좋아", "어"), "yes"),
    **dict.fromkeys(("아니", "아니요", "아니오", "아뇨"), "no"),
}  # fmt: skip


def bare(text: str) -> str:
    """An answer without what makes a sentence of it: "오 분이요", "오 분으로 해 주세요" are "오 분"."""
    plain = text.strip(" .!?,")
    return _POLITE.sub("", plain) or plain


def number(text: str) -> Fraction | None:
    return next(
        (value for plain in _forms(text) if (value := parse_number(_COUNTERS.sub("", plain))) is not None), None
    )


def duration(text: str) -> Duration | None:
    return next((span for plain in _forms(text) for end, span in duration_ends(plain) if end == len(plain)), None)


def time(text: str) -> dt.time | None:
    said = next((said for plain in _forms(text) for end, said in time_ends(plain) if end == len(plain)), None)
    return None if said is None else dt.time(said.hour % 24, said.minute)


def choice(text: str, choices: Sequence[str]) -> str | None:
    """The one choice that was named, as the skill spells it; also by its place ("두 번째"), or slightly misheard."""
    plain = normalize(text)
    if (general := _GO_ON.get(plain)) in choices:
        return general
    by_words = {joined(one): one for one in choices}
    named = [one for words, one in by_words.items() if words and words in plain]
    if plain in by_words or len(named) == 1:
        return by_words.get(plain) or named[0]
    for place, words in enumerate(_ORDINALS[: len(choices)]):
        if any(plain in (word, f"{word}거", f"{word}것") for word in words):
            return choices[place]
    close = get_close_matches(_TAIL.sub("", plain), by_words, n=1, cutoff=0.75)
    return by_words[close[0]] if close and not named else None


def _forms(text: str) -> tuple[str, str]:
    plain = normalize(text)
    return plain, _TAIL.sub("", plain)
