"""What people say to have a picture drawn, changed, shown and kept."""

from __future__ import annotations

import re

_KIND = "(picture|image|drawing|painting|illustration|sketch)"
_IT = f"(the|my|that|this) {_KIND}"

DRAW = [
    f"draw [me|us] [(a|an) {_KIND} of] {{rest:subject}}",
    "(paint|sketch) [me|us] (a|an|the|some) {rest:subject}",
    f"(make|create|generate|draw|paint) [me|us] (a|an) {_KIND} (of|with|that shows|showing) {{rest:subject}}",
]
DRAW_UNFINISHED = ["draw [me|us]", f"(make|create|generate|draw|paint) [me|us] (a|an) {_KIND} [of]"]
DRAW_NEVER = [
    "draw the curtains", "draw the blinds", "draw a card", "draw a number", "draw straws", "draw a conclusion",
    "draw a line", "draw a bath", "draw me a bath", "draw the line",
]  # fmt: skip
EDIT = [
    f"(change|edit) {_IT} (so that|and make|and) {{rest:change}}",
    f"(add|put) {{text:change}} (to|into|in) {_IT}",
    f"(change|edit) {_IT} {{rest:change}}",
]
BACK = [
    f"(go back|return|back) to the {{nth:which}} [one|version|{_KIND}]",
    f"[show|give|take] the {{nth:which}} (version|{_KIND}) [again]",
]
NTH = {
    "first": "1", "original": "1", "second": "2", "third": "3", "fourth": "4", "fifth": "5", "sixth": "6",
    "seventh": "7", "eighth": "8", "ninth": "9", "tenth": "10", "last": "last", "latest": "last", "newest": "last",
    "previous": "before", "one before": "before",
}  # fmt: skip
SHOW = [f"[show|open] {_IT} [again]", f"let me see {_IT} [again]"]
EXPORT = [
    f"export {_IT}",
    f"(save|make) a copy of {_IT}",
    f"save {_IT} (for sharing|with a mark|so that i can share it)",
    f"(share|prepare) {_IT} [for sharing]",
]

_FREE = re.compile(
    r"(?:please |now |and |can you |could you )*(?:(?:make|turn|paint|colou?r|give|let) (?:the |it |them |him |her |a )"
    r"|(?:add|remove|replace|put|change) )[\w' ,-]+"
)


def changes(text: str) -> bool:
    """Do these words tell how something that is seen shall look ("make the sky red")?"""
    return _FREE.fullmatch(text.strip().lower()) is not None
