"""The end-of-turn bench on sounds and outcomes whose answer is known by construction."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from assistant.bench.endpoint import DECISION_MS, Outcome, Player, figures_of
from assistant.bench.scenes import FADE_S, FLOOR_DBFS, LEAD_S, Scene, gaps_s, in_room
from assistant.cli.bench import app
from assistant.errors import UsageError
from assistant.hear.endpoint import EndpointSettings
from assistant.types import RATE_HZ, Completeness, Samples

pytestmark = pytest.mark.unit

SETTINGS = EndpointSettings()
HISS = 32767 * 10 ** (FLOOR_DBFS / 20)


def tone(seconds: float) -> Samples:
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return np.round(8000 * np.sin(2 * np.pi * 440 * time_s)).astype(np.int16)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ), np.int16)


class ScriptedTurn:
    """Gives the probabilities in order; keeps how much it was given to hear."""

    def __init__(self, *probabilities: float) -> None:
        self.heard_s: list[float] = []
        self._probabilities = list(probabilities)

    def probability(self, samples: Samples) -> float:
        self.heard_s.append(len(samples) / RATE_HZ)
        return self._probabilities.pop(0)


def play(
    pattern: Sequence[tuple[float, int]], model: ScriptedTurn | None = None, words: Completeness | None = None
) -> Outcome:
    """(speech probability, milliseconds) pairs through the player."""
    probabilities = [probability for probability, length_ms in pattern for _ in range(length_ms // 20)]
    sound = np.zeros(320 * len(probabilities), np.int16)
    hints = (lambda _: words) if words else None
    return Player(SETTINGS, model, hints, []).play(sound, probabilities)


def scene(end_s: float, pause_s: tuple[float, float] | None = None, folder: str = "cmd/barista") -> Scene:
    return Scene(name="clip.flac", folder=folder, samples=silence(0.0), end_s=end_s, pause_s=pause_s)


def outcome(ended_s: float | None) -> Outcome:
    return Outcome(ended_s=ended_s, probability=None)


def test_a_pause_is_put_in_and_the_rest_is_kept() -> None:
    """Lead, first part, pause, second part, silence: each sample at its place, but for the fades and the hiss."""
    sound, cut, pause, after, lead = tone(2.0), RATE_HZ, 8000, 3200, round(LEAD_S * RATE_HZ)
    sound[:8000] = 0  # the room before the first word
    made = in_room(sound, [(0, cut), (cut, len(sound))], [pause, after], np.random.default_rng(1))
    assert lead + len(sound) + pause + after == len(made)
    fade = round(FADE_S * RATE_HZ)
    second = lead + cut + pause
    kept = [(lead + fade, fade, cut - 2 * fade), (second + fade, cut + fade, len(sound) - cut - 2 * fade)]
    for place, origin, count in kept:
        rest = made[place : place + count].astype(np.int32) - sound[origin : origin + count]
        assert np.abs(rest).max() < 6 * HISS
    for start, count in ((0, lead), (lead + cut, pause), (second + len(sound) - cut, after)):
        assert HISS == pytest.approx(np.std(made[start : start + count]), rel=0.1)


def test_the_hiss_of_a_noisy_recording_goes_on_in_the_pause() -> None:
    """The pause is as loud as the recording's own quiet moments: no hole that would give it away."""
    noise = np.round(np.random.default_rng(2).normal(0.0, 100.0, RATE_HZ)).astype(np.int16)
    made = in_room(noise, [(0, RATE_HZ)], [RATE_HZ], np.random.default_rng(1))
    assert 100.0 == pytest.approx(np.std(made[-RATE_HZ:]), rel=0.2)


def test_gaps_are_found_between_words() -> None:
    """A rest of 100 ms is a gap with its middle, one of 20 ms is none, and those near the ends are left out."""
    sound = np.concatenate([silence(0.5), tone(0.5), silence(0.1), tone(0.3), silence(0.02), tone(0.3), silence(0.5)])
    assert [1.05] == pytest.approx(gaps_s(sound, 0.6, 1.6))
    assert [] == gaps_s(sound, 1.1, 1.6)


def test_without_an_opinion_the_words_decide() -> None:
    """An unknown sentence ends after `unknown_ms`, a whole command after its words came."""
    speech = [(0.9, 1000), (0.0, 2000)]
    assert outcome(1.0 + SETTINGS.unknown_ms / 1000) == play(speech)
    ended_s = play(speech, words="complete").ended_s
    assert ended_s is not None
    assert 1.0 + SETTINGS.complete_ms / 1000 <= ended_s < 1.0 + SETTINGS.unknown_ms / 1000


def test_an_opinion_takes_its_time_and_hears_all_that_was_said() -> None:
    """One decision a pause, on the sound since the start of speech; one that is late does not touch the words after."""
    model = ScriptedTurn(0.2, 0.3)
    result = play([(0.9, 1000), (0.0, 400), (0.9, 1000), (0.0, 2000)], model)
    assert pytest.approx(2.4 + SETTINGS.open_ms / 1000) == result.ended_s
    assert 0.3 == result.probability
    assert [1.08, 2.48] == pytest.approx(model.heard_s)
    short = [(0.9, 1000), (0.0, int(DECISION_MS)), (0.9, 1000), (0.0, 2000)]
    assert SETTINGS.open_ms / 1000 == pytest.approx((play(short, ScriptedTurn(0.99, 0.3)).ended_s or 0.0) - 2.08)


def test_a_turn_that_does_not_end_in_the_sound_is_open() -> None:
    """No time of an end is made up."""
    assert Outcome(ended_s=None, probability=0.1) == play([(0.9, 1000), (0.0, 500)], ScriptedTurn(0.1))


def test_figures_of_whole_commands() -> None:
    """Waits count from the acoustic end; one that was cut and one that stayed open are told apart."""
    results = [(scene(1.0), outcome(ended_s)) for ended_s in (1.3, 1.5, 0.9, None)]
    figures = figures_of(results)
    expected = {"commands": 4, "silence_p50_s": 0.4, "still_open": 1, "commands_cut": 1, "paused_sentences": 0}
    assert expected == {name: figures[name] for name in expected}
    assert 0.3 < figures["silence_p95_s"] <= 0.5


def test_figures_of_sentences_with_a_pause() -> None:
    """Ended in the pause, or before the next word was recognised, is cut off; in a pause of their own, elsewhere."""
    cases = {1.2: "asr/librispeech_other", 1.55: "cmd/barista", 2.0: "cmd/barista", 3.5: "cmd/barista"}
    results = [(scene(3.0, (1.0, 1.5), folder), outcome(ended_s)) for ended_s, folder in cases.items()]
    results.append((scene(3.0, (1.0, 1.5)), outcome(None)))
    figures = figures_of(results)
    expected = {"paused_sentences": 5, "cut_offs": 0.4, "cut_elsewhere": 0.2, "commands": 0}
    assert expected == {name: figures[name] for name in expected}
    assert 1.0 == figures["cut_offs_librispeech_other"]
    assert 0.25 == figures["cut_offs_barista"]


@pytest.mark.parametrize("words", [["endpoint"], ["endpoint", "--data", "nowhere"]])
def test_the_command_needs_recordings(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder of recordings it says so."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"needs recordings|no folder"):
        CliRunner().invoke(app, words, catch_exceptions=False)
