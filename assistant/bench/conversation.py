"""A person and the real daemon in the virtual room: say something, see its events, hear its loudspeaker."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from assistant.bench.room import Room
from assistant.errors import EngineError
from assistant.events import Event
from assistant.types import JsonDict, Samples

READY_S = 120.0
DAEMON = (sys.executable, "-m", "assistant", "run", "--events")


class Conversation:
    """Runs the daemon in `room` with its state in `home`; use it in a `with` block, which returns when it is ready.

    `settings` overrides its configuration (`{"turn.follow_up_s": 1}`); `command` is for another program that speaks
    the same events.
    """

    def __init__(
        self,
        room: Room,
        home: Path,
        *,
        settings: JsonDict | None = None,
        command: Sequence[str] = DAEMON,
        ready_s: float = READY_S,
    ) -> None:
        self.room = room
        self.ready: Event
        self.home = home
        self._settings = settings or {}
        self._command = list(command)
        self._ready_s = ready_s
        self._events: list[Event] = []
        self._changed = threading.Condition()
        self._ended = False
        self._mark = 0
        self._said_at = 0

    def __enter__(self) -> Conversation:
        self.home.mkdir(parents=True, exist_ok=True)
        env = self.room.env() | {"ASSISTANT_HOME": str(self.home)}
        for name, value in self._settings.items():
            section, _, key = name.partition(".")
            env[f"ASSISTANT_SET_{section}__{key}".upper()] = json.dumps(value)
        with self._log.open("wb") as log:
            self.process = self.room.server.start(self._command, env=env, stderr=log, stdout=subprocess.PIPE)
        if self.process.stdout is None:
            raise EngineError("The assistant has no output to read.")
        self._reader = threading.Thread(target=self._read, args=(self.process.stdout,), name="events", daemon=True)
        self._reader.start()
        try:
            self.ready = self.wait_for("ready", self._ready_s)
        except BaseException:
            self._close()
            raise
        self._said_at = self.room.recorder.position
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    @property
    def events(self) -> list[Event]:
        """All events so far, oldest first."""
        with self._changed:
            return list(self._events)

    @property
    def since(self) -> list[Event]:
        """The events since the last `say` began."""
        with self._changed:
            return self._events[self._mark :]

    @property
    def said_at(self) -> int:
        """Where in the room's recording the last `say` began."""
        return self._said_at

    def say(self, sound: Samples | Path, *, wait: bool = True, gain_db: float = 0.0) -> None:
        """Say it into the room (int16 16 kHz, or a file); `heard`, `since` and `wait_for` count from here on."""
        with self._changed:
            self._mark = len(self._events)
        self._said_at = self.room.recorder.position
        self.room.play(sound, wait=wait, gain_db=gain_db)

    def heard(self) -> Samples:
        """What the loudspeaker has played since the last `say` began, int16 (n,) 16 kHz."""
        return self.room.recorder.cut(self._said_at)[0]

    def wait_for(self, kind: str, timeout_s: float, *, after: Event | None = None, **fields: object) -> Event:
        """The first event of this kind with these fields since the last `say`, or later than `after`.

        Raises:
            TimeoutError: none came; the message names the events that did, and the words that were understood.
            EngineError: the assistant has ended.
        """
        until_s = time.monotonic() + timeout_s
        with self._changed:
            while True:
                for event in self._candidates(after):
                    if event.kind == kind and all(event.fields.get(name) == want for name, want in fields.items()):
                        return event
                if self._ended:
                    raise EngineError(f"The assistant has ended ({self.process.wait()}): {self._last_words()}.")
                left_s = until_s - time.monotonic()
                if left_s <= 0:
                    came = ", ".join(_named(event) for event in self._candidates(after)) or "none"
                    raise TimeoutError(f"no event {kind} {fields or ''} within {timeout_s:g} s; events: {came}")
                self._changed.wait(left_s)

    def quiet(self, for_s: float, timeout_s: float) -> bool:
        """Wait until the loudspeaker has been silent for so long; false when it does not become so."""
        recorder, until_s = self.room.recorder, time.monotonic() + timeout_s
        while time.monotonic() < until_s:
            end = recorder.position
            speaker, _ = recorder.cut(end - round(for_s * 16_000), end)
            if not speaker.any():
                return True
            recorder.wait_until(end + 1600)
        return False

    def _candidates(self, after: Event | None) -> list[Event]:
        if after is None:
            return self._events[self._mark :]
        index = next(i for i, event in enumerate(self._events) if event is after)
        return self._events[index + 1 :]

    @property
    def _log(self) -> Path:
        return self.home / "stderr.log"

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                event = _parse(line)
                with self._changed:
                    if event is not None:
                        self._events.append(event)
                    self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=10.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(timeout=5.0)


def _parse(line: bytes) -> Event | None:
    try:
        values = json.loads(line)
        kind, at_ms, turn_id = values.pop("event"), float(values.pop("at_ms")), values.pop("turn_id", None)
    except (ValueError, KeyError, AttributeError, TypeError):
        return None  # not an event: a library that writes where it should not
    return Event(kind=kind, at_ms=at_ms, turn_id=turn_id or "", fields=values)


def _named(event: Event) -> str:
    return f"{event.kind} {event.fields.get('text')!r}" if event.kind in ("transcript", "reply") else event.kind
