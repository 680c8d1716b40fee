"""Premium skills without a plan: the job is done here as far as it goes, then there is one offer, or none."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from assistant_skill_tutor.phrasebook import phrasebook

from assistant.account.kept import AccountStore
from assistant.account.licence import Licence
from assistant.account.offering import OfferBook, Offering
from assistant.account.offers import NEVER_AGAIN, OFFERS, OTHER, Person, Quiet
from assistant.account.secrets import Secrets
from assistant.errors import EngineError
from assistant.testing import ScriptedClock
from assistant.think.understanding import NO_TALKER
from assistant.types import Done, Message, ReplyPart, TextDelta, ToolSpec, Turn
from tests.account.tokens import ISSUED_S, ISSUER

from .images import images
from .talk import Conversation, Issuer

pytestmark = pytest.mark.contract

LEASE = "The notice period is three months to the end of a month.\n\nPets are allowed if the owner agrees.\n"
WISHES = {
    "deep": ("give me a detailed answer about solar power", "So this is from my own small model. This is what I know."),
    "picture": ("draw a lighthouse", "I can't draw by myself, but I can tell how it could look. This is what I know."),
    "document": ("what does the rental agreement document say about pets", "Pets are allowed if the owner agrees."),
    "tutor": (
        "how do you say bicycle pump in french",
        "from my own small model, and may be wrong: This is what I know.",
    ),
}
"""What is said to each premium skill, and what the device does by itself."""
ASKED = {"deep": "solar power", "picture": "a lighthouse", "tutor": "bicycle pump"}
"""Words of what the local model is asked then; a document is searched without it."""
Body = Callable[[Conversation], Awaitable[None]]


class Local:
    """A local model that knows one sentence, refuses, or dies."""

    def __init__(self, says: str = "This is what I know.") -> None:
        self.says = says
        self.read: list[str] = []

    async def prepare(self, tools: Sequence[ToolSpec]) -> None:
        """Nothing to load."""

    async def prefill(self, messages: Sequence[Message], *, facts: str = "", max_tokens: int = 0) -> None:
        """Nothing to read ahead."""

    async def reply(
        self, messages: Sequence[Message], *, facts: str = "", max_tokens: int = 0, tools: Sequence[ToolSpec] = ()
    ) -> AsyncGenerator[ReplyPart, None]:
        self.read.append(messages[-1].text)
        if not self.says:
            raise EngineError("The model died.")
        yield TextDelta(text=self.says)
        yield Done()


def book_of(folder: Path, *, person: Person = "adult", hour: int = 12) -> OfferBook:
    """Offers by the rules of a device that was never activated."""
    secrets = Secrets(folder=folder / "secrets")
    clock = ScriptedClock(ISSUED_S * 1000.0)
    licence = Licence(ISSUER, AccountStore(folder / "account.sqlite3"), lambda: secrets, clock, _no_way)
    now = dt.datetime(2027, 1, 15, hour, 30, tzinfo=dt.UTC)
    return OfferBook(licence=licence, quiet=Quiet.parse("21:00-08:00"), person=lambda: person, now=lambda: now)


def _no_way(now_s: Any) -> Any:
    raise AssertionError("an offer must not need the network")


def talking(
    folder: Path, body: Body, *, book: OfferBook | None = None, local: Local | None = None, **more: Any
) -> None:
    """Run `body` in a conversation without a plan that covers anything, unless `more` says otherwise."""
    documents = folder / "documents"
    documents.mkdir()
    (documents / "RentalAgreement.txt").write_text(LEASE)
    settings = {
        "deep": {"folder": str(folder / "answers"), "show": False},
        "picture": {"folder": str(folder / "pictures"), "show": False},
        "document": {"folders": [str(documents)]},
    }
    book = book or book_of(folder)
    fields = {"own_key": False, "entitlements": Issuer(), "talker": local, **more}

    async def run() -> None:
        async with images() as server:
            talk = Conversation(folder, server, settings=settings, offers=Offering(book=book), **fields)
            try:
                await body(talk)
                assert [] == server.seen
            finally:
                await talk.close()
                book.licence.store.close()

    asyncio.run(run())


def offers_in(turn: Turn) -> list[str]:
    return [words for words in (*OFFERS.values(), OTHER) if words in turn.reply]


@pytest.mark.parametrize("chosen", [True, False], ids=["not covered", "no cloud model"])
@pytest.mark.parametrize("skill", WISHES)
def test_the_job_is_done_here_and_then_there_is_one_offer(tmp_path: Path, skill: str, chosen: bool) -> None:
    """Of what the skill would have needed; at the end; none a second time, nor by another skill; and a no is kept."""
    local = Local()

    async def body(talk: Conversation) -> None:
        text, done = WISHES[skill]
        first = await talk.say(text)
        offer = OFFERS["images" if skill == "picture" else "chat"]
        assert f"{done} {offer}" in first.reply
        assert first.reply.endswith(offer)
        assert [offer] == offers_in(first)
        assert ASKED.get(skill, "") in "".join(local.read)
        assert len(local.read) == (skill in ASKED)
        assert NEVER_AGAIN == (await talk.say("no")).reply
        talk.understanding.renew()
        for text, done in WISHES.values():
            turn = await talk.say(text)
            assert turn.reply.endswith(done)
            assert [] == offers_in(turn)

    talking(tmp_path, body, local=local, chosen=chosen)


def test_after_the_practice_not_in_it(tmp_path: Path) -> None:
    """A topic that only a cloud knows is practised with the book's phrases; the offer waits for the end."""

    async def body(talk: Conversation) -> None:
        turn = await talk.say("practise German with me about food")
        assert "By myself I know 20 everyday phrases" in turn.reply
        for _ in range(5):
            assert [] == offers_in(turn)
            assert next(each.phrase for each in phrasebook()["German"] if f"What does {each.phrase} mean" in turn.reply)
            turn = await talk.say("a green horse")
        assert turn.reply.endswith(f"You knew 0 of 5. {OFFERS['chat']}")

    talking(tmp_path, body)


QUIET: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("a child", {"person": "child"}, {}),
    ("a child's words stay here", {}, {"choices": {"person": "child"}}),
    ("a guest", {"person": "guest"}, {}),
    ("quiet hours", {"hour": 23}, {}),
    ("everything is to stay here", {}, {"choices": {"mode": "device"}}),
    ("no network", {}, {"online": lambda: False}),
    ("a key of one's own, and nobody agreed", {}, {"own_key": True, "choices": {"mode": "device"}}),
]


@pytest.mark.parametrize(("of_book", "of_side"), [one[1:] for one in QUIET], ids=[one[0] for one in QUIET])
def test_where_nothing_is_offered(tmp_path: Path, of_book: dict[str, Any], of_side: dict[str, Any]) -> None:
    """A plan would change nothing, or it is not the person or the hour: the job is done all the same."""

    async def body(talk: Conversation) -> None:
        for skill, (text, done) in WISHES.items():
            turn = await talk.say(text)
            assert [] == offers_in(turn)
            assert turn.reply.endswith(done) or skill == "picture"

    talking(tmp_path, body, book=book_of(tmp_path, **of_book), local=Local(), **of_side)


@pytest.mark.parametrize("skill", ASKED)
@pytest.mark.parametrize("says", ["I'm sorry, I don't know that.", "", None], ids=["refuses", "dies", "not ready"])
def test_what_failed_here_too_brings_no_offer(tmp_path: Path, skill: str, says: str | None) -> None:
    """The local model refuses, dies, or is not loaded: no offer now, nor after the next answer."""
    local = Local(says) if says is not None else None

    async def body(talk: Conversation) -> None:
        text = WISHES[skill][0]
        if says == "":
            with pytest.raises(EngineError):
                await talk.say(text)
        else:
            assert (await talk.say(text)).reply.endswith(says or NO_TALKER)
        assert [] == offers_in(await talk.say(WISHES["document"][0]))
        assert [OFFERS["chat"]] == offers_in(await talk.say(WISHES["document"][0]))

    talking(tmp_path, body, local=local)


@pytest.mark.parametrize("chosen", [True, False], ids=["not covered", "no cloud model"])
def test_what_never_leaves_is_never_offered_to_leave(tmp_path: Path, chosen: bool) -> None:
    """No plan would get these words, so none is mentioned."""

    async def body(talk: Conversation) -> None:
        turn = await talk.say("give me a detailed answer about my blood pressure")
        assert "such things never leave this device" in turn.reply
        assert turn.reply.endswith("This is what I know.")

    talking(tmp_path, body, local=Local(), chosen=chosen)


def test_a_hard_question_of_a_plan_that_is_not_there(tmp_path: Path) -> None:
    """The plan's model is chosen, and there is no plan: the local one answers, and the plan is offered once."""

    async def body(talk: Conversation) -> None:
        hard = "compare nuclear and solar power"
        assert f"This is what I know. {OFFERS['chat']}" == (await talk.say(hard)).reply
        assert "This is what I know." == (await talk.say(hard)).reply

    talking(tmp_path, body, local=Local(), entry={"kind": "gateway"})
