"""What time it is at the least, whatever somebody sets the clock to; pure.

effective time = max(wall clock, last trusted time + boot clock since then)

Trusted is what the gateway told, and what the wall clock said for an hour on end: set back, it gains nothing; a jump
ahead that is mended within the hour leaves no trace, and a longer one ends with the next word of the gateway. A board
without a battery, whose clock begins in 1970, goes by the last trusted time.
"""

from __future__ import annotations

from dataclasses import dataclass

STEADY_S = 3600.0
"""A wall clock that kept pace with the boot clock for so long is believed."""
PACE_S = 60.0
"""How far it may drift from the boot clock between two looks and still count as not set; time servers slew by less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One look at the clocks: the wall clock (epoch), and the boot clock, which counts anew in each life `boot_id`."""

    wall_s: float
    boot_s: float
    boot_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedTime:
    """It was at least `at_s` (epoch) when the clocks read so; the wall clock was not set since `steady_s` (boot)."""

    at_s: float
    boot_s: float
    boot_id: str
    offset_s: float
    steady_s: float


def effective_s(trusted: TrustedTime | None, reading: Reading) -> float:
    """The time that licences go by, in seconds since 1970."""
    return max(reading.wall_s, _floor(trusted, reading))


def advanced(trusted: TrustedTime | None, reading: Reading) -> TrustedTime:
    """What is trusted after this look; to be kept, so that a restart forgets no time that was lived through."""
    offset, at_s = reading.wall_s - reading.boot_s, _floor(trusted, reading)
    goes = trusted is not None and _same_life(trusted, reading) and abs(offset - trusted.offset_s) <= PACE_S
    steady_s = trusted.steady_s if goes and trusted is not None else reading.boot_s
    if reading.boot_s - steady_s >= STEADY_S:
        at_s = max(at_s, reading.wall_s)
    return TrustedTime(at_s=at_s, boot_s=reading.boot_s, boot_id=reading.boot_id, offset_s=offset, steady_s=steady_s)


def told(reading: Reading, gateway_s: float) -> TrustedTime:
    """The gateway said what time it is: that holds, also where it is earlier than what was believed."""
    return TrustedTime(
        at_s=gateway_s,
        boot_s=reading.boot_s,
        boot_id=reading.boot_id,
        offset_s=reading.wall_s - reading.boot_s,
        steady_s=reading.boot_s,
    )


def _floor(trusted: TrustedTime | None, reading: Reading) -> float:
    if trusted is None:
        return 0.0
    return trusted.at_s + (reading.boot_s - trusted.boot_s if _same_life(trusted, reading) else 0.0)


def _same_life(trusted: TrustedTime, reading: Reading) -> bool:
    return trusted.boot_id == reading.boot_id and reading.boot_s >= trusted.boot_s
