"""What the model wrote, as a brief to be spoken and a whole to be kept; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.skill import first_sentences, plain_text

MAX_BRIEF_CHARS = 420
"""About half a minute of speech."""
PART_CHARS = 600
_LINE = re.compile(r"^\s*(?:-{3,}|\*{3,}|_{3,}|={3,})\s*$", re.MULTILINE)
_LABEL = re.compile(r"^\W*(?:spoken )?(?:brief|summary)\W*:\W*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """`brief` is plain and short; `whole` is Markdown as the model wrote it."""

    brief: str
    whole: str


def read_written(text: str) -> Written:
    """The brief before the first line of dashes and the whole after it; where there is none, the first sentences."""
    head, *rest = _LINE.split(text.strip(), maxsplit=1)
    whole = rest[0].strip() if rest else ""
    if not head.strip() or not whole:
        whole = (head or whole).strip() or text.strip()
        head = whole
    brief = first_sentences(plain_text(_LABEL.sub("", head.strip())), 3, MAX_BRIEF_CHARS)
    return Written(brief=brief, whole=whole)


def spoken_parts(markdown: str) -> Iterator[str]:
    """A whole answer in plain parts that can be read aloud, a paragraph or some short ones each."""
    held = ""
    for paragraph in re.split(r"\n\s*\n", markdown):
        lines = [re.sub(r"^\s*(?:#+|[-*+]|\d+[.)])\s*", "", line).strip() for line in paragraph.splitlines()]
        plain = plain_text(" ".join(line if line[-1:] in ".!?:" else f"{line}." for line in lines if line))
        if held and len(held) + len(plain) > PART_CHARS:
            yield held
            held = ""
        held = f"{held} {plain}".strip()
    if held:
        yield held
