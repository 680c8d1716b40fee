"""What was said over our answer, as a table."""

from __future__ import annotations

import pytest

from assistant.think.interjection import judge_interjection, stop_after_ours, stop_misheard

pytestmark = pytest.mark.unit

SPOKEN = "Okay, your timer for ten minutes is set. The sky looks blue because air scatters the short waves of light."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "noise"),
        (" ... ", "noise"),
        ("♪", "noise"),
        ("MHN", "backchannel"),
        ("M H M.", "backchannel"),
        ("Mm-hmm.", "backchannel"),
        ("uh-huh okay", "backchannel"),
        ("Uh huh.", "backchannel"),
        ("hm", "backchannel"),
        ("yes", "backchannel"),
        ("Yeah, right.", "backchannel"),
        ("I see.", "backchannel"),
        ("Oh my God!", "backchannel"),
        ("the sky looks blue because", "echo"),
        ("your time for ten minutes is set", "echo"),
        ("ten minutes", "echo"),
        ("Okay.", "echo"),
        ("stop", "wish"),
        ("stop it please now", "wish"),
        ("no", "wish"),
        ("wait", "wish"),
        ("7", "wish"),
        ("minutes ten", "wish"),
        ("yes but why", "wish"),
        ("yeah yeah yeah yeah", "wish"),
        ("what is the time", "wish"),
        ("hello there", "wish"),
    ],
)
def test_what_was_said_over_an_answer(text: str, expected: str) -> None:
    """Noise and our own voice are dropped, signs of listening let it go on, all else is a wish."""
    assert expected == judge_interjection(text, SPOKEN, asked=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("yes", "wish"), ("Mm-hmm.", "wish"), ("sure", "wish"), ("", "noise"), ("ten minutes", "echo"), ("no", "wish")],
)
def test_after_a_question_a_yes_is_an_answer(text: str, expected: str) -> None:
    """The same words mean more when we have asked; noise and echo stay what they are."""
    assert expected == judge_interjection(text, SPOKEN, asked=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ten minutes. Stop!", "stop"),
        ("Stop. Stop.", "stop"),
        ("ten minutes is stop it", "stop it"),
        ("Stop.", ""),
        ("don't stop", ""),
        ("where is the bus stop", ""),
        ("", ""),
    ],
)
def test_a_stop_word_behind_our_own_words_is_one(text: str, expected: str) -> None:
    """What was heard of us before it does not hide it; a sentence of somebody's own is none."""
    stops = {"stop", "stop it"}
    assert expected == stop_after_ours(text, SPOKEN, stops.__contains__)


@pytest.mark.parametrize(
    ("text", "spoken", "expected"),
    [
        ("Start!", SPOKEN, "stop"),
        ("start it", SPOKEN, "stop it"),
        ("Top.", SPOKEN, "stop"),
        ("start a timer", SPOKEN, ""),
        ("Start!", "When shall we start?", ""),
        ("", SPOKEN, ""),
    ],
)
def test_a_stop_that_was_misheard_over_our_voice(text: str, spoken: str, expected: str) -> None:
    """Whole stop words only, and none that is an echo of ours."""
    assert expected == stop_misheard(text, spoken, {"stop", "stop it"}.__contains__)


def test_nothing_is_ours_while_nothing_was_said() -> None:
    """Before the first word of an answer there is no echo."""
    assert "wish" == judge_interjection("ten minutes", "", asked=False)
