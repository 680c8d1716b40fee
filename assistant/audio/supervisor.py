"""The daemon's side of the audio process: starts it, reads it, starts it again, and says so."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np

from assistant.audio.io import NoteHandler, PlayNote
from assistant.config import AudioConfig
from assistant.events import now_ms
from assistant.types import RATE_HZ, AudioChunk, JsonDict
from assistant.wire import pack, read_async

WAITING_CHUNKS = 250
"""Five seconds of sound may wait for the loop; older sound is dropped and counted."""
START_PATIENCE_S = 10.0
STALL_S = 4.0
"""An audio process that is ready and sends nothing for this long is killed: it hangs or is stopped."""
DOES_NOT_START = "The audio process does not start, so I cannot hear."

OnChange = Callable[[str, JsonDict], None]


class AudioProcess:
    """A microphone and a loudspeaker that come back. `on_change(state, fields)` hears: ok, no_microphone, lost."""

    def __init__(self, config: AudioConfig, on_change: OnChange, log: Path | None = None) -> None:
        self.pid: int | None = None
        self.facts: JsonDict = {}
        self.counters: JsonDict = {"overflows": 0, "drops": 0, "underflows": 0, "late": 0, "restarts": 0}
        self.first_look = asyncio.Event()
        self._config = config
        self._on_change = on_change
        self._log = log
        self._chunks: asyncio.Queue[AudioChunk] = asyncio.Queue(maxsize=WAITING_CHUNKS)
        self._handlers: list[NoteHandler] = []
        self._open: dict[int, float] = {}
        self._writer: asyncio.StreamWriter | None = None

    @property
    def has_microphone(self) -> bool:
        return bool(self.facts.get("microphone"))

    @property
    def has_loudspeaker(self) -> bool:
        return bool(self.facts.get("loudspeaker"))

    @property
    def cancels_echo(self) -> bool:
        """Whether speech over our own sound can be told from it; else only the wake word interrupts.

        In the first second of the first answer it cannot, but where that is silent: the path of the echo is still being
        learnt.
        """
        return self.facts.get("echo_cancellation") == "on" and bool(self.counters.get("echo_apart"))

    def on_note(self, handler: NoteHandler) -> None:
        self._handlers.append(handler)

    async def chunks(self) -> AsyncIterator[AudioChunk]:
        while True:
            yield await self._chunks.get()

    async def play(self, segment: int, chunk: AudioChunk, *, last: bool) -> None:
        self._open[segment] = self._open.get(segment, 0.0) + 1000.0 * len(chunk.samples) / chunk.rate_hz
        await self._send({"play": segment, "rate": chunk.rate_hz, "last": last}, chunk.samples.tobytes())

    async def cut(self) -> None:
        await self._send({"cut": True})

    async def set_gain(self, gain: float) -> None:
        await self._send({"gain": gain})

    async def run(self) -> None:
        """Keep one audio process alive until cancelled."""
        failures = 0
        while True:
            try:
                heard = await self._one_life()
            except OSError:  # no process can be started now (descriptors, memory, disk): it can be later
                heard = False
            failures = 0 if heard else min(failures + 1, 5)  # bounded: 2**1100 is no float, and a night may pass
            self.counters["restarts"] += 1
            self._close_segments()
            if not self.first_look.is_set():
                self._changed("no_microphone", {"why": {"microphone": {"sentence": DOES_NOT_START}}})
            await asyncio.sleep(min(0.2 * 2**failures, 5.0))

    async def _one_life(self) -> bool:
        """From start to end of one process; true when it delivered sound."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with self._log.open("ab") if self._log else contextlib.nullcontext(asyncio.subprocess.DEVNULL) as stderr:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "assistant.audio.process", str(theirs.fileno())),
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                stderr=stderr,
            )
        theirs.close()
        self.pid = process.pid
        reader, self._writer = await asyncio.open_connection(sock=ours)
        heard = False
        try:
            await self._send(self._config.model_dump())
            async with asyncio.timeout(START_PATIENCE_S) as patience:
                while True:
                    header, payload = await read_async(reader)
                    heard = self._take(header, payload) or heard
                    if "counters" in header or not heard:  # not with each of the 50 chunks of a second
                        limit_s = STALL_S if self.facts else START_PATIENCE_S
                        patience.reschedule(asyncio.get_running_loop().time() + limit_s)
        except (asyncio.IncompleteReadError, OSError, TimeoutError):
            self._changed("lost", {"device": "audio process"}) if heard else None
        finally:
            self._writer.close()
            self._writer = None
            self.facts = {}
            self.counters.pop("echo_apart", None)
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)  # Process.kill may reap it behind the back of the event loop
            await process.wait()
        return heard

    def _take(self, header: JsonDict, payload: bytes) -> bool:
        if "chunk" in header:
            self._hear(header, payload)
            return True
        if "note" in header:
            kind, segment, played_ms = header["note"]
            if kind != "started":
                self._open.pop(segment, None)
            self._note(PlayNote(kind=kind, segment=segment, played_ms=played_ms, at_ms=header["at_ms"]))
        elif "ready" in header:
            self.facts = header["ready"]
            if not self.has_loudspeaker:
                self._close_segments()
            self._changed("ok" if self.has_microphone else "no_microphone", self.facts)
        elif "failed" in header:
            self._changed("no_microphone", {"why": {"microphone": header["failed"]}})
        elif "lost" in header and header["lost"] != "look again":
            self._changed("lost", {"device": header["lost"]})
            raise OSError
        return False

    def _hear(self, header: JsonDict, payload: bytes) -> None:
        self.counters.update(header.get("counters", {}))
        if self._chunks.full():
            self._chunks.get_nowait()
            self.counters["late"] += 1
        samples = np.frombuffer(payload, dtype=np.int16)
        suppressed = None
        if "two" in header:
            samples, suppressed = samples[: len(samples) // 2], samples[len(samples) // 2 :]
        chunk = AudioChunk(samples=samples, rate_hz=RATE_HZ, start_ms=header["chunk"], suppressed=suppressed)
        self._chunks.put_nowait(chunk)

    def _changed(self, state: str, fields: JsonDict) -> None:
        self._on_change(state, fields)
        self.first_look.set()

    def _note(self, note: PlayNote) -> None:
        for handler in self._handlers:
            handler(note)

    def _close_segments(self) -> None:
        """What was to be played when the process died is told as cut, so that nobody waits for its end."""
        waiting, self._open = list(self._open), {}
        for segment in waiting:
            self._note(PlayNote(kind="cut", segment=segment, played_ms=0.0, at_ms=now_ms()))

    async def _send(self, header: JsonDict, payload: bytes = b"") -> None:
        mute = bool(self.facts) and not self.has_loudspeaker
        if self._writer is None or (mute and "play" in header):
            if "play" in header and header["last"]:
                self._close_segments()
            return
        with contextlib.suppress(OSError):
            self._writer.write(pack(header, payload))
            await self._writer.drain()
