"""A plain pipeline of the same models, turn by turn beside the assistant: `assistant bench latency --peer`.

It waits 0.7 s of silence, then works in sequence: text, whole answer, whole sound. Everything goes to the language
model, commands as well: such a pipeline has no grammar. The silence runs on the recording's own time; the stages are
real time, in a process of its own (`python -m assistant.bench.peer`, JSON lines in and out) while the assistant idles.
Nothing is added for the loudspeaker, and its models are warm.
"""

from __future__ import annotations

import base64
import contextlib
import importlib
import itertools
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol

import numpy as np

from assistant.bench.measure import first_sound_after
from assistant.errors import AssistantError, EngineError
from assistant.types import RATE_HZ, JsonDict, Samples

SILENCE_S = 0.7
"""What Home Assistant's pipeline waits for after the last speech."""
SPEECH, NO_SPEECH = 0.5, 0.35
"""Silero's own iterator: speech begins at the one and goes on until the probability falls below the other."""
FRAME_S = 512 / RATE_HZ
COMMAND = (sys.executable, "-m", "assistant.bench.peer")
LOAD_S, TURN_S = 180.0, 60.0
END_S = 5.0


class Parts(Protocol):
    """The four stages (`assistant.engines.plain_pipeline`)."""

    def probabilities(self, samples: Samples) -> list[float]: ...
    def transcribe(self, samples: Samples) -> str: ...
    def complete(self, text: str, max_tokens: int) -> str: ...
    def speak(self, text: str) -> tuple[Samples, int]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerModels:
    """Folder of the recogniser, files of the language model and of the voice."""

    asr: Path
    talker: Path
    voice: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerTurn:
    """One turn of the peer: `latency_s` from the end of speech, none without an answer; stages in ms, one by one."""

    latency_s: float | None
    cut_off: bool
    stages_ms: dict[str, float]
    text: str = ""
    reply: str = ""

    def line(self) -> JsonDict:
        return {"latency_s": self.latency_s, "cut_off": self.cut_off, "stages_ms": self.stages_ms, "text": self.text}


def endpoint_s(probabilities: Sequence[float], silence_s: float = SILENCE_S) -> float | None:
    """When the plain detector is sure that speech is over, seconds from the start; none when it never is."""
    silent_from: int | None = None
    talking = False
    for index, probability in enumerate(probabilities):
        if probability >= SPEECH or (talking and silent_from is None and probability >= NO_SPEECH):
            talking, silent_from = True, None
        elif talking:
            silent_from = index if silent_from is None else silent_from
            if (index + 1 - silent_from) * FRAME_S >= silence_s:
                return silent_from * FRAME_S + silence_s
    return None


def answer(parts: Parts, samples: Samples, max_tokens: int, clock: Callable[[], float] = time.perf_counter) -> JsonDict:
    """One turn of the pipeline on int16 (n,) 16 kHz that begins with the wish and goes on after it.

    `endpoint_s` is on the sound's own time, the stages on the clock's (s); `lead_ms` is silence at the start of the
    answer's sound.
    """
    end_s = endpoint_s(parts.probabilities(samples))
    if end_s is None:
        return {"endpoint_s": None}
    heard = samples[: round(end_s * RATE_HZ)]
    times_s = [clock()]
    text = parts.transcribe(heard)
    times_s.append(clock())
    reply = parts.complete(text, max_tokens) if text else ""
    times_s.append(clock())
    sound, rate_hz = parts.speak(reply) if reply else (np.zeros(0, dtype=np.int16), RATE_HZ)
    times_s.append(clock())
    lead_s = first_sound_after(sound, rate_hz, 0.0)
    asr_ms, llm_ms, tts_ms = (round(1000.0 * (b - a), 1) for a, b in itertools.pairwise(times_s))
    return {
        "endpoint_s": end_s,
        "text": text,
        "reply": reply,
        "asr_ms": asr_ms,
        "llm_ms": llm_ms,
        "tts_ms": tts_ms,
        "lead_ms": None if lead_s is None else round(1000.0 * lead_s, 1),
    }


def peer_turn(told: JsonDict, end_s: float) -> PeerTurn:
    """What `answer` told, counted from the true end of speech (s from the start of the sound)."""
    if told["endpoint_s"] is None:
        return PeerTurn(latency_s=None, cut_off=False, stages_ms={})
    stages = {"silence": round(1000.0 * (told["endpoint_s"] - end_s), 1)}
    stages |= {name: told[f"{name}_ms"] for name in ("asr", "llm", "tts")} | {"lead": told["lead_ms"] or 0.0}
    known = told["lead_ms"] is not None
    return PeerTurn(
        latency_s=round(sum(stages.values()) / 1000.0, 3) if known else None,
        cut_off=stages["silence"] < 0.0,
        stages_ms=stages,
        text=told["text"],
        reply=told["reply"],
    )


class Peer:
    """The pipeline in its process; use it in a `with` block, which returns when its models are loaded and warm."""

    def __init__(self, models: PeerModels, *, max_tokens: int, command: Sequence[str] = COMMAND) -> None:
        self.load_ms = 0.0
        roles = {"asr": models.asr, "talker": models.talker, "voice": models.voice}
        self._options: JsonDict = {role: str(path) for role, path in roles.items()} | {"threads": os.cpu_count() or 2}
        self._max_tokens = max_tokens
        self._command = list(command)
        self._rest = b""

    def __enter__(self) -> Peer:
        env = os.environ | {"HF_HUB_OFFLINE": "1"}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=env)
        try:
            self.load_ms = float(self._ask(self._options, LOAD_S)["load_ms"])
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def hold(self, samples: Samples, end_s: float) -> PeerTurn:
        """The pipeline's turn on this sound, in which speech ends at `end_s`. Raises: EngineError."""
        sound = base64.b64encode(samples.astype("<i2").tobytes()).decode()
        return peer_turn(self._ask({"sound": sound, "max_tokens": self._max_tokens}, TURN_S), end_s)

    def _ask(self, question: JsonDict, patience_s: float) -> JsonDict:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
            told: JsonDict = json.loads(self._line(time.monotonic() + patience_s))
        except (OSError, ValueError):
            raise EngineError("The plain pipeline ended.", fix="Run 'assistant models verify'.") from None
        if "error" in told:
            raise EngineError(f"The plain pipeline failed: {told['error']}")
        return told

    def _line(self, until_s: float) -> bytes:
        assert self._process.stdout is not None
        stream = self._process.stdout.fileno()
        while b"\n" not in self._rest:
            if not select.select([stream], [], [], max(0.0, until_s - time.monotonic()))[0]:
                raise EngineError("The plain pipeline gives no answer.")
            data = os.read(stream, 65_536)
            if not data:
                raise OSError("end of its output")
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()  # type: ignore[union-attr]


def serve(questions: Iterable[bytes], out: BinaryIO) -> None:
    """The process: the first line holds the models, every later one a sound; one line of answer each."""
    lines = iter(questions)

    def tell(fields: JsonDict) -> None:
        out.write(json.dumps(fields).encode() + b"\n")
        out.flush()

    try:
        parts = importlib.import_module("assistant.engines.plain_pipeline").create(json.loads(next(lines)))
        tell(parts.load())
        for line in lines:
            question = json.loads(line)
            samples = np.frombuffer(base64.b64decode(question["sound"]), "<i2").astype(np.int16)
            tell(answer(parts, samples, int(question["max_tokens"])))
    except AssistantError as error:
        tell({"error": str(error)})


def main() -> None:
    """Libraries that write to the standard output must not write between the lines: they get the other one."""
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        serve(sys.stdin.buffer, out)


if __name__ == "__main__":
    main()
