"""The simulated double talk: levels, where the echo lies, which rooms are small, and that the cleaner fits in."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from assistant.audio.files import write_wav
from assistant.bench.doubletalk import spread
from assistant.bench.echoes import (
    BLOCK,
    DELAY_S,
    LEAD_S,
    SPEECH_DBFS,
    Scene,
    active_dbfs,
    cancelled,
    echo_of,
    joined,
    loss_db,
    made_response,
    mix,
    small_rooms,
)
from assistant.bench.manifest import Clip
from assistant.types import RATE_HZ, Samples

pytestmark = pytest.mark.unit

DIRECT = np.ones(1)


def voice(seconds: float, seed: int, level: float = 3000.0) -> Samples:
    """Syllables of noise: 150 ms on, 50 ms off."""
    random = np.random.default_rng(seed)
    sound = random.normal(0.0, level, round(seconds * RATE_HZ))
    sound *= np.arange(len(sound)) % (RATE_HZ // 5) < RATE_HZ * 3 // 20
    return np.clip(np.round(sound), -32768, 32767).astype(np.int16)


def write_response(data: Path, name: str, response: Samples) -> None:
    folder = data / "rir" / "own"
    folder.mkdir(parents=True, exist_ok=True)
    write_wav(folder / name, response)
    with (folder / "manifest.jsonl").open("a", encoding="utf-8") as out:
        out.write(json.dumps({"file": name}) + "\n")


def test_pauses_do_not_count_for_the_level() -> None:
    """The same words with long silences around them are as loud as without."""
    words = voice(1.0, 1)
    silence = np.zeros(3 * RATE_HZ, dtype=np.int16)
    assert active_dbfs(words) == pytest.approx(active_dbfs(np.concatenate([silence, words, silence])), abs=0.2)


def test_silence_has_a_level_too() -> None:
    """Digital silence does not divide by nothing."""
    assert -100.0 == pytest.approx(active_dbfs(np.zeros(RATE_HZ, dtype=np.int16)))


def test_the_echo_comes_after_the_delay() -> None:
    """A click comes back once by the direct way and once from a wall, and no sooner."""
    far = np.zeros(RATE_HZ, dtype=np.int16)
    far[100] = 1000
    response = np.zeros(50)
    response[[0, 40]] = 1.0, 0.5
    echo = echo_of(far, response)
    delay = 100 + round(DELAY_S * RATE_HZ)
    assert len(far) == len(echo)
    assert [delay, delay + 40] == [int(place) for place in np.flatnonzero(np.abs(echo) > 1.0)]
    assert [1000.0, 500.0] == pytest.approx([echo[delay], echo[delay + 40]])


@pytest.mark.parametrize("level_db", [-6.0, 0.0, 6.0])
def test_both_voices_stand_at_the_wanted_levels(level_db: float) -> None:
    """The person at the nominal level, our echo by `level_db` against it, however loud the recordings are."""
    scene = mix(voice(2.0, 1, 300.0), voice(5.0, 2, 6000.0), DIRECT, level_db, 0)
    echo = scene.microphone.astype(np.int32) - scene.near
    assert SPEECH_DBFS == pytest.approx(active_dbfs(scene.near[scene.lead :]), abs=0.2)
    assert SPEECH_DBFS + level_db == pytest.approx(active_dbfs(echo[scene.lead :].astype(np.int16)), abs=0.3)


def test_the_person_waits_for_the_lead() -> None:
    """Whole blocks; before the sentence there is our voice and hiss, and our voice never ends."""
    scene = mix(voice(1.234, 1), voice(3.0, 2), DIRECT, 0.0, 0)
    assert (round(LEAD_S * RATE_HZ), 0) == (scene.lead, len(scene.near) % BLOCK)
    assert len(scene.near) == len(scene.far) == len(scene.microphone)
    assert np.max(np.abs(scene.near[: scene.lead].astype(np.int32))) < 100
    assert all(scene.far[start : start + RATE_HZ].any() for start in range(0, len(scene.far), RATE_HZ))


def test_a_scene_is_the_same_each_time() -> None:
    """The hiss is drawn from the number of the sentence."""
    first, again, other = (mix(voice(0.5, 1), voice(3.0, 2), DIRECT, 0.0, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.near, again.near)
    assert not np.array_equal(first.near, other.near)


def test_the_cleaner_takes_the_echo_and_leaves_the_person() -> None:
    """As long as the microphone and aligned with it, the echo weaker by far, the person as they were."""
    scene = mix(voice(1.0, 1), np.random.default_rng(3).integers(-6000, 6000, 5 * RATE_HZ, np.int16), DIRECT, 0.0, 0)
    rest = cancelled(scene)
    person = scene.near[scene.lead :].astype(np.float64)
    harm = rest[scene.lead :] - person
    assert len(scene.microphone) == len(rest)
    assert loss_db(scene, rest) > 25.0
    assert np.mean(harm**2) < 0.1 * np.mean(person**2)


def test_the_loss_is_taken_from_the_end_of_the_lead() -> None:
    """What comes before the filter has settled, and after the person began, counts for nothing."""
    size, lead = 10 * RATE_HZ, 8 * RATE_HZ
    microphone = np.full(size, 1000, dtype=np.int16)
    rest = microphone.copy()
    rest[4 * RATE_HZ : lead] = 100
    assert 20.0 == loss_db(Scene(near=microphone, far=microphone, microphone=microphone, lead=lead), rest)


def test_the_made_response_decays() -> None:
    """Energy 1, the direct sound first and strongest, 60 dB down at its end, always the same."""
    response = made_response()
    assert 1.0 == pytest.approx(float(np.sum(response**2)))
    assert 0 == int(np.argmax(np.abs(response)))
    early, late = (float(np.sum(part**2)) for part in (response[:1600], response[-1600:]))
    assert 10 * np.log10(early / late) > 30.0
    assert np.array_equal(response, made_response())


def test_only_small_rooms_are_taken(tmp_path: Path) -> None:
    """A hall and a recording of nothing but noise are left out; what comes before the direct sound is cut off."""
    assert {} == small_rooms(tmp_path)
    small = np.concatenate([np.full(500, 10), 20_000 * made_response(0.2)]).astype(np.int16)
    write_response(tmp_path, "small.wav", small)
    write_response(tmp_path, "hall.wav", (20_000 * made_response(4.0)).astype(np.int16))
    write_response(tmp_path, "noise.wav", np.random.default_rng(1).integers(-5000, 5000, RATE_HZ, np.int16))
    rooms = small_rooms(tmp_path)
    assert ["small.wav"] == list(rooms)
    assert 1.0 == pytest.approx(float(np.sum(rooms["small.wav"] ** 2)))
    assert 0 == int(np.argmax(np.abs(rooms["small.wav"])))


def test_our_sentences_run_on() -> None:
    """Silence around the sentences goes, a short gap between them stays."""
    silence = np.zeros(RATE_HZ, dtype=np.int16)
    sentence = np.concatenate([silence, voice(1.0, 1), silence])
    assert 2 * (1.0 + 0.2) * RATE_HZ == pytest.approx(len(joined([sentence, sentence])), abs=0.2 * RATE_HZ)


def test_a_few_sentences_come_from_the_whole_list() -> None:
    """Neighbours are of one speaker."""
    all_of_them = [Clip(path=Path(f"{n}.wav"), folder="asr/own", labels={}) for n in range(10)]
    assert ["0.wav", "3.wav", "6.wav"] == [clip.path.name for clip in spread(all_of_them, 3)]
    assert all_of_them == spread(all_of_them, None) == spread(all_of_them, 99)
    assert [] == spread([], 3)
