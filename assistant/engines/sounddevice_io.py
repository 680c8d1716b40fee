"""Microphone and loudspeaker streams by sounddevice (PortAudio); callbacks only copy."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.audio.playback import Playback
from assistant.errors import AudioDeviceError

BLOCK_MS = 20
MAX_WAITING_BLOCKS = 100
"""Two seconds of sound may wait for the processing thread; what comes beyond is dropped and counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInfo:
    """A PortAudio device. `name` is stable across restarts, `index` is not."""

    index: int
    name: str
    inputs: int
    outputs: int
    rate_hz: int
    is_default_input: bool
    is_default_output: bool


@dataclass(slots=True)
class Counters:
    overflows: int = 0
    underflows: int = 0
    drops: int = 0


def _library() -> Any:
    try:
        import sounddevice
    except OSError:
        raise AudioDeviceError(
            "The PortAudio library is missing, so there is no sound.", fix="On Debian: apt-get install libportaudio2"
        ) from None
    return sounddevice


def devices() -> list[DeviceInfo]:
    """All devices that PortAudio sees now. Raises: AudioDeviceError when PortAudio itself is missing."""
    sd = _library()
    default_in, default_out = sd.default.device
    return [
        DeviceInfo(
            index=index,
            name=str(raw["name"]),
            inputs=int(raw["max_input_channels"]),
            outputs=int(raw["max_output_channels"]),
            rate_hz=round(raw["default_samplerate"]),
            is_default_input=index == default_in,
            is_default_output=index == default_out,
        )
        for index, raw in enumerate(sd.query_devices())
    ]


def choose(found: list[DeviceInfo], wanted: tuple[str, ...], *, output: bool) -> DeviceInfo:
    """The first wanted device (name contained, case ignored), else the default, else any that fits.

    Raises:
        AudioDeviceError: none fits.
    """
    fitting = [device for device in found if (device.outputs if output else device.inputs) > 0]
    for name in wanted:
        for device in fitting:
            if name.casefold() in device.name.casefold():
                return device
    for device in fitting:
        if device.is_default_output if output else device.is_default_input:
            return device
    if fitting:
        return fitting[0]
    what = "loudspeaker" if output else "microphone"
    raise AudioDeviceError(f"There is no {what}.", fix="Plug one in; 'assistant devices' lists what is seen.")


class MicrophoneStream:
    """Blocks from a microphone as (samples int16 (n,) at `rate_hz`, monotonic capture time in s of their end)."""

    def __init__(self, device: DeviceInfo, latency: str) -> None:
        self.rate_hz = device.rate_hz
        self.counters = Counters()
        self._blocks: queue.SimpleQueue[tuple[bytes, float]] = queue.SimpleQueue()
        self._stream = _open(
            "RawInputStream",
            device=device.index,
            channels=1,
            samplerate=device.rate_hz,
            blocksize=device.rate_hz * BLOCK_MS // 1000,
            dtype="int16",
            latency=latency,
            callback=self._callback,
        )

    def _callback(self, data: Any, frames: int, times: Any, status: Any) -> None:
        if status.input_overflow:
            self.counters.overflows += 1
        if self._blocks.qsize() < MAX_WAITING_BLOCKS:
            self._blocks.put((bytes(data), time.monotonic()))
        else:
            self.counters.drops += 1

    def read(self, timeout_s: float) -> tuple[NDArray[np.int16], float] | None:
        """The next block, or none when the microphone gave nothing for `timeout_s`."""
        try:
            data, at_s = self._blocks.get(timeout=timeout_s)
        except queue.Empty:
            return None
        return np.frombuffer(data, dtype=np.int16), at_s

    def close(self) -> None:
        _close(self._stream)


class LoudspeakerStream:
    """Plays what `playback` holds; everything played, silence included, is kept as the echo reference."""

    def __init__(self, device: DeviceInfo, latency: str, playback: Playback) -> None:
        self.counters = Counters()
        self._playback = playback
        self._reference: queue.SimpleQueue[tuple[bytes, float]] = queue.SimpleQueue()
        self._channels = 1 if device.outputs == 1 else 2
        self._stream = _open(
            "RawOutputStream",
            device=device.index,
            channels=self._channels,
            samplerate=device.rate_hz,
            blocksize=device.rate_hz * BLOCK_MS // 1000,
            dtype="int16",
            latency=latency,
            callback=self._callback,
        )
        self.latency_s = float(self._stream.latency)

    def _callback(self, data: Any, frames: int, times: Any, status: Any) -> None:
        if status.output_underflow:
            self.counters.underflows += 1
        samples = self._playback.pull(frames)
        if self._reference.qsize() < MAX_WAITING_BLOCKS:
            self._reference.put((samples.tobytes(), time.monotonic()))
        data[:] = samples.tobytes() if self._channels == 1 else np.repeat(samples, 2).tobytes()

    def played(self) -> Iterator[tuple[NDArray[np.int16], float]]:
        """The blocks handed over since the last call with the moment (s, monotonic) of each, oldest first."""
        while not self._reference.empty():
            data, at_s = self._reference.get()
            yield np.frombuffer(data, dtype=np.int16), at_s

    def close(self) -> None:
        _close(self._stream)


def _open(kind: str, **settings: Any) -> Any:
    sd = _library()
    what = "microphone" if kind == "RawInputStream" else "loudspeaker"
    try:
        stream = getattr(sd, kind)(**settings)
        stream.start()
    except (sd.PortAudioError, ValueError) as error:
        raise AudioDeviceError(f"The {what} cannot be opened: {error}.", fix="Try 'assistant devices'.") from None
    return stream


def _close(stream: Any) -> None:
    with contextlib.suppress(Exception):  # PortAudio may complain about a device that is already gone
        stream.abort()
        stream.close()
