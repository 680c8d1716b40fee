"""How people ask for the news."""

from __future__ import annotations

TOPIC = {
    "world": "world", "international": "world", "business": "business", "economy": "business",
    "technology": "technology", "tech": "technology", "science": "science", "health": "health",
    "sport": "sport", "sports": "sport", "entertainment": "entertainment", "culture": "entertainment",
    "top": "top", "main": "top", "latest": "top",
}  # fmt: skip
ABOUT = {
    "the world": "world", "business": "business", "the economy": "business", "technology": "technology",
    "tech": "technology", "science": "science", "health": "health", "sport": "sport", "sports": "sport",
    "entertainment": "entertainment", "culture": "entertainment",
}  # fmt: skip
SOURCE = {
    "the bbc": "bbc", "bbc": "bbc", "the guardian": "guardian", "guardian": "guardian", "npr": "npr",
    "the register": "register",
}  # fmt: skip
NTH = {
    "first": "first", "second": "second", "third": "third", "last": "last", "number one": "first",
    "number two": "second", "number three": "third",
}  # fmt: skip

_FROM = "[(from|by|on|of) {source:source}]"

HEADLINES = (
    f"[what (is|are)|give me|read [me]|get|play] [the|todays|any] [{{topic:topic}}] (news|headlines) [today] {_FROM}",
    f"what is in the [{{topic:topic}}] news [today] {_FROM}",
    "(what is|anything) (new|happening|going on) in {about:topic} [today]",
    "[the|any|is there any] [latest] news (about|from|in|on) {about:topic}",
    "is there any [{topic:topic}] news [today]",
    "what are todays [{topic:topic}] headlines",
    "what does {source:source} say today",
)
NEXT = (
    "[the] next (headline|headlines|story|stories) [please]",
    "[read|give me] more (headlines|news|stories)",
    "what else is in the news",
    "(next|next one|go on|more|continue) from the news",
)
_ONE = "(one|story|headline|article|item)"
MORE = (
    f"[read|give me] [some] more (about|on) [the] {{nth:which}} [{_ONE}]",
    f"(read|open) the {{nth:which}} {_ONE}",
    f"what is the {{nth:which}} {_ONE} about",
    f"more (about|on) the {{text:which}} {_ONE}",
    f"(more about|more on) [the] {{nth:which}} [{_ONE}] from the news",
    f"[the] {{nth:which}} [{_ONE}] from the news",
)
USE = (
    "(use|take|read) {source:source} for [the] (news|headlines)",
    "(get|read) [me] the (news|headlines) from {source:source} from now on",
    "(switch|change) [the] news [source] to {source:source}",
)
LIST = (
    "(what|which) news (sources|papers|stations|feeds) (do you have|are there|do you know|can you read)",
    "where (do|does) (you|the news) (get the news|come) from",
    "(list|what are) [the|your] news sources",
)
