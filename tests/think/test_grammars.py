"""Two grammars as one: the script of a text chooses, and the Korean one is compiled when it is needed."""

from __future__ import annotations

import pytest

from assistant.engines.hassil_grammar import create
from assistant.think.fastpath import Template
from assistant.think.grammars import Grammars

pytestmark = pytest.mark.unit

TEMPLATES = (
    Template(tool="lamp.on", text="light on"),
    Template(tool="lamp.on", text="불 [을] 켜", language="ko"),
    Template(tool="lamp.color", text="{name:what} [을] {color:color} [으로] 바꿔", language="ko",
    lists={"color": {"빨강": "red"}}),
)  # fmt: skip


def test_by_script() -> None:
    """Each text is read by its own grammar alone, and nothing is compiled before a Korean word is heard."""
    made: list[str] = []

    def korean() -> object:
        made.append("ko")
        return create(TEMPLATES, language="ko")

    both = Grammars(create(TEMPLATES), korean)  # type: ignore[arg-type]
    assert ["lamp.on"] == [call.tool for call in both.match("light on") or ()]
    assert [] == made
    assert ["lamp.on"] == [call.tool for call in both.match("불을 좀 켜 주세요") or ()]
    assert both.match("불 켜 줘 light on") is None
    assert ["ko"] == made


def test_values_and_names() -> None:
    """A sentence may begin with a name, which keeps the spaces that it was said with."""
    both = Grammars(create(TEMPLATES), lambda: create(TEMPLATES, language="ko"))
    (call,) = both.match("작은 방 등을 빨강으로 바꿔 줘") or ()
    assert {"what": "작은 방 등", "color": "red"} == dict(call.arguments)


def test_unfinished() -> None:
    """Words at which a Korean sentence goes on are its beginning; others are unknown; of sounds nothing is judged."""
    both = Grammars(create(TEMPLATES), lambda: create(TEMPLATES, language="ko"))
    assert ["prefix", "complete", "unknown"] == [both.is_complete(text) for text in ("불을", "불 켜 줘", "고래가 뭐야")]
    assert ((), None) == (tuple(both.near("불을 커")), both.topic("불을 커"))
