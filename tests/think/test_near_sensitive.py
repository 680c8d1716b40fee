"""What is sensitive and only sounds so is asked about; nothing runs before a yes that follows the question."""

from __future__ import annotations

import asyncio

import pytest

from assistant.console import typed_turn
from assistant.devkit.bench import compile_grammar
from assistant.skillhost.questions import OpenQuestions
from assistant.think.confirm import Confirmer
from assistant.think.fastpath import Template
from assistant.think.misheard import Heard, SecondLook, meant
from assistant.think.understanding import Minds, Understanding
from assistant.types import ToolCall, ToolResult, ToolSpec, Transcript

pytestmark = pytest.mark.unit

DOORS = {"front door": "Front Door", "garage door": "Garage Door", "cellar door": "Cellar Door"}
TEMPLATES = [
    Template(tool="home.unlock", text="(unlock|open) [the] {door:what}", lists={"door": DOORS}),
    Template(tool="home.lock", text="lock [the] {door:what}", lists={"door": DOORS}),
    Template(tool="home.scene", text="(start|turn on) movie night"),
    Template(tool="home.light", text="turn (on|off) the garden light"),
]
_WHAT = {"type": "object", "properties": {"what": {"type": "string"}}, "required": ["what"]}
_NONE = {"type": "object", "properties": {}}
SPECS = {
    "home.unlock": ToolSpec(name="home.unlock", description="Unlock a door.", parameters=_WHAT, effect="sensitive"),
    "home.lock": ToolSpec(name="home.lock", description="Lock a door.", parameters=_WHAT, effect="change"),
    "home.scene": ToolSpec(name="home.scene", description="Start a scene.", parameters=_NONE, effect="change"),
    "home.light": ToolSpec(name="home.light", description="Switch a light.", parameters=_NONE, effect="change"),
}


class Doors:
    """A toolbox that notes what it really ran."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.specs, self.clock = SPECS, lambda: self.now_s
        self.questions = OpenQuestions(self.clock)
        self.confirmer = Confirmer(None, frozenset())
        self.ran: list[str] = []

    def question(self, call: ToolCall) -> str:
        return f"Unlock the {call.arguments['what']}?"

    async def run(self, call: ToolCall, say: object = None, permit: str = "") -> ToolResult:
        if SPECS[call.tool].effect == "sensitive":
            self.confirmer.redeem(permit, call, now_s=self.now_s)
        self.ran.append(call.tool)
        return ToolResult(tool=call.tool, ok=True, speech="Done.")

    def undoes(self, tool: str) -> bool:
        return False


def talk() -> tuple[Doors, Understanding]:
    doors = Doors()
    grammar = SecondLook(compile_grammar(TEMPLATES), lambda: SPECS)
    return doors, Understanding(grammar=grammar, toolbox=doors, minds=Minds())  # type: ignore[arg-type]


def said(understanding: Understanding, *lines: str) -> list[str]:
    async def conversation() -> list[str]:
        return [(await typed_turn(understanding, line, f"t{at}")).reply for at, line in enumerate(lines)]

    return asyncio.run(conversation())


def near(first: str, *readings: str) -> str | None:
    heard = Heard(first=first, skill="home", readings=[Transcript(text=text) for text in (readings or (first,))])
    return meant(heard, SecondLook(compile_grammar(TEMPLATES), lambda: SPECS), SPECS)


SAME_SOUND = ("un lock the front door", "unlok the celler door", "Un lock the cellar door!")
NEARLY = (
    ("unlock the garrish door", "unlock the garage door"),
    ("unlock the fronts door", "unlock the front door"),
    ("unlock the seller door", "unlock the cellar door"),
)


@pytest.mark.parametrize("heard", SAME_SOUND)
@pytest.mark.parametrize("answer", ["", "no", "what time is it", "unlock it"])
def test_the_same_sound_is_asked_about(heard: str, answer: str) -> None:
    """Another spelling of the whole sentence puts the question; without a yes nothing runs."""
    doors, understanding = talk()
    first, *_ = said(understanding, heard, *([answer] if answer else []))
    assert first.startswith("Unlock the ") and first.endswith("?")
    assert [] == doors.ran


@pytest.mark.parametrize(("heard", "sentence"), NEARLY)
def test_what_sounds_nearly_so_is_asked_about(heard: str, sentence: str) -> None:
    """The nearest sentence is taken for what was said, and leads to its question; a yes is for what was asked."""
    assert sentence == near(heard)
    doors, understanding = talk()
    question, done = said(understanding, sentence, "yes")
    assert (f"Unlock the {DOORS[sentence.removeprefix('unlock the ')]}?", "Done.") == (question, done)
    assert ["home.unlock"] == doors.ran


def test_a_yes_that_comes_late_opens_nothing() -> None:
    """The question was put for a likeness: its time is as short as any."""
    doors, understanding = talk()
    said(understanding, SAME_SOUND[0])
    doors.now_s += 60.0
    said(understanding, "yes")
    assert [] == doors.ran


@pytest.mark.parametrize(
    ("heard", "readings"),
    [
        ("don't unlock the garrish door", ()),
        ("did you unlock the garrish door", ()),
        ("lock the garrish door", ("unlock the garrish door",)),
        ("the weather was fine in the mountains", ("unlock the front door",)),
        ("turn off movie night", ()),
        ("turn on the radio in the garden and leave it", ("turn off the garden light",)),
    ],
)
def test_never_the_contrary(heard: str, readings: tuple[str, ...]) -> None:
    """A ban, a question, "lock" for "unlock", other words altogether, and "off" for "on" lead to nothing."""
    assert near(heard, *readings) is None


def test_nothing_else_reaches_what_is_sensitive() -> None:
    """Small words that were taken for others lead to no door, and two commands in one breath neither."""
    grammar = SecondLook(compile_grammar(TEMPLATES), lambda: SPECS)
    assert grammar.match("unlok the front door and lock the celler door") is None
