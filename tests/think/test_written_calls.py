"""Calls in a text: found however the text is cut, and nothing else is lost."""

from __future__ import annotations

import pytest

from assistant.think.written_calls import WrittenCalls

pytestmark = pytest.mark.unit

CALL = '<tool_call>\n{"name": "clock__time", "arguments": {"city": "Tokyo"}}\n</tool_call>'
FOUND = ("clock__time", '{"city": "Tokyo"}')


@pytest.mark.parametrize(
    ("text", "said", "calls"),
    [
        ("Just words.", "Just words.", 0), (CALL, "", 1), (f"Let me see. {CALL}\n{CALL}", "Let me see. ", 2),
        (f"{CALL}\n\nIt is late.", "It is late.", 1), ("1 < 2 <tool", "1 < 2 <tool", 0),
        (f"a <tool {CALL}", "a <tool ", 1), (CALL.removesuffix("</tool_call>"), "", 1), ("", "", 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [1, 2, 5, 11, 1000])
def test_however_it_is_cut(text: str, said: str, calls: int, size: int) -> None:
    """The same words and calls, whatever pieces the text comes in."""
    written = WrittenCalls()
    heard = "".join(written.feed(text[at : at + size]) for at in range(0, len(text), size)) + written.flush()
    assert (said, [FOUND] * calls) == (heard, written.found)


def test_words_are_not_held_back() -> None:
    """Only what may begin a call waits."""
    written = WrittenCalls()
    assert ["Hello ", "there", " ", "<tom> "] == [written.feed(piece) for piece in ("Hello ", "there", " <to", "m> ")]


@pytest.mark.parametrize("inside", ["set a timer", "[]", '{"arguments": {}}', '{"name": 5}', '{"name": "a"'])
def test_what_is_no_call(inside: str) -> None:
    """Told as what can't be read; it is never words."""
    written = WrittenCalls()
    with pytest.raises(ValueError, match=r"."):
        written.feed(f"<tool_call>{inside}</tool_call>")


def test_arguments_as_text() -> None:
    """Some models write the arguments as a text that holds JSON; none at all are none."""
    written = WrittenCalls()
    written.feed(
        '<tool_call>{"name": "a", "arguments": "{\\"b\\": 1}"}</tool_call><tool_call>{"name": "c"}</tool_call>'
    )
    assert [("a", '{"b": 1}'), ("c", "{}")] == written.found
