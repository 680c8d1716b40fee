"""How people ask for alarms, as templates of the fast path."""

from __future__ import annotations

_WAKE = "(wake me|wake me up|get me up|wake us|wake us up)"
_START = "(set|start|create|make|add|schedule|put on|set up|give me|i need|i want|i would like)"
_AN = "[a|an|the|my|another|a new|one more]"
_ALARM = "alarm [clock]"
_AT = "(at|around|for|by)"
_I_GET_UP = "[(i|we) (have to|need to|want to|must|have got to)] (get up|wake up|be up|be awake)"
"""What leads in, such as "I have to", is taken off before the comparison."""
_CALLED = "[(called|named|labeled|labelled) [the] {name:label}]"

SET = (
    f"{_WAKE} {_AT} {{time}} [{{date}}]",
    f"{_WAKE} {{date}} [{_AT}] {{time}}",
    f"{_WAKE} {_AT} {{time}} {{repeat}}",
    f"{_WAKE} {{repeat}} [{_AT}] {{time}}",
    f"{_WAKE} in {{duration}}",
    f"{_I_GET_UP} {_AT} {{time}} [{{date}}]",
    f"{{date}} {_I_GET_UP} {_AT} {{time}}",
    f"make sure (i am|i get|we are|we get) (up|awake) {_AT} {{time}} [{{date}}]",
    f"{_START} {_AN} {_ALARM} [{_AT}|to] {{time}} [[for] {{date}}] {_CALLED}",
    f"{_START} {_AN} {_ALARM} [for] {{date}} [{_AT}] {{time}} {_CALLED}",
    f"{_START} {_AN} {_ALARM} [{_AT}|to] {{time}} {{repeat}} {_CALLED}",
    f"{_START} {_AN} {_ALARM} [for] {{repeat}} [{_AT}] {{time}} {_CALLED}",
    f"{_START} {_AN} {_ALARM} (in|to go off in|to ring in) {{duration}}",
    f"{_START} {_AN} {{time}} {_ALARM} [[for] {{date}}|[for] {{repeat}}]",
    f"{_START} {_AN} {{name:label}} {_ALARM} [{_AT}|to] {{time}} [[for] {{date}}|{{repeat}}]",
    f"{_ALARM} {_AT} {{time}} [{{date}}|{{repeat}}]",
    f"{_ALARM} (in {{duration}}|{{date}} {_AT} {{time}}|{{repeat}} {_AT} {{time}})",
)
SET_UNFINISHED = (
    f"{_START} {_AN} {_ALARM}",
    f"{_START} {_AN} {_ALARM} [for] ({{date}}|{{repeat}})",
    _WAKE,
    f"{_WAKE} ({{date}}|{{repeat}})",
)
SET_AFTER = (
    f"[another|also] one [more] {_AT} {{time}} [{{date}}|{{repeat}}]",
    f"another {_AT} {{time}} [{{date}}|{{repeat}}]",
)

_END = "(cancel|stop|delete|remove|clear|end|kill|turn off|switch off|shut off|get rid of|dismiss|disable)"
_THE = "[the|my|that|this]"

CANCEL = (
    f"{_END} {_THE} [next] {_ALARM}",
    f"{_END} {_THE} {{time}} {_ALARM} [[for] {{date}}]",
    f"{_END} {_THE} {_ALARM} {_AT} {{time}} [{{date}}]",
    f"{_END} {_THE} {_ALARM} [for] {{date}}",
    f"{_END} {_THE} {{date}} {_ALARM}",
    f"{_END} {_THE} {{name:label}} {_ALARM}",
    f"{_ALARM} off",
)
CANCEL_ALL = (
    f"{_END} (all|every|both|all of|each of|both of) [the|my] alarm[s]",
    f"{_END} [the|my] alarms",
)
LIST = (
    "(list|read|read out|what are|check|show) [all] [of] [the|my] alarms",
    "(what|which|how many) alarms (are [there] [set|on]|do i have [set|on]|have i [set]|i have [set]|did i set)",
    "(are there|do i have|have i got) any alarms [set|on]",
    "(is there|do i have|have i got) an alarm [set|on] [for {date}]",
    "[what are] my alarms",
)
NEXT = (
    "[what is] my next alarm",
    "when is (my|the) [next] alarm",
    "(when|what time) is (my|the) [next] alarm set [for]",
    "(when|what time) (does|will) (my|the) [next] alarm (ring|go off)",
    "(when|what time) (do|will) you wake me [up]",
    "what time is (my|the) [next] alarm",
)
SNOOZE = (
    "snooze [it|that|this|the alarm|my alarm]",
    "snooze [it|that|this|the alarm|my alarm] (for|by) [another] {duration}",
    "snooze {duration}",
    "{number:minutes} more minutes",
    "{number:minutes} minutes more",
    "(give me|i need|have|wake me in|wake me up in|wait) {number:minutes} more minutes",
    "(give me|i need|have|wait) another {duration}",
    "another {number:minutes} minutes",
    "(wake|remind) me again in {duration}",
)
