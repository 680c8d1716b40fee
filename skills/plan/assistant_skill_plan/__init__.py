"""The subscription by voice: what it costs and what was used, the code that begins it, the yes that ends it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from assistant.account.errors import GatewayError, LicenceError
from assistant.account.spoken_code import spell_code
from assistant.skill import Card, NotAvailable, PlanDesk, Reply, Skill, is_korean, say_list, speaking, tool
from assistant_skill_plan import templates
from assistant_skill_plan.telling import percent, say_date, say_page, say_price

PATIENCE_S = 14.0
"""The service is waited for longer than other tools are: it is asked rarely, and on purpose."""


class PlanSkill(Skill):
    @tool(fast=templates.PRICE, deadline_s=PATIENCE_S, llm=["what does this cost me every month"])
    async def price(self) -> Reply:
        """Tell what the user pays for the plan."""
        desk = self._desk()
        if desk is None or not (found := desk.look()).known:
            return self.reply("nothing", data={"state": "none"})
        try:
            told = await desk.subscription()
        except (GatewayError, LicenceError):
            key = "price_unknown" if found.usable else "price_unknown_lapsed"
            return self.reply(key, data={"state": found.state}, plan=found.plan, day=self._day(found.paid_until_s))
        return self._paid(told)

    @tool(fast=templates.USAGE, deadline_s=PATIENCE_S, llm=["did I use up a lot of the plan already"])
    async def usage(self) -> Reply:
        """Tell how much of the plan was used this month."""
        desk = self._desk()
        if desk is None or not (found := desk.look()).known:
            return self.reply("nothing_used", data={"state": "none"})
        try:
            told, late = await desk.usage(), False
        except GatewayError:
            told, late = found.usage, True
        if not told:
            raise self.error("usage_unknown")
        parts = [text for text in (self._chat(told), self._images(told)) if text]
        said = self.say("used" if parts else "unused", parts=say_list(parts) if parts else "")
        return Reply(speech=f"{self.say('last_known')} {said}" if late else said, data={"usage": told})

    @tool(fast=templates.STATUS, llm=["am I still subscribed"])
    async def status(self) -> Reply:
        """Tell whether there is a plan, and until when."""
        desk = self._desk()
        if desk is None:
            return self.reply("not_to_be_had", data={"state": "none"})
        found = desk.look()
        key = {"none": "no_plan" if found.known else "not_activated", "revoked": "removed", "expired": "run_out"}.get(
            found.state, "in_grace" if found.state == "grace" else "active" if found.renews else "ends"
        )
        until = found.grace_until_s if found.state == "grace" else found.paid_until_s
        return self.reply(key, data={"state": found.state, "plan": found.plan}, plan=found.plan, day=self._day(until))

    @tool(fast=templates.ACTIVATE, effect="change", deadline_s=PATIENCE_S, never=["activate"])
    async def activate(self) -> Reply:
        """Begin a plan: read a code that is typed on a page."""
        desk = self._desk()
        if desk is None:
            raise self.error("not_to_be_had")
        if desk.look().usable:
            return self.reply("already", data={"state": desk.look().state})
        begun = await desk.activate()
        return self._coded(begun.page, begun.user_code, int(begun.lasts_s // 60))

    @tool(fast=templates.CODE)
    async def code(self) -> Reply:
        """Read the code that activates the plan once more."""
        desk = self._desk()
        if desk is None or desk.code is None:
            raise self.error("no_code")
        return self._coded(desk.code.page, desk.code.user_code, int(desk.code.lasts_s // 60))

    @tool(fast=templates.CANCEL, effect="sensitive", deadline_s=PATIENCE_S)
    async def cancel(self) -> Reply:
        """Cancel the plan, which then ends with what is paid."""
        desk = self._desk()
        if desk is None or not desk.look().known:
            raise self.error("nothing_to_cancel")
        try:
            told = await desk.cancel()
        except GatewayError as error:
            known = {"no_subscription": "nothing_to_cancel", "billing_unavailable": "billing_unavailable"}
            raise self.error(known.get(error.kind, "not_cancelled")) from None
        return self.reply("cancelled", data={"renews": told.get("renews")}, day=self._day(_number(told, "paid_until")))

    @tool(fast=templates.NO_OFFERS, effect="change")
    async def no_offers(self) -> Reply:
        """Never mention the plan again."""
        if (desk := self._desk()) is not None:
            desk.offers(False)
        return self.reply("never_again")

    @tool(fast=templates.OFFERS, effect="change")
    async def offers(self) -> Reply:
        """Allow the plan to be mentioned again."""
        desk = self._desk()
        if desk is None:
            raise self.error("not_to_be_had")
        desk.offers(True)
        return self.reply("may_mention")

    def _desk(self) -> PlanDesk | None:
        try:
            return self.context.plan
        except NotAvailable:
            return None

    def _paid(self, told: dict[str, Any]) -> Reply:
        """What `GET /v1/subscription` says, in words."""
        data = {"state": told.get("state"), "plan": told.get("plan"), "price": told.get("price")}
        if told.get("state") not in ("active", "grace"):
            return self.reply("nothing", data=data)
        plan, day = str(told.get("name") or told.get("plan")), self._day(_number(told, "paid_until"))
        price = told.get("price")
        if not isinstance(price, dict):
            return self.reply("given", data=data, plan=plan, day=day)
        words = say_price(price, korean=speaking() == "ko")
        return self.reply("paying" if told.get("renews") else "paying_ends", data=data, price=words, plan=plan, day=day)

    def _chat(self, told: dict[str, Any]) -> str:
        chat = told.get("chat")
        if not isinstance(chat, dict) or not _number(chat, "requests"):
            return ""
        limit, asked = chat.get("tokens_limit"), int(_number(chat, "requests"))
        key = "chat_one" if asked == 1 else "chat"
        if isinstance(limit, int | float):
            return self._part(f"{key}_of", asked=asked, percent=percent(_number(chat, "tokens"), limit))
        return self._part(key, asked=asked)

    def _images(self, told: dict[str, Any]) -> str:
        images = told.get("images")
        if not isinstance(images, dict) or not _number(images, "images"):
            return ""
        limit, made = images.get("images_limit"), int(_number(images, "images"))
        key = "images_one" if made == 1 else "images"
        if isinstance(limit, int | float):
            return self._part(f"{key}_of", made=made, limit=int(limit))
        return self._part(key, made=made)

    def _part(self, key: str, **values: object) -> str:
        """A text that stands within a sentence."""
        text = self.say(key, **values)
        return text if is_korean(text) else text[:1].lower() + text[1:]

    def _coded(self, page: str, code: str, minutes: int) -> Reply:
        spelled = ", ".join(code.replace("-", "")) if speaking() == "ko" else spell_code(code)
        words = self.say("code", page=say_page(page), code=spelled, minutes=minutes)
        return Reply(speech=words, data={"code": code, "page": page}, card=Card(title=code, text=page))

    def _day(self, at_s: float) -> str:
        now = self.context.now()
        if not at_s:
            return ""
        return say_date(dt.datetime.fromtimestamp(at_s, now.tzinfo), now, korean=speaking() == "ko")


def _number(values: dict[str, Any], name: str) -> float:
    """A number of the service's answer; 0 where it is none."""
    value = values.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
