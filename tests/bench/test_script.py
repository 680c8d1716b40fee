"""What is said in each kind of turn, in sound that is at hand: no voice is synthesised."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from assistant.audio.files import write_wav
from assistant.bench.bargein import wants_silence
from assistant.bench.phrases import BARGE_INS, COMMANDS, FOLLOW_UPS, LONG_ANSWERS, PAUSED, QUESTIONS
from assistant.bench.script import FLUENT, HESITANT, Script
from assistant.bench.utterances import Kind, Spoken, Voice
from assistant.types import RATE_HZ, Samples

pytestmark = pytest.mark.unit


def tone(*lengths_s: float) -> Samples:
    parts = []
    for index, length_s in enumerate(lengths_s):
        time_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
        parts.append(np.round((0 if index % 2 else 6000) * np.sin(2 * np.pi * 300 * time_s)).astype(np.int16))
    return np.concatenate(parts)


@pytest.fixture
def voice(tmp_path: Path) -> Voice:
    """A voice that has spoken every sentence before: half a second, a short gap, half a second."""
    made = Voice(tmp_path / "voice", {})
    texts = {*COMMANDS, *QUESTIONS, *LONG_ANSWERS, *BARGE_INS, *PAUSED, *(text for pair in FOLLOW_UPS for text in pair)}
    for text in texts:
        write_wav(made.file(text), tone(0.5, 0.05, 0.5))
    return made


def written(voice: Voice, kind: Kind, count: int, data: Path | None = None) -> list[Spoken]:
    return Script(voice=voice, wake=tone(0.6), data=data).write((kind,), count, lambda done, total: None)


def test_every_kind_has_its_turns_in_order(voice: Voice) -> None:
    """As many of each as were asked for, however few sentences there are; progress counts them all."""
    told: list[tuple[int, int]] = []
    script = Script(voice=voice, wake=tone(0.6))
    turns = script.write(("command", "question"), 40, lambda done, total: told.append((done, total)))
    assert ["command"] * 40 + ["question"] * 40 == [turn.kind for turn in turns]
    assert [COMMANDS[0], COMMANDS[1], COMMANDS[3]] == [turns[index].text for index in (0, 1, 39)]
    assert (80, (1, 80), (80, 80)) == (len(told), told[0], told[-1])


def test_a_follow_up_comes_without_the_wake_word(voice: Voice) -> None:
    """Its opening has the wake word, it has none, and the person waits shorter and longer."""
    turns = written(voice, "follow_up", 3)
    assert [0.0, 0.0, 0.0] == [turn.wish_s for turn in turns]
    assert all(turn.opening is not None and len(turn.opening) > len(turn.samples) for turn in turns)
    assert 3 == len({turn.after_s for turn in turns})


def test_every_answer_meets_stops_and_wishes(voice: Voice) -> None:
    """Half of the interruptions want silence, and each answer is met by both kinds."""
    turns = written(voice, "barge_in", 64)
    assert 32 == sum(wants_silence(turn.text) for turn in turns)
    assert all(turn.opening is not None for turn in turns)
    met = {
        (LONG_ANSWERS[(index + index // len(BARGE_INS)) % len(LONG_ANSWERS)], wants_silence(turn.text))
        for index, turn in enumerate(turns)
    }
    assert 2 * len(set(LONG_ANSWERS)) == len(met)


def test_a_pause_of_our_own_sentences(voice: Voice) -> None:
    """Each sentence is longer by its pause, and what must not be lost is what follows the comma."""
    turns = written(voice, "pause", 12)
    plain_s = written(voice, "command", 1)[0].end_s
    assert all(0.35 <= turn.end_s - plain_s <= 1.05 for turn in turns)
    assert " forty five minutes." == turns[0].rest


def test_recordings_of_other_people_take_turns(voice: Voice, tmp_path: Path) -> None:
    """Fluent commands get a pause, readers keep theirs, those without one are passed over; then our own go on."""
    for folder, sounds in {
        FLUENT: {"a": tone(0.8, 0.05, 0.8)},
        HESITANT: {"b": tone(1.0, 0.05, 1.0), "c": tone(1.0, 0.6, 1.0)},
    }.items():
        (tmp_path / folder).mkdir(parents=True)
        lines = [json.dumps({"file": f"{name}.wav", "text": f"it was {name} long ago"}) for name in sounds]
        (tmp_path / folder / "manifest.jsonl").write_text("\n".join(lines), encoding="utf-8")
        for name, sound in sounds.items():
            write_wav(tmp_path / folder / f"{name}.wav", sound)
    turns = written(voice, "pause", 5, tmp_path)
    assert [PAUSED[0], f"{FLUENT}/a.wav", f"{HESITANT}/c.wav", PAUSED[1], PAUSED[2]] == [turn.text for turn in turns]
    assert "c long ago" == turns[2].rest
    assert 1.65 + 0.4 == pytest.approx(turns[1].end_s - turns[1].wish_s, abs=0.05)


def test_the_second_halves_can_be_recognised() -> None:
    """Every paused sentence has a second half of words, so that losing it is seen."""
    from assistant.bench.words import words_of

    assert [] == [text for text in PAUSED if not words_of(text.partition(",")[2])]
