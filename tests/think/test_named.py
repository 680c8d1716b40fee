"""Which cloud model is named, and what for: whole sentences only, and none that merely speaks of one."""

from __future__ import annotations

import pytest

from assistant.think.named import Named, named_in
from assistant.think.providers import load_providers

pytestmark = pytest.mark.unit

KNOWN = load_providers()


@pytest.mark.parametrize(
    ("text", "id", "question"),
    [
        ("ask Claude why the sky is blue", "anthropic", "why the sky is blue"),
        ("Please ask Claude to plan a weekend in Rome.", "anthropic", "plan a weekend in Rome"),
        ("ask OpenAI, what is love?", "openai", "what is love"),
        ("ask open ai what love is", "openai", "what love is"),
        ("can you ask chat GPT what love is", "openai", "what love is"),
        ("let Gemini explain black holes", "vertex", "explain black holes"),
        ("have Claude answer this: what is love", "anthropic", "what is love"),
        ("use Claude for this question: compare nuclear and solar power", "anthropic",
         "compare nuclear and solar power"),
        ("use GPT to write a poem about rain", "openai", "write a poem about rain"),
        ("using Amazon Bedrock, write a poem", "bedrock", "write a poem"),
        ("ask my own server what love is", "own", "what love is"),
        ("ask the Claude model about solar power", "anthropic", "about solar power"),
        ("클로드한테 하늘이 왜 파란지 물어봐 줘", "anthropic", "하늘이 왜 파란지"),
        ("챗지피티에게 사랑이 뭔지 물어봐", "openai", "사랑이 뭔지"),
        ("클로드에게 물어봐 줘: 사랑이 뭐야", "anthropic", "사랑이 뭐야"),
    ],
)  # fmt: skip
def test_for_this_question(text: str, id: str, question: str) -> None:
    """The question is what is left when whom to ask is taken away, in the spelling that was heard."""
    assert Named(id=id, question=question) == named_in(text, KNOWN)


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("use Claude for this", "anthropic"), ("ask OpenAI that", "openai"), ("try Claude instead", "anthropic"),
        ("ask Claude", "anthropic"), ("let Gemini answer that", "vertex"), ("answer this with Claude", "anthropic"),
        ("use claude for that one please", "anthropic"),
        ("클로드한테 물어봐 줘", "anthropic"), ("그건 클로드로 해 줘", "anthropic"),
        ("그거 오픈에이아이한테 다시 물어봐", "openai"),
    ],
)  # fmt: skip
def test_for_the_last_question(text: str, id: str) -> None:
    """ "This" is what was asked before."""
    assert Named(id=id) == named_in(text, KNOWN)


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("switch to Claude", "anthropic"), ("please switch over to OpenAI from now on", "openai"),
        ("use Claude", "anthropic"), ("use Claude from now on", "anthropic"), ("always ask Gemini", "vertex"),
        ("ask Claude first", "anthropic"), ("prefer ChatGPT", "openai"), ("make Claude the default", "anthropic"),
        ("go back to my own server", "own"),
        ("클로드로 바꿔 줘", "anthropic"), ("앞으로 클로드를 써 줘", "anthropic"),
        ("이제부터 제미나이한테 물어봐 줘", "vertex"), ("항상 오픈에이아이를 먼저 써", "openai"),
    ],
)  # fmt: skip
def test_from_now_on(text: str, id: str) -> None:
    """A choice that lasts."""
    assert Named(id=id, lasting=True) == named_in(text, KNOWN)


@pytest.mark.parametrize(
    "text",
    [
        "who made Claude", "what is ChatGPT", "is Claude better than Gemini", "I was at Claude's house",
        "let Claude know that I am late", "call Claude", "tell Claude that dinner is ready", "add claude to the list",
        "switch to the bedroom lamp", "ask the big one what love is", "use the cloud", "order it from amazon",
        "remind me to ask Claude about the keys", "클로드가 뭐야", "구글이 언제 생겼어", "클라우드에 물어봐",
        "불을 바꿔 줘", "",
    ],
)  # fmt: skip
def test_who_only_speaks_of_one(text: str) -> None:
    """No question goes anywhere because a name was said."""
    assert named_in(text, KNOWN) is None


def test_every_model_of_the_catalogue_can_be_named() -> None:
    """In both languages; no name leads to two of them."""
    names = [name for provider in KNOWN.values() for name in {provider.name.lower(), *provider.spoken}]
    assert len(set(names)) == len(names)
    for id, provider in KNOWN.items():
        assert Named(id=id, lasting=True) == named_in(f"switch to {provider.name}", KNOWN)
        korean = next(name for name in provider.spoken if not name.isascii())
        assert Named(id=id, lasting=True) == named_in(f"{korean}로 바꿔 줘", KNOWN)
