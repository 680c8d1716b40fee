"""The talker's engine: a chat whose prefix and history stay in the model's memory, streamed and cancelled by the token.

prompt = prefix (from disk) | history | who speaks | facts + last words | opening of the answer
         '--------- already in memory: kept --------'  '--- only this is evaluated ---'
"""

from __future__ import annotations

import codecs
import json
import time
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

from assistant.engines.llama_native import BATCH_TOKENS, VERSION, Llama, Sampler
from assistant.engines.saved_state import SavedStates
from assistant.engines.talker_answer import Answer, Choice
from assistant.errors import EngineError
from assistant.think.prompt import (
    END,
    START,
    TOOL_OPEN,
    Segment,
    Special,
    call_schema,
    chatml,
    chatml_answer,
    clean,
    is_looping,
    untrusted_pieces,
    with_facts,
)
from assistant.types import JsonDict
from assistant.wire import Part
from assistant.worker import Cancelled

MAX_MESSAGE_TOKENS = 512
"""Of one message; the middle of a longer one is left out. On two cores this is about 3 s of a 1.5B model's time."""

DROP_STEP = 4
"""Messages dropped from the oldest end at a time, so that the memory of the others is not lost on every turn."""

CALL_TOKENS = 96
"""Room for a tool call, however short the answer may be."""

CHOICE_TOKENS = 160
"""Room for a list of calls."""

_SPARE_TOKENS = 16


def create(options: JsonDict) -> TalkerEngine:
    """Options: `path` of a GGUF file, `threads`, `context` (tokens), `cache_dir`, `family` (chatml)."""
    return TalkerEngine(options)


class TalkerEngine:
    """Serves `prefix`, `prefill`, `chat`, `choose` and `count`; one sequence, whose tokens `_cached` mirrors."""

    def __init__(self, options: JsonDict) -> None:
        if options.get("family", "chatml") != "chatml":
            raise EngineError("This family of language models is not known.", fix="Use a model that speaks ChatML.")
        self._file = Path(options["path"])
        self._threads = int(options.get("threads", 2))
        self._context = int(options.get("context", 2048))
        folder = options.get("cache_dir")
        self._states = SavedStates(Path(folder)) if folder else None
        self._model: Llama
        self._specials: dict[str, int] = {}
        self._prefix: list[int] = []
        self._prefix_key = ""
        self._cached: list[int] = []
        self._fresh = False
        self._told: list[tuple[str, str, str]] = []

    def load(self) -> JsonDict:
        """Load the model and evaluate one token. Raises: EngineError: missing, damaged, or not ChatML."""
        started = time.perf_counter()
        self._model = Llama(self._file, threads=self._threads, context=self._context)
        self._specials = {special.name: self._model.special(special.name) for special in (START, END)}
        self._model.evaluate([self._specials[START.name]], lambda: False)
        self._model.truncate(0)
        return {"model": self._file.name, "load_ms": _since(started), "context": self._model.context}

    def run(self, op: str, args: JsonDict, payload: bytes, cancelled: Cancelled) -> Iterator[Part]:
        """`prefix`, `prefill`, `chat`, `choose`, `count`. Raises: EngineError."""
        if op == "prefix":
            return self._set_prefix(args, cancelled)
        if args.get("prefix", self._prefix_key) != self._prefix_key:
            return iter([({"done": "unprepared"}, b"")])  # a process that was restarted knows nothing of before
        if op == "prefill":
            return self._prefill(args, cancelled)
        if op == "chat":
            return self._chat(args, cancelled)
        if op == "choose":
            return self._choose(args, cancelled)
        if op == "count":
            counts = [len(self._model.tokenize(clean(str(text)))) for text in args["texts"]]
            return iter([({"done": "stop", "tokens": counts}, b"")])
        raise EngineError(f"The talker has no operation {op}.")

    def _set_prefix(self, args: JsonDict, cancelled: Cancelled) -> Iterator[Part]:
        """Bring the prefix into memory: from there, from disk, or, unless it must be `ready`, computed and saved."""
        started = time.perf_counter()
        messages = [(message["role"], message["text"]) for message in args["messages"]]
        prefix = self._tokens(chatml(messages, trusted=True))
        if len(prefix) > self._model.context // 2:
            raise EngineError("The tools take too much of the language model's context.", fix="Offer fewer tools.")
        tokens = [*prefix, *self._frame("user")[0]]  # a person speaks next: what stands before the words is certain
        source = "memory"
        if self._cached[: len(tokens)] != tokens:
            source = "disk" if self._restore(tokens) else "computed"
        if source == "computed":
            if args.get("ready"):
                yield {"done": "missing"}, b""
                return
            if not (yield from self._evaluate(tokens, cancelled)):
                yield {"done": "cancelled"}, b""
                return
            if self._states is not None:
                self._states.save(self._key(tokens), self._model.state())
        self._prefix, self._prefix_key, self._told = prefix, str(args.get("key", "")), []
        yield {"done": "stop", "tokens": len(prefix), "source": source, "ms": _since(started)}, b""

    def _restore(self, tokens: list[int]) -> bool:
        state = self._states.load(self._key(tokens)) if self._states is not None else None
        if state is None:
            return False
        self._cached, self._fresh = [], False
        if not self._model.restore(state, len(tokens)):
            return False
        self._cached = list(tokens)
        return True

    def _key(self, tokens: list[int]) -> bytes:
        """Everything that a saved state depends on."""
        facts = self._file.stat()
        model = [self._file.name, facts.st_size, facts.st_mtime_ns]
        return json.dumps([model, VERSION, self._model.context, self._model.vocab_size, tokens]).encode()

    def _prefill(self, args: JsonDict, cancelled: Cancelled) -> Iterator[Part]:
        """Evaluate what a following `chat` with the same messages will need."""
        started = time.perf_counter()
        tokens = self._prompt(args)
        if not args["messages"] or args["messages"][-1]["role"] != "user":
            tokens += self._frame("user")[0]
        before = _common(self._cached, tokens)
        done = yield from self._evaluate(tokens, cancelled)
        fields = {"done": "stop" if done else "cancelled", "evaluated": len(self._cached) - before}
        yield {**fields, "prompt_tokens": len(tokens), "ms": _since(started)}, b""

    def _chat(self, args: JsonDict, cancelled: Cancelled) -> Iterator[Part]:
        answer = Answer(int(args.get("max_tokens", 160)), watch_calls=bool(args.get("tools")))
        tokens = self._prompt(args)
        if not (yield from self._evaluate(tokens, cancelled)):
            yield answer.done("cancelled", len(tokens)), b""
            return
        sampler = self._model.sampler(float(args.get("temperature", 0.0)), self._banned(args))
        try:
            reason = yield from self._speak(answer, sampler, cancelled)
        finally:
            sampler.close()
        if answer.call_found:
            reason = yield from self._call(answer, len(tokens), args["tools"], cancelled)
        yield answer.done(reason, len(tokens)), b""

    def _speak(self, answer: Answer, sampler: Sampler, cancelled: Cancelled) -> Generator[Part, None, str]:
        """Choose token after token until the answer ends, turns into a tool call, or is cancelled."""
        reason = "length"
        while len(answer.tokens) < answer.max_tokens:
            token = sampler.sample()
            if self._model.ends(token) or is_looping([*answer.tokens[-160:], token]):
                reason = "stop"
                break
            if text := answer.add(token, self._model.piece(token), self._model.chance(token)):
                yield {"text": text, "chances": answer.chances()}, b""
            if answer.call_found:
                return "stop"
            if cancelled() or not self._append([token], cancelled):
                return "cancelled"
        if rest := answer.rest():
            yield {"text": rest}, b""
        return reason

    def _call(
        self, answer: Answer, start: int, tools: list[JsonDict], cancelled: Cancelled
    ) -> Generator[Part, None, str]:
        """Let the grammar finish the call: its name is one of the tools, its arguments fit that tool's schema."""
        sampler = self._model.constrained(call_schema(tools))
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        text = ""
        try:
            self._truncate(start + answer.tokens_before_call)
            if not self._append(self._model.tokenize(f"{TOOL_OPEN}\n"), cancelled):
                return "cancelled"
            for _ in range(max(CALL_TOKENS, answer.max_tokens) - len(answer.tokens)):
                token = sampler.sample()
                if self._model.ends(token):
                    break
                answer.tokens.append(token)
                text += decoder.decode(self._model.piece(token))
                if (call := _parse(text)) is not None:
                    yield {"tool": call["name"], "arguments": call["arguments"]}, b""
                    return "stop"
                if cancelled() or not self._append([token], cancelled):
                    return "cancelled"
        finally:
            sampler.close()
        return "length"

    def _choose(self, args: JsonDict, cancelled: Cancelled) -> Iterator[Part]:
        """A list of at most `calls` calls, spelled by the grammar; `confidence` is the least likely of its choices."""
        started = time.perf_counter()
        tokens = self._prompt(args)
        if not (yield from self._evaluate(tokens, cancelled)):
            yield {"done": "cancelled"}, b""
            return
        schema = {"type": "array", "items": call_schema(args["tools"]), "maxItems": int(args.get("calls", 1))}
        sampler = self._model.constrained(schema)
        choice = Choice()
        try:
            while not choice.is_whole and len(choice.tokens) < CHOICE_TOKENS:
                token = sampler.sample()
                if self._model.ends(token):
                    break
                choice.add(token, self._model.piece(token), self._model.chance(token)[0])
                if choice.is_whole:
                    break
                if cancelled() or not self._append([token], cancelled):
                    yield {"done": "cancelled"}, b""
                    return
        finally:
            sampler.close()
        yield {"done": "stop" if choice.is_whole else "length", **choice.told(), "ms": _since(started)}, b""

    def _banned(self, args: JsonDict) -> list[int]:
        """Without tools the model must not even begin a call."""
        opening = self._model.tokenize(TOOL_OPEN)
        return opening if not args.get("tools") and len(opening) == 1 else []

    def _prompt(self, args: JsonDict) -> list[int]:
        """Tokens of the whole prompt; the oldest history is dropped where it does not fit."""
        messages = [(str(message["role"]), clean(str(message["text"]))) for message in args["messages"]]
        facts = clean(str(args.get("facts", "")))
        told = [(*message, self._facts_of(index, message)) for index, message in enumerate(messages)]
        if told and told[-1][0] == "user":
            told[-1] = (*messages[-1], facts)
        self._told = told
        blocks = [self._message(role, with_facts(text, extra)) for role, text, extra in told]
        opening = self._tokens(chatml_answer()) if told and told[-1][0] == "user" else []
        room = (
            self._model.context - len(self._prefix) - max(int(args.get("max_tokens", 160)), CALL_TOKENS) - _SPARE_TOKENS
        )
        while len(blocks) > 1 and sum(map(len, blocks)) + len(opening) > room:
            blocks = blocks[min(DROP_STEP, len(blocks) - 1) :]
        if not blocks or sum(map(len, blocks)) + len(opening) > room:
            raise EngineError("That is too long for the language model.")
        return [*self._prefix, *(token for block in blocks for token in block), *opening]

    def _facts_of(self, index: int, message: tuple[str, str]) -> str:
        """The facts that stood beside this message when it was new: they are in memory, so they stay."""
        known = self._told[index] if index < len(self._told) else ("", "", "")
        return known[2] if known[:2] == message else ""

    def _message(self, role: str, text: str) -> list[int]:
        if role not in ("user", "assistant"):
            raise EngineError("A message has an unknown role.")
        tokens = [token for piece in untrusted_pieces(text) for token in self._model.tokenize(piece)]
        tokens = [token for token in tokens if not self._model.steers(token)]
        if len(tokens) > MAX_MESSAGE_TOKENS:
            tail = MAX_MESSAGE_TOKENS // 4
            tokens = [*tokens[: MAX_MESSAGE_TOKENS - tail], *tokens[-tail:]]
        opening, closing = self._frame(role)
        return [*opening, *tokens, *closing]

    def _frame(self, role: str) -> tuple[list[int], list[int]]:
        """What the template puts around a message of this role."""
        segments = list(chatml([(role, "")], trusted=False))
        return self._tokens(segments[:2]), self._tokens(segments[3:])

    def _tokens(self, segments: Iterable[Segment]) -> list[int]:
        tokens: list[int] = []
        for segment in segments:
            if isinstance(segment, Special):
                tokens.append(self._specials[segment.name])
            else:
                tokens += self._model.tokenize(segment.text)
        return tokens

    def _evaluate(self, tokens: list[int], cancelled: Cancelled) -> Generator[Part, None, bool]:
        """Bring exactly these tokens into memory, keeping what is there; the generator returns False when cancelled."""
        if self._fresh and self._cached == tokens:
            return True
        self._truncate(min(_common(self._cached, tokens), len(tokens) - 1))
        while len(self._cached) < len(tokens):
            chunk = tokens[len(self._cached) : len(self._cached) + BATCH_TOKENS]
            if cancelled() or not self._append(chunk, cancelled):
                return False
            yield {"progress": len(self._cached), "of": len(tokens)}, b""
        return True

    def _append(self, tokens: list[int], cancelled: Cancelled) -> bool:
        self._fresh = False
        if not self._model.evaluate(tokens, cancelled):
            return False
        self._cached += tokens
        self._fresh = True
        return True

    def _truncate(self, length: int) -> None:
        if length < len(self._cached):
            self._model.truncate(length)
            del self._cached[length:]
            self._fresh = False


def _common(left: list[int], right: list[int]) -> int:
    """Length of the common beginning."""
    for index, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return index
    return min(len(left), len(right))


def _parse(text: str) -> JsonDict | None:
    """The finished call, or none while it is still being written."""
    if not text.rstrip().endswith("}"):
        return None
    try:
        call = json.loads(text)
    except json.JSONDecodeError:
        return None
    return call if isinstance(call, dict) and {"name", "arguments"} <= call.keys() else None


def _since(started_s: float) -> float:
    return round(1000 * (time.perf_counter() - started_s), 1)
