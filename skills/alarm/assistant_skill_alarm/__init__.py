"""Alarms for a time of day, once or again and again, that survive a restart; and snooze for whatever rings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from assistant.korean.canonical import in_korean_words
from assistant.skill import (
    ONCE,
    Duration,
    JsonDict,
    Promise,
    Reply,
    Skill,
    say_duration,
    say_list,
    speaking,
    split_seconds,
    tool,
)
from assistant.spoken_time import SaidTime
from assistant.spoken_when import (
    NotUnderstoodError,
    Wish,
    moment_of,
    say_day,
    say_moment,
    say_repeat,
    say_time,
    wish_of,
)
from assistant_skill_alarm import templates

MAX_ALARMS = 50
MAX_SECONDS = 24 * 3600
MAX_LABEL_CHARS = 60
EARLY = 4
"""The first hour that "wake me tomorrow at four" means in the morning."""
SNOOZE_S = 600

Time = Annotated[str, "time of day as said, such as 7:30 pm or half past six; empty if none was said"]
Date = Annotated[str, "day, such as tomorrow or monday; empty if none was said"]
Again = Annotated[str, "how often, such as every day or every weekday; empty for once"]
Label = Annotated[str, "the alarm's name; empty if the user gave none"]
Hours = Annotated[float, "hours from now"]
Minutes = Annotated[float, "minutes from now"]
Seconds = Annotated[float, "seconds from now"]


class AlarmSkill(Skill):
    @tool(
        fast=templates.SET,
        unfinished=templates.SET_UNFINISHED,
        after=templates.SET_AFTER,
        llm=["please see that I am awake by half past seven", "put an alarm on for half past seven please"],
        effect="change",
    )
    async def set(
        self,
        time: Time = "",
        date: Date = "",
        repeat: Again = "",
        label: Label = "",
        hours: Hours = 0,
        minutes: Minutes = 0,
        seconds: Seconds = 0,
    ) -> Reply:
        """Set an alarm that wakes the user at a time of day, once or every day or week."""
        if len(alarms := self.context.commitments.list("alarm")) >= MAX_ALARMS:
            raise self.error("too_many", count=len(alarms))
        if length := round(3600 * hours + 60 * minutes + seconds):
            return self._set_in(length, label)
        if not time:
            said = in_korean_words(repeat or date) if speaking() == "ko" else repeat or date
            words = self.texts["ask_when"].format(day=said, answer="{answer}")
            return self.reply("when", ask=" ".join(words.split()))
        now = self.context.now()
        if now.year < 2024:
            raise self.error("no_clock")
        wish = self._wish(time, date, repeat)
        moment = moment_of(wish, now)
        if moment is None:
            raise self.error("past")
        name = _clean(label)
        alarm = self.context.commitments.add("alarm", moment, label=name, repeat=wish.repeat or ONCE)
        key = f"set{'_named' if name else ''}{'_again' if alarm.repeat.recurs else ''}"
        return self.reply(key, data=_data(alarm), label=name, **self._words(alarm))

    def _set_in(self, length: int, label: str) -> Reply:
        if not 1 <= length <= MAX_SECONDS:
            raise self.error("no_time")
        alarm = self.context.commitments.add("alarm", length, label=_clean(label))
        return self.reply("set_in", data=_data(alarm), duration=_said(length), when=self._words(alarm)["when"])

    @tool(fast=templates.CANCEL, effect="change")
    async def cancel(self, time: Time = "", date: Date = "", label: Label = "") -> Reply:
        """Cancel one alarm: the only one, the one that rings, or the one with this time, day or name."""
        wanted = self._choose(time, date, label)
        if len(wanted) > 1:
            return self.reply("which", alarms=self._all(wanted), ask=self.texts["ask_cancel"])
        alarm = wanted[0]
        if not self.context.commitments.cancel(alarm.id):
            raise self.error("none")
        if alarm.ringing:
            left = [other for other in self.context.commitments.list("alarm") if other.id == alarm.id]
            if left:
                return self.reply("stopped_again", data=_data(alarm), **self._words(left[0]))
            return self.reply("stopped", data=_data(alarm))
        key = "cancelled_again" if alarm.repeat.recurs else "cancelled"
        return self.reply(key, data=_data(alarm), **self._words(alarm))

    @tool(fast=templates.CANCEL_ALL, effect="change")
    async def cancel_all(self) -> Reply:
        """Cancel every alarm."""
        alarms = self.context.commitments.list("alarm")
        gone = [alarm for alarm in alarms if self.context.commitments.cancel(alarm.id)]
        for alarm in gone:
            if alarm.ringing and alarm.repeat.recurs:
                self.context.commitments.cancel(alarm.id)  # the first call stopped the ringing, this one the rest
        if not gone:
            raise self.error("none")
        if len(gone) == 1:
            return self.reply("cancelled", data={"count": 1}, **self._words(gone[0]))
        return self.reply("cancelled_all", data={"count": len(gone)}, count=len(gone))

    @tool(fast=templates.LIST)
    async def list(self, date: Date = "") -> Reply:
        """Tell which alarms are set, of all days or of one."""
        alarms = self._on(self._wish(date=date), self.context.commitments.list("alarm"))
        data = {"alarms": [_data(alarm) for alarm in alarms]}
        if not alarms:
            return self.reply("none", data=data)
        if len(alarms) == 1 and not alarms[0].repeat.recurs and not alarms[0].ringing:
            return self.reply("one", data=data, **self._words(alarms[0]))
        if len(alarms) == 1:
            return self.reply("list", data=data, alarms=self._all(alarms))
        return self.reply("list_count", data=data, alarms=self._all(alarms), count=len(alarms))

    @tool(fast=templates.NEXT)
    async def next(self) -> Reply:
        """Tell when the next alarm rings."""
        alarms = self.context.commitments.list("alarm")
        if not alarms:
            return self.reply("none", data={"alarms": []})
        key = "ringing" if alarms[0].ringing else "one" if len(alarms) == 1 else "next"
        return self.reply(key, data={"alarms": [_data(alarms[0])]}, **self._words(alarms[0]))

    @tool(fast=templates.SNOOZE, effect="change")
    async def snooze(self, minutes: Minutes = 0, hours: Hours = 0, seconds: Seconds = 0) -> Reply:
        """Let the alarm, reminder or timer that rings now ring again later, after ten minutes unless said otherwise."""
        length = round(3600 * hours + 60 * minutes + seconds) or SNOOZE_S
        if not 1 <= length <= MAX_SECONDS:
            raise self.error("no_time")
        snoozed = self.context.commitments.snooze(length)
        if not snoozed:
            raise self.error("nothing_rings")
        return self.reply("snoozed", data={"seconds": length, "count": len(snoozed)}, duration=_said(length))

    async def undo(self, tool: str, data: JsonDict) -> Reply | None:
        """An alarm that was set is cancelled."""
        commitments = self.context.commitments
        alarm = next((one for one in commitments.list("alarm") if one.id == data.get("id")), None)
        if tool != "set" or alarm is None or not commitments.cancel(alarm.id):
            return None
        key = "cancelled_again" if alarm.repeat.recurs else "cancelled"
        return self.reply(key, data=_data(alarm), **self._words(alarm))

    def _choose(self, time: str, date: str, label: str) -> Sequence[Promise]:
        """The alarms that are meant; of several that fit nothing more is known.

        Raises:
            SkillError: there is none, or none like that.
        """
        alarms = self.context.commitments.list("alarm")
        if not alarms:
            raise self.error("none")
        found: Sequence[Promise] = alarms
        said = self._wish(time, date)
        if said.time is not None:
            found = [alarm for alarm in found if _fits(alarm, said.time)]
        found = self._on(said, found)
        if label:
            found = [alarm for alarm in found if alarm.label.lower() == _clean(label).lower()]
        if not (time or date or label):
            found = [alarm for alarm in alarms if alarm.ringing] or found
        if not found:
            raise self.error("no_such", alarms=self._sentence(alarms))
        return found

    def _on(self, wish: Wish, alarms: Sequence[Promise]) -> Sequence[Promise]:
        """Those on the day of the wish; all if it names none."""
        if wish.day is None:
            return alarms
        last = moment_of(Wish(day=wish.day, time=SaidTime(23, 59, True)), self.context.now())
        return [alarm for alarm in alarms if last is not None and alarm.due.date() == last.date()]

    def _wish(self, time: str = "", date: str = "", repeat: str = "") -> Wish:
        """Raises: SkillError: it cannot be understood."""
        try:
            return wish_of(time, date, repeat, EARLY)
        except NotUnderstoodError as error:
            raise self.error(str(error)) from None

    def _words(self, alarm: Promise) -> dict[str, Any]:
        """When it rings, in words."""
        now = self.context.now().astimezone(alarm.due.tzinfo)
        return {
            "day": say_day(alarm.due, now).rstrip(","),
            "when": say_moment(alarm.due, now),
            "time": say_time(alarm.due),
            "repeat": say_repeat(alarm.repeat),
        }

    def _all(self, alarms: Sequence[Promise]) -> str:
        parts = []
        for alarm in alarms:
            name = self.texts["named"].format(label=alarm.label) if alarm.label else self.texts["unnamed"]
            key = "rings" if alarm.ringing else "at_again" if alarm.repeat.recurs else "at"
            parts.append(self.texts[key].format(name=name, **self._words(alarm)))
        return say_list(parts)

    def _sentence(self, alarms: Sequence[Promise]) -> str:
        return self.say("list", alarms=self._all(alarms))


def _fits(alarm: Promise, said: SaidTime) -> bool:
    """An alarm is meant by its time with or without the half of the day."""
    hours = (said.hour,) if said.exact else (said.hour % 12, said.hour % 12 + 12)
    return alarm.due.hour in hours and alarm.due.minute == said.minute


def _data(alarm: Promise) -> dict[str, Any]:
    return {
        "id": alarm.id,
        "label": alarm.label,
        "due": alarm.due.isoformat(),
        "repeat": say_repeat(alarm.repeat),
    }


def _said(seconds: int) -> str:
    whole_hours = seconds % 3600 == 0
    return say_duration(Duration(hours=seconds // 3600) if whole_hours else split_seconds(seconds))


def _clean(label: str) -> str:
    words = label.split()
    while words and words[-1].lower() in ("alarm", "alarms", "알람"):
        words.pop()
    return " ".join(words)[:MAX_LABEL_CHARS]
