"""Yes, no, stop and hums in Korean; the digits of a PIN."""

from __future__ import annotations

import pytest

from assistant.korean.dialogue import is_backchannel, looks_whole, pin_digits
from assistant.think.confirm import pin_digits as any_pin
from assistant.think.dialogue import answer_of, needs_facts, wants_more
from assistant.think.fastpath import stop_intent
from assistant.think.interjection import judge_interjection

pytestmark = pytest.mark.unit


def test_yes_and_no() -> None:
    """Short answers are answers, whole sentences are not."""
    assert [True] * 5 == [answer_of(text) for text in ("응", "네!", "그래요.", "네, 해 주세요", "맞아")]
    assert [False] * 5 == [answer_of(text) for text in ("아니", "아니요.", "하지 마", "됐어요", "괜찮아요")]
    assert [None] * 3 == [answer_of(text) for text in ("네 시에 깨워 줘", "아니 십이 분", "불 켜 줘")]


def test_stop() -> None:
    """What only wants us to stop."""
    assert ["stop"] * 4 == [stop_intent(text) for text in ("그만", "멈춰!", "됐어", "조용히 해 줘")]
    assert ["cancel", "pause"] == [stop_intent("취소해 줘"), stop_intent("잠깐만요")]
    assert [None] * 3 == [stop_intent(text) for text in ("타이머 멈춰", "음악 꺼 줘", "그만 둔 이유가 뭐야")]


def test_listening() -> None:
    """A hum over our answer is no wish; a yes to our question is."""
    assert is_backchannel("음 그렇구나") and not is_backchannel("불 꺼")
    assert "backchannel" == judge_interjection("아하, 그래?", "고래는 포유류예요", asked=False)
    assert "wish" == judge_interjection("네", "할까요?", asked=True)
    assert "wish" == judge_interjection("불 꺼 줘", "고래는 포유류예요", asked=False)
    assert "echo" == judge_interjection("고래는 포유류예요", "고래는 포유류예요", asked=False)


def test_hints() -> None:
    """Whole questions, wishes for more, and what hangs on the date."""
    assert looks_whole("하늘은 왜 파래?") and not looks_whole("하늘은") and not looks_whole("왜")
    assert wants_more("더 자세히 말해 줘") and not wants_more("날씨 말해 줘")
    assert needs_facts("오늘 무슨 날이야") and not needs_facts("고래가 뭐야")


def test_pin() -> None:
    """Digits in words and figures; a sentence with a number in it is no PIN."""
    assert ("1234", "4821", "0907") == (
        pin_digits("일이삼사"),
        pin_digits("비밀번호는 4 8 2 1이야"),
        pin_digits("공구공칠"),
    )
    assert ("", "") == (pin_digits("타이머 십 분"), pin_digits("문 열어"))
    assert "1234" == any_pin("일 이 삼 사")
