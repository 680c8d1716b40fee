"""The assistant's own sentences in Korean: each still has its English one in the code, and none is left in English."""

from __future__ import annotations

import ast
import importlib.resources
import tomllib
from pathlib import Path

import pytest

import assistant
from assistant.korean.told import in_korean
from assistant.language import is_korean
from assistant.think import acting, taint, understanding

pytestmark = pytest.mark.unit


def test_every_sentence_is_said_somewhere() -> None:
    """A sentence that was changed in the code would be said in English: the table must follow."""
    texts = {
        node.value
        for file in Path(assistant.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    told = tomllib.loads(
        importlib.resources.files("assistant.korean").joinpath("told.toml").read_text(encoding="utf-8")
    )
    assert [] == [one for one in told["sentences"] if not any(one in text for text in texts)]


def test_what_it_says_often() -> None:
    """The answers around confirmations and routines, what is withheld, and what is said without a model."""
    said = (*acting._SAID.values(), acting.LATER, acting.NESTED, taint.WITHHELD, understanding.NO_TALKER)
    assert [] == [one for one in said if not is_korean(in_korean(one))]


def test_patterns_and_neighbours() -> None:
    """Sentences with a part of their own, two sentences in a row, and words that are nobody's."""
    assert "한 단계를 알아듣지 못했어요: 불 꺼." == in_korean("I did not understand one step: 불 꺼.")
    assert "weather가 너무 오래 걸려서 멈췄어요." == in_korean("weather took too long, so I stopped it.")
    assert "열까요? 비밀번호를 말씀해 주세요." == in_korean("열까요? Please say your PIN.")
    assert "The sky is blue. " == in_korean("The sky is blue. ")
