"""Korean answers to the questions of skills."""

from __future__ import annotations

import datetime as dt

import pytest

from assistant.skillhost.asking import read_answer
from assistant.spoken import Duration

pytestmark = pytest.mark.unit


def test_values() -> None:
    """Numbers, spans and times, with what people put around them."""
    assert [12, 3, 2.5] == [read_answer("number", text) for text in ("십이", "세 개요", "이 점 오")]
    assert Duration(minutes=10) == read_answer("duration", "십 분으로 해 주세요")
    assert dt.time(19, 30) == read_answer("time", "저녁 일곱 시 반이요")
    assert [True, False] == [read_answer("yes_no", "네"), read_answer("yes_no", "아니요")]
    assert [None] * 3 == [read_answer(slot, "모르겠어") for slot in ("number", "duration", "time")]


def test_choices() -> None:
    """By name, by place, slightly misheard; and the words for going on through a list."""
    rooms = ["거실", "작은 방", "주방"]
    assert ["거실", "작은 방", "주방"] == [read_answer(rooms, text) for text in ("거실이요", "작은방", "세 번째")]
    assert read_answer(rooms, "화장실") is None
    assert ["go on", "enough"] == [read_answer(("yes", "go on", "enough"), text) for text in ("계속해 줘", "그만")]
