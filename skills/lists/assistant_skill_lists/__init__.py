"""Several named lists, of which shopping and to-do are always there; and notes."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated, Any

from assistant.skill import Card, JsonDict, Reply, say_list, say_number, tool
from assistant_skill_lists import templates
from assistant_skill_lists.notes import Notes
from assistant_skill_lists.things import find_things, split_things

SHOPPING, TO_DO = "shopping", "to-do"
MAX_LISTS = 30
MAX_THINGS = 200
MAX_NAME_CHARS = 40
ALIKE = 0.8
"""How alike a name that was heard must be to one that there is, to be taken for it."""
_LIST = "list:"
_KOREAN = {"장보기": SHOPPING, "쇼핑": SHOPPING, "할일": TO_DO, "해야할일": TO_DO}
_VAGUE = frozenset(["", "something", "thing", "item", "things", "some things", "it", "that", "this", "them"])
_WORDS = {"known": templates.KNOWN}

Items = Annotated[str, "the things, parted by commas, such as 'milk, eggs'; empty if none was said"]
Name = Annotated[str, "the list's name, such as shopping or to-do; empty if none was said"]

Things = dict[str, bool]
"""What is on a list, in order -> whether it is checked off."""


class Lists(Notes):
    @tool(
        fast=templates.ADD,
        unfinished=templates.ADD_UNFINISHED,
        llm=[
            "we are out of milk, I have to buy some",
            "please remember washing powder for the next time I go shopping",
        ],
        effect="change",
        lists=_WORDS,
    )
    async def add(self, items: Items = "", name: Name = "") -> Reply:
        """Put things on a list, such as the shopping list or the to-do list."""
        named = self._named(name)
        if named not in self._names() and not await self.context.confirm(
            self.say("shall_make", name=self._spoken(named))
        ):
            return self.reply("not_made")
        if items.strip().lower() in _VAGUE:
            items = await self.context.ask(self.say("what", name=self._spoken(named)), "text")
        wanted = split_things(items, tasks=named == TO_DO)
        if not wanted:
            raise self.error("nothing")
        there = self._things(named)
        open_ = {thing.lower() for thing, done in there.items() if not done}
        added = [thing for thing in wanted if thing.lower() not in open_]
        again = [thing for thing in wanted if thing not in added]
        left = {thing: done for thing, done in there.items() if thing.lower() not in {one.lower() for one in added}}
        if len(left) + len(added) > MAX_THINGS:
            raise self.error("full", name=self._spoken(named))
        self._keep(named, {**left, **dict.fromkeys(added, False)})
        data = {"list": named, "added": added, "already": again}
        return Reply(speech=self._both("added", added, "already", again, named), data=data)

    @tool(
        fast=templates.REMOVE,
        llm=["we don't need eggs any more, take them off the list"],
        effect="change",
        lists=_WORDS,
    )
    async def remove(self, items: Items, name: Name = "") -> Reply:
        """Take things off a list."""
        named, there = self._existing(name)
        found, missing = await self._meant(items, there, named)
        self._keep(named, {thing: done for thing, done in there.items() if thing not in found})
        data = {"list": named, "removed": found, "missing": missing}
        return Reply(speech=self._both("removed", found, "missing", missing, named), data=data)

    @tool(fast=templates.CHECK_OFF, llm=["I have bought the milk on my list"], effect="change", lists=_WORDS)
    async def check_off(self, items: Items, name: Name = "") -> Reply:
        """Check things off a list, because they are done or bought."""
        named, there = self._existing(name)
        open_: Things = {thing: done for thing, done in there.items() if not done}
        found, missing = await self._meant(items, open_, named)
        self._keep(named, {**there, **dict.fromkeys(found, True)})
        speech = self._both("checked", found, "missing", missing, named)
        if found and len(found) == len(open_):
            speech = f"{speech} {self.say('everything')}"
        return Reply(speech=speech, data={"list": named, "checked": found, "missing": missing})

    @tool(fast=templates.READ, llm=["go through the things that I wanted to buy"], lists=_WORDS)
    async def read(self, name: Name = "") -> Reply:
        """Read a list: tell what is on it."""
        named, there = self._existing(name)
        things = [thing for thing, done in there.items() if not done]
        data = {"list": named, "things": things}
        card = Card(title=named, items=things[:100])
        if not things:
            return self.reply("all_done" if there else "empty", data=data, name=self._spoken(named))
        if len(things) > 1:
            await self.context.progress(self.say("count", count=say_number(len(things)), name=self._spoken(named)))
        left = await self.portions("more", things)
        if not left:
            return self.reply("enough", data=data)
        if len(left) == len(things):
            return self.reply(
                "has" if len(things) == 1 else "rest",
                data=data,
                card=card,
                items=say_list(left),
                name=self._spoken(named),
            )
        return self.reply("rest", data=data, card=card, items=say_list(left))

    @tool(fast=templates.CONTAINS, lists=_WORDS)
    async def contains(self, item: Annotated[str, "what to look for"], name: Name = "") -> Reply:
        """Tell whether something is on a list."""
        named, there = self._existing(name)
        things = [thing for thing, done in there.items() if not done]
        wanted = split_things(item, tasks=named == TO_DO) or [item]
        found = [thing for one in wanted for thing in find_things(one, things)]
        missing = [one for one in wanted if not find_things(one, things)]
        data = {"list": named, "found": found, "missing": missing}
        if found and missing:
            return self.reply(
                "some_there", data=data, name=self._spoken(named), items=say_list(found), others=say_list(missing, "or")
            )
        if found:
            return self.reply("yes_has", data=data, name=self._spoken(named), items=say_list(found))
        return self.reply("not_there", data=data, name=self._spoken(named), items=say_list(missing, "or"))

    @tool(fast=templates.CLEAR, effect="change", lists=_WORDS)
    async def clear(self, name: Name = "") -> Reply:
        """Take everything off a list, after the user's yes."""
        named, there = self._existing(name)
        if not there:
            return self.reply("empty", name=self._spoken(named))
        if not await self.context.confirm(
            self.say("shall_clear", name=self._spoken(named), count=self._count(len(there)))
        ):
            return self.reply("kept")
        self._keep(named, {})
        return self.reply("cleared", data={"list": named, "count": len(there)}, name=self._spoken(named))

    @tool(fast=templates.CREATE, unfinished=templates.CREATE_UNFINISHED, effect="change", lists=_WORDS)
    async def create(self, name: Name = "") -> Reply:
        """Make a new list."""
        said = name or await self.context.ask(self.say("which_name"), "text")
        named = _clean(said)
        if not named or len(named.split()) > 3:
            raise self.error("bad_name")
        if named in self._names():
            return self.reply("there_already", name=self._spoken(named))
        self._keep(named, {})
        return self.reply("made", name=self._spoken(named))

    @tool(fast=templates.DELETE, effect="change", lists=_WORDS)
    async def delete(self, name: Name) -> Reply:
        """Delete a whole list, after the user's yes."""
        named, there = self._existing(name)
        question = self.say("shall_delete", name=self._spoken(named), count=self._count(len(there)))
        if there and not await self.context.confirm(question):
            return self.reply("kept")
        self.context.store.delete(f"{_LIST}{named}")
        self.context.store.delete("last")
        return self.reply("deleted", name=self._spoken(named))

    @tool(fast=templates.OVERVIEW)
    async def overview(self) -> Reply:
        """Tell which lists there are."""
        kept = self._kept()
        if not kept:
            return self.reply("no_lists", data={"lists": []})
        return self.reply("lists", data={"lists": kept}, lists=say_list([self._told(name) for name in kept]))

    async def undo(self, tool: str, data: JsonDict) -> Reply | None:
        """What was added goes, what was taken off or checked off is there again; a note that was taken is deleted."""
        if tool == "note":
            return self._unnoted(data)
        things = {"add": "added", "remove": "removed", "check_off": "checked"}.get(tool, "")
        if not data.get(things):
            return None
        named, there = data["list"], self._things(data["list"])
        if tool == "add":
            self._keep(named, {thing: done for thing, done in there.items() if thing not in data[things]})
            return self.reply("removed", items=say_list(data[things]), name=self._spoken(named))
        self._keep(named, {**there, **dict.fromkeys(data[things], False)})
        return self.reply("added", items=say_list(data[things]), name=self._spoken(named))

    def _named(self, said: str) -> str:
        """The list that is meant: the one of this name or nearly so, or the one that was used last."""
        name = _clean(said)
        if not name:
            last: str = self.context.store.get("last", SHOPPING)
            return last
        close = get_close_matches(name, self._names(), n=1, cutoff=ALIKE)
        return name if name in self._names() or not close else close[0]

    def _existing(self, said: str) -> tuple[str, Things]:
        """Raises: SkillError: there is no such list."""
        named = self._named(said)
        if named not in self._names():
            lists = say_list([self._told(name) for name in self._names()])
            raise self.error("no_such", name=self._spoken(named), lists=lists)
        return named, self._things(named)

    def _names(self) -> list[str]:
        """All lists; shopping and to-do are there even while nothing is on them."""
        return list(dict.fromkeys([SHOPPING, TO_DO, *self._kept()]))

    def _kept(self) -> list[str]:
        keys = self.context.store.keys()
        return [key.removeprefix(_LIST) for key in keys if key.startswith(_LIST)]

    def _things(self, named: str) -> Things:
        kept: Sequence[Sequence[Any]] = self.context.store.get(f"{_LIST}{named}", [])
        return {str(thing): bool(done) for thing, done in kept}

    def _keep(self, named: str, things: Things) -> None:
        """Raises: SkillError: there are too many lists, or no room."""
        if named not in (kept := self._kept()) and len(kept) >= MAX_LISTS:
            raise self.error("too_many", count=len(kept))
        self.context.store.set(f"{_LIST}{named}", list(things.items()))
        self.context.store.set("last", named)

    async def _meant(self, items: str, there: Things, named: str) -> tuple[list[str], list[str]]:
        """The things on the list that were named, and what is not on it; of several that fit it asks which.

        Raises:
            SkillError: none of them is there.
        """
        found: list[str] = []
        missing: list[str] = []
        for one in split_things(items, tasks=named == TO_DO):
            fitting = find_things(one, list(there))
            if len(fitting) > 1:
                fitting = [await self.context.ask(self.say("which", items=say_list(fitting, "or")), fitting)]
            found += fitting
            missing += [] if fitting else [one]
        if not found:
            raise self.error("missing", name=self._spoken(named), items=say_list(missing or [items], "or"))
        return found, missing

    def _both(self, first: str, some: Sequence[str], second: str, others: Sequence[str], named: str) -> str:
        """What was done, and what was not."""
        said = [self.say(first, items=say_list(some), name=self._spoken(named))] if some else []
        said += [self.say(second, items=say_list(others), name=self._spoken(named))] if others else []
        return " ".join(said)

    def _told(self, named: str) -> str:
        things = self._things(named)
        if not things:
            return self.texts["list_empty"].format(name=self._spoken(named))
        return self.texts["list_count"].format(name=self._spoken(named), count=self._count(len(things)))

    def _spoken(self, named: str) -> str:
        """A list's name as it is said."""
        return {SHOPPING: self.texts["shopping"], TO_DO: self.texts["to_do"]}.get(named, named)

    def _count(self, number: int) -> str:
        return self.texts["one_thing"] if number == 1 else self.texts["things"].format(count=say_number(number))


def _clean(said: str) -> str:
    """A name as lists are kept under: without "my" and "list", and "groceries" is "shopping"."""
    words = said.lower().replace("-", " ").split()
    while words and words[0] in ("my", "the", "our", "a"):
        words.pop(0)
    while words and words[-1] in ("list", "lists", "목록", "리스트"):
        words.pop()
    name = " ".join(words)[:MAX_NAME_CHARS]
    return templates.KNOWN.get(name) or _KOREAN.get(name.replace(" ", ""), name)
