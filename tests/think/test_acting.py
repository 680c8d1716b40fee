"""Questions, progress and interruptions in a conversation: what the user says next, at every state of the dialogue."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.skill import Reply, Skill, tool
from assistant.skillhost.calls import ASK_PATIENCE_S
from assistant.skillhost.manifest import Manifest
from assistant.skills_host import LentContext, SkillHost, in_process
from assistant.store.timers import TimerStore
from assistant.testing import ScriptedCaller, settle
from assistant.think.understanding import Minds, Understanding
from assistant.types import Done, ReplyPart, TextDelta, Turn

pytestmark = pytest.mark.unit


class Cook(Skill):
    """Cooks what it is told, in one of three sizes."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.cooked: list[str] = []
        self.go_on = asyncio.Event()

    @tool(fast=["cook something"], effect="change")
    async def cook(self) -> Reply:
        """Cook a dish."""
        dish = await self.context.ask("What shall I cook?")
        count = await self.context.ask("For how many?", "number")
        self.cooked.append(f"{dish} for {count}")
        return Reply(speech=f"{dish} for {count}, coming up.")

    @tool(fast=["burn it"], effect="change")
    async def burn(self) -> Reply:
        """Burn it."""
        burnt = await self.context.confirm("Shall I burn it?")
        self.cooked += ["ashes"] if burnt else []
        return Reply(speech="Burnt." if burnt else "Kept.")

    @tool(fast=["how does it taste"])
    async def taste(self) -> Reply:
        """Taste it."""
        await self.context.progress("Let me taste.")
        await self.go_on.wait()
        return Reply(speech="It needs salt.")

    @tool(fast=["stir it"], effect="change")
    async def stir(self) -> Reply:
        """Stir it."""
        self.context.timers.add(60, "first")
        await self.go_on.wait()
        self.context.timers.add(60, "second")
        return Reply(speech="Stirred.")

    @tool(fast=["what is there"])
    async def list(self) -> Reply:
        """Tell what there is."""
        return Reply(speech="Eggs.")


class Talker:
    """A model that answers everything with the same words, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def prepare(self, tools: Sequence[object]) -> None:
        """Nothing to load."""

    async def prefill(self, messages: Sequence[object], *, facts: str = "", max_tokens: int = 0) -> None:
        """Nothing to read ahead."""

    async def reply(
        self, messages: Sequence[Any], *, facts: str = "", max_tokens: int = 0, tools: Sequence[object] = ()
    ) -> AsyncGenerator[ReplyPart, None]:
        self.asked.append(messages[-1].text)
        yield TextDelta(text="I see.")
        yield Done()


class Kitchen:
    """A conversation with one cook, on a clock that is moved by hand."""

    def __init__(self, folder: Path) -> None:
        self.now_s = 100.0
        self.timers = TimerStore(folder / "timers.sqlite3")
        lent = LentContext(timers=self.timers)
        manifest = Manifest(
            id="cook", version="1.0.0", api=1, languages=("en",), summary="cooks", examples=("Cook something.",)
        )
        made = in_process(Cook, lent, manifest, {})
        self.cook: Cook = made.functions["cook.cook"].__self__  # type: ignore[attr-defined]
        self.host = SkillHost.load(lent, sources={}, others=[made], clock=lambda: self.now_s)
        grammar = importlib.import_module("assistant.engines.hassil_grammar").create(self.host.templates)
        self.talker = Talker()
        self.understanding = Understanding(grammar=grammar, toolbox=self.host, minds=Minds(talker=self.talker))
        self.turns: list[Turn] = []

    async def turn(self, text: str, *, over: bool = False) -> str:
        """One turn; what is answered."""
        understanding = self.understanding
        turn = Turn(id=f"t{len(self.turns)}", ended_ms=0.0, text=text)
        self.turns.append(turn)
        turn.committed.set()
        if not understanding.is_stop(text):
            turn.decision = await understanding.plan(text)
            async for delta in understanding.reply(turn, text, spoken_over=over):
                turn.reply += delta
        turn.heard = turn.reply.strip()
        understanding.close(turn)
        await settle()
        return turn.heard

    def say(self, *texts: str) -> list[str]:
        async def session() -> list[str]:
            return [await self.turn(text) for text in texts]

        return asyncio.run(session())


@pytest.fixture
def kitchen(tmp_path: Path) -> Kitchen:
    return Kitchen(tmp_path)


def test_the_caller_rests_after_an_answer_that_was_not_its_own(kitchen: Kitchen) -> None:
    """Only when the language model has answered may a set of tools be missing, and only then nobody waits."""
    caller = ScriptedCaller({})
    kitchen.understanding.minds = Minds(talker=kitchen.talker, caller=caller)
    kitchen.say("what is there")
    assert 0 == caller.rests
    kitchen.say("why is the sky blue")
    assert 1 == caller.rests


def test_missing_slots_are_asked_and_answered(kitchen: Kitchen) -> None:
    """Each answer is the next turn, and the tool acts once, at the end."""
    said = kitchen.say("cook something", "Pancakes!", "four")
    assert ["What shall I cook?", "For how many?", "Pancakes for 4, coming up."] == said
    assert ["Pancakes for 4"] == kitchen.cook.cooked
    assert not kitchen.understanding.asked
    assert ["answer", "answer"] == [turn.decision.reason for turn in kitchen.turns[1:] if turn.decision]


def test_an_answer_that_does_not_fit_is_asked_for_once_more(kitchen: Kitchen) -> None:
    """Then the tool gives up, and the next words are a wish of their own."""
    said = kitchen.say("cook something", "soup", "a lot", "so many", "hello")
    assert ["I need a number. For how many?", "Sorry, I did not understand that. Let's leave it.", "I see."] == said[2:]
    assert ([], ["hello"]) == (kitchen.cook.cooked, kitchen.talker.asked)


@pytest.mark.parametrize("stop", ["stop", "never mind", "Cancel that."])
def test_a_stop_word_ends_the_question(kitchen: Kitchen, stop: str) -> None:
    """What is said after it is no answer any more."""
    assert ["What shall I cook?", "", "I see."] == kitchen.say("cook something", stop, "pancakes")
    assert [] == kitchen.cook.cooked


def test_another_command_runs_instead(kitchen: Kitchen) -> None:
    """Whoever wishes for something else has let the question go."""
    assert ["What shall I cook?", "Eggs.", "I see."] == kitchen.say("cook something", "what is there", "pancakes")
    assert [] == kitchen.cook.cooked


def test_silence_ends_the_question(kitchen: Kitchen) -> None:
    """Thirty seconds after it was heard nobody waits for an answer any more."""

    async def late() -> str:
        await kitchen.turn("cook something")
        asked = kitchen.understanding.asked
        kitchen.now_s += ASK_PATIENCE_S
        assert (True, False) == (asked, kitchen.understanding.asked)
        return await kitchen.turn("pancakes")

    assert "I see." == asyncio.run(late())
    assert [] == kitchen.cook.cooked


def test_a_new_conversation_ends_the_question(kitchen: Kitchen) -> None:
    """Renewed, nothing is open."""

    async def renewed() -> str:
        await kitchen.turn("cook something")
        kitchen.understanding.renew()
        await settle()
        return await kitchen.turn("pancakes")

    assert "I see." == asyncio.run(renewed())


@pytest.mark.parametrize(
    ("answers", "last", "cooked"),
    [
        (["yes"], "Burnt.", ["ashes"]),
        (["no"], "Kept.", []),
        (["well", "no"], "Kept.", []),
        (["what is there"], "Eggs.", []),
    ],
)
def test_yes_and_no(kitchen: Kitchen, answers: list[str], last: str, cooked: list[str]) -> None:
    """A confirmation of a skill is answered with yes or no, or by another wish."""
    assert last == kitchen.say("burn it", *answers)[-1]
    assert cooked == kitchen.cook.cooked


def test_a_yes_over_our_own_voice_is_asked_for_again(kitchen: Kitchen) -> None:
    """It may have been our own; the second one is taken for a no."""

    async def session(*over: bool) -> list[str]:
        await kitchen.turn("burn it")
        return [await kitchen.turn("yes", over=once) for once in over]

    again = "I was still speaking. Please wait a moment, and say it once more."
    assert [again, "Burnt."] == asyncio.run(session(True, False))
    assert [again, "Kept."] == asyncio.run(session(True, True))


def test_a_command_goes_on_with_its_question_last(kitchen: Kitchen, tmp_path: Path) -> None:
    """Of two commands in one sentence the one that asks is said last; a second question is put off."""
    assert ["Eggs. What shall I cook?"] == kitchen.say("cook something and what is there")
    twice = Kitchen(tmp_path / "twice")
    assert ["Please ask for the rest again after that. What shall I cook?"] == twice.say("cook something and burn it")


def test_progress_is_said_before_the_answer(kitchen: Kitchen) -> None:
    """The sentence is there while the tool goes on."""

    async def first() -> tuple[str, str]:
        turn = Turn(id="t", ended_ms=0.0, text="how does it taste")
        turn.committed.set()
        turn.decision = await kitchen.understanding.plan(turn.text)
        deltas = kitchen.understanding.reply(turn, turn.text)
        begun = await anext(deltas)
        kitchen.cook.go_on.set()
        return begun, "".join([delta async for delta in deltas])

    assert ("Let me taste. ", "It needs salt. ") == asyncio.run(first())


def _barge_in(kitchen: Kitchen, text: str) -> None:
    """Say something, and cancel the turn while its tool goes on; then let the tool go on."""

    async def interrupted() -> None:
        turn = Turn(id="t", ended_ms=0.0, text=text)
        turn.committed.set()
        turn.decision = await kitchen.understanding.plan(text)

        async def speak() -> None:
            async for delta in kitchen.understanding.reply(turn, text):
                turn.heard += delta

        speaking = asyncio.ensure_future(speak())
        await settle()
        speaking.cancel()
        await asyncio.wait([speaking])
        kitchen.understanding.close(turn)
        kitchen.cook.go_on.set()
        await settle()

    asyncio.run(interrupted())


def test_barge_in_drops_a_reading_tool(kitchen: Kitchen) -> None:
    """Only what was heard is remembered."""
    _barge_in(kitchen, "how does it taste")
    assert "Let me taste. " == kitchen.understanding.dialogue.said


def test_barge_in_lets_a_change_be_completed(kitchen: Kitchen) -> None:
    """Half a change would be worse; nothing is said of it."""
    silent: list[str] = []
    kitchen.host.on_silent = lambda result: silent.append(result.speech)
    _barge_in(kitchen, "stir it")
    assert {"first", "second"} == {timer.label for timer in kitchen.timers.list()}
    assert (["Stirred."], "") == (silent, kitchen.understanding.dialogue.said)


def test_a_turn_that_never_was_asks_nothing(tmp_path: Path) -> None:
    """A question of a turn that is dropped before its end is certain is not open."""

    class Curious(Skill):
        @tool(fast=["ask me"])
        async def ask(self) -> Reply:
            """Ask."""
            return Reply(speech=await self.context.ask("Well?"))

    kitchen = Kitchen(tmp_path)
    manifest = kitchen.host.skills["cook"].manifest.model_copy(update={"id": "curious"})
    curious = in_process(Curious, LentContext(timers=kitchen.timers), manifest, {})
    host = SkillHost.load(LentContext(timers=kitchen.timers), sources={}, others=[curious])
    grammar = importlib.import_module("assistant.engines.hassil_grammar").create(host.templates)
    kitchen.understanding = Understanding(grammar=grammar, toolbox=host, minds=Minds())

    async def speculate() -> str:
        turn = Turn(id="t", ended_ms=0.0)
        turn.decision = await kitchen.understanding.plan("ask me")
        said = [delta async for delta in kitchen.understanding.reply(turn, "ask me")]
        assert ["Well? "] == said
        return str(turn.results[0].data["question_id"])

    question = asyncio.run(speculate())
    assert not host.questions.is_open(question)


def test_the_end_of_a_turn_knows_an_answer(kitchen: Kitchen) -> None:
    """A fitting answer is a whole utterance, so the listener need not wait; other words are judged as ever."""

    async def judged() -> tuple[str, str]:
        await kitchen.turn("cook something")
        await kitchen.turn("soup")
        return kitchen.understanding.completeness("four"), kitchen.understanding.completeness("well")

    assert ("complete", "unknown") == asyncio.run(judged())
