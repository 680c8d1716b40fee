"""Offers: rare, short, at the end of an answer, and never again after a no; on real dialogues of the real parts."""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from assistant.account.device import DeviceKey
from assistant.account.kept import AccountStore
from assistant.account.licence import Licence
from assistant.account.offering import OfferBook, Offering
from assistant.account.offers import ENDED, MAX_WORDS, NEVER_AGAIN, NOTICES, OFFERS, OTHER, Person, Quiet
from assistant.account.secrets import Secrets
from assistant.account.states import DAY_S
from assistant.console import typed_turn
from assistant.errors import ConfigError, EngineError, SkillError
from assistant.skill import Reply, Skill, tool
from assistant.skillhost.manifest import Manifest
from assistant.skills_host import LentContext, SkillHost, in_process
from assistant.store.timers import TimerStore
from assistant.testing import ScriptedClock
from assistant.think.understanding import Minds, Understanding
from assistant.types import Done, Message, ReplyPart, RouteDecision, Sent, TextDelta, ToolResult, ToolSpec, Turn
from tests.account.tokens import ISSUED_S, ISSUER, Signer, claims, plant

pytestmark = pytest.mark.contract

SENTENCES = (*OFFERS.values(), OTHER)
LAPSES = (*NOTICES.values(), ENDED)
HARD = "compare nuclear and solar power and explain which one is better for a small country and why"


class Studio(Skill):
    """Tools that do a job as far as the device can, that fail, ask, or are plain commands."""

    @tool(fast=["draw a cat"])
    async def draw(self) -> Reply:
        """Draw a cat."""
        await self.context.offer("images")
        return Reply(speech="Here is a simple cat.")

    @tool(fast=["polish my text"])
    async def polish(self) -> Reply:
        """Polish the text."""
        await self.context.offer("writing")
        return Reply(speech="I mended two words.")

    @tool(fast=["draw a dog"])
    async def fail(self) -> Reply:
        """Draw a dog."""
        await self.context.offer("images")
        raise SkillError("The paper is gone.")

    @tool(fast=["draw something"])
    async def ask(self) -> Reply:
        """Draw something."""
        await self.context.offer("images")
        return Reply(speech="What shall I draw?", ask="draw a {answer}")

    @tool(fast=["recite {rest:thing}"])
    async def recite(self, thing: str) -> Reply:
        """Recite something."""
        await self.context.offer("chat")
        return Reply(speech="By myself:", to_model=thing)

    @tool(fast=["open the window"], effect="change")
    async def open(self) -> Reply:
        """Open the window."""
        return Reply(speech="It is open.")


class Local:
    """A local model that answers, refuses, or dies, as the words of the question say."""

    async def prepare(self, tools: Sequence[ToolSpec]) -> None:
        """Nothing to load."""

    async def prefill(self, messages: Sequence[Message], *, facts: str = "", max_tokens: int = 0) -> None:
        """Nothing to read ahead."""

    async def reply(
        self, messages: Sequence[Message], *, facts: str = "", max_tokens: int = 0, tools: Sequence[ToolSpec] = ()
    ) -> AsyncGenerator[ReplyPart, None]:
        asked = messages[-1].text
        if "crash" in asked:
            raise EngineError("The model died.")
        yield TextDelta(text="I'm sorry, I don't know that." if "refuse" in asked else "Each has its strengths.")
        yield Done()


@dataclass
class Home:
    """A device with a plan service, and one conversation; a test chooses the hour, the person and the plan."""

    folder: Path
    clock: ScriptedClock = field(default_factory=lambda: ScriptedClock((ISSUED_S + 60) * 1000.0))
    hour: int = 12
    person: Person = "adult"
    on: bool = True
    number: int = 0

    def __post_init__(self) -> None:
        self.signer, self.device = Signer(), DeviceKey.make()
        secrets = Secrets(folder=self.folder / "secrets")
        self.licence = Licence(ISSUER, AccountStore(self.folder / "a.sqlite3"), lambda: secrets, self.clock, _no_way)
        self.timers = TimerStore(self.folder / "timers.sqlite3")
        lent = LentContext(timers=self.timers)
        manifest = Manifest(
            id="studio", version="1.0.0", api=1, languages=("en",), summary="draws", examples=("Draw a cat.",)
        )
        self.host = SkillHost.load(lent, sources={}, others=[in_process(Studio, lent, manifest, {})])
        self.grammar = importlib.import_module("assistant.engines.hassil_grammar").create(self.host.templates)
        self.book = OfferBook(
            licence=self.licence,
            quiet=Quiet.parse("21:00-08:00"),
            person=lambda: self.person,
            now=lambda: dt.datetime(2027, 1, 15, self.hour, 30, tzinfo=dt.UTC),
        )
        self.renew()

    def renew(self) -> None:
        """Another conversation begins."""
        self.book.on = self.on
        self.understanding = Understanding(
            grammar=self.grammar, toolbox=self.host, minds=Minds(talker=Local()), offers=Offering(book=self.book)
        )

    def plan(self, days_old: float) -> None:
        """A plan that was last refreshed so many days ago."""
        plant(self.licence, self.signer, claims(self.device, ISSUED_S - int(days_old * DAY_S)), self.device)

    async def say(self, text: str) -> Turn:
        self.number += 1
        return await typed_turn(self.understanding, text, f"t{self.number}")

    def talk(self, *lines: str) -> list[str]:
        async def talk() -> list[str]:
            return [(await self.say(line)).reply for line in lines]

        return asyncio.run(talk())

    def close(self) -> None:
        self.timers.close()
        self.licence.store.close()


def _no_way(now_s: Any) -> Any:
    raise AssertionError("an offer must not need the network")


@pytest.fixture
def home(tmp_path: Path) -> Any:
    made = Home(tmp_path)
    yield made
    made.close()


def offer_in(reply: str) -> str:
    return next((sentence for sentence in SENTENCES if sentence in reply), "")


def test_what_is_offered_is_short_and_names_no_price() -> None:
    """Fourteen words at most, no figure, no currency."""
    for sentence in (*SENTENCES, *LAPSES):
        assert MAX_WORDS >= len(re.findall(r"[\w'-]+", sentence)), sentence
        assert not re.search(r"\d|[$€£¥₩%]|\b(?:dollars?|euros?|cents?|pounds?|free|cheap|only|month)\b", sentence)


def test_local_first_then_one_offer(home: Home) -> None:
    """The job is done here; then it is offered once, and not again in this conversation or the next thirty days."""
    first, second = home.talk("draw a cat", "draw a cat")
    assert f"Here is a simple cat. {OFFERS['images']}" == first
    assert "Here is a simple cat." == second
    home.renew()
    assert ["I mended two words."] == home.talk("polish my text")
    home.clock.pass_ms(31 * DAY_S * 1000.0)
    home.renew()
    assert [f"I mended two words. {OTHER}"] == home.talk("polish my text")


def test_a_hard_question_that_was_answered_here(home: Home) -> None:
    """An easy one brings no offer, nor one that the model refuses."""
    assert ["Each has its strengths."] == home.talk("what is love")
    assert [""] == [offer_in(reply) for reply in home.talk(f"{HARD} refuse")]
    home.renew()
    assert [f"Each has its strengths. {OFFERS['chat']}"] == home.talk(HARD)


@pytest.mark.parametrize("no", ["no", "no thanks", "not interested", "stop offering me that", "leave me alone"])
def test_a_no_holds_for_good(home: Home, no: str) -> None:
    """Over conversations, restarts, and months."""
    assert [OFFERS["images"], ""] == [offer_in(reply) for reply in home.talk("draw a cat", no)]
    for _ in range(3):
        home.clock.pass_ms(40 * DAY_S * 1000.0)
        home.renew()
        assert ["Here is a simple cat."] == home.talk("draw a cat")
    home.book.again()
    home.renew()
    assert [OFFERS["images"]] == [offer_in(reply) for reply in home.talk("draw a cat")]


def test_a_yes_tells_how(home: Home) -> None:
    """It sells nothing; and what is said instead of an answer is obeyed."""
    assert "Nothing is paid by voice." in home.talk("draw a cat", "yes")[1]
    assert ["Okay, I won't."] != home.talk("no")
    home.clock.pass_ms(31 * DAY_S * 1000.0)
    home.renew()
    assert ["It is open."] == home.talk("draw a cat", "open the window")[1:]
    assert not home.understanding.asked


def test_an_offer_that_was_not_heard_asks_nothing(home: Home) -> None:
    """Talked over, it is no question: a later no is not taken for its answer."""

    async def talk() -> None:
        turn = Turn(id="t1", ended_ms=0.0, text="draw a cat", decision=await home.understanding.plan("draw a cat"))
        turn.committed.set()
        async for part in home.understanding.reply(turn, "draw a cat"):
            turn.reply += part
        assert offer_in(turn.reply)
        turn.heard = "Here is a simple"
        home.understanding.close(turn)
        assert not home.understanding.asked
        await home.say("no")
        assert "" == home.licence.store.wish("no")

    asyncio.run(talk())


@pytest.mark.parametrize(
    ("days_old", "told"),
    [(0.5, ""), (3, ""), (10, NOTICES["grace"]), (20, NOTICES["grace"]), (30, NOTICES["expired"])],
)
def test_with_a_plan_nothing_is_offered(home: Home, days_old: float, told: str) -> None:
    """One that lapses is told once, and never offered."""
    home.plan(days_old)
    first, second = home.talk("draw a cat", "draw a cat")
    assert f"Here is a simple cat. {told}".strip() == first
    assert "Here is a simple cat." == second
    home.renew()
    assert ["Here is a simple cat."] == home.talk("draw a cat")


def test_the_model_answers_what_a_skill_leaves_to_it(home: Home) -> None:
    """Its words follow those of the skill, then the offer; where it refuses there is none."""
    first, second = home.talk("recite refuse", "recite cats")
    assert "By myself: I'm sorry, I don't know that." == first
    assert "By myself: Each has its strengths." == second
    home.renew()
    assert [f"By myself: Each has its strengths. {OFFERS['chat']}"] == home.talk("recite cats")


def test_the_end_of_what_was_paid_is_told_once(home: Home) -> None:
    """Not with each day's new entitlement; that a person ended it is not told as a failure; what is paid anew may end
    anew."""
    day_s = int(DAY_S)

    def ends(days: int, paid_s: int) -> None:
        told = claims(home.device, ISSUED_S + days * day_s, state="grace", paid_until=paid_s, renews=False)
        plant(home.licence, home.signer, told, home.device)
        home.clock.wall = (ISSUED_S + days * day_s + 60) * 1000.0

    ends(0, ISSUED_S - day_s)
    assert [f"Here is a simple cat. {ENDED}"] == home.talk("draw a cat")
    ends(1, ISSUED_S - day_s)
    assert ["Here is a simple cat."] == home.talk("draw a cat")
    ends(40, ISSUED_S + 39 * day_s)
    assert [f"Here is a simple cat. {ENDED}"] == home.talk("draw a cat")


def test_a_skill_that_used_the_plan_tells_that_it_ends(home: Home) -> None:
    """As an answer of the big model does."""
    home.plan(10)
    turn = Turn(id="t1", ended_ms=0.0, text="x", decision=RouteDecision(route="grammar", reason="grammar"))
    sent = Sent(provider="the model of your plan", text="x", before=0, hidden=0)
    turn.results.append(ToolResult(tool="studio.draw", ok=True, speech="Done.", sent=(sent,)))
    offering = Offering(book=home.book)
    assert [NOTICES["grace"], ""] == [offering.after(turn, "Done.", "") for _ in range(2)]


def test_quiet_hours() -> None:
    """Over midnight, within a day, all day; what is no hours is told."""
    night = Quiet.parse("21:00-08:00")
    told = [night.holds(dt.time(hour, minute)) for hour, minute in ((20, 59), (21, 0), (0, 0), (7, 59), (8, 0))]
    assert [False, True, True, True, False] == told
    assert [True, False] == [Quiet.parse("12:00-14:00").holds(dt.time(hour)) for hour in (13, 14)]
    assert all(Quiet.parse("00:00-00:00").holds(dt.time(hour)) for hour in range(24))
    with pytest.raises(ConfigError):
        Quiet.parse("evening")


def test_what_cannot_be_kept_is_not_offered(home: Home) -> None:
    """A full or broken disk: the answer goes on without it."""
    home.licence.store.path.mkdir()
    assert ["Here is a simple cat."] == home.talk("draw a cat")


LINES = st.sampled_from([
    "draw a cat", "draw a cat", "polish my text", "draw a dog", "draw something", "cat", "open the window", HARD,
    "recite cats", "recite crash", "recite refuse",
    "what is love", f"{HARD} crash", f"{HARD} refuse", "yes", "no", "no thanks", "not interested", "stop", "cancel it",
    "why did you do that", "who answered that", "tell me more",
])  # fmt: skip
STEPS = st.lists(
    st.one_of(
        LINES,
        LINES,
        LINES,
        st.tuples(st.just("hour"), st.integers(0, 23)),
        st.tuples(st.just("person"), st.sampled_from(["adult", "adult", "child", "guest"])),
        st.tuples(st.just("days"), st.floats(0, 45)),
        st.tuples(st.just("plan"), st.sampled_from([0.1, 2.0, 9.0])),
        st.tuples(st.just("renew"), st.booleans()),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS, st.integers(8, 20))
def test_no_dialogue_breaks_a_rule(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str | tuple[str, Any]], hour: int
) -> None:
    """Random talk, hours, persons, plans and conversations: each reply is judged by the rules, not by the code."""
    home = Home(tmp_path_factory.mktemp("offers"), hour=hour)
    watch = Watch()

    async def talk() -> None:
        for step in steps:
            if isinstance(step, str):
                watch.before(home)
                try:
                    turn = await home.say(step)
                except EngineError:
                    watch.trouble = True
                else:
                    watch.judge(turn, step)
            else:
                change(home, *step)
                if step[0] == "renew":  # another conversation: what was asked or failed in the last one is over
                    watch.offered = watch.trouble = False

    try:
        asyncio.run(talk())
    finally:
        home.close()
    event(f"offers: {min(watch.offers, 2)}")


def change(home: Home, what: str, value: Any) -> None:
    if what == "hour":
        home.hour = value
    elif what == "person":
        home.person = value
    elif what == "days":
        home.clock.pass_ms(value * DAY_S * 1000.0)
    elif what == "plan":
        now = home.clock.wall / 1000.0
        home.plan((ISSUED_S - now) / DAY_S + value)
    else:
        home.on = value
        home.renew()


@dataclass
class Watch:
    """What the rules say of each reply; it knows the dialogue and the settings alone."""

    offers: int = 0
    said_no: bool = False
    trouble: bool = False
    offered: bool = False
    last_s: float = float("-inf")
    allowed: bool = True
    now_s: float = 0.0

    def before(self, home: Home) -> None:
        self.now_s = home.clock.wall / 1000.0
        by_day = 8 <= home.hour < 21
        self.allowed = by_day and home.person == "adult" and home.book.on and home.licence.look().state == "none"

    def judge(self, turn: Turn, text: str) -> None:
        answered, self.offered = self.offered, False
        if answered and text in ("no", "no thanks", "not interested"):
            assert NEVER_AGAIN == turn.reply
            self.said_no = True
        if turn.decision is not None and turn.decision.reason == "stop_word":
            return
        failed = not turn.reply or any(not result.ok for result in turn.results)
        made = [sentence for sentence in SENTENCES for _ in range(turn.reply.count(sentence))]
        assert len(made) <= 1
        if made:
            self.offers += 1
            assert self.allowed, "by night, or to a child or guest, or with a plan, or switched off"
            assert not self.said_no, "after a no"
            assert not failed and not self.trouble, "after an error"
            assert self.now_s - self.last_s >= 30 * DAY_S, "again too soon"
            assert turn.reply.endswith(made[0])
            assert turn.reply.removesuffix(made[0]).strip(), "the job is done here first"
            assert text in ("draw a cat", "cat", "polish my text", "recite cats", HARD), (
                "on the fast path, or where nothing was missed"
            )
            assert turn.asks is None
            self.last_s, self.offered = self.now_s, True
        self.trouble = failed
