"""Opens applications, sets the volume of the machine, reads the selection aloud and locks the screen."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from assistant.skill import Context, Reply, Skill, tool
from assistant_skill_desktop import apps, selection, sound, templates
from assistant_skill_desktop.programs import ProgramError, ended, run, start

STEP_PERCENT = 10
STARTS_S = 0.3
"""A program that cannot start has ended by then."""
_LOCKERS = (("loginctl", "lock-session"), ("xdg-screensaver", "lock"))


class DesktopSkill(Skill):
    """Does nothing unless the settings of the desktop are there and allow it."""

    def __init__(self, context: Context, texts: Any) -> None:
        super().__init__(context, texts)
        self._started: list[int] = []

    @tool(
        fast=templates.OPEN,
        unfinished=templates.OPEN_UNFINISHED,
        llm=["I need the web browser on my screen"],
        effect="change",
    )
    async def open(self, name: Annotated[str, "the application, as the user named it"] = "") -> Reply:
        """Open an application on this computer's screen."""
        if not name.strip():
            return self.reply("which_app", ask=self.texts["ask_app"])
        settings = self._settings()
        app = apps.choose(apps.installed(), name, dict(settings.get("apps", {})))
        if app is None:
            raise self.error("no_app", name=name)
        if not await self._start(app.command):
            raise self.error("not_started", name=app.name)
        return self.reply("opening", name=app.name)

    @tool(fast=templates.VOLUME, effect="change")
    async def set_volume(self, percent: Annotated[int, "0 to 100"]) -> Reply:
        """Set the volume of the computer itself to some percent."""
        if not 0 <= percent <= 100:
            raise self.error("bad_percent")
        return await self._sound(percent=percent)

    @tool(fast=templates.UP, effect="change")
    async def louder(self) -> Reply:
        """Turn the computer's volume up."""
        return await self._sound(by=STEP_PERCENT)

    @tool(fast=templates.DOWN, effect="change")
    async def softer(self) -> Reply:
        """Turn the computer's volume down."""
        return await self._sound(by=-STEP_PERCENT)

    @tool(fast=templates.HOW_LOUD)
    async def how_loud(self) -> Reply:
        """Tell the volume of the computer."""
        return await self._sound()

    @tool(fast=templates.MUTE, effect="change")
    async def mute(self) -> Reply:
        """Mute the computer."""
        return await self._sound(muted=True)

    @tool(fast=templates.UNMUTE, effect="change")
    async def unmute(self) -> Reply:
        """Turn the computer's sound on again."""
        return await self._sound(muted=False)

    @tool(fast=templates.READ)
    async def read(self) -> Reply:
        """Read the text aloud that is selected on the screen."""
        return await self._aloud("primary", "empty_selection")

    @tool(fast=templates.CLIPBOARD)
    async def clipboard(self) -> Reply:
        """Read the text aloud that was copied to the clipboard."""
        return await self._aloud("clipboard", "empty_clipboard")

    @tool(fast=templates.LOCK, effect="change")
    async def lock(self) -> Reply:
        """Lock the screen of the computer."""
        self._settings()
        for words in _LOCKERS:
            try:
                await run(words)
            except ProgramError:
                continue
            return self.reply("locked")
        raise self.error("not_locked")

    def _settings(self) -> Mapping[str, Any]:
        """Raises: SkillError: the desktop may not be used."""
        settings = self.context.settings
        if not settings.get("enabled"):
            raise self.error("off")
        return settings

    async def _start(self, command: tuple[str, ...]) -> bool:
        """Start a program that goes on without us; false when it fails at once."""
        self._started = [process for process in self._started if ended(process) is None]
        process = start(command)
        await asyncio.sleep(STARTS_S)
        if (status := ended(process)) is None:
            self._started.append(process)
        return not status  # many hand over to a window that is open already, and end

    async def _sound(self, *, percent: int | None = None, by: int = 0, muted: bool | None = None) -> Reply:
        self._settings()
        try:
            now = await sound.level()
            if by:
                percent = max(0, min(100, now.percent + by))
            if percent is not None or muted is not None:
                now = await sound.set_level(percent=percent, muted=muted)
        except ProgramError:
            raise self.error("no_sound") from None
        key = "muted" if now.muted else "volume" if muted is None else "unmuted"
        return self.reply(key, data={"percent": now.percent, "muted": now.muted}, percent=now.percent)

    async def _aloud(self, where: selection.Where, empty: str) -> Reply:
        settings = self._settings()
        try:
            text, cut = selection.speakable(await selection.read(where), int(settings["read_chars"]))
        except ProgramError:
            raise self.error("no_reader") from None
        if not text:
            raise self.error(empty)
        reply = self.reply("says_part" if cut else "says", data={"chars": len(text), "cut": cut}, text=text)
        return replace(reply, outside=True)  # whoever wrote it
