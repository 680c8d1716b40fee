"""The common part of the tools: the connection, the names of the present home, and acting with an honest report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from assistant.skill import Context, Reply, Skill, SkillError, speaking
from assistant_skill_home import korean
from assistant_skill_home.actions import Action
from assistant_skill_home.kinds import spoken_words
from assistant_skill_home.link import HomeError, HomeLink
from assistant_skill_home.model import Area, Entity, Home
from assistant_skill_home.names import AWAY, LISTS, PLACES, Names
from assistant_skill_home.words import agree, named, the


class HomeCore(Skill):
    """Keeps in touch with one home; names stay known while it is lost, so that one hears why nothing happens."""

    def __init__(self, context: Context, texts: Mapping[str, str]) -> None:
        super().__init__(context, texts)
        self.link = self.connect()
        self.names: Names | None = None

    def connect(self) -> HomeLink | None:
        """The way to the home that the configuration names; None where it names none."""
        settings = self.context.settings
        if (given := settings.get("link")) is not None:
            link: HomeLink = given  # a home that is no configured one, of a test or a benchmark
            return link
        if settings.get("practice"):
            from assistant_skill_home.practice import practice_home

            return practice_home()
        timeout_s = float(settings.get("timeout_s") or 4.0)
        url, broker = str(settings.get("url") or ""), str(settings.get("mqtt") or "")
        first = second = None
        if url:
            from assistant_skill_home.homeassistant import HomeAssistant

            first = HomeAssistant(
                url,
                lambda: self.context.secret("token"),
                timeout_s=timeout_s,
                note=self.context.log,
                with_hidden=bool(broker),
            )
        if broker:
            from assistant_skill_home.mqtt.link import MqttHome

            second = MqttHome(
                broker,
                prefix=str(settings.get("mqtt_prefix") or "homeassistant"),
                user=str(settings.get("mqtt_user") or ""),
                password=lambda: self.context.secret("mqtt_password"),
                timeout_s=timeout_s,
                note=self.context.log,
            )
        if first is not None and second is not None:
            from assistant_skill_home.union import BothHomes

            return BothHomes(first, second)
        return first or second

    async def serve(self) -> None:
        if self.link is not None:
            await self.link.run(self._changed)

    def lists(self) -> Mapping[str, Mapping[str, str]]:
        lists = {name: self.names.lists[name] if self.names else {} for name in (*LISTS, PLACES)}
        waits = self.link is not None and self.names is None
        return {**lists, AWAY: {word: word for word in (*spoken_words(), *korean.spoken_words())} if waits else {}}

    def choices(self) -> Mapping[str, Sequence[str]]:
        return self.names.shown if self.names else {}

    def _changed(self) -> None:
        home = self.link.snapshot() if self.link is not None else None
        if home is not None and (self.names is None or not self.names.home.has_same_names(home)):
            here = home.area_named(str(self.context.settings.get("area") or ""))
            self.names = Names(home, here.id if here else "")
            self.renamed(self.names)
            self.context.lists_changed()

    def renamed(self, names: Names) -> None:
        """There are other names now."""

    def home(self) -> Home:
        """The home as it is. Raises: SkillError: none is connected, or it cannot be reached."""
        if self.link is None:
            raise self.error("not_set_up")
        found = self.link.snapshot()
        if found is None or self.names is None:
            raise self.error("offline")
        return found

    def find(self, what: str) -> list[Entity]:
        """What a value of the lists points at. Raises: SkillError: nothing is there."""
        home = self.home()
        assert self.names is not None
        found = self.names.find(what, home)
        if not found:
            raise self.error("absent", what=self.called(what))
        return found

    def called(self, what: str) -> str:
        """What a value of the lists means, in the words of the language that is spoken."""
        if speaking() == "ko" and self.names is not None and what in self.names.targets:
            return korean.told(self.names.targets[what], self.home())
        return what.removeprefix("all ")

    def shown(self, key: str, /, **values: Any) -> Reply:
        """A reply with names and values that the home holds, which are the words of whoever wrote them there."""
        return replace(self.reply(key, **values), outside=True)

    async def chosen(self, what: str) -> list[Entity]:
        """What to act on; where a name belongs to several things, the user is asked which one."""
        found = self.find(what)
        assert self.names is not None
        if len(self.names.targets[what].entities) < 2 or len(found) < 2:
            return found
        near = [one for one in found if one.area == self.names.here]
        if len(near) == 1:
            return near
        areas = self.home().areas
        by_words = {self._which(one, areas): one for one in found}
        answer = await self.context.ask(self.say("which", names=", ".join(by_words)), list(by_words))
        return [by_words[answer]]

    def _which(self, one: Entity, areas: Mapping[str, Area]) -> str:
        """How one of several of the same name is told from the others."""
        if one.area not in areas:
            return one.id
        return self.texts["the_one_in"].format(area=areas[one.area].name)

    async def act(self, what: str, action: Action, besides: str | None = None, *, granted: bool = False) -> Reply:
        """Do it to what the words point at, and say what came of it.

        `granted`: the user has said yes to this very call, so it may open the way into the home too.
        """
        found = [
            one
            for one in await self.chosen(what)
            if (not action.domains or one.domain in action.domains) and (granted or not (action.opens and one.lets_in))
        ]
        if not found:
            raise self.error("absent", what=self.called(what))
        if besides:
            spared = {one.id for one in self.find(besides)}
            found = [one for one in found if one.id not in spared]
            if not found:
                raise self.error("absent", what=self.called(what))
            what = named(found)
        return await self.do(found, action, what)

    async def do(self, found: Sequence[Entity], action: Action, what: str = "") -> Reply:
        """Call the services and look at what they have changed. Raises: SkillError: nothing came of it."""
        assert self.link is not None
        before = {one.id: one for one in found}
        refused: set[str] = set()
        for service, ids in _by_service(found, action).items():
            try:
                await self.link.call(service, ids, action.data)
            except HomeError as error:
                if not error.refused and len(ids) == len(found):
                    raise
                self.context.log("refused", code=error.code)
                refused |= error.refused or set(ids)
        told = [one for one in found if one.id not in refused]
        waited = [one for one in told if one.reports]
        home = await self.link.settle(lambda now: all(_is_done(now, one, action) for one in waited), action.patience_s)
        now = {one.id: home.entities.get(one.id, replace(one, state="unavailable")) for one in found}
        done = [now[one.id] for one in waited if action.done(one, now[one.id])]
        return self._told(
            Outcome(
                done=done,
                sent=[now[one.id] for one in told if not one.reports and now[one.id].state != "unavailable"],
                open=[now[one.id] for one in waited if now[one.id] not in done and now[one.id].state != "unavailable"],
                refused=[now[one] for one in refused if now[one].state != "unavailable"],
                silent=[one for one in now.values() if one.state == "unavailable"],
            ),
            action,
            what if len(done) == len(before) else "",
        )

    def say(self, key: str, /, **values: object) -> str:
        """See `Skill`."""
        return agree(super().say(key, **values), values.get("what"))

    def _told(self, came: Outcome, action: Action, what: str) -> Reply:
        """What came of it, in a sentence for each kind of outcome; no more is claimed than the home reports."""
        sentences = []
        for state, done in _by_state(came.done, action).items():
            words = (
                the(done[0].name)
                if len(done) == 1
                else the(what)
                if what and len(done) == len(came.done) and speaking() == "en"
                else named(done)
            )
            form = "started" if action.state == "started" else "one" if len(done) == 1 else "many"
            sentences.append(self.say(f"done_{form}", what=words, state=self.texts[state].format(**action.values)))
        failures = {"unconfirmed": came.open, "refused": came.refused, "failed": came.silent}
        if came.sent:
            sentences.append(self.say("sent", what=named(came.sent)))
        sentences += [self.say(key, failed=named(failed)) for key, failed in failures.items() if failed]
        speech = " ".join(sentences)
        if not (came.done or came.sent):
            raise SkillError(speech)
        data: dict[str, Any] = {
            "done": [one.id for one in came.done],
            "failed": [one.id for failed in failures.values() for one in failed],
        }
        return Reply(speech=speech, data={**data, "sent": [one.id for one in came.sent]} if came.sent else data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the things that were told to do something, as they are now.

    `done` report that they did; `sent` never report; `open` have not reported it; `silent` cannot be reached.
    """

    done: Sequence[Entity]
    sent: Sequence[Entity]
    open: Sequence[Entity]
    refused: Sequence[Entity]
    silent: Sequence[Entity]


def _by_service(found: Sequence[Entity], action: Action) -> dict[str, list[str]]:
    services: dict[str, list[str]] = {}
    for one in found:
        services.setdefault(action.service(one), []).append(one.id)
    return services


def _by_state(done: Sequence[Entity], action: Action) -> dict[str, list[Entity]]:
    """By the text for the state that they report: some may still be on their way to it."""
    states: dict[str, list[Entity]] = {}
    for one in done:
        states.setdefault(one.state if one.state in action.under_way else action.state, []).append(one)
    return states


def _is_done(home: Home, before: Entity, action: Action) -> bool:
    return before.id in home.entities and action.done(before, home.entities[before.id])
