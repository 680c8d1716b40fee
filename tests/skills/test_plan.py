"""The skill `plan`: what is said of money, shares and dates, and what is said where no plan can be had."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from assistant_skill_plan.telling import percent, say_date, say_page, say_price

from assistant.engines.hassil_grammar import create
from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.think.fastpath import Grammar

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("amount", "currency", "interval", "english", "korean"),
    [
        (500, "eur", "month", "5 euros a month", "한 달에 5유로"),
        (100, "usd", "year", "1 dollar a year", "일 년에 1달러"),
        (499, "gbp", "month", "4.99 pounds a month", "한 달에 4.99파운드"),
        (9900, "krw", "month", "9900 won a month", "한 달에 9900원"),
        (1050, "sek", "quarter", "10.50 SEK per quarter", "quarter 10.50SEK"),
    ],
)
def test_prices(amount: int, currency: str, interval: str, english: str, korean: str) -> None:
    """In the smallest unit as they come, in words as they are said."""
    price = {"amount_minor": amount, "currency": currency, "interval": interval}
    assert english == say_price(price, korean=False)
    assert korean == say_price(price, korean=True)


def test_shares() -> None:
    """Nothing only where nothing was used, all only where all was."""
    assert [0, 1, 50, 99, 100, 100] == [percent(used, 1000) for used in (0, 1, 500, 999, 1000, 2000)]
    assert 100 == percent(5, 0)


def test_dates_and_pages() -> None:
    """The year only where it is another one; an address without what nobody says."""
    now = dt.datetime(2026, 11, 27, tzinfo=dt.UTC)
    assert "December 25" == say_date(dt.datetime(2026, 12, 25, tzinfo=dt.UTC), now, korean=False)
    assert "January 1, 2027" == say_date(dt.datetime(2027, 1, 1, tzinfo=dt.UTC), now, korean=False)
    assert "2027년 1월 1일" == say_date(dt.datetime(2027, 1, 1, tzinfo=dt.UTC), now, korean=True)
    assert "plans.example slash activate" == say_page("https://plans.example/activate")


@pytest.mark.parametrize(
    ("text", "tool"),
    [
        ("What do I pay?", "plan.price"),
        ("how much am I paying for this", "plan.price"),
        ("what does my subscription cost", "plan.price"),
        ("How much have I used this month?", "plan.usage"),
        ("how much of my plan is left", "plan.usage"),
        ("Is my plan still active?", "plan.status"),
        ("when does my plan renew", "plan.status"),
        ("which plan am I on", "plan.status"),
        ("Activate my plan.", "plan.activate"),
        ("please activate my subscription", "plan.activate"),
        ("say the code again", "plan.code"),
        ("Cancel my plan", "plan.cancel"),
        ("end my subscription please", "plan.cancel"),
        ("don't offer me the plan again", "plan.no_offers"),
        ("stop offering me plans", "plan.no_offers"),
        ("you may mention the plan again", "plan.offers"),
    ],
)
def test_what_is_said_of_a_plan(grammar: Grammar, text: str, tool: str) -> None:
    """Among all skills."""
    assert [tool] == [call.tool for call in grammar.match(text) or ()]


@pytest.mark.parametrize(
    "text",
    [
        "cancel my pasta timer", "what is my plan for tomorrow", "activate the kitchen lights", "how much is the fish",
        "what do I pay attention to", "plan my day", "how much milk have I used", "stop the music", "cancel my alarm",
    ],
)  # fmt: skip
def test_what_is_not(grammar: Grammar, text: str) -> None:
    """Other plans, other payments, other things to cancel."""
    assert "plan" not in {call.tool.partition(".")[0] for call in grammar.match(text) or ()}


@pytest.fixture(scope="module")
def grammar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grammar]:
    """Of all installed skills."""
    timers = TimerStore(tmp_path_factory.mktemp("plan") / "timers.sqlite3")
    host = SkillHost.load(LentContext(timers=timers))
    assert "plan" in host.skills, host.problems
    yield create(host.templates, host.readers)
    host.close()
    timers.close()


def test_where_no_plan_can_be_had(bench: Any) -> None:
    """As installed: the truth, which is that nothing is paid."""
    assert "You pay nothing. All that I do here is free." == bench.say("plan.price")
    assert "There is no plan here, so there is nothing to use up." == bench.say("plan.usage")
    assert bench.say("plan.status").startswith("No plan can be had here")
    assert bench.say("plan.activate").startswith("No plan can be had here")
    assert "There is no code just now. Say: activate my plan." == bench.say("plan.code")
    assert "Okay. I won't bring it up again." == bench.say("plan.no_offers")


def test_cancelling_asks_first(bench: Any) -> None:
    """It is sensitive: nothing is cancelled without a yes."""
    assert "sensitive" == bench.host.specs["plan.cancel"].effect
    refused = bench.run("plan.cancel")
    assert not refused.ok
    assert "That needs your confirmation first." == refused.speech
