"""How turns become figures, and how the person's sentences are put together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.audio.files import write_wav
from assistant.bench.latency import LatencySettings, find_wake_clip, noise_gain_db
from assistant.bench.latency_report import TimedTurn, stage_times, summarise
from assistant.bench.measure import speech_end_s
from assistant.bench.peer import PeerTurn
from assistant.bench.phrases import COMMANDS, QUESTIONS
from assistant.bench.utterances import WAKE_GAP_S, Kind, speech_only, spoken
from assistant.errors import UsageError
from assistant.events import Event
from assistant.types import RATE_HZ, Samples

pytestmark = pytest.mark.unit


def timed(latency_s: float | None, *, kind: Kind = "command", early: bool = False, **more: Any) -> TimedTurn:
    stages = {} if latency_s is None else {"audible": 1000.0 * latency_s}
    return TimedTurn(
        kind=kind, text="x", latency_s=latency_s, early=early, likeness=1.0, stages_ms=stages, facts={}, **more
    )


def beside(latency_s: float | None, *, cut_off: bool = False) -> PeerTurn:
    return PeerTurn(latency_s=latency_s, cut_off=cut_off, stages_ms={"silence": 740.0, "asr": 600.0})


def sound(lead_s: float, length_s: float, tail_s: float) -> Samples:
    time_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    tone = np.round(3000 * np.sin(2 * np.pi * 300 * time_s)).astype(np.int16)
    return np.concatenate(
        [np.zeros(round(lead_s * RATE_HZ), np.int16), tone, np.zeros(round(tail_s * RATE_HZ), np.int16)]
    )


def test_there_are_thirty_different_sentences_of_each_kind() -> None:
    """Each kind has at least thirty sentences and none twice."""
    assert [True, True] == [len(set(pool)) == len(pool) >= 30 for pool in (COMMANDS, QUESTIONS)]


def test_figures_of_a_kind() -> None:
    """A miss counts as the longest wait; early and spoilt turns are counted apart; the score is of fair turns."""
    turns = [timed(0.4), timed(0.6), timed(2.0), timed(None), timed(-0.2, early=True), timed(9.0, spoilt=True)]
    report = summarise(turns)
    figures = report["command"]
    assert {"suite": "latency", "n": 5, "score": 0.4} == {key: report[key] for key in ("suite", "n", "score")}
    assert (5, 1, 1, 1) == tuple(figures[key] for key in ("n", "misses", "early", "spoilt"))
    assert (1.3, 7.1, 8.0) == (figures["p50_s"], figures["p95_s"], figures["max_s"])
    assert {"audible": {"p50_ms": 600, "p95_ms": 1860, "n": 3}} == figures["stages"]


def test_kinds_are_told_apart() -> None:
    """A question may take longer than a command before it counts against the score."""
    report = summarise([timed(2.0), timed(2.0, kind="question")])
    assert (0.5, 2.0, 2.0) == (report["score"], report["command"]["p50_s"], report["question"]["p50_s"])


def test_pauses_count_their_cut_offs() -> None:
    """What was cut off is counted, has no latency of its own, and is not good."""
    report = summarise([timed(0.9, kind="pause"), timed(0.4, kind="pause", cut_off=True), timed(1.1, kind="pause")])
    figures = report["pause"]
    assert (3, 1, 0.3333, 1.0) == tuple(figures[key] for key in ("n", "cut_offs", "cut_off_share", "p50_s"))
    assert 0.6667 == report["score"]


def test_interruptions_count_what_was_wrong() -> None:
    """A fast silence is good only when the right thing was done; a slow one is not good either."""
    turns = [timed(0.1, kind="barge_in"), timed(0.1, kind="barge_in", right=False), timed(0.5, kind="barge_in")]
    report = summarise(turns)
    figures = report["barge_in"]
    assert (3, 1, 0.3333, 0.1) == tuple(figures[key] for key in ("n", "wrong", "wrong_share", "p50_s"))
    assert 0.3333 == report["score"]


def test_the_peer_stands_beside_each_kind() -> None:
    """Its own percentiles, misses and cut-offs, and how many times longer a person waits for it."""
    turns = [
        timed(0.4, peer=beside(2.0)),
        timed(0.6, peer=beside(3.0)),
        timed(0.5, peer=beside(0.1, cut_off=True)),
        timed(0.5, kind="follow_up"),
    ]
    report = summarise(turns)
    peer = report["command"]["peer"]
    assert {"p50_s": 2.5, "p95_s": 2.95, "max_s": 3.0} == {key: peer[key] for key in ("p50_s", "p95_s", "max_s")}
    assert (3, 0, 1, 5.0) == (*(peer[key] for key in ("n", "misses", "cut_offs")), report["command"]["ratio"])
    assert {"p50_ms": 600, "p95_ms": 600, "n": 2} == peer["stages"]["asr"]
    assert "peer" not in report["follow_up"]


def test_a_line_of_details() -> None:
    """An interruption tells whether it was right; a turn beside the peer holds the peer's own line."""
    assert timed(0.1, kind="barge_in").line()["right"]
    line = timed(0.1, peer=beside(2.0)).line()
    assert ("right" not in line, 2.0) == (True, line["peer"]["latency_s"])


def test_no_answer_at_all() -> None:
    """Only misses: the longest wait, no stages, and a score of nothing."""
    report = summarise([timed(None)])
    assert (0.0, 8.0, 8.0, {}) == (report["score"], *(report["command"][key] for key in ("p50_s", "max_s", "stages")))


def test_stages_are_those_of_the_turn_that_answered() -> None:
    """Events of another turn are left out, and each stage counts once, from the end of speech."""
    events = [
        Event(kind="speech_ended", at_ms=900.0, turn_id="t1"),
        Event(kind="speech_ended", at_ms=1300.0, turn_id="t2"),
        Event(kind="transcript", at_ms=1250.0, turn_id="t2"),
        Event(kind="route", at_ms=1310.0, turn_id="t2"),
        Event(kind="first_audio", at_ms=1400.0, turn_id="t2"),
        Event(kind="route", at_ms=1900.0, turn_id="t2"),
    ]
    assert {
        "end of turn decided": 300,
        "transcript ready": 250,
        "routed": 310,
        "first sound sent": 400,
    } == stage_times(events, 1000.0)


def test_stages_without_an_answer() -> None:
    """Without an answer the last turn tells how far it came; without a turn there are none."""
    assert {"end of turn decided": 300} == stage_times([Event(kind="speech_ended", at_ms=1300.0, turn_id="t2")], 1000.0)
    assert {} == stage_times([], 1000.0)


def test_speech_is_cut_to_its_words() -> None:
    """Silence around a recording goes, but for 20 ms; its peak becomes the person's."""
    cut = speech_only(sound(0.5, 1.0, 0.7))
    assert (round(1.04 * RATE_HZ), 13107) == (len(cut), int(np.max(np.abs(cut))))


def test_wake_word_and_wish_are_one_breath() -> None:
    """The wish begins shortly after the wake word, and the end of speech is that of the wish."""
    made = spoken("command", "x", sound(0.3, 0.6, 0.9), sound(0.1, 1.0, 0.4))
    assert pytest.approx(0.64 + WAKE_GAP_S) == made.wish_s
    assert pytest.approx(speech_end_s(made.samples, RATE_HZ), abs=0.006) == made.end_s


def test_a_clip_without_sound_is_refused() -> None:
    """A silent clip is an error with a sentence, not a bench of silence."""
    with pytest.raises(UsageError, match="holds no sound"):
        speech_only(np.zeros(RATE_HZ, dtype=np.int16))


def test_the_wake_word_is_taken_from_the_data_or_the_project(tmp_path: Path) -> None:
    """A labelled clip of the data comes first; data without one fall back to the project's own recording."""
    folder = tmp_path / "wake" / "mine"
    folder.mkdir(parents=True)
    write_wav(folder / "a.wav", sound(0.1, 0.5, 0.1))
    manifest = folder / "manifest.jsonl"
    manifest.write_text('{"file": "a.wav", "keyword": "okay nabu"}\n', encoding="utf-8")
    assert "wake/mine/a.wav" == find_wake_clip(LatencySettings(data=tmp_path))[1]
    manifest.write_text('{"file": "a.wav", "keyword": "other"}\n', encoding="utf-8")
    assert "okay_nabu.flac" == find_wake_clip(LatencySettings(data=tmp_path))[1]


def test_noise_is_set_against_the_voice() -> None:
    """A noise as loud as the voice is lowered by what was asked for; a softer one is raised; silence is refused."""
    voice = sound(0.0, 1.0, 0.0)
    assert pytest.approx(-12.0) == noise_gain_db(voice, voice, -12.0)
    assert pytest.approx(8.0, abs=0.1) == noise_gain_db(voice, (voice // 10).astype(np.int16), -12.0)
    with pytest.raises(UsageError, match="no sound"):
        noise_gain_db(voice, np.zeros(100, np.int16), -12.0)
