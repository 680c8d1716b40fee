"""The passages of a text that a question is about, found on the device by their words (BM25); pure."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

WORDS = 110
"""Words of one passage, about a paragraph; half of it is in the next one too, so that no sentence is cut off."""
MOST = 4
"""Passages that are taken for one question."""
K1, B = 1.5, 0.75
"""The usual constants of BM25 (Robertson and Zaragoza 2009)."""
_WORD = re.compile(r"[^\W_]+(?:'[a-z]+)?")
_COMMON_WORDS = """
a an and any are as at be been being but by can could did do does for from had has have he her his how i if in into is
it its may me might must my no not of on or our shall she should so some such than that the their them then there these
they this those to was we were what when where which who whom whose why will with would you your about tell say says
said document file
"""
_COMMON = frozenset(_COMMON_WORDS.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a text; `page` counts from 1, 0 where there are no pages."""

    text: str
    page: int = 0


def passages(pages: Sequence[str], *, paged: bool) -> list[Passage]:
    """A text in overlapping pieces, none across two pages."""
    found: list[Passage] = []
    for number, page in enumerate(pages, start=1):
        words = page.split()
        starts = range(0, max(len(words) - WORDS // 2, 1), WORDS // 2)
        pieces = [" ".join(words[start : start + WORDS]) for start in starts]
        found += [Passage(text=piece, page=number if paged else 0) for piece in pieces if piece]
    return found


def closest(question: str, among: Sequence[Passage], most: int = MOST) -> list[Passage]:
    """The passages that share telling words with a question, the closest first; of two that overlap the closer one."""
    wanted = set(_stems(question))
    counted = [Counter(_stems(passage.text)) for passage in among]
    if not wanted or not among:
        return []
    usual = sum(sum(words.values()) for words in counted) / len(counted)
    holds = {word: sum(word in words for words in counted) for word in wanted}
    scored = []
    for place, words in enumerate(counted):
        length = sum(words.values())
        score = 0.0
        for word in wanted & words.keys():
            weight = math.log(1 + (len(among) - holds[word] + 0.5) / (holds[word] + 0.5))
            score += weight * words[word] * (K1 + 1) / (words[word] + K1 * (1 - B + B * length / usual))
        if score > 0:
            scored.append((score, place))
    scored.sort(key=lambda each: (-each[0], each[1]))
    taken: list[int] = []
    for _, place in scored:
        if not any(abs(place - other) == 1 and among[place].page == among[other].page for other in taken):
            taken.append(place)
    return [among[place] for place in taken[:most]]


def sentence_about(question: str, passage: Passage) -> str:
    """Of a passage the two sentences that share most words with the question, as they stand there."""
    sentences = re.split(r"(?<=[.!?])\s+", passage.text)
    wanted = set(_stems(question))
    best = max(range(len(sentences)), key=lambda place: len(wanted & set(_stems(sentences[place]))))
    return " ".join(sentences[best : best + 2])


def _stems(text: str) -> list[str]:
    """Words that tell something, without the commonest English endings."""
    words = [word.lower() for word in _WORD.findall(text)]
    return [_stem(word) for word in words if word not in _COMMON]


def _stem(word: str) -> str:
    for ending, least in (("'s", 2), ("ies", 3), ("ing", 4), ("ed", 4), ("es", 4), ("s", 3), ("e", 4)):
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word.removesuffix(ending) + ("y" if ending == "ies" else "")
    return word
