"""Collects the events of each turn and has its row written, in a thread of its own, when the turn is over."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from assistant.events import Event, EventBus
from assistant.store.database import StoreError
from assistant.store.history import DAY_S, History, OpenedBy, Outcome, TurnRecord

MAX_OPEN = 8
"""Turns that are remembered for what may still come: an answer that is paused, the words said over it, the next one."""
PRUNE_EVERY_S = DAY_S / 24
_OPENERS: dict[str, OpenedBy] = {"wake": "wake", "paused": "interruption", "resumed": "", "follow_up_closed": ""}

_log = logging.getLogger("assistant.store.recorder")


@dataclass(slots=True, kw_only=True)
class _Open:
    """A turn as far as it is known. `at_s`: epoch seconds."""

    at_s: float
    heard: str = ""
    record: TurnRecord
    saved: bool = False


class TurnRecorder:
    """An observer of the bus. A row is written when the turn is over, and again when more becomes known of it.

    Whatever is wrong with the file is logged, never raised. `wall_s` gives epoch seconds, UTC. Without `keep_words` a
    row tells what was done and why, but nothing that was said.
    """

    def __init__(
        self, file: Path, keep_days: int, wall_s: Callable[[], float] = time.time, *, keep_words: bool = False
    ) -> None:
        self._file = file
        self._keep_days = keep_days
        self._keep_words = keep_words
        self._wall_s = wall_s
        self._turns: dict[str, _Open] = {}
        self._opener: OpenedBy = ""
        self._pruned_s = wall_s()
        self._history: History | None = None  # lives in the thread
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="history")
        self._writer.submit(self._prune, self._pruned_s)

    def observe(self, event: Event) -> None:
        """Take one event; returns at once."""
        self._note_opener(event)
        if not event.turn_id:
            if self._wall_s() - self._pruned_s > PRUNE_EVERY_S:  # nobody has spoken for long, but days go by
                self._pruned_s = self._wall_s()
                self._writer.submit(self._prune, self._pruned_s)
            return
        turn = self._turn(event.turn_id)
        before = turn.record
        if event.kind == "speech_ended":
            turn.record, self._opener = replace(before, opened_by=self._opener), ""
        elif event.kind == "transcript":
            turn.heard = event.fields.get("text", "")
            if event.fields.get("typed"):
                turn.record = replace(before, opened_by="typed")
        turn.record = told(turn.record, event)
        if turn.record.ended != "unfinished" and turn.record is not before:
            self._save(event.turn_id, turn)

    def close(self) -> None:
        """Write what is still open and wait until all is on the disk."""
        for turn_id, turn in self._turns.items():
            if not turn.saved:
                self._save(turn_id, turn)
        self._writer.submit(self._shut)
        self._writer.shutdown(wait=True)

    def _note_opener(self, event: Event) -> None:
        if event.kind == "listening" and event.fields.get("follow_up"):
            self._opener = "follow_up"
        elif event.kind in _OPENERS:
            self._opener = _OPENERS[event.kind]

    def _turn(self, turn_id: str) -> _Open:
        if turn_id not in self._turns:
            while len(self._turns) >= MAX_OPEN:
                del self._turns[next(iter(self._turns))]
            self._turns[turn_id] = _Open(at_s=round(self._wall_s(), 3), record=TurnRecord())
        return self._turns[turn_id]

    def _save(self, turn_id: str, turn: _Open) -> None:
        """Noises are no turns: only what had words or went wrong is kept."""
        if turn.heard or turn.record.error:
            turn.saved = True
            self._pruned_s = self._wall_s()
            kept = replace(turn) if self._keep_words else replace(turn, heard="", record=without_words(turn.record))
            self._writer.submit(self._write, turn_id, kept, self._pruned_s)

    def _write(self, turn_id: str, turn: _Open, now_s: float) -> None:
        with self._logged() as history:
            history.add(turn.at_s, turn_id, turn.heard, turn.record)
            history.prune(now_s)

    def _prune(self, now_s: float) -> None:
        with self._logged() as history:
            history.prune(now_s)

    def _shut(self) -> None:
        if self._history is not None:
            self._history.close()
            self._history = None

    @contextlib.contextmanager
    def _logged(self) -> Iterator[History]:
        """The open history; what fails is logged, and the next turn opens the file anew."""
        try:
            if self._history is None:
                self._history = History(self._file, self._keep_days, now_s=self._wall_s())
                if self._history.replaced:
                    _log.warning("the history of turns was damaged and set aside; a new one was begun")
            yield self._history
        except (StoreError, ValueError):  # ValueError: a value that is no text or no JSON
            _log.warning("a turn could not be written to the history", exc_info=True)
            self._shut()


def without_words(record: TurnRecord) -> TurnRecord:
    """The record without anything that a person said or was told; numbers and codes stay."""
    numbers = {name: value for name, value in record.arguments.items() if isinstance(value, (int, float))}
    return replace(record, arguments=numbers, reply="", message="", wordless=True)


def told(record: TurnRecord, event: Event) -> TurnRecord:
    """The record with what an event of its turn tells; the same record when it tells nothing new."""
    get = event.fields.get
    match event.kind:
        case "speech_ended":
            return replace(
                record, ended_by=get("ended_by", ""), timings_ms=_times(record, end_decided=get("decided_ms"))
            )
        case "transcript":
            return replace(record, timings_ms=_times(record, decode_ms=get("decode_ms")))
        case "route":
            record = _decided(record, event)
            return replace(record, ended="stopped") if record.reason == "stop_word" else record
        case "tool":
            outcome = Outcome(tool=get("tool", ""), ok=get("ok", False), error=get("error"))
            return replace(record, results=(*record.results, outcome))
        case "reply":
            record = replace(_decided(record, event), reply=get("text", "").strip())
            if record.opened_by != "typed":
                return record
            times, words = _times(record, **get("timings_ms", {})), len(record.reply.split())
            return replace(record, ended="written", heard_words=words, timings_ms=times)
        case "speech_done":
            return replace(
                record,
                ended=record.ended if record.ended in ("interrupted", "failed") else "spoken",
                reply=record.reply or get("text", ""),  # an answer that was broken off while it was written told none
                heard_words=get("heard_words", 0),
                timings_ms=_times(record, **get("timings_ms", {})),
            )
        case "resumed":
            return replace(record, resumed=(*record.resumed, get("why", "")))
        case "interrupted":
            return replace(record, ended="interrupted", by=get("by", ""))
        case "error":
            return replace(record, ended="failed", error=get("code", "error"), message=get("message", ""))
        case "timer":
            return replace(record, silenced=get("state") == "silenced")
    return record


def _decided(record: TurnRecord, event: Event) -> TurnRecord:
    """With the decision as `Turn.summary` tells it."""
    get = event.fields.get
    return replace(
        record,
        route=get("route", "none"),
        reason=get("reason", ""),
        skill=get("skill"),
        tool=get("tool"),
        arguments=get("arguments") or {},
    )


def _times(record: TurnRecord, **marks: float | None) -> dict[str, float]:
    return record.timings_ms | {stage: at_ms for stage, at_ms in marks.items() if at_ms is not None}


@contextlib.contextmanager
def recording(bus: EventBus, file: Path, keep_days: int, *, keep_words: bool = False) -> Iterator[None]:
    """Record the turns of this bus; with 0 days nothing is written, and what there was is forgotten."""
    if keep_days == 0:
        if file.exists():
            with contextlib.suppress(StoreError):
                history = History(file, keep_days)
                history.forget()
                history.close()
        yield
        return
    recorder = TurnRecorder(file, keep_days, keep_words=keep_words)
    bus.observe(recorder.observe)
    try:
        yield
    finally:
        recorder.close()
