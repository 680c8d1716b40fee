"""What the local models really answer to the turns of the router's set, kept in files so that they are run once.

file of a model: one JSON line a turn     reference.jsonl: the tokens of each turn and of its reference answer
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.assembly import Assembly
from assistant.bench.homes import build, part, read_yaml
from assistant.bench.router_set import Labelled
from assistant.catalog import Catalog
from assistant.config import load_config
from assistant.errors import UsageError
from assistant.events import EventBus
from assistant.paths import Paths, find_paths
from assistant.think.caller import proposals
from assistant.think.choiceprompt import choice_schema, names_line
from assistant.think.choosing import Choosing
from assistant.think.dialogue import needs_facts
from assistant.think.escalation import SYSTEM
from assistant.think.llm import WorkerTalker
from assistant.think.shape import call_name
from assistant.types import JsonDict, Message, TextDelta, ToolCall, ToolSpec
from assistant.worker import Worker, WorkerSettings

KEPT_CHANCES = 16
"""Tokens from the beginning of an answer of which probability and entropy are kept."""
FACTS = "It is Friday, November 27, 2026, 09:00."
"""The moment at which the set is said, where a question hangs on it."""
REFERENCE = "reference"
PATIENCE_S = 300.0
"""The runner may stand still while something else is measured on the machine."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """One answer. `chances`: probability and entropy of its first tokens; `sure`: of a choice of tools, else None."""

    id: str
    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    sure: float | None = None
    chances: tuple[tuple[float, float], ...] = ()
    tokens: int = 0

    def row(self) -> str:
        fields: JsonDict = {"id": self.id, "tokens": self.tokens}
        if self.sure is None:
            fields |= {"text": self.text, "p": [round(p, 3) for p, _ in self.chances]}
            fields |= {"h": [round(h, 2) for _, h in self.chances]}
        else:
            calls = [{"tool": call.tool, "with": call.arguments} for call in self.calls]
            fields |= {"sure": round(self.sure, 3), "calls": calls}
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Tokens of what is said and of the reference answer, by the tokeniser of the local model."""

    said: int
    answer: int


def read_answers(file: Path) -> dict[str, Answered]:
    """The answers in a file by the turn's id; none where there is no file. Raises: UsageError: it is broken."""
    found: dict[str, Answered] = {}
    for fields in _rows(file):
        try:
            calls = tuple(ToolCall(tool=one["tool"], arguments=one["with"]) for one in fields.get("calls", ()))
            found[fields["id"]] = Answered(
                id=fields["id"],
                text=fields.get("text", ""),
                calls=calls,
                sure=fields.get("sure"),
                chances=tuple(zip(fields.get("p", ()), fields.get("h", ()), strict=True)),
                tokens=fields["tokens"],
            )
        except (KeyError, TypeError, ValueError):
            raise UsageError(f"A line of {file} is no answer.", fix="Remove that line and run again.") from None
    return found


def read_counts(file: Path) -> dict[str, Counted]:
    """The tokens of the turns by id. Raises: UsageError: the file is broken."""
    try:
        return {row["id"]: Counted(said=row["said"], answer=row["answer"]) for row in _rows(file)}
    except (KeyError, TypeError):
        raise UsageError(f"A line of {file} is no count.", fix="Remove the file and run again.") from None


def _rows(file: Path) -> list[JsonDict]:
    try:
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
    except (OSError, ValueError):
        raise UsageError(f"The answers in {file} cannot be read.", fix="Remove its broken line.") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Where the answers lie, the home in which wishes are said, and after how long to stop (seconds; 0: never)."""

    answers: Path
    home: Path
    seconds: float = 0.0

    def file(self, model: str) -> Path:
        return self.answers / f"{model}.jsonl"


async def answer_turns(model: str, turns: Sequence[Labelled], run: Run, progress: Progress) -> int:
    """Let a model of the catalog answer what is not answered yet; returns how many turns are left.

    Private turns are none of these: they never go anywhere, so that nothing hangs on their answers.

    Raises:
        UsageError: the home cannot be read. ModelError: the model is not there. EngineError: it failed.
    """
    file, started = run.file(model), time.monotonic()
    done = read_answers(file)
    left = [turn for turn in turns if turn.kind != "private" and turn.id not in done]
    counts = run.file(REFERENCE)
    uncounted = [turn for turn in turns if turn.id not in read_counts(counts)]
    if not left and not uncounted:
        return 0
    run.answers.mkdir(parents=True, exist_ok=True)
    async with _tools(run.home) as (paths, specs), _worker(model, paths) as worker:
        talker = WorkerTalker(worker)
        await worker.start()
        if uncounted:
            await _count(worker, uncounted, counts)
        choosing = Choosing(talker)
        choosing.learn(specs)
        with file.open("a", encoding="utf-8") as kept:
            for number, turn in enumerate(sorted(left, key=lambda turn: _order(turn, choosing)), start=1):
                if run.seconds and time.monotonic() - started > run.seconds:
                    return len(left) - number + 1
                answered = await (_choose(talker, choosing, turn) if turn.kind == "wishes" else _say(talker, turn))
                kept.write(f"{answered.row()}\n")
                kept.flush()
                progress(model, number, len(left))
    return 0


def _order(turn: Labelled, choosing: Choosing) -> str:
    """By hash, so that what is answered when it stops is a fair part; then wishes by the tools of their prompt."""
    if turn.kind != "wishes":
        return f"0 {turn.digest}"
    found = choosing.find(turn.text)
    return f"1 {found.name if found else ''}"


async def _say(talker: WorkerTalker, turn: Labelled) -> Answered:
    """An answer in words, as the talker gives it to the first question of a conversation."""
    facts = FACTS if needs_facts(turn.text) else ""
    text = ""
    chances: list[tuple[float, float]] = []
    parts = talker.reply([Message(role="user", text=turn.text)], facts=facts, max_tokens=turn.max_tokens)
    async with contextlib.aclosing(parts) as stream:
        async for part in stream:
            if isinstance(part, TextDelta):
                text += part.text
                chances += part.chances
    return Answered(id=turn.id, text=text, chances=tuple(chances[:KEPT_CHANCES]), tokens=len(chances))


async def _choose(talker: WorkerTalker, choosing: Choosing, turn: Labelled) -> Answered:
    """The calls that the talker makes of a wish, and how sure it is; 0 where no set of tools fits."""
    found = choosing.find(turn.text)
    schema = choice_schema(found.tools, turn.text) if found is not None else []
    if found is None or not schema:
        return Answered(id=turn.id, sure=0.0)
    await talker.prepare(found.tools)
    wish = Message(role="user", text=names_line(found.tools, turn.text) + turn.text)
    answer = await talker.choose(found.tools, schema, [wish])
    if answer is None:
        return Answered(id=turn.id, sure=0.0)
    calls = proposals(answer, {call_name(tool.name): tool for tool in found.tools}, turn.text)
    return Answered(id=turn.id, calls=calls, sure=float(answer["confidence"]), tokens=int(answer["tokens"]))


async def _count(worker: Worker, turns: Sequence[Labelled], file: Path) -> None:
    texts = [SYSTEM, *(text for turn in turns for text in (turn.text, turn.answer))]
    counted, _ = await worker.call("count", {"texts": texts})
    system, *rest = counted["tokens"]
    with file.open("a", encoding="utf-8") as kept:
        for turn, said, answer in zip(turns, rest[::2], rest[1::2], strict=True):
            kept.write(json.dumps({"id": turn.id, "said": system + said, "answer": answer}) + "\n")


@contextlib.asynccontextmanager
async def _worker(model: str, paths: Paths) -> AsyncIterator[Worker]:
    catalog = Catalog.load(paths.models)
    path = catalog.path(model) / catalog.entry(model).main.name
    options: JsonDict = {"path": str(path), "cache_dir": str(paths.cache / "prefix")}
    worker = Worker(WorkerSettings(name=model, engine="llama_cpp", options=options, patience_s=PATIENCE_S))
    try:
        yield worker
    finally:
        await worker.close()


@contextlib.asynccontextmanager
async def _tools(home: Path) -> AsyncIterator[tuple[Paths, Mapping[str, ToolSpec]]]:
    """The tools of all skills, in a home."""
    paths = find_paths()
    with tempfile.TemporaryDirectory(prefix="router-") as scratch:
        own = dataclasses.replace(paths, state=Path(scratch) / "state", config=Path(scratch) / "config")
        async with Assembly(load_config(None), own, EventBus()).running() as assembly:
            assembly.context.settings = {"home": {"link": part("memory").MemoryHome(build(read_yaml(home), {}))}}
            await assembly.host.serve()
            yield own, assembly.host.specs
