"""The wake bench counts right: mixing, hits, misses and alarms, on a small data folder with the real detector."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from assistant.audio.files import read_audio, write_wav
from assistant.bench.manifest import clips
from assistant.bench.measure import loudest_frame_power
from assistant.bench.vad import run_vad
from assistant.bench.wake import run_wake
from assistant.bench.wake_stream import hits, lay, word_end_s
from assistant.errors import UsageError
from assistant.types import RATE_HZ, JsonDict, Samples

pytestmark = pytest.mark.contract

OKAY_NABU = Path(__file__).parent.parent / "audio" / "clips" / "okay_nabu.flac"


def put(folder: Path, sounds: dict[str, tuple[Samples, JsonDict]]) -> None:
    folder.mkdir(parents=True)
    for name, (samples, _) in sounds.items():
        write_wav(folder / name, samples)
    lines = [json.dumps({"file": name} | labels) for name, (_, labels) in sounds.items()]
    (folder / "manifest.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def hiss(length_s: float, level: int = 300) -> Samples:
    return np.random.default_rng(3).integers(-level, level, int(length_s * RATE_HZ), dtype=np.int16)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two clips of the word, one of which holds only hiss; negatives, one of which is the word without its label."""
    word, keyword = read_audio(OKAY_NABU), {"keyword": "okay nabu"}
    put(tmp_path / "wake/okay_nabu", {"a.wav": (word, keyword), "b.wav": (hiss(1.5), keyword)})
    put(tmp_path / "wake/other", {"c.wav": (hiss(1.0), {"keyword": "computer"}), "d.wav": (word, keyword)})
    put(tmp_path / "neg/talk", {"e.wav": (word, {}), "f.wav": (hiss(3.0), {})})
    put(tmp_path / "noise/kitchen", {"g.wav": (hiss(2.0), {})})
    put(tmp_path / "rir/room", {"h.wav": (word, {})})
    return tmp_path


def test_noise_lies_at_the_ratio_under_the_sound_and_goes_on_around_it() -> None:
    """10 dB between the loudest 512-sample frames; before and after the sound there is only noise."""
    sound = np.full(5120, 5000, np.int16)
    mixed = lay(sound, hiss(1.0, 3000), 6400, 10.0)
    noise = mixed.astype(np.float64)
    noise[6400 : 6400 + len(sound)] -= 5000
    under = loudest_frame_power(np.round(noise[6400 : 6400 + len(sound)]).astype(np.int16), 512)
    assert RATE_HZ == len(mixed)
    assert 10.0 == pytest.approx(10 * np.log10(loudest_frame_power(sound, 512) / under), abs=0.05)
    assert noise[:6400].std() == pytest.approx(noise[-4000:].std(), rel=0.1)


def test_without_noise_the_sound_lies_in_silence() -> None:
    """The clean case is the same way with an empty bed."""
    mixed = lay(np.full(320, 9, np.int16), np.zeros(960, np.int16), 320, 10.0)
    assert [0] * 320 + [9] * 320 + [0] * 320 == mixed.tolist()


def test_a_sum_that_would_clip_is_made_quieter_as_a_whole() -> None:
    """Clipping would be a noise of its own."""
    mixed = lay(np.full(512, 32000, np.int16), np.full(512, 10000, np.int16), 0, 0.0)
    assert {32767} == set(mixed.tolist())


def test_a_hit_lies_within_the_clip_and_half_a_second() -> None:
    """Detections in the lead-in and long after do not count; the first one that does gives the time."""
    heard = {0.5: [0.4, 1.2, 1.3], 0.6: [3.5], 0.7: [3.52], 0.8: []}
    assert {0.5: pytest.approx(0.2), 0.6: 2.5, 0.7: None, 0.8: None} == hits(heard, 2.0)


def test_the_word_ends_where_its_level_falls() -> None:
    """20 dB under the loudest frame is room, not word."""
    assert 0.5 == word_end_s(np.concatenate((hiss(0.5, 10_000), hiss(0.5, 100))))


def test_misses_and_alarms_are_counted(data: Path, tmp_path: Path) -> None:
    """One of two clips is missed, clean and in noise; the unlabelled word is an alarm, room responses are left out."""
    details = tmp_path / "details.jsonl"
    figures = run_wake(data, "okay_nabu", details=details)
    assert ("wake", 2, 0.5, 1, 1, 1) == tuple(
        figures[key] for key in ("suite", "n", "score", "misses_clean", "misses_noise", "false_alarms")
    )
    assert {"neg/talk", "noise/kitchen"} == set(figures["false_alarms_in"])
    assert {"computer": {"n": 1, "alarms": 0}} == figures["other_words"]
    assert 1 == figures["false_alarms_in"]["neg/talk"]["alarms"]
    assert figures["negative_hours"] == pytest.approx((2.0 + 3.0 + 2.0 + 3 * 0.5) / 3600.0, abs=1e-3)
    assert figures["rate_below_per_hour"] is None
    assert -600 < figures["delay_ms_p50"] < 400
    assert [1, 1, 1, 1] == [row["false_alarms"] for row in figures["thresholds"] if 0.4 <= row["threshold"] <= 0.7]
    lines = [json.loads(line) for line in details.read_text(encoding="utf-8").splitlines()]
    assert [("clean", True), ("clean", False), ("noise", True), ("noise", False), ("false_alarm", True)] == [
        (line["kind"], line["hit"]) for line in lines
    ]


def test_zero_alarms_prove_a_bound_only(data: Path) -> None:
    """Another word than that in the sounds: no clip, no score, no alarm, and the rate below 3 / hours."""
    figures = run_wake(data, "hey_mycroft", limit=1)
    assert (0, None, 0) == (figures["n"], figures["score"], figures["false_alarms"])
    assert figures["rate_below_per_hour"] == pytest.approx(3.0 * 3600.0 / 5.0)


def test_wrong_words_and_folders_are_told(data: Path, tmp_path: Path) -> None:
    """Each is a sentence, before any work."""
    with pytest.raises(UsageError, match="no wake word 'computer'"):
        run_wake(data, "computer")
    with pytest.raises(UsageError, match="manifest"):
        run_wake(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="no vad"):
        run_vad(data)
    (data / "neg/talk/manifest.jsonl").write_text("{broken", encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be read"):
        list(clips(data))


def test_speech_is_counted_by_frames(tmp_path: Path) -> None:
    """A clip with a label that is too long: what is found is right, what is missing is told."""
    sound = np.concatenate((np.zeros(RATE_HZ, np.int16), read_audio(OKAY_NABU), np.zeros(RATE_HZ, np.int16)))
    put(tmp_path / "vad/one", {"a.wav": (sound, {"speech": [[1.4, 3.0], [2.0, 3.5]]})})
    figures = run_vad(tmp_path)
    assert ("vad", 1, 4.0) == (figures["suite"], figures["n"], figures["seconds"])
    assert figures["precision"] > 0.95
    assert 0.4 < figures["recall"] < 0.7
    assert figures["score"] == pytest.approx(
        2 * figures["precision"] * figures["recall"] / (figures["precision"] + figures["recall"])
    )
