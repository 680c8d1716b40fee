"""`skill.toml` and `locale/`: who a skill is, what it may do, and every sentence that it speaks."""

from __future__ import annotations

import re
import tomllib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import SkillLoadError

API = 1
MAX_MANIFEST_CHARS = 64_000
MAX_STORAGE_KB = 10_240

Host = Annotated[str, Field(max_length=253, pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$")]
"""A host name in lower case, with a port where it is not 443; no wildcard."""
Named = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,40}$")]
Grant = Annotated[str, Field(pattern=r"^(read|write):[a-z][a-z0-9_-]{0,40}$")]


class Permissions(BaseModel):
    """What the user agrees to; nothing is allowed unless it stands here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    network: tuple[Host, ...] = Field(default=(), max_length=32)
    files: tuple[Grant, ...] = Field(default=(), max_length=16)
    devices: tuple[Named, ...] = Field(default=(), max_length=16)
    storage_kb: int = Field(default=0, ge=0, le=MAX_STORAGE_KB)
    notifications: bool = False


class Manifest(BaseModel):
    """`skill.toml`: who the skill is, what it may do, and what a person can say to it.

    `configured`: what it reaches is named by the user's configuration, not by its author.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{1,30}$")
    version: str = Field(pattern=r"^\d{1,6}\.\d{1,6}\.\d{1,6}$")
    api: Literal[1]
    languages: tuple[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], ...] = Field(min_length=1)
    tier: Literal["free", "premium"] = "free"
    summary: str = Field(min_length=3, max_length=120)
    examples: tuple[str, ...] = Field(min_length=1)
    offline: bool = True
    configured: bool = False
    permissions: Permissions = Permissions()
    mcp: dict[str, Any] | None = None


def read_manifest(folder: Traversable | Path) -> Manifest:
    """Read `skill.toml` of a package folder. Raises: SkillLoadError: it is missing, no TOML, or does not fit."""
    return parse_manifest(_read(folder, "skill.toml"))


def parse_manifest(text: str) -> Manifest:
    """The manifest in this TOML text. Raises: SkillLoadError: no TOML, or it does not fit."""
    if len(text) > MAX_MANIFEST_CHARS:
        raise SkillLoadError("Its skill.toml is far too long.")
    try:
        return Manifest.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SkillLoadError(f"Its skill.toml is not valid TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SkillLoadError(f"Its skill.toml does not fit: {place}: {first['msg']}.") from None


def read_texts(folder: Traversable | Path, language: str) -> dict[str, str]:
    """The texts of one language; of several variants the first is spoken, so that its sound can be kept.

    Raises:
        SkillLoadError: the file is missing, no TOML, or holds something that is no text.
    """
    if not re.fullmatch(r"[a-z]{2,3}", language):
        raise SkillLoadError("A language has two or three letters.")
    try:
        found: dict[str, Any] = tomllib.loads(_read(folder, "locale", f"{language}.toml"))
    except tomllib.TOMLDecodeError as error:
        raise SkillLoadError(f"Its locale/{language}.toml cannot be read: {error}.") from None
    texts = {key: value[0] if isinstance(value, list) and value else value for key, value in found.items()}
    if wrong := [key for key, value in texts.items() if not isinstance(value, str)]:
        raise SkillLoadError(f"Its locale/{language}.toml holds no text at {wrong[0]}.")
    return texts


def _read(folder: Traversable | Path, *place: str) -> str:
    name = "/".join(place)
    try:
        return folder.joinpath(*place).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise SkillLoadError(f"It has no {name}.") from None
    except UnicodeDecodeError:
        raise SkillLoadError(f"Its {name} is not valid UTF-8.") from None
    except OSError as error:
        raise SkillLoadError(f"Its {name} cannot be read: {error.strerror}.") from None
