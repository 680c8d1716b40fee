"""A conversation with a cloud model: consent, who answers and why, what is sent, what it costs, and when it fails."""

from __future__ import annotations

import asyncio
import importlib
import math
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.cloud_setup import load_policy
from assistant.console import typed_turn
from assistant.skill import Reply, Skill, tool
from assistant.skillhost.manifest import Manifest
from assistant.skills_host import LentContext, SkillHost, in_process
from assistant.store.ledger import Caps, Ledger
from assistant.store.timers import TimerStore
from assistant.telemetry.why import REASONS
from assistant.think.answered import WHY
from assistant.think.cloud import Guarded, Limits
from assistant.think.escalation import CloudChoices, CloudSide, Escalation
from assistant.think.spending import room_beside
from assistant.think.sureness import Sureness
from assistant.think.understanding import Minds, Understanding
from assistant.types import Done, Message, ReplyPart, TextDelta, ToolSpec, Turn

from .talk import decided

pytestmark = pytest.mark.contract

CAPS = Caps(day_nano=10**9, month_nano=10**10, day_tokens=10**6, month_tokens=10**7)
LIMITS = Limits(connect_s=0.5, first_s=1.2, between_s=0.4, total_s=5.0)
HARD = "compare nuclear and solar power"


class Local:
    """A local model that says what it is told to, and keeps what it read."""

    def __init__(self, *pieces: str, probability: float | None = None) -> None:
        self.pieces = pieces or ("The device ", "says so.")
        self.chances = () if probability is None else ((probability, -math.log(probability)),) * 4
        self.said: list[str] = []
        self.read: list[list[Message]] = []

    async def prepare(self, tools: Sequence[ToolSpec]) -> None:
        """Nothing to load."""

    async def prefill(self, messages: Sequence[Message], *, facts: str = "", max_tokens: int = 0) -> None:
        """Nothing to read ahead."""

    async def reply(
        self, messages: Sequence[Message], *, facts: str = "", max_tokens: int = 0, tools: Sequence[ToolSpec] = ()
    ) -> AsyncGenerator[ReplyPart, None]:
        self.read.append(list(messages))
        for piece in self.pieces:
            await asyncio.sleep(0)
            self.said.append(piece)
            yield TextDelta(text=piece, chances=self.chances)
        yield Done()


class Room(Skill):
    """Something to command."""

    @tool(fast=["open the window"], effect="change")
    async def open(self) -> Reply:
        """Open the window."""
        return Reply(speech="It is open.")


class Talk:
    """One conversation with a stand-in server."""

    def __init__(self, folder: Path, server: Any, local: Local | None, **choices: Any) -> None:
        self.server, self.local = server, local
        self.ledger = Ledger(folder / "cloud.sqlite3")
        provider = server.provider(**choices.pop("entry", {}))
        engine = importlib.import_module(f"assistant.engines.cloud_{provider.kind}")
        model = Guarded(name=provider.name, provider=engine.create(provider, "k3y", 0.5), limits=LIMITS)
        self.side = CloudSide(
            id="example",
            provider=provider,
            model=model,
            ledger=self.ledger,
            policy=load_policy(folder / "none.toml"),
            caps=choices.pop("caps", CAPS),
            people=lambda: ["Anna"],
            things=lambda: ["Blue Lamp"],
            online=choices.pop("online", lambda: True),
            choices=CloudChoices(**choices),
        )
        self.timers = TimerStore(folder / "timers.sqlite3")
        lent = LentContext(timers=self.timers)
        manifest = Manifest(
            id="room", version="1.0.0", api=1, languages=("en",), summary="opens", examples=("Open the window.",)
        )
        host = SkillHost.load(lent, sources={}, others=[in_process(Room, lent, manifest, {})])
        grammar = importlib.import_module("assistant.engines.hassil_grammar").create(host.templates)
        self.understanding = Understanding(
            grammar=grammar,
            toolbox=host,
            minds=Minds(talker=local, talker_ready=lambda: local is not None),
            cloud=Escalation(side=self.side),
        )
        self.number = 0

    def agree(self) -> None:
        self.ledger.agree("example", self.side.provider.terms, time.time())

    async def say(self, text: str) -> Turn:
        self.number += 1
        return await typed_turn(self.understanding, text, f"t{self.number}")

    async def close(self) -> None:
        await self.side.model.provider.close()
        await asyncio.sleep(0)
        self.ledger.close()
        self.timers.close()


Make = Callable[..., Talk]


def talking(
    stand_in: Any, folder: Path, body: Callable[[Talk], Any], *script: Any, wire: str = "openai",
    local: Local | None = None, agreed: bool = True, **choices: Any,
) -> None:  # fmt: skip
    """Run `body` in a conversation; with `choices` of the configuration."""

    async def run() -> None:
        async with stand_in(wire, *script) as server:
            talk = Talk(folder, server, local, **choices)
            if agreed:
                talk.agree()
            try:
                await body(talk)
            finally:
                await talk.close()

    asyncio.run(run())


def test_nothing_leaves_without_consent(stand_in: Any, tmp_path: Path) -> None:
    """A hard question stays here; asked for by name, what would leave is told first, and a no keeps it here."""

    async def body(talk: Talk) -> None:
        assert ("talker", "no_consent") == decided(await talk.say(HARD))
        asked = await talk.say("ask the big one why the sky is blue")
        assert ("grammar", "first_use") == decided(asked)
        for told in ("Example", "Example Land", "It keeps nothing and trains on nothing.", "Is that all right"):
            assert told in asked.reply
        refused = await talk.say("no")
        assert "Okay, it stays here." == refused.reply
        assert [] == talk.server.seen
        assert not talk.side.consented
        assert ("talker", "no_consent") == decided(await talk.say(HARD))

    talking(stand_in, tmp_path, body, local=Local(), agreed=False)


def test_a_yes_sends_what_was_asked(stand_in: Any, tmp_path: Path) -> None:
    """After the yes the question that waited is answered, and from then on nobody is asked again."""

    async def body(talk: Talk) -> None:
        await talk.say("ask the big one why the sky is blue")
        first = await talk.say("yes")
        assert ("cloud", "agreed") == decided(first)
        assert "Hello there." == first.reply
        assert "why the sky is blue" == talk.server.bodies[0]["messages"][-1]["content"]
        assert talk.side.consented
        assert ("cloud", "hard") == decided(await talk.say(HARD))

    talking(stand_in, tmp_path, body, local=Local(), agreed=False)


def test_what_is_said_instead_of_a_yes_lets_it_go(stand_in: Any, tmp_path: Path) -> None:
    """A yes after something else is no yes to the cloud any more, and an echo of ours is none at all."""

    async def body(talk: Talk) -> None:
        await talk.say("ask the big one why the sky is blue")
        await talk.say("what is love")
        assert "cloud" != decided(await talk.say("yes"))[0]
        await talk.say("ask the big one why the sky is blue")
        turn = Turn(id="e", ended_ms=0.0, text="yes", decision=await talk.understanding.plan("yes"))
        turn.committed.set()
        assert ["Okay, it stays here."] == [
            part async for part in talk.understanding.reply(turn, "yes", spoken_over=True)
        ]
        assert [] == talk.server.seen
        assert not talk.side.consented

    talking(stand_in, tmp_path, body, local=Local(), agreed=False)


def test_names_are_taken_out_and_put_back(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """The wire has placeholders, the answer has names, cut wherever the server cuts them."""

    async def body(talk: Talk) -> None:
        turn = await talk.say("write a birthday poem for Anna and mail it to jane dot doe at example dot com")
        assert "Dear Anna, jane dot doe at example dot com is yours." == turn.reply
        sent = talk.server.seen[0].decode()
        assert "write a birthday poem for [PERSON_1] and mail it to [EMAIL_1]" in sent
        assert "anna" not in sent.lower()
        told = await talk.say("what did you send?")
        assert (
            "I sent this to Example: write a birthday poem for a name and mail it to an e-mail address."
            " What could name somebody was taken out." == told.reply
        )

    pieces = ("Dear [PER", "SON", "_1", "], [EMAIL", "_1] is yours.")
    talking(stand_in, tmp_path, body, act(pieces=pieces), local=Local(), personal="prefer_device")


@pytest.mark.parametrize(
    ("fields", "heard"),
    [
        ({"status": 500}, "Example has trouble of its own. So this is from the device itself. The device says so."),
        ({"fault": "stall"}, "Example did not answer in time. So this is from the device itself. The device says so."),
        ({"status": 401}, "Example does not take my key. So this is from the device itself. The device says so."),
        ({"fault": "bad_sse"}, "So this is from the device itself. The device says so."),
    ],
)
def test_the_device_answers_where_the_cloud_does_not(
    stand_in: Any, act: Any, tmp_path: Path, fields: dict[str, Any], heard: str
) -> None:
    """Within the time for a first word, with the reason; the next question is answered here at once."""

    async def body(talk: Talk) -> None:
        started = time.monotonic()
        turn = await talk.say(HARD)
        assert heard in turn.reply
        assert time.monotonic() - started < LIMITS.first_s + 1.0
        talk.side.model.breaker.failed("key", time.monotonic())
        asked = len(talk.server.seen)
        assert ("talker", "cloud_down") == decided(await talk.say(HARD))
        assert asked == len(talk.server.seen)

    talking(stand_in, tmp_path, body, act(**fields), local=Local())


@pytest.mark.parametrize("fault", ["cut", "stall_middle", "no_end"])
@pytest.mark.parametrize("wire", ["openai", "anthropic"])
def test_a_broken_answer_is_gone_on_with_here(stand_in: Any, act: Any, tmp_path: Path, wire: str, fault: str) -> None:
    """The break is told, and the local model goes on from what was said."""

    async def body(talk: Talk) -> None:
        turn = await talk.say(HARD)
        assert turn.reply.startswith("one two")
        assert "The connection broke off there, so I go on by myself. The device says so." in turn.reply
        assert talk.local is not None
        assert "one two" in talk.local.read[-1][-2].text
        assert "estimated" == talk.ledger.latest(1)[0].state
        assert ("talker", "cloud_down") == decided(await talk.say(HARD))  # nobody waits for a network that just went
        assert 1 == len(talk.server.seen)

    talking(
        stand_in, tmp_path, body, act(fault=fault, pieces=("one ", "two ", "three ", "four ", "five ")),
        wire=wire, local=Local(),
    )  # fmt: skip


def test_a_refusal_of_the_local_model_is_never_heard(stand_in: Any, tmp_path: Path) -> None:
    """ "I don't know" is held back, and the cloud answers in its place."""

    async def body(talk: Talk) -> None:
        turn = await talk.say("why is the sky blue")
        assert ("cloud", "local_refused") == decided(turn)
        assert "Hello there." == turn.reply
        told = await talk.say("who answered that, and why?")
        assert "The answer came from Example, because my own language model had no answer." == told.reply

    talking(stand_in, tmp_path, body, local=Local("I'm sorry, ", "but I don't ", "know that one."))


LINE = Sureness(weights={"mean_log_p": -4.0}, bias=-2.0, threshold=0.5)
"""Unsure where the tokens were half as likely as not in the mean or less."""
PIECES = ("It is because of ", "the long waves of ", "light in the air ", "over there, ", "far away.")


@pytest.mark.parametrize(("probability", "route", "reason"), [(0.2, "cloud", "local_unsure"), (0.9, "talker", "local")])
def test_an_unsure_answer_is_never_heard(
    stand_in: Any, tmp_path: Path, probability: float, route: str, reason: str
) -> None:
    """What the local model begins without being sure is thrown away for the cloud's answer, and else it is said."""
    local = Local(*PIECES, probability=probability)

    async def body(talk: Talk) -> None:
        talk.side.sureness = LINE
        turn = await talk.say("why is the sky blue")
        assert (route, reason) == decided(turn)
        assert ("Hello there." if route == "cloud" else "".join(PIECES)) == turn.reply
        assert (len(local.said) < len(PIECES)) == (route == "cloud")

    talking(stand_in, tmp_path, body, local=local)


@pytest.mark.parametrize("why", ["personal", "offline", "no_consent", "no_weights"])
def test_an_unsure_answer_that_may_not_leave_is_said(stand_in: Any, tmp_path: Path, why: str) -> None:
    """However unsure, what the guideline keeps here is answered here, and nothing of it is held back."""
    local = Local(*PIECES, probability=0.2)

    async def body(talk: Talk) -> None:
        talk.side.sureness = None if why == "no_weights" else LINE
        turn = await talk.say("what would my boss like" if why == "personal" else "why is the sky blue")
        assert "talker" == decided(turn)[0]
        assert "".join(PIECES) == turn.reply
        assert [] == talk.server.seen

    talking(
        stand_in, tmp_path, body, local=local, agreed=why != "no_consent", online=lambda: why != "offline"
    )  # fmt: skip


def test_the_ledger_has_the_providers_count(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """Tokens and money of every question are those of the server, to the nano-dollar."""

    async def body(talk: Talk) -> None:
        for _ in range(5):
            await talk.say(HARD)
        spent = talk.ledger.spent(time.time())
        assert (5, 5 * 28, 5 * (21 * 400 + 7 * 1600)) == (spent.uses, spent.tokens, spent.cost_nano)
        assert {"counted"} == {use.state for use in talk.ledger.latest(5)}

    talking(stand_in, tmp_path, body, act(), local=Local())


def test_the_budget_holds_to_the_cent(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """A server that always writes as much as it may never gets the day over its cap; then the device answers."""
    cap = 10_000_000  # one cent

    async def body(talk: Talk) -> None:
        for _ in range(40):
            limit = room_beside(talk.side, 900)
            talk.server.script[0] = act(read_tokens=850, written_tokens=max(1, limit))
            await talk.say(HARD)
            assert talk.ledger.spent(time.time()).cost_nano <= cap
        assert ("talker", "budget_spent") == decided(await talk.say(HARD))
        assert talk.ledger.spent(time.time()).cost_nano > cap * 0.8

    talking(stand_in, tmp_path, body, act(), local=Local(), caps=replace(CAPS, day_nano=cap))


TOOLS = {"abilities": ["tools"]}


def test_a_call_of_the_cloud_is_asked_about(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """Text from the cloud is not trusted to act: a change is asked about first, and nothing more is sent then."""

    async def body(talk: Talk) -> None:
        turn = await talk.say("ask the big one to get the window open")
        assert "Well. Shall I open the window?" == " ".join(turn.reply.split())
        assert [] == turn.results
        assert 1 == len(talk.server.bodies)
        assert talk.understanding.dialogue.is_tainted(time.time())
        done = await talk.say("yes")
        assert "It is open." == done.reply

    talking(
        stand_in, tmp_path, body, act(pieces=("Well. ",), call=("room__open", {})), local=Local(), entry=TOOLS,
    )  # fmt: skip


def test_a_call_of_what_was_not_offered_is_refused(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """A model without tools cannot call any; one that was offered others is told so, and answers in words."""

    async def none(talk: Talk) -> None:
        turn = await talk.say(HARD)
        assert "I don't have a tool for that." in turn.reply
        assert turn.asks is None

    talking(stand_in, tmp_path, none, act(pieces=(), call=("room__open", {})), local=Local())

    async def others(talk: Talk) -> None:
        turn = await talk.say("ask the big one to get the window open")
        assert "I can't open a door." == turn.reply
        assert "There is no such tool here." == talk.server.bodies[1]["messages"][-1]["content"]
        assert turn.asks is None

    script = act(pieces=(), call=("door__open", {})), act(pieces=("I can't open a door.",))
    talking(stand_in, tmp_path / "others", others, *script, local=Local(), entry=TOOLS)


QUESTIONS: list[tuple[dict[str, Any], str, str, str]] = [
    ({}, "why is the sky blue", "This device answered by itself, because such questions are answered here.", ""),
    ({}, HARD, "The answer came from Example, because it is a hard question.", HARD),
    ({}, "write a python function that sorts numbers", "The answer came from Example, because it is a hard question.",
     "write a python function that sorts numbers"),
    ({}, "ask the big one what love is", "The answer came from Example, because you asked for it.", "what love is"),
    ({}, "answer that on this device, what is love", "This device answered by itself, because you wanted it from this"
     " device.", ""),
    ({}, "what is my pin", "This device answered by itself, because such things never leave this device.", ""),
    ({}, "compare the codes of my safe", "This device answered by itself, because such things never leave this device.",
     ""),
    ({"mode": "device"}, HARD, "This device answered by itself, because everything is to stay on this device.", ""),
    ({"mode": "prefer_cloud"}, "what is love", "The answer came from Example, because you prefer the cloud for such"
     " questions.", "what is love"),
    ({"person": "child"}, HARD, "This device answered by itself, because a child's words stay on this device.", ""),
    ({"person": "guest"}, HARD, "This device answered by itself, because a guest's words stay here unless the guest"
     " asks for the cloud.", ""),
    ({"person": "guest"}, "ask the cloud what love is", "The answer came from Example, because you asked for it.",
     "what love is"),
    ({"online": lambda: False}, HARD, "This device answered by itself, because there is no network.", ""),
    ({"metered": True}, HARD, "This device answered by itself, because this network costs by the byte.", ""),
    ({"caps": replace(CAPS, day_nano=0)}, HARD, "This device answered by itself, because the budget for the cloud is"
     " spent.", ""),
    ({"caps": replace(CAPS, month_tokens=100)}, HARD, "This device answered by itself, because the budget for the cloud"
     " is spent.", ""),
    ({}, "plan a week for my wife", "This device answered by itself, because everything is to stay on this device.",
     ""),
    ({"personal": "prefer_device"}, "plan a week for my wife", "The answer came from Example, because it is a hard"
     " question.", "plan a week for my wife"),
    ({"entry": {"abilities": ["web"]}}, "who won the match", "The answer came from Example, because it may have changed"
     " lately.", "who won the match"),
    ({}, "open the window", "This device answered by itself, because it was a command that I know.", ""),
]  # fmt: skip


@pytest.mark.parametrize(("choices", "text", "who", "sent"), QUESTIONS, ids=range(1, len(QUESTIONS) + 1))
def test_who_answered_why_and_what_was_sent(
    stand_in: Any, tmp_path: Path, choices: dict[str, Any], text: str, who: str, sent: str
) -> None:
    """What is told is what was on the wire: the server saw just the words that are told, or nothing."""

    async def body(talk: Talk) -> None:
        await talk.say(text)
        assert who == (await talk.say("Who answered that, and why?")).reply
        told = (await talk.say("What did you send?")).reply
        assert [sent] * bool(sent) == [body["messages"][-1]["content"] for body in talk.server.bodies]
        expected = f"I sent this to Example: {sent}." if sent else "Nothing. The last answer came from this device."
        assert expected == told

    assert len(QUESTIONS) == 20
    talking(stand_in, tmp_path, body, local=Local(), **dict(choices))


def test_the_mode_is_chosen_by_voice(stand_in: Any, tmp_path: Path) -> None:
    """Each mode by its words; what the settings say is the ceiling."""

    async def body(talk: Talk) -> None:
        await talk.say("prefer the cloud")
        assert ("cloud", "prefer_cloud") == decided(await talk.say("what is love"))
        await talk.say("ask me every time before you use the cloud")
        assert "Shall I ask Example?" == (await talk.say(HARD)).reply
        assert ("cloud", "agreed") == decided(await talk.say("yes"))
        await talk.say("please stay on this device")
        assert ("talker", "only_device") == decided(await talk.say(HARD))
        await talk.say("use the cloud only if needed")
        assert ("cloud", "hard") == decided(await talk.say(HARD))
        assert "Nothing goes to the cloud any more" in (await talk.say("take back my consent")).reply
        assert ("talker", "no_consent") == decided(await talk.say(HARD))

    talking(stand_in, tmp_path, body, local=Local())

    async def fixed(talk: Talk) -> None:
        assert "stricter than that" in (await talk.say("prefer the cloud")).reply
        assert ("talker", "only_device") == decided(await talk.say(HARD))

    talking(stand_in, tmp_path / "fixed", fixed, local=Local(), mode="device")


def test_earlier_exchanges_go_along_only_if_they_may(stand_in: Any, tmp_path: Path) -> None:
    """What never leaves does not leave as history either, nor do results of skills; a new conversation knows "
    "nothing."""

    async def body(talk: Talk) -> None:
        await talk.say("what is my blood pressure")
        await talk.say("open the window")
        await talk.say("what is love")
        await talk.say(HARD)
        assert ["what is love", "The device says so.", HARD] == [
            message["content"] for message in talk.server.bodies[0]["messages"][1:]
        ]
        first = talk.server.bodies[0]["user"]
        talk.understanding.renew()
        await talk.say(HARD)
        assert [HARD] == [message["content"] for message in talk.server.bodies[1]["messages"][1:]]
        assert first != talk.server.bodies[1]["user"]

    talking(stand_in, tmp_path, body, local=Local())


def test_a_ledger_that_fails_keeps_everything_here(stand_in: Any, tmp_path: Path) -> None:
    """Where nothing can be written down nothing is sent, and the device answers as ever."""

    async def body(talk: Talk) -> None:
        talk.ledger.close()
        talk.side.ledger = Ledger(tmp_path)  # a folder
        assert ("talker", "no_ledger") == decided(await talk.say(HARD))
        parts = [part async for part in Escalation(side=talk.side).reply(HARD, "hard", None)]
        assert "I can't write down what the cloud costs." == "".join(
            part.text for part in parts if isinstance(part, TextDelta)
        )
        assert [] == talk.server.seen

    talking(stand_in, tmp_path, body, local=Local())


def test_it_is_calm_between_turns(stand_in: Any, tmp_path: Path) -> None:
    """The library of a cloud is loaded then: never while an answer is under way, nor at once after it."""
    calm: list[bool] = []

    class Watching(Local):
        async def reply(self, *arguments: Any, **named: Any) -> AsyncGenerator[ReplyPart, None]:
            calm.append(talk_of[0].understanding.is_calm(0.0))
            yield TextDelta(text="The device says so.")
            yield Done()

    talk_of: list[Talk] = []

    async def body(talk: Talk) -> None:
        talk_of.append(talk)
        assert talk.understanding.is_calm(0.0)
        await talk.say("what is love")
        assert [False] == calm
        assert (True, False) == (talk.understanding.is_calm(0.0), talk.understanding.is_calm(60.0))

    talking(stand_in, tmp_path, body, local=Watching())


def test_every_reason_has_words(tmp_path: Path) -> None:
    """Whatever the guideline decides can be told, by voice and by `assistant why`."""
    reasons = {row.reason for row in load_policy(tmp_path / "none.toml")}
    assert set() == reasons - set(WHY)
    assert {"account", "kept_here"} <= set(REASONS)


def test_without_a_cloud_the_device_tells_the_truth() -> None:
    """Who asks what was sent is told nothing was, also where no cloud is set up."""
    from assistant.think.answered import Account

    account = Account()
    assert "sent" == account.topic("what did you send")
    assert "Nothing. The last answer came from this device." == account.tell("sent")
    assert "I have not answered anything yet." == account.tell("who")
    assert "No cloud model is set up. Everything stays on this device." == account.tell("device")
    assert account.topic("what did you say") is None
