"""C1 to C9: what is sensitive is done only after a yes, or a PIN, that was meant for exactly this, here and now."""

from __future__ import annotations

import asyncio
import importlib
import logging
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.skill import Reply, Skill, tool
from assistant.skillhost.manifest import Manifest
from assistant.skills_host import LentContext, SkillHost, in_process
from assistant.store.timers import TimerStore
from assistant.testing import ScriptedCaller, settle
from assistant.think.confirm import EXPIRES_S
from assistant.think.pin import LOCKED_S, PinFile
from assistant.think.understanding import Minds, Understanding
from assistant.types import Done, ReplyPart, TextDelta, ToolCall, Turn

pytestmark = pytest.mark.unit

PIN = "2749"
WRONG = "8361"
ASKED = "Shall I unlock a door: front?"
UNLOCK = ToolCall(tool="house.unlock", arguments={"door": "front"})


class House(Skill):
    """What its tools really did is written down."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.done: list[str] = []

    @tool(
        fast=["(unlock|open|undo) the {door} door", "let (them|him|her) in at the {door} [door]", "unlock {door:door}"],
        lists={"door": {"front": "front", "back": "back"}},
        effect="sensitive",
    )
    async def unlock(self, door: str) -> Reply:
        """Unlock a door."""
        self.done.append(door)
        return Reply(speech=f"The {door} door is unlocked.")

    @tool(fast=["switch the alarm off"], effect="sensitive", critical=True)
    async def disarm(self) -> Reply:
        """Switch the alarm off."""
        self.done.append("alarm")
        return Reply(speech="The alarm is off.")

    @tool(fast=["what time is it"])
    async def time(self) -> Reply:
        """Tell the time."""
        return Reply(speech="Noon.")


class Talker:
    """A model that says and calls what is written down for it, and keeps every word that it is given."""

    def __init__(self, *parts: ReplyPart) -> None:
        self.parts = parts or (TextDelta(text="I see."),)
        self.given: list[str] = []

    async def prepare(self, tools: Sequence[object]) -> None:
        """Nothing to load."""

    async def prefill(self, messages: Sequence[Any], *, facts: str = "", max_tokens: int = 0) -> None:
        self.given += [message.text for message in messages]

    async def reply(
        self, messages: Sequence[Any], *, facts: str = "", max_tokens: int = 0, tools: Sequence[object] = ()
    ) -> AsyncGenerator[ReplyPart, None]:
        self.given += [message.text for message in messages]
        for part in self.parts:
            yield part
        yield Done()


class Home:
    """A house, the conversation in its hall, and a clock that is moved by hand."""

    def __init__(self, folder: Path, talker: Talker | None = None, caller: ScriptedCaller | None = None) -> None:
        self.now_s = 1000.0
        self.pin = PinFile(folder / "pin.json")
        self.audit: list[tuple[str, str]] = []
        self.talker = talker or Talker()
        lent = LentContext(timers=TimerStore(folder / "timers.sqlite3"))
        manifest = Manifest(
            id="house",
            version="1.0.0",
            api=1,
            languages=("en",),
            summary="a house",
            examples=("Unlock the front door.",),
        )
        made = in_process(House, lent, manifest, {})
        self.house: House = made.functions["house.unlock"].__self__  # type: ignore[attr-defined]
        self.host = SkillHost.load(lent, sources={}, others=[made], pin=self.pin, clock=lambda: self.now_s)
        self.host.confirmer.audit = lambda outcome, call: self.audit.append((outcome, call.tool))
        self.minds = Minds(talker=self.talker, caller=caller)
        self.hall = self.room("hall")
        self.turns: list[Turn] = []

    @property
    def done(self) -> list[str]:
        return self.house.done

    def room(self, name: str) -> Understanding:
        grammar = importlib.import_module("assistant.engines.hassil_grammar").create(self.host.templates)
        return Understanding(grammar=grammar, toolbox=self.host, minds=self.minds, room=name)

    async def turn(self, text: str, *, over: bool = False, room: Understanding | None = None) -> str:
        """One turn as the turn layer holds it; what is answered."""
        room = room or self.hall
        turn = Turn(id=f"t{len(self.turns)}", ended_ms=0.0, text=room.shown(text))
        self.turns.append(turn)
        turn.committed.set()
        if not room.is_stop(text):
            turn.decision = await room.plan(text)
            room._acting.wall_s = lambda: self.now_s
            async for delta in room.reply(turn, text, spoken_over=over):
                turn.reply += delta
        turn.heard = turn.reply.strip()
        room.close(turn)
        await settle()
        return turn.heard

    def say(self, *texts: str) -> list[str]:
        async def session() -> list[str]:
            return [await self.turn(text) for text in texts]

        return asyncio.run(session())


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_c1_nothing_happens_without_a_yes(home: Home) -> None:
    """A challenge; no answer in 20 s: nothing is done, which is noted, and a late yes is told that it is late."""

    async def late() -> list[str]:
        said = [await home.turn("unlock the front door")]
        home.now_s += EXPIRES_S
        home.host.confirmer.expire(home.now_s)
        assert [("asked", "house.unlock"), ("expired", "house.unlock")] == home.audit
        return [*said, await home.turn("yes")]

    assert [ASKED, "That was too late, so I did nothing."] == asyncio.run(late())
    assert [] == home.done
    assert ["confirm_asked", "confirm_expired"] == [result.error for turn in home.turns for result in turn.results]


def test_c1_a_yes_in_time(home: Home) -> None:
    """And what is said of it comes from what was really done."""
    assert [ASKED, "The front door is unlocked."] == home.say("unlock the front door", "yes")
    assert ["front"] == home.done
    assert [("asked", "house.unlock"), ("granted", "house.unlock"), ("used", "house.unlock")] == home.audit


@pytest.mark.parametrize("text", ["no", "stop", "never mind", "what time is it", "hello there"])
def test_c1_anything_else_ends_it(home: Home, text: str) -> None:
    """A no, a stop word, another command, any other words; the yes after that confirms nothing."""
    home.say("unlock the front door", text, "yes")
    assert [] == home.done


def test_c2_a_yes_over_our_own_sound_is_none(home: Home) -> None:
    """It is rejected and the question put once more; the next one over our sound ends it."""

    async def session(*over: bool) -> list[str]:
        await home.turn("unlock the front door")
        return [await home.turn("yes", over=once) for once in over]

    again = "I was still speaking. Please wait a moment, and say it once more."
    assert [again, "Okay, I won't."] == asyncio.run(session(True, True))
    assert [] == home.done
    assert [again, "The front door is unlocked."] == asyncio.run(session(True, False))


def test_c3_another_room_confirms_nothing(home: Home) -> None:
    """A yes from the kitchen is none for the hall: neither said there, nor given for the same nonce."""
    kitchen = home.room("kitchen")

    async def session() -> str:
        await home.turn("unlock the front door")
        await home.turn("yes", room=kitchen)
        kitchen.dialogue.challenge = home.hall.dialogue.challenge
        return await home.turn("yes", room=kitchen)

    assert "Please say that where you asked for it. I did nothing." == asyncio.run(session())
    assert ([], ("refused", "house.unlock")) == (home.done, home.audit[-1])


def test_c4_a_nonce_is_used_once(home: Home) -> None:
    """The same confirmation a second time opens nothing, whatever way it comes."""

    async def session() -> list[bool]:
        await home.turn("unlock the front door")
        nonce = home.hall.dialogue.challenge
        await home.turn("yes")
        home.hall.dialogue.challenge = nonce
        await home.turn("yes")
        return [(await home.host.run(UNLOCK, permit=nonce)).ok for _ in range(2)]

    assert [False, False] == asyncio.run(session())
    assert ["front"] == home.done


def test_c5_what_was_confirmed_is_what_is_done(home: Home) -> None:
    """A call that was changed after the question is another one; the confirmation is gone with it."""

    async def session() -> list[str]:
        await home.turn("unlock the front door")
        nonce = home.hall.dialogue.challenge
        home.host.confirmer.answer(nonce, "yes", room="hall", spoken_over=False, now_s=home.now_s, wall_s=home.now_s)
        calls = [ToolCall(tool="house.unlock", arguments={"door": "back"}), UNLOCK]
        return [(await home.host.run(call, permit=nonce)).speech for call in calls]

    sentences = ["That is not what you confirmed, so I did nothing.", "That needs your confirmation first."]
    assert sentences == asyncio.run(session())
    assert [] == home.done


def test_c6_four_wrong_pins_lock(home: Home) -> None:
    """Ten minutes long nothing critical is possible, with the right PIN neither; then it is."""
    home.pin.set(PIN)
    said = home.say("switch the alarm off", "yes", *[WRONG] * 4, "switch the alarm off", PIN)
    wrong = ["That PIN is wrong. Please say it again."] * 3
    locked = "That was wrong too often. I take no PIN for ten minutes."
    assert ["Shall I switch the alarm off? Please say your PIN.", "I need your PIN for that.", *wrong, locked] == said[
        :6
    ]
    assert ("There were too many wrong PINs. Please try again later.", []) == (said[6], home.done)
    assert ("locked", "house.disarm") in home.audit
    home.now_s += LOCKED_S
    assert "The alarm is off." == home.say("switch the alarm off", PIN)[-1]
    assert ["alarm"] == home.done


@pytest.mark.parametrize("late_s", [0.0, EXPIRES_S])
@pytest.mark.parametrize("form", ["2749", "8361", "two seven four nine", "2-7-4-9.", "it is 27 49", "27 49 open up"])
def test_c6_the_digits_stay_here(home: Home, caplog: pytest.LogCaptureFixture, form: str, late_s: float) -> None:
    """Right, wrong or late: no digit in the turn, the dialogue, the results, the log or what a model reads."""
    home.pin.set(PIN)
    caplog.set_level(logging.DEBUG)

    async def session() -> None:
        await home.turn("switch the alarm off")
        home.now_s += late_s
        await home.turn(form)
        await home.turn("tell me a story")
        await settle()

    asyncio.run(session())
    kept = [*home.talker.given, *(message.text for message in home.hall.dialogue.messages(0.0)), caplog.text]
    for turn in home.turns:
        kept += [turn.text, turn.reply, turn.heard, str(turn.results), str(turn.decision), str(turn.summary())]
    told = "\n".join(kept).lower()
    assert [] == [part for part in (form.lower(), "2749", "8361", "27 49", "two seven") if part in told]
    assert "tell me a story" in home.talker.given


def test_c6_a_pause_does_not_make_half_a_pin(home: Home) -> None:
    """While digits are said, more may follow, so the listener waits; a yes and a no are whole at once."""
    home.pin.set(PIN)

    async def heard(*texts: str) -> list[str]:
        await home.turn("switch the alarm off")
        return [home.hall.completeness(text) for text in texts]

    assert ["prefix", "prefix", "complete"] == asyncio.run(heard("27", "two seven four nine", "no"))


def test_c6_no_pin_no_critical_action(home: Home) -> None:
    """Where none is set the action is refused, with what to do."""
    (said,) = home.say("switch the alarm off")
    assert ("That needs a PIN, and you have not set one. Run: assistant pin set", []) == (said, home.done)


def test_c6_a_number_in_a_command_is_no_pin(home: Home) -> None:
    """A whole command of its own is done, and is no wrong try."""
    home.pin.set(PIN)
    assert "Noon." == home.say("switch the alarm off", "what time is it")[-1]
    assert "right" == home.pin.check(PIN, home.now_s)


def test_c7_a_model_cannot_confirm(tmp_path: Path) -> None:
    """It says that the user has agreed, and calls the tool twice: there is a question and nothing else."""
    call = ToolCall(tool="house.unlock", arguments={"door": "front"}, confidence=1.0)
    home = Home(tmp_path, Talker(TextDelta(text="The user has confirmed. "), call, call))
    (said,) = home.say("please be so kind")
    assert ([], True) == (home.done, ASKED in said)


def test_c7_only_the_host_runs_and_only_with_a_permit(home: Home) -> None:
    """Whoever calls the tool directly is refused, whatever the arguments claim."""

    async def direct() -> list[bool]:
        claims = [UNLOCK, ToolCall(tool="house.unlock", arguments={"door": "front", "confirmed": True}), UNLOCK]
        return [
            (await home.host.run(call, permit=permit)).ok for call, permit in zip(claims, ("", "yes", "1"), strict=True)
        ]

    assert [False] * 3 == asyncio.run(direct())
    assert [] == home.done


@pytest.mark.parametrize(
    "text",
    ["unlock the front door", "Please undo the front door", "let them in at the front", "open the front door now"],
)
def test_c8_every_way_of_saying_it_is_the_same_class(home: Home, text: str) -> None:
    """Synonyms, politeness: the same challenge, because it hangs on the tool and not on the words."""
    assert [ASKED] == home.say(text)
    assert [] == home.done


@pytest.mark.parametrize("confidence", [0.5, 1.0])
def test_c8_a_proposal_of_the_tool_caller_too(tmp_path: Path, confidence: float) -> None:
    """However sure the model is; and it is asked once, not twice."""
    wish = "unlock something at the front"
    proposed = ToolCall(tool="house.unlock", arguments={"door": "front"}, confidence=confidence)
    home = Home(tmp_path, caller=ScriptedCaller({wish: (proposed,)}))
    assert [ASKED, "The front door is unlocked."] == home.say(wish, "yes")


def test_c8_hidden_among_others(home: Home) -> None:
    """Beside a harmless command the sensitive one is still asked; two of them at once are refused whole."""
    assert [f"Noon. {ASKED}"] == home.say("unlock the front door and what time is it")
    (said,) = home.say("unlock the front door and unlock the back door")
    assert ("I can ask for your confirmation of one thing at a time only.", []) == (said, home.done)


@pytest.mark.parametrize("text", ["in one minute unlock the front door", "unlock the front door in one minute"])
def test_c9_nothing_can_be_put_off(home: Home, text: str) -> None:
    """There is no way to let a tool run later: such a wish is no command, and nothing is done by itself."""
    home.say(text)
    home.now_s += 60.0
    assert ([], []) == (home.done, home.audit)
