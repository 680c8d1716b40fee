"""Currencies by the names that people call them, and a dated table of rates that is shipped with the skill."""

from __future__ import annotations

import datetime as dt
import functools
import importlib.resources
import tomllib
from dataclasses import dataclass
from fractions import Fraction

BASE = "EUR"


@dataclass(frozen=True, slots=True)
class Currency:
    """`one` and `many` as they are said: "US dollar", "US dollars"."""

    code: str
    one: str
    many: str


@dataclass(frozen=True, slots=True)
class Rates:
    """`per_euro`: how much of a currency was one euro on `date`, by code."""

    date: dt.date
    per_euro: dict[str, Fraction]

    def convert(self, amount: Fraction, source: Currency, target: Currency) -> Fraction:
        """By way of the euro, as the table has it."""
        return amount * self.per_euro[target.code] / self.per_euro[source.code]


_TABLE = """
EUR  euro                euros
USD  US_dollar           US_dollars           dollar dollars american_dollar american_dollars buck bucks
GBP  pound_sterling      pounds_sterling      pound pounds british_pound british_pounds sterling quid
JPY  Japanese_yen        Japanese_yen         yen
CHF  Swiss_franc         Swiss_francs         franc francs
KRW  South_Korean_won    South_Korean_won     won korean_won
CNY  Chinese_yuan        Chinese_yuan         yuan renminbi
INR  Indian_rupee        Indian_rupees        rupee rupees
AUD  Australian_dollar   Australian_dollars
CAD  Canadian_dollar     Canadian_dollars
NZD  New_Zealand_dollar  New_Zealand_dollars
HKD  Hong_Kong_dollar    Hong_Kong_dollars
SGD  Singapore_dollar    Singapore_dollars
MXN  Mexican_peso        Mexican_pesos        peso pesos
PHP  Philippine_peso     Philippine_pesos
BRL  Brazilian_real      Brazilian_reais      brazilian_reals reais
SEK  Swedish_krona       Swedish_kronor       swedish_krone swedish_kroner swedish_crowns
NOK  Norwegian_krone     Norwegian_kroner     norwegian_crowns
DKK  Danish_krone        Danish_kroner        danish_crowns
ISK  Icelandic_krona     Icelandic_kronur
CZK  Czech_koruna        Czech_korunas        koruna korunas czech_crowns czech_crown
PLN  Polish_zloty        Polish_zloty         zloty zlotys polish_zlotys
HUF  Hungarian_forint    Hungarian_forints    forint forints
RON  Romanian_leu        Romanian_lei         leu lei
TRY  Turkish_lira        Turkish_lira         lira liras turkish_liras
ILS  Israeli_shekel      Israeli_shekels      shekel shekels
ZAR  South_African_rand  South_African_rand   rand rands
THB  Thai_baht           Thai_baht            baht
MYR  Malaysian_ringgit   Malaysian_ringgit    ringgit
IDR  Indonesian_rupiah   Indonesian_rupiah    rupiah rupiahs
"""


def _read() -> tuple[dict[str, Currency], dict[str, str]]:
    currencies: dict[str, Currency] = {}
    names: dict[str, str] = {}
    for line in _TABLE.strip().splitlines():
        code, *called = (part.replace("_", " ") for part in line.split())
        currencies[code] = Currency(code, called[0], called[1])
        names |= dict.fromkeys((name.lower() for name in (code, *called)), code)
    return currencies, names


CURRENCIES, MONEY = _read()
"""`CURRENCIES` by code; `MONEY` as people call them, in lower case -> code."""


@functools.cache
def shipped() -> Rates:
    """The table of the package."""
    file = importlib.resources.files(__package__) / "rates.toml"
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    return Rates(table["date"], {BASE: Fraction(1)} | {code: Fraction(rate) for code, rate in table["rates"].items()})
