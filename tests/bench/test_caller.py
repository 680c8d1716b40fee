"""What the calibration counts as right and wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.bench.caller import Outcome, Sentence, read_sentences, report, table
from assistant.types import JsonDict, ToolCall, ToolSpec

pytestmark = pytest.mark.unit

SPECS = {
    name: ToolSpec(name=name, description="Do it.", parameters={}, effect="change")
    for name in ("alarm.set", "timer.set")
}


def _outcome(tool: str, wanted: JsonDict, proposed: str, given: JsonDict, confidence: float) -> Outcome:
    calls = (ToolCall(tool=proposed, arguments=given, confidence=confidence),) if proposed else ()
    sentence = Sentence(text="words", tool=tool, arguments=wanted)
    return Outcome(sentence=sentence, calls=calls, ms=100.0, verdict="act")


def test_right_is_the_tool_with_its_arguments() -> None:
    """A wrong tool, a wrong time and a call for a sentence that means nothing are wrong, from their confidence down."""
    outcomes = [
        _outcome("alarm.set", {"time": "half past seven"}, "alarm.set", {"time": "7:30"}, 0.45),
        _outcome("alarm.set", {"time": "seven"}, "alarm.set", {"time": "8:00"}, 0.3),
        _outcome("alarm.set", {}, "timer.set", {"minutes": 7}, 0.2),
        _outcome("", {}, "timer.set", {"minutes": 7}, 0.1),
        _outcome("timer.set", {"minutes": 5}, "", {}, 0.0),
    ]
    rows = {threshold: (right, wrong, meant) for threshold, right, wrong, meant in table(outcomes, SPECS, "change")}
    assert (1, 3, 4) == rows[0.0]
    assert (1, 1, 4) == rows[0.3]
    assert (1, 0, 4) == rows[0.4]
    assert (0, 0, 4) == rows[0.5]
    told = list(report(outcomes, SPECS, everything=False))
    assert 4 == sum("meant:" in line for line in told)


def test_a_line_without_a_meaning_is_refused(tmp_path: Path) -> None:
    """Lines are a text, a tab and a meaning; `-` means that nothing may be done."""
    file = tmp_path / "sentences.tsv"
    file.write_text('# told\nfive minutes\ttimer.set {"minutes": 5}\nhello\t-\n', encoding="utf-8")
    first, second = read_sentences(file)
    assert ("timer.set", {"minutes": 5}) == (first.tool, first.arguments)
    assert ("hello", "") == (second.text, second.tool)
    file.write_text("hello", encoding="utf-8")
    with pytest.raises(ValueError, match="hello"):
        list(read_sentences(file))
