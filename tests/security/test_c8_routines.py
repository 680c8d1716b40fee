"""C8: what is sensitive stays so inside a routine: the same question each time, and the rest is done meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.devkit.bench import Heard, SkillBench
from assistant.devkit.package import opened
from assistant.skill import Reply, Skill, tool
from assistant.skillhost.keyvalue import KeyValue
from assistant.skillhost.manifest import Manifest
from assistant.skills_host import SkillHost, in_process

pytestmark = pytest.mark.unit


class House(Skill):
    """What was really done is written down."""

    done: list[str]

    @tool(fast=["(unlock|open|undo) the {door:door} door"], lists={"door": {"front": "front", "back": "back"}},
          effect="sensitive")  # fmt: skip
    async def unlock(self, door: str) -> Reply:
        """Unlock a door."""
        self.done.append(door)
        return Reply(speech=f"The {door} door is unlocked.")


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[SkillBench]:
    """The routines among the installed skills, and a house."""
    with opened("routines") as package:
        bench = SkillBench(package, tmp_path)
        manifest = Manifest(id="house", version="1.0.0", api=1, languages=("en",), summary="a house",
                            examples=("Unlock the front door.",))  # fmt: skip
        house = in_process(House, bench.lent, manifest, {})
        House.done = []
        bench.host.close()
        bench.host = SkillHost.load(bench.lent, others=[house], clock=bench.loop.time)
        bench.hear_anew()
        yield bench
        bench.close()


def made(talk: SkillBench, text: str) -> Heard:
    heard = talk.say(text)
    assert heard.ok, heard.speech
    return heard


@pytest.mark.parametrize("words", ["unlock the front door", "open the front door", "undo the front door"])
def test_c8_a_routine_asks_each_time(talk: SkillBench, words: str) -> None:
    """It is told when the routine is made; run, the rest is done, and the door waits for a yes of its own."""
    assert (
        "I will ask for your yes each time."
        in made(talk, f"when I say home at last {words} and what time is it").speech
    )
    for answer, done in (("no", []), ("yes", ["front"])):
        heard = talk.say("home at last")
        assert ["routines.run", "house.unlock", "clock.time"] == [result.tool for result in heard.results]
        assert heard.speech.endswith("Shall I unlock a door: front?")
        assert heard.asks
        assert [] == House.done
        talk.say(answer)
        assert done == House.done


def test_c8_no_answer_does_nothing(talk: SkillBench) -> None:
    """After twenty seconds of silence a yes is too late."""
    made(talk, "when I say home at last unlock the front door")
    talk.say("home at last")
    talk.advance(21.0)
    talk.say("yes")
    assert [] == House.done


def test_c8_two_at_once_are_refused(talk: SkillBench) -> None:
    """One yes never counts for two doors: such a routine is not made, and one that became so asks for one door only."""
    heard = talk.say("when I say home at last unlock the front door and unlock the back door")
    assert (False, "A routine can hold one thing that I must ask you about, and this has more. I made none.") == (
        heard.ok,
        heard.speech,
    )
    assert talk.say("list my routines").speech.startswith("There are no routines.")


def test_c8_steps_that_became_sensitive(talk: SkillBench) -> None:
    """Kept before a skill changed: of two doors one is asked about, the other is put off, and none is opened."""
    made(talk, "when I say home at last what time is it")
    keep(talk, ["unlock the front door", "unlock the back door"])
    heard = talk.say("home at last")
    assert ["confirm_asked", "asks_too"] == [result.error for result in heard.results[1:]]
    talk.say("yes")
    assert ["front"] == House.done


def keep(talk: SkillBench, steps: list[str]) -> None:
    """Write steps past the checks, as an older version might have."""
    assert talk.lent.state is not None
    store = KeyValue(talk.lent.state / "skills-data" / "routines", 64)
    store.set("routines", {"home at last": steps})
    store.close()
