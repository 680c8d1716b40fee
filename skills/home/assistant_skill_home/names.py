"""What people call the things of a home: phrases for the grammar, and what each of them points at.

"kitchen lights", "lights in the kitchen"  ->  "kitchen lights"  ->  every light of the area kitchen
"smart curtain", "the curtain"             ->  "Smart Curtain"   ->  cover.smart_curtain
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.skill import is_korean, say_number
from assistant_skill_home import korean
from assistant_skill_home.kinds import KINDS, kind_of
from assistant_skill_home.model import Entity, Home

_COVERS = ("curtain", "blind", "shade", "shutter", "awning", "window", "damper", "cover")
_ENTRIES = ("garage", "gate", "door")
_PLAIN = ("light", "fan", "switch", "toggle", "humidifier", "climate", "player")
LISTS: Mapping[str, tuple[str, ...]] = {
    "switchable": _PLAIN,
    "spared": _PLAIN,
    "light": ("light",),
    "fan": ("fan",),
    "opening": (*_COVERS, "valve"),
    "entry": _ENTRIES,
    "valve": ("valve",),
    "closing": (*_COVERS, *_ENTRIES, "valve"),
    "lock": ("lock",),
    "climate": ("climate",),
    "vacuum": ("vacuum",),
    "mower": ("mower",),
    "player": ("player",),
    "activity": ("scene", "script", "button"),
    "guarded": ("scene", "script", "button", "switch", "toggle"),
    "todo": ("todo",),
    "thing": tuple(KINDS),
}
"""Slot of the templates -> the kinds of which it takes names and words."""

MAX_SHOWN = 48
"""Values of a list that a small model is given to choose from, single things first; the grammar knows all."""

AWAY = "away"
"""The list of words for kinds of things, as long as a home is configured but was never reached."""

PLACES = "place"
"""The list of areas and floors alone."""

_ALONE: Mapping[str, tuple[str, ...]] = {
    "light": ("light",), "lock": ("lock",), "climate": ("climate",), "player": ("player",), "spared": _PLAIN,
}  # fmt: skip
"""In these lists the name of an area alone stands for all of that kind in it ("dim the kitchen")."""
_SAME = (
    ("ac", "air conditioner", "air conditioning"),
    ("tv", "television"),
    ("thermostat", "heating", "heater", "radiator"),
)
"""Words of one kind that mean the same sort of it."""
_VAGUE = frozenset(["room", "area", "space", "floor", "side", "house", "zone"])
"""Words that are no short name of an area, even where only one area has them."""
_NO_GROUPS = ("activity", "guarded")
_OF_WORD: Mapping[str, tuple[str, ...]] = {
    word: tuple(name for name, kind in KINDS.items() if any(word in pair for pair in kind.words))
    for one in KINDS.values()
    for pair in one.words
    for word in pair
}
"""The kinds that a word may mean: "doors" are locks, doors that move, and sensors; the tool takes those that it can."""
_HERE = ("here", "in here", "in this room", "around here")
_AWAY = ("in house", "in home", "everywhere", "in whole house", "at home")
_FULL, _PLACED, _SEVERAL, _SINGLE, _LOOSE, _PART = range(6)
"""How well a phrase fits what it points at; of two meanings the better one counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Certain entities, or all of some kinds: in an area, on a floor, or in the whole home where neither is given.

    `word`: of these the ones that have it in their name, if any do: a TV is no speaker, though both play.
    """

    entities: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    area: str = ""
    floor: str = ""
    word: str = ""

    def find(self, home: Home) -> list[Entity]:
        """What it points at in the home as it is."""
        if self.entities:
            return [home.entities[one] for one in self.entities if one in home.entities]
        areas = {self.area} if self.area else {area.id for area in home.on_floor(self.floor)}
        found = [
            one
            for one in home.entities.values()
            if kind_of(one) in self.kinds and (one.area in areas or not (self.area or self.floor))
        ]
        return [one for one in found if self.word and _is_called(one, self.word)] or found


class Names:
    """The phrases of one home by list, and the targets by the value that a phrase gives. `here`: our own area's id."""

    def __init__(self, home: Home, here: str = "") -> None:
        self.home, self.here = home, here
        self.targets: dict[str, Target] = {}
        self._unique = self._unique_names()
        self._short = _short_names(home)
        self.lists: dict[str, dict[str, str]] = {name: self._list(name) for name in LISTS}
        for name, kinds in LISTS.items():
            own = korean.phrases(self, name, kinds, _ALONE.get(name, ()))
            self.lists[name] |= {phrase: value for phrase, value in own.items() if is_korean(phrase)}
        self.lists[PLACES] = self._places()
        self.shown = {name: self._shown(name, values) for name, values in self.lists.items() if name != PLACES}

    def value(self, target: Target) -> str:
        """The words for a target, by which tools are given it."""
        value = self._words(target)
        self.targets.setdefault(value, target)
        return value

    def find(self, value: str, home: Home) -> list[Entity]:
        """The entities that a value points at, as they are in this home."""
        target = self.targets.get(value)
        return [] if target is None else target.find(home)

    def place(self, value: str) -> Target | None:
        """The area or floor of this name."""
        return self.targets.get(f"({value})")

    def target(self, entities: tuple[str, ...]) -> Target:
        """These very things."""
        return Target(entities=entities)

    def group(self, kinds: tuple[str, ...], area: str = "", floor: str = "", word: str = "") -> Target:
        """All of some kinds in a place, or everywhere."""
        return Target(kinds=kinds, area=area, floor=floor, word=word)

    def belongs(self, one: Entity, list_name: str) -> bool:
        """May it be in a list of its kinds? What lets somebody in is only where that is asked about first."""
        return _belongs(one, list_name)

    def places_of(self, one: Entity) -> list[str]:
        """The names of the area and the floor that it is in."""
        return [*self._area_names(one.area), *self._floor_names(one.area)]

    def usual(self, list_name: str) -> str:
        """The value for all of a kind: near us if there are any, else in the whole home."""
        kinds = LISTS[list_name]
        near = Target(kinds=kinds, area=self.here)
        return self.value(near if self.here and near.find(self.home) else Target(kinds=kinds))

    def _words(self, target: Target) -> str:
        if target.entities:
            one = self.home.entities[target.entities[0]]
            if len(target.entities) > 1 or self._unique.get(one.name.lower()) == one.id:
                return one.name
            area = self.home.areas.get(one.area)
            return f"{one.name} in the {area.name}" if area else one.id
        several = _several(target.word) if target.word else _word_of(target.kinds)
        if target.area:
            return f"{self.home.areas[target.area].name} {several}"
        if target.floor:
            return f"{self.home.floors[target.floor].name} {several}"
        return f"all {several}"

    def _unique_names(self) -> dict[str, str]:
        """Names that only one entity has that can be switched, opened or the like."""
        owners: dict[str, set[str]] = {}
        for one in self.home.entities.values():
            owners.setdefault(one.name.lower(), set()).add(one.id)
        return {name: next(iter(ids)) for name, ids in owners.items() if len(ids) == 1}

    def _list(self, name: str) -> dict[str, str]:
        found = _Phrases()
        kinds = LISTS[name]
        members = [one for one in self.home.entities.values() if kind_of(one) in kinds and _belongs(one, name)]
        for one in members:
            for phrase, rank in self._phrases_of(one, name):
                found.add(phrase, Target(entities=(one.id,)), rank)
        for phrase, one in _parts(members):
            found.add(phrase, Target(entities=(one.id,)), _PART)
        if members and name not in _NO_GROUPS:
            for phrase, target, rank in self._groups(name, kinds):
                found.add(phrase, target, rank)
        return {phrase: self.value(target) for phrase, target in found.best()}

    def _phrases_of(self, one: Entity, list_name: str) -> Iterator[tuple[str, int]]:
        words = [word for pair in KINDS[kind_of(one)].words for word in pair]
        places = [*self._area_names(one.area), *self._floor_names(one.area)]
        for name in (one.name.lower(), *map(str.lower, one.aliases)):
            loose = [(other, _LOOSE) for other in (*_other_number(name), *_with_kind(name, words))]
            if list_name != "thing" or kind_of(one) == "lock":
                loose += [(other, _LOOSE) for other in _without_kind(name, words) if not self._is_place(other)]
            if " " in name:
                rest, _, last = name.rpartition(" ")
                loose.append((f"{last} in {rest}", _LOOSE))
            for phrase, rank in [(name, _FULL), *loose]:
                yield phrase, rank
                for place in places:
                    yield f"{place} {phrase}", max(rank, _PLACED)
                    yield f"{phrase} in {place}", max(rank, _PLACED)

    def _groups(self, list_name: str, kinds: Sequence[str]) -> Iterator[tuple[str, Target, int]]:
        pairs = [pair for kind in kinds for pair in KINDS[kind].words]
        several = {many for _, many in pairs}
        for word in dict.fromkeys(word for pair in pairs for word in pair):
            rank, of = _SEVERAL if word in several else _SINGLE, _OF_WORD[word]
            own = self._own_word(word, kinds)
            near, everywhere = Target(kinds=of, area=self.here, word=own), Target(kinds=of, word=own)
            yield word, near, rank
            yield f"all {word}", everywhere, rank
            for lead in ("", "all "):
                for here in _HERE:
                    yield f"{lead}{word} {here}", near, rank
                for away in _AWAY:
                    yield f"{lead}{word} {away}", everywhere, rank
                for names, target in self._all_places(of, own):
                    for place in names:
                        yield f"{lead}{place} {word}", target, rank
                        yield f"{lead}{place}s {word}", target, rank
                        yield f"{lead}{word} {place}", target, _LOOSE
                        yield f"{lead}{word} in {place}", target, rank
        if list_name == "switchable":
            yield "everything", Target(kinds=tuple(kinds)), _SEVERAL
            for names, target in self._all_places(tuple(kinds)):
                for place in names:
                    yield f"everything in {place}", target, _SEVERAL
        if list_name in _ALONE:
            for names, target in self._all_places(_ALONE[list_name]):
                for place in names:
                    yield place, target, _PART

    def _own_word(self, word: str, kinds: Sequence[str]) -> str:
        """The word in the singular, if it is not the usual one for its kind and somebody's name has it."""
        for kind in kinds:
            for one, several in KINDS[kind].words[1:]:
                if word in (one, several) and any(
                    kind_of(entity) == kind and _is_called(entity, one) for entity in self.home.entities.values()
                ):
                    return one
        return ""

    def _all_places(self, kinds: tuple[str, ...], word: str = "") -> Iterator[tuple[list[str], Target]]:
        for area in self.home.areas.values():
            yield self._area_names(area.id), Target(kinds=kinds, area=area.id, word=word)
        for floor in self.home.floors.values():
            yield _floor_words(floor.name, floor.aliases), Target(kinds=kinds, floor=floor.id, word=word)

    def _places(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for floor in self.home.floors.values():
            self.targets[f"({floor.name})"] = Target(floor=floor.id)
            found |= dict.fromkeys(_floor_words(floor.name, floor.aliases), floor.name)
        for area in self.home.areas.values():
            self.targets[f"({area.name})"] = Target(area=area.id)
            found |= dict.fromkeys(self._area_names(area.id), area.name)
        if self.here:
            found |= dict.fromkeys(_HERE, self.home.areas[self.here].name)
        return {spelling: value for phrase, value in found.items() for spelling in _spellings(phrase)}

    def _shown(self, name: str, values: Mapping[str, str]) -> list[str]:
        """The values that stand for something that is there, groups only where they are one."""
        shown = []
        for value in dict.fromkeys(values.values()):
            target = self.targets[value]
            found = [one for one in target.find(self.home) if kind_of(one) in LISTS[name] and _belongs(one, name)]
            if found and (target.entities or target.area or target.floor or len(found) > 1):
                shown.append(value)
        return sorted(shown, key=lambda value: not self.targets[value].entities)[:MAX_SHOWN]

    def _area_names(self, area_id: str) -> list[str]:
        area = self.home.areas.get(area_id)
        return [] if area is None else [area.name.lower(), *map(str.lower, area.aliases), *self._short[area_id]]

    def _floor_names(self, area_id: str) -> list[str]:
        area = self.home.areas.get(area_id)
        floor = self.home.floors.get(area.floor) if area is not None else None
        return [] if floor is None else _floor_words(floor.name, floor.aliases)

    def _is_place(self, phrase: str) -> bool:
        return any(phrase in (*self._area_names(area), *self._floor_names(area)) for area in self.home.areas)


class _Phrases:
    """Meanings of phrases; of several the best rank counts, and entities of the same rank are meant together."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[int, Target]] = {}

    def add(self, phrase: str, target: Target, rank: int) -> None:
        for spelling in _spellings(phrase):
            old_rank, old = self._found.get(spelling, (99, target))
            if rank < old_rank:
                self._found[spelling] = (rank, target)
            elif rank == old_rank and old.entities and target.entities and target != old:
                together = tuple(dict.fromkeys([*old.entities, *target.entities]))
                self._found[spelling] = (rank, Target(entities=together))

    def best(self) -> Iterator[tuple[str, Target]]:
        return ((phrase, target) for phrase, (_, target) in self._found.items())


def _several(word: str) -> str:
    """The plural of a word for a kind; abbreviations in capitals."""
    many = next((many for kind in KINDS.values() for one, many in kind.words if one == word), word)
    return f"{word.upper()}s" if len(word) == 2 else many


def _is_called(one: Entity, word: str) -> bool:
    """Is the word, or one that means the same, in its name?"""
    if is_korean(word):
        return korean.is_called(one, word)
    same = next((words for words in _SAME if word in words), (word,))
    return any(f" {said} " in f" {name.lower()} " for name in (one.name, *one.aliases) for said in same)


def _short_names(home: Home) -> dict[str, list[str]]:
    """The last words of an area's name, where no other area has them ("office" for "Home Office")."""
    ends = {
        area.id: {" ".join(words[start:]) for start in range(1, len(words))}
        for area in home.areas.values()
        for words in [area.name.lower().split()]
    }
    taken = {name.lower() for area in home.areas.values() for name in (area.name, *area.aliases)}
    taken |= {name.lower() for floor in home.floors.values() for name in (floor.name, *floor.aliases)}
    return {
        key: sorted(
            end
            for end in mine
            if end not in taken | _VAGUE
            and not end.isdigit()
            and not any(end in others for other, others in ends.items() if other != key)
        )
        for key, mine in ends.items()
    }


def _belongs(one: Entity, list_name: str) -> bool:
    """What lets somebody in is only in lists of tools that ask first, or that do not open it."""
    if list_name == "guarded":
        return one.lets_in
    return not (one.lets_in and list_name in ("switchable", "spared", "activity", "opening"))


def _word_of(kinds: Sequence[str]) -> str:
    """The word for several things of these kinds: the one that they share, if it is not their own."""
    if len(kinds) == 1:
        return KINDS[kinds[0]].several
    shared = set.intersection(*({many for _, many in KINDS[kind].words} for kind in kinds))
    return min(shared, key=lambda word: (len(word), word), default="things")


def _floor_words(name: str, aliases: Iterable[str]) -> list[str]:
    names = [name.lower(), *map(str.lower, aliases)]
    return [*names, *(f"{one} floor" for one in names if not one.endswith(("floor", "stairs")))]


def _other_number(name: str) -> Iterator[str]:
    """The name with its last word in the plural, or in the singular."""
    if name.endswith("s") and not name.endswith("ss"):
        yield name[:-1]
    elif name and not name[-1].isdigit():
        yield f"{name}s"


def _with_kind(name: str, words: Sequence[str]) -> Iterator[str]:
    if not any(name.endswith(word) for word in words):
        yield from (f"{name} {word}" for word in words)


def _without_kind(name: str, words: Sequence[str]) -> Iterator[str]:
    for word in words:
        if name.endswith(f" {word}"):
            yield name.removesuffix(f" {word}")


def _parts(members: Sequence[Entity]) -> Iterator[tuple[str, Entity]]:
    """The last words of names, where they belong to one of the members only ("my tasks" for "Personal Tasks")."""
    owners: dict[str, set[str]] = {}
    by_id = {one.id: one for one in members}
    for one in members:
        for name in (one.name, *one.aliases):
            words = name.lower().split()
            for start in range(1, len(words)):
                owners.setdefault(" ".join(words[start:]), set()).add(one.id)
    for phrase, ids in owners.items():
        if len(ids) == 1 and not phrase.replace(" ", "").isdigit():
            yield phrase, by_id[next(iter(ids))]


def _spellings(phrase: str) -> Iterator[str]:
    """A number is said, or written, in figures or in words."""
    yield phrase
    words = phrase.split()
    if any(word.isdigit() and int(word) <= 100 for word in words):
        yield " ".join(say_number(int(word)) if word.isdigit() and int(word) <= 100 else word for word in words)
