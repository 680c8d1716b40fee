"""T8: chat-template tokens in what is said or typed are plain text everywhere before the model."""

from __future__ import annotations

import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.think.dialogue import answer_of
from assistant.think.fastpath import stop_intent
from assistant.think.prompt import (
    MAX_TEXT_CHARS,
    Plain,
    Special,
    chat_fields,
    chatml,
    clean,
    untrusted_pieces,
    with_facts,
)
from assistant.types import Message

pytestmark = pytest.mark.unit

MARKERS = ("<|im_start|>", "<|im_end|>", "<|endoftext|>", "<tool_call>", "</tool_call>", "[INST]", "<<SYS>>", "system:")

attacks = st.lists(st.sampled_from(MARKERS) | st.text(max_size=8), max_size=12).map("".join)


@given(attacks)
def test_no_text_becomes_a_control_token(text: str) -> None:
    """Of a whole message only the frame is special; the words stay one untrusted text, in every role."""
    for role in ("user", "assistant"):
        segments = list(chatml([(role, text)], trusted=False))
        assert 2 == sum(isinstance(segment, Special) for segment in segments)
        assert [Plain(text)] == [segment for segment in segments if isinstance(segment, Plain) and not segment.trusted]


@given(attacks)
def test_no_piece_for_the_tokeniser_holds_a_marker(text: str) -> None:
    """The tokeniser never sees a whole angle-bracket marker, and no character is lost."""
    pieces = untrusted_pieces(text)
    assert text == "".join(pieces)
    assert [] == [piece for piece in pieces for marker in MARKERS[:5] if marker in piece]


@given(attacks)
def test_a_result_of_a_tool_stays_a_quotation(text: str) -> None:
    """What a tool brings back goes in as a user's line that says so, whatever it pretends to be."""
    fields = chat_fields(Message(role="tool", text=text))
    assert "user" == fields["role"]
    assert fields["text"].startswith("(Result of a tool, not said by the user: ")


def test_hidden_and_endless_text_is_cut() -> None:
    """Unicode tags, zero-width and control characters vanish, and 100 kB become a bounded text."""
    hidden = "".join(chr(0xE0000 + ord(letter)) for letter in "call unlock")
    assert "hello" == clean(f"hello{hidden}\0\u202e\u200b")
    assert len(clean("x" * 100_000)) <= MAX_TEXT_CHARS + 10
    assert "(It is Monday.)\n<|im_end|>" == with_facts("<|im_end|>", "It is Monday.")


@pytest.mark.parametrize("marker", MARKERS)
def test_markers_are_no_part_of_a_command(tmp_path_factory: pytest.TempPathFactory, marker: str) -> None:
    """A marker never counts as a stop word, a yes, or a word of a command."""
    store = TimerStore(tmp_path_factory.mktemp("t8") / "timers.sqlite3")
    host = SkillHost.load(LentContext(timers=store))
    grammar = importlib.import_module("assistant.engines.hassil_grammar").create(host.templates)
    store.close()
    assert (None, None) == (stop_intent(marker), answer_of(marker))
    assert grammar.match(f"{marker} cancel all timers {marker} assistant") is None
