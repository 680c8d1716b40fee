"""Notes: taken in one sentence, read with the newest first, deleted one by one or all after a yes."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from assistant.skill import Card, JsonDict, Reply, Skill, say_number, tool
from assistant.spoken_when import say_moment
from assistant_skill_lists import templates

MAX_NOTES = 200
MAX_NOTE_CHARS = 400
_VAGUE = frozenset(["", "something", "this", "that"])

Text = Annotated[str, "what to note, in the user's words; empty if it was not said"]


class Notes(Skill):
    @tool(
        fast=templates.NOTE,
        unfinished=templates.NOTE_UNFINISHED,
        llm=["I want to write down that the boiler was serviced today"],
        never=["note that", "make a note of it", "take a note of that"],
        effect="change",
    )
    async def note(self, text: Text = "") -> Reply:
        """Take a note: write down what the user says."""
        notes = self._notes()
        if len(notes) >= MAX_NOTES:
            raise self.error("notes_full", count=len(notes))
        if text.strip().lower() in _VAGUE:
            text = await self.context.ask(self.say("note_what"), "text")
        text = " ".join(text.split())[:MAX_NOTE_CHARS].strip(" .")
        self.context.store.set("notes", [*self._notes(), {"text": text, "at": self.context.now().isoformat()}])
        return self.reply("noted", text=text)

    @tool(fast=templates.READ_NOTES)
    async def read_notes(self) -> Reply:
        """Read the user's notes out."""
        notes = list(reversed(self._notes()))
        data = {"notes": notes}
        if not notes:
            return self.reply("no_notes", data=data)
        if len(notes) == 1:
            return self.reply("one_note", data=data, **self._words(notes[0]))
        parts = [self.say("note", **self._words(note)) for note in notes]
        await self.context.progress(self.say("note_count", count=say_number(len(notes))))
        left = await self.portions("notes_more", parts)
        if not left:
            return self.reply("enough", data=data)
        return Reply(speech=f"{'. '.join(left)}.", data=data, card=Card(title="Notes", items=parts[:100]))

    @tool(fast=templates.LAST_NOTE)
    async def last_note(self) -> Reply:
        """Read the note that was taken last."""
        notes = self._notes()
        return self.reply("last_note", **self._words(notes[-1])) if notes else self.reply("no_notes")

    @tool(fast=templates.DELETE_NOTE, effect="change")
    async def delete_last_note(self) -> Reply:
        """Delete the note that was taken last."""
        notes = self._notes()
        if not notes:
            raise self.error("no_notes")
        self.context.store.set("notes", notes[:-1])
        return self.reply("note_deleted", text=notes[-1]["text"])

    @tool(fast=templates.DELETE_NOTES, effect="change")
    async def delete_notes(self) -> Reply:
        """Delete all notes, after the user's yes."""
        count = len(self._notes())
        if not count:
            raise self.error("no_notes")
        question = "shall_delete_note" if count == 1 else "shall_delete_notes"
        if not await self.context.confirm(self.say(question, count=say_number(count))):
            return self.reply("kept")
        self.context.store.delete("notes")
        return self.reply("notes_deleted", data={"count": count})

    def _unnoted(self, data: JsonDict) -> Reply | None:
        """Take back the note that was taken last, if it is this one."""
        notes = self._notes()
        if not notes or notes[-1]["text"] != data.get("text"):
            return None
        self.context.store.set("notes", notes[:-1])
        return self.reply("note_deleted", text=notes[-1]["text"])

    def _notes(self) -> list[dict[str, Any]]:
        """The oldest first."""
        found: list[dict[str, Any]] = self.context.store.get("notes", [])
        return found

    def _words(self, note: dict[str, Any]) -> dict[str, Any]:
        now = self.context.now()
        at = dt.datetime.fromisoformat(note["at"]).astimezone(now.tzinfo)
        return {"when": say_moment(at, now).rstrip(","), "text": note["text"]}
