"""How people ask for reminders, as templates of the fast path."""

from __future__ import annotations

_REMIND = "(remind me|remind us)"
_NUDGE = (
    "(remind|nudge|ping|poke|prod|prompt|alert|notify|buzz|warn) (me|us)"
    "|give (me|us) (a|another) (nudge|ping|poke|prod|shout|heads up|reminder)|jog (my|our) memory"
)
"""What people say instead of "remind me"."""
_TELL = f"({_NUDGE}|tell (me|us)|let (me|us) know)"
"""Also what is taken off before the comparison where it begins a sentence."""
_SET = (
    "(set|set up|set me|create|make|make me|add|schedule|put|put in|give me|get|get me|i need|i want|i will need"
    "|i would like|we need|new) [a|another|in] reminder [in]"
)
_I_MUST = "i (have to|need to|should|must|want to|wanted to|ought to|have got to|am supposed to)"
_TO = f"(to|about|of|that|[that] {_I_MUST}|regarding) {{text:what}}"
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
    f"([for|{_AT}] {{time}} [[for] {{date}}]|[for] {{date}} [[{_AT}|for] {{time}}]|[for|{_AT}] {{time}} {{repeat}}"
    f"|[for] {{repeat}} [[{_AT}] {{time}}]|(in|for) {{duration}}|for {{part:date}})"
)
_FORGET = (
    "((do not|never) let (me|us) forget|(i|we) (must not|can not|should not|may not|had better not|better not|do not"
    " want to) (forget|miss)|help (me|us) [to] remember|(make|be) sure (i|we) (remember|do not forget))"
)
_OFF = "(from now|from then)"
_ALSO = "[so|and|then] remind (me|us) [of (it|that|this)|about (it|that|this)|then|to do (it|so|that|this)]"

SET = (
    f"{_REMIND} {_TO} {_WHEN}",
    f"{_REMIND} {_WHEN} {_TO}",
    f"({_NUDGE}) {_TO} {_WHEN}",
    f"({_NUDGE}) {_WHEN} {_TO}",
    f"{_WHEN} {_TELL} {_TO}",
    f"{_WHEN} (somebody|someone|you) (should|must|have to|need to|could|can|will) {_TELL} {_TO}",
    f"({_NUDGE}) {{date}} {_TO} {_AT} {{time}}",
    f"({_NUDGE}) {{repeat}} {_TO} {_AT} {{time}}",
    f"({_NUDGE}) {_AT} {{time}} {_TO} {{date}}",
    f"({_NUDGE}) {{duration}} {_OFF} {_TO}",
    f"({_NUDGE}) {_TO} {{duration}} (from|from then)",  # a "now" at the end was taken off before
    f"(get|be) reminded {_TO} {_WHEN}",  # "I want to", "I would like to" are taken off before
    f"(get|be) reminded {_WHEN} {_TO}",
    f"bring up {{text:what}} [again|to me] {_WHEN}",
    f"{_SET} {_FOR} {_FOR_WHEN}",
    f"{_SET} {_FOR_WHEN} {_FOR}",
    f"{_SET} {_FOR_WHEN} {{text:what}}",
    f"[a] reminder {_FOR} {_FOR_WHEN}",
    f"[a] reminder {_FOR_WHEN} [to|about|that] {{text:what}}",
    f"{_FORGET} (to|about|the|my|our|that) {{text:what}} {_WHEN}",
    f"remember to {{text:what}} {_WHEN}",
    f"do not let {{text:what}} slip my mind {_WHEN}",
    f"(make sure|be sure|see to it) [that] (i|we) {{text:what}} {_WHEN}",
    f"[{_I_MUST}] {{text:what}} {_WHEN} {_ALSO}",  # some of these beginnings are taken off before
    f"({_AT} {{time}} [{{date}}]|in {{duration}}) that {{text:what}}",  # "let me know" was taken off before
    f"{_AT} {{time}} [{{date}}] to {{text:what}}",
    "in {duration} to {text:what}",
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

_END = "(cancel|delete|remove|clear|drop|get rid of|turn off|stop|scrap|ditch|erase|forget [about])"
_THE = "[the|my|that|this]"
_LONGER = "[any more|anymore|any longer]"

CANCEL = (
    f"{_END} {_THE} [next] reminder",
    f"{_END} {_THE} reminder (to|about|for|of|that) {{text:what}}",
    f"{_END} {_THE} {{name:what}} reminder",
    f"{_END} {_THE} {{time}} reminder [to {{text:what}}]",
    f"{_END} {_THE} reminder (at|for) {{time}} [{{date}}]",
    f"{_END} {_THE} reminder [for] {{date}}",
    "do not remind me (to|about|of) {text:what}",
    f"(i|we) (do not|no longer) need {_THE} reminder (to|about|for|of) {{text:what}} {_LONGER}",
    "you (do not have to|do not need to|can stop|need not|must not) (remind|reminding) (me|us) (to|about|of)"
    f" {{text:what}} {_LONGER}",
)
CANCEL_ALL = (
    f"{_END} (all|every|both|all of|each of|both of) [the|my] reminder[s]",
    f"{_END} [the|my] reminders",
)
LIST = (
    "(list|read|read out|what are|check|show) [all] [of] [the|my] reminders [for {date}]",
    "(what|which|how many) reminders (are [there]|do i have|have i [got]|i have|did i) [set|coming up] [[for] {date}]",
    "(are there|do i have|have i got) any reminders [set|coming up|left] [[for] {date}]",
    "what (am i|are we) to be reminded (of|about) [{date}]",
    "(what|the things|everything) i (want|wanted|asked) to be reminded (of|about) [{date}]",
    "(list|read) [me] [the things|everything] [that] i wanted to be reminded (of|about) [{date}]",
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
    "(is|was) there anything [that] (i|we) missed [today|while i was (away|out|gone)|while you were off]",
)
