"""The `[mcp]` table is checked before anything is started, and told to the user in words."""

from __future__ import annotations

import pytest

from assistant.errors import SkillLoadError
from assistant.skillbox.mcp_table import McpTable, mcp_sentences, mcp_widened, read_table
from assistant.skillhost.manifest import Permissions

pytestmark = pytest.mark.unit

HOST = Permissions(network=("mcp.example.org", "127.0.0.1:8000"))


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({}, "either a command or a url"),
        ({"command": ["x"], "url": "https://mcp.example.org/"}, "either a command or a url"),
        ({"url": "http://mcp.example.org/"}, "must be https"),
        ({"url": "ftp://mcp.example.org/"}, "must be https"),
        ({"url": "https://me:pass@mcp.example.org/"}, "holds no name or password"),
        ({"url": "https://other.example.org/"}, "needs the permission network: other.example.org"),
        ({"url": "http://127.0.0.1:9000/mcp"}, "needs the permission network: 127.0.0.1:9000"),
        ({"command": ["x"]}, "cannot be kept to some hosts"),
        ({"command": ["x"], "env": ["LD_PRELOAD"]}, "not for a skill to set"),
        ({"command": ["x"], "variables": {"PATH": "/x"}}, "not for a skill to set"),
        ({"command": ["x"], "tools": {"a": {"effect": "none"}}}, "mcp.tools.a.effect"),
        ({"command": ["x"], "tools": {"a": {"effect": "read", "critical": True}}}, "critical"),
        ({"command": ["x"], "tools": {"a": {"spoken": "{x|loud}"}}}, "asks for |loud"),
        ({"command": ["x"], "surprise": 1}, "mcp.surprise"),
    ],
)
def test_a_table_that_does_not_fit(fields: dict[str, object], complaint: str) -> None:
    """Each mistake is named."""
    with pytest.raises(SkillLoadError) as caught:
        read_table(fields, HOST)
    assert complaint in caught.value.sentence


def test_addresses_that_fit() -> None:
    """HTTPS to a declared host, and HTTP on this machine."""
    assert "mcp.example.org" == read_table({"url": "https://mcp.example.org/mcp"}, HOST).host
    assert "127.0.0.1:8000" == read_table({"url": "http://127.0.0.1:8000/mcp"}, HOST).host


def test_a_tool_that_is_not_annotated_is_sensitive() -> None:
    """Silence about an effect is no permission."""
    assert "sensitive" == McpTable.model_validate({"command": ["x"], "tools": {"a": {}}}).tools["a"].effect


def test_the_user_reads_what_runs() -> None:
    """The program, its network, the variables it gets, and what changes things unasked."""
    table = McpTable.model_validate(
        {"command": ["npx", "lamp"], "env": ["LAMP_KEY"], "open_network": True, "tools": {"on": {"effect": "change"}}}
    )
    assert [
        "run the program `npx lamp` on this machine, which can reach anything on the network",
        "give it the value of your environment's LAMP_KEY",
        "change things without asking you each time: on",
    ] == mcp_sentences(table)


@pytest.mark.parametrize(
    ("old", "new", "asks"),
    [
        ({"command": ["x"]}, {"command": ["x"]}, False),
        ({"command": ["x"]}, {"command": ["x"], "tools": {"a": {"fast": ["do it"]}}}, False),
        ({"command": ["x"]}, {"command": ["y"]}, True),
        ({"command": ["x"]}, {"command": ["x"], "open_network": True}, True),
        ({"command": ["x"]}, {"command": ["x"], "env": ["KEY"]}, True),
        ({"command": ["x"]}, {"command": ["x"], "tools": {"a": {"effect": "change"}}}, True),
        ({"command": ["x"]}, {"command": ["x"], "tools": {"a": {"fixed": {"to": "me"}}}}, True),
        (None, {"command": ["x"]}, True),
    ],
)
def test_what_is_asked_again_at_an_update(old: dict[str, object] | None, new: dict[str, object], asks: bool) -> None:
    """Other words are no new permission; another program, address, variable or weaker guard is."""
    assert asks == bool(mcp_widened(old, McpTable.model_validate(new)))
