"""Arithmetic, percentages and everyday units."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from assistant.skill import Reply, Skill, arithmetic_symbols, tool
from assistant_skill_calculator.arithmetic import CalculationError, calculate
from assistant_skill_calculator.units import NAMES, convert, pair

_NAMED_IN_SPEECH = 10**15
_HOW_MANY = "(how many|what is the number of|the number of)"
_WHAT_IS = "(what|what is|what does|how much is|calculate|compute|work out|solve|what are)"


class Calculator(Skill):
    @tool(
        fast=[
            f"[{_WHAT_IS}] [the (answer|result) (to|of)] {{expression}} [equals|equal|is|=|make[s]]",
            "what do you get (if|when) you {expression}",
        ],
        never=["24 / 7", "9 / 11", "what is 9 / 11", "what is 24 / 7", "50 / 50", "what was 9 / 11"],
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
        ]
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
        data = {"amount": amount, "source": first.one, "target": second.one, "result": said}
        return self.reply("converted" if exact else "converted_about", data=data, amount=said, unit=unit)

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


def _fraction(value: float) -> Fraction:
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def _plain(unit: str) -> str:
    return " ".join(unit.lower().replace("_", " ").replace("°", "degrees ").split())
