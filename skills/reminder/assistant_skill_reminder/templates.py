"""How people ask for reminders, as templates of the fast path."""

from __future__ import annotations

_REMIND = "(remind me|remind us)"
_SET = "(set|create|make|add|schedule|give me|i need|i want) [a|another] reminder"
_TO = "(to|about|of|that|that i have to|that i need to) {text:what}"
_FOR = "(to|about|of|for|that) {text:what}"
_AT = "(at|around|by)"
PART = {
    f"{lead}in the {part}": f"in the {part}"
    for part in ("morning", "afternoon", "evening")
    for lead in ("", "first thing ", "later ")
}
"""Parts of a day without a time, for the slot `part`."""

_WHEN = (
    f"({_AT} {{time}} [{{date}}]|{{date}} [[{_AT}] {{time}}]|{_AT} {{time}} {{repeat}}|{{repeat}} [[{_AT}] {{time}}]"
    "|in {duration}|{part:date})"
)
_FOR_WHEN = (
    f"([for|{_AT}] {{time}} [[for] {{date}}]|[for] {{date}} [[{_AT}|for] {{time}}]|[for] {{time}} {{repeat}}"
    f"|[for] {{repeat}} [[{_AT}] {{time}}]|(in|for) {{duration}}|for {{part:date}})"
)

SET = (
    f"{_REMIND} {_TO} {_WHEN}",
    f"{_REMIND} {_WHEN} {_TO}",
    f"{_SET} {_FOR} {_FOR_WHEN}",
    f"{_SET} {_FOR_WHEN} {_FOR}",
    "do not let me forget (to|about|the) {text:what} " + _WHEN,
    "(i|we) (must not|can not|should not|may not) forget (to|about|the) {text:what} " + _WHEN,
    f"{_AT} {{time}} [{{date}}] that {{text:what}}",  # "let me know" and "tell me" are taken off before
)
SET_UNFINISHED = (
    _REMIND,
    _SET,
    f"{_REMIND} {_TO}",
    f"{_REMIND} {_WHEN}",
    f"{_SET} {_FOR}",
    f"{_SET} {_FOR_WHEN}",
)
_WHEN_I = "(when|once|as soon as|if|whenever|the next time|next time) (i|we|my|the|he|she|it|they|someone|somebody)"
PLACE = (
    f"{_REMIND} {_WHEN_I} {{text:condition}} {_TO}",
    f"{_REMIND} {_TO} {_WHEN_I} {{text:condition}}",
    f"{_REMIND} {_WHEN_I} {{text:condition}}",
)
_ONLINE = (
    "(when|once|as soon as) (i am|we are|you are|the internet is|the connection is|the wifi is) [back]"
    " (online|on|connected|up|back|there)"
)
ONLINE = (
    f"{_REMIND} {_ONLINE} [{_TO}]",
    f"{_REMIND} {_TO} {_ONLINE}",
)

_END = "(cancel|delete|remove|clear|drop|get rid of|turn off|stop)"
_THE = "[the|my|that|this]"

CANCEL = (
    f"{_END} {_THE} [next] reminder",
    f"{_END} {_THE} reminder (to|about|for|of|that) {{text:what}}",
    f"{_END} {_THE} {{name:what}} reminder",
    f"{_END} {_THE} {{time}} reminder [to {{text:what}}]",
    f"{_END} {_THE} reminder (at|for) {{time}} [{{date}}]",
    f"{_END} {_THE} reminder [for] {{date}}",
    "do not remind me (to|about|of) {text:what}",
)
CANCEL_ALL = (
    f"{_END} (all|every|both|all of|each of|both of) [the|my] reminder[s]",
    f"{_END} [the|my] reminders",
)
LIST = (
    "(list|read|read out|what are|check|show) [all] [of] [the|my] reminders [for {date}]",
    "(what|which|how many) reminders (are [there]|do i have|have i|i have|did i) [set] [[for] {date}]",
    "(are there|do i have|have i got) any reminders [set] [[for] {date}]",
    "[what is] my (reminders|next reminder)",
    "when is (my|the) [next] reminder",
    "what did i ask you to remind me (of|about)",
    "what do you have to remind me of",
)
MISSED = (
    "what (did i|have i|i|have we|did we) (miss|missed) [today|lately|while i was (away|out)|while you were off]",
    "(did i|have i|did we|have we) (miss|missed) (anything|something|[any|an|a] (alarm|reminder|timer)[s])",
    "(what|which) (alarms|reminders|timers) (did i|have i) (miss|missed)",
    "any missed (alarms|reminders|timers)",
)
