"""One turn's stages as a picture in plain text: what overlapped, and what the person waited for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WIDTH = 48
TICKS_MS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
MOST_TICKS = 6
STAGES = (
    ("end_decided", "end of turn"),
    ("transcript", "transcript"),
    ("routed", "understanding"),
    ("first_text", "first words"),
    ("first_sound_ready", "voice"),
    ("first_audio", "loudspeaker"),
)
"""The marks of a turn in the order in which one needs the other, and what they are called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stage from `start_ms` to `end_ms` after the end of speech; negative is while the person still spoke."""

    name: str
    start_ms: float
    end_ms: float


def spans(timings_ms: Mapping[str, float]) -> list[Span]:
    """The stages in `Turn.timings_ms` as spans: each begins when what it needs was there.

    `decode_ms` tells how long the transcript took, which is thought ahead while the end of the turn is still being
    decided; sound begins only when both are there.
    """
    found: list[Span] = []
    ready_ms = 0.0
    for key, name in STAGES:
        if key not in timings_ms:
            continue
        end_ms = timings_ms[key]
        if key == "end_decided":
            start_ms = min(0.0, end_ms)
        elif key == "transcript":
            start_ms = end_ms - timings_ms["decode_ms"] if "decode_ms" in timings_ms else min(0.0, end_ms)
            ready_ms = end_ms
        elif key == "first_audio":
            start_ms = min(end_ms, max(ready_ms, timings_ms.get("end_decided", ready_ms)))
            ready_ms = end_ms
        else:
            start_ms = min(ready_ms, end_ms)
            ready_ms = max(ready_ms, end_ms)
        found.append(Span(name=name, start_ms=start_ms, end_ms=end_ms))
    return found


def waterfall(timings_ms: Mapping[str, float], width: int = WIDTH) -> str:
    """A line a stage with its bar and its moments (ms after the end of speech), a scale below; empty without stages."""
    rows = spans(timings_ms)
    if not rows:
        return ""
    first_ms = min(0.0, *(row.start_ms for row in rows))
    last_ms = max(1.0, *(row.end_ms for row in rows))
    scale = width / (last_ms - first_ms)

    def column(at_ms: float) -> int:
        return round((at_ms - first_ms) * scale)

    label = max(len(row.name) for row in rows)
    lines = []
    for row in rows:
        begin, end = column(row.start_ms), column(row.end_ms)
        bar = (" " * min(begin, width - 1) + "#" * max(1, end - begin))[:width]
        lines.append(f"{row.name:<{label}} |{bar:<{width}}| {row.start_ms:5.0f} - {row.end_ms:5.0f} ms")
    return "\n".join([*lines, *_scale(label, width, first_ms, last_ms)])


def _scale(label: int, width: int, first_ms: float, last_ms: float) -> list[str]:
    """The end of speech and round numbers after it."""
    step = next((tick for tick in TICKS_MS if (last_ms - first_ms) / tick <= MOST_TICKS), TICKS_MS[-1])
    numbers = [" "] * (width + 6)
    at_ms = -step * int(-first_ms // step)
    while at_ms <= last_ms:
        text = f"{at_ms:g}"
        place = round((at_ms - first_ms) * width / (last_ms - first_ms))
        numbers[place : place + len(text)] = text
        at_ms += step
    return [f"{'':<{label}} +{'-' * width}+", f"{'':<{label}}  {''.join(numbers).rstrip()} ms after the end of speech"]
