"""What the user agreed to for one skill, and what asks again: pure rules about permissions, versions, keys and names.

Attack case S6: a name that looks like one of ours, another publisher's key, an older version, permissions that widen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from assistant.skillbox.files import PackageError
from assistant.skillhost.manifest import Manifest, Permissions

_DEVICES = re.compile(r"/dev/(tty(USB|ACM)\d+|hidraw\d+|i2c-\d+|spidev\d+\.\d+|gpiochip\d+)")
_LOOKALIKES = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "_": None})


class Agreement(BaseModel):
    """One installed skill of a third party: `record.json` beside its files.

    `package` is its import name, `digest` the SHA-256 of its files (hex), `publisher` the key that signed it (hex, or
    empty), `mcp` the table of its MCP server if it is one, `grants` the real path of each folder and device by the
    name that the skill gives it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    version: str
    package: str
    digest: str
    publisher: str = ""
    permissions: Permissions = Permissions()
    mcp: dict[str, Any] | None = None
    grants: Mapping[str, str] = Field(default_factory=dict)
    origin: str = ""
    agreed_s: float = 0.0


def sentences(permissions: Permissions) -> list[str]:
    """Each permission as a person reads it, most delicate first."""
    told = [f"reach {host} on the internet, through the assistant" for host in permissions.network]
    for name in permissions.files:
        way, _, folder = name.partition(":")
        told.append(f"{'read' if way == 'read' else 'read and change'} the folder that you give it as '{folder}'")
    told += [f"use the device that you give it as '{name}'" for name in permissions.devices]
    if permissions.notifications:
        told.append("speak up without being asked")
    if permissions.storage_kb:
        told.append(f"keep up to {permissions.storage_kb} KB of data of its own")
    return told


def widened(agreed: Permissions, wanted: Permissions) -> list[str]:
    """What is wanted beyond what was agreed to, as sentences; empty when nothing is."""
    had = set(agreed.files) | {f"read:{name[6:]}" for name in agreed.files if name.startswith("write:")}
    return sentences(
        Permissions(
            network=tuple(host for host in wanted.network if host not in agreed.network),
            files=tuple(name for name in wanted.files if name not in had),
            devices=tuple(name for name in wanted.devices if name not in agreed.devices),
            storage_kb=wanted.storage_kb if wanted.storage_kb > agreed.storage_kb else 0,
            notifications=wanted.notifications and not agreed.notifications,
        )
    )


def check_update(old: Agreement, manifest: Manifest, digest: str, publisher: str) -> None:
    """May this package take the place of the installed one? Raises: PackageError: it is older, other, or another's."""
    if old.publisher and publisher != old.publisher:
        how = "is signed by another publisher" if publisher else "is not signed"
        raise PackageError(
            f"{manifest.id} was signed by a publisher you know, and this package {how}.",
            fix=f"If you trust it all the same, run `assistant skills remove {manifest.id}` first.",
        )
    if version_of(manifest.version) < version_of(old.version):
        raise PackageError(
            f"{manifest.id} {old.version} is installed, and {manifest.version} is older.",
            fix=f"To go back, run `assistant skills remove {manifest.id}` first.",
        )
    if manifest.version == old.version and digest != old.digest:
        raise PackageError(
            f"{manifest.id} {old.version} is installed, and this package has the same version but other contents.",
            fix="Raise its version, or remove the installed one first.",
        )


def check_name(skill_id: str, ours: Iterable[str]) -> None:
    """Is the id free and far enough from those of our own skills? Raises: PackageError."""
    for own in sorted(ours):
        if skill_id == own:
            raise PackageError(f"{own} is one of the assistant's own skills.", fix="Give the skill another id.")
        near = 1 if len(own) <= 6 else 2
        plain, other = skill_id.translate(_LOOKALIKES), own.translate(_LOOKALIKES)
        if plain == other or distance(skill_id, own) <= near:
            raise PackageError(
                f"The id {skill_id} could be mistaken for the assistant's own skill {own}.",
                fix="Give the skill an id that differs more.",
            )


def check_grants(permissions: Permissions, grants: Mapping[str, str], kept_from: Iterable[Path]) -> dict[str, str]:
    """The real paths of what the user gives; `kept_from` are folders that no skill may see.

    Raises: PackageError: it is not asked for, is not there, or is nothing that can be given.
    """
    folders = {name.partition(":")[2] for name in permissions.files}
    fitted: dict[str, str] = {}
    for name, given in grants.items():
        path = Path(given).expanduser().resolve()
        if name in folders:
            if not path.is_dir():
                raise PackageError(f"{given} is no folder.")
            private = [place.resolve() for place in kept_from]
            if any(place.is_relative_to(path) or path.is_relative_to(place) for place in private):
                raise PackageError(f"{given} holds the assistant's own data, which no skill may see.")
        elif name in permissions.devices:
            if not _DEVICES.fullmatch(str(path)) or not path.is_char_device():
                raise PackageError(f"{given} is no device that a skill may have: serial, HID, I2C, SPI or GPIO.")
        else:
            raise PackageError(f"The skill does not ask for a folder or device '{name}'.")
        fitted[name] = str(path)
    return fitted


def version_of(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def distance(one: str, other: str) -> int:
    """Edits from one word to the other: insert, delete, replace, swap of neighbours (optimal string alignment)."""
    rows = [list(range(len(other) + 1))]
    for row, left in enumerate(one, start=1):
        line = [row]
        for column, right in enumerate(other, start=1):
            best = min(rows[-1][column] + 1, line[-1] + 1, rows[-1][column - 1] + (left != right))
            if row > 1 and column > 1 and left == other[column - 2] and one[row - 2] == right:
                best = min(best, rows[-2][column - 2] + 1)
            line.append(best)
        rows.append(line)
    return rows[-1][-1]
