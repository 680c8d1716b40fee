"""How people ask for timers, as templates of the fast path."""

from __future__ import annotations

_START = "(set|start|create|make|add|begin|run|put on|set up|start up|give me|i need|i want|i would like)"
_A = "[a|an|the|my|another|a new|a second|one more]"
_FOR = "(for|of|to|at|lasting) {duration}"
_IN = "[to go off|to ring|that goes off|that rings] (after|in) {duration}"
_CALLED = "(called|named|labeled|labelled) [the]"
_NAMED = "(for [the|my|a|an]|called|named|labeled|labelled) [the] {name:label}"

SET = (
    f"{_START} {_A} timer ({_FOR}|{_IN}) [{_NAMED}]",
    f"{_START} {_A} timer {{duration}}",
    f"{_START} {_A} timer to go off in {{duration}}",
    f"{_START} {_A} {{duration}} [{{name:label}}] timer",
    f"{_START} {_A} {{duration}} timer [{_NAMED}]",
    f"{_START} {_A} {{duration}} timer {{name:label}}",
    f"{_START} {_A} {{name:label}} timer ({_FOR}|{_IN}|{{duration}})",
    f"{_START} {_A} timer {_NAMED} {_FOR}",
    f"{_START} {_A} timer {_CALLED} {{name:label}} {{duration}}",
    f"{_START} {_A} (countdown|count down) (for|of|from) {{duration}}",
    f"{_START} {_A} {{duration}} countdown",
    f"[a|an|another|new] {{duration}} [{{name:label}}] timer [{_NAMED}]",
    f"[a|another|new] timer [for|of] {{duration}} [{_NAMED}]",
    "(time|count down) {duration}",
    "(set|start|put) {duration} on (a|the) timer",
)
SET_UNFINISHED = (
    f"{_START} {_A} timer",
    f"{_START} {_A} timer {_CALLED} {{name:label}}",
    f"{_START} {_A} timer for (the|my) {{name:label}}",
    f"{_START} (a|an|the|my|another) {{name:label}} timer",
)
SET_AFTER = (
    f"[a|another|also] one [more] (for|of|in) {{duration}} [{_NAMED}]",
    f"another (for|of) {{duration}} [{_NAMED}]",
    f"(one|another|another one) {_CALLED} {{name:label}} {_FOR}",
    "[a|an|another|one] {duration} one",
    "(a|an|the) {name:label} (timer|one) for {duration}",
)

_END = "(cancel|stop|delete|remove|clear|end|kill|turn off|switch off|shut off|get rid of|dismiss)"
_THE = "[the|my|that|this]"

CANCEL = (
    f"{_END} {_THE} [current|running] timer",
    f"{_END} {_THE} {{duration}} [one] timer",
    f"{_END} {_THE} timer (for|of|with) {{duration}}",
    f"{_END} {_THE} {{name:label}} [one] timer",
    f"{_END} {_THE} timer {_NAMED}",
    "timer off",
)
CANCEL_ALL = (
    f"{_END} (all|every|both|all of|each of|both of) [the|my] [running] timer[s]",
    f"{_END} [the|my] [running] timers",
)

_MUCH = "how (long|much time|much longer|many more minutes|many minutes|many seconds)"
_HAVE = "(is [there]|do i have|have i got|does it have|are [there]|there is|i have|it has)"
_LEFT = "(left|remaining|to go)"
_WHICH = f"({{duration}} timer|timer (for|of) {{duration}}|[{{name:label}}] timer|timer {_NAMED})"
_ON = f"(on|in|for|of|with) {_THE} {_WHICH}"
_ENDS = "(end|ends|ring|rings|go off|goes off|done|is done|finish|finishes|be done|over|is over|up|is up)"

LEFT = (
    f"{_MUCH} [{_HAVE}] {_LEFT} [{_ON}]",
    f"{_MUCH} {_HAVE} {_ON}",
    f"{_MUCH} [{_HAVE}] {_LEFT} (on|for) (the|my) {{name:label}}",
    f"{_MUCH} (does|will) (the|my) {_WHICH} (have|take) [{_LEFT}]",
    f"{_MUCH} [is it|is left] (until|till|til|before) (the|my) {_WHICH} {_ENDS}",
    "how much longer",
    f"[what is] [the] (time (left|remaining)|remaining time) [{_ON}]",
    f"when (does|will|is) (the|my) {_WHICH} {_ENDS}",
    f"(check|how is) (the|my) {_WHICH} [doing]",
    f"[what is] [the] status of (the|my) {_WHICH}",
    "[what is] [the] timer status",
)
LIST = (
    "(list|read|read out|what are|check|how are) [all] [of] [the|my] [running|active|current] timers [doing]",
    "(what|which|how many) timers (are [there] [running|set|active|going|on]|do i have [running|set|going|on])",
    "(what|which|how many) timers (have i|i have|did i) (set|got|running)",
    "(are there|do i have) any [running|active|more|other] timers [running|set|going|on]",
    "(is there|do i have) a timer (running|set|going|on)",
    "my timers",
    f"{_MUCH} [{_HAVE}] [{_LEFT}] (on|in|for) (all [of]|every|both) [the|my] timer[s]",
    f"{_MUCH} [{_HAVE}] [{_LEFT}] (on|in|for) (the|my) timers",
)
