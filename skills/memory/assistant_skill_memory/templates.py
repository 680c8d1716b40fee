"""How people let something be remembered, as templates of the fast path."""

from __future__ import annotations

STARTS = {
    start: start
    for start in (
        "my", "our", "i am", "i have", "i like", "i love", "i hate", "i live", "i work", "i was", "i parked", "i put",
        "i left", "i do not", "we are", "we have", "we live", "we parked", "your",
    )
}  # fmt: skip
"""With these words a sentence begins that is told, not a thing to do: "remember to buy milk" is no fact."""

FACTS = {
    fact: f"my {fact}"
    for fact in (
        "name", "birthday", "locker code", "locker number", "wifi name", "wifi password", "license plate",
        "licence plate", "number plate", "shoe size", "ring size", "clothes size", "blood type", "favorite color",
        "favourite colour", "favorite food", "favourite food", "car", "bike", "seat number", "room number",
        "parking space", "phone number", "membership number", "customer number",
    )
}  # fmt: skip
"""Of these a person asks "what is my ...?" and means what was told; of anything else it may be meant otherwise."""

WHERE = {"i park": "parked", "i park my car": "parked", "i park the car": "parked", "i park the bike": "parked"}

MINE = {"my": "my", "our": "our"}
KNOWN = {**MINE, "the": "the"}

_REMEMBER = "(remember|keep in mind|bear in mind|memorize|do not forget|never forget)"
REMEMBER = (
    f"{_REMEMBER} that {{words:fact}}",
    f"{_REMEMBER} {{start:start}} {{words:fact}}",
    f"{_REMEMBER} this {{words:fact}}",
    "for (your|the) (information|record) {words:fact}",
)
REMEMBER_UNFINISHED = (
    "remember (something|this) [about me]",
    f"{_REMEMBER} that",
    f"{_REMEMBER} {{start:start}}",
)

_ABOUT = "(about|of|on)"
_KEEP = "(put|left|leave|park|parked|hide|hidden|store|stored|keep|kept)"
RECALL = (
    f"what (do you (remember|recall|know)|have you (remembered|noted)) {_ABOUT} (my|our) {{text:about}}",
    f"what (do you (remember|recall)|have you remembered) {_ABOUT} {{text:about}}",
    f"what (did i (tell|say to)|have i told) you {_ABOUT} [my|our|the] {{text:about}}",
    "do you (remember|recall) [what] (my|our) {text:about} [is|was]",
    "what did i say (my|our) {text:about} (is|was)",
    "what (is|was) (my|our) {fact:about} [again]",
    "where (did|have) {where:about}",
    "where (is|are|was|were) {mine:whose} {text:about} [now|again]",
    "where {mine:whose} {text:about} (is|are|was|were)",
    f"where (did|have) (i|we) {_KEEP} {{known:whose}} {{text:about}}",
    f"where (i|we) {_KEEP} {{known:whose}} {{text:about}}",
    "(where|who|when|what|which|how) (is|are|was|were) {told:about} [now|again|called]",
    "(where|who|when|what) {told:about} (is|are|was|were)",
    f"where (did|have) (i|we) {_KEEP} {{told:about}}",
    "(where|what) did i say (my|our|the) {text:about} (is|was|are|were)",
    "remind me (what|where) my {text:about} (is|are|was)",
)
ALL = (
    "what do you (know|remember) about me",
    "what (have you remembered|do you remember|have i told you) [about me|so far]",
    "[(read|list) [me]] (everything|all) [that] you (know|remember) about me",
    "(tell me|say) what you (know|remember) about me",
    "what (did i|have i) (ask|asked|tell|told) you to remember",
    "what you (know|remember) about me",
)
FORGET = (
    "forget that {words:about}",
    "forget (what i (told you|said) about|what you know about) {words:about}",
    "forget (my|our) {words:about}",
    "(delete|remove|erase) [the] (memory|fact|memories) (about|of|that) {words:about}",
)
FORGET_ALL = (
    "forget (everything|all) [that] [you (know|remember)|i (told|have told) you] [about me]",
    "forget (everything|all) about me",
    "forget me",
    "(delete|erase|clear|wipe) (your memory|everything you know about me|all [your|my] memories|my memories)",
    "forget all [that] you know",
)
