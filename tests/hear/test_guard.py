"""The guard believes what people say and doubts loops, early stops and words out of noise."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.hear.guard import (
    FRAME_S,
    Decode,
    Speech,
    believable,
    better,
    collapse,
    cut_at,
    doubts,
    evidence,
    goes_on,
    is_doubtful_after,
    not_begun_again,
    said_once,
    worth_retry,
)

pytestmark = pytest.mark.unit

VOICE = Speech(seconds=2.0, sustained=0.98)


def decode(text: str, logprob: float = -0.3, *, ended: bool = True, no_speech: float = 0.1, lang: str = "en") -> Decode:
    tokens = max(1, len(text) // 4)
    return Decode(text=text, language=lang, avg_logprob=logprob, no_speech_prob=no_speech, ended=ended, tokens=tokens)


@pytest.mark.parametrize(
    ("text", "logprob", "seconds", "expected"),
    [
        ("Set a timer for ten minutes.", -0.2, 1.7, ()),
        ("stop", -0.9, 0.4, ()),
        ("computer", -1.5, 0.6, ()),
        ("Call 555 867 5309.", -0.3, 3.4, ()),
        ("no no no", -0.4, 0.9, ()),
        ("a much longer text that is quite improbable", -1.3, 2.6, ("improbable",)),
        ("Turn turn turn turn turn", -0.2, 1.6, ("repeats",)),
        ("Okay, Naboo.", -0.4, 2.5, ("too_few_words",)),
        ("34.", -0.5, 3.9, ("too_few_words",)),
        ("computer computer", -0.7, 0.6, ("repeats",)),
        ("We wait. The boats are here now. The boats are here now.", -0.1, 3.5, ("repeats",)),
        ("Go up the stairs and wait a moment, wait a moment", -0.1, 3.5, ()),
        ("Why is the sky blue on a fine day in spring and autumn?", -0.3, 1.0, ("too_many_words",)),
    ],
)
def test_doubts_name_what_is_wrong(text: str, logprob: float, seconds: float, expected: tuple[str, ...]) -> None:
    """Ordinary speech has no doubts; loops, early stops and improbable text are named."""
    assert expected == doubts(decode(text, logprob), Speech(seconds=seconds, sustained=0.98))


def test_a_loop_that_was_cut_off_is_doubted_three_times_over() -> None:
    """A loop shows as a missing end, as compressible text, as repeats and as too many words."""
    looping = decode("Make me a coffee. " * 20, -0.1, ended=False)
    assert ("no_end", "compression", "repeats", "too_many_words") == doubts(looping, VOICE)


@pytest.mark.parametrize("language", ["ja", "zh", "ko"])
def test_dense_scripts_have_no_letter_rate(language: str) -> None:
    """Few signs for much speech are normal where a sign is a syllable or a word."""
    assert () == doubts(decode("明日の天気", lang=language), Speech(seconds=1.8, sustained=0.98))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("computer computer computer computer computer", "computer"),
        ("Stop. Stop! stop, STOP", "Stop."),
        ("no no no", "no no no"),
        ("I like it. I like it.", "I like it. I like it."),
        ("I like it. I like it. I like it. So", "I like it. So"),
        ("well turn it off turn it off turn it off", "well turn it off"),
        ("one  two", "one  two"),
        ("... ... ... ... ...", "... ... ... ... ..."),
        ("", ""),
    ],
)
def test_collapse_cuts_loops_only(text: str, expected: str) -> None:
    """What is said often enough to be a loop is kept once, all else as it was."""
    assert expected == collapse(text)


@pytest.mark.parametrize(
    ("text", "logprob", "no_speech", "sustained", "expected"),
    [
        ("Turn on the light.", -0.3, 0.1, 0.98, True),
        ("computer", -1.6, 0.3, 0.97, True),
        ("Thank you.", -0.4, 0.1, 0.97, True),
        ("mumble", -2.5, 0.1, 0.97, False),
        ("Turn on the light.", -0.3, 0.1, 0.7, True),
        ("Let's do it!", -0.9, 0.3, 0.84, False),
        ("Thank you!", -0.6, 0.15, 0.83, False),
        ("No no no no no no", -0.3, 0.2, 0.7, False),
        ("Okay Nabu", -0.1, 0.1, 0.7, False),
        ("Oh", -0.1, 0.1, 0.3, False),
        ("...", -0.1, 0.1, 0.98, False),
        ("", 0.0, 0.1, 0.98, False),
    ],
)
def test_words_need_a_voice_or_high_probability(
    text: str, logprob: float, no_speech: float, sustained: float, expected: bool
) -> None:
    """Certain speech is believed, weak evidence only with probable words that are neither subtitles nor the prompt."""
    speech = Speech(seconds=1.0, sustained=sustained)
    assert expected == believable(decode(text, logprob, no_speech=no_speech), speech, "Okay Nabu,")


def test_a_noise_is_not_worth_a_second_look() -> None:
    """Doubts lead to another decoding only where a voice is likely."""
    doubtful = decode("No no no no no no no")
    assert (True, False) == tuple(
        worth_retry(doubtful, Speech(seconds=1.0, sustained=sustained)) for sustained in (0.95, 0.5)
    )


def test_better_prefers_the_decode_without_doubts() -> None:
    """A loop may be very probable: it is the doubts that count first."""
    looping, sound = decode("computer " * 10, -0.05), decode("Computer, what time is it?", -0.6)
    assert sound == better(looping, sound, VOICE)
    assert sound == better(sound, looping, VOICE)


def test_of_two_loops_one_turn_is_kept() -> None:
    """When every try loops, the words are said once."""
    looping = decode("computer " * 20, -0.05, ended=False)
    assert "computer" == better(looping, looping, VOICE).text


def test_spoken_repeats_are_kept() -> None:
    """A number of four equal digits is no loop when its length fits the speech."""
    number = decode("four four four four")
    assert number == better(number, number, Speech(seconds=1.4, sustained=0.98))


def test_evidence_needs_a_quarter_of_a_second() -> None:
    """One loud frame is no voice, eight in a row are; short sound is judged by what there is."""
    click, word = np.zeros(50, np.float32), np.zeros(50, np.float32)
    click[20], word[20:28] = 1.0, 1.0
    assert Speech(seconds=FRAME_S, sustained=0.125) == evidence(click)
    assert Speech(seconds=8 * FRAME_S, sustained=1.0) == evidence(word)
    assert Speech(seconds=2 * FRAME_S, sustained=1.0) == evidence(np.ones(2, np.float32))
    assert Speech(seconds=0.0, sustained=0.0) == evidence(np.zeros(0, np.float32))


def test_the_cut_lies_in_the_longest_silence() -> None:
    """Long sound is cut in the middle of a pause, within the window, and not in a shorter pause."""
    probabilities = np.ones(1000, np.float32)
    probabilities[500:504] = 0.0
    probabilities[700:720] = 0.0
    assert 710 * FRAME_S == pytest.approx(cut_at(probabilities, 10.0, 28.0), abs=4 * FRAME_S)


def test_a_sentence_that_comes_twice_is_told_once() -> None:
    """A beam likes to say a short sentence again; a word said twice may be meant."""
    assert "Brew a mocha." == said_once("Brew a mocha. Brew a mocha.")
    assert "no no" == said_once("no no")
    assert "four four five" == said_once("four four five")


def test_a_sentence_that_begins_again_is_cut() -> None:
    """Four words of it at least, too many for the time; else it may well have been said."""
    order = "May I have a large mocha with sugar."
    speech = Speech(seconds=2.0, sustained=0.98)
    assert order == not_begun_again(f"{order} May I have a large", speech)
    assert order == not_begun_again(f"{order} {order}", speech)
    for said in (f"{order} May I have", f"{order} May I have two of them", "", "one two three four"):
        assert said == not_begun_again(said, speech)
    twice = f"{order} May I have a large"
    assert twice == not_begun_again(twice, Speech(seconds=4.0, sustained=0.98))


@pytest.mark.parametrize(
    ("text", "logprob", "doubtful"),
    [
        ("Okay Nabu, yeah", -0.43, True), ("Okay Nabu, Okay Nabu, whew!", -0.5, True),
        ("Okay Nabu, thank you!", -0.18, True), ("Okay Nabu, stop.", -0.13, False), ("Okay Nabu,", -0.6, False),
        ("Okay Nabu, turn it off", -0.6, False),
    ],
)  # fmt: skip
def test_few_uncertain_words_behind_a_wake_word_are_doubted(text: str, logprob: float, doubtful: bool) -> None:
    """A sneeze behind it becomes "yeah"; a sure word, none at all, or a whole command is left alone."""
    assert doubtful == is_doubtful_after(decode(text, logprob), "Okay Nabu,")


def test_what_goes_on_behind_a_wake_word() -> None:
    """However often it was written, and however it was spelled."""
    heard = ("Okay, Naboo.", "Okay Nabu, okay Nabu.", "Okay Nabu. Yeah.")
    assert [False, False, True] == [goes_on(decode(text, -0.5), "Okay Nabu,") for text in heard]
