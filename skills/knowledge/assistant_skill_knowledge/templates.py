"""How people ask for Wikipedia by its name; every other question is the language model's."""

from __future__ import annotations

_WIKI = "(wikipedia|wiki pedia|the wikipedia)"

LOOKUP = (
    f"(look up|look for|search for|search|find|check|read about) {{text:topic}} (on|in|at) {_WIKI}",
    f"look {{text:topic}} up (on|in) {_WIKI}",
    f"(search|ask|check|look in|look on) {_WIKI} (for|about) {{text:topic}}",
    f"what does {_WIKI} (say|know|write) (about|on) {{text:topic}}",
    f"(what|who) (is|was|are|were) {{text:topic}} (according to|on|in) {_WIKI}",
    f"according to {_WIKI} (what|who) (is|was|are|were) {{text:topic}}",
    f"[read [me]|give me] {_WIKI} (article|page|entry|summary) (about|on|of|for) {{text:topic}}",
    f"{_WIKI} {{text:topic}}",
)
UNFINISHED = (
    f"(search|ask|check|open) {_WIKI}",
    f"look something up (on|in) {_WIKI}",
    f"(search|ask|check) {_WIKI} (for|about)",
)
MORE = (
    f"what else does {_WIKI} (say|know|write) [about (it|that|this|him|her|them)]",
    f"[read|give me] more (from|of|on) {_WIKI}",
    f"(go on|continue) with {_WIKI}",
)
