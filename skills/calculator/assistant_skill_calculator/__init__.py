"""Arithmetic, percentages, everyday units, and currencies by a dated table."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any

from assistant.skill import Reply, Skill, arithmetic_symbols, speaking, tool
from assistant_skill_calculator import korean
from assistant_skill_calculator.arithmetic import CalculationError, calculate
from assistant_skill_calculator.currency import CURRENCIES, MONEY, shipped
from assistant_skill_calculator.units import NAMES, convert, pair

_NAMED_IN_SPEECH = 10**15
_FRESH_DAYS = 7
"""Rates that are older are told with their age."""
_HOW_MANY = "(how many|what is the number of|the number of)"
_WHAT_IS = "(what|what is|what does|how much is|calculate|compute|work out|solve|what are)"
_FOR_MONEY = "(is|are|are in|are there in|in|do i get for|can i get for|for)"


class Calculator(Skill):
    @tool(
        fast=[
            f"[{_WHAT_IS}] [the (answer|result) (to|of)] {{expression}} [equals|equal|is|=|make[s]]",
            "what do you get (if|when) you {expression}",
        ],
        never=["24 / 7", "9 / 11", "what is 9 / 11", "what is 24 / 7", "50 / 50", "what was 9 / 11"],
        public=True,
    )
    async def calculate(self, expression: Annotated[str, "arithmetic, such as 12 * 8 or 15% of 80"]) -> Reply:
        """Calculate: plus, minus, times, divided, percent, powers and roots."""
        symbols = arithmetic_symbols(expression) or expression.lower()
        try:
            result = calculate(symbols)
        except CalculationError as error:
            raise self.error(error.key) from None
        said, exact = self._said(result.value)
        exact = exact and result.exact
        return self.reply("result" if exact else "about", data={"expression": symbols, "result": said}, result=said)

    @tool(
        fast=[
            "what (percent|percentage) of {number:whole} is {number:part}",
            "{number:part} is what (percent|percentage) of {number:whole}",
            "what (percent|percentage) is {number:part} of {number:whole}",
        ],
        public=True,
    )
    async def percentage(self, part: float, whole: float) -> Reply:
        """Tell what percent of the whole a part is."""
        if whole == 0:
            raise self.error("by_zero")
        said, exact = self._said(100 * _fraction(part) / _fraction(whole))
        return self.reply("percentage" if exact else "percentage_about", result=said)

    @tool(
        fast=[
            "[how do i|how to] convert {number:amount} [of] [a|an] {unit:source} (to|into|in) {unit:target}",
            "[how do i|how to] convert (a|an) {unit:source} (to|into) {unit:target}",
            "[what is|what are|how much is] {number:amount} [of] [a|an] {unit:source} (in|into|to|as) {unit:target}",
            "(what is|how much is) (a|an) {unit:source} (in|as) {unit:target}",
            f"{_HOW_MANY} {{unit:target}} [are|is] [there] in (a|an) {{unit:source}}",
            f"{_HOW_MANY} {{unit:target}} [are|is] [there] in {{number:amount}} [of] [a|an] {{unit:source}}",
            "how many {unit:target} (is|are|make|makes|equals|equal|make up) {number:amount} {unit:source}",
            "how many {unit:target} (is|are|make|makes) (a|an) {unit:source}",
            "how many {unit:target} (does|do) {number:amount} {unit:source} (have|make|equal)",
            "how many {unit:target} (does|do) (a|an) {unit:source} have",
            "{number:amount} {unit:source} (equals|is) how many {unit:target}",
            "how much is {number:amount} {unit:source} in {unit:target}",
        ],
        lists={"unit": NAMES},
        public=True,
    )
    async def convert(
        self,
        source: Annotated[str, "the unit to convert from, such as miles"],
        target: Annotated[str, "the unit to convert to, such as kilometers"],
        amount: Annotated[float, "how many of the source unit"] = 1,
    ) -> Reply:
        """Convert an amount from one unit to another: length, weight, volume, temperature, time, speed, area, data."""
        found = pair(_plain(source), _plain(target))
        if found is None:
            raise self.error("unknown_unit", unit=source if _plain(source) not in NAMES else target)
        first, second = found
        if first.kind != second.kind:
            raise self.error("other_kind", source=first.many, target=second.many)
        exact_amount = _fraction(amount)
        if first.kind == "temperature" and (exact_amount + first.offset) < 0:
            raise self.error("impossible")
        said, exact = self._said(convert(exact_amount, first, second))
        unit = second.one if said in ("1", "-1") else second.many
        if speaking() == "ko":
            unit = korean.UNITS.get(second.one, unit)
        data = {"amount": amount, "source": first.one, "target": second.one, "result": said}
        return self.reply("converted" if exact else "converted_about", data=data, amount=said, unit=unit)

    @tool(
        fast=[
            "[how do i|how to] convert {number:amount} {money:source} (to|into|in) {money:target}",
            "[how do i|how to] convert [a|an|one] {money:source} (to|into|in) {money:target}",
            "[what is|what are|how much (is|are)] {number:amount} {money:source} [worth] (in|to|into) {money:target}",
            "(what is|how much is) (a|an|one|the) {money:source} [worth] (in|to) {money:target}",
            f"how many {{money:target}} {_FOR_MONEY} {{number:amount}} {{money:source}}",
            f"how many {{money:target}} {_FOR_MONEY} (a|an) {{money:source}}",
            "[what is] [the] exchange rate (from|of|between) [the] {money:source} (to|and|in) [the] {money:target}",
            "[what is] [the] {money:source} to {money:target} [exchange] rate",
        ],
        llm=["I have fifty dollars, what would that be in euros"],
        lists={"money": MONEY},
        public=True,
    )
    async def exchange(
        self,
        source: Annotated[str, "the currency to convert from, such as dollars"],
        target: Annotated[str, "the currency to convert to, such as euros"],
        amount: Annotated[float, "how much of the source currency"] = 1,
    ) -> Reply:
        """Convert an amount of money from one currency to another."""
        first, second = (MONEY.get(_plain(name), name) for name in (source, target))
        if unknown := [name for name in (first, second) if name not in CURRENCIES]:
            raise self.error("unknown_currency", currency=unknown[0])
        rates = shipped()
        value = rates.convert(_fraction(amount), CURRENCIES[first], CURRENCIES[second])
        said = _money(value)
        if abs(value) >= _NAMED_IN_SPEECH:
            raise self.error("too_large")
        unit = CURRENCIES[second].one if said in ("1", "-1") else CURRENCIES[second].many
        day = f"{rates.date:%B} {rates.date.day}, {rates.date.year}"
        if speaking() == "ko":
            unit = korean.CURRENCIES.get(second, unit)
            day = f"{rates.date.year}년 {rates.date.month}월 {rates.date.day}일"
        days = (self.context.now().date() - rates.date).days
        data = {"amount": amount, "source": first, "target": second, "result": said, "date": rates.date.isoformat()}
        words: dict[str, Any] = {"amount": said, "unit": unit, "date": day}
        return self.reply("exchanged_old" if days > _FRESH_DAYS else "exchanged", data=data, days=f"{days:,}", **words)

    def _said(self, value: Fraction) -> tuple[str, bool]:
        """The number for the ear and whether it is the whole truth; at most three digits after the point.

        Raises:
            SkillError: more digits than anybody wants to hear.
        """
        if abs(value) >= _NAMED_IN_SPEECH:
            raise self.error("too_large")
        digits = 3
        while value and abs(value) < Fraction(1, 10 ** (digits - 2)) and digits < 9:
            digits += 1
        if abs(value) >= 1000:
            digits = 2
        rounded = round(value, digits)
        text = f"{float(rounded):,.{digits}f}".rstrip("0").rstrip(".")
        return "0" if text in ("-0", "") else text, rounded == value


def _money(value: Fraction) -> str:
    """To the cent; large sums whole, and what is less than a cent with its first three digits."""
    if abs(value) >= 1000:
        return f"{round(value):,}"
    digits = 2
    while value and abs(value) < Fraction(1, 10 ** (digits - 1)) and digits < 9:
        digits += 1
    text = f"{float(round(value, digits)):.{digits}f}"
    return text.rstrip("0").rstrip(".") if text.endswith(".00") or digits > 2 else text


def _fraction(value: float) -> Fraction:
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def _plain(unit: str) -> str:
    return " ".join(unit.lower().replace("_", " ").replace("°", "degrees ").split())
