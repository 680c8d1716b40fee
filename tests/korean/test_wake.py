"""Wake words in Hangul are cut from the front of what was said, and nothing else is."""

from __future__ import annotations

import pytest

from assistant.hear.wakephrase import strip_wake
from assistant.korean.wake import wake_prompt
from assistant.language import Tongue

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "phrase", "left"),
    [
        ("오케이 나부, 불 켜 줘", "Okay Nabu", "불 켜 줘"), ("오케이 나부야 지금 몇 시야?", "Okay Nabu",
        "지금 몇 시야?"),
        ("OK 나부 타이머 맞춰 줘", "Okay Nabu", "타이머 맞춰 줘"), ("오케이, 불 켜", "Okay Nabu", "불 켜"),
        ("헤이 자비스 음악 틀어", "Hey Jarvis", "음악 틀어"), ("알렉사, 그만", "Alexa", "그만"),
        ("나무를 심어 줘", "Okay Nabu", "나무를 심어 줘"), ("알렉사 불 켜 줘", "Okay Nabu", "알렉사 불 켜 줘"),
        ("오늘 날씨 어때", "Okay Nabu", "오늘 날씨 어때"),
    ],
)  # fmt: skip
def test_cut(text: str, phrase: str, left: str) -> None:
    """However it is spelled; a word that only begins like it stays."""
    assert left == strip_wake(text, phrase)


def test_prompt() -> None:
    """The recogniser is told the wake word in the one language that it may expect."""
    assert "Okay Nabu, stop. Okay Nabu, play some music." == wake_prompt("Okay Nabu", Tongue("en"))
    assert wake_prompt("Okay Nabu", Tongue("ko")).startswith("오케이 나부, 멈춰.")
    assert "" == wake_prompt("Okay Nabu", Tongue("auto"))
