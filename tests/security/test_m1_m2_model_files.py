"""M1, M2: a language model file that was tampered with costs its own process at most, and nothing in it is run."""

from __future__ import annotations

import asyncio
import struct
import time
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import EngineError
from assistant.worker import Worker, WorkerSettings

pytestmark = pytest.mark.contract

SIZE = (1 << 20) + 4096
HUGE = 1 << 60
STRING = 8


def text(value: bytes, length: int | None = None) -> bytes:
    return struct.pack("<Q", len(value) if length is None else length) + value


def gguf(*pairs: tuple[bytes, bytes], tensors: int = 0, count: int | None = None, version: int = 3) -> bytes:
    """The header of a GGUF file with these (key, string) pairs, as the format's specification has it."""
    body = b"".join(text(key) + struct.pack("<I", STRING) + text(value) for key, value in pairs)
    return b"GGUF" + struct.pack("<IQQ", version, tensors, len(pairs) if count is None else count) + body


ARCHITECTURE = (b"general.architecture", b"qwen2")
HEADERS = {
    "counts": gguf(ARCHITECTURE, tensors=HUGE, count=HUGE),
    "key length": gguf(count=1) + text(b"general.architecture", HUGE),
    "version": gguf(ARCHITECTURE, version=2**31),
    "cut off": gguf(ARCHITECTURE)[:30],
    "nothing in it": gguf(ARCHITECTURE),
}


def refuses(file: Path) -> tuple[str, float]:
    """The sentence with which the real engine refuses a file in its own process, and after how many seconds."""

    async def run() -> tuple[str, float]:
        settings = WorkerSettings(
            name="language model", engine="llama_cpp", options={"path": str(file)}, load_patience_s=60.0
        )
        worker = Worker(settings)
        started = time.monotonic()
        try:
            with pytest.raises(EngineError) as caught:
                await worker.start()
        finally:
            await worker.close()
        return caught.value.sentence, time.monotonic() - started

    return asyncio.run(run())


@pytest.mark.parametrize("name", HEADERS)
def test_a_mutated_header_is_refused(tmp_path: Path, name: str) -> None:
    """M2: impossible counts, lengths and versions are one sentence, soon, and this process lives on."""
    file = tmp_path / "model.gguf"
    file.write_bytes(HEADERS[name].ljust(SIZE, b"\0"))
    sentence, seconds = refuses(file)
    assert "language model" in sentence or "model.gguf" in sentence
    assert seconds < 30


def test_noise_after_the_magic_is_refused(tmp_path: Path) -> None:
    """M2: a header of random bytes."""
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF" + np.random.default_rng(7).bytes(SIZE))
    sentence, seconds = refuses(file)
    assert sentence
    assert seconds < 30


def test_a_template_in_the_file_is_never_run(tmp_path: Path) -> None:
    """M1: a chat template that would write a file is not even looked at."""
    canary = tmp_path / "canary"
    template = "{{ cycler.__init__.__globals__.os.system('touch %s') }}" % canary  # noqa: UP031 - braces everywhere
    file = tmp_path / "model.gguf"
    pairs = (ARCHITECTURE, (b"tokenizer.chat_template", template.encode()))
    file.write_bytes(gguf(*pairs).ljust(SIZE, b"\0"))
    sentence, _ = refuses(file)
    assert sentence
    assert not canary.exists()


@pytest.mark.parametrize("content", [b"", b"GGUF", b"PK\x03\x04" + bytes(SIZE), b"\x80\x04" + bytes(SIZE)])
def test_what_is_no_model_never_reaches_native_code(tmp_path: Path, content: bytes) -> None:
    """Empty, too short, a zip or a pickle: refused by the first bytes and the size."""
    file = tmp_path / "model.gguf"
    file.write_bytes(content)
    sentence, _ = refuses(file)
    assert "The file model.gguf is not a language model." == sentence
