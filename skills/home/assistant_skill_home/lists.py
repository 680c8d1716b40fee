"""The to-do and shopping lists of a home."""

from __future__ import annotations

from typing import Annotated

from assistant.skill import Reply, say_list, tool
from assistant_skill_home import templates
from assistant_skill_home.actions import SETTLE_S
from assistant_skill_home.core import HomeCore
from assistant_skill_home.model import Entity
from assistant_skill_home.words import the

Item = Annotated[str, "what is written on the list"]
List = Annotated[str, "name of the list"]


class HomeLists(HomeCore):
    @tool(fast=templates.ADD_ITEM, effect="change", deadline_s=12.0)
    async def add_item(self, item: Item, list: List) -> Reply:
        """Add an item to a to-do or shopping list."""
        return await self._change(list, "added", item, "add_item", {"item": item}, step=1)

    @tool(fast=templates.COMPLETE_ITEM, effect="change", deadline_s=12.0)
    async def complete_item(self, item: Item, list: List) -> Reply:
        """Check off an item of a to-do or shopping list."""
        data = {"item": item, "status": "completed"}
        return await self._change(list, "completed", item, "update_item", data, step=-1)

    @tool(fast=templates.REMOVE_ITEM, effect="change", deadline_s=12.0)
    async def remove_item(self, item: Item, list: List) -> Reply:
        """Remove an item from a to-do or shopping list."""
        return await self._change(list, "removed", item, "remove_item", {"item": item}, step=-1)

    async def _change(self, name: str, key: str, item: str, service: str, data: dict[str, str], *, step: int) -> Reply:
        """Call the service, and believe it only when the list counts as many open items as it should."""
        (chosen, *_) = await self.chosen(name)
        assert self.link is not None
        if not chosen.answers:
            raise self.error("failed", failed=the(chosen.name))
        before = _count(chosen)
        await self.link.call(f"todo.{service}", [chosen.id], data)
        if before is not None:
            home = await self.link.settle(lambda now: _count(now.entities.get(chosen.id)) == before + step, SETTLE_S)
            if _count(home.entities.get(chosen.id)) in (before, None):
                raise self.error("unconfirmed", failed=the(chosen.name))
        return self.reply(key, data={"item": item, "list": chosen.id}, item=item, list=the(chosen.name))

    @tool(fast=templates.READ_LIST)
    async def read_list(self, list: List) -> Reply:
        """Tell what is on a to-do or shopping list."""
        (chosen, *_) = await self.chosen(list)
        known = chosen.attributes.get("todo_items")
        if known is None:
            return self.reply("list_unread", list=the(chosen.name), count=chosen.state)
        open_items = [str(item["summary"]) for item in known if item["status"] == "needs_action"]
        if not open_items:
            return self.reply("list_empty", list=the(chosen.name))
        return self.shown("list_items", list=the(chosen.name), items=say_list(open_items))


def _count(one: Entity | None) -> int | None:
    """How many items are open; None where the list does not tell."""
    return int(one.state) if one is not None and one.state.isdigit() else None
