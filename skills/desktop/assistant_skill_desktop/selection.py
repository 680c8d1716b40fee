"""What is selected or copied on the desktop, made fit to be said: somebody else's text, so only a little of it."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from typing import Literal

from assistant_skill_desktop.programs import ProgramError, run

Where = Literal["primary", "clipboard"]

MAX_BYTES = 16_384


async def read(where: Where) -> str:
    """The text; empty where there is none. Raises: ProgramError: no desktop, or no program that can tell."""
    if os.environ.get("WAYLAND_DISPLAY") and shutil.which("wl-paste"):
        words = ["wl-paste", "--no-newline", "--type", "text", *(["--primary"] if where == "primary" else [])]
    elif os.environ.get("DISPLAY") and shutil.which("xclip"):
        words = ["xclip", "-o", "-selection", where, "-target", "UTF8_STRING"]
    else:
        raise ProgramError("there is no desktop, or no program to ask")
    try:
        return (await run(words, most_bytes=MAX_BYTES)).decode("utf-8", "ignore")
    except ProgramError:
        return ""  # both fail where nothing, or no text, is there


def speakable(text: str, most_chars: int) -> tuple[str, bool]:
    """The text as it can be said, and whether it was cut: no invisible signs, no addresses, one space between words."""
    text = re.sub(r"\b(?:https?|ftp|file)://\S+|\bwww\.\S+", "a link", text)
    seen = "".join(" " if sign.isspace() else sign for sign in text if sign.isspace() or _is_seen(sign))
    words = " ".join(re.sub(r"[<>{}\[\]|\\*_`#~^=]+", " ", seen).split())
    if len(words) <= most_chars:
        return words, False
    cut = words[:most_chars].rpartition(" ")[0] or words[:most_chars]
    sentence = max(cut.rfind(sign) for sign in (". ", "! ", "? "))
    return (cut[: sentence + 1] if sentence > most_chars // 2 else f"{cut} ..."), True


def _is_seen(sign: str) -> bool:
    return unicodedata.category(sign)[0] not in "CM" or unicodedata.category(sign) == "Mn"
