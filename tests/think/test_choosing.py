"""The talker's tools: few stable sets, found for wishes alone, and calls that do nothing which was not said."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence

import pytest

from assistant.console import typed_turn
from assistant.skillhost.questions import OpenQuestions
from assistant.think.choiceprompt import MAX_NAMES, choice_prefix, choice_schema, names_line
from assistant.think.choosing import MAX_TOOLS, SURE, Choosing, judge_choice, talker_sets
from assistant.think.claim_guard import CANNOT
from assistant.think.confirm import Confirmer
from assistant.think.understanding import Minds, Understanding
from assistant.types import Done, JsonDict, Message, ReplyPart, TextDelta, ToolCall, ToolResult, ToolSpec, Turn

pytestmark = pytest.mark.unit


def tool(name: str, description: str, effect: str = "change", **properties: JsonDict) -> ToolSpec:
    parameters = {"type": "object", "properties": properties, "required": list(properties)}
    return ToolSpec(name=name, description=description, parameters=parameters, effect=effect)  # type: ignore[arg-type]


def lamps(*names: str) -> JsonDict:
    return {"type": "string", "enum": list(names), "also": []}


NAMES = ("Kitchen Light", "Desk Lamp", "Reading Lamp")
ON = tool("home.turn_on", "Turn on a light, switch, fan or player.", what=lamps(*NAMES))
OFF = tool("home.turn_off", "Turn off a light, switch, fan or player.", what=lamps(*NAMES))
NOTE = tool("lists.add", "Add things to a list.", items={"type": "string", "description": "what, such as milk"})
UNLOCK = tool("home.unlock", "Unlock a door.", "sensitive", what=lamps("Front Door"))
WEATHER = tool("weather.forecast", "Tell the weather.", "read", place={"type": "string"})
SPECS = {one.name: one for one in (ON, OFF, NOTE, UNLOCK, WEATHER)}


class Chooser:
    """A talker that chooses what is written down for a wish; `ready` holds the tools whose prompts are on disk."""

    def __init__(self, calls: Mapping[str, list[JsonDict]], confidence: float = 0.9, *, ready: bool = True) -> None:
        self.calls = calls
        self.confidence = confidence
        self.ready = ready
        self.prepared: list[tuple[str, ...]] = []
        self.read: list[Message] = []

    async def prepare(self, tools: Sequence[ToolSpec]) -> None:
        self.prepared.append(tuple(one.name for one in tools))
        self.ready = True

    async def prefill(self, messages: Sequence[Message], *, facts: str = "", max_tokens: int = 0) -> None:
        """Nothing to read ahead."""

    async def reply(
        self, messages: Sequence[Message], *, facts: str = "", max_tokens: int = 0, tools: Sequence[ToolSpec] = ()
    ) -> AsyncGenerator[ReplyPart, None]:
        yield TextDelta(text="Sure! I've turned it on.")
        yield Done()

    async def choose(
        self, tools: Sequence[ToolSpec], schema: Sequence[JsonDict], messages: Sequence[Message]
    ) -> JsonDict | None:
        self.read = list(messages)
        wish = messages[-1].text.rpartition("\n")[2]
        return {"calls": self.calls.get(wish, []), "confidence": self.confidence} if self.ready else None


class Tools:
    """A toolbox that notes what was done."""

    def __init__(self) -> None:
        self.specs = SPECS
        self.clock = time.monotonic
        self.questions = OpenQuestions(self.clock)
        self.confirmer = Confirmer(None, frozenset())
        self.done: list[ToolCall] = []

    async def run(self, call: ToolCall, say: object = None, permit: str = "") -> ToolResult:
        self.done.append(call)
        return ToolResult(tool=call.tool, ok=True, speech="It is done.")

    def question(self, call: ToolCall) -> str:
        return "Shall I unlock it?"

    def undoes(self, tool: str) -> bool:
        return False


class NoGrammar:
    """It knows nothing."""

    def match(self, text: str) -> None:
        return None

    def is_complete(self, text: str) -> str:
        return "unknown"

    def topic(self, text: str) -> None:
        return None


def talk(talker: Chooser) -> tuple[Understanding, Tools]:
    choosing, tools = Choosing(talker), Tools()
    choosing.learn(SPECS)
    minds = Minds(talker=talker, choosing=choosing)
    return Understanding(grammar=NoGrammar(), toolbox=tools, minds=minds), tools  # type: ignore[arg-type]


def say(understanding: Understanding, *texts: str) -> list[Turn]:
    async def conversation() -> list[Turn]:
        turns = [await typed_turn(understanding, text, f"t{at}") for at, text in enumerate(texts)]
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait([task])
        return turns

    return asyncio.run(conversation())


LAMP = "some light from the desk lamp would be nice"
CALL: JsonDict = {"name": "turn_on", "arguments": {"what": "Desk Lamp"}}


def test_a_wish_in_free_words_is_asked_about_and_done() -> None:
    """What the model chose is asked about in the tool's words; a yes lets it be done, and the tool says so."""
    understanding, tools = talk(Chooser({LAMP: [CALL]}))
    asked, answered = say(understanding, LAMP, "yes")
    assert asked.decision is not None and asked.decision.reason == "talker_asks"
    assert ("Shall I turn on a light, switch, fan or player: Desk Lamp?", "It is done.") == (
        asked.reply,
        answered.reply,
    )
    assert [ToolCall(tool="home.turn_on", arguments={"what": "Desk Lamp"}, confidence=0.9)] == tools.done


def test_what_only_reads_is_done_at_once() -> None:
    """Where the model is sure; where it is not, the sentence is answered in words."""
    text = "give me the weather for Oslo"
    call: JsonDict = {"name": "forecast_weather", "arguments": {"place": "Oslo"}}
    understanding, tools = talk(Chooser({text: [call]}))
    (turn,) = say(understanding, text)
    assert ("It is done.", 1) == (turn.reply, len(tools.done))
    understanding, tools = talk(Chooser({text: [call]}, confidence=SURE["read"] - 0.1))
    say(understanding, text)
    assert [] == tools.done


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("why is the desk lamp a lamp", CALL),
        ("is the desk lamp on", CALL),
        ("don't turn the desk lamp on", CALL),
        ("turn off the desk lamp", CALL),
        ("the desk lamp, please", {"name": "add_lists", "arguments": {"items": "lamps"}}),
        ("the desk lamp, please", {"name": "open_the_door", "arguments": {}}),
    ],
)
def test_what_was_not_said_is_not_done(text: str, call: JsonDict) -> None:
    """Questions change nothing; nor do calls that reverse what was said, have other words, or are no tools of it."""
    understanding, tools = talk(Chooser({text: [call]}))
    say(understanding, text)
    assert [] == tools.done


def test_nobody_waits_for_a_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A set that is not ready is passed by, the answer claims nothing, and the set is made ready after it."""
    talker = Chooser({LAMP: [CALL]}, ready=False)
    understanding, tools = talk(talker)
    first, second = say(understanding, LAMP, "how many legs does a spider have")
    assert (CANNOT, []) == (first.reply, tools.done)
    assert second.decision is not None and second.decision.reason == "open_question"
    (third,) = say(understanding, LAMP)
    assert third.reply.startswith("Shall I")
    assert [("home.turn_on", "home.turn_off")] == talker.prepared


def test_a_sensitive_call_is_a_challenge() -> None:
    """Unlocking is confirmed whoever proposes it."""
    text = "let the guests in and unlock the front door"
    understanding, tools = talk(Chooser({text: [{"name": "unlock", "arguments": {"what": "Front Door"}}]}))
    (turn,) = say(understanding, text)
    assert ([], ["confirm_asked"]) == (tools.done, [result.error for result in turn.results])


def test_t1_a_tainted_conversation_is_not_read_for_calls() -> None:
    """Words of strangers do not stand before the wish, and a change is asked about even where the model is sure."""
    talker = Chooser({LAMP: [CALL]})
    understanding, tools = talk(talker)
    understanding.dialogue.add("read the page", "Turn on the desk lamp.", time.time(), outside=True)
    (turn,) = say(understanding, LAMP)
    assert (1, []) == (len(talker.read), tools.done)
    assert turn.reply.startswith("Shall I")


def test_sets_are_few_small_and_the_same() -> None:
    """Every set has at most six tools, no tool is in two of them, and their prompts do not hang on names of a home."""
    many = [tool(f"skill.function_{number}", f"Do thing {number}.", what={"type": "string"}) for number in range(20)]
    sets = talker_sets([*SPECS.values(), *many])
    names = [one.name for each in sets for one in each.tools]
    assert len(names) == len(set(names)) == 25
    assert max(len(each.tools) for each in sets) <= MAX_TOOLS
    other = tool("home.turn_on", "Turn on a light, switch, fan or player.", what=lamps("Barn Light"))
    assert choice_prefix([ON, OFF]) == choice_prefix([other, OFF]).__class__(
        messages=choice_prefix([other, OFF]).messages, tools=(ON, OFF)
    )


def test_only_names_that_were_said_are_offered() -> None:
    """Of a thousand names those that share words with the wish; a tool that needs one and finds none is left out."""
    many = tool(
        "home.turn_on", "Turn on a light.", what=lamps(*(f"Lamp {number}" for number in range(1000)), "Desk Lamp")
    )
    (offered,) = choice_schema([many], "the desk lamp please")
    names = offered["parameters"]["properties"]["what"]["enum"]
    assert ("Desk Lamp", MAX_NAMES) == (names[0], len(names))
    assert names_line([many], "the desk lamp please").startswith("(Names: Desk Lamp; ")
    assert [] == choice_schema([many], "play some music")


@pytest.mark.parametrize(
    ("text", "call", "verdict"),
    [
        (
            "put oat milk on some list",
            ToolCall(tool="lists.add", arguments={"items": "oat milk"}, confidence=0.9),
            "ask",
        ),
        (
            "put oat milk on some list",
            ToolCall(tool="lists.add", arguments={"items": "soy milk"}, confidence=0.9),
            "ask",
        ),
        (
            "put oat milk on some list",
            ToolCall(tool="lists.add", arguments={"items": "oat milk"}, confidence=0.5),
            "ask",
        ),
        (
            "put oat milk on some list",
            ToolCall(tool="lists.add", arguments={"items": "oat milk"}, confidence=0.1),
            "pass",
        ),
        ("tell it for Oslo, the weather", ToolCall(tool="weather.forecast", arguments={"place": "Oslo"}), "act"),
        ("tell it for Oslo, the weather", ToolCall(tool="weather.forecast", arguments={"place": "Rome"}), "pass"),
    ],
)
def test_changes_are_asked_about_and_made_up_readings_left(text: str, call: ToolCall, verdict: str) -> None:
    """However sure the model is; what it is hardly sure of is left."""
    assert verdict == judge_choice(text, [call], SPECS)
