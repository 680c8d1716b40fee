"""How people speak to the desktop, as templates of the fast path."""

from __future__ import annotations

_OPEN = "(open|launch|start up)"
_APP = "(app|application|program)"
_MACHINE = "(computer|system|machine|pc|desktop|speaker|speakers|master)"
_OF = f"(of the {_MACHINE})"

OPEN = (
    f"{_OPEN} [the|my|a] [{_APP}] {{name:name}} [{_APP}]",
    f"(start|run) [the|my] {_APP} {{text:name}}",
    f"(start|run) [the|my] {{name:name}} {_APP}",
)
OPEN_UNFINISHED = ("launch", f"{_OPEN} [the] {_APP}")
VOLUME = (
    f"(set|turn|put|change) [the|my] {_MACHINE} [volume] [up|down] to {{number:percent}} [(percent|%)]",
    f"(set|turn|put|change) [the] volume {_OF} to {{number:percent}} [(percent|%)]",
    f"{_MACHINE} volume [to|at] {{number:percent}} [(percent|%)]",
)
UP = (
    f"[turn] [the|my] {_MACHINE} [volume] (up|louder)",
    f"turn up [the|my] {_MACHINE} [volume]",
    f"turn up the volume {_OF}",
    f"make [the|my] {_MACHINE} louder",
)
DOWN = (
    f"[turn] [the|my] {_MACHINE} [volume] (down|softer|quieter)",
    f"turn down [the|my] {_MACHINE} [volume]",
    f"turn down the volume {_OF}",
    f"make [the|my] {_MACHINE} (softer|quieter)",
)
HOW_LOUD = (f"how loud is [the|my] {_MACHINE}", f"what is [the|my] {_MACHINE} volume", f"what is the volume {_OF}")
MUTE = (f"mute [the|my] ({_MACHINE}|sound)", f"(turn|switch) [the|my] {_MACHINE} sound off")
UNMUTE = (f"unmute [the|my] ({_MACHINE}|sound)", "unmute", f"(turn|switch) [the|my] {_MACHINE} sound on")
_READ = "(read|read out|read aloud|speak)"
_TEXT = "(selection|selected text|highlighted text|marked text|selected paragraph)"
READ = (
    f"{_READ} [me] [the|my] {_TEXT} [aloud|out loud|out|to me]",
    "(read|read out) what (i selected|i have selected|i highlighted|is selected) [aloud|out loud|to me]",
    "what (did i select|is selected)",
)
CLIPBOARD = (
    f"{_READ} [me] [what is (on|in)] [the|my] clipboard [aloud|out loud|out|to me]",
    "what is (on|in) [the|my] clipboard",
    "(read|read out) what i copied [aloud|out loud|to me]",
)
LOCK = (
    "lock [the|my] (screen|computer|desktop|session|pc|laptop)",
    "lock the display",
)
