"""Where headlines come from: public feeds by topic, named as they are spoken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Topic = Literal["top", "world", "business", "technology", "science", "health", "sport", "entertainment"]
SourceId = Literal["bbc", "guardian", "npr", "register"]

DEFAULT: SourceId = "bbc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A publisher; `feeds` by topic, RSS 2.0 or Atom."""

    name: str
    feeds: dict[str, str]


def _feeds(pattern: str, **topics: str) -> dict[str, str]:
    return {topic: pattern.format(part) for topic, part in topics.items()}


SOURCES: dict[str, Source] = {
    "bbc": Source(
        name="the BBC",
        feeds=_feeds(
            "https://feeds.bbci.co.uk/{}/rss.xml",
            top="news", world="news/world", business="news/business", technology="news/technology",
            science="news/science_and_environment", health="news/health", sport="sport",
            entertainment="news/entertainment_and_arts",
        ),
    ),
    "guardian": Source(
        name="The Guardian",
        feeds=_feeds(
            "https://www.theguardian.com/{}/rss",
            top="international", world="world", business="business", technology="technology", science="science",
            health="society/health", sport="sport", entertainment="culture",
        ),
    ),
    "npr": Source(
        name="NPR",
        feeds=_feeds(
            "https://feeds.npr.org/{}/rss.xml",
            top="1001", world="1004", business="1006", technology="1019", science="1007", health="1128", sport="1055",
            entertainment="1008",
        ),
    ),
    "register": Source(
        name="The Register",
        feeds=_feeds("https://www.theregister.com/{}.atom", top="headlines", technology="headlines"),
    ),
}  # fmt: skip
