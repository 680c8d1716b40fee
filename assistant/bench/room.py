"""A virtual room: real PulseAudio streams without a sound card, for the benches and the tests.

    a person, noise ---pacat---> sink room -----> right --+-- 0 dB -----> source mic ---> the assistant
                                                  bus     |                                   |
    the recording <--- both ---  sink speaker --> left ---+-- echo_db                         |
                                      ^-------------------------------------------------------+

`speaker` and `room` are the two channels of one null sink, the bus, so that a single stereo recording of its monitor
holds both, sample for sample on one clock: nothing needs to be aligned afterwards. The microphone mixes the same two
channels. (A loopback module for the echo would do, too, but each time it runs dry it makes the bus play some
milliseconds again: on a busy machine the recording then ran up to 2 % too fast.)
"""

from __future__ import annotations

import contextlib
import math
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import numpy as np

from assistant.audio.files import read_audio
from assistant.bench.recorder import Recorder
from assistant.bench.soundserver import FIX, SoundServer, end
from assistant.errors import AudioDeviceError
from assistant.types import RATE_HZ, Samples

DEVICE_HZ = 48_000
PLAY_BUFFER_MS = 800
"""A person never stutters: long enough for a machine whose cores are all busy thinking."""
PLAY_PATIENCE_S = 30.0
RECORD_BUFFER_MS = 20
FORMAT = ("--format=s16le", f"--rate={RATE_HZ}", "--raw")

STEREO = ("channels=2", "channel_map=front-left,front-right")
MONO = ("channels=1", "channel_map=mono")
BUS = ("module-null-sink", "sink_name=bus", f"rate={DEVICE_HZ}", *STEREO, "norewinds=1")
SPEAKER = ("module-remap-sink", "sink_name=speaker", "master=bus", *MONO, "master_channel_map=front-left", "remix=no")
ROOM = ("module-remap-sink", "sink_name=room", "master=bus", *MONO, "master_channel_map=front-right", "remix=no")
# The level of each is set here. Named like a monitor: who looks for a microphone must not take it.
AIR = ("module-remap-source", "source_name=air.monitor", "master=bus.monitor", "format=float32le", *STEREO, "remix=no")
MIC = ("module-remap-source", "source_name=mic", "master=air.monitor", *MONO, "remix=yes")
DOWNMIX_GAIN = 2.0
"""The server mixes two channels to one by their mean."""
# What a desktop puts in the place of the last loudspeaker: it takes sound and nobody hears it.
NOWHERE = ("module-null-sink", "sink_name=auto_null")

PLAYER = ["pacat", "--device=room", *FORMAT, "--channels=1", f"--latency-msec={PLAY_BUFFER_MS}"]
RECORDER = ["parec", "--device=bus.monitor", *FORMAT, *(f"--{word.replace('_', '-')}" for word in STEREO)]
RECORDER.append(f"--latency-msec={RECORD_BUFFER_MS}")


class Recording:
    """What was heard while the `with` block ran; both int16 (n,), mono, 16 kHz, sample for sample aligned."""

    def __init__(self) -> None:
        self.speaker: Samples = np.zeros(0, dtype=np.int16)
        self.room: Samples = np.zeros(0, dtype=np.int16)


class Room:
    """A loudspeaker, a microphone and the air between them; use it in a `with` block, which takes a moment to open.

    `echo_db` is how loud the microphone hears the loudspeaker, 0 being as loud as it plays.
    """

    def __init__(self, *, echo_db: float = -12.0) -> None:
        self.echo_db = echo_db
        self.server: SoundServer
        self.recorder: Recorder
        self._noise: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Room:
        self.server = SoundServer()
        try:
            for name, module in (("bus", BUS), ("room", ROOM), ("air", AIR)):
                self.server.plug(name, module)
            self.set_echo_db(self.echo_db)
            self.replug_speaker()
            self.replug_mic()
            self.recorder = self._record()
        except BaseException:
            self.server.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.close()
        self.recorder.close()

    def env(self) -> dict[str, str]:
        """The environment of a program inside the room: its sound is ours, its models stay the caller's."""
        return self.server.env()

    def play(self, sound: Samples | Path, *, wait: bool = True, gain_db: float = 0.0) -> subprocess.Popen[bytes]:
        """Play int16 16 kHz samples, or a sound file, as a person in the room; `wait` until it was heard.

        Raises:
            AudioDeviceError: the room's sound server is gone or stands still (only seen when waiting).
        """
        samples = read_audio(sound) if isinstance(sound, Path) else sound
        with tempfile.TemporaryFile(dir=self.server.folder) as file:
            file.write(_louder(samples, gain_db).tobytes())
            file.seek(0)
            player = self.server.start(PLAYER, stdin=file)
        if wait:
            self._wait_for(player, len(samples) / RATE_HZ + PLAY_PATIENCE_S)
        return player

    @contextlib.contextmanager
    def record(self) -> Iterator[Recording]:
        """The sound of the `with` block, complete when it ends."""
        recording, start = Recording(), self.recorder.position
        yield recording
        # The freshest sound is still on its way through the pipe.
        end_at = self.recorder.position + RATE_HZ * 2 * RECORD_BUFFER_MS // 1000
        self.recorder.wait_until(end_at)
        recording.speaker, person = self.recorder.cut(start, end_at)
        recording.room = self.mix(recording.speaker, person)

    def mix(self, speaker: Samples, person: Samples) -> Samples:
        """What the microphone hears of the two channels of the recording at the present echo."""
        mixed = person.astype(np.float64) + _factor(self.echo_db) * speaker
        clipped: Samples = np.clip(np.round(mixed), -32768, 32767).astype(np.int16)
        return clipped

    def set_echo_db(self, echo_db: float) -> None:
        """How loud the microphone hears the loudspeaker; -120 is not at all."""
        self.echo_db = echo_db
        left, right = DOWNMIX_GAIN * _factor(echo_db), DOWNMIX_GAIN
        self.server.control("set-source-volume", "air.monitor", f"{left:.6f}", f"{right:.6f}")

    def set_noise(self, sound: Samples | Path | None, gain_db: float = 0.0) -> None:
        """Loop a noise in the room, its own level changed by `gain_db`; none is silence again."""
        if self._noise is not None:
            end(self._noise)
            self._noise = None
        if sound is None:
            return
        samples = read_audio(sound) if isinstance(sound, Path) else sound
        self._noise = self.server.start(PLAYER, stdin=subprocess.PIPE)
        data = _louder(samples, gain_db).tobytes()
        threading.Thread(target=_feed, args=(self._noise, data), name="noise", daemon=True).start()

    def unplug_mic(self) -> None:
        self.server.unplug("mic")

    def replug_mic(self) -> None:
        self.server.plug("mic", MIC)
        self.server.control("set-default-source", "mic")

    def unplug_speaker(self) -> None:
        """The server now offers its silent stand-in, as it does on a desktop without any loudspeaker."""
        self.server.plug("nowhere", NOWHERE)
        self.server.control("set-default-sink", "auto_null")
        self.server.unplug("speaker")

    def replug_speaker(self) -> None:
        self.server.plug("speaker", SPEAKER)
        self.server.control("set-default-sink", "speaker")
        self.server.unplug("nowhere")

    def _wait_for(self, player: subprocess.Popen[bytes], patience_s: float) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            if player.wait(patience_s) == 0:
                return
        raise AudioDeviceError(f"The virtual room cannot play: {self.server.last_words()}.", fix="Try again.")

    def _record(self) -> Recorder:
        recorder = Recorder(self.server.start(RECORDER, stdout=subprocess.PIPE))
        if not recorder.wait_until(RATE_HZ // 10):
            raise AudioDeviceError(f"The virtual room records nothing: {self.server.last_words()}.", fix=FIX)
        return recorder


def _factor(gain_db: float) -> float:
    return math.pow(10.0, gain_db / 20.0)


def _louder(samples: Samples, gain_db: float) -> Samples:
    scaled = samples.astype(np.float64) * _factor(gain_db)
    clipped: Samples = np.clip(np.round(scaled), -32768, 32767).astype(np.int16)
    return clipped


def _feed(player: subprocess.Popen[bytes], data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError, ValueError):
        while data and player.stdin is not None and player.poll() is None:
            player.stdin.write(data)
