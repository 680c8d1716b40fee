"""Headlines from RSS and Atom feeds, one after the other, with more about each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

from assistant.skill import Card, Context, Kept, Reply, Skill, WebCache, say_age, say_list, tool
from assistant_skill_news import templates
from assistant_skill_news.feed import FeedError, Story, read_feed
from assistant_skill_news.sources import DEFAULT, SOURCES, SourceId, Topic

FRESH_S, KEPT_S = 600.0, 86_400.0
KEPT_FEEDS = 6
AT_ONCE = 3
TIMEOUT_S = 4.0
READ = "cache-read"
"""What was read out last: source, topic, all titles so far, and the stories of the last answer."""
_NTH = ("first", "second", "third")


class News(Skill):
    def __init__(self, context: Context, texts: Mapping[str, str]) -> None:
        super().__init__(context, texts)
        self._feeds = WebCache(
            lambda: context.store, lambda: context.now().timestamp(), fresh_s=FRESH_S, kept_s=KEPT_S, most=KEPT_FEEDS
        )

    @tool(
        fast=templates.HEADLINES,
        lists={"topic": templates.TOPIC, "about": templates.ABOUT, "source": templates.SOURCE},
        llm=["catch me up on what happened today", "anything interesting going on out there"],
        never=["that is good news", "I have news for you"],
        deadline_s=8,
        public=True,
    )
    async def headlines(self, topic: Topic = "top", source: SourceId | None = None) -> Reply:
        """Read the headlines, of all kinds or of one topic."""
        return await self._read_out(source or self._source(), topic, ())

    @tool(fast=templates.NEXT, deadline_s=8)
    async def next(self) -> Reply:
        """Read the next headlines."""
        read = self._last()
        return await self._read_out(read["source"], read["topic"], read["titles"])

    @tool(fast=templates.MORE, lists={"nth": templates.NTH}, deadline_s=8)
    async def more(self, which: Annotated[str, "first, second, third, last, or words of the headline"]) -> Reply:
        """Tell more about one of the headlines that were just read."""
        stories = [Story(**fields) for fields in self._last()["stories"]]
        story = _chosen(stories, which)
        if story is None:
            raise self.error("no_such")
        key = "more" if story.summary else "no_more_known"
        card = Card(title=story.title, text=story.summary)
        return self.reply(key, data=asdict(story), card=card, title=_ended(story.title), summary=story.summary)

    @tool(fast=templates.USE, lists={"source": templates.SOURCE}, effect="change")
    async def use_source(self, source: SourceId) -> Reply:
        """Read the news from this publisher from now on."""
        self.context.store.set("source", source)
        return self.reply("source_set", source=SOURCES[source].name)

    @tool(fast=templates.LIST)
    async def sources(self) -> Reply:
        """Tell from which publishers the news can come."""
        names = say_list([source.name for source in SOURCES.values()]).rstrip(",")
        return self.reply("sources", sources=names, source=SOURCES[self._source()].name)

    async def _read_out(self, source: str, topic: str, before: Sequence[str]) -> Reply:
        """The next stories whose titles were not read out before."""
        name = SOURCES[source].name
        kept = await self._fetched(source, topic)
        stories = [Story(**fields) for fields in kept.value]
        rest = [story for story in stories if story.title not in before][:AT_ONCE]
        if not rest:
            raise self.error("no_more" if before else "nothing", source=name)
        titles = [*before, *(story.title for story in rest)]
        read = {"source": source, "topic": topic, "titles": titles, "stories": [asdict(story) for story in rest]}
        self.context.store.set(READ, read)
        numbered = " ".join(self._numbered(place, story) for place, story in enumerate(rest))
        text = self.say("next", titles=numbered) if before else self.say("headlines", source=name, titles=numbered)
        if kept.stale:
            text = self.say("stale", source=name, age=say_age(kept.age_s), text=numbered)
        card = Card(title=name, items=tuple(story.title for story in rest))
        data = {"source": source, "topic": topic, "age_s": round(kept.age_s)}
        return Reply(speech=text, data=data, card=card, ask=self.texts["ask_more"])

    def _numbered(self, place: int, story: Story) -> str:
        return self.say("one", number=self.texts[_NTH[place]], title=_ended(story.title))

    async def _fetched(self, source: str, topic: str) -> Kept:
        """Raises: SkillError: this publisher has no such feed, or it cannot be had."""
        feeds = SOURCES[source].feeds
        if topic not in feeds:
            topics = say_list([known for known in feeds if known != "top"]).rstrip(",")
            raise self.error("no_topic", source=SOURCES[source].name, topics=topics)
        return await self._feeds.get(feeds[topic], lambda: self._fetch(source, feeds[topic]))

    async def _fetch(self, source: str, url: str) -> Any:
        headers = {"accept": "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.8"}
        answer = (await self.context.http.get(url, headers=headers, timeout_s=TIMEOUT_S)).expect_ok()
        try:
            return [asdict(story) for story in read_feed(answer.text)]
        except FeedError:
            raise self.error("unreadable", source=SOURCES[source].name) from None

    def _source(self) -> str:
        chosen = self.context.store.get("source", DEFAULT)
        return chosen if chosen in SOURCES else DEFAULT

    def _last(self) -> dict[str, Any]:
        """What was read last. Raises: SkillError: nothing was."""
        read = self.context.store.get(READ)
        if not isinstance(read, dict):
            raise self.error("nothing_read")
        return read


def _chosen(stories: Sequence[Story], which: str) -> Story | None:
    """By its place, or by words of its title, of which at least one must be no everyday word."""
    words = which.lower().split()
    for place, nth in enumerate(_NTH[: len(stories)]):
        if nth in words:
            return stories[place]
    if words == ["last"]:
        return stories[-1]
    telling = {word for word in words if len(word) > 3}
    best = max(stories, key=lambda story: len(telling & _words(story)), default=None)
    return best if best is not None and telling & _words(best) else None


def _words(story: Story) -> set[str]:
    return {"".join(sign for sign in word if sign.isalnum()) for word in story.title.lower().split()}


def _ended(title: str) -> str:
    return title if title[-1:] in ".!?" else f"{title}."
