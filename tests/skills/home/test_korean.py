"""A home spoken to in Korean: names, places and kinds as people say them, answers with the right particles."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from assistant_skill_home.memory import MemoryHome
from assistant_skill_home.model import Area, Entity, Home

from assistant.engines.hassil_grammar import HassilGrammar
from assistant.language import Tongue
from assistant.skills_host import LentContext, SkillHost, installed
from assistant.types import ToolCall

pytestmark = pytest.mark.unit

LIVING, KITCHEN = Area(id="living", name="거실"), Area(id="kitchen", name="주방")
THINGS = (
    Entity(id="light.living", name="거실 조명", area="living", state="off", attributes={"brightness": 100}),
    Entity(id="light.mood", name="무드등", area="living", state="on"),
    Entity(id="light.kitchen", name="천장등", area="kitchen", state="on"),
    Entity(id="fan.living", name="선풍기", area="living", state="off"),
    Entity(id="cover.curtain", name="왼쪽 커튼", area="living", state="closed", attributes={"device_class": "curtain"}),
    Entity(id="lock.front", name="현관문", state="locked"),
    Entity(
        id="climate.living", name="온도조절기", area="living", state="heat", attributes={"current_temperature": 21.5}
    ),
    Entity(id="vacuum.robot", name="로봇 청소기", state="docked"),
    Entity(id="media_player.tv", name="티비", area="living", state="playing"),
    Entity(id="scene.movie", name="영화 모드", state="unknown"),
)


class KoreanHome:
    """The home skill alone, on a home that is held in memory, standing in the living room."""

    def __init__(self) -> None:
        home = Home(areas={one.id: one for one in (LIVING, KITCHEN)}, entities={one.id: one for one in THINGS})
        self.link = MemoryHome(home)
        lent = LentContext(timers=None, tongue=Tongue("ko"), settings={"home": {"link": self.link, "area": "거실"}})  # type: ignore[arg-type]
        self.host = SkillHost.load(lent, sources={"home": installed()["home"]})
        asyncio.run(self.host.serve())
        templates = [one for one in self.host.templates if one.language == "ko"]
        self.grammar = HassilGrammar(templates, language="ko")

    def read(self, text: str) -> tuple[str, dict[str, object]] | None:
        calls = self.grammar.match(text) or ()
        return (calls[0].tool.removeprefix("home."), dict(calls[0].arguments)) if len(calls) == 1 else None

    def say(self, text: str) -> str:
        calls = self.grammar.match(text) or ()
        assert len(calls) == 1, text
        return asyncio.run(self.host.run(ToolCall(tool=calls[0].tool, arguments=calls[0].arguments))).speech

    def states(self) -> dict[str, str]:
        home = self.link.snapshot()
        assert home is not None
        return {key: one.state for key, one in home.entities.items()}


@pytest.fixture
def korean() -> Iterator[KoreanHome]:
    made = KoreanHome()
    yield made
    made.host.close()


def test_sentences(korean: KoreanHome) -> None:
    """Spacing, particles and politeness do not matter; places and kinds are found."""
    assert [] == korean.grammar.problems
    for text in (
        "거실 조명 켜 줘",
        "거실조명을 켜줘",
        "거실 조명 좀 켜 주세요",
        "거실 조명이 켜 줘",
        "거실 불 켜 줄래요?",
    ):
        assert ("turn_on", {"what": "거실 조명"}) == korean.read(text), text
    assert ("turn_off", {"what": "주방 lights"}) == korean.read("주방 불 다 꺼 줘")
    assert ("turn_off", {"what": "all lights"}) == korean.read("집안 모든 조명을 꺼 줘")
    assert ("turn_off_except", {"what": "all lights", "besides": "주방 lights"}) == korean.read(
        "주방 불 빼고 모든 불 꺼 줘"
    )
    assert ("set_brightness", {"what": "무드등", "percent": 50}) == korean.read("무드등 밝기를 오십 퍼센트로 해 줘")
    assert ("set_color", {"what": "무드등", "color": "blue"}) == korean.read("무드등을 파란색으로 바꿔 줘")
    assert ("open", {"what": "왼쪽 커튼"}) == korean.read("왼쪽 커튼 열어 줘")
    assert ("unlock", {"what": "현관문"}) == korean.read("현관문 잠금 해제해 줘")
    assert ("set_temperature", {"what": "온도조절기", "degrees": 22}) == korean.read("온도조절기 22도로 맞춰 줘")
    assert ("dock_vacuum", {"what": "로봇 청소기"}) == korean.read("로봇청소기 충전대로 보내 줘")
    assert ("pause_player", {"what": "티비"}) == korean.read("티비 멈춰")
    assert ("warmer", {"degrees": 2}) == korean.read("온도 2도 올려 줘")
    assert ("activate", {"what": "영화 모드"}) == korean.read("영화 모드 켜 줘")
    assert korean.read("거실 조명이 뭐야 정말") is None


def test_deeds_and_answers(korean: KoreanHome) -> None:
    """What was done is told of the thing itself, with the particle that fits."""
    assert "거실 조명을 켰어요." == korean.say("거실 조명 켜 줘")
    assert "on" == korean.states()["light.living"]
    assert "왼쪽 커튼을 열었어요." == korean.say("왼쪽 커튼 열어 줘")
    assert "천장등을 껐어요." == korean.say("주방 불 꺼 줘")


def test_questions_change_nothing(korean: KoreanHome) -> None:
    """Questions are answered from the state, and leave it as it is."""
    before = korean.states()
    assert "네, 현관문은 잠겨 있어요." == korean.say("현관문 잠겨 있어?")
    assert "아니요, 선풍기는 꺼져 있어요." == korean.say("선풍기 켜져 있어?")
    assert "거실은 21.5도예요." == korean.say("거실 온도 몇 도야?")
    for text in ("어떤 조명이 켜져 있어?", "모든 조명이 켜져 있어?", "커튼이 열려 있어?", "켜져 있는 조명이 있어?"):
        assert korean.say(text)
    assert before == korean.states()


def test_asks_in_korean_before_it_opens(korean: KoreanHome) -> None:
    """What lets somebody in is asked about, in Korean."""
    call = ToolCall(tool="home.unlock", arguments={"what": "현관문"})
    assert "현관문의 잠금을 풀까요?" == korean.host.question(call)
