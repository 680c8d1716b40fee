"""`assistant devices`: microphones and loudspeakers, a level meter, a loop-back test."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Annotated, Any

import typer

LISTEN_S = 1.5


def devices(
    loopback: Annotated[bool, typer.Option("--loopback", help="Play a tone and see whether it is heard.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """List microphones and loudspeakers, and show how loud the chosen microphone hears.

    Example: assistant devices --loopback
    """
    from assistant.config import load_config
    from assistant.paths import find_paths

    report = asyncio.run(_look(load_config(find_paths().config_file).audio, loopback=loopback))
    if as_json:
        typer.echo(json.dumps(report))
        return
    for role in ("microphone", "loudspeaker"):
        names = report[f"{role}s"]
        typer.echo(f"{role}s: {', '.join(names) if names else 'none'}")
        typer.echo(f"  chosen: {report[role] or report['why'].get(role, {}).get('sentence', 'none')}")
    if report["level_dbfs"] is not None:
        bar = "#" * max(0, round((report["level_dbfs"] + 90) / 3))
        typer.echo(f"level: {report['level_dbfs']:.0f} dBFS {bar}")
    if loopback:
        heard = report["loopback_heard"]
        typer.echo("The microphone heard the loudspeaker." if heard else "The microphone did not hear the loudspeaker.")


@dataclass(slots=True)
class _Level:
    quiet: float = -100.0
    loud: float = -100.0


async def _look(config: Any, *, loopback: bool) -> dict[str, Any]:
    from assistant.audio.supervisor import AudioProcess

    audio = AudioProcess(config.model_copy(update={"echo_cancellation": False}), lambda state, fields: None)
    task = asyncio.create_task(audio.run())
    try:
        await audio.first_look.wait()
        facts = dict(audio.facts)
        level = await _measure(audio, loopback=loopback) if facts.get("microphone") else None
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    seen = _names()
    return {
        **seen,
        "microphone": facts.get("microphone"),
        "loudspeaker": facts.get("loudspeaker"),
        "why": facts.get("why", {}),
        "level_dbfs": round(level.quiet, 1) if level else None,
        "loopback_heard": bool(level and level.loud > level.quiet + 10) if loopback else None,
    }


async def _measure(audio: Any, *, loopback: bool) -> _Level:
    import numpy as np

    from assistant.audio.tones import chime
    from assistant.types import AudioChunk

    level, heard_s = _Level(), 0.0
    async for chunk in audio.chunks():
        dbfs = 20 * np.log10(max(1e-5, float(np.sqrt(np.mean((chunk.samples / 32768.0) ** 2)))))
        if heard_s < LISTEN_S:
            level.quiet = max(level.quiet, dbfs)
        else:
            level.loud = max(level.loud, dbfs)
        before, heard_s = heard_s, heard_s + len(chunk.samples) / chunk.rate_hz
        if loopback and before < LISTEN_S <= heard_s:
            await audio.play(1, AudioChunk(samples=chime(22_050), rate_hz=22_050, start_ms=0.0), last=True)
        if heard_s >= (2 * LISTEN_S if loopback else LISTEN_S):
            break
    return level


def _names() -> dict[str, list[str]]:
    """All devices by their stable names, from the sound server or from PortAudio."""
    import importlib

    server = importlib.import_module("assistant.engines.pulse").query()
    if server is not None:
        return {"microphones": list(server.sources), "loudspeakers": list(server.sinks)}
    found = importlib.import_module("assistant.engines.sounddevice_io").devices()
    return {
        "microphones": [device.name for device in found if device.inputs],
        "loudspeakers": [device.name for device in found if device.outputs],
    }
