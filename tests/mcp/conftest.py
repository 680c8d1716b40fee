"""A skill folder around the small server, and its manifest."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.skillbox.mcp_skill import McpPlace
from assistant.skillhost.manifest import Manifest, parse_manifest

SERVER = Path(__file__).with_name("small_server.py")
HEAD = """
id = "small"
version = "1.0.0"
api = 1
languages = ["en"]
summary = "try a small server"
examples = ["What is the weather in Rome?"]
"""
STDIO = """
[permissions]
files = ["read:program"]

[mcp]
command = ["{program}/bin/python", "-B", "{skill}/small_server.py"]
env = ["SMALL_KEY", "SECRET_FILE"]
variables = { OWN = "{home}/own" }

[mcp.tools.add]
effect = "read"
fast = ["add {number:a} and {number:b}"]

[mcp.tools.weather]
effect = "read"
fast = ["[what is] the weather in {place:city}"]
never = ["the weather in my head"]
lists = { place = { rome = "Rome", "new york" = "New York" } }
spoken = "In {city} it is {degrees|number} degrees {unit} at {at|time}."
arguments = ["city"]

[mcp.tools.story]
effect = "read"

[mcp.tools.fail]
effect = "change"

[mcp.tools.surroundings]
effect = "read"

[mcp.tools.hang]
effect = "read"
deadline_s = 1.0

[mcp.tools.later]
effect = "read"
"""


@pytest.fixture
def small_toml() -> str:
    """The skill.toml of the small server over stdio."""
    return HEAD + STDIO


@pytest.fixture
def manifest(small_toml: str) -> Manifest:
    """The small server as a skill over stdio."""
    return parse_manifest(small_toml)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The skill's folder, with the server in it."""
    made = tmp_path / "skill"
    made.mkdir()
    shutil.copy(SERVER, made)
    return made


@pytest.fixture
def place(tmp_path: Path, folder: Path) -> McpPlace:
    """Where the server works: in this environment's packages, with a home of its own."""
    secret = tmp_path / "secret"
    secret.write_text("mine")
    environ = {"SECRET_FILE": str(secret), "SMALL_KEY": "open sesame", "OTHER_KEY": "not yours"}
    return McpPlace(folder=folder, data=tmp_path / "data", grants={"program": sys.prefix}, environ=environ)


@pytest.fixture
def with_address() -> Callable[[int], Manifest]:
    """The small server as a skill over HTTP on a port of this machine."""

    def made(port: int) -> Manifest:
        text = f"""
[permissions]
network = ["127.0.0.1:{port}"]

[mcp]
url = "http://127.0.0.1:{port}/mcp"
others = "hide"
tools = {{ add = {{ effect = "read" }}, weather = {{ effect = "read" }}, flood = {{ effect = "read" }} }}
"""
        return parse_manifest(HEAD + text)

    return made
