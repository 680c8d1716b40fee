"""One thing that a skill of the assistant wants of the cloud: placed by the guideline, redacted, reserved, settled.

words, extracts -> class -> guideline -> device: NotAvailable, with why
                                      -> consent or ask: a question back, within the call
                                      -> cloud: hide -> reserve -> send -> restore; settle; noted for "what was sent?"
                                         the next provider that was agreed to, where one fails before its first word
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from assistant.errors import AssistantError, CloudError
from assistant.skill import NotAvailable, PlanNeeded
from assistant.store.database import StoreError
from assistant.think.answered import WHY
from assistant.think.cloud import CloudRequest, Guarded
from assistant.think.cloud_side import CloudSide, first_of
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
AT_ONCE = UNPAID - {"refused"}
"""Failures after which another one may draw it: nobody waited for a picture, or pays for one; what one provider will
not draw is not taken to the next."""


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

        Where a provider fails before its first word the next one is asked, as in a turn.

        Raises:
            PlanNeeded: no plan covers it, and nothing else forbids it.
            NotAvailable: the guideline, the person or the budget says no; its sentence tells why.
            CloudError: the models failed.
        """
        wanted = _Wanted(errand.words, errand.feature, "chat", errand.local, errand.max_tokens)
        reason = await self._allowed(self._in_order(), wanted)
        if errand.question and not await self.confirm(errand.question):
            raise NotAvailable(DECLINED)
        redactor = self._redactor()
        message, shown = self._message(redactor, errand)
        failed: AssistantError = NotAvailable(TOO_DEAR)
        started, tried = self.side.model.clock(), _Tried()
        for side in self._in_turn(self._in_order(), wanted):
            model = _patient(side.model, errand.total_s)
            if tried.names and not model.may_follow(started):
                break
            request, number = self._reserved(side, message, errand, reason)
            if number is None:
                continue
            self.note(tried.sent(side, shown, redactor))
            answer = _Answer(request=request, number=number)
            try:
                return redactor.restore(await self._written(side, model, answer, started))
            except CloudError as error:
                if answer.said:
                    raise
                failed = error
        raise failed

    async def draw(self, words: str, *, feature: str, image: bytes = b"") -> Drawn:
        """The picture that these words ask for, or `image` (PNG) changed by them. What could name somebody is drawn as
        anybody. The next provider is asked where one fails at once and unpaid. Raises: as `ask`."""
        painters = [side for side in self._in_order() if side.painter is not None and side.provider.pictures]
        if not painters:
            raise NotAvailable(NO_PICTURES.format(name=self.side.provider.name))
        wanted = _Wanted(words, feature, "images", "unknown", LEAST_TOKENS)
        reason = await self._allowed(painters, wanted)
        failed: AssistantError = NotAvailable(TOO_DEAR)
        redactor, tried = self._redactor(), _Tried()
        prompt = Redactor().restore(redactor.hide(words))  # placeholders that stand for nothing: "that person"
        shown = f"{prompt}, with the picture before" if image else prompt
        request = DrawRequest(prompt=prompt, image=image, session=secrets.token_hex(8))
        for side in self._in_turn(painters, wanted):
            pictures = side.provider.pictures
            assert pictures is not None
            most = pictures.most(prompt, edits=bool(image))
            try:
                number = reserve_use(side, pictures.model, reason, most, f"user: {shown} ({len(image)} bytes)")
            except StoreError:
                raise NotAvailable(NO_LEDGER) from None
            if number is None:
                continue
            self.note(tried.sent(side, shown, redactor))
            try:
                return await self._drawn(side, request, number, most)
            except CloudError as error:
                if error.kind not in AT_ONCE:
                    raise
                failed = error
        raise failed

    def _in_order(self) -> list[CloudSide]:
        """The chosen ones. Raises: NotAvailable."""
        try:
            return self.side.in_order
        except StoreError:
            raise NotAvailable(NO_LEDGER) from None

    def _in_turn(self, among: Sequence[CloudSide], wanted: _Wanted) -> list[CloudSide]:
        """Who may be asked for this, the first choice first: agreed to, not resting, and allowed by the guideline."""
        try:
            line = [side for side in among if side.consented and not side.model.broken]
            return [side for side in line if self._place(side, wanted).where != "device"]
        except StoreError:
            raise NotAvailable(NO_LEDGER) from None

    def _message(self, redactor: Redactor, errand: Errand) -> tuple[Message, str]:
        """What leaves, and how that is told. Raises: NotAvailable: nothing of what it is about may leave."""
        extracts = [hidden for text in errand.extracts if (hidden := self._extract(redactor, text))]
        if errand.extracts and not extracts:
            raise NotAvailable(REFUSED.format(because="what that is about never leaves this device"))
        texts = [f"Extract {number}:\n{text}" for number, text in enumerate(extracts, start=1)]
        question = redactor.hide(errand.words)
        shown = f"{question}, with {len(extracts)} extracts" if extracts else question
        return Message(role="user", text="\n\n".join([*texts, question])), shown

    def _reserved(
        self, side: CloudSide, message: Message, errand: Errand, reason: str
    ) -> tuple[CloudRequest, int | None]:
        """The request to one provider, and its number in the ledger; none where the budget has no room for it."""
        request = CloudRequest(system=errand.task, messages=(message,), max_tokens=0, session=secrets.token_hex(8))
        try:
            room = room_beside(side, weight(request), errand.max_tokens)
            request = replace(request, max_tokens=room)
            return request, reserve(side, request, reason) if room >= LEAST_TOKENS else None
        except StoreError:
            raise NotAvailable(NO_LEDGER) from None

    async def _drawn(self, side: CloudSide, request: DrawRequest, number: int, most: tuple[int, int, int]) -> Drawn:
        """One try, settled. Raises: CloudError."""
        pictures = side.provider.pictures
        assert side.painter is not None and pictures is not None
        failed, drawn = "", None
        try:
            drawn = await side.painter.draw(request)
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

    async def _allowed(self, among: Sequence[CloudSide], wanted: _Wanted) -> str:
        """The reason code by which this may leave; a question is put where one is due. Raises: NotAvailable."""
        try:
            side = first_of(among)
            placed = self._place(side, wanted)
            if placed.where == "consent":
                if not await self.confirm(side.first_question()):
                    raise NotAvailable(DECLINED)
                side.ledger.agree(side.id, side.provider.terms, side.wall_s())
                placed = self._place(side, wanted)
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

    def _place(self, side: CloudSide, wanted: _Wanted) -> Placed:
        data: DataClass = data_class(wanted.words, side.people(), side.things())
        left = room_beside(side, bound(wanted.words), wanted.tokens) >= LEAST_TOKENS
        plan = side.entitlements
        situation = side.situation(
            data,
            tier="premium",
            local=wanted.local,
            hard=True,
            budget="left" if left else "spent",
            entitled=side.own_key or plan.allows(wanted.feature) or plan.allows(wanted.base),
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

    async def _written(self, side: CloudSide, model: Guarded, answer: _Answer, started: float) -> str:
        """Raises: CloudError: it failed, or broke off."""
        done, failed = None, ""
        try:
            async with contextlib.aclosing(model.reply(answer.request, started)) as parts:
                async for part in parts:
                    if isinstance(part, TextDelta):
                        answer.said += part.text
                    elif isinstance(part, Done):
                        done = part
        except CloudError as error:
            failed = error.kind
            raise
        finally:
            settle(side, answer.number, answer.request, answer.said, done, failed)
        if not answer.said.strip():
            raise CloudError("malformed", CUT.format(name=model.name))
        return answer.said


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the guideline is asked about; `base` is what a plan may allow in place of the `feature`."""

    words: str
    feature: str
    base: str
    local: Local
    tokens: int


@dataclass(slots=True)
class _Tried:
    """To whom it was sent so far."""

    names: tuple[str, ...] = ()

    def sent(self, side: CloudSide, shown: str, redactor: Redactor) -> Sent:
        """It leaves once more, to this one."""
        before, self.names = self.names, (*self.names, side.provider.name)
        return Sent(provider=side.provider.name, text=shown, before=0, hidden=redactor.hidden, also=before)


@dataclass(slots=True, kw_only=True)
class _Answer:
    """What one provider has written of it so far."""

    request: CloudRequest
    number: int
    said: str = ""


def _patient(model: Guarded, total_s: float) -> Guarded:
    """The same model with the time of an errand."""
    limits = replace(model.limits, first_s=max(model.limits.first_s, min(FIRST_S, total_s)), total_s=total_s)
    return replace(model, limits=limits)
