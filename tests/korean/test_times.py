"""Korean spans of time and times of day."""

from __future__ import annotations

import pytest

from assistant.korean.times import duration_ends, time_ends

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("십분", 600), ("1시간30분", 5400), ("한시간반", 5400), ("두시간십오분", 8100), ("일분삼십초", 90),
        ("반시간", 1800),
        ("90초", 90), ("5분쯤", 300), ("하루", 86_400), ("일주일", 604_800), ("3일", 259_200), ("열두시간", 43_200),
    ],
)  # fmt: skip
def test_duration(text: str, seconds: int) -> None:
    """The longest reading covers the whole text."""
    assert (len(text), seconds) == next((end, span.total_s) for end, span in duration_ends(text))


@pytest.mark.parametrize("text", ["일요일", "3일요일", "분", "시간", "타이머", "열두시"])
def test_no_duration(text: str) -> None:
    """Days of the week, units alone and times of day are no spans."""
    assert [] == [end for end, _ in duration_ends(text) if end == len(text)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("오후세시이십분", "3:20 pm"), ("일곱시반", "7:30"), ("7시30분", "7:30"), ("19:30", "7:30 pm"), ("정오",
        "12:00 pm"),
        ("자정", "12:00 am"), ("저녁여섯시십분전", "5:50 pm"), ("밤열두시", "12:00 am"), ("새벽두시", "2:00 am"),
        ("13시", "1:00 pm"), ("오전9시정각", "9:00 am"), ("낮열두시", "12:00 pm"), ("열한시오분", "11:05"),
        ("밤11시", "11:00 pm"),
    ],
)  # fmt: skip
def test_time(text: str, said: str) -> None:
    """The longest reading, in the form that tools take."""
    assert (len(text), said) == next((end, str(found)) for end, found in time_ends(text))


@pytest.mark.parametrize("text", ["세시간", "25시", "시", "오분"])
def test_no_time(text: str) -> None:
    """Spans and hours that no day has are no times of day."""
    assert [] == [end for end, _ in time_ends(text) if end == len(text)]
