"""What the assistant costs while nobody speaks: start-up time, processor and memory of each process, lost sound."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from assistant.bench.conversation import Conversation
from assistant.bench.latency import wait_until_thinking
from assistant.bench.room import Room
from assistant.types import JsonDict

SETTLE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Usage:
    """CPU seconds and proportional memory of one process."""

    cpu_s: float
    memory_mb: float


def run_idle(seconds: float = 60.0) -> JsonDict:
    """Start the real daemon in a virtual room, let it load, and watch it for `seconds`.

    `cold_start_s` is from the start of the program to `ready` (it listens), `thinking_s` to the loaded language model.
    Processor shares are in percent of one core, memory is the proportional set size in MB.

    Raises:
        AudioDeviceError: PulseAudio is not installed. EngineError: the daemon ended.
    """
    with Room() as room, tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        with Conversation(room, Path(folder) / "home") as talk:
            cold_start_s = time.monotonic() - started
            wait_until_thinking(talk)
            thinking_s = time.monotonic() - started
            time.sleep(SETTLE_S)
            root = psutil.Process(talk.process.pid)
            before, began = _usages(root), time.monotonic()
            time.sleep(seconds)
            after, spent_s = _usages(root), time.monotonic() - began
    shares = {name: 100 * (after[name].cpu_s - before[name].cpu_s) / spent_s for name in after if name in before}
    total = sum(shares.values())
    return {
        "suite": "idle",
        "n": 1,
        "score": round(total / 100, 4),
        "seconds": round(spent_s, 1),
        "cold_start_s": round(cold_start_s, 2),
        "thinking_s": round(thinking_s, 2),
        "cpu_percent": round(total, 2),
        "cpu_percent_by_process": {name: round(share, 2) for name, share in shares.items()},
        "memory_mb": round(sum(usage.memory_mb for usage in after.values())),
        "memory_mb_by_process": {name: round(usage.memory_mb) for name, usage in after.items()},
        "load_average": round(psutil.getloadavg()[0], 2),
    }


def _usages(root: psutil.Process) -> dict[str, _Usage]:
    found = {}
    for process in [root, *root.children(recursive=True)]:
        times = process.cpu_times()
        found[_name(process, root)] = _Usage(
            cpu_s=times.user + times.system, memory_mb=process.memory_full_info().pss / 1e6
        )
    return found


def _name(process: psutil.Process, root: psutil.Process) -> str:
    if process == root:
        return "daemon"
    words = process.cmdline()
    if "assistant.audio.process" in words:
        return "audio"
    return words[-1] if "assistant.worker_host" in words else f"{process.name()} {process.pid}"
