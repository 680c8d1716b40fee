"""Whether a begun answer is trusted: from its tokens and the question's words."""

from __future__ import annotations

import pytest

from assistant.errors import ConfigError
from assistant.think.sureness import HELD_TOKENS, Sureness, evidence, load_sureness, read_sureness

pytestmark = pytest.mark.unit

LINE = Sureness(weights={"mean_log_p": -4.0}, bias=-2.0, threshold=0.5, choice=(3.0, -6.0))


def test_unlikely_tokens_make_unsure() -> None:
    """The line divides what was likely from what was not."""
    assert LINE.unsure("why", "It is", [(0.3, 2.0)] * 4)
    assert not LINE.unsure("why", "It is", [(0.9, 0.4)] * 4)


def test_without_probabilities_nothing_is_unsure() -> None:
    """A model that tells none is trusted as before."""
    assert not LINE.unsure("why", "It is", [])


def test_only_the_beginning_counts() -> None:
    """Tokens beyond those that are held back change nothing."""
    begun = [(0.9, 0.2)] * HELD_TOKENS
    assert evidence("why", "It is", begun) == evidence("why", "It is", [*begun, (0.001, 7.0)])


def test_a_sure_choice_of_tools_has_low_odds() -> None:
    """The confidence in a call, which passed its schema, is on the same scale."""
    assert LINE.choice_odds(0.95) < 0.5 < LINE.choice_odds(0.1)


def test_impossible_probabilities_do_not_break_it() -> None:
    """Zero is taken for very little."""
    assert 0.0 <= LINE.odds("why", "", [(0.0, 12.0)]) <= 1.0


def test_another_talker_has_none() -> None:
    """A model of which nothing is known is not judged."""
    assert load_sureness("smollm2-135m-instruct-q4_1") is None


@pytest.mark.parametrize("text", ["fit = [1]", "[[fit]]\nweak = 'a'", "= 3"])
def test_a_broken_file_is_told(text: str) -> None:
    """In a sentence, without a traceback."""
    with pytest.raises(ConfigError, match="weights of the router"):
        read_sureness(text)
