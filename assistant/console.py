"""The terminal of the daemon: what was heard and answered, and a line to type on."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable

from assistant.errors import AssistantError
from assistant.events import Event, EventBus, now_ms
from assistant.think.understanding import Understanding
from assistant.types import JsonDict, RouteDecision, Turn


async def typed_turn(
    understanding: Understanding,
    text: str,
    turn_id: str,
    silence_alarm: Callable[[], bool] = lambda: False,
    on_text: Callable[[Turn, str], None] = lambda turn, delta: None,
) -> Turn:
    """One turn in writing, through the same understanding; a stop word ends a ringing alarm.

    `on_text` hears the answer as it comes. Raises: AssistantError.
    """
    understanding.listen(text)
    turn = Turn(id=turn_id, ended_ms=now_ms(), text=understanding.shown(text))
    turn.committed.set()
    if understanding.is_stop(text):
        turn.decision = RouteDecision(route="grammar", reason="stop_word")
        silence_alarm()
        understanding.close(turn)
        return turn
    turn.decision = await understanding.plan(text)
    turn.mark("routed", now_ms())
    async for delta in understanding.reply(turn, text):
        turn.mark("first_text", now_ms())
        turn.reply += delta
        on_text(turn, delta)
    turn.reply = turn.reply.strip()
    turn.mark("done", now_ms())
    turn.heard = turn.reply
    understanding.close(turn)
    return turn


class Console:
    """Human-readable on a terminal; `quiet` leaves stdout to the events."""

    def __init__(self, bus: EventBus, *, quiet: bool) -> None:
        self.silence_alarm: Callable[[], bool] = lambda: False
        self._quiet = quiet
        self._bus = bus
        self._state = ""
        if not quiet:
            bus.observe(self._show)

    def tell(self, sentence: str) -> None:
        if not self._quiet:
            print(sentence, flush=True)

    def audio_changed(self, state: str, fields: JsonDict, phrase: str) -> None:
        if state == self._state:
            return
        self._state = state
        if state == "ok":
            self.tell(f'I am listening on "{fields["microphone"]}". Say "{phrase}", or type here.')
        elif state == "no_microphone":
            why = fields.get("why", {}).get("microphone", {})
            self.tell(f"{why.get('sentence', 'There is no usable microphone.')} You can type instead; Ctrl-D ends.")
        else:
            self.tell(f"The {fields.get('device', 'sound device')} is gone; I am looking for it.")

    async def read(self, understanding: Understanding) -> bool:
        """Answer typed lines until the end of the input; true when a person ended it with Ctrl-D.

        A service without input, or one whose input was a pipe that has ended, just goes on.
        """
        if not sys.stdin or sys.stdin.closed:
            return False
        reader = asyncio.StreamReader(limit=1 << 20)
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(os.dup(0), "rb"))
        except (OSError, ValueError):
            return False  # a file or /dev/null: nothing to type on
        number = 0
        while True:
            try:
                line = await reader.readline()
            except ValueError:
                self.tell("That line is too long for me.")
                continue
            if not line:
                return os.isatty(0)
            if text := line.decode("utf-8", "replace").strip():
                number += 1
                await self._answer(understanding, text, f"c{number}")

    async def _answer(self, understanding: Understanding, text: str, turn_id: str) -> None:
        started = time.monotonic()
        self._bus.emit("transcript", turn_id, text=understanding.shown(text), typed=True)
        try:
            turn = await typed_turn(understanding, text, turn_id, self.silence_alarm)
        except AssistantError as error:
            self._bus.emit("error", turn_id, code=error.code, message=str(error))
            self.tell(str(error))
            return
        for result in turn.results:
            self._bus.emit("tool", turn_id, tool=result.tool, ok=result.ok, error=result.error, data=result.data)
        self._bus.emit("reply", turn_id, text=turn.reply, timings_ms=dict(turn.timings_ms), **turn.summary())
        self.tell(f"{turn.reply}   [{turn.summary()['route']}, {time.monotonic() - started:.1f} s]")

    def _show(self, event: Event) -> None:
        if event.kind == "transcript" and not event.fields.get("typed"):
            print(f"You: {event.fields['text']}", flush=True)
        elif event.kind == "reply" and event.turn_id.startswith("t"):
            print(f"Assistant: {str(event.fields['text']).strip()}", flush=True)
        elif event.kind == "error":
            print(event.fields.get("message", ""), file=sys.stderr, flush=True)
