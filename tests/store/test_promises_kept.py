"""Whatever happens in whatever order, no promise is lost, claimed twice or claimed early."""

from __future__ import annotations

import datetime as dt
import math
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from assistant.skill import ONCE, Repeat
from assistant.store.commitments import ALARM_LATE_MS, Claim, CommitmentStore
from assistant.testing import ScriptedClock

pytestmark = pytest.mark.unit

ZONE = "Europe/Berlin"
MINUTE_MS = 60_000.0
STEPS_MINUTES = (-26 * 60, -60, -1, 1, 60, 26 * 60)


@dataclass
class Expected:
    """One due moment of the model: by the boot clock of a life, or by the wall."""

    promise: int
    kind: str
    wall_due: float
    life: int = 0
    boot_due: float = 0.0

    def late_ms(self, clock: ScriptedClock) -> float:
        return clock.boot - self.boot_due if self.life == clock.life else clock.wall - self.wall_due


class Promises(RuleBasedStateMachine):
    """A simple model of what was promised, beside the store; a crash loses everything but the file."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = ScriptedClock()
        self.store = self._open()
        self.waiting: list[Expected] = []
        self.daily: dict[int, dt.time] = {}
        self.ringing: list[int] = []
        self.claimed: set[int] = set()

    def _open(self) -> CommitmentStore:
        return CommitmentStore(Path(self.folder.name) / "commitments.sqlite3", self.clock, ZONE)

    def teardown(self) -> None:
        self.clock.pass_ms(400 * 24 * 60 * MINUTE_MS)
        self._look()
        assert [] == [expected for expected in self.waiting if expected.promise not in self.daily]
        self.store.close()
        self.folder.cleanup()

    @rule(kind=st.sampled_from(["timer", "alarm", "reminder"]), seconds=st.integers(1, 7200))
    def promise_in(self, kind: str, seconds: int) -> None:
        made = self.store.add(kind, seconds)  # type: ignore[arg-type]
        self.waiting.append(self._elapsing(made.id, kind, seconds))

    @rule(kind=st.sampled_from(["alarm", "reminder"]), minutes=st.integers(0, 3000), daily=st.booleans())
    def promise_at(self, kind: str, minutes: int, daily: bool) -> None:
        local = dt.datetime.fromtimestamp(self.clock.wall // MINUTE_MS * 60 + 60 * (minutes + 1), ZoneInfo(ZONE))
        made = self.store.add(
            kind,  # type: ignore[arg-type]
            local,
            repeat=Repeat(every_days=1) if daily else ONCE,
        )
        self.waiting.append(Expected(made.id, kind, made.due.timestamp() * 1000.0))
        if daily:
            self.daily[made.id] = local.time()

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(sorted({expected.promise for expected in self.waiting})))
        assert self.store.cancel(chosen)
        if chosen in self.ringing:
            self.ringing = [promise for promise in self.ringing if promise != chosen]
        else:
            self.waiting = [expected for expected in self.waiting if expected.promise != chosen]

    @precondition(lambda self: self.ringing)
    @rule(seconds=st.integers(1, 1200))
    def snooze(self, seconds: int) -> None:
        snoozed = self.store.snooze(seconds)
        assert set(self.ringing) == {promise.id for promise in snoozed}
        self.waiting += [self._elapsing(promise.id, promise.kind, seconds) for promise in snoozed]
        self.ringing = []

    @rule(heard=st.booleans())
    def end_ringing(self, heard: bool) -> None:
        if heard:
            self.store.stop_ringing()
        else:
            self.store.give_up()
        self.ringing = []

    @rule(ms=st.integers(1, 90 * 60_000))
    def time_passes(self, ms: int) -> None:
        self.clock.pass_ms(ms)
        self._look()

    @precondition(lambda self: self.waiting)
    @rule()
    def time_passes_until_just_before(self) -> None:
        left_ms = min(-expected.late_ms(self.clock) for expected in self.waiting)
        self.clock.pass_ms(max(0, math.ceil(left_ms) - 1))
        assert [] == self.store.claim_due(), "early"

    @rule(minutes=st.sampled_from(STEPS_MINUTES))
    def clock_is_set(self, minutes: int) -> None:
        self.clock.set_wall(minutes * MINUTE_MS)
        self._settle()
        self._look()

    @rule(hours=st.integers(1, 48))
    def machine_sleeps(self, hours: int) -> None:
        self.clock.pass_ms(hours * 60 * MINUTE_MS)
        self._look()

    @rule()
    def process_dies(self) -> None:
        self._crash()

    @rule(minutes=st.integers(0, 3000))
    def machine_restarts(self, minutes: int) -> None:
        self.clock.reboot(minutes * MINUTE_MS)
        self._crash()

    @invariant()
    def the_store_says_the_same(self) -> None:
        assert sorted(self.ringing) == sorted(claim.promise.id for claim in self.store.ringing())
        expected = {expected.promise for expected in self.waiting} | set(self.ringing)
        assert expected == {promise.id for promise in self.store.list()}

    def _elapsing(self, promise: int, kind: str, seconds: int) -> Expected:
        wall_due, boot_due = (math.ceil(now + 1000 * seconds) for now in (self.clock.wall, self.clock.boot))
        return Expected(promise, kind, wall_due, self.clock.life, boot_due)

    def _settle(self) -> None:
        self.store.clock_was_set()
        for expected in self.waiting:
            if expected.life == self.clock.life:
                expected.wall_due = float(int(self.clock.wall + expected.boot_due - self.clock.boot))

    def _crash(self) -> None:
        old, self.store = self.store, self._open()
        old.close()
        self._settle()
        again = self.store.take_up()
        assert {claim.promise.id for claim in again} >= set(self.ringing)
        self.ringing = [claim.promise.id for claim in again if not claim.missed]
        self._look()

    def _look(self) -> None:
        """What the scheduler does: claim, and hold each claim against the model."""
        claims = self.store.claim_due()
        for claim in claims:
            assert claim.occurrence not in self.claimed, "claimed twice"
            self.claimed.add(claim.occurrence)
            self._take(claim)
        overdue = [expected for expected in self.waiting if expected.late_ms(self.clock) >= 0]
        assert [] == overdue, "lost"

    def _take(self, claim: Claim) -> None:
        number = claim.promise.id
        due = [one for one in self.waiting if one.promise == number and one.late_ms(self.clock) >= 0]
        assert due, "claimed early, or twice"
        if number in self.daily and all(one.life == 0 for one in due):  # several of its days count as the last
            for one in due:
                self.waiting.remove(one)
            self.waiting.append(Expected(number, claim.promise.kind, self._next_day(number)))
        else:
            elapsed = [one for one in due if one.life] or due
            self.waiting.remove(elapsed[0])
            due = elapsed[:1]
        missed = claim.promise.kind == "alarm" and claim.late_s * 1000 > ALARM_LATE_MS
        assert missed == claim.missed
        if not claim.missed:
            self.ringing.append(number)

    def _next_day(self, number: int) -> float:
        """The first time after now that the wall shows the time of a daily promise (no change of DST is near)."""
        zone = ZoneInfo(ZONE)
        now = dt.datetime.fromtimestamp(self.clock.wall / 1000.0, zone)
        today = now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        for days in range(3):
            at = dt.datetime.combine(today.date() + dt.timedelta(days=days), self.daily[number]).replace(tzinfo=zone)
            if at > now:
                return at.timestamp() * 1000.0
        raise AssertionError("no next day")


Promises.TestCase.settings = settings(
    max_examples=int(os.environ.get("EXAMPLES", "40")),
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
test_promises_are_kept = Promises.TestCase
