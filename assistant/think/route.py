"""Where an open question may be answered: the rows of `policy.toml`, and rules above them that no file changes; pure.

situation -> first row that fits -> device | cloud | ask | consent
                                    cloud and ask only where nothing forbids them (`forbidden`), else device
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, get_args, get_type_hints

from assistant.errors import ConfigError

Mode = Literal["device", "prefer_device", "prefer_cloud", "ask"]
"""What the user chose: only on the device, rather on it, rather in the cloud, or to be asked each time."""
DataClass = Literal["plain", "personal", "household", "never"]
Person = Literal["adult", "child", "guest"]
Tier = Literal["free", "premium"]
Wish = Literal["none", "cloud", "device"]
"""Whom the words themselves ask for: "ask the big one", "answer that yourself"."""
Local = Literal["unknown", "ready", "missing", "empty", "refused", "unsure"]
"""What is known of the local answer: not tried (`unknown`, or `missing` where no model is loaded), good, or not."""
Net = Literal["up", "metered", "down"]
Budget = Literal["left", "spent"]
Where = Literal["device", "cloud", "ask", "consent"]

HARD = 0.6
"""Difficulty 0..1 from which a question counts as hard."""
_STRICT: Mapping[Mode, int] = {"device": 3, "ask": 2, "prefer_device": 1, "prefer_cloud": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything that a decision may hang on. `provider`: one is configured; `broken`: its breaker is open;
    `consented`: the user agreed to what it does with data; `plan_only`: the provider is that of a plan; `entitled`: the
    plan allows it."""

    mode: Mode = "prefer_device"
    data: DataClass = "plain"
    person: Person = "adult"
    tier: Tier = "free"
    wish: Wish = "none"
    local: Local = "unknown"
    fresh: bool = False
    web: bool = False
    hard: bool = False
    known_language: bool = True
    net: Net = "up"
    budget: Budget = "left"
    provider: bool = False
    broken: bool = False
    consented: bool = False
    plan_only: bool = False
    entitled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the guideline: where a situation goes in which every named value is one of those given."""

    reason: str
    where: Where
    when: Mapping[str, tuple[Any, ...]]

    def fits(self, situation: Situation) -> bool:
        return all(getattr(situation, name) in allowed for name, allowed in self.when.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """Where it goes, and the code of the reason: a row's, or that of the rule that stood above it."""

    where: Where
    reason: str


Policy = tuple[Row, ...]

BUILT_IN: Mapping[str, str] = {
    "never_leaves": "such things never leave this device",
    "only_device": "everything is to stay on this device",
    "child": "a child's words stay on this device",
    "no_provider": "no cloud model is set up",
    "offline": "there is no network",
    "cloud_down": "the cloud model did not answer the last times",
    "budget_spent": "the budget for the cloud is spent",
    "not_entitled": "that is not part of the plan",
    "no_plan": "the big model belongs to a plan, and there is none",
    "no_consent": "nobody has agreed to use the cloud model",
    "no_ledger": "the ledger of the cloud can't be read or written",
    "no_row": "no row of the guideline fits",
}
"""The rules above every row by their reason codes, in words that follow "because"."""

_FORBIDDING: Policy = (
    Row(reason="never_leaves", where="device", when={"data": ("never",)}),
    Row(reason="only_device", where="device", when={"mode": ("device",)}),
    Row(reason="child", where="device", when={"person": ("child",)}),
    Row(reason="no_provider", where="device", when={"provider": (False,)}),
    Row(reason="offline", where="device", when={"net": ("down",)}),
    Row(reason="cloud_down", where="device", when={"broken": (True,)}),
    Row(reason="not_entitled", where="device", when={"tier": ("premium",), "entitled": (False,)}),
    Row(reason="no_plan", where="device", when={"plan_only": (True,), "entitled": (False,)}),
    Row(reason="budget_spent", where="device", when={"budget": ("spent",)}),
)


def forbidden(situation: Situation, where: Where) -> str:
    """The reason code why this must not go there, whatever a row says; empty where it may."""
    if where == "device":
        return ""
    for row in _FORBIDDING:
        if row.fits(situation):
            return row.reason
    return "no_consent" if where in ("cloud", "ask") and not situation.consented else ""


def decide(policy: Policy, situation: Situation) -> Placed:
    """The first row that fits, unless a rule forbids what it says; where none fits the device answers."""
    row = next((row for row in policy if row.fits(situation)), None)
    if row is None:
        return Placed(where="device", reason="no_row")
    if against := forbidden(situation, row.where):
        return Placed(where="device", reason=against)
    if row.where == "consent" and situation.consented:
        return Placed(where="device", reason="no_row")
    return Placed(where=row.where, reason=row.reason)


def strictest(*modes: Mode) -> Mode:
    """What applies where several choices do: the one that lets the least out."""
    return max(modes, key=lambda mode: _STRICT[mode])


def read_policy(text: str, name: str) -> Policy:
    """The rows of a policy file in order; `name` is told where something is wrong.

    Raises:
        ConfigError: it is no TOML, or a row names what is not there, lacks a reason, or has a value that cannot be.
    """
    try:
        rows = tomllib.loads(text).get("row")
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The guideline {name} is not valid TOML: {error}.", fix="Mend that line.") from None
    if not isinstance(rows, list) or not rows:
        raise ConfigError(f"The guideline {name} has no [[row]].")
    policy = tuple(_row(row, number, name) for number, row in enumerate(rows, start=1))
    if doubled := {row.reason for row in policy if sum(other.reason == row.reason for other in policy) > 1}:
        raise ConfigError(f"The guideline {name} gives the reason {min(doubled)} twice.")
    return policy


def merged(policy: Policy, own: Policy) -> Policy:
    """The packaged rows with the user's own: one of a known reason takes its place, the others come first."""
    replaced = {row.reason: row for row in own}
    known = {row.reason for row in policy}
    return (*(row for row in own if row.reason not in known), *(replaced.get(row.reason, row) for row in policy))


def _row(row: object, number: int, name: str) -> Row:
    wrong = f"Row {number} of the guideline {name}"
    if not isinstance(row, dict) or set(row) - {"reason", "where", "when"}:
        raise ConfigError(f"{wrong} may hold reason, where and when only.")
    reason, where, when = row.get("reason", ""), row.get("where", ""), row.get("when", {})
    if not isinstance(reason, str) or not reason.isidentifier():
        raise ConfigError(f"{wrong} needs a reason of letters and underscores.")
    if where not in get_args(Where):
        raise ConfigError(f"{wrong} must say where: {', '.join(get_args(Where))}.")
    if not isinstance(when, dict):
        raise ConfigError(f"{wrong} has a when that is no table.")
    return Row(reason=reason, where=where, when={key: _allowed(key, value, wrong) for key, value in when.items()})


def _allowed(key: str, value: object, wrong: str) -> tuple[Any, ...]:
    """The values that a condition allows. Raises: ConfigError."""
    kinds = get_type_hints(Situation)
    if key not in {field.name for field in fields(Situation)}:
        raise ConfigError(f"{wrong} asks for {key}, which no situation has.")
    given: Sequence[Any] = value if isinstance(value, list) else [value]
    possible = get_args(kinds[key]) or (True, False)
    for one in given:
        if one not in possible or isinstance(one, bool) != (possible == (True, False)):
            raise ConfigError(f"{wrong} has {key} = {one!r}; possible is {', '.join(map(str, possible)).lower()}.")
    if not given:
        raise ConfigError(f"{wrong} allows nothing for {key}.")
    return tuple(given)
