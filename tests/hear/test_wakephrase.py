"""Wake words are cut from a transcript however they were heard, and commands stay whole."""

from __future__ import annotations

import pytest

from assistant.hear.wakephrase import strip_wake, wake_beginning
from assistant.language import Tongue

pytestmark = pytest.mark.unit

NABU, JARVIS, MYCROFT, ALEXA = "Okay Nabu", "Hey Jarvis", "Hey Mycroft", "Alexa"


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        (NABU, "Okay Nabu, set a timer for ten minutes.", "set a timer for ten minutes."),
        (NABU, "Okay, Naboo. What time is it?", "What time is it?"),
        (NABU, "OK, now boo set a timer", "set a timer"),
        (NABU, "Ok nabu", ""),
        (NABU, "Okay Naboo.", ""),
        (NABU, "Okay, Nabil, what time is it", "what time is it"),
        (NABU, "Kay Naboo and milk to the shopping list.", "and milk to the shopping list."),
        (NABU, "K Nabu, set an alarm for 6am.", "set an alarm for 6am."),
        (NABU, "A Nabu stop", "stop"),
        (NABU, "Nabu, stop", "stop"),
        (NABU, "Okay Nabu. Okay Nabu, stop.", "stop."),
        (NABU, "Okay, Naboo. 15 minutes", "15 minutes"),
        (JARVIS, "Hey Jarvis, how long is left?", "how long is left?"),
        (JARVIS, "Hey, Charvis. Stop.", "Stop."),
        (JARVIS, "May Jarvis. Next song please.", "Next song please."),
        (MYCROFT, "Hey Mycroft, stop", "stop"),
        (MYCROFT, "Hey, Minecraft, set a timer", "set a timer"),
        (MYCROFT, "Hey Microsoft, what time is it?", "what time is it?"),
        (MYCROFT, "The microth cancel the timer.", "cancel the timer."),
        (ALEXA, "Alexa, play some jazz.", "play some jazz."),
        (ALEXA, "Alexia stop", "stop"),
        (ALEXA, "A lexa stop", "stop"),
    ],
)
def test_the_wake_words_are_cut(phrase: str, text: str, expected: str) -> None:
    """Spelled right, misheard, cut in front or said twice: they go."""
    assert expected == strip_wake(text, phrase)


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        (NABU, "Okay, now boost the bass.", "now boost the bass."),
        (NABU, "Okay now set the volume to five", "now set the volume to five"),
        (NABU, "Okay, never mind.", "never mind."),
        (NABU, "Okay, name the capital of France", "name the capital of France"),
        (NABU, "Okay nine times seven", "nine times seven"),
        (NABU, "nap time in twenty minutes", "nap time in twenty minutes"),
        (NABU, "new timer for an hour", "new timer for an hour"),
        (NABU, "Nobody likes it", "Nobody likes it"),
        (NABU, "Set a timer, okay Nabu?", "Set a timer, okay Nabu?"),
        (NABU, "no", "no"),
        (NABU, "", ""),
        (JARVIS, "Hey, drive to the service station", "drive to the service station"),
        (MYCROFT, "Hey, make coffee", "make coffee"),
        (ALEXA, "all lights off", "all lights off"),
        (ALEXA, "a lexicon of words", "a lexicon of words"),
        (ALEXA, "Okay", "Okay"),
    ],
)
def test_words_of_the_command_stay(phrase: str, text: str, expected: str) -> None:
    """Where the name was lost only the call is cut, and words that merely resemble the name stay."""
    assert expected == strip_wake(text, phrase)


def test_what_a_sound_begins_with() -> None:
    """Only where no other language than English may follow: the words would choose it."""
    assert "Okay Nabu," == wake_beginning(NABU, Tongue("en"))
    assert "" == wake_beginning(NABU, Tongue("ko"))
    assert "" == wake_beginning(NABU, Tongue("auto"))
