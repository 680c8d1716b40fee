"""Several timers at once, with names, that survive a restart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from assistant.skill import (
    Duration,
    JsonDict,
    Reply,
    Skill,
    Timer,
    say_duration,
    say_list,
    speaking,
    split_seconds,
    tool,
)
from assistant_skill_timer import templates

MAX_SECONDS = 24 * 3600
MAX_TIMERS = 30
MAX_LABEL_CHARS = 60
COMMON_MINUTES = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 45, 50)

Hours = Annotated[float, "hours of its duration"]
Minutes = Annotated[float, "minutes of its duration"]
Seconds = Annotated[float, "seconds of its duration"]
Label = Annotated[str, "the timer's name, such as pasta; empty if the user gave none"]


class TimerSkill(Skill):
    """The parameters hours, minutes and seconds add up; all zero means that none was said."""

    @tool(
        fast=templates.SET,
        unfinished=templates.SET_UNFINISHED,
        after=templates.SET_AFTER,
        effect="change",
    )
    async def set(self, hours: Hours = 0, minutes: Minutes = 0, seconds: Seconds = 0, label: Label = "") -> Reply:
        """Start a countdown timer of some minutes, seconds or hours. Name it only if the user does."""
        if hours == minutes == seconds == 0:
            return self.reply("how_long", ask=self._asks("ask_set", label))
        total = _total(hours, minutes, seconds)
        if total < 1:
            raise self.error("too_short")
        if total > MAX_SECONDS:
            raise self.error("too_long")
        if len(running := self.context.timers.list()) >= MAX_TIMERS:
            raise self.error("too_many", count=len(running))
        timer = self.context.timers.add(total, _clean(label))
        data = {"id": timer.id, "seconds": total, "label": timer.label, "due": timer.due.isoformat()}
        key = "set_named" if timer.label else "set"
        return self.reply(key, data=data, duration=_said(hours, minutes, seconds), label=timer.label)

    @tool(fast=templates.CANCEL, effect="change")
    async def cancel(self, label: Label = "", hours: Hours = 0, minutes: Minutes = 0, seconds: Seconds = 0) -> Reply:
        """Cancel one timer: the only one, or the one with this name or this duration."""
        wanted = self._choose(label, _total(hours, minutes, seconds))
        if len(wanted) > 1:
            return self.reply("which", running=self._running(wanted), ask=self.texts["ask_cancel"])
        timer = wanted[0]
        if not self.context.timers.cancel(timer.id):
            raise self.error("none")
        name = self.say("the_timer") if not (timer.label or hours or minutes or seconds) else self._name(timer)
        return self.reply("cancelled", data={"id": timer.id, "label": timer.label}, name=name)

    @tool(fast=templates.CANCEL_ALL, effect="change")
    async def cancel_all(self) -> Reply:
        """Cancel every timer."""
        gone = [timer for timer in self.context.timers.list() if self.context.timers.cancel(timer.id)]
        if not gone:
            raise self.error("none")
        if len(gone) == 1:
            return self.reply("cancelled", data={"count": 1}, name=self.say("the_timer"))
        return self.reply("cancelled_all", data={"count": len(gone)}, count=_count(len(gone)))

    @tool(fast=templates.LEFT)
    async def left(self, label: Label = "", hours: Hours = 0, minutes: Minutes = 0, seconds: Seconds = 0) -> Reply:
        """Tell how much time is left on the timers, or on the one with this name or this duration."""
        wanted = self._choose(label, _total(hours, minutes, seconds))
        if len(wanted) > 1:
            return Reply(speech=self._running(wanted), data={"timers": [self._data(timer) for timer in wanted]})
        timer = wanted[0]
        data = self._data(timer)
        if not data["left_s"]:
            return self.reply("ringing", data=data, name=_name(timer))
        left = say_duration(_rounded(data["left_s"]))
        return self.reply("left_named" if timer.label else "left", data=data, left=left, name=timer.label)

    @tool(fast=templates.LIST)
    async def list(self) -> Reply:
        """Tell which timers are running and how long each has left."""
        timers = self.context.timers.list()
        if not timers:
            return self.reply("none", data={"timers": []})
        return Reply(speech=self._running(timers), data={"timers": [self._data(timer) for timer in timers]})

    async def undo(self, tool: str, data: JsonDict) -> Reply | None:
        """A timer that was set is cancelled."""
        if tool != "set" or "id" not in data or not self.context.timers.cancel(data["id"]):
            return None
        name = data["label"] or _adjective(data["seconds"])
        return self.reply("cancelled", data={"id": data["id"]}, name=self.say("named_timer", name=name))

    def phrases(self) -> Sequence[str]:
        """Confirmations and reports of everyday lengths as well."""
        lengths = [say_duration(Duration(minutes=minutes)) for minutes in COMMON_MINUTES]
        return [*super().phrases(), *(self.say("set", duration=length) for length in lengths)]

    def _choose(self, label: str, total_s: int) -> Sequence[Timer]:
        """The timers that a name or a duration means; all of them if neither was said.

        Raises:
            SkillError: there is none, or none like that.
        """
        timers = self.context.timers.list()
        if not timers:
            raise self.error("none")
        found: Sequence[Timer] = timers
        if label:
            found = [timer for timer in timers if timer.label.lower() == _clean(label).lower()]
            name = _clean(label)
        elif total_s:
            found = [timer for timer in timers if timer.seconds == total_s]
            name = _adjective(total_s)
        if not found:
            raise self.error("no_such", name=name, running=self._running(timers))
        same = len({(timer.label, timer.seconds) for timer in found}) == 1
        return found[:1] if (label or total_s) and same else found

    def _running(self, timers: Sequence[Timer]) -> str:
        parts = []
        for timer in timers:
            left_s = self._data(timer)["left_s"]
            left = say_duration(_rounded(left_s))
            key = "one_left" if left_s else "one_rings"
            parts.append(self.texts[key].format(name=_name(timer), left=left))
        return self.say("running", timers=say_list(parts))

    def _asks(self, key: str, label: str) -> str:
        """The sentence that an answer completes."""
        return " ".join(self.texts[key].format(label=label, answer="{answer}").split())

    def _name(self, timer: Timer) -> str:
        return self.say("named_timer", name=_name(timer))

    def _data(self, timer: Timer) -> dict[str, Any]:
        left_s = max(0, round((timer.due - self.context.now()).total_seconds()))
        return {"id": timer.id, "label": timer.label, "seconds": timer.seconds, "left_s": left_s}


def _total(hours: float, minutes: float, seconds: float) -> int:
    return round(3600 * hours + 60 * minutes + seconds)


def _said(hours: float, minutes: float, seconds: float) -> str:
    """The duration in the units in which it was asked for, if these are whole."""
    whole = all(float(amount).is_integer() and amount >= 0 for amount in (hours, minutes, seconds))
    if not whole:
        return say_duration(split_seconds(_total(hours, minutes, seconds)))
    return say_duration(Duration(hours=int(hours), minutes=int(minutes), seconds=int(seconds)))


def _clean(label: str) -> str:
    words = label.split()
    while words and words[-1].lower() in ("timer", "timers", "타이머"):
        words.pop()
    return " ".join(words)[:MAX_LABEL_CHARS]


def _name(timer: Timer) -> str:
    return timer.label or _adjective(timer.seconds)


def _adjective(seconds: int) -> str:
    """ "ten minute", as in "the ten minute timer"."""
    if speaking() == "ko":
        return say_duration(split_seconds(seconds))
    words = say_duration(split_seconds(seconds)).split()
    return " ".join(word[:-1] if word in ("hours", "minutes", "seconds") else word for word in words)


def _rounded(left_s: int) -> Duration:
    """What a person wants to hear: seconds only in the last five minutes, no seconds beyond."""
    if left_s < 300:
        return split_seconds(left_s)
    return split_seconds(60 * round(left_s / 60))


def _count(number: int) -> str:
    if speaking() == "ko":
        return str(number)
    return {2: "two", 3: "three", 4: "four", 5: "five"}.get(number, str(number))
