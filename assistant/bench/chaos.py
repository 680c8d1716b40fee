"""kill -9 at random points around promises: none lost, none claimed twice, none early, side effects at most once.

Two processes work on one file at a time, each with a real scheduler and the real clocks: they add, cancel, snooze,
ring and stop, and write each step to a journal. They are killed at random moments and others take their place; at the
end one life without a kill rings what is left, and the journal is held against the promises.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from assistant.store.clocks import SystemClock
from assistant.store.commitments import Claim, CommitmentStore
from assistant.store.scheduler import Ring, Scheduler
from assistant.types import JsonDict

LONGEST_LIFE_S = 0.12
"""A life ends at a random moment before this: long enough for some dozens of steps."""
PROCESSES = 2


@dataclass
class Journal:
    """Lines that outlive the process: one `write` each, in order for all processes."""

    path: Path
    life: int = 0

    def note(self, step: str, **fields: object) -> None:
        line = json.dumps({"step": step, "life": self.life, "boot_ms": SystemClock().boot_ms(), **fields})
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, f"{line}\n".encode())
        finally:
            os.close(handle)

    def lines(self) -> Iterator[JsonDict]:
        for line in self.path.read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(ValueError):  # the last line of a life may be cut
                yield json.loads(line)


class NotedStore(CommitmentStore):
    """Writes down what it claims, and what happens once."""

    def __init__(self, path: Path, journal: Journal) -> None:
        super().__init__(path, zone="Europe/Berlin")
        self._journal = journal

    def claim_due(self) -> list[Claim]:
        claims = super().claim_due()
        for claim in claims:
            self._journal.note("claimed", occurrence=claim.occurrence, id=claim.promise.id)
        return claims

    def begin(self, occurrence: int) -> bool:
        first = super().begin(occurrence)
        if first:
            self._journal.note("effect", occurrence=occurrence)
        return first


@dataclass(kw_only=True)
class Report:
    """What was found; every list of faults is to be empty."""

    kills: int = 0
    promises: int = 0
    claims: int = 0
    rings: int = 0
    rung_again: int = 0
    killed_after: dict[str, int] = field(default_factory=dict)
    lost: list[int] = field(default_factory=list)
    claimed_twice: list[int] = field(default_factory=list)
    early: list[int] = field(default_factory=list)
    effects_twice: list[int] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (self.lost or self.claimed_twice or self.early or self.effects_twice or self.damaged)


def chaos(folder: Path, kills: int, seed: int) -> Report:
    """Kill so many processes on a file in this folder."""
    pick = random.Random(seed)
    path, journal = folder / "commitments.sqlite3", Journal(folder / "journal")
    CommitmentStore(path).close()
    lives: list[tuple[int, float]] = []
    for number in range(kills):
        while len(lives) < PROCESSES:
            journal.life = number + len(lives)
            ends = time.monotonic() + pick.uniform(0.0, LONGEST_LIFE_S)
            lives.append((_start(path, journal, pick.random()), ends))
        lives.sort(key=lambda life: life[1])
        pid, ends = lives.pop(0)
        time.sleep(max(0.0, ends - time.monotonic()))
        _kill(pid)
    for pid, _ in lives:
        _kill(pid)
    asyncio.run(_last_life(path, journal))
    return judge(journal, kills)


def _start(path: Path, journal: Journal, seed: float) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            asyncio.run(_live(path, journal, random.Random(seed)))
        finally:
            os._exit(1)
    return pid


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


async def _live(path: Path, journal: Journal, pick: random.Random) -> None:
    """Add, ring, stop, snooze and cancel until killed."""
    store = _opened(path, journal)

    async def on_due(ring: Ring) -> None:
        journal.note("rang", id=ring.promise.id, again=ring.again, missed=ring.missed)

    async with asyncio.TaskGroup() as group:
        group.create_task(Scheduler(store).run(on_due))
        while True:
            await asyncio.sleep(pick.uniform(0.0, 0.004))
            _step(store, journal, pick)


def _step(store: CommitmentStore, journal: Journal, pick: random.Random) -> None:
    what = pick.choices(("add", "stop", "snooze", "cancel", "copy"), (10, 3, 1, 1, 1))[0]
    if what == "add":
        kind, seconds = pick.choice(("timer", "reminder", "alarm")), pick.randrange(3)
        asked_ms = store.clock.boot_ms()
        made = store.add(kind, seconds, label=str(seconds))  # type: ignore[arg-type]
        journal.note("added", id=made.id, due_boot_ms=asked_ms + 1000.0 * seconds)
    elif what == "stop":
        journal.note("heard", ids=[promise.id for promise in store.stop_ringing()])
    elif what == "snooze":
        journal.note("snoozed", ids=[promise.id for promise in store.snooze(1)])
    elif what == "cancel" and (promises := store.list()):
        chosen = pick.choice(promises).id
        journal.note("cancelling", id=chosen)
        store.cancel(chosen)
    elif what == "copy":
        store.back_up()


async def _last_life(path: Path, journal: Journal) -> None:
    """Nobody is killed any more: ring what is left, until nothing waits."""
    store = _opened(path, journal)

    async def on_due(ring: Ring) -> None:
        journal.note("rang", id=ring.promise.id, again=ring.again, missed=ring.missed)

    done = asyncio.Event()

    def look() -> None:
        if all(promise.ringing for promise in store.list()):
            done.set()

    store.on_change(look)
    running = asyncio.create_task(Scheduler(store).run(on_due))
    look()
    await done.wait()
    running.cancel()
    store.stop_ringing()
    store.close()


def _opened(path: Path, journal: Journal) -> CommitmentStore:
    store = NotedStore(path, journal)
    journal.note("opened", notice=store.notice)
    return store


def judge(journal: Journal, kills: int) -> Report:
    """Hold the journal against itself: a step that was confirmed counts, whatever came after."""
    report = Report(kills=kills)
    due: dict[int, float] = {}
    claims: list[tuple[int, float]] = []
    rang: Counter[int] = Counter()
    claimed: Counter[int] = Counter()
    effects: Counter[int] = Counter()
    cancelled: set[int] = set()
    last: dict[int, str] = {}
    for line in journal.lines():
        step = line["step"]
        last[line["life"]] = step
        if step == "added":
            due[line["id"]] = line["due_boot_ms"]
        elif step == "claimed":
            claimed[line["occurrence"]] += 1
            claims.append((line["id"], line["boot_ms"]))
        elif step == "effect":
            effects[line["occurrence"]] += 1
        elif step == "rang":
            rang[line["id"]] += 1
            report.rung_again += bool(line["again"])
        elif step == "cancelling":
            cancelled.add(line["id"])
        elif step == "opened" and line["notice"]:
            report.damaged.append(line["notice"])
    report.promises, report.claims, report.rings = len(due), claimed.total(), rang.total()
    report.killed_after = dict(Counter(last.values()).most_common())
    report.lost = [number for number in due if not rang[number] and number not in cancelled]
    report.early = [number for number, boot_ms in claims if boot_ms < due.get(number, 0.0)]
    report.claimed_twice = [occurrence for occurrence, count in claimed.items() if count > 1]
    report.effects_twice = [occurrence for occurrence, count in effects.items() if count > 1]
    return report


def main() -> int:
    """`python -m assistant.bench.chaos --kills 500`: one JSON object; 1 when a fault was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = chaos(Path(folder), options.kills, options.seed)
    sys.stdout.write(f"{json.dumps(vars(report) | {'good': report.good}, indent=2)}\n")
    return 0 if report.good else 1


if __name__ == "__main__":
    sys.exit(main())
