"""The guideline: every row has a case, and what no file may open stays closed whatever a file says."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import ConfigError
from assistant.think.route import (
    Mode,
    Placed,
    Row,
    Situation,
    Where,
    decide,
    forbidden,
    merged,
    read_policy,
    strictest,
)

pytestmark = pytest.mark.unit

POLICY = read_policy((files("assistant.think") / "policy.toml").read_text(encoding="utf-8"), "policy.toml")
OPEN = Situation(provider=True, consented=True, entitled=True)
"""Nothing stands in the way of the cloud, and nothing asks for it."""

CASES: list[tuple[str, Where, dict[str, Any]]] = [
    ("never_leaves", "device", {"data": "never", "wish": "cloud", "mode": "prefer_cloud"}),
    ("only_device", "device", {"mode": "device", "wish": "cloud", "hard": True}),
    ("child", "device", {"person": "child", "wish": "cloud"}),
    ("no_provider", "device", {"provider": False, "consented": False, "wish": "cloud"}),
    ("asked_device", "device", {"wish": "device", "mode": "prefer_cloud", "hard": True}),
    ("offline", "device", {"net": "down", "wish": "cloud"}),
    ("cloud_down", "device", {"broken": True, "wish": "cloud"}),
    ("budget_spent", "device", {"budget": "spent", "wish": "cloud"}),
    ("not_entitled", "device", {"tier": "premium", "entitled": False}),
    ("no_plan", "device", {"plan_only": True, "entitled": False}),
    ("first_use", "consent", {"wish": "cloud", "consented": False}),
    ("premium_first_use", "consent", {"tier": "premium", "consented": False}),
    ("no_consent", "device", {"consented": False, "hard": True, "mode": "prefer_cloud"}),
    ("guest_stays", "device", {"person": "guest", "mode": "prefer_cloud"}),
    ("asked_cloud", "cloud", {"wish": "cloud"}),
    ("metered", "device", {"net": "metered", "hard": True}),
    ("premium_asks", "ask", {"mode": "ask", "tier": "premium"}),
    ("premium", "cloud", {"tier": "premium"}),
    ("ask_fresh", "ask", {"mode": "ask", "fresh": True, "web": True}),
    ("ask_hard", "ask", {"mode": "ask", "hard": True}),
    ("ask_failed", "ask", {"mode": "ask", "local": "refused"}),
    ("asks_only_if_needed", "device", {"mode": "ask"}),
    ("prefer_cloud", "cloud", {"mode": "prefer_cloud"}),
    ("fresh", "cloud", {"fresh": True, "web": True}),
    ("local_missing", "cloud", {"local": "missing"}),
    ("nobody_knows", "device", {"fresh": True, "web": False, "local": "refused"}),
    ("local_refused", "cloud", {"local": "empty"}),
    ("local_unsure", "cloud", {"local": "unsure"}),
    ("language", "cloud", {"known_language": False}),
    ("hard", "cloud", {"hard": True}),
    ("local", "device", {"fresh": True, "web": False}),
]

situations = st.builds(
    Situation,
    **{
        name: st.sampled_from(get_args(kind)) if get_args(kind) else st.booleans()
        for name, kind in get_type_hints(Situation).items()
    },
)
conditions = st.fixed_dictionaries(
    {},
    optional={
        name: st.lists(st.sampled_from(get_args(kind) or (True, False)), min_size=1).map(tuple)
        for name, kind in get_type_hints(Situation).items()
    },
)
rows = st.builds(
    Row, reason=st.sampled_from(["mine", "hard", "local"]), where=st.sampled_from(get_args(Where)), when=conditions
)


@pytest.mark.parametrize(("reason", "where", "changes"), CASES, ids=[case[0] for case in CASES])
def test_a_row_decides(reason: str, where: Where, changes: dict[str, Any]) -> None:
    """Each row is the first that fits somewhere, and says where that goes."""
    assert Placed(where=where, reason=reason) == decide(POLICY, replace(OPEN, **changes))


def test_every_row_has_a_case() -> None:
    """A row without a case would be a guideline that nobody has read."""
    assert {row.reason for row in POLICY} == {case[0] for case in CASES}


def test_nothing_leaves_by_default() -> None:
    """As installed, no question of any kind goes anywhere, nor is anybody asked to let it."""
    for hard in (True, False):
        for wish in ("none", "cloud", "device"):
            assert "device" == decide(POLICY, Situation(hard=hard, wish=wish, fresh=True, web=True)).where


@given(st.lists(rows, max_size=6).map(tuple), situations)
def test_no_file_opens_what_is_closed(policy: tuple[Row, ...], situation: Situation) -> None:
    """Whatever rows there are: class never, only-device, a child, no consent, no provider, no budget stay here."""
    placed = decide(policy, situation)
    closed = (
        situation.data == "never"
        or situation.mode == "device"
        or situation.person == "child"
        or not situation.provider
        or situation.budget == "spent"
        or situation.net == "down"
        or situation.broken
    )
    if closed:
        assert "device" == placed.where
    if not situation.consented:
        assert placed.where in ("device", "consent")
    if (situation.tier == "premium" or situation.plan_only) and not situation.entitled:
        assert "device" == placed.where


@given(situations)
def test_the_guideline_itself_never_meets_a_rule(situation: Situation) -> None:
    """The packaged rows say themselves what the rules above them demand, so that the reason is always a row's own."""
    first = next(row for row in POLICY if row.fits(situation))
    assert "" == forbidden(situation, first.where)
    assert first.reason == decide(POLICY, situation).reason


@given(st.lists(st.sampled_from(get_args(Mode)), min_size=1))
def test_the_strictest_mode_lets_the_least_out(modes: list[Mode]) -> None:
    """Only-device wins over everything, prefer-cloud over nothing."""
    order = ["prefer_cloud", "prefer_device", "ask", "device"]
    assert max(modes, key=order.index) == strictest(*modes)


def test_own_rows_come_first_and_replace_by_reason() -> None:
    """A user's file changes what it names, and leaves the rest."""
    own = read_policy(
        '[[row]]\nreason = "hard"\nwhere = "device"\nwhen = { hard = true }\n'
        '[[row]]\nreason = "evening"\nwhere = "device"\nwhen = { fresh = true }',
        "own",
    )
    both = merged(POLICY, own)
    assert "evening" == both[0].reason
    assert len(POLICY) + 1 == len(both)
    assert Placed(where="device", reason="hard") == decide(both, replace(OPEN, hard=True))
    assert Placed(where="device", reason="evening") == decide(both, replace(OPEN, fresh=True, web=True))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[row", "not valid TOML"),
        ("a = 1", "has no [[row]]"),
        ("row = 1", "has no [[row]]"),
        ("row = [1]", "may hold reason, where and when only"),
        ('[[row]]\nreason = "a"\nwhere = "device"\nif = 1', "may hold reason, where and when only"),
        ('[[row]]\nwhere = "device"', "needs a reason"),
        ('[[row]]\nreason = "a b"\nwhere = "device"', "needs a reason"),
        ('[[row]]\nreason = "a"\nwhere = "moon"', "must say where"),
        ('[[row]]\nreason = "a"\nwhere = "device"\nwhen = 1', "no table"),
        ('[[row]]\nreason = "a"\nwhere = "device"\nwhen = { moon = 1 }', "asks for moon"),
        ('[[row]]\nreason = "a"\nwhere = "device"\nwhen = { mode = "moon" }', "has mode = 'moon'"),
        ('[[row]]\nreason = "a"\nwhere = "device"\nwhen = { hard = 1 }', "has hard = 1; possible is true, false"),
        ('[[row]]\nreason = "a"\nwhere = "device"\nwhen = { mode = [] }', "allows nothing"),
        ('[[row]]\nreason = "a"\nwhere = "device"\n' * 2, "gives the reason a twice"),
    ],
)
def test_a_wrong_file_is_a_sentence(text: str, told: str) -> None:
    """What is wrong is told with its row; nothing is guessed."""
    with pytest.raises(ConfigError) as caught:
        read_policy(text, "policy.toml")
    assert told in str(caught.value)
