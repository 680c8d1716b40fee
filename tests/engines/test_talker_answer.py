"""How an answer grows: whole characters, and no piece of a tool call among the words."""

from __future__ import annotations

import math

import pytest

from assistant.engines.talker_answer import Answer

pytestmark = pytest.mark.unit


def _grow(pieces: list[bytes], *, watch_calls: bool = False) -> tuple[list[str], Answer]:
    answer = Answer(100, watch_calls=watch_calls)
    texts = [answer.add(number, piece, (0.5, 1.25)) for number, piece in enumerate(pieces)]
    return texts, answer


def test_half_characters_wait() -> None:
    """A character that is split over tokens comes out once, whole."""
    texts, _ = _grow([b"caf", b"\xc3", b"\xa9 ", b"\xf0\x9f", b"\x98\x80"])
    assert ["caf", "", "é ", "", "😀"] == texts


def test_a_broken_end_is_replaced() -> None:
    """Half a character at the very end does not raise."""
    _, answer = _grow([b"a", b"\xf0\x9f"])
    assert answer.rest() == "�"


def test_leading_space_is_dropped() -> None:
    """An answer begins with a word."""
    assert [["", "Hello", " you"]] == [_grow([b" \n", b" Hello", b" you"])[0]]


def test_a_call_is_not_said() -> None:
    """What comes before a call is said, the marker is not, and the tokens before it are known."""
    texts, answer = _grow([b"Sure. ", b"<tool", b"_call", b">"], watch_calls=True)
    assert ["Sure. ", "", "", ""] == texts
    assert (answer.call_found, answer.tokens_before_call) == (True, 1)


def test_half_a_marker_was_text() -> None:
    """What could have been a call and was not is said after all."""
    texts, answer = _grow([b"a <", b"tool", b"box>"], watch_calls=True)
    assert (["a ", "", "<toolbox>"], False) == (texts, answer.call_found)


def test_figures() -> None:
    """The end tells why, how many tokens, and how unsure the least sure token was."""
    _, answer = _grow([b"a", b"b"])
    done = answer.done("stop", 7)
    assert ("stop", 2, 7, 0.5) == (done["done"], done["tokens"], done["prompt_tokens"], done["min_prob"])
    assert done["mean_log_prob"] == pytest.approx(math.log(0.5), abs=1e-3)


def test_chances_come_once() -> None:
    """Probability and entropy of each token are told with the words that follow it, and then forgotten."""
    _, answer = _grow([b"a", b"b"])
    assert [(0.5, 1.25), (0.5, 1.25)] == answer.chances()
    assert [] == answer.chances()
