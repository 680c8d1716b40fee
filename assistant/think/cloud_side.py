"""What all conversations share of the cloud: the chosen provider, the guideline, the ledger, and what was chosen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from assistant.account.entitlement import Entitlements, NoPlan
from assistant.store.ledger import Caps, Ledger
from assistant.think.cloud import Guarded
from assistant.think.cloud_tools import Offering
from assistant.think.named import Named, named_in
from assistant.think.pictures import GuardedPainter
from assistant.think.providers import Provider
from assistant.think.route import DataClass, Mode, Person, Policy, Situation, strictest
from assistant.think.sureness import Sureness

FIRST = "first"
"""The name of the choice of a voice among the chosen providers: the id of the one that is asked first."""
_DEFAULT: tuple[Mode, ...] = ("prefer_device",)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudChoices:
    """What the configuration says; `mode` is a ceiling where it is given, a voice can only choose what is stricter."""

    mode: Mode | None = None
    personal: Mode = "device"
    household: Mode = "device"
    person: Person = "adult"
    metered: bool = False
    max_tokens: int = 400
    keep_days: int = 30


@dataclass(slots=True, kw_only=True)
class CloudSide:
    """What all conversations share: the chosen provider, the guideline, the ledger, the names that are known now.

    `sureness` judges what the local model begins to say; none where it was not fitted for that model."""

    id: str
    provider: Provider
    model: Guarded
    ledger: Ledger
    policy: Policy
    caps: Caps
    choices: CloudChoices = field(default_factory=CloudChoices)
    entitlements: Entitlements = field(default_factory=NoPlan)
    sureness: Sureness | None = None
    people: Callable[[], Iterable[str]] = tuple
    things: Callable[[], Iterable[str]] = tuple
    online: Callable[[], bool] = lambda: True
    wall_s: Callable[[], float] = time.time
    painter: GuardedPainter | None = None
    own_key: bool = True
    """The person pays the provider by a key of their own; else a premium skill needs a plan that allows it."""
    tools: Offering = field(default_factory=Offering)
    others: tuple[CloudSide, ...] = ()
    """The same with other chosen providers: each takes over where those before it fail before their first word."""
    known: Mapping[str, Provider] = field(default_factory=dict)
    """The catalogue by ids, for the names of models that were not chosen."""

    @property
    def consented(self) -> bool:
        return self.ledger.agreed(self.id, self.provider.terms)

    @property
    def chosen(self) -> tuple[CloudSide, ...]:
        return (self, *self.others)

    @property
    def in_order(self) -> list[CloudSide]:
        """The chosen ones, the first choice first: that of a voice, else as configured. Raises: StoreError."""
        first = self.ledger.choice(FIRST)
        return sorted(self.chosen, key=lambda side: side.id != first)

    @property
    def line(self) -> list[CloudSide]:
        """Who may be asked now, the first choice first: agreed to, and not resting. Raises: StoreError."""
        return [side for side in self.in_order if side.consented and not side.model.broken]

    @property
    def now(self) -> CloudSide:
        """Who would be asked; see `first_of`. Raises: StoreError."""
        return first_of(self.in_order)

    def mode(self, data: DataClass) -> Mode:
        """What applies to this class of words."""
        chosen: tuple[Mode, ...] = ("device", "ask", "prefer_device", "prefer_cloud")
        said = next((mode for mode in chosen if mode == self.ledger.choice("mode")), None)
        configured = self.choices.mode
        general = strictest(*(mode for mode in (said, configured) if mode), *(() if said or configured else _DEFAULT))
        own: dict[DataClass, Mode] = {"personal": self.choices.personal, "household": self.choices.household}
        return strictest(general, own.get(data, general))

    def situation(self, data: DataClass, **known: Any) -> Situation:
        """What holds for words of this class now, with what else is `known` of them. Raises: StoreError."""
        return Situation(
            mode=self.mode(data),
            data=data,
            person=self.choices.person,
            net="down" if not self.online() else "metered" if self.choices.metered else "up",
            web="web" in self.provider.abilities,
            provider=True,
            broken=self.model.broken,
            plan_only=self.provider.kind == "gateway",
            consented=self.consented,
            **known,
        )

    def first_question(self) -> str:
        """Asks for consent: what would leave, to whom, and what is done with it there."""
        return (
            f"That would send your words, less the names and numbers I recognize, to {self.provider.name},"
            f" in {self.provider.region}. {self.provider.policy} Is that all right, from now on?"
        )

    def named(self, text: str) -> Named | None:
        """The model of the catalogue that these words want; see `named_in`. A person whom we know by that name is meant
        first: "ask Claude" is for somebody else then."""
        providers = {**self.known, **{side.id: side.provider for side in self.chosen}}
        if (found := named_in(text, providers)) is None:
            return None
        said, names = text.lower(), {name.lower() for name in providers[found.id].names}
        return None if any(one.lower() in names and one.lower() in said for one in self.people()) else found

    async def close(self) -> None:
        """Close what is open to the provider, and the ledger."""
        for side in self.chosen:
            await side.model.provider.close()
            if side.painter is not None:
                await side.painter.close()
        self.ledger.close()


def first_of(sides: Sequence[CloudSide]) -> CloudSide:
    """Who of these would be asked; where nobody may be, the first that was agreed to, else the first.

    Raises: StoreError.
    """
    agreed = [side for side in sides if side.consented]
    return next(iter([side for side in agreed if not side.model.broken] or agreed or sides))
