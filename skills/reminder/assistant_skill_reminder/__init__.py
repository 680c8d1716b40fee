"""Reminders of what the user wants to do, at a time or after a while; and what was missed."""

from __future__ import annotations

import datetime as dt
import re
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
    is_korean,
    say_duration,
    say_list,
    say_number,
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
from assistant_skill_reminder import templates

MAX_REMINDERS = 100
MAX_TEXT_CHARS = 200
MAX_SECONDS = 365 * 86_400
DAY_S = 86_400

What = Annotated[str, "what to remind the user of, such as call mom; empty if it was not said"]
Time = Annotated[str, "time of day as said, such as 5 pm or half past six; empty if none was said"]
Date = Annotated[str, "day, such as tomorrow or monday morning; empty if none was said"]
Again = Annotated[str, "how often, such as every day or every weekday; empty for once"]
Hours = Annotated[float, "hours from now"]
Minutes = Annotated[float, "minutes from now"]
Seconds = Annotated[float, "seconds from now"]

_HOW = re.compile(r"\s*(?:을|를|은|는)?\s*(?:좀|꼭)?$")
_NOUNS = (
    (re.compile(r"하라고(?:해|고)?$"), "하기"),
    (re.compile(r"(?:으)?라고$"), "기"),
    (re.compile(r"(?:아|어)야\s?(?:한다고|된다고|해|돼|하는\s?거|된다는\s?거)$"), "기"),
    (re.compile(r"해야\s?(?:한다고|된다고|해|돼|하는\s?거)$"), "하기"),
    (re.compile(r"(?<=[가-힣])는\s?(?:거|것)$"), "기"),
    (re.compile(r"한다고$"), "하기"),
    (re.compile(r"(?:이|가)?\s?있다고$"), " 있음"),
)
"""Reported wishes and what is left of them when they are written down."""
_TURNED = {"my": "your", "me": "you", "mine": "yours", "myself": "yourself", "i": "you", "am": "are", "our": "your"}


class ReminderSkill(Skill):
    @tool(
        fast=templates.SET,
        unfinished=templates.SET_UNFINISHED,
        lists={"part": templates.PART},
        effect="change",
    )
    async def set(
        self,
        what: What = "",
        time: Time = "",
        date: Date = "",
        repeat: Again = "",
        hours: Hours = 0,
        minutes: Minutes = 0,
        seconds: Seconds = 0,
    ) -> Reply:
        """Remind the user to do something at a time of day, on a day, or after some minutes or hours."""
        if len(reminders := self.context.commitments.list("reminder")) >= MAX_REMINDERS:
            raise self.error("too_many", count=len(reminders))
        length = round(3600 * hours + 60 * minutes + seconds)
        if not what.strip():
            when = _when_words(time, date, repeat, length)
            return self.reply("what", ask=self.texts["ask_what"].format(when=when, answer="{answer}"))
        text = _turned(what)
        if length:
            return self._set_in(length, text)
        wish = self._wish(time, date, repeat)
        if wish.time is None and wish.repeat is None and (wish.day is None or _is_plain_today(wish)):
            day = in_korean_words(date) if speaking() == "ko" else date
            ask = self.texts["ask_when"].format(what=what, day=day, answer="{answer}")
            return self.reply("when", ask=" ".join(ask.split()))
        return self._set_at(wish, text)

    def _set_at(self, wish: Wish, text: str) -> Reply:
        now = self.context.now()
        if now.year < 2024:
            raise self.error("no_clock")
        moment = moment_of(wish, now)
        if moment is None:
            raise self.error("past")
        made = self.context.commitments.add("reminder", moment, label=text, repeat=wish.repeat or ONCE)
        key = "set_again" if made.repeat.recurs else "set"
        return self.reply(key, data=_data(made), **self._words(made))

    def _set_in(self, length: int, text: str) -> Reply:
        if not 1 <= length <= MAX_SECONDS:
            raise self.error("too_long")
        if length >= DAY_S and length % DAY_S == 0:  # "in two days" is the same time of day, whatever the zone does
            made = self.context.commitments.add(
                "reminder", self.context.now() + dt.timedelta(seconds=length), label=text
            )
            return self.reply("set", data=_data(made), **self._words(made))
        made = self.context.commitments.add("reminder", length, label=text)
        return self.reply("set_in", data=_data(made), duration=_said(length), **self._words(made))

    @tool(fast=templates.PLACE)
    async def at_place(self, condition: str, what: What = "") -> Reply:
        """Say that a reminder cannot wait for a place or an event, such as coming home."""
        raise self.error("only_times")

    @tool(fast=templates.ONLINE)
    async def when_online(self, what: What = "") -> Reply:
        """Say that a reminder cannot wait for the internet connection."""
        raise self.error("offline")

    @tool(fast=templates.CANCEL, effect="change")
    async def cancel(self, what: What = "", time: Time = "", date: Date = "") -> Reply:
        """Cancel one reminder: the only one, or the one with these words, this time or this day."""
        reminders = self.context.commitments.list("reminder")
        if not reminders:
            raise self.error("none")
        found = self._fitting(reminders, what, self._wish(time, date))
        if not found:
            raise self.error("no_such", reminders=self.say("list", reminders=self._all(reminders)))
        if len(found) > 1:
            return self.reply("which", reminders=self._all(found), ask=self.texts["ask_cancel"])
        if not self.context.commitments.cancel(found[0].id):
            raise self.error("none")
        return self.reply("cancelled", data=_data(found[0]), what=found[0].label)

    @tool(fast=templates.CANCEL_ALL, effect="change")
    async def cancel_all(self) -> Reply:
        """Cancel every reminder."""
        commitments = self.context.commitments
        gone = [reminder for reminder in commitments.list("reminder") if commitments.cancel(reminder.id)]
        for reminder in gone:
            if reminder.ringing and reminder.repeat.recurs:
                commitments.cancel(reminder.id)  # the first call stopped the ringing, this one the rest
        if not gone:
            raise self.error("none")
        if len(gone) == 1:
            return self.reply("cancelled", data={"count": 1}, what=gone[0].label)
        return self.reply("cancelled_all", data={"count": len(gone)}, count=len(gone))

    @tool(fast=templates.LIST)
    async def list(self, date: Date = "") -> Reply:
        """Tell which reminders wait, of all days or of one."""
        found = self._fitting(self.context.commitments.list("reminder"), "", self._wish(date=date))
        data = {"reminders": [_data(reminder) for reminder in found]}
        if not found:
            return self.reply("none", data=data)
        key = "list_one" if len(found) == 1 else "list_count"
        return self.reply(key, data=data, reminders=self._all(found), count=len(found))

    @tool(fast=templates.MISSED)
    async def missed(self) -> Reply:
        """Tell which alarms, reminders and timers the user missed."""
        last: dict[int, Promise] = {}
        times: dict[int, int] = {}
        for promise in self.context.commitments.missed():
            last[promise.id] = promise
            times[promise.id] = times.get(promise.id, 0) + 1
        if not last:
            return self.reply("nothing_missed", data={"missed": []})
        items = []
        for promise in last.values():
            kind = self.texts[f"kind_{promise.kind}"]
            name = f"{promise.label} {kind}" if promise.label else kind
            key = "missed_reminder" if promise.kind == "reminder" else "missed_alarm"
            item = self.texts[key].format(name=name, **self._words(promise))
            count = times[promise.id]
            items.append(item if count == 1 else self.texts["more_times"].format(item=item, count=say_number(count)))
        data = {"missed": [_data(promise) for promise in last.values()]}
        return self.reply("missed", data=data, items=say_list(items).rstrip(","))

    async def undo(self, tool: str, data: JsonDict) -> Reply | None:
        """A reminder that was set is cancelled."""
        if tool != "set" or "id" not in data or not self.context.commitments.cancel(data["id"]):
            return None
        return self.reply("cancelled", data={"id": data["id"]}, what=data["label"])

    def _fitting(self, reminders: Sequence[Promise], what: str, wish: Wish) -> Sequence[Promise]:
        said = set(_turned(what).lower().split()) - {"the", "a", "an", "to"}
        found = [reminder for reminder in reminders if said <= set(reminder.label.lower().split())]
        if is_korean(what):  # a word of it, whatever hangs on it: "전화" for "엄마한테 전화하기"
            found = [one for one in reminders if all(word in one.label for word in said)]
        if wish.time is not None:
            hours = {wish.time.hour} if wish.time.exact else {wish.time.hour % 12, wish.time.hour % 12 + 12}
            found = [one for one in found if one.due.hour in hours and one.due.minute == wish.time.minute]
        if wish.day is not None:
            last = moment_of(Wish(day=wish.day, time=SaidTime(23, 59, True)), self.context.now())
            found = [one for one in found if last is not None and one.due.date() == last.date()]
        return found

    def _wish(self, time: str = "", date: str = "", repeat: str = "") -> Wish:
        """Raises: SkillError: it cannot be understood."""
        try:
            return wish_of(time, date, repeat)
        except NotUnderstoodError as error:
            raise self.error(str(error)) from None

    def _words(self, reminder: Promise) -> dict[str, Any]:
        """What it is and when it comes, in words."""
        now = self.context.now().astimezone(reminder.due.tzinfo)
        return {
            "what": reminder.label,
            "day": say_day(reminder.due, now).rstrip(","),
            "when": say_moment(reminder.due, now),
            "time": say_time(reminder.due),
            "repeat": say_repeat(reminder.repeat),
        }

    def _all(self, reminders: Sequence[Promise]) -> str:
        parts = []
        for one in reminders:
            key = "item_rings" if one.ringing else "item_again" if one.repeat.recurs else "item"
            parts.append(self.texts[key].format(**self._words(one)))
        if speaking() == "ko":
            return "; ".join(parts)
        return "; ".join(parts[:-1]) + (f"; and {parts[-1]}" if len(parts) > 1 else parts[0])


def _is_plain_today(wish: Wish) -> bool:
    """ "today" alone says no time, "this evening" does."""
    return wish.day is not None and wish.day.ahead == 0 and not wish.day.part


def _when_words(time: str, date: str, repeat: str, length: int) -> str:
    if speaking() == "ko":
        after = f"{_said(length)} 뒤에" if length else ""
        said = " ".join(map(in_korean_words, (repeat, date, time))).strip()
        return after or (f"{said}에" if time or date else said)
    if length:
        return f"in {_said(length)}"
    return " ".join(f"{'at ' if time else ''}{time} {date} {repeat}".split())


def _turned(what: str) -> str:
    """As it is said back: "call my mom" is "call your mom"; Korean "전화하라고" is "전화하기"."""
    if is_korean(what):
        return _wish(what)[:MAX_TEXT_CHARS]
    return " ".join(_TURNED.get(word.lower(), word) for word in what.split())[:MAX_TEXT_CHARS]


def _wish(what: str) -> str:
    """What is to be done, as a noun: "약 먹으라고", "약 먹는 거", "약 먹어야 한다고" are "약 먹기"."""
    words = _HOW.sub("", what.strip())
    for pattern, noun in _NOUNS:
        turned = pattern.sub(noun, words)
        if turned != words:
            return turned
    return words


def _data(reminder: Promise) -> dict[str, Any]:
    return {
        "id": reminder.id,
        "kind": reminder.kind,
        "label": reminder.label,
        "due": reminder.due.isoformat(),
        "repeat": say_repeat(reminder.repeat),
    }


def _said(seconds: int) -> str:
    whole_hours = seconds % 3600 == 0
    return say_duration(Duration(hours=seconds // 3600) if whole_hours else split_seconds(seconds))
