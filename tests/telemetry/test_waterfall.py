"""The picture of a turn: its bars, its numbers, and what it makes of half a turn."""

from __future__ import annotations

import pytest

from assistant.telemetry.waterfall import Span, spans, waterfall

pytestmark = pytest.mark.unit

TIMINGS = {
    "transcript": 200.0,
    "decode_ms": 150.0,
    "end_decided": 300.0,
    "routed": 220.0,
    "first_text": 220.0,
    "first_sound_ready": 240.0,
    "first_audio": 320.0,
}


def test_stages_begin_when_what_they_need_is_there() -> None:
    """Thinking runs while the end is being decided; sound waits for both."""
    assert [
        Span(name="end of turn", start_ms=0.0, end_ms=300.0),
        Span(name="transcript", start_ms=50.0, end_ms=200.0),
        Span(name="understanding", start_ms=200.0, end_ms=220.0),
        Span(name="first words", start_ms=220.0, end_ms=220.0),
        Span(name="voice", start_ms=220.0, end_ms=240.0),
        Span(name="loudspeaker", start_ms=300.0, end_ms=320.0),
    ] == spans(TIMINGS)


def test_the_picture() -> None:
    """One line a stage, a scale, and round numbers below it."""
    assert [
        "end of turn   |######################################  |     0 -   300 ms",
        "transcript    |      ###################               |    50 -   200 ms",
        "understanding |                         ###            |   200 -   220 ms",
        "first words   |                            #           |   220 -   220 ms",
        "voice         |                            ##          |   220 -   240 ms",
        "loudspeaker   |                                      ##|   300 -   320 ms",
        "              +----------------------------------------+",
        "               0           100          200          300 ms after the end of speech",
    ] == waterfall(TIMINGS, 40).splitlines()


def test_work_before_the_end_of_speech() -> None:
    """A transcript that was ready while the person still spoke lies left of nought."""
    lines = waterfall({"transcript": -50.0, "decode_ms": 100.0, "end_decided": 150.0, "first_audio": 200.0}, 35)
    assert "transcript  |##########                         |  -150 -   -50 ms" == lines.splitlines()[1]
    assert lines.splitlines()[-1].split()[:2] == ["-100", "0"]


def test_no_stages_no_picture() -> None:
    """A turn that never ended has nothing to show."""
    assert "" == waterfall({}) == waterfall({"done": 12.0})
