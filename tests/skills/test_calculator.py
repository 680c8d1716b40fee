"""The calculator skill: exact where it can be, honest where it cannot, and never busy for long."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import pytest
from assistant_skill_calculator.currency import CURRENCIES, MONEY, shipped
from assistant_skill_calculator.units import NAMES, UNITS
from hypothesis import given
from hypothesis import strategies as st

from assistant.think.arithmetic import arithmetic_symbols

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("expression", "speech"),
    [
        ("12 * 8", "That's 96."),
        ("twelve times eight", "That's 96."),
        ("12 x 8", "That's 96."),
        ("0.1 + 0.2", "That's 0.3."),
        ("2 + 3 * 4", "That's 14."),
        ("(2 + 3) * 4", "That's 20."),
        ("10 - 4 - 3", "That's 3."),
        ("100 / 4 / 5", "That's 5."),
        ("2 ^ 3 ^ 2", "That's 512."),
        ("-2 ^ 2", "That's -4."),
        ("2 ** 10", "That's 1,024."),
        ("15% of 80", "That's 12."),
        ("80 + 10%", "That's 88."),
        ("200 - 15%", "That's 170."),
        ("50%", "That's 0.5."),
        ("sqrt 144", "That's 12."),
        ("sqrt(2)", "About 1.414."),
        ("square root of two", "About 1.414."),
        ("cbrt 27", "That's 3."),
        ("cbrt -27", "That's -3."),
        ("sqrt 0.25", "That's 0.5."),
        ("1 / 3", "About 0.333."),
        ("(1/3) * 90", "That's 30."),
        ("2 ^ 0.5", "About 1.414."),
        ("2 ^ -1", "That's 0.5."),
        ("2 * pi", "About 6.283."),
        ("1,000,000 * 2", "That's 2,000,000."),
        ("1 / 0", "Nothing can be divided by zero."),
        ("0 ^ -1", "Nothing can be divided by zero."),
        ("sqrt -4", "A negative number has no real root."),
        ("9 ^ 9 ^ 9", "That number is too large for me."),
        ("10 ^ 20", "That number is too large for me."),
        ("9999999999 ^ 999999999999", "That number is too large for me."),
        ("", "I can't calculate that."),
        ("2 +", "I can't calculate that."),
        ("2 2", "I can't calculate that."),
        ("(2", "I can't calculate that."),
        ("__import__('os')", "I can't calculate that."),
        ("1" + " + 1" * 200, "I can't calculate that."),
        ("(" * 90 + "1" + ")" * 90, "I can't calculate that."),
        ("-" * 200 + "1", "I can't calculate that."),
    ],
)
def test_calculate(bench: Any, expression: str, speech: str) -> None:
    """Words and symbols, the usual order of operations, and a sentence for what has no answer."""
    started = time.process_time()
    assert speech == bench.say("calculator.calculate", expression=expression)
    assert time.process_time() - started < 0.5


@given(text=st.text(alphabet="0123456789+-*/^%(). sqrtcbof", max_size=60))
def test_nothing_breaks_the_parser(text: str) -> None:
    """Whatever is written, it is calculated or refused."""
    from assistant_skill_calculator.arithmetic import CalculationError, calculate

    try:
        calculate(arithmetic_symbols(text) or text)
    except CalculationError as error:
        assert error.key


@given(left=st.integers(-(10**6), 10**6), right=st.integers(1, 10**6), sign=st.sampled_from("+-*"))
def test_agrees_with_python(left: int, right: int, sign: str) -> None:
    """Whole numbers come out as Python's own arithmetic has them."""
    from assistant_skill_calculator.arithmetic import calculate

    expected = {"+": left + right, "-": left - right, "*": left * right}[sign]
    assert expected == calculate(f"{left} {sign} {right}").value


@pytest.mark.parametrize(
    ("amount", "source", "target", "speech"),
    [
        (5, "miles", "kilometers", "About 8.047 kilometers."),
        (1, "litre", "cups", "About 4.227 cups."),
        (2, "tablespoons", "teaspoons", "6 teaspoons."),
        (1, "pound", "ounces", "16 ounces."),
        (1, "foot", "inches", "12 inches."),
        (1, "cup", "ounces", "8 fluid ounces."),
        (20, "celsius", "fahrenheit", "68 degrees Fahrenheit."),
        (-40, "celsius", "fahrenheit", "-40 degrees Fahrenheit."),
        (32, "°F", "°C", "0 degrees Celsius."),
        (100, "degrees celsius", "kelvin", "373.15 kelvin."),
        (2.5, "hours", "minutes", "150 minutes."),
        (1, "day", "seconds", "86,400 seconds."),
        (1000, "meters", "kilometers", "1 kilometer."),
        (90, "kilometers per hour", "meters per second", "25 meters per second."),
        (1, "gb", "mb", "1,000 megabytes."),
        (1, "millimeter", "miles", "About 0.000000621 miles."),
        (1, "kilogram", "meters", "Kilograms can't be turned into meters."),
        (1, "furlongs", "miles", "I don't know the unit furlongs."),
        (-500, "celsius", "kelvin", "Nothing can be that cold."),
        (1, "imperial pint", "milliliters", "About 568.261 milliliters."),
        (2, "decades", "months", "240 months."),
        (1, "gigabit per second", "megabytes per second", "125 megabytes per second."),
        (32, "psi", "bar", "About 2.206 bars."),
        (1, "square yard", "square feet", "9 square feet."),
    ],
)
def test_convert(bench: Any, amount: float, source: str, target: str, speech: str) -> None:
    """Everyday units, exact where the factor is, with a sentence for what cannot be."""
    assert speech == bench.say("calculator.convert", amount=amount, source=source, target=target)


@pytest.mark.parametrize(
    ("part", "whole", "speech"),
    [(20, 80, "That's 25 percent."), (1, 3, "About 33.333 percent."), (1, 0, "Nothing can be divided by zero.")],
)
def test_percentage(bench: Any, part: float, whole: float, speech: str) -> None:
    """What share one number is of another."""
    assert speech == bench.say("calculator.percentage", part=part, whole=whole)


def test_units_are_consistent() -> None:
    """Every name leads to a unit, and there and back again is where one started."""
    from assistant_skill_calculator.units import convert

    assert set(NAMES.values()) == set(UNITS)
    for unit in UNITS.values():
        base = next(other for other in UNITS.values() if other.kind == unit.kind)
        assert 7 == convert(convert(7, unit, base), base, unit)


@pytest.mark.parametrize(
    ("amount", "source", "target", "speech"),
    [
        (1, "euro", "dollars", "About 1.12 US dollars"),
        (5, "dollars", "euros", "About 4.48 euros"),
        (100, "pounds", "yen", "About 21,070 Japanese yen"),
        (1, "won", "euros", "About 0.00067 euros"),
        (20, "US dollars", "British pounds", "About 14.93 pounds sterling"),
        (3, "euros", "euros", "About 3 euros"),
        (1, "euro", "euros", "About 1 euro"),
    ],
)
def test_exchange(bench: Any, amount: float, source: str, target: str, speech: str) -> None:
    """By way of the euro, to the cent, always with the date of the rates, and their age once it is a week."""
    bench.now = dt.datetime(2026, 11, 6, 12, tzinfo=dt.UTC)
    expected = f"{speech}, by the rates of October 30, 2026."
    assert expected == bench.say("calculator.exchange", amount=amount, source=source, target=target)
    bench.later(days=18)
    old = f"{speech}, by the rates of October 30, 2026, which are 25 days old."
    assert old == bench.say("calculator.exchange", amount=amount, source=source, target=target)


@pytest.mark.parametrize(
    ("amount", "source", "target"), [(1, "doubloons", "euros"), (1, "euros", "miles"), (10**14, "euros", "won")]
)
def test_what_cannot_be_exchanged(bench: Any, amount: float, source: str, target: str) -> None:
    """No such currency, something else, and sums that nobody has."""
    assert not bench.run("calculator.exchange", amount=amount, source=source, target=target).ok


def test_the_table_of_rates_is_whole() -> None:
    """Every currency has a rate and every rate a currency; it is of a working day that is over."""
    rates = shipped()
    assert set(rates.per_euro) == set(CURRENCIES) == set(MONEY.values())
    assert all(rate > 0 for rate in rates.per_euro.values())
    assert rates.date.weekday() < 5
