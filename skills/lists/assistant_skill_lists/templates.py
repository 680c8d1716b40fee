"""How people speak of their lists and notes, as templates of the fast path."""

from __future__ import annotations

KNOWN = {
    **dict.fromkeys(("shopping", "grocery", "groceries", "food shopping"), "shopping"),
    **dict.fromkeys(("to do", "todo", "to dos", "todos", "task", "tasks"), "to-do"),
}
"""The lists that are there without being made, by the names that people give them."""

_MY = "[my|the|our|a]"
_NAMED = f"{_MY} ({{known:name}}|{{name:name}}) list"
_LIST = f"({_NAMED}|[my|the|our] list)"
_PUT = "(add|put|write|place|stick|get|throw)"

ADD = (
    f"{_PUT} {{words:items}} (to|on|onto|in|into) {_LIST}",
    f"{_PUT} (to|on|onto) {_NAMED} {{words:items}}",
    "(my|the|our) {known:name} list needs {words:items}",
    "(we|i) need {words:items} on (the|my|our) [{known:name}] list",
)
ADD_UNFINISHED = (
    f"{_PUT} (to|on|onto) {_LIST}",
    f"{_PUT} (something|a thing|an item|things|some things) (to|on|onto) {_LIST}",
)

_OFF = "(from|off|off of|out of)"
REMOVE = (
    f"(remove|delete|take|erase|drop|strike) {{words:items}} {_OFF} {_LIST}",
    f"take {{words:items}} back {_OFF} {_LIST}",
)
CHECK_OFF = (
    f"(check|tick|cross) off {{words:items}} (on|from) {_LIST}",
    f"(check|tick|cross) {{words:items}} off [on|from|of] {_LIST}",
    f"mark {{words:items}} [as] (done|bought|finished|complete|completed|checked) (on|in|from) {_LIST}",
)

_READ = "(read|read out|list|go through|recite)"
READ = (
    f"(what is|what things are|what items are|what all is|what is there|what do i have|what else is) on {_LIST}",
    f"what is in {_LIST}",
    f"{_READ} [me] {_LIST}",
    f"(read|go) me through {_LIST}",
    "(what is|check|show) (my|the|our) {known:name} list",
    "(my|the) {known:name} list",
    f"how many (things|items|entries) (are|do i have) on {_LIST}",
    f"is there anything [left] on {_LIST}",
    "what (do|should) (i|we) [need|have] [to] (buy|get) [today|at the store|at the shop|from the store]",
)
CONTAINS = (
    f"(is|are) {{words:item}} [already] on {_LIST}",
    f"do (i|we) have {{words:item}} on {_LIST}",
    f"did (i|we) (put|add) {{words:item}} (on|to) {_LIST}",
    f"is there [any] {{words:item}} on {_LIST}",
)
CLEAR = (
    f"(clear|empty|wipe|erase|clear out|clean out) {_LIST}",
    f"(remove|delete|take|clear|erase) (everything|all things|all items|all) {_OFF} {_LIST}",
    f"start {_NAMED} (over|again|afresh)",
)

_CALLED = "(called|named|for)"
CREATE = (
    f"(make|create|start|begin|set up) [me] (a|another|the|my) [new] list {_CALLED} [the|my] {{name:name}}",
    "(make|create|start|begin|set up) [me] (a|another|my|our) [new] ({known:name}|{name:name}) list",
    f"new list {_CALLED} [the|my] {{name:name}}",
)
CREATE_UNFINISHED = ("(make|create|start|begin|set up) [me] (a|another) [new] list",)
DELETE = (
    f"(delete|remove|get rid of|throw away) {_NAMED}",
    f"(delete|remove|get rid of|throw away) the list {_CALLED} [the|my] {{name:name}}",
)
OVERVIEW = (
    "(what|which|how many) lists (do i have|are there|have i|have i got)",
    "(list|read|what are) [all] [of] my lists",
    "all [of] my lists",
    "do i have any lists",
)

_A_NOTE = "(a|another|the following|this|one more) [new|quick|short] note"
_TAKE = "(take|make|write|create|save|leave|record|add)"
NOTE = (
    f"{_TAKE} {_A_NOTE} [that|saying|to|of|about|which says] {{words:text}}",
    "(note|write|jot) down [that] {words:text}",
    "(new note|note to self) {words:text}",
    "note that {words:text}",
)
NOTE_UNFINISHED = (
    f"{_TAKE} (a|another) [new|quick|short] note",
    "(note|write|jot) (something|this|that) down",
    "new note",
)
READ_NOTES = (
    "(read|read out|list|go through|check|what are|what is in) [me] [all] [of] [my|the] notes",
    "(do i have|are there) [any] notes",
    "(what|which) notes (do i have|have i taken|did i take|are there)",
    "what did i note [down]",
    "my notes",
)
LAST_NOTE = (
    "(read|read out|what is|what was) [me] (my|the) (last|latest|newest) note",
    "what did i note [down] last",
)
DELETE_NOTE = (
    "(delete|remove|erase|scratch|throw away) (my|the|that) (last|latest|newest) note",
    "(delete|remove|erase|scratch|throw away) (my|the|that) note",
)
DELETE_NOTES = (
    "(delete|remove|erase|clear|throw away) all [of] [my|the] notes",
    "(delete|remove|erase|clear|throw away) (my|the) notes",
)
