"""Which tools are offered together, and which of these sets a sentence may be about."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from assistant.bench.caller import read_sentences
from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.think.caller import is_question
from assistant.think.toolsets import MAX_TOOLS, Retrieval, known_words, tool_sets
from assistant.types import Effect, ToolSpec

pytestmark = pytest.mark.unit

SENTENCES = list(read_sentences(Path(__file__).parent / "caller_calibration.tsv"))


def _tool(name: str, description: str, *sentences: str, effect: Effect = "change", takes: str = "what") -> ToolSpec:
    parameters = {"type": "object", "properties": {takes: {"type": "string"}} if takes else {}}
    return ToolSpec(name=name, description=description, parameters=parameters, effect=effect, sentences=sentences)


ALARM = _tool("alarm.set", "Set an alarm.", "I have to get up at six tomorrow", "wake me at {time} [{date}]")
LAMP = _tool("lamp.dim", "Dim the lamp.", "dim the lamp to {number:level}")
WEATHER = _tool("weather.tell", "Tell the weather.", "what is the weather [{date}]", effect="read")


def _names(text: str, *tools: ToolSpec, question: bool = False) -> list[str]:
    return [each.name for each in Retrieval(tool_sets(tools)).rank(text, question=question)]


def test_small_skills_share_a_set_and_large_ones_have_parts() -> None:
    """No set is larger than the model can tell apart, and no tool with arguments is left out."""
    tools = [_tool(f"home.do{number}", "Do it.") for number in range(25)] + [ALARM, LAMP, WEATHER]
    sets = tool_sets(tools)
    assert ["home", "home 1", "home 2", "alarm lamp weather"] == [each.name for each in sets]
    assert MAX_TOOLS == max(len(each.tools) for each in sets)
    assert {tool.name for tool in tools} == {tool.name for each in sets for tool in each.tools}


def test_what_changes_everything_at_once_is_not_offered() -> None:
    """The grammar knows "cancel all timers"; a model would take it for a single one."""
    everything = _tool("timer.cancel_all", "Cancel every timer.", takes="")
    telling = _tool("timer.list", "Tell the timers.", effect="read", takes="")
    assert [telling] == [tool for each in tool_sets([everything, telling]) for tool in each.tools]


def test_many_small_skills_have_names_of_their_own() -> None:
    """A set is found by its name."""
    tools = [_tool(f"s{number % 2}.do{number}", "Do it.") for number in range(4)]
    tools += [_tool(f"t{number}.do", "Do it.") for number in range(30)]
    names = [each.name for each in tool_sets(tools)]
    assert len(names) == len(set(names))


def test_words_and_kinds_of_values_lead_to_a_set() -> None:
    """The sentence need not be an example: its words and the kinds of its values are enough."""
    others = [
        _tool(f"{skill}.do{n}", f"Do {skill}.") for skill in ("music", "lists", "rooms", "mail") for n in range(4)
    ]
    alarms = [ALARM, *(_tool(f"alarm.do{n}", "Do it.") for n in range(3))]
    assert "alarm" == _names("I really have to get up at nine", *alarms, *others)[0]
    assert "music" == _names("do some music", *alarms, *others)[0]
    assert [] == _names("why is the sky blue", *alarms, *others, question=True)


def test_a_question_is_only_for_what_reads() -> None:
    """A question about alarms cannot set one, so that the model is not asked."""
    assert [] == _names("how do I set an alarm", ALARM, question=True)
    assert _names("is the weather nice tomorrow", WEATHER, question=True)


def test_values_of_an_example_are_not_words() -> None:
    """Of "up at six tomorrow" the kinds are remembered, not the hour."""
    known = known_words(ALARM)
    assert {"{time}", "{date}"} <= known
    assert "six" not in known


@pytest.fixture
def host(tmp_path: Path) -> SkillHost:
    timers = TimerStore(tmp_path / "timers.sqlite3")
    return SkillHost.load(LentContext(timers=timers))


def test_retrieval_finds_the_right_set_in_2_ms(host: SkillHost) -> None:
    """Of our own free sentences at least four fifths have their set among the first two, and ranking takes no time."""
    sets = tool_sets(list(host.specs.values()))
    retrieval = Retrieval(sets)
    home = {tool.name: each.name for each in sets for tool in each.tools}
    meant = [each for each in SENTENCES if each.tool in home]
    started = time.process_time()
    ranked = [[r.name for r in retrieval.rank(each.text, question=is_question(each.text))][:2] for each in meant]
    took_ms = 1000 * (time.process_time() - started) / len(meant)
    found = sum(home[each.tool] in names for each, names in zip(meant, ranked, strict=True))
    assert found >= 0.8 * len(meant)
    assert took_ms <= 2.0


def test_the_sentences_for_calibration_are_many_and_name_real_tools(host: SkillHost) -> None:
    """At least 120, half of them out of scope, each of the others with a tool and arguments that it takes."""
    assert len(SENTENCES) >= 120
    assert sum(not each.tool for each in SENTENCES) >= 60
    for each in SENTENCES:
        if each.tool:
            assert set(each.arguments) <= set(host.specs[each.tool].parameters["properties"]), each.text
