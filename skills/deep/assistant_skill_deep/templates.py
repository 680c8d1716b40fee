"""What people say for a long answer, and to have it read or shown."""

from __future__ import annotations

_LONG = "(deep|detailed|thorough|long|full|in-depth|complete)"
_TEXT = "(answer|report|explanation|overview|analysis|summary|essay)"

ANSWER = [
    f"(give|write|get) [me|us] (a|an) {_LONG} {_TEXT} (to|on|about|of|for) {{rest:question}}",
    "(write|prepare) [me|us] (a|an) (report|essay|overview|analysis|study guide) (on|about|of|for) {rest:question}",
    f"(make|write|draft|work out|prepare) [me|us] (a|an) {_LONG} plan (for|to|of|about) {{rest:question}}",
    "(think|reflect) (deeply|hard|long) (about|on) {rest:question}",
    "answer (in detail|thoroughly|at length) {rest:question}",
]
ANSWER_UNFINISHED = [
    f"(give|write|get) [me|us] (a|an) {_LONG} {_TEXT} [to|on|about|of|for]",
    f"(make|write|draft|prepare) [me|us] (a|an) {_LONG} plan [for]",
]
_THE = "(the|that|your) [whole|full|long|complete|entire] (answer|report|plan|essay)"
READ = [f"read [me] {_THE} [aloud|to me]", "read [me] the (whole|full) thing"]
SHOW = [f"(show|open) {_THE}", "the (whole|full|long|complete|entire) (answer|report|plan|essay)"]
