"""What is said, and recorded, when a promise is due."""

from __future__ import annotations

import datetime as dt

from assistant.korean.hangul import with_particles
from assistant.language import speaking
from assistant.spoken_when import say_moment, say_time
from assistant.store.scheduler import Ring
from assistant.types import JsonDict


def ring_sentence(ring: Ring, now: dt.datetime) -> str:
    """One sentence for a due promise, in the language that is spoken; what comes late says so, and when it was due."""
    promise = ring.promise
    if speaking() == "ko":
        return _in_korean(ring, now)
    when = say_moment(promise.due, now.astimezone(promise.due.tzinfo))
    if promise.kind == "reminder":
        return f"You asked me to remind you {when}: {promise.label}." if ring.late else f"Reminder: {promise.label}."
    name = f"{promise.label} {promise.kind}" if promise.label else promise.kind
    if ring.missed:
        return f"You missed your {name} {when}, while I was off."
    if promise.kind == "alarm":
        late = f" It was set for {say_time(promise.due)}." if ring.late else ""
        return f"Your {name}: it is {say_time(now.astimezone(promise.due.tzinfo))}.{late}"
    return f"Your {name} is done{' while I was off' if ring.late else ''}."


def _in_korean(ring: Ring, now: dt.datetime) -> str:
    promise = ring.promise
    when = say_moment(promise.due, now.astimezone(promise.due.tzinfo))
    if promise.kind == "reminder":
        told = f"{when}에 알려 달라고 하셨어요: {promise.label}." if ring.late else f"알려 드려요: {promise.label}."
        return with_particles(told)
    kind = "알람" if promise.kind == "alarm" else "타이머"
    name = f"{promise.label} {kind}" if promise.label else kind
    if ring.missed:
        return with_particles(f"제가 꺼져 있는 동안 {when} {name}을(를) 놓쳤어요.")
    if promise.kind == "alarm":
        late = f" {say_time(promise.due)}에 맞춘 알람이에요." if ring.late else ""
        return with_particles(
            f"{name}이(가) 울려요. 지금 {say_time(now.astimezone(promise.due.tzinfo))}(이)에요.{late}"
        )
    return with_particles(f"{'제가 꺼져 있는 동안 ' if ring.late else ''}{name}이(가) 끝났어요.")


def ring_event(ring: Ring) -> JsonDict:
    """The fields of the event `timer`; what the user said is only under `data`."""
    promise = ring.promise
    return {
        "state": "missed" if ring.missed else "ringing",
        "id": promise.id,
        "promise": promise.kind,
        "late_s": round(ring.late_s, 1),
        "missed": ring.missed or ring.late,
        "again": ring.again,
        "data": {"label": promise.label, "seconds": promise.seconds},
    }
