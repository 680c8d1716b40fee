"""What people say about a plan."""

from __future__ import annotations

_PLAN = "(my|the|our) (plan|subscription|membership)"

PRICE = [
    "what (do|am|are) (I|we) (pay|paying) [a month|each month|every month|per month|for (you|this|the plan|that)]",
    f"what does {_PLAN} cost [me] [a month|each month|per month]",
    f"how (much|expensive) (is|does) {_PLAN} [cost] [me] [a month|each month|per month]",
    "how much (do|am|are) (I|we) (pay|paying) [a month|each month|per month] [for (you|this|the plan)]",
    f"what is the price of {_PLAN}",
    "(do|does) (you|this|it) cost [me] (anything|money|something)",
    "are you [for] free",
]
USAGE = [
    "how much have (I|we) used [this month|so far|of (it|my plan|the plan|my subscription)]",
    "how much (is|do I have|have I got) left [of (my plan|the plan|my allowance)] [this month]",
    "how much of (my plan|the plan|my allowance|my subscription) (is left|have I used|did I use) [this month]",
    "what (is left|have I used|did I use) [of (my plan|the plan|my allowance)] [this month]",
    "(tell me|show me|what is) my usage [this month]",
    "what (did I use|have I used) this month",
]
STATUS = [
    f"is {_PLAN} [still] (active|valid|running|on|paid)",
    "do (I|we) [still] have a (plan|subscription)",
    "(what|which) plan (do I have|am I on|is this|have I got)",
    f"(when|until when) (does|is) {_PLAN} (end|renew|run out|expire|paid|valid|run)",
    f"how long (does {_PLAN} (last|run)|is {_PLAN} (paid|valid|good) [for])",
    f"what is (the state of|up with) {_PLAN}",
]
ACTIVATE = [
    f"activate {_PLAN}",
    "activate (a|this) (plan|subscription|device)",
    f"(start|begin|turn on|sign me up for) {_PLAN}",
    "(subscribe|sign me up|get me a plan)",
    "I want (a|the|to have a) (plan|subscription)",
]
CODE = [
    "(what is|what was|say|repeat|tell me|give me) the [activation] code [again]",
    "say the code (again|once more)",
    "the [activation] code again",
]
CANCEL = [
    f"(cancel|end|stop|terminate|quit) {_PLAN}",
    f"I want to (cancel|end|quit) {_PLAN}",
    "(unsubscribe|unsubscribe me)",
    f"do not renew {_PLAN}",
]
NO_OFFERS = [
    "(do not|never|stop) (offer|offering|mention|mentioning|advertise|advertising) [me] [(the|a|your|any)]"
    " (plan|plans|subscription) [again|any more]",
    "(do not|never) (offer|mention) [me] (the|your) plan again",
    "no more (offers|advertising|ads|advertisements)",
    "stop (the|your) (offers|advertising|ads)",
]
OFFERS = [
    "you may (mention|offer) [me] the plan [again]",
    "you may tell me about (the plan|plans) [again]",
    "(mention|offer) [me] the plan again",
]
