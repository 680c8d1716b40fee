"""The wake words as a recogniser of Korean writes them, and what it is told before a command that follows one."""

from __future__ import annotations

import re

from assistant.language import Tongue

_SPELLED = {
    "okay nabu": r"(?:오 ?케이?|옥케이|오키|오게이|ok|okay)[ ,.]*(?:나\s?[부브뷰보버]우?|라부|나무|다부|nabu)",
    "hey jarvis": r"(?:헤이|해이|hey)[ ,.]*(?:[자쟈][비뷔]스|jarvis)",
    "hey mycroft": r"(?:헤이|해이|hey)[ ,.]*(?:마이 ?크로프[트츠]|mycroft)",
    "alexa": r"(?:알렉[사싸]|아렉사|alexa)",
}
_SAID = {"okay nabu": "오케이 나부", "hey jarvis": "헤이 자비스", "hey mycroft": "헤이 마이크로프트", "alexa": "알렉사"}
_CALLED = re.compile(r"^(?:오케이|오 케이|헤이)[,.! ]+", re.IGNORECASE)
_PARTICLE = r"(?:야|아)?[\s,.!?…-]*"


def wake_prompt(phrase: str, tongue: Tongue) -> str:
    """Given to the recogniser as what was said before: it then spells the wake word as we know it, and does not take
    the wake word alone for the whole (of 123 wake words with a command, 110 came out exactly, 95 without it). Nothing
    where either language may follow: a prompt in one of them would choose it.

    In English it goes on from the wake words instead (`assistant.hear.wakephrase.wake_beginning`); the prompt serves
    to tell a noise from words, and to hear a sound again.
    """
    if len(tongue.expected) > 1:
        return ""
    if tongue.now == "ko":
        called = _SAID.get(phrase.casefold(), phrase)
        return f"{called}, 멈춰. {called}, 음악 틀어 줘."
    return f"{phrase}, stop. {phrase}, play some music."


def strip_korean_wake(text: str, phrase: str) -> str:
    """`text` without the wake words in Hangul that it begins with; unchanged where it has none."""
    spelled = _SPELLED.get(phrase.casefold())
    if spelled is None:
        return text
    cut = re.sub(rf"^[\s,.]*(?:{spelled}{_PARTICLE}){{1,3}}", "", text, flags=re.IGNORECASE)
    return _CALLED.sub("", cut) if " " in phrase else cut
