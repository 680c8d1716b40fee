"""The daemon: one lock, one assembly, the loops that run side by side, and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from assistant.assembly import Assembly
from assistant.attention import Attention
from assistant.audio.supervisor import AudioProcess
from assistant.audio.tones import chime
from assistant.config import Config
from assistant.console import Console
from assistant.errors import AlreadyRunningError, AssistantError
from assistant.events import EventBus
from assistant.hear.pauses import Pauses
from assistant.hear.vad import load_speech
from assistant.hear.wake import WakeGate, load_wake, wake_word
from assistant.korean.told import in_korean
from assistant.language import spoken_in
from assistant.listen import Ears, Listener
from assistant.paths import Paths
from assistant.speak.ringer import FEW_ROUNDS, MAX_ROUNDS, Ringer
from assistant.spoken_ring import ring_event, ring_sentence
from assistant.store.recorder import recording
from assistant.store.scheduler import Ring, Scheduler
from assistant.telemetry.log import open_log
from assistant.types import AudioChunk, JsonDict
from assistant.worker import Worker

HEALTH_EVERY_S = 30.0
CHIME_SEGMENT = 900_000


@contextlib.contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Hold the home's lock. Raises: AlreadyRunningError when another daemon does."""
    lock.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            raise AlreadyRunningError(
                f"An assistant already runs on this home (process {file.read().strip() or 'unknown'}).",
                fix="Stop it first, or give this one its own home with ASSISTANT_HOME.",
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


class Daemon:
    """Everything that lives as long as `assistant run`."""

    def __init__(self, assembly: Assembly, console: Console) -> None:
        self._assembly = assembly
        self._promises = assembly.timers.commitments
        self._bus = assembly.bus
        self._console = console
        self._audio = AudioProcess(assembly.config.audio, self._audio_changed, assembly.paths.state / "audio.log")
        self._synthesizer = assembly.synthesizer()
        self._ringer = Ringer(self._synthesizer, self._audio)
        console.silence_alarm = self._ringer.silence
        self._phrase = wake_word(assembly.config.wake.word).phrase
        self._wake: WakeGate | None = None
        self._rings = False
        self._stop = asyncio.Event()

    def _load(self) -> Listener:
        """What takes its time in this process: the models of the ears, the skills and their grammar."""
        config = self._assembly.config
        self._wake = load_wake(config.wake.word, config.wake.threshold)
        self._stages = self._assembly.stages(self._audio, self._phrase, self._ringer.silence)
        ears = Ears(
            microphone=self._audio,
            wake=self._wake,
            vad=load_speech(),
            turn_model=self._assembly.turn_model(),
            pauses=Pauses(self._assembly.paths.pauses),
            can_interrupt=lambda: self._audio.cancels_echo,
        )
        return Listener(ears, self._stages, config.turn, self._bus)

    async def run(self) -> None:
        """Serve until SIGINT or SIGTERM."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        if self._assembly.config.audio.chime:
            self._bus.observe(self._chime)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._audio.run(), name="audio")]
            engines = [
                group.create_task(self._start(worker)) for worker in (self._assembly.asr, *self._assembly.voices)
            ]
            # In a thread, while the other processes load their models: half a second less to wait.
            self._listener = await asyncio.to_thread(self._load)
            self._ringer.on_change = self._ringing_changed
            self._ringer.on_given_up = self._promises.give_up
            await asyncio.gather(*engines)
            await self._audio.first_look.wait()
            self._promises.on_change(self._promises_changed)
            tasks.append(group.create_task(self._assembly.host.serve(), name="skills"))
            self._bus.emit("ready", **self._facts())
            tasks += [
                group.create_task(self._listener.run(), name="listener"),
                group.create_task(Scheduler(self._promises, self._clock_goes).run(self._due), name="promises"),
                group.create_task(self._think(), name="thinking"),
                group.create_task(self._attention().run(), name="attention"),
                group.create_task(self._report_health(), name="health"),
                group.create_task(self._type(), name="console"),
            ]
            if (plan := self._assembly.plan) is not None:
                plan.renewal.say = self._say_of_plan
                tasks.append(group.create_task(plan.renewal.run(), name="plan"))
            if notice := self._promises.notice:
                self._tell(notice)
            await self._stop.wait()
            self._ringer.on_change = lambda ringing: None  # what nobody stopped rings again after a restart
            self._ringer.silence()
            await self._listener.stop_turn()
            for task in tasks:
                task.cancel()

    async def _start(self, worker: Worker) -> None:
        """An engine that cannot start is told once; the first request tries again."""
        try:
            await worker.start()
        except AssistantError as error:
            self._bus.emit("error", code=error.code, message=str(error))

    async def _think(self) -> None:
        """Load what understands; most of that keeps one core busy, on the other the voice renders its set phrases."""
        prewarming = self._synthesizer.prewarm(self._assembly.set_phrases(), lambda: self._listener.resting)
        await asyncio.gather(self._assembly.start_thinking(), prewarming)

    def _attention(self) -> Attention:
        """Music gets softer while somebody speaks to us, while we answer, and while something rings."""
        host = self._assembly.host
        attention = Attention(
            lambda: not self._listener.resting or self._ringer.ringing, lambda busy: host.attend(busy=busy)
        )
        self._bus.observe(attention.observe)
        return attention

    async def _type(self) -> None:
        if await self._console.read(self._stages.understanding):
            self._stop.set()

    async def _due(self, ring: Ring) -> None:
        """A promise is due: it rings at least once, whatever the voice does; what is too late is only told."""
        self._bus.emit("timer", **ring_event(ring))
        with spoken_in(self._assembly.tongue.now):
            sentence = ring_sentence(ring, self._assembly.context.now())
        if ring.missed:
            self._tell(sentence)
            return
        self._console.tell(f'{sentence} Say "stop", or type it.')
        self._rings = True
        self._ringer.ring(sentence, FEW_ROUNDS if ring.promise.kind == "reminder" else MAX_ROUNDS)

    def _tell(self, sentence: str) -> None:
        """Say something unasked, once."""
        self._console.tell(sentence)
        self._ringer.ring(sentence, rounds=1)

    def _say_of_plan(self, sentence: str) -> None:
        """What came of an activation that a person has just begun."""
        self._tell(in_korean(sentence) if self._assembly.tongue.now == "ko" else sentence)

    def _clock_goes(self, goes: bool) -> None:
        """Promises wait for a clock that was never set, or it was set now."""
        self._bus.emit("health", component="clock", state="ok" if goes else "waiting")
        if not goes:
            notice = "My clock is not set, so your alarms and reminders wait until it is. Timers work."
            self._tell(in_korean(notice) if self._assembly.tongue.now == "ko" else notice)

    def _ringing_changed(self, ringing: bool) -> None:
        self._listener.ringing = ringing
        if not ringing:
            self._rings = False
            self._promises.stop_ringing()

    def _promises_changed(self) -> None:
        """Cancelling or snoozing in words what rings silences it as well."""
        if self._rings and self._ringer.ringing and not self._promises.ringing():
            self._ringer.silence()

    def _chime(self, event: object) -> None:
        if getattr(event, "kind", "") == "wake":
            tone = AudioChunk(samples=chime(22_050), rate_hz=22_050, start_ms=0.0)
            task = asyncio.ensure_future(self._audio.play(CHIME_SEGMENT, tone, last=True))
            task.add_done_callback(lambda done: done.exception())

    def _audio_changed(self, state: str, fields: JsonDict) -> None:
        self._bus.emit("device", state=state, **fields)
        if self._wake is not None:
            self._wake.reset()
        self._console.audio_changed(state, fields, self._phrase)

    def _facts(self) -> JsonDict:
        choice, audio = self._assembly.choice, self._audio
        return {
            "microphone": audio.facts.get("microphone"),
            "loudspeaker": audio.facts.get("loudspeaker"),
            "wake_word": self._phrase,
            "tier": choice.tier,
            "pids": self._pids(),
        }

    def _pids(self) -> dict[str, int | None]:
        workers = {worker.settings.engine: worker.pid for worker in self._assembly.workers}
        return {"daemon": os.getpid(), "audio": self._audio.pid, **workers}

    async def _report_health(self) -> None:
        while True:
            await asyncio.sleep(HEALTH_EVERY_S)
            self._bus.emit("health", component="audio", state="ok", pids=self._pids(), counters=self._audio.counters)


async def run_daemon(config: Config, paths: Paths, *, events: bool, out: TextIO = sys.stdout) -> None:
    """`assistant run`. Raises: AlreadyRunningError, ModelError, ConfigError."""
    bus = EventBus()
    paths.create()
    with only_one(paths.lock):
        bus.observe(open_log(paths.log))
        if events:
            bus.observe(lambda event: print(event.to_json(), file=out, flush=True))
        console = Console(bus, quiet=events)
        kept = config.history
        with recording(bus, paths.history, kept.keep_days, keep_words=kept.keep_words):
            async with Assembly(config, paths, bus).running() as assembly:
                await Daemon(assembly, console).run()
