"""The whole story of a plan: free, an offer, a code, a payment, the big model, the bill, the end, and free again.

free -> code -> account -> paid -> active -> cancelled -> grace -> expired -> free
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from assistant.account.offers import ENDED, HOW, MAX_WORDS, NOTICES, OFFERS, OTHER
from assistant.account.renewal import ACTIVE, NO_PLAN_YET
from assistant.types import Turn
from tests.account.world import DAY_S, EventClock
from tests.flows.household import Household, NotedWire, household
from tests.flows.service import PICTURES, PRICE, TOKENS, Service, service
from tests.flows.told import Teller
from tests.gateway.person import Person, text_of

NOON_S = 1_803_902_400
"""Monday, 1 March 2027, 12:00 UTC: thirty-one days of one month lie ahead."""
PAID_DAYS, GRACE_DAYS = 30, 14
WISH = "give me a detailed answer about solar power for Anna"
OTHER_WISH = "what does the rental agreement document say about pets"


async def play(folder: Path, tell: Teller) -> None:
    """Play all steps; device and service live in this folder.

    Raises:
        BrokenStepError: a step does not hold; the last of the teller's steps names it.
    """
    wire = NotedWire()
    clock = EventClock(NOON_S * 1000.0, lambda: wire.under_way > 0)
    with service(folder / "service", lambda: NOON_S + clock.elapsed / 1000.0) as company:
        async with household(folder / "device", company.url, clock, wire, tell) as home:
            story = Story(home, company)
            await story.free()
            await story.activation()
            await story.payment()
            await story.premium()
            await story.usage()
            await story.cancelling()
            await story.grace()
            await story.expired()


class Story:
    def __init__(self, home: Household, company: Service) -> None:
        self.home, self.company, self.tell = home, company, home.tell
        self.person = Person(company.browser, "ada@example.org")
        self.subscription = ""
        self.offers: list[str] = []

    async def free(self) -> None:
        """The job is done here; one offer, and none after it."""
        self.tell.step("Without a plan the device does what it can by itself, and offers once.")
        holds = self.tell.holds
        first = await self.say(WISH)
        holds("the local model answered, in more than ten words", True, len(_by_model(first).split()) > 10)
        holds("one offer ends the answer", [OFFERS["chat"]], _offers(first))
        holds("and it is the end", True, first.reply.endswith(OFFERS["chat"]))
        holds(f"of at most {MAX_WORDS} words", True, len(re.findall(r"[\w'-]+", OFFERS["chat"])) <= MAX_WORDS)
        holds("without a price", None, re.search(r"\d|[$€£]|euro|dollar|free|month", OFFERS["chat"]))
        holds("a yes tells how, and sells nothing", HOW, (await self.say("yes")).reply)
        other = await self.say(OTHER_WISH)
        holds("another skill finds what the file says", True, "Pets are allowed if the owner agrees." in other.reply)
        holds("with no second offer", [], _offers(other))
        self.home.another_conversation()
        again = await self.say(WISH)
        holds("asked again, the local model answers again", True, bool(_by_model(again)))
        holds("with no offer in another conversation either", [], _offers(again))
        free = await self.say("what do I pay?")
        holds("nothing is paid", "You pay nothing. All that I do here is free.", free.reply)
        holds("no byte went to the gateway", [], self.home.wire.asked)
        holds("nor to the upstream", [], self.company.upstream.bodies)

    async def activation(self) -> None:
        """RFC 8628: the code is heard, typed on the page, and waited for."""
        self.tell.step("The plan is activated by a spoken code.")
        holds, wire = self.tell.holds, self.home.wire
        told = await self.say("activate my plan")
        code = "".join(re.findall(r"\b([A-Z]) as in ", told.reply))
        begun = self.home.desk.code
        holds("a code is spelled, letter by letter", begun.user_code.replace("-", "") if begun else None, code)
        await self.home.clock.live(12)
        pending = [json.loads(body)["error"] for body in wire.refusals]
        holds("asked every five seconds, the gateway says: pending", ["authorization_pending"] * 2, pending)
        self.person = Person.sign_up(self.company.browser, self.person.email)
        shown = text_of(self.person.decide(code))
        self.tell.said("The page, where the code is typed and allowed", shown[:160])
        await self.home.clock.live(10)
        holds("the next question is granted", 200, [status for _, path, status in wire.asked if "token" in path][-1])
        holds("the device says so by itself", [NO_PLAN_YET], self.home.heard)
        holds("there is no plan yet", "none", self.home.state)

    async def payment(self) -> None:
        """Checkout, and what Stripe then tells: signed, forged, and twice."""
        self.tell.step("The plan is paid at Stripe, whose signed events reach the gateway.")
        holds, company, stripe = self.tell.holds, self.company, self.company.stripe
        gone = self.person.post_form("/account", "/account/subscribe", plan="plus")
        holds("the account page leads to Checkout", True, "checkout.stripe.com" in gone.headers["location"])
        checkout = stripe.sessions[-1]
        customer = checkout["customer"]
        holds("for the price of the plan", PRICE, checkout["line_items[0][price]"])
        now_s = int(company.now_s())
        self.subscription = stripe.subscribe(customer, PRICE, now_s, now_s + PAID_DAYS * DAY_S)
        row = stripe.subscriptions[self.subscription]
        holds(
            "an event with another signature is refused",
            400,
            company.news("customer.subscription.created", row, secret="whsec_somebody_else"),
        )
        statuses = [
            company.news(
                "checkout.session.completed", {"object": "checkout.session", "id": "cs_1", "customer": customer}
            ),
            company.news("customer.subscription.created", row, "evt_created"),
            company.news("customer.subscription.created", row, "evt_created"),
            company.news("invoice.paid", {"object": "invoice", "id": "in_1", "customer": customer}),
        ]
        holds("four signed events are taken", [200] * 4, statuses)
        holds("one of them came twice, and counts once", 3, company.events())
        holds("Stripe was asked once for each", 3, stripe.requests.count("GET /v1/subscriptions"))
        await self.home.clock.live(30)
        holds("the device finds it and says so", ACTIVE, self.home.heard[-1])
        holds("its signed entitlement is active", "active", self.home.state)
        holds("for chat and images", True, {"chat", "images"} <= set(self.home.desk.look().features))

    async def premium(self) -> None:
        """The same wish, by the big model."""
        self.tell.step("The same wish is answered through gateway and upstream.")
        holds, company, upstream = self.tell.holds, self.company, self.company.upstream
        asked = await self.say(WISH)
        holds("before the first word leaves, it is asked for", True, "Is that all right, from now on?" in asked.reply)
        holds("and nothing has left", [], upstream.bodies)
        told = await self.say("yes")
        holds("the big model's words are spoken, with the name put back", True, _spoken(told))
        holds("no offer", [], _offers(told))
        holds(
            "the upstream read the question without the name", "solar power for [PERSON_1]", _question(company.chats())
        )
        drawn = await self.say("draw a lighthouse")
        holds("a picture is drawn, too", True, "Your picture is saved as picture-" in drawn.reply)
        holds("of what was said", ["a lighthouse"], [body["prompt"] for body in company.drawings()])
        seen = json.dumps([upstream.bodies, upstream.headers]).lower()
        personal = ("anna", self.person.email, "@example", self.person.cookies["gateway"].lower())
        holds("and nothing that names a person or account", [], [word for word in personal if word in seen])

    async def usage(self) -> None:
        """What is told is what is in the ledger, and what the upstream counted."""
        self.tell.step("Usage and price are told by voice, as the ledger has them.")
        holds, company = self.tell.holds, self.company
        told = await self.say("what did I use this month?")
        ((state, tokens),) = company.ledger("chat")
        holds(
            "the ledger has one answer, by the upstream's own count", ("counted", company.billed()), (state, [tokens])
        )
        holds("and one picture", [("counted", 1)], company.ledger("image"))
        share = max(1, round(100 * tokens / TOKENS))
        said = f"one question to the big model, {share} percent of the allowance and one picture of {PICTURES}."
        holds("what is said is these lines", f"So far this month: {said}", told.reply)
        used = told.results[0].data["usage"]
        holds("to the token", {"requests": 1, "tokens": tokens, "tokens_limit": TOKENS}, used["chat"])
        holds("to the picture", {"requests": 1, "images": 1, "images_limit": PICTURES}, used["images"])
        price = (await self.say("what do I pay?")).reply
        holds("so is the price", "You pay 5 euros a month for the Plus plan. It renews on March 31.", price)

    async def cancelling(self) -> None:
        """Confirmed by a yes; it stays to the end of what is paid."""
        self.tell.step("The plan is cancelled by voice, and stays to the end of what is paid.")
        holds, stripe = self.tell.holds, self.company.stripe
        question = await self.say("cancel my plan")
        holds("it is asked before", True, question.reply.startswith("Shall I cancel the plan"))
        row = stripe.subscriptions[self.subscription]
        holds("and nothing is cancelled before the yes", False, row["cancel_at_period_end"])
        done = await self.say("yes")
        holds(
            "then it is", "It is cancelled. The plan stays until March 31, and nothing is paid after that.", done.reply
        )
        holds("at Stripe", True, row["cancel_at_period_end"])
        holds("which tells of it, signed", 200, self.company.news("customer.subscription.updated", row))
        await self.home.clock.live(60)
        status = (await self.say("is my plan active?")).reply
        holds("the device knows that it ends", "Your plus plan is active, and ends on March 31.", status)
        states = await self.home.days(PAID_DAYS - 1)
        holds("for 29 days it is active", {"active", "refresh_due"}, {"active", "refresh_due"} | set(states))
        holds("and allows the big model", True, self.home.desk.licence.allows("chat"))

    async def grace(self) -> None:
        """After the end of what is paid it works on, and that is told once."""
        self.tell.step("What is paid ends; for fourteen days it works on, which is told once.")
        holds, company = self.tell.holds, self.company
        row = company.stripe.subscriptions[self.subscription]
        ended_s = row["items"]["data"][0]["current_period_end"]
        row.update(status="canceled", ended_at=ended_s)
        await self.home.days(2)
        holds("Stripe tells of the end", 200, company.news("customer.subscription.deleted", row))
        holds("the device is in grace", "grace", self.home.state)
        self.home.another_conversation()
        first = await self.say(WISH)
        holds("the big model answers", True, _spoken(first) and len(company.chats()) == 2)
        holds("and the end is told", True, first.reply.endswith(ENDED))
        await self.home.days(1)
        second = await self.say(WISH)
        holds("the next day the big model answers", True, _spoken(second) and len(company.chats()) == 3)
        holds("and it is not told again", False, ENDED in second.reply)

    async def expired(self) -> None:
        """The plan is gone, and nothing else is."""
        self.tell.step("The plan has run out: the device does what it can, and all that is free goes on.")
        holds, company, desk = self.tell.holds, self.company, self.home.desk
        states = await self.home.days(GRACE_DAYS - 3)
        holds("to the last day it is in grace", {"grace"}, set(states))
        self.home.clock.pass_ms(DAY_S * 1000.0)
        holds("after it, it has run out", "expired", self.home.state)
        self.home.another_conversation()
        told = await self.say(WISH)
        holds("the local model answers", True, len(_by_model(told).split()) > 10)
        holds("that it has run out is told, and not offered", (NOTICES["expired"], []), (_end(told), _offers(told)))
        holds("nothing more went to the upstream", 3, len(company.chats()))
        path = "/v1/chat/completions"
        body = {"model": "assistant-chat", "messages": [{"role": "user", "content": "why"}]}
        proof = desk.licence.proof("POST", f"{company.url}{path}")
        refused = company.browser.post(path, json=body, headers=proof)
        found: Any = refused.status_code, refused.json()["error"]["code"]
        holds("the gateway itself would refuse, too", (403, "plan_required"), found)
        await self.home.clock.live(3600)
        holds("once it is asked again, there is no plan", "none", self.home.state)
        holds("nothing is paid", True, "You pay nothing" in (await self.say("what do I pay?")).reply)
        timer = await self.say("set a timer for five minutes")
        holds("a timer runs as ever", 1, len(self.home.assembly.timers.list()))
        holds("and says so", True, "five minutes" in timer.reply.lower() or "5 minutes" in timer.reply)
        holds("in all these weeks there was one offer", 1, len(self.offers))

    async def say(self, text: str) -> Turn:
        turn = await self.home.say(text)
        self.offers += _offers(turn)
        return turn


def _offers(turn: Turn) -> list[str]:
    return [words for words in (*OFFERS.values(), OTHER) for _ in range(turn.reply.count(words))]


def _by_model(turn: Turn) -> str:
    """What the local model said in a turn whose skill left the rest to it."""
    result = next((result for result in turn.results if result.to_model and result.ok), None)
    if result is None or not all(result.ok for result in turn.results):
        return ""
    words = turn.reply.partition(result.speech)[2]
    for ours in (*OFFERS.values(), OTHER, *NOTICES.values()):
        words = words.replace(ours, "")
    return words.strip()


def _spoken(turn: Turn) -> bool:
    """Are the big model's words spoken, with the name in place?"""
    return "Solar cells turn light into current. They got cheap, and anna could" in turn.reply.replace("Anna", "anna")


def _question(bodies: list[Any]) -> str:
    return str(bodies[-1]["messages"][-1]["content"])


def _end(turn: Turn) -> str:
    return next((words for words in NOTICES.values() if turn.reply.endswith(words)), "")
