"""Which microphone and loudspeaker a PulseAudio or PipeWire server holds, asked through its own `pactl`."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

DUMMY_SINK = "auto_null"
"""What PulseAudio puts in the place of the last loudspeaker: nobody hears it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseState:
    """Stable names with their own rate (Hz). A monitor (what a loudspeaker plays) is no microphone and is left out."""

    sources: dict[str, int]
    sinks: dict[str, int]
    default_source: str
    default_sink: str

    def source(self, wanted: tuple[str, ...]) -> str | None:
        return _pick(self.sources, wanted, self.default_source)

    def sink(self, wanted: tuple[str, ...]) -> str | None:
        return _pick(self.sinks, wanted, self.default_sink)


def query() -> PulseState | None:
    """Ask the server; none when there is no server or no `pactl`."""
    if shutil.which("pactl") is None:
        return None
    sources, sinks = _names("sources"), _names("sinks")
    if sources is None or sinks is None:
        return None
    return PulseState(
        sources={name: rate for name, rate in sources.items() if not name.endswith(".monitor")},
        sinks={name: rate for name, rate in sinks.items() if name != DUMMY_SINK},
        default_source=_run("get-default-source") or "",
        default_sink=_run("get-default-sink") or "",
    )


def watch(on_change: Callable[[], None]) -> None:
    """Call `on_change` at every change of devices until the server goes away; blocks, costs nothing while idle."""
    # Where the kernel can, it ends with us: after a kill it would wait for the next change of devices.
    guard = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
    command = [*guard, "pactl", "subscribe"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as lines:
        assert lines.stdout is not None
        for line in lines.stdout:
            if re.search(r"on (source|sink|server|card)( |$)", line):
                on_change()


def _pick(names: dict[str, int], wanted: tuple[str, ...], default: str) -> str | None:
    for want in wanted:
        for name in names:
            if want.casefold() in name.casefold():
                return name
    return default if default in names else next(iter(names), None)


def _names(kind: str) -> dict[str, int] | None:
    listing = _run("list", "short", kind)
    if listing is None:
        return None
    rows = [line.split("\t") for line in listing.splitlines()]
    rates = {row[1]: re.search(r"(\d+)Hz", row[3]) for row in rows if len(row) > 3}
    return {name: int(rate.group(1)) for name, rate in rates.items() if rate}


def _run(*words: str) -> str | None:
    try:
        done = subprocess.run(["pactl", *words], capture_output=True, text=True, timeout=3, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
