"""The first-party skills in Korean: sentences lead to the right calls, and answers are told in Korean."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.console import typed_turn
from assistant.engines.hassil_grammar import create
from assistant.language import Tongue
from assistant.skills_host import LentContext, SkillHost
from assistant.store.timers import TimerStore
from assistant.think.grammars import Grammars
from assistant.think.own import OwnSentences
from assistant.think.understanding import Minds, Understanding

pytestmark = pytest.mark.unit

HERE = Path(__file__).parent
CASES = [
    (text, tool, json.loads(arguments))
    for line in (HERE / "korean.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
    for text, tool, arguments in [line.split("\t")]
]


class Talk:
    """A conversation in Korean with the installed skills, on a store of its own and without any model."""

    def __init__(self, folder: Path) -> None:
        self.store = TimerStore(folder / "timers.sqlite3", zone="Asia/Seoul")
        self.tongue = Tongue("ko")
        self.lent = lent = LentContext(timers=self.store, tongue=self.tongue, state=folder / "state")
        self.host = SkillHost.load(lent)
        english = create(self.host.templates, self.host.readers)
        self.korean = create(self.host.templates, self.host.readers, language="ko")
        self.grammar = OwnSentences(Grammars(english, lambda: self.korean), self.host.own_sentences)
        lent.understand = self.host.understand(self.grammar)
        self.understanding = Understanding(
            grammar=self.grammar, toolbox=self.host, minds=Minds(), tongue=self.tongue, now=lent.clock,
            on_heard=lent.heard, on_begin=lent.begins,
        )  # fmt: skip

    def say(self, *lines: str) -> list[str]:
        """What is answered to each of these sentences, one after the other."""

        async def talk() -> list[str]:
            return [(await typed_turn(self.understanding, line, f"k{n}")).reply for n, line in enumerate(lines)]

        return asyncio.run(talk())


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Talk]:
    made = Talk(tmp_path_factory.mktemp("korean"))
    yield made
    made.host.close()
    made.store.close()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Talk]:
    """A conversation that begins with nothing."""
    made = Talk(tmp_path)
    yield made
    made.host.close()
    made.store.close()


def test_every_template_is_read(talk: Talk) -> None:
    """No Korean template is left out, and no skill for its Korean."""
    assert ([], {}) == (talk.korean.problems, talk.host.problems)


@pytest.mark.parametrize(("text", "tool", "arguments"), CASES, ids=[text for text, _, _ in CASES])
def test_sentence(talk: Talk, text: str, tool: str, arguments: dict[str, Any]) -> None:
    """A sentence is exactly this call."""
    assert [(tool, arguments)] == [(call.tool, dict(call.arguments)) for call in talk.grammar.match(text) or ()]


def test_every_example_is_understood(talk: Talk) -> None:
    """What a skill says that one can say is understood."""
    examples = [one for told in talk.lent.other_examples["ko"].values() for one in told]
    assert len(examples) > 30
    assert [] == [one for one in examples if not talk.understanding.knows(one)]


def test_timers(alone: Talk) -> None:
    """Set, corrected, told and cancelled, with the particles that fit."""
    assert [
        "10분 타이머를 시작할게요.",
        "12분 타이머를 시작할게요. 10분 타이머를 취소했어요.",
        "12분 남았어요.",
        "라면 타이머를 4분으로 시작할게요.",
        "라면 타이머는 4분 남았어요, 12분 타이머는 12분 남았어요.",
        "라면 타이머는 4분 남았어요.",
        "라면 타이머를 취소했어요.",
        "12분 타이머를 취소했어요.",
        "실행 중인 타이머가 없어요.",
    ] == alone.say(
        "10분 타이머 맞춰 줘", "아니, 십이 분", "얼마나 남았어?", "라면 타이머 4분 맞춰 줘", "무슨 타이머가 있어?",
        "라면 타이머 몇 분 남았어?",
        "그거 취소해 줘",
        "12분 타이머 취소해 줘", "타이머 꺼 줘",
    )  # fmt: skip


def test_asks_back(alone: Talk) -> None:
    """What was left out is asked for in Korean, and the answer completes it; another command is obeyed instead."""
    first, second, third, fourth = alone.say("타이머 맞춰 줘", "오 분이요", "알람 맞춰 줘", "지금 몇 시야?")
    assert ("얼마 동안 맞출까요?", "5분 타이머를 시작할게요.") == (first, second)
    assert ("몇 시에 맞출까요?", True) == (third, fourth.endswith("이에요."))
    assert [300] == [timer.seconds for timer in alone.store.list()]


def test_two_commands(alone: Talk) -> None:
    """One sentence may ask for two things."""
    alone.say("10분 타이머 맞추고 라면 타이머 3분 맞춰 줘")
    assert [("라면", 180), ("", 600)] == [(timer.label, timer.seconds) for timer in alone.store.list()]


def test_questions_change_nothing(alone: Talk) -> None:
    """Asking about timers, alarms and reminders sets and cancels none."""
    alone.say("10분 타이머 맞춰 줘", "내일 아침 7시에 깨워 줘")
    before = [one.id for one in alone.store.commitments.list()]
    alone.say(
        "타이머 얼마나 남았어?", "타이머가 있어?", "알람 몇 시야?", "알람이 있어?", "내가 뭘 놓쳤어?",
        "리마인더 있어?", "타이머 상태 어때?",
        "알람 언제 울려?", "오늘 며칠이야?", "뉴욕은 몇 시야?", "타이머를 왜 취소했어?", "알람을 껐어?",
    )  # fmt: skip
    assert before == [one.id for one in alone.store.commitments.list()]


def test_stop_and_no_model(alone: Talk) -> None:
    """A stop word is silent; what nothing understands is told in Korean."""
    silent, unknown = alone.say("그만", "우주는 왜 커지는 거야?")
    assert ("", True) == (silent, unknown.startswith("아직은 대답할 수 없어요."))


def test_english_beside_it(alone: Talk) -> None:
    """English is understood as well, and answered in the language of the household."""
    assert ["8분 타이머를 시작할게요."] == alone.say("set a timer for eight minutes")


def test_switching_by_voice(alone: Talk) -> None:
    """Asked for in either language, answered in the new one; what follows is told in it."""
    alone.tongue.choose("en")
    assert [
        "It's", "이제부터 한국어로 말할게요.", "5분 타이머를 시작할게요.", "I'll speak English from now on.",
        "Five minutes left.",
    ] == [
        one if n else one[:4]
        for n, one in enumerate(
            alone.say("what time is it", "speak Korean", "오 분 타이머 맞춰 줘", "영어로 말해 줘", "how long is left")
        )
    ]  # fmt: skip


def test_auto_answers_in_the_language_spoken(alone: Talk) -> None:
    """With both languages expected, each sentence is answered in its own."""
    alone.tongue.choose("auto")
    assert ["3분 타이머를 시작할게요.", "Three minutes left.", "3분 남았어요."] == alone.say(
        "3분 타이머 맞춰 줘", "how long is left", "얼마나 남았어?"
    )


def test_lists(alone: Talk) -> None:
    """Things are parted by particles that fit, kept, told and taken off again."""
    told = alone.say(
        "장보기 목록에 우유랑 빵 추가해 줘", "장보기 목록에 사과 추가해 줘", "장보기 목록에 우유 있어?",
        "장보기 목록에서 우유 빼 줘",
        "장보기 목록에 우유 있어?",
    )  # fmt: skip
    assert [
        "우유, 빵을 장보기 목록에 넣었어요.", "사과를 장보기 목록에 넣었어요.", "네, 장보기 목록에 우유가 있어요.",
        "우유를 장보기 목록에서 뺐어요.", "아니요, 장보기 목록에 우유는 없어요.",
    ] == told  # fmt: skip


def test_memory(alone: Talk) -> None:
    """What is to be remembered is told back, found by a word of it, and forgotten after a yes."""
    told = alone.say(
        "내 자전거는 지하실에 있다고 기억해 줘",
        "자전거에 대해 뭐라고 했지?",
        "전부 잊어 줘",
        "네",
        "나에 대해 뭘 알아?",
    )
    assert ["기억할게요: 자전거는 지하실에 있다.", "이렇게 말씀하셨어요: 자전거는 지하실에 있다."] == told[:2]
    assert ["말씀하신 것을 모두 잊었어요.", "기억하고 있는 것이 없어요."] == told[3:]


def test_sums(alone: Talk) -> None:
    """Results, units and money in Korean."""
    told = alone.say("십이 곱하기 팔은?", "10킬로미터는 몇 마일이야?", "0으로 나누면?", "10 나누기 0은 얼마야")
    assert ["96이에요.", "약 6.214 마일이에요."] == told[:2]
    assert "0으로는 나눌 수 없어요." == told[3]


def test_routine(alone: Talk) -> None:
    """A sentence of the user's own stands for several commands."""
    made, done = alone.say("내가 차 시간이라고 하면 4분 타이머 맞추고 7시에 알람 맞춰 줘", "차 시간")
    assert made.startswith("차 시간이라고 하시면 이렇게 할게요: 4분타이머맞춰, 7시에알람맞춰.")
    assert done.startswith("4분 타이머를 시작할게요.") and "알람이 울려요." in done


def test_open_questions_are_nobodys(talk: Talk) -> None:
    """Questions of knowledge and wishes for talk go on to the language model, and set or start nothing."""
    questions = (
        "하늘은 왜 파래?", "대한민국의 수도는 어디야?", "물은 몇 도에서 끓어?", "고래는 물고기야?",
        "라면을 맛있게 끓이는 방법을 알려 줘.",
        "광합성이 뭐야?", "세종대왕은 누구야?", "감기에 걸렸을 때 뭘 먹으면 좋아?", "지구에서 달까지 얼마나 멀어?",
        "여우에 대한 이야기를 써 줘.",
        "내일 축구 경기 결과 알려 줘.", "오늘 저녁 메뉴 추천해 줘.",
    )  # fmt: skip
    assert [] == [(one, talk.grammar.match(one)) for one in questions if talk.grammar.match(one)]


def test_reminder_asks_back(alone: Talk) -> None:
    """Without a time it asks when, without a wish it asks what; what is kept is the wish as a noun."""
    told = alone.say("엄마한테 전화하라고 알려 줘", "내일 오후 세 시")
    assert "언제 알려 드릴까요?" == told[0]
    assert told[1].endswith("오후 3시에 알려 드릴게요: 엄마한테 전화하기.")


TALK = [
    line.split("\t")
    for line in (HERE / "korean_talk_held_out.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


def test_small_talk_and_help_in_words_that_no_phrase_was_made_for(talk: Talk) -> None:
    """Most of a table that was never used to widen the phrases is understood, and nothing of it as something else."""
    right, wrong = [], []
    for text, tool, about in TALK:
        calls = talk.grammar.match(text) or ()
        fits = [call.tool for call in calls] == [tool] and (not about or calls[0].arguments.get("about") == about)
        (right if fits else wrong if calls else []).append(text)
    assert ([], True) == (wrong, len(right) >= 0.7 * len(TALK)), len(right)


def test_reasons_are_told_in_korean(alone: Talk) -> None:
    """ "왜 그랬어?" tells of the turn before, and at first that there was none."""
    first, _, why, again = alone.say("왜 그랬어?", "10분 타이머 맞춰 줘", "왜 그랬어?", "왜 그렇게 했어?")
    assert "아직 설명할 만한 일을 하지 않았어요." == first
    assert '"10분 타이머 맞춰 줘"라는 말은 제가 아는 명령이고, 그대로 했어요.' == why == again


def test_the_last_answer_and_the_cloud_in_korean(alone: Talk) -> None:
    """Who answered, and that nothing was sent."""
    told = alone.say("지금 몇 시야?", "누가 대답했어?", "뭘 보냈어?", "클라우드 쓰지 마")
    assert [
        "아는 명령이어서 이 기기가 스스로 답했어요.",
        "아무것도 보내지 않았어요. 마지막 대답은 이 기기에서 나왔어요.",
        "클라우드 모델은 정해져 있지 않아요. 모두 이 기기에 남아요.",
    ] == told[1:]


def test_where_things_are(alone: Talk) -> None:
    """What was told is found by the plain question for it; of what nobody told that is said."""
    told = alone.say(
        "내 자전거는 지하실에 있다고 기억해 줘", "내 자전거 어디 있어?", "자전거는 어디 있지?", "내 우산 어디 있어?"
    )
    assert "이렇게 말씀하셨어요: 자전거는 지하실에 있다." == told[1] == told[2]
    assert "우산" in told[3] and told[3].endswith("말씀하신 것이 없어요.")
