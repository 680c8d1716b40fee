"""Hangul syllables and the particles that hang on their last sound: "불을", "타이머를", "서울로", "집으로"."""

from __future__ import annotations

import re

_FIRST, _LAST = 0xAC00, 0xD7A3
_FINALS = 28
_RIEUL = 8
_DIGIT_FINAL = {"0": 1, "1": _RIEUL, "3": 1, "6": 1, "7": _RIEUL, "8": _RIEUL}
"""As read aloud: yeong, il, sam, yuk, chil and pal end in a consonant; a 0 at the end is sip, baek, cheon or man."""
_LATIN_FINAL = {"l": _RIEUL, "m": 1, "n": 1, "k": 1, "b": 1, "p": 1, "t": 1, "c": 1, "g": 1}
_SIGN_FINAL = {"%": 0, "°": 0, "℃": 0, "$": 0, "€": 0}
_SILENT = "\"'”’)]}»」』 "

_PAIRS: dict[str, tuple[str, str]] = {
    "을(를)": ("을", "를"), "이(가)": ("이", "가"), "은(는)": ("은", "는"), "와(과)": ("과", "와"),
    "(이)에요": ("이에요", "예요"), "(이)라고": ("이라고", "라고"), "(이)라는": ("이라는", "라는"),
    "(이)나": ("이나", "나"), "(이)고": ("이고", "고"), "(이)랑": ("이랑", "랑"), "(이)었어요": ("이었어요", "였어요"),
    "(으)로": ("으로", "로"),
}  # fmt: skip
"""As texts write it -> after a consonant, after a vowel."""
_MARKS = re.compile("|".join(re.escape(mark) for mark in _PAIRS))


def final_of(text: str) -> int:
    """The number of the final consonant of the last sound: 0 for none, 8 for rieul."""
    for sign in reversed(text):
        if sign in _SILENT:
            continue
        code = ord(sign)
        if _FIRST <= code <= _LAST:
            return (code - _FIRST) % _FINALS
        for finals in (_DIGIT_FINAL, _SIGN_FINAL, _LATIN_FINAL):
            if sign.lower() in finals:
                return finals[sign.lower()]
        return 0
    return 0


def with_particles(text: str) -> str:
    """The text with its marks for two forms, such as 을(를), replaced by the form that fits the word before."""
    found: list[str] = []
    place = 0
    for mark in _MARKS.finditer(text):
        found.append(text[place : mark.start()])
        after_consonant, after_vowel = _PAIRS[mark[0]]
        final = final_of("".join(found)[-24:])
        vowel = final == 0 or (mark[0] == "(으)로" and final == _RIEUL)
        found.append(after_vowel if vowel else after_consonant)
        place = mark.end()
    return "".join(found) + text[place:]
