"""The host: what loads, what is left out with a reason, and that no tool can harm a turn."""

from __future__ import annotations

import asyncio
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pytest

from assistant.engines.hassil_grammar import create
from assistant.skill import Reply, Skill, SkillError, tool
from assistant.skills_host import LentContext, SkillHost
from assistant.types import ToolCall

pytestmark = pytest.mark.unit

MANIFEST = """
id = "lamp"
version = "1.0.0"
api = 1
languages = ["en"]
summary = "dim lamps"
examples = ["Dim the lamp."]
"""
TEXTS = """
done = ["{level} it is.", "Done."]
broken = "no {nothing}"
"""


class Lamp(Skill):
    @tool(fast=["dim to {number:level}"], effect="change")
    async def dim(
        self,
        level: Annotated[int, "from 0 to 100"],
        mode: Literal["soft", "hard"] = "soft",
        note: str | None = None,
        speed: float = 1.0,
        on: bool = True,
    ) -> Reply:
        """Dim a lamp
        to a level."""
        return self.reply("done", level=level)

    @tool()
    async def refuse(self) -> Reply:
        """Refuse."""
        raise SkillError("The lamp is broken.")

    @tool()
    async def crash(self) -> Reply:
        """Crash."""
        raise ZeroDivisionError

    @tool(deadline_s=0.0)
    async def late(self) -> Reply:
        """Come too late."""
        await asyncio.Event().wait()
        raise AssertionError

    @tool()
    async def hang(self) -> Reply:
        """Hang."""
        await asyncio.Event().wait()
        raise AssertionError

    @tool()
    async def forget(self) -> Reply:
        """Render a text whose value is missing."""
        return self.reply("broken")

    @tool()
    async def nothing(self) -> None:
        """Answer nothing."""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes a class the only class of a package on disk."""

    def make(kind: type, manifest: str = MANIFEST, texts: str = TEXTS) -> SkillHost:
        name = f"lamp_package_{len(list(tmp_path.iterdir()))}"
        folder = tmp_path / name
        (folder / "locale").mkdir(parents=True)
        (folder / "__init__.py").write_text("")
        if manifest:
            (folder / "skill.toml").write_text(manifest)
        if texts:
            (folder / "locale" / "en.toml").write_text(texts)
        monkeypatch.syspath_prepend(str(tmp_path))
        monkeypatch.setattr(kind, "__module__", name)
        if name not in sys.modules:
            monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
            monkeypatch.delitem(sys.modules, name)
        return SkillHost.load(_context(), sources={"lamp": lambda: kind})

    yield make


def _context() -> LentContext:
    return LentContext(timers=None)  # type: ignore[arg-type]


def _run(host: SkillHost, name: str, **arguments: Any) -> Any:
    return asyncio.run(host.run(ToolCall(tool=f"lamp.{name}", arguments=arguments)))


def test_schema_from_the_signature(package: Any) -> None:
    """Types, choices, defaults and descriptions become the schema; the docstring is the description."""
    spec = package(Lamp).specs["lamp.dim"]
    assert ("Dim a lamp to a level.", "change", "lamp") == (spec.description, spec.effect, spec.skill)
    assert {
        "type": "object",
        "properties": {
            "level": {"type": "integer", "description": "from 0 to 100"},
            "mode": {"type": "string", "enum": ["soft", "hard"]},
            "note": {"type": "string", "nullable": True},
            "speed": {"type": "number"},
            "on": {"type": "boolean"},
        },
        "required": ["level"],
        "additionalProperties": False,
    } == spec.parameters


def test_a_tool_runs(package: Any) -> None:
    """The first variant of a text is spoken, with a capital, and the values are the data."""
    result = _run(package(Lamp), "dim", level="7")
    assert (True, "7 it is.", {"level": 7}) == (result.ok, result.speech, result.data)


def test_the_grammar_of_a_skill(package: Any) -> None:
    """The templates of a loaded skill are ready for the grammar."""
    calls = create(package(Lamp).templates).match("please dim to forty two")
    assert calls == (ToolCall(tool="lamp.dim", arguments={"level": 42}),)


@pytest.mark.parametrize(
    ("name", "speech"),
    [
        ("refuse", "The lamp is broken."),
        ("crash", "Sorry, that did not work."),
        ("nothing", "Sorry, that skill gave no answer."),
        ("dim", "lamp.dim needs level."),
        ("explode", "I don't have a tool for that."),
    ],
)
def test_every_failure_is_a_sentence(package: Any, name: str, speech: str) -> None:
    """Whatever goes wrong in a tool becomes a failed result that can be spoken."""
    result = _run(package(Lamp), name)
    assert (False, speech) == (result.ok, result.speech)
    assert result.error


def test_a_missing_value_is_a_failure(package: Any) -> None:
    """A text that cannot be rendered is not spoken by halves."""
    assert not _run(package(Lamp), "forget").ok


def test_a_hanging_tool_is_stopped(package: Any) -> None:
    """The deadline ends a tool that does not."""
    result = _run(package(Lamp), "late")
    assert (False, "lamp took too long, so I stopped it.") == (result.ok, result.speech)


def test_cancellation_passes(package: Any) -> None:
    """A cancelled turn cancels its tool, and the host does not swallow it."""

    async def scenario() -> bool:
        task = asyncio.create_task(package(Lamp).run(ToolCall(tool="lamp.hang")))
        await asyncio.sleep(0)
        task.cancel()
        return isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)

    assert asyncio.run(scenario())


@pytest.mark.parametrize(
    ("manifest", "texts", "reason"),
    [
        ("", TEXTS, "no skill.toml"),
        ("id = ", TEXTS, "not valid TOML"),
        (MANIFEST + "extra = 1", TEXTS, "extra"),
        (MANIFEST.replace("api = 1", "api = 2"), TEXTS, "api"),
        (MANIFEST.replace('"lamp"', '"Lamp!"'), TEXTS, "id"),
        (MANIFEST.replace('["en"]', '["de"]'), TEXTS, "does not speak en"),
        (MANIFEST, "", "en.toml"),
        (MANIFEST, "done = 3", "no text"),
    ],
)
def test_a_bad_package_is_left_out(package: Any, manifest: str, texts: str, reason: str) -> None:
    """A package that does not fit is disabled with a reason."""
    host = package(Lamp, manifest, texts)
    assert ({}, True) == (dict(host.specs), reason in host.problems["lamp"])


class Silent(Skill):
    @tool()
    async def mute(self) -> Reply:
        raise AssertionError


class Blocking(Skill):
    @tool()
    def block(self) -> Reply:
        """Block."""
        raise AssertionError


class Odd(Skill):
    @tool()
    async def odd(self, value: bytes) -> Reply:
        """Take bytes."""
        raise AssertionError


class Misspelled(Skill):
    @tool(fast=["dim to {number:levle}"])
    async def dim(self, level: int) -> Reply:
        """Dim."""
        raise AssertionError


class Empty(Skill):
    pass


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (Silent, "docstring"),
        (Blocking, "async"),
        (Odd, "value"),
        (Misspelled, "levle"),
        (Empty, "no tools"),
        (int, "subclass of Skill"),
    ],
)
def test_a_bad_class_is_left_out(package: Any, kind: type, reason: str) -> None:
    """A class whose tools cannot be described is disabled with a reason."""
    load = package(kind) if kind is not int else SkillHost.load(_context(), sources={"lamp": lambda: int})  # type: ignore[dict-item,return-value]
    assert reason in load.problems["lamp"]


def test_the_rest_goes_on() -> None:
    """One skill that cannot even be imported does not take the others with it."""

    def broken() -> type[Skill]:
        raise ImportError("no module named lamp")

    from assistant_skill_clock import Clock

    host = SkillHost.load(_context(), sources={"lamp": broken, "clock": lambda: Clock})
    assert (["clock"], "no module named lamp" in host.problems["lamp"]) == (list(host.skills), True)


def test_two_skills_of_one_id() -> None:
    """The second skill of an id is refused."""
    from assistant_skill_clock import Clock

    host = SkillHost.load(_context(), sources={"a": lambda: Clock, "b": lambda: Clock})
    assert ["b"] == list(host.problems)


def test_the_first_party_skills_are_installed(bench: Any) -> None:
    """All four load, and every template compiles."""
    assert {} == bench.host.problems
    assert {"calculator", "clock", "help", "timer"} <= set(bench.host.skills)
    assert [] == create(bench.host.templates).problems


class Zoo(Skill):
    animals: ClassVar[dict[str, str]] = {}

    def lists(self) -> dict[str, dict[str, str]]:
        return {"animal": dict(self.animals)}

    def parse(self, text: str) -> tuple[str, dict[str, Any]] | None:
        return ("feed", {"what": "Leo"}) if text == "make leo happy" and self.animals else None

    async def serve(self) -> None:
        self.animals["lion"] = self.animals["lions"] = "Leo"
        self.context.lists_changed()

    @tool(fast=["feed {animal:what}", "feed them [{animal:what}]"], effect="change")
    async def feed(self, what: str = "all") -> Reply:
        """Feed an animal."""
        return Reply(speech=f"{what} eats.")


def test_live_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without names its tools are nobody's choice and its templates off; with some, grammar and models have them."""
    folder = tmp_path / "zoo_package"
    (folder / "locale").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "locale" / "en.toml").write_text("")
    (folder / "skill.toml").write_text(MANIFEST.replace('"lamp"', '"zoo"'))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(Zoo, "__module__", "zoo_package")
    monkeypatch.setattr(Zoo, "animals", {})
    context = _context()
    host = SkillHost.load(context, sources={"zoo": lambda: Zoo})
    grammar = create(host.templates, host.readers)
    assert {} == host.problems
    assert ({}, ()) == (dict(host.specs), context.examples["zoo"])
    assert [None, None, None] == [grammar.match(text) for text in ("feed the lions", "feed them", "make leo happy")]

    async def live() -> None:
        serving = asyncio.create_task(host.serve())
        await host.first_lists(5.0)
        await serving

    asyncio.run(live())
    leo = (ToolCall(tool="zoo.feed", arguments={"what": "Leo"}),)
    assert [leo, leo] == [grammar.match("feed the lions"), grammar.match("make leo happy")]
    assert (ToolCall(tool="zoo.feed"),) == grammar.match("feed them")
    assert ["Leo"] == host.specs["zoo.feed"].parameters["properties"]["what"]["enum"]
    assert not asyncio.run(host.run(ToolCall(tool="zoo.feed", arguments={"what": "Rex"}))).ok
    assert ("Dim the lamp.",) == context.examples["zoo"]


def test_every_example_works(bench: Any) -> None:
    """What a skill says that one can say is understood by the grammar; one that has no names yet says nothing."""
    grammar = create(bench.host.templates)
    examples = [text for loaded in bench.context.examples.values() for text in loaded]
    assert "Set a timer for ten minutes." in examples
    assert [] == [text for text in examples if grammar.match(text) is None]
