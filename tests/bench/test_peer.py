"""The plain pipeline beside the assistant: when it takes its turn, how its time adds up, and its own process."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from assistant.bench.peer import FRAME_S, Peer, PeerModels, PeerTurn, answer, endpoint_s, peer_turn
from assistant.errors import EngineError
from assistant.types import RATE_HZ, Samples

pytestmark = pytest.mark.unit

NO_MODELS = PeerModels(asr=Path("asr"), talker=Path("talker"), voice=Path("voice"))
LOADED = "import sys; sys.stdin.readline(); print('{\"load_ms\": 5}', flush=True); sys.stdin.readline(); "


class ScriptedParts:
    """Speech in the first second; every stage takes as long as told by the clock that it moves."""

    def __init__(self, *, text: str = "Why?", reply: str = "Because.", lead_s: float = 0.1) -> None:
        self.now_s = 0.0
        self.heard_s = 0.0
        self._text, self._reply, self._lead_s = text, reply, lead_s

    def clock(self) -> float:
        return self.now_s

    def probabilities(self, samples: Samples) -> list[float]:
        self.now_s += 9.0  # runs while the person speaks: counts for nothing
        return [0.9 if index * FRAME_S < 1.0 else 0.0 for index in range(len(samples) // 512)]

    def transcribe(self, samples: Samples) -> str:
        self.heard_s = len(samples) / RATE_HZ
        self.now_s += 0.6
        return self._text

    def complete(self, text: str, max_tokens: int) -> str:
        self.now_s += 0.05 * max_tokens
        return self._reply

    def speak(self, text: str) -> tuple[Samples, int]:
        self.now_s += 0.4
        sound = np.zeros(22_050, dtype=np.int16)
        sound[round(self._lead_s * 22_050) :] = 5000
        return sound, 22_050


def probabilities(*spans: tuple[float, float]) -> list[float]:
    """(seconds, probability) in turn."""
    return [value for length_s, value in spans for _ in range(round(length_s / FRAME_S))]


def test_the_end_is_seven_tenths_after_the_last_speech() -> None:
    """Not before speech, not in a shorter pause, and not before the silence is over."""
    found = endpoint_s(probabilities((1.0, 0.1), (1.0, 0.9), (0.5, 0.1), (1.0, 0.9), (1.0, 0.1)))
    assert 3.5 + 0.7 == pytest.approx(found, abs=0.04)


def test_a_longer_pause_ends_the_turn() -> None:
    """A person who thinks for 0.8 s is cut off."""
    assert 1.7 == pytest.approx(endpoint_s(probabilities((1.0, 0.9), (0.8, 0.1), (1.0, 0.9))), abs=0.04)


def test_between_the_thresholds_speech_goes_on_but_does_not_begin() -> None:
    """A soft end of a word counts as speech; a murmur from silence does not."""
    assert 2.7 == pytest.approx(endpoint_s(probabilities((1.0, 0.9), (1.0, 0.4), (1.0, 0.1))), abs=0.04)
    assert endpoint_s(probabilities((2.0, 0.4), (2.0, 0.1))) is None


def test_no_end_in_what_was_recorded() -> None:
    """Nobody spoke, or the recording ends too soon after it."""
    assert [None, None, None] == [
        endpoint_s([]),
        endpoint_s(probabilities((2.0, 0.0))),
        endpoint_s(probabilities((1.0, 0.9), (0.6, 0.0))),
    ]


def test_one_turn_stage_by_stage() -> None:
    """It hears the wish with the silence after it; each stage is timed, the silence at the answer's start as well."""
    parts = ScriptedParts()
    told = answer(parts, np.zeros(3 * RATE_HZ, dtype=np.int16), 40, parts.clock)
    times_ms = tuple(told[name] for name in ("asr_ms", "llm_ms", "tts_ms", "lead_ms"))
    assert ("Why?", "Because.", 600.0, 2000.0, 400.0, 100.0) == (told["text"], told["reply"], *times_ms)
    assert told["endpoint_s"] == pytest.approx(parts.heard_s, abs=0.001)
    turn = peer_turn(told, 1.0)
    assert turn.latency_s == pytest.approx(0.7 + 0.6 + 2.0 + 0.4 + 0.1, abs=0.05)
    assert not turn.cut_off


def test_a_turn_that_ends_before_the_person_does() -> None:
    """Speech really ended after the pause that the plain detector took for the end."""
    told = answer(ScriptedParts(), np.zeros(3 * RATE_HZ, dtype=np.int16), 40, lambda: 0.0)
    assert peer_turn(told, 2.5).cut_off


@pytest.mark.parametrize("parts", [ScriptedParts(text=""), ScriptedParts(reply=""), ScriptedParts(lead_s=1.0)])
def test_a_turn_without_an_answer(parts: ScriptedParts) -> None:
    """Nothing understood, nothing written, or nothing to be heard: a miss."""
    assert peer_turn(answer(parts, np.zeros(3 * RATE_HZ, dtype=np.int16), 40, parts.clock), 1.0).latency_s is None


def test_a_turn_that_never_ends() -> None:
    """A miss without stages."""
    told = answer(ScriptedParts(), np.zeros(RATE_HZ, dtype=np.int16), 40)
    assert PeerTurn(latency_s=None, cut_off=False, stages_ms={}) == peer_turn(told, 1.0)


@pytest.mark.parametrize(
    ("program", "sentence"),
    [
        ("import sys; sys.exit(3)", "ended"),
        ("print('no json', flush=True); input()", "ended"),
        ('print(\'{"error": "No voice."}\', flush=True); input()', "No voice"),
    ],
)
def test_a_process_that_does_not_start(program: str, sentence: str) -> None:
    """One sentence, and nothing is left behind."""
    peer = Peer(NO_MODELS, max_tokens=8, command=[sys.executable, "-c", program])
    with pytest.raises(EngineError, match=sentence), peer:
        raise AssertionError("it started")


def test_a_process_that_ends_in_the_middle() -> None:
    """The turn fails with a sentence."""
    with (
        Peer(NO_MODELS, max_tokens=8, command=[sys.executable, "-c", LOADED]) as peer,
        pytest.raises(EngineError, match="ended"),
    ):
        peer.hold(np.zeros(100, np.int16), 0.0)


def test_missing_models_are_told_by_the_real_process() -> None:
    """It starts, looks for the files, and says which one is not there."""
    with pytest.raises(EngineError, match=r"model\.bin is not there"), Peer(NO_MODELS, max_tokens=8):
        raise AssertionError("it started")
