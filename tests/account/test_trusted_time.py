"""The time that licences go by: no setting of the clock gains anything, no wrong clock locks anybody out for good."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.account.trusted_time import STEADY_S, Reading, TrustedTime, advanced, effective_s, told

pytestmark = pytest.mark.unit

DAY_S = 86_400.0
START_S = 1_800_000_000.0


class Machine:
    """A machine whose true time, wall clock and boots a test moves; it looks every ten minutes while it is on."""

    def __init__(self) -> None:
        self.true_s, self.ahead_s, self.boot_s, self.life = START_S, 0.0, 1000.0, 1
        self.trusted: TrustedTime | None = told(self.reading, START_S)

    @property
    def reading(self) -> Reading:
        return Reading(wall_s=self.true_s + self.ahead_s, boot_s=self.boot_s, boot_id=f"life {self.life}")

    @property
    def effective_s(self) -> float:
        return effective_s(self.trusted, self.reading)

    def on(self, seconds: float) -> None:
        while seconds > 0:
            step = min(600.0, seconds)
            self.true_s, self.boot_s, seconds = self.true_s + step, self.boot_s + step, seconds - step
            self.trusted = advanced(self.trusted, self.reading)

    def off(self, seconds: float, wall_s: float | None = None) -> None:
        """Without power; afterwards the wall clock says `wall_s`, or goes on as before."""
        self.true_s, self.boot_s, self.life = self.true_s + seconds, 0.0, self.life + 1
        if wall_s is not None:
            self.ahead_s = wall_s - self.true_s
        self.trusted = advanced(self.trusted, self.reading)


def test_a_clock_that_goes_is_the_time() -> None:
    """Nothing special: on, off, on."""
    machine = Machine()
    machine.on(3 * DAY_S)
    assert machine.true_s == machine.effective_s
    machine.off(2 * DAY_S)
    assert machine.true_s == machine.effective_s


def test_sixty_days_back_gain_nothing() -> None:
    """While it runs, and over a restart."""
    machine = Machine()
    machine.on(5 * DAY_S)
    machine.ahead_s = -60 * DAY_S
    assert machine.true_s == machine.effective_s
    machine.on(DAY_S)
    assert machine.true_s == machine.effective_s
    machine.off(60.0, START_S - 60 * DAY_S)
    assert machine.true_s - 60.0 == machine.effective_s
    machine.on(DAY_S)
    assert machine.true_s - 60.0 == machine.effective_s


def test_back_after_days_without_power_gains_nothing_that_was_seen() -> None:
    """What the wall clock said for an hour is remembered, though the boot clock did not count it."""
    machine = Machine()
    machine.off(10 * DAY_S)
    machine.on(STEADY_S + 600.0)
    machine.off(60.0, START_S)
    assert machine.true_s - 60.0 == machine.effective_s


def test_a_board_without_a_clock_goes_by_what_it_knows() -> None:
    """Each start in 1970: the time that it was on counts, and it is never before what the gateway said."""
    machine = Machine()
    machine.on(DAY_S)
    machine.off(5 * DAY_S, 0.0)
    assert START_S + DAY_S == machine.effective_s
    machine.on(DAY_S)
    assert START_S + 2 * DAY_S == machine.effective_s
    machine.off(0.0, 0.0)
    assert START_S + 2 * DAY_S == machine.effective_s


def test_a_jump_ahead_that_is_mended_leaves_no_trace() -> None:
    """A wrong year until the time server answers."""
    machine = Machine()
    machine.on(DAY_S)
    machine.ahead_s = 400 * DAY_S
    machine.on(STEADY_S - 700.0)
    assert machine.true_s + 400 * DAY_S == machine.effective_s
    machine.ahead_s = 0.0
    assert machine.true_s == machine.effective_s
    machine.on(STEADY_S + 700.0)
    assert machine.true_s == machine.effective_s


def test_a_jump_ahead_that_stood_for_hours_ends_with_the_gateway() -> None:
    """Then it was believed; the gateway's word sets it right."""
    machine = Machine()
    machine.ahead_s = 400 * DAY_S
    machine.on(2 * STEADY_S)
    machine.ahead_s = 0.0
    assert machine.true_s + 300 * DAY_S < machine.effective_s
    machine.trusted = told(machine.reading, machine.true_s)
    assert machine.true_s == machine.effective_s


def test_many_small_steps_back_gain_nothing() -> None:
    """Set back by less than what counts as drift, again and again."""
    machine = Machine()
    for _ in range(500):
        machine.on(600.0)
        machine.ahead_s -= 50.0
    assert machine.true_s == machine.effective_s


Act = tuple[str, float]
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("on"), st.floats(0, 3 * DAY_S)),
        st.tuples(st.just("set"), st.floats(-90 * DAY_S, 0)),
        st.tuples(st.just("reboot"), st.floats(-90 * DAY_S, 0)),
    ),
    max_size=25,
)


@given(ACTS)
def test_no_way_of_setting_back_shortens_the_time_that_was_on(acts: list[Act]) -> None:
    """However the clock is set back and the machine restarted, the time that it was on has passed."""
    machine = Machine()
    for what, value in acts:
        if what == "on":
            machine.on(value)
        elif what == "set":
            machine.ahead_s = value
        else:
            machine.off(0.0, machine.true_s + value)
    assert machine.effective_s >= machine.true_s - 1.0


@given(ACTS)
def test_it_never_goes_back_by_itself(acts: list[Act]) -> None:
    """But for a wall clock that was ahead and is mended, no look gives an earlier time than the look before."""
    machine, before = Machine(), 0.0
    for what, value in acts:
        if what == "on":
            machine.on(value)
        elif what == "set":
            machine.ahead_s = value
        else:
            machine.off(0.0, machine.true_s + value)
        assert machine.effective_s >= before - 1.0
        before = machine.effective_s
