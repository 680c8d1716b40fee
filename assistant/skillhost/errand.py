"""One thing that a skill of the assistant wants of the cloud: placed by the guideline, redacted, reserved, settled.

words, extracts -> class -> guideline -> device: NotAvailable, with why
                                      -> consent or ask: a question back, within the call
                                      -> cloud: hide -> reserve -> send -> restore; settle; noted for "what was sent?"
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from assistant.errors import CloudError
from assistant.skill import NotAvailable, PlanNeeded
from assistant.store.database import StoreError
from assistant.think.answered import WHY
from assistant.think.cloud import CloudRequest
from assistant.think.cloud_side import CloudSide
from assistant.think.pictures import Drawn, DrawRequest
from assistant.think.redact import Redactor
from assistant.think.route import DataClass, Local, Placed, decide
from assistant.think.sensitivity import data_class
from assistant.think.spending import LEAST_TOKENS, UNPAID, bound, reserve, reserve_use, room_beside, settle, weight
from assistant.types import Done, Message, Sent, TextDelta

ANSWER = (
    "Answer for a voice assistant, in plain text without markup. Words in square brackets such as [PERSON_1] stand for"
    " something that was taken out: use them as they are. Answer in the language of the question."
)
NO_CLOUD = "No cloud model is set up on this device."
REFUSED = "That would need the cloud, and {because}."
DECLINED = "Okay, it stays here."
NO_PICTURES = "{name} draws no pictures."
TOO_DEAR = "The budget for the cloud is spent."
NO_LEDGER = "I can't write down what the cloud costs."
CUT = "The answer of {name} broke off."
UNCOVERED = ("not_entitled", "no_plan")
"""Reasons of the guideline that say that all but a plan is there."""
FIRST_S = 20.0
"""How long is waited for the first words of a long answer: many models think before they write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a skill wants to be told. `words` are the person's, judged and redacted as any question; `task` says what
    the model is to do with them and holds nothing of a person; `extracts` go along as far as each may leave.

    `feature` is what a plan is asked for. `question` needs a yes before anything leaves. `local`: whether the device
    could do it too ("unknown") or not ("missing").
    """

    feature: str
    task: str
    words: str
    extracts: tuple[str, ...] = ()
    max_tokens: int = 800
    total_s: float = 30.0
    local: Local = "missing"
    question: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errands:
    """Runs the errands of one call. `confirm` puts a question to the person; `note` is told what left."""

    side: CloudSide
    confirm: Callable[[str], Awaitable[bool]]
    note: Callable[[Sent], None]

    async def ask(self, errand: Errand) -> str:
        """What the model writes, restored; all of it or nothing.

        Raises:
            PlanNeeded: no plan covers it, and nothing else forbids it.
            NotAvailable: the guideline, the person or the budget says no; its sentence tells why.
            CloudError: the model failed.
        """
        reason = await self._allowed(errand.words, errand.feature, "chat", errand.local, errand.max_tokens)
        if errand.question and not await self.confirm(errand.question):
            raise NotAvailable(DECLINED)
        redactor = self._redactor()
        extracts = [hidden for text in errand.extracts if (hidden := self._extract(redactor, text))]
        if errand.extracts and not extracts:
            raise NotAvailable(REFUSED.format(because="what that is about never leaves this device"))
        texts = [f"Extract {number}:\n{text}" for number, text in enumerate(extracts, start=1)]
        question = redactor.hide(errand.words)
        message = Message(role="user", text="\n\n".join([*texts, question]))
        request = CloudRequest(system=errand.task, messages=(message,), max_tokens=0, session=secrets.token_hex(8))
        try:
            room = room_beside(self.side, weight(request), errand.max_tokens)
            request = replace(request, max_tokens=room)
            number = reserve(self.side, request, reason) if room >= LEAST_TOKENS else None
        except StoreError:
            raise NotAvailable(NO_LEDGER) from None
        if number is None:
            raise NotAvailable(TOO_DEAR)
        shown = f"{question}, with {len(extracts)} extracts" if extracts else question
        self.note(Sent(provider=self.side.provider.name, text=shown, before=0, hidden=redactor.hidden))
        return redactor.restore(await self._written(request, number, errand.total_s))

    async def draw(self, words: str, *, feature: str, image: bytes = b"") -> Drawn:
        """The picture that these words ask for, or `image` (PNG) changed by them. What could name somebody is drawn as
        anybody. Raises: as `ask`."""
        side = self.side
        if side.painter is None or side.provider.pictures is None:
            raise NotAvailable(NO_PICTURES.format(name=side.provider.name))
        reason = await self._allowed(words, feature, "images", "unknown", LEAST_TOKENS)
        redactor, pictures = self._redactor(), side.provider.pictures
        prompt = Redactor().restore(redactor.hide(words))  # placeholders that stand for nothing: "that person"
        most = pictures.most(prompt, edits=bool(image))
        shown = f"{prompt}, with the picture before" if image else prompt
        try:
            number = reserve_use(side, pictures.model, reason, most, f"user: {shown} ({len(image)} bytes)")
        except StoreError:
            raise NotAvailable(NO_LEDGER) from None
        if number is None:
            raise NotAvailable(TOO_DEAR)
        self.note(Sent(provider=side.provider.name, text=shown, before=0, hidden=redactor.hidden))
        failed, drawn = "", None
        try:
            drawn = await side.painter.draw(DrawRequest(prompt=prompt, image=image, session=secrets.token_hex(8)))
            return drawn
        except CloudError as error:
            failed = error.kind
            raise
        finally:
            counted = (
                pictures.counted(drawn.text_tokens, drawn.image_tokens, drawn.tokens) if drawn is not None else None
            )
            paid = counted or ((0, 0, 0) if failed in UNPAID else most)
            with contextlib.suppress(StoreError):
                side.ledger.settle(number, *paid, counted=counted is not None)

    async def _allowed(self, words: str, feature: str, base: str, local: Local, tokens: int) -> str:
        """The reason code by which this may leave; a question is put where one is due. Raises: NotAvailable."""
        side = self.side
        try:
            placed = self._place(words, feature, base, local, tokens)
            if placed.where == "consent":
                if not await self.confirm(side.first_question()):
                    raise NotAvailable(DECLINED)
                side.ledger.agree(side.id, side.provider.terms, side.wall_s())
                placed = self._place(words, feature, base, local, tokens)
                if placed.where == "ask":  # that was a yes to just this
                    return placed.reason
            if placed.where == "ask" and not await self.confirm(f"Shall I ask {side.provider.name}?"):
                raise NotAvailable(DECLINED)
        except StoreError:
            raise NotAvailable(NO_LEDGER) from None
        if placed.where == "device":
            kind = PlanNeeded if placed.reason in UNCOVERED else NotAvailable
            raise kind(REFUSED.format(because=WHY.get(placed.reason, "the guideline says no")))
        return placed.reason

    def _place(self, words: str, feature: str, base: str, local: Local, tokens: int) -> Placed:
        side = self.side
        data: DataClass = data_class(words, side.people(), side.things())
        left = room_beside(side, bound(words), tokens) >= LEAST_TOKENS
        situation = side.situation(
            data,
            tier="premium",
            local=local,
            hard=True,
            budget="left" if left else "spent",
            entitled=side.own_key or side.entitlements.allows(feature) or side.entitlements.allows(base),
        )
        return decide(side.policy, situation)

    def _extract(self, redactor: Redactor, text: str) -> str:
        """What may leave of an extract, redacted; empty where nothing may."""
        hidden = redactor.hide(text)
        data = data_class(hidden, self.side.people(), self.side.things())
        return hidden if data != "never" and self.side.mode(data) != "device" else ""

    def _redactor(self) -> Redactor:
        """Placeholders of this errand alone, in memory."""
        return Redactor(people=self.side.people, things=self.side.things)

    async def _written(self, request: CloudRequest, number: int, total_s: float) -> str:
        """Raises: CloudError: it failed, or broke off."""
        model = self.side.model
        limits = replace(model.limits, first_s=max(model.limits.first_s, min(FIRST_S, total_s)), total_s=total_s)
        patient = replace(model, limits=limits)
        said, done, failed = "", None, ""
        try:
            async with contextlib.aclosing(patient.reply(request)) as parts:
                async for part in parts:
                    if isinstance(part, TextDelta):
                        said += part.text
                    elif isinstance(part, Done):
                        done = part
        except CloudError as error:
            failed = error.kind
            raise
        finally:
            settle(self.side, number, request, said, done, failed)
        if not said.strip():
            raise CloudError("malformed", CUT.format(name=model.name))
        return said
