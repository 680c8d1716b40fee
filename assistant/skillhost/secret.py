"""A secret of a skill, such as an access token: the first line of a file that only its owner may read."""

from __future__ import annotations

from pathlib import Path

from assistant.errors import SkillError

MAX_SECRET_BYTES = 8_192
_OTHERS = 0o077


def read_secret(file: Path) -> str:
    """The secret, or an empty text where there is no such file.

    Raises:
        SkillError: others may read it too, or it cannot be read.
    """
    try:
        with file.open("rb") as opened:
            if file.stat().st_mode & _OTHERS:
                raise SkillError(f"Others can read the secret {file.name} too. Give the file the mode 600.")
            first = opened.read(MAX_SECRET_BYTES).split(b"\n", 1)[0]
    except FileNotFoundError:
        return ""
    except OSError:
        raise SkillError(f"The secret {file.name} cannot be read.") from None
    return first.decode("utf-8", "replace").strip()
