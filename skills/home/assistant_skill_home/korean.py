"""What people call the things of a home in Korean: phrases beside the English ones, and names and states told back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from assistant_skill_home.kinds import kind_of
from assistant_skill_home.model import Entity, Home

if TYPE_CHECKING:
    from assistant_skill_home.names import Names, Target

WORDS: Mapping[str, tuple[str, ...]] = {
    "light": ("조명", "불", "전등", "등", "라이트", "램프", "불빛"),
    "fan": ("선풍기", "팬", "환풍기", "서큘레이터", "환기구", "실링팬"),
    "switch": ("스위치", "콘센트", "플러그", "멀티탭"),
    "humidifier": ("가습기", "제습기"),
    "lock": ("문", "도어락", "자물쇠", "잠금장치", "현관문"),
    "curtain": ("커튼",),
    "blind": ("블라인드", "롤스크린"),
    "shade": ("차양", "쉐이드", "그늘막"),
    "shutter": ("셔터",),
    "awning": ("어닝", "차양막"),
    "window": ("창문", "창"),
    "damper": ("댐퍼",),
    "garage": ("차고문", "차고", "차고셔터"),
    "gate": ("대문", "게이트"),
    "door": ("문",),
    "cover": ("커버", "가리개"),
    "valve": ("밸브", "수도", "물"),
    "climate": ("온도조절기", "에어컨", "난방", "히터", "보일러", "냉방", "냉난방기", "온도"),
    "vacuum": ("로봇청소기", "청소기"),
    "mower": ("잔디깎이", "잔디깎이로봇"),
    "player": ("음악", "티비", "tv", "텔레비전", "스피커", "라디오", "오디오", "노래", "영상", "플레이어", "소리"),
    "todo": ("목록", "할일목록", "할일", "리스트", "장보기목록", "쇼핑목록"),
    "scene": ("장면", "씬"),
    "script": ("스크립트", "루틴"),
    "person": ("사람",),
    "window sensor": ("창문", "창"),
    "door sensor": ("문", "현관문"),
    "motion sensor": ("모션센서", "동작센서", "움직임센서", "움직임"),
    "sensor": ("센서",),
    "detector": ("감지기", "센서"),
}
"""The first is how we say it."""
_OWN = frozenset(
    ["에어컨", "난방", "히터", "보일러", "티비", "tv", "텔레비전", "스피커", "라디오", "환풍기", "제습기", "가습기"]
)
"""Words that mean only the things with them in their name, if there are any: an air conditioner is no boiler."""
_SAME = (("티비", "tv", "텔레비전"), ("에어컨", "냉방"), ("보일러", "난방"))
_OF = ("", "의", "에", "에있는", "쪽", "안에있는", "에서")
_HERE = ("여기", "이방", "여기있는", "이방에있는", "이곳")
_AWAY = ("집안", "집안의", "집", "온집안", "집전체", "우리집", "집에있는")
_ALL = ("모든", "전체", "전부")

_STATES: Mapping[str, str] = {
    "on": "켜져 있어요", "off": "꺼져 있어요", "open": "열려 있어요", "closed": "닫혀 있어요", "locked": "잠겨 있어요",
    "unlocked": "잠겨 있지 않아요", "opening": "열리고 있어요", "closing": "닫히고 있어요", "playing": "재생 중이에요",
    "paused": "멈춰 있어요", "idle": "쉬고 있어요", "standby": "대기 중이에요", "cleaning": "청소하고 있어요",
    "docked": "충전대에 있어요", "returning": "충전대로 가고 있어요", "mowing": "잔디를 깎고 있어요",
    "home": "집에 있어요",
    "not_home": "집에 없어요", "heat": "난방 중이에요", "cool": "냉방 중이에요", "auto": "자동이에요",
    "dry": "제습 중이에요",
    "fan_only": "송풍 중이에요", "heat_cool": "냉난방 중이에요", "unavailable": "응답하지 않아요",
    "unknown": "알 수 없어요",
    "occupied": "누가 있어요", "clear": "조용해요", "wet": "젖어 있어요", "alarming": "경보 중이에요",
    "fine": "괜찮아요", "low": "낮아요", "connected": "연결돼 있어요", "not connected": "끊겨 있어요",
    "plugged in": "꽂혀 있어요", "unplugged": "빠져 있어요",
}  # fmt: skip
_UNITS: Mapping[str, str] = {
    "°C": "도",
    "°F": "도",
    "°": "도",
    "%": "%",
    "W": "와트",
    "kWh": "킬로와트시",
    "lx": "럭스",
}


def phrases(names: Names, list_name: str, kinds: tuple[str, ...], alone: tuple[str, ...]) -> dict[str, str]:
    """Phrase -> value for one list; names of single things come last, so that they win over words for many.

    `alone`: the kinds that the name of an area alone stands for in this list.
    """
    home = names.home
    members = [one for one in home.entities.values() if kind_of(one) in kinds and names.belongs(one, list_name)]
    if not members:
        return {}
    found: dict[str, str] = {}
    if list_name not in ("activity", "guarded"):
        for phrase, target in _groups(names, kinds, alone):
            found.setdefault(phrase, names.value(target))
    singles: dict[str, list[str]] = {}
    for one in members:
        for phrase in _called(one, names):
            singles.setdefault(phrase, []).append(one.id)
    for one in members:  # the whole name counts more than what else it may be called
        for said in (one.name, *one.aliases):
            singles[_plain(said)] = [other.id for other in members if _plain(said) in map(_plain, _names(other))]
    return {
        **found,
        **{phrase: names.value(names.target(tuple(dict.fromkeys(ids)))) for phrase, ids in singles.items()},
    }


def _called(one: Entity, names: Names) -> Iterator[str]:
    """A thing's name, with the place before it, and with another word for its kind at its end."""
    words = WORDS.get(kind_of(one), ())
    places = [_plain(place) for place in names.places_of(one)]
    for said in map(_plain, _names(one)):
        last = next((word for word in words if said.endswith(word) and said != word), "")
        forms = [said, *(said.removesuffix(last) + word for word in words if last)]
        for form in forms:
            yield form
            yield from (f"{place}{of}{form}" for place in places for of in _OF if not form.startswith(place))
            for place in places:
                if form.startswith(place) and form != place and form[len(place) :] not in words:
                    yield form[len(place) :]


def _groups(names: Names, kinds: tuple[str, ...], alone: tuple[str, ...]) -> Iterator[tuple[str, Target]]:
    for word in dict.fromkeys(word for kind in kinds for word in WORDS.get(kind, ())):
        of = tuple(kind for kind, words in WORDS.items() if word in words)
        own = word if word in _OWN and any(is_called(one, word) for one in names.home.entities.values()) else ""
        near, everywhere = names.group(of, names.here, word=own), names.group(of, word=own)
        yield word, near
        yield from ((f"{here}{each}{word}", near) for here in _HERE for each in ("", *_ALL))
        yield from ((f"{each}{word}", everywhere) for each in _ALL)
        yield from ((f"{away}{each}{word}", everywhere) for away in _AWAY for each in ("", *_ALL))
        for place, target in _places(names, of, own):
            for each in ("", *_ALL):
                yield from ((f"{place}{joint}{each}{word}", target) for joint in _OF)
                yield f"{each}{place}{word}", target
                yield f"{each}{place}의{word}", target
    for place, target in _places(names, alone) if alone else ():
        yield place, target


def _places(names: Names, kinds: tuple[str, ...], word: str = "") -> Iterator[tuple[str, Target]]:
    for area in names.home.areas.values():
        for said in (area.name, *area.aliases):
            yield _plain(said), names.group(kinds, area.id, word=word)
    for floor in names.home.floors.values():
        for said in (floor.name, *floor.aliases):
            yield _plain(said), names.group(kinds, floor=floor.id, word=word)


def is_called(one: Entity, word: str) -> bool:
    """Has it this word, or one that means the same, in its name?"""
    same = next((words for words in _SAME if word in words), (word,))
    return any(said in _plain(name) for name in _names(one) for said in same)


def _names(one: Entity) -> Iterable[str]:
    return (one.name, *one.aliases)


def _plain(name: str) -> str:
    return name.lower().replace(" ", "")


def told(target: Target, home: Home) -> str:
    """What a target is, in Korean words: "거실 조명", "모든 창문"."""
    if target.entities:
        return ", ".join(home.entities[one].name for one in target.entities[:4] if one in home.entities)
    word = target.word or next((WORDS[kind][0] for kind in target.kinds if kind in WORDS), "것")
    if target.area in home.areas:
        return f"{home.areas[target.area].name} {word}"
    return f"{home.floors[target.floor].name} {word}" if target.floor in home.floors else f"모든 {word}"


def state_words(one: Entity, state: str) -> str:
    """A state as it is told at the end of a sentence: "켜져 있어요", "21.5도예요"."""
    unit = str(one.attributes.get("unit_of_measurement") or one.attributes.get("native_unit_of_measurement") or "")
    if unit:
        value = state.rpartition(" ")[0] if " " in state else state
        return f"{value or one.state}{_UNITS.get(unit, f' {unit}')}(이)에요"
    return _STATES.get(one.state if state.replace(" ", "_") == one.state else state, f"{state}(이)에요")


def asked_state(state: str) -> str:
    """A state that was asked about, told back."""
    return _STATES.get(state, f"{state}(이)에요")


def spoken_words() -> list[str]:
    """The words for kinds that hardly mean anything but a thing of the home."""
    kinds = ("light", "fan", "lock", "curtain", "blind", "shutter", "garage", "gate", "climate", "vacuum")
    return list(dict.fromkeys(word for kind in kinds for word in WORDS[kind] if word != "온도"))
