"""A skill that is broken in one place fails the check of that place, and hardly any other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.devkit.checks import CHECKS, check_skill

pytestmark = pytest.mark.unit

CODE, TOML, TEXTS = (f"assistant_skill_packing/{name}" for name in ("__init__.py", "skill.toml", "locale/en.toml"))
SCENARIO, PROJECT = "scenarios/list.yaml", "pyproject.toml"

READS = '        items = self.context.store.get("items", [])\n        if not items:'
ASKS = 'item = await self.context.ask(self.say("what"), "text")'
ADDS = '            item = await self.context.ask(self.say("what"), "text")\n'
OFFLINE = ("offline = true", "offline = false")
HOST = ("storage_kb = 16", 'storage_kb = 16\nnetwork = ["api.example.com"]')
GET = 'answer = await self.context.http.get("https://api.example.com/list")\n'


@dataclass(frozen=True)
class Mutant:
    """`file`: what is replaced in it; `also`: checks that the same fault may fail as well."""

    check: str
    edits: tuple[tuple[str, str, str], ...]
    also: frozenset[str] = frozenset()


def code(check: str, old: str, new: str, *also: str) -> Mutant:
    return Mutant(check, ((CODE, old, new),), frozenset(also))


def networked(check: str, body: str, *also: str, deadline: str = "") -> Mutant:
    """The tool that reads asks a service first, in the lines of `body`."""
    edits = [(TOML, *OFFLINE), (TOML, *HOST), (CODE, READS, body + READS)]
    if deadline:
        edits.append((CODE, '        never=["what is on', f'        {deadline},\n        never=["what is on'))
    return Mutant(check, tuple(edits), frozenset(also))


MUTANTS = {
    "an unknown key": Mutant("manifest", ((TOML, 'tier = "free"', 'tier = "free"\ncolour = "red"'),)),
    "two versions": Mutant("manifest", ((PROJECT, 'version = "0.1.0"', 'version = "0.2.0"'),)),
    "the network and yet offline": Mutant("manifest", ((TOML, *HOST),)),
    "a tool that is not async": code("load", "async def read", "def read"),
    "a text that is not there": Mutant("texts", ((TEXTS, "added =", "was_added ="),), frozenset({"scenario"})),
    "a language without texts": Mutant("texts", ((TOML, '["en"]', '["en", "de"]'),)),
    "a bracket left open": code("template", '"read [out] [my|the]', '"read [out [my|the]'),
    "politeness in a template": code("fast", '"my packing list needs', '"please add that my packing list needs'),
    "a number for a text": code("arguments", "list needs {name:item}", "list needs {number:item}"),
    "an example of nothing": Mutant("examples", ((TOML, '"What is on my', '"Juggle with my'),)),
    "a sentence that must not, but does": code("never", "what is on the packing list of somebody else",
                                               "add bread to my packing list"),
    "a free sentence of the other tool": code("llm", "Go through my packing list with me",
                                            "Add bread to my packing list"),
    "the sentence of another skill": code("collision", '"read [out]', '"what time is it", "read [out]', "speech"),
    "an exception": code(
        "crash", READS, READS.replace("        if not", "        print(items[0])\n        if not"),
        "missing", "scenario", "denied",
    ),
    "no reply": code("crash", 'return self.reply("empty", data={"items": []})', "return None", "speech", "missing"),
    "a reading that writes": code("effect", READS, '        self.context.store.set("reads", 1)\n' + READS, "stop"),
    "sleep without await": code("blocking", READS, '        __import__("time").sleep(1.1)\n' + READS),
    "too slow": code("deadline", READS, '        await __import__("asyncio").sleep(60)\n' + READS, "scenario", "denied",
                     "missing", "barge-in"),
    "Markdown": Mutant("speech", ((TEXTS, '"{item} is on', '"**{item}** is on'),), frozenset({"scenario"})),
    "an address": Mutant("speech", ((TEXTS, "The list is empty", "See https://example.com/empty"),)),
    "a picture": Mutant("speech", ((TEXTS, "The list is full", "Full \U0001f600"),)),
    "nothing asked": code("missing", ASKS, 'item = "something"', "scenario"),
    "not ready to be offline": networked(
        "offline",
        f"        try:\n            {GET}        except Exception:\n            answer = None\n        answer.json()\n",
        "timeout", "denied", "provider", "crash", "missing", "scenario",
    ),
    "trust in a service": networked(
        "provider", f'        {GET}        answer.json()["items"]\n', "crash", "missing", "scenario"
    ),
    "a deadline before the time-out": networked("timeout", f"        {GET}", "scenario", deadline="deadline_s=2"),
    "a permission taken for granted": code(
        "denied", READS, '        try:\n            self.context.store.get("items")\n'
        f"        except Exception:\n            raise ValueError from None\n{READS}",
    ),
    "not entitled": code(
        "entitled", READS, f'        try:\n            await self.context.cloud("x")\n'
        f"        except Exception:\n            raise ValueError from None\n{READS}",
        "crash", "missing", "scenario", "denied",
    ),
    "a question that cannot be stopped": code(
        "stop", ADDS, f"            try:\n    {ADDS}            except BaseException:\n"
        '                item = "x"\n                await __import__("asyncio").sleep(3600)\n',
        "cancel", "silence", "repeat", "missing",
    ),
    "deaf to an interruption": networked(
        "barge-in", f"        try:\n            {GET}        except BaseException:\n"
        '            await __import__("asyncio").sleep(3600)\n',
        "deadline", "offline", "timeout", "provider", "denied", "missing", "scenario", "crash",
    ),
    "a scenario that is not so": Mutant("scenario", ((SCENARIO, "contains: bread", "contains: butter"),)),
}  # fmt: skip


@pytest.mark.parametrize("name", MUTANTS)
def test_fails_the_right_check(packing: Path, name: str) -> None:
    """The check that is about what was broken fails."""
    mutant = MUTANTS[name]
    for place, old, new in mutant.edits:
        file = packing / place
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))
    report = check_skill(str(packing))
    failed = {finding.check for finding in report.findings}
    told = [str(finding) for finding in report.findings]
    assert mutant.check in failed, told
    assert set() == failed - {mutant.check} - mutant.also, told
    assert all(finding.place for finding in report.findings)


def test_every_check_has_a_mutant() -> None:
    """No check is there that was never seen to fail; of stop, cancel, repeat and silence the first stands for all."""
    tested = {mutant.check for mutant in MUTANTS.values()}
    assert {"cancel", "silence", "repeat", "audio"} == CHECKS.keys() - tested
    assert len(MUTANTS) >= 12
