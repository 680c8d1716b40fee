"""The grammar of the fast path: hassil's template syntax, matched with typed slots, also against unfinished text.

hassil's own recogniser has no durations, decimals or arithmetic, no two slots side by side, and cannot tell that a
sentence has only begun; therefore its parser reads the templates and the walk over them is ours.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from hassil.errors import HassilError
from hassil.expression import Alternative, Expression, Group, ListReference, Permutation, TextChunk
from hassil.parse_expression import parse_sentence
from hassil.parser import ParseError

from assistant.errors import SkillLoadError
from assistant.think.fastpath import Match, Near, Template, Topic, best
from assistant.think.forms import Form, Forms
from assistant.think.livelist import LiveList
from assistant.think.nearby import Nearby
from assistant.think.normalize import MAX_CHARS
from assistant.think.script import SCRIPTS, Script
from assistant.think.slots import Found, Phrases, Slot
from assistant.types import Completeness, JsonDict, ToolCall

_log = logging.getLogger(__name__)

Reader = Callable[[str], ToolCall | None]
"""A skill's own parser: a whole normalised text -> the call that it asks for, or None."""

MAX_READ_WORDS = 24
"""Longer texts are not given to the parsers of skills, which are slower than the templates."""


@dataclass(frozen=True, slots=True)
class _State:
    """How far a walk came: next character, arguments so far, characters matched by template words and by names.

    `after_name`: the last thing matched was a name. Nearly everything can be one, so a text that ends there is not
    taken for the beginning of a command ("turn off the lights" for "turn off the lights timer").
    """

    place: int = 0
    arguments: JsonDict = field(default_factory=dict)
    literal: int = 0
    named: int = 0
    after_name: bool = False


@dataclass(slots=True)
class _Text:
    """The text of one question; `wants_more` is set when a walk reached its end in the middle of a template."""

    text: str
    wants_more: bool = False
    _found: dict[tuple[int, int, str], list[Found]] = field(default_factory=dict)
    _open: dict[tuple[int, int], bool] = field(default_factory=dict)

    def find(self, slot: Slot, place: int, parameter: str) -> list[Found]:
        """What the slot reads at a place; read once, however many templates ask."""
        key = (id(slot), place, parameter)
        if key not in self._found:
            self._found[key] = list(slot.find(self.text, place, parameter))
        return self._found[key]

    def note_open(self, slot: Slot, place: int) -> None:
        """Note whether the slot would take more words at the end of the text."""
        key = (id(slot), place)
        if not self.wants_more and key not in self._open:
            rest = self.text[place:]
            self._open[key] = self.wants_more = not rest or slot.is_open(rest)


Needs = tuple[frozenset[str], ...]
"""Of each of these sets one piece must stand in a text that matches: most templates are passed over by that."""


class _Words:
    """Words of a template, with the spaces that part them."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = pieces
        self.needs: Needs = tuple(frozenset([piece]) for piece in pieces if piece != " ")

    def walk(self, text: _Text, state: _State) -> Iterator[_State]:
        place, literal = state.place, state.literal
        for piece in self.pieces:
            if piece == " ":
                if text.text[place : place + 1] == " ":
                    place += 1
                elif place not in (0, len(text.text)) and text.text[place - 1] != " ":
                    return
            elif text.text.startswith(piece, place):
                place += len(piece)
                literal += len(piece)
            else:
                rest = text.text[place:]
                only_a_name = state.after_name and literal == state.literal and not rest
                text.wants_more |= piece.startswith(rest) and not only_a_name
                return
        yield _State(place, state.arguments, literal, state.named, state.after_name and literal == state.literal)

    def variants(self) -> list[str]:
        return ["".join(self.pieces)]

    def form(self, forms: Forms) -> Form:
        return forms.words("".join(self.pieces).strip())


class _Value:
    """A typed slot; `parameter` is the tool's argument that it fills."""

    needs: Needs = ()

    def __init__(self, slot: Slot, parameter: str, *, is_name: bool) -> None:
        self.slot, self.parameter, self.is_name = slot, parameter, is_name

    def walk(self, text: _Text, state: _State) -> Iterator[_State]:
        if state.literal or state.place < len(text.text):  # nothing but a name so far is no beginning of a command
            text.note_open(self.slot, state.place)
        for end, arguments in text.find(self.slot, state.place, self.parameter):
            named = end - state.place if self.is_name else 0
            yield _State(end, {**state.arguments, **arguments}, state.literal, state.named + named, self.is_name)

    def variants(self) -> list[str]:
        return []

    def form(self, forms: Forms) -> Form:
        return forms.value(self.slot, self.slot.phrases if isinstance(self.slot, Phrases) else None)


class _Either:
    def __init__(self, options: Sequence[_Node]) -> None:
        self.options = options
        # Of each option its first need: one of them must be there, if no option goes without.
        firsts = [option.needs[:1] for option in options]
        self.needs: Needs = (frozenset().union(*(need[0] for need in firsts)),) if all(firsts) else ()

    def walk(self, text: _Text, state: _State) -> Iterator[_State]:
        for option in self.options:
            yield from option.walk(text, state)

    def variants(self) -> list[str]:
        found = [option.variants() for option in self.options]
        return [text for texts in found for text in texts] if all(found) else []

    def form(self, forms: Forms) -> Form:
        return forms.either([option.form(forms) for option in self.options])


class _InOrder:
    def __init__(self, items: Sequence[_Node]) -> None:
        self.items = items
        self.needs: Needs = tuple(need for item in items for need in item.needs)

    def walk(self, text: _Text, state: _State) -> Iterator[_State]:
        states = [state]
        for item in self.items:
            states = [after for before in states for after in item.walk(text, before)]
        yield from states

    def variants(self) -> list[str]:
        found = [item.variants() for item in self.items]
        return ["".join(parts) for parts in itertools.product(*found)] if all(found) else []

    def form(self, forms: Forms) -> Form:
        """Parts of one word ("timer[s]") are put together, since what is heard is compared by whole words."""
        joined: list[list[_Node]] = []
        for item in self.items:
            if joined and _is_glued(joined[-1][-1], item):
                joined[-1].append(item)
            else:
                joined.append([item])
        return forms.in_order([_word_form(parts, forms) for parts in joined])


_Node = _Words | _Value | _Either | _InOrder


def _is_glued(before: _Node, after: _Node) -> bool:
    """Does a word go on from one part of a template to the next?"""
    left, right = [text for text in before.variants() if text], [text for text in after.variants() if text]
    return any(text[-1] != " " for text in left) and any(text[0] != " " for text in right)


def _word_form(parts: Sequence[_Node], forms: Forms) -> Form:
    if len(parts) == 1:
        return parts[0].form(forms)
    return forms.either([forms.words(text.strip()) for text in _InOrder(parts).variants()])


class _Compiler:
    """Turns hassil's expressions into walks; lists that are the same object become one slot."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._phrases: dict[int, Slot] = {}

    def compile(self, expression: Expression, template: Template) -> _Node:
        """Raises: SkillLoadError for an unknown slot."""
        if isinstance(expression, TextChunk):
            return _Words(self._script.pieces(expression.text))
        if isinstance(expression, ListReference):
            slot = self._slot(expression.list_name, template)
            return _Value(slot, expression.slot_name, is_name=slot in self._script.free)
        if isinstance(expression, Permutation):
            ways = [self._both(item, rest, template) for item, rest in expression.iterate_permutations()]
            return _Either(ways)
        if isinstance(expression, Group):
            items = [self.compile(item, template) for item in expression.items]
            return _Either(items) if isinstance(expression, Alternative) else _InOrder(items)
        raise SkillLoadError(
            f"The template '{template.text}' of {template.tool} uses a rule, which skills do not have."
        )

    def _both(self, item: Expression, rest: Permutation, template: Template) -> _Node:
        others = rest if len(rest.items) > 1 else rest.items[0]
        return _InOrder([self.compile(item, template), self.compile(others, template)])

    def _slot(self, kind: str, template: Template) -> Slot:
        if kind in template.lists:
            values = template.lists[kind]
            if id(values) not in self._phrases:
                self._phrases[id(values)] = self._script.phrases(values)
            return self._phrases[id(values)]
        if kind in self._script.typed:
            return self._script.typed[kind]
        raise SkillLoadError(f"The template '{template.text}' of {template.tool} has an unknown slot '{kind}'.")


class HassilGrammar:
    """`assistant.think.fastpath.Grammar` over the templates of the enabled skills in one language.

    A template that does not parse, names an unknown slot, or begins with a name (it would match all) is left out;
    `problems` says so.
    """

    def __init__(self, templates: Sequence[Template], readers: Sequence[Reader] = (), *, language: str = "en") -> None:
        self._readers = readers
        self._script = SCRIPTS[language]
        compiler = _Compiler(self._script)
        self.problems: list[str] = []
        self._all: list[tuple[Template, _Node, tuple[LiveList, ...]]] = []
        for template in templates:
            try:
                node = self._parse(template, compiler)
                live = (found for name, found in template.lists.items() if f"{{{name}" in template.text)
                self._all.append((template, node, tuple(one for one in live if isinstance(one, LiveList))))
            except SkillLoadError as error:
                self.problems.append(error.sentence)
                _log.warning("template left out", extra={"tool": template.tool, "reason": error.sentence})
        spelled = self._script.normalize
        self._nearby: Nearby | None = None
        self._never = {(template.tool, spelled(text)) for template in templates for text in template.never}
        self._never_so = {text.replace(" ", "") for _, text in self._never}
        self.match(self._script.warm_up)

    def match(self, text: str) -> tuple[ToolCall, ...] | None:
        found = self._read(text)
        return (
            tuple(ToolCall(tool=one.tool, arguments=self._script.told(one.arguments, text)) for one in found)
            if found
            else None
        )

    def is_complete(self, text: str) -> Completeness:
        found = self._read(text)
        if found:
            return "prefix" if found[-1].kind == "unfinished" else "complete"
        if not (spelled := self._script.spell(text)):
            return "empty"
        text = self._script.normalize(text)
        if not text or len(text) > MAX_CHARS:
            return "prefix" if self._script.begun(spelled) else "unknown"
        if (first := self._script.joint(text)) and self._find(first, False):
            return "prefix"
        question = _Text(text)
        for template, node in self._compiled:
            if template.kind != "after":
                for _ in node.walk(question, _State()):
                    pass
        return "prefix" if question.wants_more else "unknown"

    def near(self, text: str, *, skill: str = "", within: float = 0.0) -> tuple[Near, ...]:
        """See `assistant.think.fastpath.Grammar`; nothing in a script that does not part its words."""
        if self._script.object_first:
            return ()
        found = self._neighbours().find(self._script.normalize(text), skill=skill, within=within)
        return tuple(one for one in found if one.text.replace(" ", "") not in self._never_so)

    def topic(self, text: str) -> Topic | None:
        """See `assistant.think.fastpath.Grammar`."""
        return None if self._script.object_first else self._neighbours().topic(self._script.normalize(text))

    def _neighbours(self) -> Nearby:
        if self._nearby is None:
            forms = Forms()
            whole = ((template, node, live) for template, node, live in self._all if template.kind == "whole")
            self._nearby = Nearby((node.form(forms), live, template.tool) for template, node, live in whole)
        return self._nearby

    @property
    def _compiled(self) -> Iterator[tuple[Template, _Node]]:
        """The templates that count now: one that names a live list, even as a part that may be left out, is off while
        that list is empty.
        """
        return ((template, node) for template, node, live in self._all if all(live))

    def _read(self, text: str) -> tuple[Match, ...] | None:
        return self._script.read(self._script.normalize(text), self._find) if len(text) <= MAX_CHARS else None

    def _find(self, text: str, after: bool) -> Match | None:
        found = best(match for match in self._matches(text, after) if (match.tool, text) not in self._never)
        return found or self._read_by_skill(text)

    def _read_by_skill(self, text: str) -> Match | None:
        """What a skill's own parser makes of a whole text; it counts like a template without names."""
        for reader in self._readers if len(text.split()) <= MAX_READ_WORDS else ():
            call = reader(text)
            if call is not None and (call.tool, text) not in self._never:
                arguments = self._script.quoted(call.arguments, text)
                return Match(tool=call.tool, arguments=arguments, literal=len(text), named=0, kind="whole")
        return None

    def _matches(self, text: str, after: bool) -> Iterator[Match]:
        question = _Text(text)
        for template, node in self._compiled:
            if template.kind == "after" and not after:
                continue
            if not all(any(piece in text for piece in need) for need in node.needs):
                continue
            for state in node.walk(question, _State()):
                if state.place == len(text):
                    yield Match(
                        tool=template.tool,
                        arguments=state.arguments,
                        literal=state.literal,
                        named=state.named,
                        kind=template.kind,
                        gives_way=template.gives_way is not None and template.gives_way(state.arguments),
                    )

    def _parse(self, template: Template, compiler: _Compiler) -> _Node:
        try:
            expression = parse_sentence(template.text).expression
        except (ParseError, HassilError, AssertionError) as error:
            raise SkillLoadError(f"The template '{template.text}' of {template.tool} does not parse: {error}") from None
        node = compiler.compile(expression, template)
        if not self._script.object_first and template.text.lstrip("[( ").startswith(("{name", "{text", "{words")):
            raise SkillLoadError(f"The template '{template.text}' of {template.tool} must not begin with a name.")
        return node


def create(templates: Sequence[Template], readers: Sequence[Reader] = (), *, language: str = "en") -> HassilGrammar:
    """Compile and warm the grammar of a language. `readers` are asked for what no template covers."""
    return HassilGrammar([one for one in templates if one.language == language], readers, language=language)
