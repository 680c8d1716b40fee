"""What many skills cost: fifteen packages of twenty templates each, made for the purpose; loading, memory, matching.

Each package is a real one on disk (class, manifest, texts). All is measured in a process of its own, on one core.
"""

from __future__ import annotations

import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

from assistant.bench.phrases import COMMANDS, QUESTIONS
from assistant.types import JsonDict

SKILLS = 15
ROUNDS = 20
"""How often every sentence is looked at; each single time counts."""
_THINGS = (
    "lamp", "heater", "blind", "fan", "kettle", "oven", "radio", "screen", "pump", "door", "garden", "boiler",
    "printer", "shelf", "window",
)  # fmt: skip
_ROOMS = ("kitchen", "living room", "bedroom", "bath room", "hall way", "guest room", "cellar", "attic", "garage")
_FORMS = (
    ("change", "(turn|switch|put) [the|my] [{room:room}] THING[s] on [please]", "turn the kitchen THING on"),
    ("change", "(turn|switch|put) on [the|my] [{room:room}] THING[s]", "switch on my living room THING"),
    ("change", "(turn|switch|put) [the|my] [{room:room}] THING[s] off", "put the attic THING off"),
    ("change", "(set|change|put) [the] [{room:room}] THING to {number:level} [percent|degrees]", "set the THING to 40"),
    ("change", "(raise|lower|increase|decrease) [the] THING by {number:level} [percent]", "raise the THING by ten"),
    ("change", "[the] THING (in|of) [the] {room:room} (on|off)", "the THING in the cellar off"),
    ("change", "(start|run) [the|a] THING (for|during) {duration}", "start the THING for an hour and a half"),
    ("change", "(start|run) [the] THING in {duration}", "run the THING in 20 minutes"),
    ("change", "(call|name|rename) [the] [{room:room}] THING [to|as] {name:label}", "call the THING blue giant"),
    ("change", "(add|put) {name:label} (to|on) (the|my) THING list", "add fresh bread to my THING list"),
    ("read", "(is|are) [the] [{room:room}] THING[s] (on|off|running)", "is the kitchen THING on"),
    ("read", "how (warm|bright|loud|full|far) is [the] [{room:room}] THING", "how warm is the hall way THING"),
    ("read", "what is [the] (state|level|status) of [the] [{room:room}] THING", "what is the status of the THING"),
    ("read", "how long (will|does|has) [the] THING (run|be on) [for]", "how long will the THING run"),
    ("read", "(which|what) THING[s] (are|is) (on|off|running|open)", "which THINGs are open"),
    ("read", "how many THINGs [are there] [in the {room:room}]", "how many THINGs are there in the attic"),
    ("read", "(when|what time) (will|does) [the] THING (start|stop|end)", "what time does the THING stop"),
    ("read", "(list|show|read) [all] [of] [my|the] THINGs", "list all my THINGs"),
    ("read", "(compare|tell) [the] THING (with|from) {name:label}", "compare the THING with blue giant"),
    ("read", "what did [the] THING (use|cost) (in|during) {duration}", "what did the THING use in two days"),
)  # fmt: skip


def run_skills(progress: Callable[[str, int, int], None] = lambda step, done, total: None) -> JsonDict:
    """Figures: seconds and MB that fifteen skills add to a start, ms of a match. Takes some seconds."""
    with tempfile.TemporaryDirectory(prefix="skills-") as folder:
        for number in range(SKILLS):
            _write(Path(folder), _THINGS[number])
            progress("packages", number + 1, SKILLS)
        command = [sys.executable, "-m", "assistant.bench.skills", folder]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([folder, *sys.path])}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    figures: JsonDict = json.loads(done.stdout)
    return figures


def sentences() -> list[str]:
    """One for each template, what is said every day, and open questions, which nothing matches."""
    fitting = [form.replace("THING", thing) for thing in _THINGS for _, _, form in _FORMS]
    return [*fitting, *COMMANDS, *QUESTIONS]


def _write(folder: Path, thing: str) -> None:
    package = folder / f"bench_skill_{thing}"
    (package / "locale").mkdir(parents=True)
    (package / "locale" / "en.toml").write_text('done = "Done."\n', encoding="utf-8")
    (package / "skill.toml").write_text(
        f'id = "{thing}"\nversion = "1.0.0"\napi = 1\nlanguages = ["en"]\nsummary = "control a {thing}"\n'
        f'examples = ["Turn on the {thing}."]\n',
        encoding="utf-8",
    )
    (package / "__init__.py").write_text("\n".join(_code(thing)), encoding="utf-8")


def _code(thing: str) -> Iterator[str]:
    yield "from assistant.skill import Reply, Skill, tool\n"
    yield f"ROOMS = {dict.fromkeys(_ROOMS, 'room')!r}\n\n"
    yield f"class {thing.capitalize()}(Skill):"
    for number, (effect, form, _) in enumerate(_FORMS):
        yield f"    @tool(fast=[{form.replace('THING', thing)!r}], lists={{'room': ROOMS}}, effect={effect!r})"
        yield f"    async def tool_{number}(self, room: str = '', level: float = 0, label: str = '',"
        yield "                      hours: float = 0, minutes: float = 0, seconds: float = 0) -> Reply:"
        yield f'        """Do number {number} with the {thing}."""'
        yield "        return self.reply('done')\n"


def _measure(folder: Path) -> JsonDict:
    """In a process of its own: everything else is imported before the first look at clock and memory."""
    from assistant.skills_host import LentContext, SkillHost

    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    engine = importlib.import_module("assistant.engines.hassil_grammar")
    engine.create(())
    context = LentContext(timers=None)  # type: ignore[arg-type]
    own = SkillHost.load(context).templates
    engine.create(own)
    names = sorted(place.name for place in folder.iterdir() if place.is_dir() and place.name.startswith("bench_skill_"))
    before_mb, started = _resident_mb(), time.perf_counter()
    host = SkillHost.load(context, sources={name: _loader(name) for name in names})
    loaded = time.perf_counter()
    grammar = engine.create(host.templates)
    compiled = time.perf_counter()
    added_mb = _resident_mb() - before_mb
    match_ms, fitted = _times(grammar.match)
    complete_ms, _ = _times(grammar.is_complete)
    return {
        "suite": "skills",
        "n": len(host.skills),
        "score": fitted,
        "templates": len(host.templates),
        "problems": len(host.problems) + len(grammar.problems),
        "load_s": round(loaded - started, 3),
        "compile_s": round(compiled - loaded, 3),
        "added_mb": round(added_mb, 1),
        "sentences": len(sentences()),
        "match_ms": _percentiles(match_ms),
        "is_complete_ms": _percentiles(complete_ms),
    }


def _loader(name: str) -> Callable[[], Any]:
    return lambda: getattr(importlib.import_module(name), name.rpartition("_")[2].capitalize())


def _times(look: Callable[[str], object]) -> tuple[list[float], float]:
    """Every time in ms, and the share of the fitting sentences that were understood."""
    times, found = [], 0
    for number, sentence in enumerate(sentences()):
        answer = None
        for _ in range(ROUNDS):
            started = time.perf_counter()
            answer = look(sentence)
            times.append(1000.0 * (time.perf_counter() - started))
        found += number < SKILLS * len(_FORMS) and bool(answer)
    return times, found / (SKILLS * len(_FORMS))


def _percentiles(times: list[float]) -> JsonDict:
    ordered = sorted(times)
    return {
        "p50": round(statistics.median(ordered), 2),
        "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 2),
        "max": round(ordered[-1], 2),
    }


def _resident_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 1e6


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_measure(Path(sys.argv[1]))))
