"""A call at every state of its life: it asks, is answered, interrupted, late, broken, and is silent after its end."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from typing import Any

import pytest

from assistant.errors import SkillError
from assistant.skill import Cancelled, Duration, Reply, Skill, tool
from assistant.skillhost.calls import ASK_PATIENCE_S, CONFIRM_PATIENCE_S, MAX_PROGRESS
from assistant.skillhost.strikes import WITHIN_S
from assistant.testing import settle

pytestmark = pytest.mark.unit


class Cook(Skill):
    """What its tools did and could not do any more is written down in these lists."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.values: list[Any] = []
        self.refused: list[str] = []
        self.go_on = asyncio.Event()

    def note(self, act: str, error: SkillError) -> None:
        self.refused.append(f"{act}: {type(error).__name__}")

    @tool()
    async def how_many(self) -> Reply:
        """Ask for a number."""
        number = await self.context.ask("How many?", "number", lambda value: None if value < 9 else "That is too many.")
        self.values.append(number)
        return Reply(speech=f"{number} it is.")

    @tool()
    async def what(self) -> Reply:
        """Ask for a text and then for one of three."""
        dish = await self.context.ask("What shall I cook?")
        size = await self.context.ask(f"Which {dish}?", ["small", "medium size", "large"])
        return Reply(speech=f"{size} {dish}.")

    @tool(effect="change")
    async def burn(self) -> Reply:
        """Burn after a yes."""
        sure = await self.context.confirm("Burn it?")
        if sure:
            self.context.timers.add(60, "fire")
        return Reply(speech="Burnt." if sure else "Kept.")

    @tool()
    async def slow(self) -> Reply:
        """Say how it goes."""
        for text in ("One.", "Two.", "Three.", "Four."):
            await self.context.progress(text)
        await self.go_on.wait()
        return Reply(speech="Five.")

    @tool(deadline_s=0.0)
    async def stubborn(self) -> Reply:
        """Go on after the end, as if nothing had been."""
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await self.try_everything()
        return Reply(speech="Too late, but here I am.")

    @tool(effect="change")
    async def change(self) -> Reply:
        """Change something in two steps."""
        self.context.store.set("step", 1)
        await self.go_on.wait()
        await self.context.progress("Nobody hears this.")
        self.context.store.set("step", 2)
        return Reply(speech="Changed.")

    @tool(effect="change")
    async def ask_late(self) -> Reply:
        """Ask when nobody listens any more."""
        await self.go_on.wait()
        return Reply(speech=await self.context.ask("Are you there?"))

    @tool()
    async def leave_behind(self) -> Reply:
        """Start something that outlives the call."""
        self.left = asyncio.ensure_future(self.later())
        return Reply(speech="Done.")

    async def later(self) -> None:
        await asyncio.sleep(0)
        await self.try_everything()

    async def try_everything(self) -> None:
        context = self.context
        for act, doing in {
            "timer": lambda: context.timers.add(60),
            "store": lambda: context.store.set("a", 1),
            "progress": lambda: context.progress("Psst."),
            "ask": lambda: context.ask("Hm?"),
            "confirm": lambda: context.confirm("Hm?"),
            "http": lambda: context.http.get("https://api.example.com"),
        }.items():
            try:
                done = doing()
                if asyncio.iscoroutine(done):
                    await done
            except Cancelled as error:
                self.note(act, error)

    @tool()
    async def crash(self) -> Reply:
        """Crash."""
        raise ZeroDivisionError

    @tool()
    async def refuse(self) -> Reply:
        """Refuse, which is no failure."""
        raise SkillError("There is no pan.")

    @tool()
    async def dictionary(self) -> Reply:
        """Answer with something that is no reply."""
        return {"speech": "Done.", "tool": "door.unlock"}  # type: ignore[return-value]


EVERYTHING = ["timer", "store", "progress", "ask", "confirm", "http"]


def cook_of(bench: Any) -> Cook:
    cook: Cook = bench.host.skills["cook"].functions["cook.change"].__self__
    return cook


def test_a_missing_value_is_asked_for(make: Any) -> None:
    """The tool goes on with the answer, as a value."""
    bench = make(Cook)
    assert ["How many?", "4 it is."] == bench.converse("cook.how_many", "Four, please.")
    assert [4] == cook_of(bench).values


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (["hm", "three"], ["How many?", "I need a number. How many?", "3 it is."]),
        (["ten", "three"], ["How many?", "That is too many. How many?", "3 it is."]),
        (
            ["hm", "ten"],
            ["How many?", "I need a number. How many?", "Sorry, I did not understand that. Let's leave it."],
        ),
    ],
)
def test_one_retry(make: Any, answers: list[str], said: list[str]) -> None:
    """What does not fit is told and asked for once more, and then left."""
    bench = make(Cook)
    assert said == bench.converse("cook.how_many", *answers)
    assert ([3] if said[-1] == "3 it is." else []) == cook_of(bench).values


def test_several_questions(make: Any) -> None:
    """One call may ask again and again; a choice comes back as the skill spells it."""
    said = make(Cook).converse("cook.what", "Pancakes.", "the medium size one")
    assert ["What shall I cook?", "Which Pancakes?", "medium size Pancakes."] == said


@pytest.mark.parametrize(
    ("answers", "last", "timers"),
    [(["yes"], "Burnt.", 1), (["no"], "Kept.", 0), (["hm", "yes"], "Burnt.", 1), (["hm", "hm"], "Kept.", 0)],
)
def test_a_confirmation_of_a_skill(make: Any, answers: list[str], last: str, timers: int) -> None:
    """Only a yes is a yes; unclear words are asked about once."""
    bench = make(Cook)
    assert last == bench.converse("cook.burn", *answers)[-1]
    assert timers == len(bench.timers.list())


def test_a_question_is_answered_once(make: Any) -> None:
    """A second answer to the same question finds nobody."""
    bench = make(Cook)

    async def twice() -> list[bool]:
        question = await bench.run("cook.how_many")
        return [(await bench.answer(question, "two")).ok, (await bench.answer(question, "three")).ok]

    assert [True, False] == asyncio.run(twice())
    assert [2] == cook_of(bench).values


@pytest.mark.parametrize(("name", "patience_s"), [("how_many", ASK_PATIENCE_S), ("burn", CONFIRM_PATIENCE_S)])
def test_silence_ends_the_call(make: Any, name: str, patience_s: float) -> None:
    """The last moment counts; after it the question is gone, and the call with it."""
    bench = make(Cook)

    async def wait(by_s: float) -> str:
        question = await bench.run(f"cook.{name}")
        bench.now_s += by_s
        speech: str = (await bench.answer(question, "three")).speech
        return speech

    assert "That question is no longer open." != asyncio.run(wait(patience_s - 0.1))
    assert "That question is no longer open." == asyncio.run(wait(patience_s))


def test_the_time_to_answer_begins_when_the_question_was_heard(make: Any) -> None:
    """A long question takes nothing away."""
    bench = make(Cook)

    async def wait() -> str:
        question = await bench.run("cook.how_many")
        bench.now_s += ASK_PATIENCE_S - 1
        bench.host.questions.heard(question.data["question_id"])
        bench.now_s += ASK_PATIENCE_S - 1
        speech: str = (await bench.answer(question, "three")).speech
        return speech

    assert "3 it is." == asyncio.run(wait())


def test_never_mind_ends_the_call(make: Any) -> None:
    """A dropped question cancels its tool, which cannot act on it any more."""
    bench = make(Cook)

    async def drop() -> None:
        question = await bench.run("cook.burn")
        bench.host.questions.drop(question.data["question_id"])
        await settle()

    asyncio.run(drop())
    assert [] == bench.timers.list()


def test_progress_is_said_at_once(make: Any) -> None:
    """While the tool goes on, in order, and three sentences at most."""
    bench = make(Cook)

    async def slow() -> tuple[list[str], str]:
        turn = asyncio.ensure_future(bench.run("cook.slow"))
        await settle()
        first = list(bench.said)
        cook_of(bench).go_on.set()
        return first, (await turn).speech

    assert (["One.", "Two.", "Three."], "Five.") == asyncio.run(slow())
    assert MAX_PROGRESS == len(bench.said)


def test_a_late_tool_is_stopped_and_stays_silent(make: Any) -> None:
    """One that does not let itself be cancelled can neither speak nor act after its deadline."""
    bench = make(Cook)

    async def late() -> str:
        result = await bench.run("cook.stubborn")
        await settle()
        return str(result.speech)

    assert "cook took too long, so I stopped it." == asyncio.run(late())
    assert [f"{act}: Cancelled" for act in EVERYTHING] == cook_of(bench).refused
    assert ([], [], []) == (bench.said, bench.silent, bench.timers.list())


def test_the_time_of_a_person_does_not_count(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The deadline stands while a question is open."""

    class Hasty(Skill):
        @tool(deadline_s=5.0)
        async def ask(self) -> Reply:
            """Ask something."""
            return Reply(speech=f"{await self.context.ask('Well?')}!")

    bench = make(Hasty)

    async def think_long() -> str:
        question = await bench.run("hasty.ask")
        loop = asyncio.get_running_loop()
        real = loop.time
        monkeypatch.setattr(loop, "time", lambda: real() + 25.0)
        await settle()
        return str((await bench.answer(question, "now")).speech)

    assert "now!" == asyncio.run(think_long())


def test_what_a_call_leaves_behind_can_do_nothing(make: Any) -> None:
    """A task that outlives its call has no context any more."""
    bench = make(Cook)

    async def leave() -> None:
        await bench.run("cook.leave_behind")
        await settle()

    asyncio.run(leave())
    assert [f"{act}: Cancelled" for act in EVERYTHING] == cook_of(bench).refused


def test_outside_of_a_call_there_is_no_context(make: Any) -> None:
    """A skill acts only when one of its tools was called."""
    bench = make(Cook)
    asyncio.run(cook_of(bench).try_everything())
    assert len(EVERYTHING) == len(cook_of(bench).refused)


def test_an_interruption_drops_what_only_reads(make: Any) -> None:
    """Barge-in cancels a reading tool; nothing comes of it."""
    bench = make(Cook)

    async def interrupt() -> None:
        await bench.interrupted("cook.slow")
        cook_of(bench).go_on.set()
        await settle()

    asyncio.run(interrupt())
    assert [] == bench.silent


def test_an_interruption_completes_what_changes(make: Any) -> None:
    """A change that has begun is completed without a word, and what came of it is told to the record."""
    bench = make(Cook)

    async def interrupt() -> Any:
        await bench.interrupted("cook.change")
        cook_of(bench).go_on.set()
        await settle()
        return cook_of(bench).context._keyvalue.get("step")  # type: ignore[attr-defined]

    assert 2 == asyncio.run(interrupt())
    assert ["Changed."] == [result.speech for result in bench.silent]
    assert [] == bench.said


def test_a_change_that_asks_when_nobody_listens_ends(make: Any) -> None:
    """There is nobody to ask any more: it fails, silently."""
    bench = make(Cook)

    async def interrupt() -> None:
        await bench.interrupted("cook.ask_late")
        cook_of(bench).go_on.set()
        await settle()

    asyncio.run(interrupt())
    assert [(False, "cancelled")] == [(result.ok, result.error) for result in bench.silent]


def test_cancel_all(make: Any) -> None:
    """At the end of the assistant every call and every question ends."""
    bench = make(Cook)

    async def end() -> bool:
        question = await bench.run("cook.burn")
        running = asyncio.ensure_future(bench.run("cook.change"))
        await settle()
        bench.host.cancel_all()
        return (await bench.answer(question, "yes")).ok or (await running).ok

    assert not asyncio.run(end())
    assert [] == bench.timers.list()


@pytest.mark.parametrize(
    ("name", "how"), [("crash", "it failed"), ("dictionary", "it crashed"), ("stubborn", "it took too long")]
)
def test_the_third_strike_disables(make: Any, name: str, how: str) -> None:
    """Exceptions, malformed replies and deadlines count; then all its tools are refused, until it is enabled."""
    bench = make(Cook)
    speeches = [asyncio.run(bench.run(f"cook.{name}")).speech for _ in range(3)]
    told = " The cook skill has failed three times, so I have switched it off."
    assert [False, False, True] == [speech.endswith(told) for speech in speeches]
    reason = f"It failed three times within an hour; the last time {how}."
    assert f"The cook skill is switched off: {reason}" == asyncio.run(bench.run("cook.refuse")).speech
    assert {"cook": reason} == bench.host.switches.all()
    assert bench.host.switches.enable("cook")
    assert "There is no pan." == asyncio.run(bench.run("cook.refuse")).speech


def test_failures_of_long_ago_do_not_count(make: Any) -> None:
    """Three in more than an hour disable nothing, and refusals never do."""
    bench = make(Cook)
    for _ in range(4):
        asyncio.run(bench.run("cook.crash"))
        asyncio.run(bench.run("cook.refuse"))
        bench.now_s += WITHIN_S / 2
    assert {} == bench.host.switches.all()


def test_a_disabled_skill_is_not_loaded_again(make: Any) -> None:
    """The next start leaves it out, with the reason; nobody else is touched."""
    make(Cook).host.switches.disable("cook", "It failed.")
    bench = make(Cook)
    assert ({"cook": "It is switched off: It failed."}, {}) == (bench.host.problems, dict(bench.host.skills))


@pytest.mark.parametrize(
    ("slot", "answer", "value"),
    [
        ("text", " Bread and butter. ", "Bread and butter"),
        ("number", "two and a half", 2.5),
        ("number", "It should be 1,000.", 1000),
        ("number", "a dozen eggs", None),
        ("duration", "for an hour and a half", Duration(hours=1, minutes=30)),
        ("duration", "about 90 seconds", Duration(seconds=90)),
        ("duration", "soon", None),
        ("time", "at half past seven", dt.time(7, 30)),
        ("time", "7:30 p.m.", dt.time(19, 30)),
        ("time", "noon", dt.time(12)),
        ("time", "in a moment", None),
        ("yes_no", "Yes, please.", True),
        ("yes_no", "no", False),
        ("yes_no", "maybe", None),
        (["red", "light blue"], "Light blue, please.", "light blue"),
        (["red", "light blue"], "the second one", "light blue"),
        (["red", "light blue"], "I think the red one", "red"),
        (["kitchen", "bathroom"], "kitchin", "kitchen"),
        (["red", "blue"], "red or blue", None),
        (["red", "blue"], "green", None),
    ],
)
def test_answers_as_people_give_them(slot: Any, answer: str, value: Any) -> None:
    """Each kind of question takes its own answers and no others."""
    from assistant.skillhost.asking import read_answer

    assert value == read_answer(slot, answer)
