"""Long answers, plans and texts by a cloud model: a spoken brief, and the whole as a file that the user can open."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from assistant.errors import AssistantError
from assistant.skill import Cancelled, Card, PlanNeeded, Reply, Skill, show_file, tool, write_private
from assistant_skill_deep import templates
from assistant_skill_deep.parts import read_written, spoken_parts

TOTAL_S, DEADLINE_S = 120.0, 150.0
MAX_TOKENS = 3000
"""About 2200 words: five pages."""
MAX_CARD_CHARS = 3900
LAST = "last"
TASK = (
    "You write for a voice assistant. First write a brief of two or three short sentences that are read out loud: plain"
    " words, no markup. Then write a line of three dashes. Then write the whole answer in Markdown: thorough, well"
    " ordered, with headings where they help, honest about what is not known. Words in square brackets such as"
    " [PERSON_1] stand for something that was taken out: use them as they are. Answer in the language of the question."
    " Do not ask back."
)
HERE = "Tell me about this in up to six short spoken sentences, the most important first: {question}"
"""What the local model is asked where no cloud may be."""
FOOT = "\n\n---\nWritten by a cloud model on {date}. It may be wrong.\n"


class DeepSkill(Skill):
    @tool(
        fast=templates.ANSWER,
        unfinished=templates.ANSWER_UNFINISHED,
        llm=["I need to really understand how interest rates work, with everything that belongs to it"],
        deadline_s=DEADLINE_S,
    )
    async def answer(self, question: Annotated[str, "what it is about, in the user's words"] = "") -> Reply:
        """Have a long answer, plan or text written by a model in the cloud; tell the gist, and save the whole."""
        if not question.strip():
            return self.reply("what", ask=self.texts["ask_what"])
        folder = self._folder()
        try:
            text = await self.context.cloud(
                question, task=TASK, max_tokens=MAX_TOKENS, total_s=TOTAL_S, progress=self.say("thinking")
            )
        except Cancelled:
            raise
        except AssistantError as error:
            if isinstance(error, PlanNeeded):
                await self.context.offer("chat")
            speech = self.say("instead", why=error.sentence)
            return Reply(speech=speech, to_model=HERE.format(question=question))
        written = read_written(text)
        now = self.context.now()
        file = folder / f"answer-{now:%Y%m%d-%H%M%S}.md"
        whole = f"# {question[:1].upper()}{question[1:]}\n\n{written.whole}{FOOT.format(date=f'{now:%Y-%m-%d}')}"
        try:
            await asyncio.to_thread(write_private, file, whole.encode("utf-8", "replace"))
        except OSError:
            raise self.error("not_saved", brief=written.brief) from None
        self.context.store.set(LAST, str(file))
        shown = bool(self.context.settings.get("show", True)) and await show_file(file)
        card = Card(title=question[:80], text=written.whole[:MAX_CARD_CHARS])
        key = "brief_shown" if shown else "brief"
        return self.reply(key, data={"file": str(file)}, card=card, brief=written.brief, file=file.name)

    @tool(fast=templates.READ, deadline_s=20)
    async def read(self) -> Reply:
        """Read the last long answer aloud, part by part."""
        file = self._last()
        try:
            text = await asyncio.to_thread(file.read_text, "utf-8")
        except (OSError, UnicodeDecodeError):
            raise self.error("gone") from None
        parts = list(spoken_parts(text.rpartition("\n---\n")[0] or text))
        while len(parts) > 1:
            part, *parts = parts
            if await self.context.ask(self.say("more", items=part), ("yes", "go on", "more", "no", "enough")) in (
                "no", "enough",
            ):  # fmt: skip
                return Reply(speech=self.say("end"), outside=True)
        return Reply(speech=f"{' '.join(parts)} {self.say('end')}".strip(), outside=True)

    @tool(fast=templates.SHOW)
    async def show(self) -> Reply:
        """Show the last long answer on this computer's screen."""
        file = self._last()
        if not file.is_file():
            raise self.error("gone")
        shown = bool(self.context.settings.get("show", True)) and await show_file(file)
        return self.reply("shown" if shown else "not_shown", file=file.name)

    def _last(self) -> Path:
        """Raises: SkillError: there is none."""
        kept = self.context.store.get(LAST)
        if not isinstance(kept, str):
            raise self.error("no_answer")
        return Path(kept)

    def _folder(self) -> Path:
        folder = str(self.context.settings.get("folder", ""))
        if not folder:
            raise self.error("no_folder")
        return Path(folder)
