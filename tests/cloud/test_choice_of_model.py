"""A cloud model chosen by voice: for a question, for the last one, from now on; and never one that nobody agreed to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.korean.told import in_korean
from assistant.language import is_korean
from assistant.think.providers import load_providers

from .talk import Conversation, decided

pytestmark = pytest.mark.contract

Body = Callable[[Conversation, Any, Any], Awaitable[None]]
HARD = "compare nuclear and solar power"


def talking(stand_in: Any, act: Any, folder: Path, body: Body, **more: Any) -> None:
    """Run `body` in a conversation with Example as first and Second as second choice; each says its name."""

    async def run() -> None:
        first, second = act(pieces=("Example says so.",)), act(pieces=("Second says so.",))
        async with stand_in("openai", first) as one, stand_in("anthropic", second) as other:
            talk = Conversation(folder, one, others={"second": other}, **more)
            talk.side.known = load_providers()
            try:
                await body(talk, one, other)
            finally:
                await talk.close()

    asyncio.run(run())


def asked(server: Any) -> list[str]:
    return [str(body["messages"][-1]["content"]) for body in server.bodies]


def test_for_one_question(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """Who is named has the question, without the words around it; the next one goes to the first choice again."""

    async def body(talk: Conversation, one: Any, other: Any) -> None:
        turn = await talk.say("ask Second why the sky is blue")
        assert ("cloud", "asked_cloud") == decided(turn)
        assert "Second says so." == turn.reply
        assert (["why the sky is blue"], []) == (asked(other), asked(one))
        who = (await talk.say("who answered that, and why?")).reply
        assert "The answer came from Second, because you asked for it." == who
        assert "Example says so." == (await talk.say(HARD)).reply

    talking(stand_in, act, tmp_path, body)


def test_for_the_last_question(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """ "This" is the question before, for whoever is named; before any there is none, and that is asked."""

    async def body(talk: Conversation, one: Any, other: Any) -> None:
        assert "What shall I ask? Say: ask Second, and the question." == (await talk.say("use Second for this")).reply
        await talk.say(HARD)
        turn = await talk.say("use Second for this")
        assert ("Second says so.", HARD) == (turn.reply, asked(other)[-1])
        again = await talk.say("ask Example that")
        assert ("Example says so.", HARD) == (again.reply, asked(one)[-1])
        talk.understanding.renew()
        assert "What shall I ask?" in (await talk.say("ask Second")).reply

    talking(stand_in, act, tmp_path, body)


def test_from_now_on(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """The choice holds for turns and for skills, also after a restart; the other one takes over where it fails."""

    async def body(talk: Conversation, one: Any, other: Any) -> None:
        told = (await talk.say("switch to Second")).reply
        assert "From now on I ask Second first, where I ask the cloud at all." == told
        assert "Second says so." == (await talk.say(HARD)).reply
        assert "Second says so." in (await talk.say("how do you say bicycle pump in french")).reply
        assert [] == one.seen
        other.script[0] = act(status=500)
        assert "Example says so." == (await talk.say(HARD)).reply
        told = (await talk.say("which models can you use?")).reply
        assert "I can use the model on this device, and Second and Example." == told
        assert "From now on I ask Example first" in (await talk.say("use Example from now on")).reply
        assert ["example", "second"] == [side.id for side in talk.side.in_order]

    talking(stand_in, act, tmp_path, body)


def test_who_was_not_agreed_to_is_not_chosen(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """One sentence says so and how to agree; that way its own terms are told, and a yes to them sends the question."""

    async def body(talk: Conversation, one: Any, other: Any) -> None:
        told = (await talk.say("switch to Second")).reply
        assert (
            "Nobody has agreed to Second yet. Say: ask Second, and a question. I then tell you what would be sent."
            == told
        )
        assert "Example says so." == (await talk.say(HARD)).reply
        models = (await talk.say("which models can you use")).reply
        assert "I can use the model on this device, and Example. Nobody has agreed to Second yet." in models
        question = await talk.say("ask Second why the sky is blue")
        assert ("grammar", "first_use") == decided(question)
        assert "to Second, in Example Land." in question.reply
        assert "Okay, it stays here." == (await talk.say("no")).reply
        assert [] == other.seen
        assert not talk.side.others[0].consented
        await talk.say("ask Second why the sky is blue")
        assert "Second says so." == (await talk.say("yes")).reply
        assert talk.side.others[0].consented
        assert ["why the sky is blue"] == asked(other)

    talking(stand_in, act, tmp_path, body, agreed=["example"])


def test_who_was_not_chosen_is_not_asked(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """A model that the catalogue knows and nobody set up: the command that would is told, and nothing leaves."""

    async def body(talk: Conversation, one: Any, other: Any) -> None:
        told = "Anthropic is not chosen on this device: assistant cloud use anthropic does that."
        for words in ("ask Claude why the sky is blue", "switch to Claude", "use Claude for this"):
            assert told == (await talk.say(words)).reply
        assert [] == [*one.seen, *other.seen]

    talking(stand_in, act, tmp_path, body)


def test_who_is_named_has_it_alone(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """Where the named one fails nobody else is sent it: the person asked for this one."""

    async def body(talk: Conversation, one: Any, other: Any) -> None:
        other.script[0] = act(status=500)
        assert "Second has trouble of its own." in (await talk.say("ask Second why the sky is blue")).reply
        assert [] == one.seen

    talking(stand_in, act, tmp_path, body)


@pytest.mark.parametrize(
    ("words", "reason"),
    [("ask Second what my pin is", "never_leaves"), ("ask Second what my boss would like", "only_device")],
)
def test_what_stays_here_stays_here(stand_in: Any, act: Any, tmp_path: Path, words: str, reason: str) -> None:
    """A name opens nothing: the guideline judges the question as any other."""

    async def body(talk: Conversation, one: Any, other: Any) -> None:
        turn = await talk.say(words)
        assert turn.decision is not None
        assert reason == talk.understanding.cloud.place(words, "unknown").reason  # type: ignore[union-attr]
        assert "cloud" != turn.decision.route
        assert [] == [*one.seen, *other.seen]

    talking(stand_in, act, tmp_path, body, choices={"personal": "device"})


def test_a_person_of_that_name_is_meant_first(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """Who lives with somebody called like a model speaks of them, and nothing leaves for a name."""

    async def body(talk: Conversation, one: Any, other: Any) -> None:
        talk.side.people = lambda: ["Second"]
        assert "cloud" != decided(await talk.say("ask Second when dinner is"))[0]
        assert [] == [*one.seen, *other.seen]

    talking(stand_in, act, tmp_path, body, choices={"personal": "device"})


def test_the_local_one_and_the_big_one(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """ "The small one" is the device, "the big one" the cloud: the same choice as by the mode's own words."""

    async def body(talk: Conversation, one: Any, other: Any) -> None:
        for words in ("switch to the small one", "use the local model from now on", "작은 모델로 바꿔 줘"):
            await talk.say("prefer the cloud")
            await talk.say(words)
            assert "device" == talk.side.mode("plain"), words
        for words in ("switch to the big one", "switch back to the cloud", "큰 모델로 바꿔 줘"):
            await talk.say("stay on this device")
            await talk.say(words)
            assert "prefer_cloud" == talk.side.mode("plain"), words

    talking(stand_in, act, tmp_path, body)


def test_in_korean(stand_in: Any, act: Any, tmp_path: Path) -> None:
    """Asked for and told in Korean, with the same rules."""

    async def body(talk: Conversation, one: Any, other: Any) -> None:
        spoken = talk.side.others[0].provider.model_copy(update={"spoken": ("둘째",)})
        talk.side.others[0].provider = spoken
        told = [
            (await talk.say("둘째로 바꿔 줘")).reply,
            (await talk.say("어떤 모델을 쓸 수 있어?")).reply,
            (await talk.say("클로드로 바꿔 줘")).reply,
        ]
        assert "From now on I ask Second first, where I ask the cloud at all." == told[0]
        assert "I can use the model on this device, and Second and Example." == told[1]
        told += ["What shall I ask? Say: ask Second, and the question."]
        told += [
            "Nobody has agreed to Second yet. Say: ask Second, and a question. I then tell you what would be sent."
        ]
        told += [f"I can use the model on this device, and Example. {told[-1]}"]
        assert all(is_korean(in_korean(one)) for one in told)
        turn = await talk.say("둘째한테 하늘이 왜 파란지 물어봐 줘")
        assert ("Second says so.", "하늘이 왜 파란지") == (turn.reply, asked(other)[-1])

    talking(stand_in, act, tmp_path, body)
