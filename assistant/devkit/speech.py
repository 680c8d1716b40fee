"""What may be said aloud: words. No markup, no addresses, no pictures, no traces of a program."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from assistant.speak.normalize import normalize

MAX_SPOKEN_CHARS = 700
"""About fifty seconds."""

_RULES = (
    (re.compile(r"\*\*|__|`|^#{1,6} |\[[^\]]+\]\([^)]+\)|^\s*[-*•] ", re.MULTILINE), "Markdown"),
    (re.compile(r"https?://|\bwww\.|\b[\w-]+\.(?:com|org|net|io|dev|example)\b", re.IGNORECASE), "an internet address"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d"), "a moment in a computer's notation"),
    (re.compile(r"\d\.\d{5,}"), "a number with more decimals than anybody can listen to"),
    (re.compile(r"\d{13,}"), "a number that nobody can listen to"),
    (re.compile(r"[{}]|<[a-z/][^>]*>"), "a slot or a tag that was not filled"),
    (
        re.compile(
            r"Traceback|\b[A-Z]\w*(?:Error|Exception)\b|\bNone\b(?! of\b)|\b(?:NaN|nan|null|undefined)\b|object at 0x"
        ),
        "words of a program",
    ),
)


def speech_problems(text: str) -> Iterator[str]:
    """What is wrong with a sentence that is to be spoken, in words that follow "it holds"."""
    for pattern, what in _RULES:
        if found := pattern.search(text):
            yield f"{what}: '{found[0].strip()}'"
    if picture := next((sign for sign in text if unicodedata.category(sign) == "So" and sign != "°"), ""):
        yield f"a picture: '{picture}'"
    spoken = normalize(text)
    if any(sign.isdigit() for sign in spoken):
        yield "digits that have no words"
    if text.strip() and not spoken:
        yield "nothing that can be said"
    if len(text) > MAX_SPOKEN_CHARS:
        yield f"{len(text)} characters, more than anybody listens to"
