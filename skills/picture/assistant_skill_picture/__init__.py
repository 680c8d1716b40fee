"""Draws pictures with a cloud model, changes them, and goes back to an earlier one; every one is a file of its own."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from assistant.skill import (
    Card,
    Context,
    JsonDict,
    PlanNeeded,
    Reply,
    Skill,
    show_file,
    tool,
    write_private,
)
from assistant_skill_picture import templates
from assistant_skill_picture.mark import with_mark
from assistant_skill_picture.provenance import (
    Provenance,
    UnreadablePictureError,
    hash_of,
    marked,
    read,
    stripped,
)
from assistant_skill_picture.tree import Node, Tree, read_tree

DEADLINE_S = 150.0
"""A picture may take two minutes; what asks for consent before that does not count."""
FRESH_S = 600.0
"""So long after a picture "make the sky red" is about it."""
KEY = "tree"
HERE = "In two short spoken sentences, describe how a picture of this could look: {subject}"
"""What the local model is asked without a plan: no model on the device draws."""


class PictureSkill(Skill):
    def __init__(self, context: Context, texts: Mapping[str, str]) -> None:
        super().__init__(context, texts)
        self._looked_at: dt.datetime | None = None

    @tool(
        fast=templates.DRAW,
        unfinished=templates.DRAW_UNFINISHED,
        never=templates.DRAW_NEVER,
        llm=["I would love to see a dragon made of clouds as a picture"],
        effect="change",
        deadline_s=DEADLINE_S,
    )
    async def draw(self, subject: Annotated[str, "what is to be seen, as the user said it"] = "") -> Reply:
        """Have a picture drawn by a model in the cloud and save it."""
        if not subject.strip():
            return self.reply("what", ask=self.texts["ask_what"])
        folder = self._folder()
        try:
            drawn = await self.context.picture(subject, progress=self.say("drawing"))
        except PlanNeeded as error:
            await self.context.offer("images")
            return Reply(speech=self.say("instead", why=error.sentence), to_model=HERE.format(subject=subject))
        tree = self._tree()
        file = await self._save(folder, drawn.png, drawn.model, subject)
        return await self._keep(tree.drawn(file.name), folder)

    @tool(
        fast=templates.EDIT,
        llm=["I want a red sky in the picture that you drew"],
        effect="change",
        deadline_s=DEADLINE_S,
    )
    async def edit(self, change: Annotated[str, "what shall be different, as the user said it"]) -> Reply:
        """Have the picture that was drawn last changed by a model in the cloud, and save it as another one."""
        folder, node = self._folder(), self._now()
        before = await asyncio.to_thread(self._bytes, folder, node)
        drawn = await self.context.picture(change, of=self._readable(stripped, before), progress=self.say("changing"))
        file = await self._save(folder, drawn.png, drawn.model, change)
        tree = self._tree()
        if tree.current != node.id and tree.get(node.id) is not None:  # somebody went elsewhere meanwhile
            tree = Tree(nodes=tree.nodes, current=node.id)
        return await self._keep(tree.changed(file.name), folder)

    @tool(fast=templates.BACK, lists={"nth": templates.NTH}, effect="change")
    async def back(self, which: Annotated[str, "the picture's number, or: last, before"]) -> Reply:
        """Go back to another one of the pictures that were made of the same first one."""
        folder, tree = self._folder(), self._tree()
        if tree.now is None:
            raise self.error("no_picture")
        try:
            tree = tree.back(which)
        except LookupError:
            if which == "before":
                raise self.error("no_before") from None
            raise self.error("no_such", count=len(tree.mates())) from None
        node = tree.now
        assert node is not None
        if not (folder / node.file).is_file():
            raise self.error("gone")
        self.context.store.set(KEY, tree.as_json())
        return await self._shown(node, folder, "back_shown", "back_saved")

    @tool(fast=templates.SHOW)
    async def show(self) -> Reply:
        """Show the picture that was drawn last on this computer's screen."""
        folder, node = self._folder(), self._now()
        if not (folder / node.file).is_file():
            raise self.error("gone")
        return await self._shown(node, folder, "shown", "not_shown")

    @tool(fast=templates.EXPORT, effect="change")
    async def export(self) -> Reply:
        """Save a copy of the picture with a mark that anybody sees, for sharing."""
        folder, node = self._folder(), self._now()
        png = await asyncio.to_thread(self._bytes, folder, node)
        try:
            copy = await asyncio.to_thread(with_mark, png, read(png))
        except UnreadablePictureError:
            raise self.error("unreadable") from None
        file = folder / f"{Path(node.file).stem}-marked.png"
        await self._write(file, copy)
        return self.reply("exported", file=file.name, card=Card(title=file.name, image=str(file)))

    async def undo(self, tool: str, data: JsonDict) -> Reply | None:
        tree = self._tree()
        node = tree.get(int(data.get("id", 0)))
        if tool not in ("draw", "edit") or node is None:
            return None
        self.context.store.set(KEY, tree.without(node.id).as_json())
        return self.reply("undone" if node.parent else "undone_first")

    def parse(self, text: str) -> tuple[str, dict[str, Any]] | None:
        """ "Make the sky red", as long as a picture is fresh and nobody else takes these words."""
        if self._looked_at is None or not templates.changes(text):
            return None
        age_s = (self.context.now() - self._looked_at).total_seconds()
        return ("edit", {"change": text}) if 0 <= age_s <= FRESH_S else None

    async def _keep(self, tree: Tree, folder: Path) -> Reply:
        """Remember the picture that was just made, and show it."""
        self.context.store.set(KEY, tree.as_json())
        node = tree.now
        assert node is not None
        return await self._shown(node, folder, "drawn_shown", "drawn_saved")

    async def _shown(self, node: Node, folder: Path, seen: str, unseen: str) -> Reply:
        """Show it where there is a screen, else tell where it lies."""
        self._looked_at = self.context.now()
        file = folder / node.file
        shown = bool(self.context.settings.get("show", True)) and await show_file(file)
        values = {"number": str(node.number), "file": node.file}
        card = Card(title=node.file, image=str(file))
        return self.reply(seen if shown else unseen, data={"id": node.id, **values}, card=card, **values)

    async def _save(self, folder: Path, png: bytes, model: str, words: str) -> Path:
        """The picture as a file of its own, with its provenance. Raises: SkillError."""
        now = self.context.now()
        told = Provenance(model=model, made=now.replace(microsecond=0), prompt_sha256=hash_of(words))
        kept = self._readable(lambda data: marked(data, told), png)
        stem = f"picture-{now:%Y%m%d-%H%M%S}"
        file = next(
            free
            for number in range(1, 1000)
            if not (free := folder / f"{stem}{f'-{number}' * (number > 1)}.png").exists()
        )
        await self._write(file, kept)
        return file

    async def _write(self, file: Path, data: bytes) -> None:
        try:
            await asyncio.to_thread(write_private, file, data)
        except OSError:
            raise self.error("not_saved") from None

    def _bytes(self, folder: Path, node: Node) -> bytes:
        try:
            return (folder / node.file).read_bytes()
        except OSError:
            raise self.error("gone") from None

    def _readable(self, read_as: Any, png: bytes) -> bytes:
        try:
            found: bytes = read_as(png)
        except UnreadablePictureError:
            raise self.error("unreadable") from None
        return found

    def _tree(self) -> Tree:
        return read_tree(self.context.store.get(KEY))

    def _now(self) -> Node:
        """Raises: SkillError: there is no picture."""
        node = self._tree().now
        if node is None:
            raise self.error("no_picture")
        return node

    def _folder(self) -> Path:
        """Raises: SkillError: none is set."""
        folder = str(self.context.settings.get("folder", ""))
        if not folder:
            raise self.error("no_folder")
        return Path(folder)
