"""Reads the text of one PDF in a process of its own, with little memory and time: a file of strangers may be built to
take both. `python -m assistant_skill_document.pdf FILE` writes one JSON line."""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import sys
from pathlib import Path

MAX_PAGES = 400
MAX_CHARS = 2_000_000
CPU_S = 30
MEMORY_BYTES = 1_500_000_000
PATIENCE_S = 60.0


class PdfError(Exception):
    """`why`: locked, unreadable."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


async def read_pdf(file: Path) -> list[str]:
    """The text of each page. Raises: PdfError."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, str(file), stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, limit=2**20,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE_S):
            out, _ = await child.communicate()
    except TimeoutError:
        raise PdfError("unreadable") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    try:
        told = json.loads(out)
        pages = [str(page) for page in told["pages"]]
    except (ValueError, LookupError, TypeError):
        raise PdfError("unreadable") from None
    if told.get("why"):
        raise PdfError(str(told["why"]))
    return pages


def main(file: str) -> None:
    """In the child: write what the file holds."""
    from pypdf import PdfReader  # before the limits: what it is made of is trusted, what it reads is not

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    pages: list[str] = []
    why = ""
    try:
        logging.disable(logging.CRITICAL)
        reader = PdfReader(file)
        if reader.is_encrypted and not reader.decrypt(""):
            why = "locked"
        else:
            for page in reader.pages[:MAX_PAGES]:
                pages.append(page.extract_text())
                if sum(map(len, pages)) > MAX_CHARS:
                    break
    except Exception:  # whatever a damaged file makes a parser raise; nothing of it is told
        why = "unreadable"
    json.dump({"pages": pages, "why": why}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
