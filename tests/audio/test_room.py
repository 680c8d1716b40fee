"""The virtual room itself: what is played is heard, at its level and its moment, and every device can come and go."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from assistant.audio.files import write_wav
from assistant.bench.conversation import Conversation
from assistant.bench.measure import align, first_sound_after, levels_dbfs, onsets
from assistant.bench.room import FORMAT, Room
from assistant.bench.soundserver import check_programs
from assistant.errors import AudioDeviceError, EngineError
from assistant.events import now_ms
from assistant.types import RATE_HZ, Samples

pytestmark = pytest.mark.audio
TIMEOUT_S = 20


def beep(seconds: float = 0.2, hz: float = 440.0) -> Samples:
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return np.round(8000 * np.sin(2 * np.pi * hz * time_s)).astype(np.int16)


def babble(seconds: float, seed: int = 5) -> Samples:
    noise = np.random.default_rng(seed).normal(0.0, 3000.0, round(seconds * RATE_HZ))
    return np.round(np.convolve(noise, np.ones(4) / 4, mode="same")).astype(np.int16)


def say_on(room: Room, sink: str, samples: Samples) -> None:
    """Play as the assistant would, on a named loudspeaker."""
    command = ["pacat", f"--device={sink}", *FORMAT, "--channels=1", "--latency-msec=200"]
    subprocess.run(command, input=samples.tobytes(), env=room.env(), check=True, timeout=TIMEOUT_S)


def hear_mic(room: Room, samples: Samples, seconds: float) -> Samples:
    """What a program hears at the microphone while the person says the samples."""
    command = ["parec", "--device=mic", *FORMAT, "--channels=1", "--latency-msec=20"]
    with subprocess.Popen(command, env=room.env(), stdout=subprocess.PIPE) as recorder:
        assert recorder.stdout is not None
        recorder.stdout.read(2 * RATE_HZ // 10)
        room.play(samples, wait=False)
        heard = recorder.stdout.read(round(2 * seconds * RATE_HZ))
        recorder.terminate()
    return np.frombuffer(heard, dtype="<i2").astype(np.int16)


def devices(room: Room, kind: str) -> set[str]:
    command = ["pactl", "list", "short", kind]
    listing = subprocess.run(command, env=room.env(), capture_output=True, text=True, check=True, timeout=TIMEOUT_S)
    return {line.split("\t")[1] for line in listing.stdout.splitlines()}


def loudest(samples: Samples) -> float:
    return float(np.max(levels_dbfs(samples, RATE_HZ, 50.0)))


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[list[str]]:
    """A program that speaks the daemon's events, says one word of noise in between, and then lives on."""
    script = tmp_path / "standin.py"
    lines = [
        "import json, os, sys, time",
        "def tell(kind, **fields):",
        "    event = {'event': kind, 'at_ms': 1000 * time.monotonic(), 'turn_id': None}",
        "    print(json.dumps(event | fields), flush=True)",
        "tell('ready', home=os.environ['ASSISTANT_HOME'], follow=os.environ['ASSISTANT_SET_TURN__FOLLOW_UP_S'])",
        "print('a library says hello', flush=True)",
        "tell('device', state='ok'); tell('device', state='lost')",
        "if sys.argv[1:] == ['die']: sys.exit('it fell over')",
        "time.sleep(60)",
    ]
    script.write_text("\n".join(lines), encoding="utf-8")
    yield [sys.executable, str(script)]


def test_a_person_is_recorded_unchanged(room: Room) -> None:
    """What a person says is in the recording, whole, at its level, and the loudspeaker stays silent."""
    said = babble(1.0)
    with room.record() as recording:
        room.play(said)
    found = align(recording.room, said)
    assert found is not None
    assert found.likeness > 0.98
    assert pytest.approx(loudest(said), abs=0.3) == loudest(recording.room)
    assert not recording.speaker.any()


def test_a_file_is_played_softer(room: Room, tmp_path: Path) -> None:
    """A sound file is played, its level changed by so many dB."""
    write_wav(tmp_path / "beep.wav", beep())
    with room.record() as recording:
        room.play(tmp_path / "beep.wav", gain_db=-20.0)
    assert pytest.approx(loudest(beep()) - 20.0, abs=0.3) == loudest(recording.room)


@pytest.mark.parametrize("echo_db", [0.0, -12.0, -30.0])
def test_the_microphone_hears_the_loudspeaker(room: Room, echo_db: float) -> None:
    """The echo is as loud as set, and both recordings agree on its moment within 5 ms."""
    room.set_echo_db(echo_db)
    with room.record() as recording:
        say_on(room, "speaker", beep())
    heard_s, echo_s = (
        first_sound_after(channel, RATE_HZ, 0.0, threshold_dbfs=-60.0)
        for channel in (recording.speaker, recording.room)
    )
    assert heard_s is not None
    assert echo_s is not None
    assert abs(heard_s - echo_s) <= 0.005
    assert pytest.approx(loudest(recording.speaker) + echo_db, abs=0.5) == loudest(recording.room)


def test_the_microphone_hears_what_the_recording_shows(room: Room) -> None:
    """A program at the microphone hears the person at the level at which they were recorded."""
    said = babble(0.5)
    heard = hear_mic(room, said, 1.5)
    found = align(heard, said)
    assert found is not None
    assert found.likeness > 0.98
    assert pytest.approx(loudest(said), abs=0.5) == loudest(heard)


def test_person_and_loudspeaker_at_the_same_time(room: Room) -> None:
    """Each has its own channel; the microphone's recording holds both."""
    with room.record() as recording:
        person = room.play(beep(1.0, 440.0), wait=False)
        say_on(room, "speaker", beep(1.0, 1000.0))
        person.wait(TIMEOUT_S)
    spectrum = np.abs(np.fft.rfft(recording.room.astype(np.float64)))
    at_hz = [spectrum[round(hz * len(recording.room) / RATE_HZ) + np.arange(-5, 6)].max() for hz in (440, 1000, 1700)]
    assert at_hz[0] > at_hz[1] > 10 * at_hz[2]


def test_the_clock_of_the_recording(room: Room) -> None:
    """The freshest sample of the recording sounded just now, and so it stays while devices come and go."""
    gaps_ms = []
    for _ in range(3):
        room.play(beep(0.5))
        room.unplug_mic()
        room.replug_mic()
        gaps_ms.append(now_ms() - room.recorder.at_ms(room.recorder.position))
    assert all(-50.0 < gap_ms < 250.0 for gap_ms in gaps_ms), gaps_ms


def test_noise_loops_until_it_is_ended(room: Room) -> None:
    """A short noise goes on without a gap at its level, and ends when told."""
    room.set_noise(babble(0.5), -10.0)
    time.sleep(1.0)
    with room.record() as noisy:
        time.sleep(1.5)
    room.set_noise(None)
    time.sleep(0.3)
    with room.record() as silent:
        time.sleep(0.3)
    levels = levels_dbfs(noisy.room, RATE_HZ, 50.0)
    assert pytest.approx(loudest(babble(0.5)) - 10.0, abs=1.5) == float(np.median(levels))
    assert float(np.min(levels)) > float(np.median(levels)) - 6.0
    assert not silent.room.any()


def test_the_microphone_comes_and_goes(room: Room) -> None:
    """Unplugged it is gone from the server, replugged it hears again; twice the same is no error."""
    room.unplug_mic()
    room.unplug_mic()
    assert "mic" not in devices(room, "sources")
    room.replug_mic()
    room.replug_mic()
    assert {"mic"} == {name for name in devices(room, "sources") if not name.endswith(".monitor")}
    assert loudest(hear_mic(room, beep(0.5), 1.2)) > -20.0


def test_the_loudspeaker_comes_and_goes(room: Room) -> None:
    """Without it nobody hears what is played on the stand-in; replugged it is the default again, echo and all."""
    room.unplug_speaker()
    assert {"auto_null"} == devices(room, "sinks") - {"bus", "room"}
    with room.record() as recording:
        say_on(room, "auto_null", beep())
    assert not recording.speaker.any()
    assert not recording.room.any()
    room.replug_speaker()
    with room.record() as recording:
        say_on(room, "@DEFAULT_SINK@", beep())
    assert 1 == len(onsets(recording.speaker, RATE_HZ)) == len(onsets(recording.room, RATE_HZ))


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the room its processes, its folder and its noise are gone."""
    before = set(psutil.Process().children(recursive=True))
    with Room() as room:
        room.set_noise(babble(0.2))
        room.play(beep(5.0), wait=False)
        home = Path(room.env()["HOME"])
        started = set(psutil.Process().children(recursive=True)) - before
        assert len(started) >= 4
    assert [] == [child for child in started if child.is_running()]
    assert not home.exists()


def test_a_killed_bench_leaves_no_server() -> None:
    """When the program with the room is killed, its children end by themselves."""
    code = "import sys, time\nfrom assistant.bench.room import Room\nwith Room() as room:\n"
    code += "    print(room.env()['PULSE_SERVER'], flush=True)\n    time.sleep(60)\n"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as bench:
        assert bench.stdout is not None
        socket = Path(bench.stdout.readline().strip().removeprefix("unix:"))
        children = psutil.Process(bench.pid).children(recursive=True)
        bench.kill()
    _, alive = psutil.wait_procs(children, timeout=30.0)
    shutil.rmtree(socket.parent)
    assert (True, []) == (len(children) >= 2, alive)


def test_a_sound_server_that_is_gone_is_told(room: Room) -> None:
    """When the server has ended, playing says so in a sentence instead of going unheard."""
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # a child of a test before may just be ending
            if child.name() == "pulseaudio":
                child.kill()
                child.wait(TIMEOUT_S)
    with pytest.raises(AudioDeviceError, match="virtual room cannot play"):
        room.play(beep())


def test_the_room_keeps_the_callers_models(room: Room, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A program inside finds the caller's models although its home is the room's, and only the room's sound."""
    monkeypatch.setenv("ASSISTANT_MODELS", str(tmp_path))
    monkeypatch.setenv("PULSE_SINK", "elsewhere")
    env = room.env()
    assert (str(tmp_path), False) == (env["ASSISTANT_MODELS"], "PULSE_SINK" in env)
    assert os.environ["HOME"] != env["HOME"]


def test_a_machine_without_pulseaudio(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing program is named, with the command that installs it."""
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(AudioDeviceError, match=r"needs pulseaudio, pactl.* apt-get install pulseaudio"):
        check_programs()


def test_events_are_waited_for(room: Room, tmp_path: Path, standin: list[str]) -> None:
    """Events are found by kind and fields, once or later than another; settings and home reach the program."""
    home = tmp_path / "home"
    with Conversation(room, home, settings={"turn.follow_up_s": 0.5}, command=standin) as talk:
        ready = talk.ready.fields
        assert {"home": str(home), "follow": "0.5"} == ready
        lost = talk.wait_for("device", TIMEOUT_S, state="lost")
        first = talk.wait_for("device", TIMEOUT_S)
        assert ("ok", lost) == (first.fields["state"], talk.wait_for("device", TIMEOUT_S, after=first))
        with pytest.raises(TimeoutError, match=r"no event wake .*ready, device, device"):
            talk.wait_for("wake", 0.1)
        talk.say(beep())
        assert [] == talk.since
        assert (3, False) == (len(talk.events), bool(talk.heard().any()))


def test_a_daemon_that_ends_is_told(room: Room, tmp_path: Path, standin: list[str]) -> None:
    """Waiting on a program that has ended says so with its last words, at once."""
    settings = {"turn.follow_up_s": 0.5}
    with (
        Conversation(room, tmp_path / "home", settings=settings, command=[*standin, "die"]) as talk,
        pytest.raises(EngineError, match=r"has ended \(1\): it fell over"),
    ):
        talk.wait_for("wake", TIMEOUT_S)
