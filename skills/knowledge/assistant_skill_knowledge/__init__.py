"""What Wikipedia says about something, with its name, when it is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any

from assistant.skill import Card, Context, Kept, Reply, Skill, WebCache, first_sentences, say_age, speaking, tool
from assistant_skill_knowledge import templates
from assistant_skill_knowledge.service import Page, UnreadableError, search, summary

FRESH_S, KEPT_S = 86_400.0, 30 * 86_400.0
KEPT_PAGES = 24
SENTENCES, MAX_SPOKEN_CHARS = 3, 400
MAX_CHOICES = 3
READ = "cache-read"
"""The title, and what was not read out yet of its summary."""


class Knowledge(Skill):
    def __init__(self, context: Context, texts: Mapping[str, str]) -> None:
        super().__init__(context, texts)
        self._pages = WebCache(
            lambda: context.store, lambda: context.now().timestamp(), fresh_s=FRESH_S, kept_s=KEPT_S, most=KEPT_PAGES
        )

    @tool(
        fast=templates.LOOKUP,
        unfinished=templates.UNFINISHED,
        llm=["could Wikipedia tell us about volcanoes"],
        never=["what is wikipedia", "who founded wikipedia", "is wikipedia reliable"],
        deadline_s=14,
    )
    async def lookup(self, topic: Annotated[str, "what to look up on Wikipedia, such as penguins"] = "") -> Reply:
        """Look something up on Wikipedia, when Wikipedia is asked for."""
        words = " ".join(topic.split())[:120]
        if not any(sign.isalnum() for sign in words):
            return self.reply("what", ask=self.texts["ask_what"])
        kept = await self._pages.get(
            f"topic:{_edition()}{words.lower()}", lambda: self._readable(lambda: self._found(words))
        )
        if choices := kept.value.get("choices"):
            kept = await self._chosen([Page(**fields) for fields in choices])
        return self._told(kept)

    @tool(fast=templates.MORE)
    async def more(self) -> Reply:
        """Read on in what Wikipedia says."""
        read = self.context.store.get(READ)
        if not isinstance(read, dict):
            raise self.error("nothing_read")
        if not read["rest"]:
            raise self.error("no_more")
        return self.reply("more", data={"title": read["title"]}, text=self._read_on(read["title"], read["rest"]))

    async def _found(self, words: str) -> dict[str, Any]:
        """The summary of the page that is meant, or the pages that may be meant. Raises: SkillError."""
        pages = await search(self.context.http, words)
        if not pages:
            raise self.error("not_found", topic=words)
        if not pages[0].is_list:
            page = await self._summary(pages[0].key)
            if not page["is_list"]:
                return page
        choices = [page for page in pages[1:] if not page.is_list][:MAX_CHOICES]
        if not choices:
            raise self.error("not_found", topic=words)
        if len(choices) == 1:
            return await self._summary(choices[0].key)
        return {"choices": [{"key": p.key, "title": p.title, "description": p.description} for p in choices]}

    async def _summary(self, key: str) -> dict[str, Any]:
        page = await summary(self.context.http, key)
        if page is None:
            raise self.error("not_found", topic=key.replace("_", " "))
        return page

    async def _chosen(self, choices: Sequence[Page]) -> Kept:
        """The page that the person means."""
        labels = [page.label for page in choices]
        if len({label.lower() for label in labels}) < len(labels):
            labels = [page.title for page in choices]
        named = [
            self.texts["choice"].format(label=label, description=page.description) if page.description else label
            for label, page in zip(labels, choices, strict=True)
        ]
        listed = self.texts["or"].format(first="; ".join(named[:-1]), last=named[-1])
        question = self.say("which", choices=listed)
        label = await self.context.ask(question, labels)
        page = choices[labels.index(label)]
        return await self._pages.get(
            f"page:{_edition()}{page.key}", lambda: self._readable(lambda: self._summary(page.key))
        )

    def _told(self, kept: Kept) -> Reply:
        title, extract = kept.value["title"], kept.value["extract"]
        if not any(sign.isalnum() for sign in extract):
            raise self.error("no_text", title=title)
        text = self._read_on(title, extract)
        key, age = ("stale", say_age(kept.age_s)) if kept.stale else ("found", "")
        card = Card(title=title, text=extract, items=("Wikipedia, CC BY-SA 4.0",))
        data = {"title": title, "source": "Wikipedia", "age_s": round(kept.age_s)}
        return self.reply(key, data=data, card=card, text=text, age=age)

    def _read_on(self, title: str, text: str) -> str:
        """The next sentences; what is left is kept for "what else"."""
        spoken = first_sentences(text, SENTENCES, MAX_SPOKEN_CHARS)
        rest = text[len(spoken) :].strip() if text.startswith(spoken) else ""
        self.context.store.set(READ, {"title": title, "rest": rest})
        return spoken

    async def _readable(self, fetch: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        try:
            return await fetch()
        except UnreadableError:
            raise self.error("unreadable") from None


def _edition() -> str:
    """What tells the pages of the Korean edition from the English ones in the cache."""
    return "ko:" if speaking() == "ko" else ""
