"""The common part of the tools: the connection, the names of the present home, and acting with an honest report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from assistant.skill import Context, Reply, Skill, speaking
from assistant_skill_home import korean
from assistant_skill_home.actions import Action
from assistant_skill_home.kinds import spoken_words
from assistant_skill_home.link import HomeError, HomeLink
from assistant_skill_home.model import Area, Entity, Home
from assistant_skill_home.names import AWAY, LISTS, PLACES, Names
from assistant_skill_home.words import named, the

SETTLE_S = 2.0
"""How long a device may take to report what it was told to do."""


class HomeCore(Skill):
    """Keeps in touch with one home; names stay known while it is lost, so that one hears why nothing happens."""

    def __init__(self, context: Context, texts: Mapping[str, str]) -> None:
        super().__init__(context, texts)
        self.link = self.connect()
        self.names: Names | None = None

    def connect(self) -> HomeLink | None:
        """The way to the home that the configuration names; None where it names none."""
        if (given := self.context.settings.get("link")) is not None:
            link: HomeLink = given  # a home that is no configured one, of a test or a benchmark
            return link
        url = str(self.context.settings.get("url") or "")
        if not url:
            return None
        from assistant_skill_home.homeassistant import HomeAssistant

        return HomeAssistant(
            url,
            lambda: self.context.secret("token"),
            timeout_s=float(self.context.settings.get("timeout_s") or 4.0),
            note=self.context.log,
        )

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

    def shown(self, key: str, /, **values: object) -> Reply:
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
        refused: set[str] = set()
        for service, ids in _by_service(found, action).items():
            try:
                await self.link.call(service, ids, action.data)
            except HomeError as error:
                if len(ids) == len(found):
                    raise
                self.context.log("refused", code=error.code)
                refused |= set(ids)
        wanted = [one.id for one in found if one.id not in refused]
        home = await self.link.settle(lambda now: all(_is_done(now, one, action) for one in wanted), SETTLE_S)
        done = [one for one in found if one.id not in refused and _is_done(home, one.id, action)]
        return self._told(done, [one for one in found if one not in done], action, what)

    def _told(self, done: Sequence[Entity], failed: Sequence[Entity], action: Action, what: str) -> Reply:
        state = self.texts[action.state].format(**action.values)
        data: dict[str, Any] = {"done": [one.id for one in done], "failed": [one.id for one in failed]}
        if not done:
            key = "not_so" if all(one.answers for one in failed) else "failed"
            raise self.error(key, failed=named(failed), state=state)
        said = what and not failed and speaking() == "en"
        words = the(done[0].name) if len(done) == 1 else the(what) if said else named(done)
        form = "started" if action.state == "started" else "one" if len(done) == 1 else "many"
        if failed:
            return self.reply(f"partial_{form}", data=data, what=words, state=state, failed=named(failed))
        return self.reply(f"done_{form}", data=data, what=words, state=state)


def _by_service(found: Sequence[Entity], action: Action) -> dict[str, list[str]]:
    services: dict[str, list[str]] = {}
    for one in found:
        services.setdefault(action.service(one), []).append(one.id)
    return services


def _is_done(home: Home, entity: str, action: Action) -> bool:
    return entity in home.entities and action.done(home.entities[entity])
