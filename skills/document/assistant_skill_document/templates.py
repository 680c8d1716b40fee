"""What people say to take a document and to ask about it."""

from __future__ import annotations

_DOCUMENT = "(document|file|pdf)"
_THIS = f"(the|this|that|my) {_DOCUMENT}"

OPEN = [
    f"(look at|take|use|load) (the|my) {_DOCUMENT} [called|named] {{rest:name}}",
    f"open (the|my) {_DOCUMENT} (called|named) {{rest:name}}",
    f"(look at|take|use|load) (the|my) {{text:name}} {_DOCUMENT}",
]
OPEN_UNFINISHED = [f"(look at|take|use|load) (the|my) {_DOCUMENT} [called|named]"]
ASK = [
    f"what does {_THIS} say (about|on) {{rest:question}}",
    f"what does (the|my) {{text:name}} {_DOCUMENT} say (about|on) {{rest:question}}",
    f"ask {_THIS} [about] {{rest:question}}",
    f"(according to|in) {_THIS} {{rest:question}}",
    f"(search|look through) {_THIS} for {{rest:question}}",
    f"(search|look through) (the|my) {{text:name}} {_DOCUMENT} for {{rest:question}}",
]
ASK_UNFINISHED = [f"what does {_THIS} say [about|on]", f"ask {_THIS}", f"(according to|in) {_THIS}"]
