"""Sounds cut and made for the interjections, and what is judged from the events of the assistant."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from assistant.audio.files import write_wav
from assistant.bench.interjection_report import Item, Verdict, item_of, judge, paused_ms, report, rests
from assistant.bench.interjections import LONG_COMMAND, question_of
from assistant.bench.noises import (
    BACKCHANNELS,
    ORDER,
    at_pitch,
    faded,
    interjections,
    loudest_event,
    made_sorts,
    piece,
)
from assistant.bench.phrases import QUESTIONS
from assistant.bench.utterances import LEVEL, Voice
from assistant.events import Event, EventKind
from assistant.types import RATE_HZ, Samples

pytestmark = pytest.mark.unit

ONSET_MS = 2000.0
WORDS = "one two three four five six seven eight nine ten"


def tone(seconds: float, hz: float = 300.0, level: float = 6000.0) -> Samples:
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return np.round(level * np.sin(2 * np.pi * hz * time_s)).astype(np.int16)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ), dtype=np.int16)


@pytest.fixture
def voice(tmp_path: Path) -> Voice:
    """A voice that has spoken the backchannels before."""
    made = Voice(tmp_path / "voice", {})
    for text in BACKCHANNELS.values():
        write_wav(made.file(text), tone(0.5))
    return made


def event(at_ms: float, kind: EventKind, turn_id: str = "t1", **fields: object) -> Event:
    return Event(kind=kind, at_ms=at_ms, turn_id=turn_id, fields=fields)


FIRST = event(1000.0, "first_audio")
REPLY = event(1100.0, "reply", text=WORDS)
DONE = event(6000.0, "speech_done", heard_words=10)
PAUSED = event(2200.0, "paused")
RESUMED = event(2900.0, "resumed", why="noise")


# --- sounds ---


def test_the_loudest_event_is_cut_out() -> None:
    """The loud one of two, with no more than it lasts and 20 ms around."""
    sound = np.concatenate([silence(1.0), tone(0.4, level=800.0), silence(1.0), tone(0.5), silence(1.0)])
    cut = loudest_event(sound)
    assert pytest.approx(0.5, abs=0.05) == len(cut) / RATE_HZ
    assert int(np.max(np.abs(cut))) > 5000


def test_an_event_is_neither_too_short_nor_too_long() -> None:
    """A click gets what lies around it, a siren is cut at a second, and a recording that is too short stays whole."""
    assert 0.3 == pytest.approx(len(loudest_event(np.concatenate([silence(1.0), tone(0.02), silence(1.0)]))) / RATE_HZ)
    assert 1.0 == len(loudest_event(tone(5.0))) / RATE_HZ
    assert 0.1 == len(loudest_event(tone(0.1))) / RATE_HZ
    assert 0 == len(loudest_event(silence(0.0)))


def test_pieces_of_a_long_recording() -> None:
    """Three seconds each, the next one seven seconds later, from the start again at the end."""
    sound = np.repeat(np.arange(20, dtype=np.int16), RATE_HZ)  # its value is its second
    assert [(0, 1, 2), (7, 8, 9), (14, 15, 16), (0, 1, 2)] == [
        tuple(int(second) for second in piece(sound, number)[RATE_HZ // 2 :: RATE_HZ]) for number in range(4)
    ]
    assert 1.0 == len(piece(tone(1.0), 3)) / RATE_HZ


def test_cuts_do_not_click() -> None:
    """The ends are silent, the middle is as it was; a sound too short for a fade is left alone."""
    sound = np.full(RATE_HZ, 1000, dtype=np.int16)
    soft = faded(sound)
    assert (0, 1000, 0) == (int(soft[0]), int(soft[RATE_HZ // 2]), int(soft[-1]))
    assert 1 == len(faded(sound[:1]))


def test_another_pitch_is_another_length() -> None:
    """A tone of 300 Hz at 1.2 times the pitch has 360 Hz and lasts the sixth part less."""
    higher = at_pitch(tone(1.2), 1.2)
    spectrum = np.abs(np.fft.rfft(higher[:RATE_HZ]))
    assert pytest.approx(1.0, abs=0.001) == len(higher) / RATE_HZ
    assert 360 == int(np.argmax(spectrum))


@pytest.mark.parametrize("name", sorted(made_sorts()))
def test_made_sounds(name: str) -> None:
    """Each is loud, short, the same for the same number and another one for another."""
    make = made_sorts()[name]
    first, again, second = make(0), make(0), make(1)
    assert np.array_equal(first, again)
    assert not np.array_equal(first[:1000], second[:1000])
    assert 32767 == int(np.max(np.abs(first.astype(np.int32))))
    assert 0.3 <= len(first) / RATE_HZ <= 3.0


def test_without_data_all_sorts_come_in_turn(voice: Voice) -> None:
    """Made and spoken ones mixed, at the person's level, and each round differs."""
    names = [name for name in ORDER if name in made_sorts() or name in BACKCHANNELS]
    noises = list(itertools.islice(interjections(voice), 2 * len(names)))
    assert names * 2 == [noise.name for noise in noises]
    assert [round(LEVEL * 32767)] * len(noises) == [int(np.max(np.abs(n.samples.astype(np.int32)))) for n in noises]
    for before, after in zip(noises[: len(names)], noises[len(names) :], strict=True):
        assert not np.array_equal(before.samples, after.samples)


def test_recordings_take_part_by_their_label(voice: Voice, tmp_path: Path) -> None:
    """Short events are cut, engines are left out, and the kitchen comes in pieces."""
    for folder, sounds in {
        "noise/esc10": {"dog_bark": tone(0.5), "chainsaw": tone(2.0)},
        "noise/kitchen": {"kitchen": tone(20.0)},
    }.items():
        (tmp_path / folder).mkdir(parents=True)
        lines = [json.dumps({"file": f"{name}.wav", "label": name}) for name in sounds]
        (tmp_path / folder / "manifest.jsonl").write_text("\n".join(lines), encoding="utf-8")
        for name, sound in sounds.items():
            write_wav(tmp_path / folder / f"{name}.wav", sound)
    noises = {noise.name: noise for noise in itertools.islice(interjections(voice, tmp_path), len(ORDER))}
    assert {"dog_bark", "kitchen"} == set(noises) - set(made_sorts()) - set(BACKCHANNELS)
    assert (0.5, 3.0) == tuple(len(noises[name].samples) / RATE_HZ for name in ("dog_bark", "kitchen"))


def test_long_answers_of_both_kinds() -> None:
    """The grammar's longest answer and the model's, in turn, and the questions differ."""
    assert [LONG_COMMAND, QUESTIONS[0], LONG_COMMAND, QUESTIONS[1]] == [question_of(number) for number in range(4)]


# --- judging ---


def test_an_answer_that_never_paused() -> None:
    """Whole and undisturbed."""
    assert Verdict(outcome="undisturbed", heard_words=10, reply_words=10) == judge([FIRST, REPLY, DONE], ONSET_MS)


def test_an_answer_that_went_on() -> None:
    """Paused twice, resumed twice, whole in the end."""
    again = [event(3500.0, "paused"), event(3600.0, "resumed", why="backchannel")]
    verdict = judge([FIRST, REPLY, PAUSED, RESUMED, *again, DONE], ONSET_MS)
    assert ("resumed", False, 800.0, "noise, backchannel") == (
        verdict.outcome,
        verdict.lost,
        verdict.gap_ms,
        verdict.why,
    )


def test_an_answer_that_was_given_up() -> None:
    """A sound that was taken for a stop word: lost."""
    end = [event(2800.0, "interrupted", by="stop"), event(2800.0, "speech_done", heard_words=3)]
    stop = [event(2800.0, "transcript", "t2", text="Stop."), event(2800.0, "route", "t2", reason="stop_word")]
    verdict = judge([FIRST, REPLY, PAUSED, *end, *stop], ONSET_MS)
    assert ("stopped", True, "by stop") == (verdict.outcome, verdict.lost, verdict.why)


def test_words_that_are_missing() -> None:
    """It says that it went on, but half of the reply was never heard."""
    verdict = judge([FIRST, REPLY, PAUSED, RESUMED, event(4000.0, "speech_done", heard_words=5)], ONSET_MS)
    assert ("stopped", True, "5 of 10 words") == (verdict.outcome, verdict.lost, verdict.why)


def test_an_answer_that_hangs() -> None:
    """Paused and never heard of again."""
    verdict = judge([FIRST, REPLY, PAUSED], ONSET_MS)
    assert ("stopped", True, "it never ended") == (verdict.outcome, verdict.lost, verdict.why)


def test_a_sound_that_is_answered() -> None:
    """It was taken for a wish: the rest of the answer is lost."""
    end = [event(2800.0, "interrupted", by="speech"), event(2800.0, "speech_done", heard_words=3)]
    verdict = judge([FIRST, REPLY, PAUSED, *end, event(2800.0, "transcript", "t2", text="Please.")], ONSET_MS)
    assert ("answered", True, "Please.") == (verdict.outcome, verdict.lost, verdict.why)


def test_a_sound_that_is_answered_after_the_answer() -> None:
    """In the follow-up window: wrong, but nothing is lost."""
    late = event(7500.0, "transcript", "t2", text="Thank you.")
    verdict = judge([FIRST, REPLY, DONE, late], ONSET_MS)
    assert ("answered", False) == (verdict.outcome, verdict.lost)


def test_what_was_dismissed_is_no_turn() -> None:
    """The end of a noise may be decided before it is known to be none."""
    ended = event(2700.0, "speech_ended", "t2")
    assert "resumed" == judge([FIRST, REPLY, PAUSED, ended, RESUMED, DONE], ONSET_MS).outcome


@pytest.mark.parametrize(
    ("why", "events"),
    [
        ("no answer", [event(500.0, "transcript", text="Why?")]),
        ("over before", [FIRST, REPLY, event(2100.0, "speech_done", heard_words=10)]),
        (
            "disturbed before",
            [
                FIRST,
                event(1500.0, "paused"),
                event(2400.0, "interrupted", by="speech"),
                event(2400.0, "speech_done", heard_words=1),
            ],
        ),
    ],
)
def test_what_the_sound_could_not_show(why: str, events: list[Event]) -> None:
    """No answer, one that had ended, and one that had interrupted itself: no fault of the sound, and not lost by it."""
    verdict = judge(events, ONSET_MS)
    assert ("missed", False, why) == (verdict.outcome, verdict.lost, verdict.why)


def test_an_earlier_pause_that_was_over_neither_counts_nor_excuses() -> None:
    """It had gone on before the sound; only what the sound then did counts."""
    early = [event(1200.0, "paused"), event(1600.0, "resumed", why="echo")]
    assert "undisturbed" == judge([FIRST, REPLY, *early, DONE], ONSET_MS).outcome
    end = [event(2800.0, "interrupted", by="speech"), event(2800.0, "speech_done", heard_words=3)]
    assert "stopped" == judge([FIRST, REPLY, *early, PAUSED, *end], ONSET_MS).outcome


def test_pauses_add_up() -> None:
    """From each pause to the next going on; one that never ends has no length."""
    assert 0.0 == paused_ms([PAUSED])
    assert 700.0 == paused_ms([PAUSED, RESUMED, event(3000.0, "paused")])


def test_when_the_assistant_rests() -> None:
    """After the follow-up closed, or when nothing was told for long; not while it still listens."""
    closed = event(8000.0, "follow_up_closed", "")
    assert rests([], 0.0)
    assert rests([FIRST, DONE, closed, event(8100.0, "health", "")], 8200.0)
    assert not rests([FIRST, DONE], 7000.0)
    assert not rests([closed, event(8500.0, "speech_ended", "t2")], 9000.0)
    assert rests([FIRST, DONE], 15_000.0)


def test_the_report() -> None:
    """Shares and counts, in all and by sound; missed ones are told apart with their reasons."""
    outcomes = [
        ("cough", Verdict(outcome="resumed", gap_ms=700.0)),
        ("cough", Verdict(outcome="stopped", lost=True)),
        ("door", Verdict(outcome="undisturbed")),
        ("door", Verdict(outcome="resumed", gap_ms=900.0)),
        ("mhm", Verdict(outcome="missed", why="over before")),
    ]
    items = [Item(noise=noise, question="?", verdict=verdict, after_ms=800, told=[]) for noise, verdict in outcomes]
    figures = report(items)
    assert (4, 0.75, 1, 2, 1, 0) == tuple(
        figures[name] for name in ("n", "score", "undisturbed", "resumed", "stopped", "answered")
    )
    assert (1, {"over before": 1}, 800) == tuple(figures[name] for name in ("lost", "missed", "gap_p50_ms"))
    assert {"undisturbed": 0, "resumed": 1, "stopped": 1, "answered": 0} == figures["sounds"]["cough"]
    assert {"cough", "door"} == set(figures["sounds"])


def test_a_report_of_nothing() -> None:
    """No answers, no gaps, no division by nothing."""
    figures = report([])
    assert (0, 0.0, None) == (figures["n"], figures["score"], figures["gap_p50_ms"])


def test_a_line_of_the_details() -> None:
    """What was told, with the time from the onset of the sound."""
    item = item_of("cough", "Why?", [FIRST, REPLY, PAUSED, RESUMED, DONE], ONSET_MS)
    assert ("cough", "resumed", 1000) == (item.noise, item.verdict.outcome, item.after_ms)
    assert "+900 t1 resumed noise" == item.told[3]
