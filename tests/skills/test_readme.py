"""The guide tells the truth: its files make a skill, and its conversations go as they are written there."""

from __future__ import annotations

import asyncio
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from inspect import signature
from pathlib import Path

import httpx2
import pytest

from assistant.devkit.checks import check_skill
from assistant.devkit.new import create_skill
from assistant.engines.httpx_sender import HttpxSender
from assistant.skill import Skill, tool
from assistant.skillbox.mcp_table import read_table
from assistant.skillhost.manifest import Manifest, Permissions, parse_manifest
from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.think.slots import TYPED
from assistant.think.understanding import Minds, Understanding
from assistant.types import Turn

pytestmark = pytest.mark.unit

README = Path(__file__).parents[2] / "skills" / "README.md"
_FENCE = re.compile(r"^```(\w*) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def odds(request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, json={"odds": 6 ** int(request.url.params["dice"])})


class Guide:
    """Somebody who follows the guide: writes its files, and says what it says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lent = LentContext(
            timers=TimerStore(folder / "timers.sqlite3"),
            state=folder / "state",
            sender=lambda: HttpxSender(httpx2.MockTransport(odds)),
        )

    def write(self, place: str, text: str) -> None:
        """A file of the guide; sentences are added to those that are there, everything else is replaced."""
        file = self.folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        before = file.read_text() if "locale" in place and file.exists() else ""
        file.write_text(before + text)

    def load(self) -> Understanding:
        sys.modules.pop("assistant_skill_dice", None)
        importlib.invalidate_caches()
        (kind,) = [
            found
            for found in vars(importlib.import_module("assistant_skill_dice")).values()
            if isinstance(found, type) and issubclass(found, Skill) and found is not Skill
        ]
        host = SkillHost.load(self.lent, sources={"dice": lambda: kind})
        assert {} == host.problems
        grammar = importlib.import_module("assistant.engines.hassil_grammar").create(host.templates)
        assert [] == grammar.problems
        return Understanding(grammar=grammar, toolbox=host, minds=Minds())


async def talk(understanding: Understanding, lines: list[str]) -> list[str]:
    """What is really answered to the lines of "You"."""
    said = []
    for number, line in enumerate(lines):
        turn = Turn(id=f"t{number}", ended_ms=0.0, text=line)
        turn.committed.set()
        if not understanding.is_stop(line):
            turn.decision = await understanding.plan(line)
            turn.reply = "".join([delta async for delta in understanding.reply(turn, line)])
        turn.heard = turn.reply.strip()
        understanding.close(turn)
        said.append(turn.heard)
    return said


@pytest.fixture
def guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guide]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # a file that is written twice in a second is read anew
    yield Guide(tmp_path)
    sys.modules.pop("assistant_skill_dice", None)


def test_the_guide_followed_literally(guide: Guide) -> None:
    """Each file as it is written, each conversation word for word; a "?" stands for a number of the dice."""
    conversations = 0
    for kind, place, text in _FENCE.findall(README.read_text(encoding="utf-8")):
        if place:
            guide.write(place, text)
        elif kind == "text":
            conversations += 1
            lines = [line.partition(":")[2].strip() for line in text.splitlines()]
            told = asyncio.run(talk(guide.load(), lines[::2]))
            patterns = [re.escape(line).replace(r"\?\.", r"\d+\.") for line in lines[1::2]]
            wrong = [pair for pair in zip(patterns, told, strict=True) if not re.fullmatch(*pair)]
            assert [] == wrong
    assert conversations == 3


def test_the_first_steps_make_a_package_that_passes(tmp_path: Path, home: Path) -> None:
    """`skills new`, the files up to the first conversation instead of the template's, `skills test`, `pytest`."""
    root = create_skill("dice", tmp_path)
    for kind, place, text in _FENCE.findall(README.read_text(encoding="utf-8")):
        if kind == "text":
            break
        if place:
            assert (root / place).is_file()
            (root / place).write_text(text)
    assert [] == [str(finding) for finding in check_skill(str(root)).findings]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stdout


def test_every_block_is_run() -> None:
    """No code or TOML stands in the guide that the test above does not take."""
    loose = [
        text
        for kind, place, text in _FENCE.findall(README.read_text(encoding="utf-8"))
        if kind in ("python", "toml") and not place
    ]
    assert [] == loose


def test_the_examples_of_the_guide_work(guide: Guide) -> None:
    """What its manifests say that one can say is understood by the grammar of the class that goes with them."""
    manifest = ""
    for kind, place, text in _FENCE.findall(README.read_text(encoding="utf-8")):
        if place:
            guide.write(place, text)
        if place.endswith("skill.toml"):
            manifest = text
        elif kind == "text" and manifest:
            understanding = guide.load()
            assert [] == [line for line in parse_manifest(manifest).examples if not understanding.knows(line)]
            manifest = ""


def test_the_mcp_manifest_fits() -> None:
    """The server of the guide is a table that fits, and can do nothing but read."""
    (text,) = [text for _, place, text in _FENCE.findall(README.read_text(encoding="utf-8")) if "zones" in place]
    manifest = parse_manifest(text)
    assert manifest.mcp is not None
    table = read_table(manifest.mcp, manifest.permissions)
    assert ["read"] == [one.effect for one in table.tools.values()]


def test_the_tables_are_whole() -> None:
    """Every key of the manifest, argument of `@tool` and kind of slot is in the guide."""
    text = README.read_text(encoding="utf-8")
    names = [*Manifest.model_fields, *Permissions.model_fields, *signature(tool).parameters]
    assert [] == [name for name in names if f"`{name}`" not in text]
    assert [] == [kind for kind in TYPED if f"`{{{kind}" not in text]
