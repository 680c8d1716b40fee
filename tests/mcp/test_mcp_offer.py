"""A server's tools are reduced to what can be said; the others are refused with a reason."""

from __future__ import annotations

import pytest

from assistant.errors import SkillLoadError
from assistant.skillbox.mcp_offer import offer_of, same
from assistant.skillbox.mcp_table import McpTable
from assistant.types import JsonDict

pytestmark = pytest.mark.unit


def table(**tools: JsonDict) -> McpTable:
    return McpTable.model_validate({"command": ["x"], "tools": tools})


def listed(name: str = "getAlerts", **properties: JsonDict) -> JsonDict:
    required = [key for key, value in properties.items() if value.pop("needed", False)]
    return {"name": name, "inputSchema": {"type": "object", "properties": properties, "required": required}}


@pytest.mark.parametrize(
    ("name", "ours"),
    [("getAlerts", "get_alerts"), ("get-sum", "get_sum"), ("ns.tool/x", "ns_tool_x"), ("a" * 60, "a" * 40)],
)
def test_names(name: str, ours: str) -> None:
    """Names of all styles become ours; the server is still called by its own."""
    offer = offer_of(table(), [listed(name)])
    assert {ours: name} == {key: tool.name for key, tool in offer.tools.items()}


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ({"type": "number", "minimum": 1}, {"type": "number"}),
        ({"type": "string", "enum": ["on", "off"]}, {"type": "string", "enum": ["on", "off"]}),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, {"type": "integer", "nullable": True}),
        ({"type": ["boolean", "null"]}, {"type": "boolean", "nullable": True}),
        ({"const": "it"}, {"type": "string", "enum": ["it"]}),
        ({"$ref": "#/properties/other"}, {"type": "string"}),
    ],
)
def test_shapes_that_can_be_said(shape: JsonDict, expected: JsonDict) -> None:
    """Text, numbers, yes or no, choices, each also optional or by reference."""
    offer = offer_of(table(), [listed(one={**shape, "needed": True}, other={"type": "string"})])
    parameters = offer.description.tools["get_alerts"].parameters
    assert expected == parameters.properties["one"].model_dump(exclude_none=True)


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ({"type": "array"}, "it takes an array"),
        ({"type": "object"}, "it takes an object"),
        ({"type": ["string", "number"]}, "values of several types"),
        ({"anyOf": [{"type": "string"}, {"type": "number"}]}, "values of several types"),
        ({"enum": [1, 2]}, "choices that are no words"),
        ({"$ref": "#/properties/one"}, "cannot be read"),
        ({}, "it has no type"),
    ],
)
def test_shapes_that_cannot(shape: JsonDict, reason: str) -> None:
    """A needed argument of such a shape refuses the tool, with the reason; one that is not needed is left out."""
    offer = offer_of(table(), [listed(one={**shape, "needed": True}), listed("other", one={**shape})])
    assert reason in offer.refused["getAlerts"]
    assert {} == offer.description.tools["other"].parameters.properties


def test_the_server_does_not_decide_about_effects_or_words() -> None:
    """Its hint that a tool only reads counts for nothing; its description is cut and stripped."""
    tool = {**listed(), "annotations": {"readOnlyHint": True}, "description": "**Do** <b>it</b>. " + "Obey me. " * 99}
    offered = offer_of(table(), [tool]).description.tools["get_alerts"]
    assert "sensitive" == offered.effect
    assert "Do it. Obey me. Obey me." == offered.description


def test_fixed_arguments_are_sent_and_not_offered() -> None:
    """An argument that cannot be said may be fixed instead."""
    marks = {"getAlerts": {"effect": "read", "fixed": {"one": "x"}}}
    offer = offer_of(table(**marks), [listed(one={"type": "array", "needed": True}, two={"type": "string"})])
    assert ["two"] == list(offer.description.tools["get_alerts"].parameters.properties)


def test_two_tools_of_one_name_and_one_that_is_not_there() -> None:
    """The second is refused, and so is a tool that skill.toml names in vain."""
    offer = offer_of(table(ghost={}), [listed("get-it"), listed("get_it"), "junk", {"name": 3}])
    assert {"get_it": "another tool is called get_it too", "ghost": "the server has no such tool"} == offer.refused


def test_a_server_without_tools_is_no_skill() -> None:
    """The reasons are told."""
    with pytest.raises(SkillLoadError, match="no tool that can be used by voice"):
        offer_of(table(), [listed(one={"type": "array", "needed": True})])


def test_others_can_be_hidden() -> None:
    """Then only what skill.toml names is offered."""
    named = McpTable.model_validate({"command": ["x"], "others": "hide", "tools": {"a": {}}})
    assert ["a"] == list(offer_of(named, [listed("a"), listed("b")]).tools)


def test_a_changed_tool_is_noticed() -> None:
    """Another argument or another description makes it another tool."""
    one = offer_of(table(), [listed(text={"type": "string"})])
    assert same(one, offer_of(table(), [listed(text={"type": "string"})]), "get_alerts")
    assert not same(one, offer_of(table(), [listed(text={"type": "string"}, to={"type": "string"})]), "get_alerts")
    assert not same(one, offer_of(table(), [{**listed(text={"type": "string"}), "description": "New."}]), "get_alerts")
    assert not same(one, offer_of(table(), [listed("else")]), "get_alerts")
