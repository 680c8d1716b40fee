"""How people chat with an assistant: phrases by what is meant, and templates of the fast path."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SAID = {
    "morning": ("[have a|a very] good morning [to you]",),
    "afternoon": ("[have a|a very] good afternoon [to you]",),
    "evening": ("[have a|a very] good evening [to you]",),
    "hello": (
        "(hello|hi|hey|hello there|hi there|hey there|greetings|howdy)",
        "say (hello|hi)",
        "nice to (meet|see|hear) you [too|again]",
        "(long time no see|i am (back|home))",
    ),
    "night": (
        "(good night|goodnight|sleep well|sweet dreams)",
        "i am (going to|off to) (bed|sleep)",
    ),
    "bye": ("(goodbye|good bye|bye|see you|see you (later|soon|tomorrow)|farewell|talk to you later)",),
    "thanks": (
        "(thanks|thank you|thank you very much|many thanks|cheers)",
        "(thanks|thank you) (a lot|so much|very much|a million|again|for (that|your help|the help|helping|everything))",
        "i appreciate (it|that|your help)",
    ),
    "sorry": (
        "[i am] [very] sorry [about that]",
        "i apologize",
        "my apologies",
    ),
    "praise": (
        "(good|great|nice|excellent) (job|work|answer)",
        "you are (great|awesome|the best|amazing|wonderful|very helpful|helpful|so smart|smart|clever|funny|"
        "nice|sweet|cool)",
        "i (like|love) you",
        "(good|clever|smart) (bot|assistant|boy|girl)",
    ),
    "how_are_you": (
        "how are you [doing] [today|this morning|tonight|this evening]",
        "how (do you feel|is it going|are things|are you feeling|goes it|have you been) [today]",
        "(what is up|are you (well|fine))",
        "how (is|was) your (day|night|evening|morning)",
    ),
    "who_are_you": (
        "(who|what) are you [really|exactly]",
        "(introduce yourself|something about yourself|what kind of (assistant|machine|thing) are you)",
        "who (made|built|created|programmed|invented) you",
        "who am i (talking|speaking) to",
    ),
    "name": (
        "what is your name",
        "what are you called",
        "(do you have|have you got) a name",
        "what (can|should|do) i call you",
    ),
    "age": (
        "how old are you",
        "what is your age",
        "when (were you born|is your birthday)",
    ),
    "human": (
        "are you (human|a human|a person|a real person|real|a robot|a machine|a program|an ai|alive|a computer)",
        "are you a (man|woman|boy|girl)",
    ),
    "feelings": (
        "do you (have feelings|love me|like me|dream|sleep|ever sleep|get (tired|bored|lonely))",
        "are you (happy|sad|angry|tired|bored|lonely|hungry)",
    ),
    "where": (
        "where (are you|do you live|are you from|do you come from)",
        "where are you (located|running|right)",
    ),
    "listening": (
        "are you [always|still|secretly|constantly] listening [to me|to us|to what i say|to our conversations|"
        "to everything|in] [all the time|right]",
        "do you [always|secretly|constantly] listen [to me|to us|to what i say|to our conversations|in] [all the time]",
        "are you (spying|eavesdropping) [on] [me|us]",
        "do you spy on (me|us)",
        "(hear|do you hear) (me|us) all the time",
        "what (do|can) you hear",
    ),
    "recording": (
        "(are|do) you [secretly] (record|recording|save|saving|store|storing|keep|keeping) [me|us|what i say|"
        "everything i say|our conversations]",
        "do you (record|save|store|keep) (my voice|what i said|what you hear|recordings|my data|audio|any recordings)",
        "what (do|have) you (record|recorded|save|saved|store|stored|keep) [about me|of me]",
        "are my (conversations|words|recordings) (recorded|stored|saved|kept)",
        "am i being recorded",
    ),
    "leaves": (
        "(what|does anything|does any of this) (leaves|leave) (this|the|my) device",
        "(do|are) you (send|sending|share|sharing) (anything|my data|my voice|what i say|data)"
        " [to the cloud|to anybody|to anyone|to the internet]",
        "where does my (data|voice) go",
        "who (can hear|hears|listens to) (me|what i say|us)",
        "(is|are) my (data|privacy|conversations) (safe|private|secure) [with you]",
        "are you (connected to|on) (the internet|the cloud|the web)",
        "do you need (the internet|an internet connection|the cloud)",
    ),
    "test": (
        "(test|testing|mic check|sound check|microphone test)",
        "testing one two [three]",
        "hear (me|us)",
        "(do|did) you hear (me|us|that)",
    ),
    "here": (
        "are you (there|awake|on|ready|working|still there)",
        "is anybody there",
        "is (anyone|anybody) (home|there)",
    ),
}

_GROUP = re.compile(r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]")


def _phrases(template: str) -> Iterator[str]:
    """Everything that a template of `(a|b)` and `[a]` can say."""
    group = _GROUP.search(template)
    if group is None:
        yield " ".join(template.split())
        return
    options = group[1].split("|") if group[1] is not None else ["", *group[2].split("|")]
    for option in options:
        yield from _phrases(template[: group.start()] + option + template[group.end() :])


TOPICS = {phrase: key for key, said in _SAID.items() for template in said for phrase in _phrases(template)}
"""Phrases as whole sentences -> what they are about; the same word is the key of the answer."""

JOKE = (
    "(joke|a joke|another joke|one more joke)",
    "(tell|say|hear|give) [us] (a|another|one more|some|your best|your favorite) [good|funny|short|new] joke[s]",
    "give me (a|another) [good|funny|short|new] joke",
    "(some|another|one more) [good|funny|short|new] joke[s]",
    "make (me|us) laugh",
    "[say|tell us] something funny",
    "what is your (best|favorite|favourite) joke",
)
COIN = (
    "(flip|toss|throw) (a|the|another) coin [again|for me]",
    "heads or tails",
    "coin (flip|toss)",
)
DIE = (
    "(roll|throw|cast) (a|the|another|one) (die|dice) [again|for me]",
    "(roll|throw|cast) dice",
    "roll (a|the) {number:sides} sided (die|dice)",
    "roll a d {number:sides}",
    "(roll|throw|cast) {number:count} dice",
    "(roll|throw|cast) {number:count} {number:sides} sided dice",
)
NUMBER = (
    "(pick|choose|give me|say|think of|generate|guess|i need) (a|any|another) [random] number (between|from)"
    " {number:low} (and|to) {number:high}",
    "[a] random number (between|from) {number:low} (and|to) {number:high}",
    "(pick|choose|give me|say|generate) (a|any|another) [random] number",
    "random number",
)
