"""Do these words want more? "get me a", "with a little bit of": seen on the last word and on how the recogniser ended."""

from __future__ import annotations

import re

_DANGLING = frozenset(
    "a an the my your his her its our their of to by for with without into onto between and or but nor because if when "
    "while than as every each i we they he she am was were been could would shall should may might must very".split()
)
"""English words that no everyday wish ends with. Not in it: "on", "in", "that", "have", "can", "you", which may."""

_BROKEN_OFF = re.compile(r"(\.{2,}|…|[-–—,:;])$")
_WHOLE = re.compile(r"[.?!。？！][\"')\]]*$")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_FEW_WORDS = 2
"""So short an utterance often comes without a full stop: "lights on"."""


def wants_more(text: str) -> bool:
    """Whether a transcript with the recogniser's punctuation looks broken off; false for no words.

    Whisper writes a full stop or a question mark after a sentence that is over: on 111 spoken commands it did so for all
    but 5, and on the same commands cut off in the middle for less than half.
    """
    text = text.strip()
    words = _WORD.findall(text.lower())
    if not words:
        return False
    if words[-1] in _DANGLING or _BROKEN_OFF.search(text):
        return True
    return len(words) > _FEW_WORDS and not _WHOLE.search(text)
