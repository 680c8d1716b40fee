"""The manifest of models: what each one is, where it comes from, and the size and SHA-256 of every file."""

from __future__ import annotations

import importlib.resources
import platform
import sys
import tomllib
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from assistant.errors import ModelError

Role = Literal["asr", "talker", "tts", "caller", "caller-library", "endpoint", "wake"]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=120)]
Requirement = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.+!]+$")]

FORMATS = frozenset({".bin", ".cact", ".gguf", ".json", ".onnx", ".so", ".tflite", ".txt"})
"""File types that our engines read as data. Pickles (.pt, .pkl, .joblib) run code when they are read: never listed."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelPart(_Record):
    """A run of bytes of one file: the member of a mirror wheel (`name==version`)."""

    wheel: Requirement
    member: str
    bytes: int = Field(gt=0)
    sha256: Sha256


class ModelFile(_Record):
    """One file. `path` is where it lies in the repository (default: its name); no `sha256` means: not known to us."""

    name: Name
    path: str = ""
    bytes: int = Field(default=0, ge=0)
    sha256: Sha256 | None = None
    parts: tuple[ModelPart, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if PurePosixPath(self.name).suffix not in FORMATS:
            raise ValueError(f"{self.name} is not in a format that is read as data")
        if ".." in PurePosixPath(self.path).parts or self.path.startswith("/"):
            raise ValueError(f"{self.path} leaves its repository")
        if self.parts and sum(part.bytes for part in self.parts) != self.bytes:
            raise ValueError(f"the parts of {self.name} do not add up to its size")
        return self


class PackageSource(_Record):
    """Files that lie inside an installed distribution, in `folder` of its `module`."""

    distribution: Requirement
    module: str
    folder: str


class ModelEntry(_Record):
    """One model. The first of `files` is its main file; `tried` says whether we ever ran it."""

    id: Name
    role: Role
    title: str
    licence: str
    tiers: tuple[str, ...] = ()
    repo: str = ""
    revision: str = ""
    tried: bool = True
    note: str = ""
    package: PackageSource | None = None
    platforms: tuple[str, ...] = ()
    files: tuple[ModelFile, ...] = Field(alias="file", min_length=1)

    @property
    def main(self) -> ModelFile:
        return self.files[0]

    @property
    def bytes(self) -> int:
        """Size of all files together, in bytes."""
        return sum(file.bytes for file in self.files)

    @property
    def source(self) -> str:
        """Where it officially comes from, in words for a person."""
        if self.package:
            return f"package {self.package.distribution}"
        if self.repo:
            return self.repo
        return f"wheel {self.main.parts[0].wheel}" if self.main.parts else "unknown"

    @property
    def unknown_files(self) -> list[str]:
        """Files whose checksum we do not know; such a model is listed but never pulled."""
        return [file.name for file in self.files if file.sha256 is None]

    @property
    def runs_here(self) -> bool:
        return not self.platforms or this_platform() in self.platforms


class Manifest(_Record):
    version: Literal[1]
    models: tuple[ModelEntry, ...] = Field(alias="model")

    @model_validator(mode="after")
    def _unique(self) -> Self:
        ids = [entry.id.lower() for entry in self.models]
        if len(set(ids)) != len(ids):
            raise ValueError("two models have the same id")
        return self


def this_platform() -> str:
    """The machine as the manifest names it, for example `linux-x86_64-glibc`."""
    libc = platform.libc_ver()[0] or "other"
    return f"{sys.platform}-{platform.machine().lower()}-{libc}"


def find_manifest() -> Path:
    """The manifest inside the installed package, or the checkout's: an editable install does not see the former."""
    installed = Path(str(importlib.resources.files("assistant"))) / "data" / "manifest.toml"
    return installed if installed.is_file() else Path(__file__).parents[2] / "models" / "manifest.toml"


def load_manifest(file: Path) -> Manifest:
    """Read and check the manifest.

    Raises:
        ModelError: the file is missing, is not TOML, or an entry does not fit.
    """
    try:
        return Manifest.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise ModelError(f"The model manifest {file} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"The model manifest {file} is not valid TOML: {error}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "manifest"
        raise ModelError(f"The model manifest {file} is wrong at {where}: {first['msg']}.") from None
