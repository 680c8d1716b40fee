"""What was said over our answer: a wish, a sign of listening, or our own voice? Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from assistant.korean import dialogue as korean
from assistant.language import is_korean
from assistant.think.dialogue import echoes

Interjection = Literal["wish", "backchannel", "echo", "noise"]

_BACKCHANNELS = frozenset(
    [
        *("mhm", "mm", "mmm", "hmm", "hm", "mmhmm", "uhhuh", "uh", "huh", "um", "aha", "ah", "oh", "ooh", "wow"),
        *("yeah", "yep", "yes", "yup", "okay", "ok", "right", "sure", "really", "nice", "cool", "great", "good"),
        *("interesting", "exactly", "indeed", "true", "alright", "see", "gotcha", "ha", "haha", "hahaha", "eh", "er"),
        *("erm", "well", "so", "and"),
    ]
)
"""Words by which a listener says "go on"."""
_HUM = re.compile(r"[mhn ]+|u+h? ?h[ua]+h?")
"""However the recogniser spells a hum: "MHN", "M H M"."""
_PHRASES = frozenset(
    [
        "i see",
        "oh i see",
        "ah i see",
        "of course",
        "got it",
        "i know",
        "no way",
        "oh my",
        "oh my god",
        "my god",
        "oh dear",
    ]
)
_HEARD_FOR_STOP = frozenset(["start", "starts", "started", "top", "step"])
"""As what the recogniser writes down a "stop" that was said over our voice: its beginning lies under our own sound."""
MAX_BACKCHANNEL_WORDS = 3
MAX_STOP_WORDS = 3
MOST = 0.7


def judge_interjection(text: str, spoken: str, *, asked: bool) -> Interjection:
    """`text` was heard while we said `spoken`; `asked`: we have put a question, so that a yes is an answer."""
    words = _words(text)
    if not words:
        return "noise"
    if _is_ours(words, spoken):
        return "echo"
    plain = " ".join(words)
    if is_korean(text):
        return "backchannel" if not asked and korean.is_backchannel(text) else "wish"
    listening = len(words) <= MAX_BACKCHANNEL_WORDS and (
        all(word in _BACKCHANNELS for word in words) or plain in _PHRASES or _HUM.fullmatch(plain) is not None
    )
    return "backchannel" if listening and not asked else "wish"


def stop_misheard(text: str, spoken: str, is_stop: Callable[[str], bool]) -> str:
    """The stop words for which these words were taken while we said `spoken`: "Start!", "start talking".

    Empty where they are none, or where the word is one of our own.
    """
    first, *rest = re.findall(r"[a-z']+|\d+", text.lower()) or [""]
    if first not in _HEARD_FOR_STOP or first in re.findall(r"[a-z']+", spoken.lower()):
        return ""
    meant = " ".join(["stop", *rest])
    return meant if is_stop(meant) else ""


def stop_after_ours(text: str, spoken: str, is_stop: Callable[[str], bool]) -> str:
    """The stop word that somebody said into our sentence, when words of ours were heard before it: "a knight. Stop!"

    Empty when there is none; "don't stop" is none, because "don't" is not ours.
    """
    words, ours = _words(text), {*_words(spoken)}
    for size in range(1, min(MAX_STOP_WORDS, len(words) - 1) + 1):
        before = words[:-size]
        known = sum(word in ours or is_stop(word) for word in before)
        if is_stop(" ".join(words[-size:])) and known >= MOST * len(before):
            return " ".join(words[-size:])
    return ""


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z']+|\d+|[가-힣]+", text.lower().replace("-", ""))


def _is_ours(words: list[str], spoken: str) -> bool:
    """Three words and more may have been misheard a little; one or two must be ours exactly, in our order."""
    if len(words) >= 3:
        return echoes(" ".join(words), spoken)
    ours = _words(spoken)
    return any(ours[at : at + len(words)] == words for at in range(len(ours)))
