"""The audio process: microphone -> 16 kHz -> echo canceller -> daemon, and daemon -> loudspeaker, on one machine clock.

PortAudio knows no hot-plug, so a lost device has one cure: this process says which one is lost and ends, and the
daemon starts a new one. Its callbacks share their interpreter with nothing heavy, so the daemon can cost no sample.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.audio.cleaner import Cleaner
from assistant.audio.playback import Playback
from assistant.audio.reflex import Reflex
from assistant.errors import AssistantError, AudioDeviceError
from assistant.types import CHUNK_SAMPLES, RATE_HZ, JsonDict, Samples
from assistant.wire import BlockingWire

SILENT_MICROPHONE_S = 1.0
"""No block for this long means that the device is gone (blocks are 20 ms)."""
SLOW_SHARE = 0.8
"""Fewer samples than this share of the nominal rate over `RATE_WINDOW_S` means a device that must be reopened."""
RATE_WINDOW_S = 5.0
LOOK_AGAIN_S = 15.0


COUNTERS_EVERY_CHUNKS = 25


class _Lost(Exception):  # noqa: N818 - not an error but the reason to end
    pass


class AudioHost:
    """Everything that runs in the child."""

    def __init__(self, wire: BlockingWire, settings: JsonDict) -> None:
        self._wire = wire
        self._settings = settings
        self._io: Any = importlib.import_module("assistant.engines.sounddevice_io")
        self._pulse: Any = importlib.import_module("assistant.engines.pulse")
        self._resamplers: dict[int, Any] = {}
        self._microphone: Any = None
        self._loudspeaker: Any = None
        self._cleaner: Cleaner | None = None
        self._playback = Playback(RATE_HZ)
        self._reflex = Reflex()
        self._names: JsonDict = {"microphone": None, "loudspeaker": None}
        self._why: JsonDict = {}
        self._devices_changed = threading.Event()

    def open(self) -> None:
        """Choose and open the devices; one of both may be missing, which is told, not raised."""
        server = self._pulse.query()
        for role in ("loudspeaker", "microphone"):
            try:
                device = self._choose(role, server)
                latency = self._settings["latency"]
                if role == "loudspeaker":
                    self._playback = Playback(device.rate_hz)
                    self._loudspeaker = self._io.LoudspeakerStream(device, latency, self._playback)
                else:
                    self._microphone = self._io.MicrophoneStream(device, latency)
            except AssistantError as error:
                self._names[role] = None
                self._why[role] = {"sentence": error.sentence, "fix": error.fix}
        if server is not None:
            threading.Thread(target=self._pulse.watch, args=(self._devices_changed.set,), daemon=True).start()

    def _choose(self, role: str, server: Any) -> Any:
        """A sound server knows stable names and rates; without one PortAudio's own list must do."""
        wanted = tuple(self._settings["output" if role == "loudspeaker" else "input"])
        if server is None:
            device = self._io.choose(self._io.devices(), wanted, output=role == "loudspeaker")
            self._names[role] = device.name
            return device
        name = server.sink(wanted) if role == "loudspeaker" else server.source(wanted)
        if name is None:
            raise AudioDeviceError(f"There is no {role}.", fix="Plug one in; 'assistant devices' lists what is seen.")
        self._names[role] = name
        os.environ["PULSE_SINK" if role == "loudspeaker" else "PULSE_SOURCE"] = name
        device = self._io.choose(self._io.devices(), ("pulse", "pipewire"), output=role == "loudspeaker")
        rates = server.sinks if role == "loudspeaker" else server.sources
        return dataclasses.replace(device, rate_hz=rates[name])

    def _check_devices(self) -> None:
        """A sound server moves our stream to some other source when ours goes away: better to say that it is gone."""
        if not self._devices_changed.is_set():
            return
        self._devices_changed.clear()
        server = self._pulse.query()
        for role in ("microphone", "loudspeaker"):
            wanted = tuple(self._settings["output" if role == "loudspeaker" else "input"])
            now = None if server is None else server.sink(wanted) if role == "loudspeaker" else server.source(wanted)
            if now != self._names[role]:
                raise _Lost(role if now is None else "look again")

    def run(self) -> None:
        """Serve until the daemon goes or a device is lost."""
        rate = {"input_hz": self._microphone.rate_hz if self._microphone else None}
        self._cleaner, echo = self._new_cleaner()
        self._wire.write({"ready": {**self._names, **rate, "echo_cancellation": echo, "why": self._why}})
        threading.Thread(target=self._obey, daemon=True).start()
        try:
            if self._microphone is None:
                self._wait_for_microphone()
            else:
                self._listen()
        except _Lost as lost:
            self._wire.write({"lost": str(lost)})
        finally:
            for stream in (self._microphone, self._loudspeaker):
                if stream is not None:
                    stream.close()

    def _listen(self) -> None:
        import soxr

        microphone = self._microphone
        resampler = soxr.ResampleStream(microphone.rate_hz, RATE_HZ, 1, dtype="int16", quality="MQ")
        cleaner = self._cleaner
        heard, sent, told, dry = _Chunks(), 0, False, 0
        meter = _RateMeter(microphone.rate_hz)
        while True:
            block = microphone.read(SILENT_MICROPHONE_S)
            if block is None or meter.too_slow(len(block[0]), block[1]):
                raise _Lost("microphone")
            samples, at_s = block
            samples = resampler.resample_chunk(samples)
            self._tell_reference()
            if cleaner is None:
                heard.add(samples, None)
            else:
                if self._loudspeaker.counters.underflows != dry:
                    dry = self._loudspeaker.counters.underflows
                    cleaner.disturbed()
                heard.add(*cleaner.clean(samples, at_s))
                somebody = cleaner.somebody and self._playback.sounding
                self._playback.holding = self._reflex.feed(somebody=somebody, at_ms=1000 * at_s)
            for linear, suppressed, behind in heard.take():
                waiting_s = (behind + (cleaner.held if cleaner else 0)) / RATE_HZ
                header: JsonDict = {"chunk": round(1000 * (at_s - waiting_s), 2)}
                apart = cleaner is not None and cleaner.apart
                if sent % COUNTERS_EVERY_CHUNKS == 0 or apart != told:
                    header["counters"], told = self._counters(), apart
                sent += 1
                payload = linear.tobytes()
                if suppressed is not None:
                    header["two"] = True
                    payload += suppressed.tobytes()
                self._wire.write(header, payload)
            self._tell_notes()
            self._check_devices()

    def _new_cleaner(self) -> tuple[Cleaner | None, str]:
        """The cleaner and `on`, or none and the reason why our own voice stays in the microphone."""
        if self._loudspeaker is None:
            return None, "no loudspeaker"
        if not self._settings["echo_cancellation"]:
            return None, "off in the settings"
        try:
            return Cleaner(self._playback.rate_hz, self._loudspeaker.latency_s), "on"
        except Exception:  # a border: native code that this platform may lack; hearing goes on without it
            return None, "not available on this platform"

    def _tell_reference(self) -> None:
        for block, at_s in self._loudspeaker.played() if self._loudspeaker is not None else ():
            if self._cleaner is not None:
                self._cleaner.reference.played(block, at_s)

    def _wait_for_microphone(self) -> None:
        """Play what there is to play; look for a microphone now and then (PortAudio itself sees none that comes)."""
        started = told = time.monotonic()
        while True:
            time.sleep(0.02 if self._loudspeaker is not None else 0.5)
            self._tell_notes()
            now = time.monotonic()
            if now - told >= 1.0:
                told = now
                self._wire.write({"alive": True})  # there are no chunks that would tell
            self._tell_reference()
            self._check_devices()
            if now - started > LOOK_AGAIN_S and self._pulse.query() is None:
                raise _Lost("look again")  # PortAudio itself sees no new device: a new process does

    def _counters(self) -> JsonDict:
        mic = self._microphone.counters
        speaker = self._loudspeaker.counters if self._loudspeaker else None
        counted = {"overflows": mic.overflows, "drops": mic.drops, "underflows": speaker.underflows if speaker else 0}
        counted |= {"held": self._reflex.held, "held_falsely": self._reflex.false_alarms}
        return counted | (self._cleaner.figures() if self._cleaner else {})

    def _tell_notes(self) -> None:
        for kind, segment, ms in self._playback.notes():
            delay_ms = 1000 * self._loudspeaker.latency_s if self._loudspeaker else 0.0
            self._wire.write({"note": [kind, segment, round(ms, 1)], "at_ms": time.monotonic() * 1000 + delay_ms})

    def _obey(self) -> None:
        """The reader thread: what the daemon wants played."""
        with contextlib.suppress(EOFError, OSError):
            while True:
                header, payload = self._wire.read()
                if "play" in header:
                    self._queue(header, payload)
                elif "cut" in header:
                    self._resamplers.clear()
                    self._playback.cut()
                    self._reflex.obeyed()
                elif "gain" in header:
                    gain = float(header["gain"])
                    if gain < self._playback.gain:
                        self._reflex.obeyed()
                    self._playback.gain = gain
        os._exit(0)  # the daemon is gone

    def _queue(self, header: JsonDict, payload: bytes) -> None:
        import soxr

        segment, last = int(header["play"]), bool(header["last"])
        samples: NDArray[np.int16] = np.frombuffer(payload, dtype=np.int16)
        if int(header["rate"]) != self._playback.rate_hz:
            stream = self._resamplers.get(segment)
            if stream is None:
                stream = soxr.ResampleStream(header["rate"], self._playback.rate_hz, 1, dtype="int16", quality="HQ")
                self._resamplers[segment] = stream
            samples = stream.resample_chunk(samples, last=last)
            if last:
                del self._resamplers[segment]
        self._playback.push(segment, samples, last=last)


class _Chunks:
    """Cuts both streams of the cleaner into chunks of 20 ms; the second one is only kept where it differs."""

    def __init__(self) -> None:
        self._linear: Samples = np.zeros(0, dtype=np.int16)
        self._suppressed: Samples = self._linear
        self._differ_until = 0

    def add(self, linear: Samples, suppressed: Samples | None) -> None:
        if suppressed is None and self._differ_until <= 0:  # both are the same: one is enough
            self._linear = self._suppressed = np.concatenate([self._linear, linear]) if len(self._linear) else linear
            return
        self._linear = np.concatenate([self._linear, linear])
        self._suppressed = np.concatenate([self._suppressed, linear if suppressed is None else suppressed])
        if suppressed is not None:
            self._differ_until = len(self._linear)

    def take(self) -> Iterator[tuple[Samples, Samples | None, int]]:
        """(linear, suppressed or none, samples from its start to the end of what was added) of every whole chunk."""
        while len(self._linear) >= CHUNK_SAMPLES:
            behind = len(self._linear)
            linear, self._linear = self._linear[:CHUNK_SAMPLES], self._linear[CHUNK_SAMPLES:]
            suppressed, self._suppressed = self._suppressed[:CHUNK_SAMPLES], self._suppressed[CHUNK_SAMPLES:]
            yield linear, suppressed if self._differ_until > 0 else None, behind
            self._differ_until -= CHUNK_SAMPLES


class _RateMeter:
    """Is the microphone as fast as it says? Counts samples against the clock."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._since_s: float | None = None
        self._count = 0

    def too_slow(self, count: int, at_s: float) -> bool:
        if self._since_s is None:
            self._since_s = at_s
            return False
        self._count += count
        spent_s = at_s - self._since_s
        if spent_s < RATE_WINDOW_S:
            return False
        share = self._count / (spent_s * self._rate_hz)
        self._since_s, self._count = at_s, 0
        # A gap of minutes is a suspended machine, not a slow device.
        return share < SLOW_SHARE and spent_s < 10 * RATE_WINDOW_S


def main(fd: int) -> None:
    """Entry of the child: the first message holds the settings."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(-10)  # where we may: sound before thought
    wire = BlockingWire(socket.socket(fileno=fd))
    with contextlib.suppress(EOFError, OSError):
        settings, _ = wire.read()
        try:
            host = AudioHost(wire, settings)
            host.open()
            host.run()
        except AssistantError as error:
            wire.write({"failed": {"sentence": error.sentence, "fix": error.fix}})


if __name__ == "__main__":
    main(int(sys.argv[1]))
