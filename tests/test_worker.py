"""The supervised process, with the real voice in it: answers, cancel, kill, hang, restart."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from assistant.errors import EngineError, WorkerDiedError
from assistant.types import JsonDict
from assistant.worker import Worker, WorkerSettings

pytestmark = pytest.mark.contract

LONG = "This is a rather long sentence that takes the voice quite some time to say to its very end. " * 6


def worker(folder: Path, told: list[str] | None = None, patience_s: float = 20.0) -> Worker:
    settings = WorkerSettings(name="voice", engine="piper", options={"path": str(folder)}, patience_s=patience_s)
    return Worker(settings, lambda kind, fields: told.append(kind) if told is not None else None)


async def spoken_bytes(voice: Worker, text: str) -> int:
    return sum([len(data) async for _, data in voice.stream("speak", {"text": text})])


def test_it_streams_and_takes_one_request_after_the_other(model_path: Callable[[str], Path]) -> None:
    """Two requests at once are both answered, the second after the first."""

    async def run() -> list[int]:
        voice = worker(model_path("en_US-joe-medium"))
        try:
            return await asyncio.gather(spoken_bytes(voice, "One."), spoken_bytes(voice, "Two, and a little more."))
        finally:
            await voice.close()

    first, second = asyncio.run(run())
    assert 0 < first < second


def test_a_request_can_be_left_at_any_moment(model_path: Callable[[str], Path]) -> None:
    """Closing the stream or cancelling the waiter leaves a worker that answers the next request, without a restart."""

    async def run() -> tuple[int, int]:
        voice = worker(model_path("en_US-joe-medium"))
        try:
            await voice.start()
            async with contextlib.aclosing(voice.stream("speak", {"text": LONG})) as parts:
                await anext(parts)
            waiting = asyncio.create_task(spoken_bytes(voice, LONG))
            await voice_is_busy(voice)
            waiting.cancel()
            await asyncio.wait([waiting])
            return await spoken_bytes(voice, "Still here."), voice.restarts
        finally:
            await voice.close()

    heard, restarts = asyncio.run(run())
    assert heard > 0
    assert 0 == restarts


async def voice_is_busy(voice: Worker) -> None:
    while not voice.busy:  # noqa: ASYNC110 - there is nothing to wait for but the lock
        await asyncio.sleep(0)


def test_a_killed_worker_costs_one_request(model_path: Callable[[str], Path]) -> None:
    """kill -9 in the middle fails that request with WorkerDiedError; the next one starts a new process."""

    async def run() -> tuple[int, int, list[str]]:
        told: list[str] = []
        voice = worker(model_path("en_US-joe-medium"), told)
        try:
            await voice.start()
            with pytest.raises(WorkerDiedError):
                async for _ in voice.stream("speak", {"text": LONG}):
                    assert voice.pid is not None
                    os.kill(voice.pid, signal.SIGKILL)
            return await spoken_bytes(voice, "Back again."), voice.restarts, told
        finally:
            await voice.close()

    heard, restarts, told = asyncio.run(run())
    assert heard > 0
    assert 1 == restarts
    assert ["worker_ready", "worker_died", "worker_ready"] == told


def test_a_held_engine_rests_and_goes_on(model_path: Callable[[str], Path]) -> None:
    """While it is held no part comes and no processor time is used; it can be cancelled, and then all is well."""

    async def run() -> tuple[int, float, int, int]:
        voice = worker(model_path("en_US-joe-medium"))
        try:
            await voice.start()
            process = psutil.Process(voice.pid)
            parts = 0
            async with contextlib.aclosing(voice.stream("speak", {"text": LONG})) as stream:
                await anext(stream)
                voice.hold(True)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(2.0):
                        async for _ in stream:
                            parts += 1
                before = sum(process.cpu_times()[:2])
                await asyncio.sleep(0.5)
                used_s = sum(process.cpu_times()[:2]) - before
            voice.hold(False)
            return parts, used_s, await spoken_bytes(voice, "Go on."), voice.restarts
        finally:
            await voice.close()

    parts, used_s, heard, restarts = asyncio.run(run())
    assert parts <= 2
    assert used_s < 0.1
    assert heard > 0
    assert 0 == restarts


def test_a_stopped_worker_is_taken_for_hung(model_path: Callable[[str], Path]) -> None:
    """A process that makes no progress for its patience is killed and replaced."""

    async def run() -> int:
        voice = worker(model_path("en_US-joe-medium"), patience_s=1.0)
        try:
            await voice.start()
            assert voice.pid is not None
            os.kill(voice.pid, signal.SIGSTOP)
            with pytest.raises(WorkerDiedError, match="hung"):
                await spoken_bytes(voice, "Hello.")
            return await spoken_bytes(voice, "Hello again.")
        finally:
            await voice.close()

    assert asyncio.run(run()) > 0


@pytest.mark.parametrize(
    ("engine", "options"),
    [("piper", {"path": "/nonexistent"}), ("no_such_engine", {}), ("faster_whisper", {"path": "/"})],
)
def test_an_engine_that_cannot_load_says_why(engine: str, options: JsonDict) -> None:
    """A missing model or engine is one sentence, not a traceback and not a crash."""

    async def run() -> None:
        broken = Worker(WorkerSettings(name="engine", engine=engine, options=options))
        try:
            with pytest.raises(EngineError) as caught:
                await broken.start()
            assert caught.value.sentence
        finally:
            await broken.close()

    asyncio.run(run())


def test_a_foreign_operation_is_refused(model_path: Callable[[str], Path]) -> None:
    """An unknown request fails alone; the worker goes on."""

    async def run() -> int:
        voice = worker(model_path("en_US-joe-medium"))
        try:
            with pytest.raises(EngineError):
                await voice.call("dance")
            return await spoken_bytes(voice, "Good.")
        finally:
            await voice.close()

    assert asyncio.run(run()) > 0
