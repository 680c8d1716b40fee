"""What "아니, 십이 분", "그거 꺼 줘" and "다시 켜 줘" refer to: sentences that say it in full. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from assistant.korean.days import day_ends, repeat_ends
from assistant.korean.numbers import number_ends
from assistant.korean.sentence import joined, normalize
from assistant.korean.times import duration_ends, time_ends

MAX_CHARS = 40
"""A longer sentence, without its spaces, is no correction of a value."""
MAX_NAME_CHARS = 16
_LEAD = re.compile(
    r"^(?:잠깐만?|아|어|음)?(?:아니(?:요|야|오|아)?|아냐|아뇨|그게아니(?:라|고)|말고|틀렸어|정정|미안|다시|그거말고|내말은|참)+(?P<rest>.+)$"
)
_TAIL = re.compile(
    r"(?:으로|로|에|이라고|라고|을|를|이)?(?:해|바꿔|맞춰|변경해|변경|설정해|정정해|고쳐|이야|야|이라니까|라니까|말이야|켜|꺼)?$"
)
_IT = re.compile(
    r"^(?:그거|그것|그걸|그건|이거|이것|이걸|저거|저것|저걸|방금그거|아까그거|그|다)(?:을|를|은|는|도|만)?"
)
_AGAIN = re.compile(r"^(?:다시|도로|또)")
_READERS: Sequence[Callable[[str, int], Iterable[tuple[int, object]]]] = (
    duration_ends, repeat_ends, day_ends, time_ends, number_ends,
)  # fmt: skip


def corrections(before: str, values: Mapping[str, object], text: str) -> Iterator[str]:
    """The last sentence with a value of it replaced by what is said now, the likeliest first; nothing if `text` does
    not begin like a correction. `values` are the arguments of the last call.
    """
    found = _LEAD.match(joined(text))
    if found is None or len(found["rest"]) > MAX_CHARS:
        return
    rest = found["rest"].removesuffix("요").removesuffix("줘").removesuffix("주세")
    last = normalize(before)
    yield rest
    for value in dict.fromkeys((rest, _TAIL.sub("", rest))):
        for reader in _READERS:
            if value and any(end == len(value) for end, _ in reader(value, 0)):
                for start, end in _spans(last, reader):
                    yield last[:start] + value + last[end:]
    value = _TAIL.sub("", rest)
    if not value or len(value) > MAX_NAME_CHARS:
        return
    for said in (joined(one) for one in values.values() if isinstance(one, str) and one):
        head, there, tail = last.partition(said)
        if there:
            yield f"{head}{value}{tail}"


def in_full(text: str, things: Sequence[str]) -> Iterator[str]:
    """The sentence with its "그거" replaced by each thing, or with the thing before a bare verb ("다시 꺼 줘")."""
    plain = normalize(text)
    if not plain or len(plain) > MAX_CHARS:
        return
    once = _AGAIN.sub("", plain)
    rest = _IT.sub("", once)
    if not rest:
        return
    for thing in things:
        yield f"{joined(thing)}{_AGAIN.sub('', rest)}"


def _spans(text: str, reader: Callable[[str, int], Iterable[tuple[int, object]]]) -> Iterator[tuple[int, int]]:
    """Where the text holds a value of a kind, the longest at each place."""
    place = 0
    while place < len(text):
        end = max((end for end, _ in reader(text, place)), default=place)
        if end > place:
            yield place, end
        place = max(end, place + 1)
