"""Stories of an RSS 2.0, RSS 1.0 or Atom feed, read strictly: no document types, no entities, nothing endless."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers import expat

from assistant.skill import first_sentences, plain_text

MAX_STORIES = 30
MAX_DEPTH = 40
MAX_FIELD_CHARS = 8000
MAX_TITLE_CHARS = 160
MAX_SUMMARY_CHARS = 400
SUMMARY_SENTENCES = 3

_ATOM = "http://www.w3.org/2005/Atom"
_SPACES = ("", _ATOM, "http://purl.org/rss/1.0/")
"""Elements of other namespaces (media, podcasts, comments) are no story's own."""
_STORY = ("item", "entry")
_FIELDS = {"title": "title", "description": "summary", "summary": "summary", "content": "content"}
_ROOTS = ("rss", "feed", "RDF")


class FeedError(ValueError):
    """It is no feed, or one that holds what none needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Plain words; `summary` is empty where the feed says no more than the title."""

    title: str
    summary: str = ""


def read_feed(text: str) -> list[Story]:
    """The stories in the order of the feed, each title once. Raises: FeedError."""
    reader = _Reader()
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = _refused
    try:
        parser.Parse(text.strip().encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise FeedError(str(error)) from None
    if not reader.is_feed:
        raise FeedError("no feed")
    stories: dict[str, Story] = {}
    for fields in reader.stories:
        title = plain_text(fields.get("title", ""), MAX_TITLE_CHARS)
        if not any(sign.isalnum() for sign in title):
            continue
        words = plain_text(fields.get("summary") or fields.get("content", ""))
        summary = first_sentences(words, SUMMARY_SENTENCES, MAX_SUMMARY_CHARS)
        same = summary.rstrip(".").casefold() == title.rstrip(".").casefold()
        stories.setdefault(title, Story(title=title, summary="" if same else summary))
    return list(stories.values())


def _refused(*given: object) -> int:
    raise FeedError("a document type or an entity")


@dataclass(slots=True)
class _Reader:
    """Follows the elements; `stories` holds the raw fields of each."""

    stories: list[dict[str, str]] = field(default_factory=list)
    is_feed: bool = False
    _path: list[str] = field(default_factory=list)
    _inside: int = 0
    _field: tuple[str, int] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        self._path.append(local)
        depth = len(self._path)
        if depth > MAX_DEPTH:
            raise FeedError("too deep")
        if depth == 1:
            self.is_feed = local in _ROOTS
        elif space not in _SPACES:
            return
        elif local in _STORY and not self._inside and len(self.stories) < MAX_STORIES:
            self._inside = depth
            self.stories.append({})
        elif self._inside and depth == self._inside + 1 and local in _FIELDS:
            self._field = (_FIELDS[local], depth)

    def end(self, name: str) -> None:
        depth = len(self._path)
        if self._field is not None and self._field[1] == depth:
            self._field = None
        elif self._field is not None:
            self.characters(" ")  # an element inside parts words
        if self._inside == depth:
            self._inside = 0
        self._path.pop()

    def characters(self, text: str) -> None:
        if self._field is not None:
            story, name = self.stories[-1], self._field[0]
            story[name] = (story.get(name, "") + text)[:MAX_FIELD_CHARS]
