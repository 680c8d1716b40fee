"""How well the device knows which turns to give away: `assistant bench router`.

Two sides answered the labelled set, a weak one and a strong one; the router sees what the weak one began to say. Its
order of the turns is told beside that of an oracle and of chance, and what the product does with its threshold.
"""

from __future__ import annotations

import asyncio
import dataclasses
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.bench.homes import read_yaml
from assistant.bench.router_answers import REFERENCE, Answered, Run, answer_turns, read_answers, read_counts
from assistant.bench.router_checks import is_right
from assistant.bench.router_curve import (
    ENOUGH,
    Point,
    by_gain,
    by_score,
    chance,
    figures,
    saved_at,
    spread,
)
from assistant.bench.router_fit import fit, written
from assistant.bench.router_set import CLASSES, Labelled, RouterSet, read_set
from assistant.cloud_setup import make_side
from assistant.config import load_config
from assistant.errors import UsageError
from assistant.paths import find_paths
from assistant.think.difficulty import difficulty, is_refusal
from assistant.think.escalation import Escalation
from assistant.think.providers import Provider
from assistant.think.route import HARD, Local, Where
from assistant.think.sureness import HELD_TOKENS, Sureness, evidence, load_sureness, read_sureness
from assistant.types import JsonDict

UPPER_BOUND = "the set's reference answers, an upper bound for a cloud model"
LOCALS: tuple[Local, ...] = ("unknown", "missing", "empty", "refused", "unsure")
"""What may be known of a local answer: a private turn may leave for none of these."""
HELD_CHARS = 28
"""As `assistant.think.answering.REFUSAL_CHARS`, where a refusal shows."""
FITTED = (("standard", REFERENCE), ("small", REFERENCE), ("small", "standard"))
"""Weak and strong sides of which the weights are kept, by the tiers of the talkers."""
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two sides: models of the catalog, or `reference` for the strong one. `run`: where their answers lie;
    `models`: let them answer what is missing; `weights`: a file in place of the packaged ones."""

    data: Path
    weak: str
    strong: str
    run: Run
    provider: str = "openai"
    models: bool = True
    weights: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A turn, both answers judged. `places`: where the guideline lets it go, by what is known of the local answer."""

    turn: Labelled
    answered: Answered
    weak: float
    strong: float
    cost: int
    places: Mapping[Local, Where]

    @property
    def kept(self) -> bool:
        return self.places["unsure"] != "cloud"


def run_router(pair: Pair, progress: Progress) -> JsonDict:
    """The figures of the test half, of the turns that both sides have answered; `left` is how many answers are missing.

    Raises: UsageError: the set or the answers cannot be read. ModelError: a model that must answer is not there.
    """
    chosen = read_set(pair.data)
    left = _complete(pair, chosen, progress)
    provider, places = places_of(pair, chosen)
    judged = judge(pair, chosen, provider, places)
    sureness = _sureness(pair)
    if sureness is None:
        raise UsageError("The router was not fitted for these sides.", fix="Run again with --fit FILE.")
    tested = [one for one in judged if one.turn.half == "test"]
    points = [point(one, sureness) for one in tested]
    low, high = spread(points)
    alone = by_score([dataclasses.replace(each, kept=False) for each in points])
    strong = UPPER_BOUND if pair.strong == REFERENCE else pair.strong
    return {
        "suite": "router",
        "n": len(points),
        "left": left,
        "score": figures(by_score(points))["apgr"],
        "weak": f"{pair.weak}, really run",
        "strong": strong if pair.strong == REFERENCE else f"{strong}, really run",
        "price_of": pair.provider,
        "weak_right": _mean([each.weak for each in points]),
        "strong_right": _mean([each.strong for each in points]),
        "all_to_strong_usd": round(sum(each.cost for each in points) / 1e9, 6),
        "router": figures(by_score(points)) | {"apgr_low": round(low, 4), "apgr_high": round(high, 4)},
        "router_without_guideline": figures(alone),
        "oracle": figures(by_gain(points)),
        "chance": chance(points),
        "product": product(tested, sureness),
        "private": leaks(chosen, places),
        "right_by_class": {
            kind: _mean([one.weak for one in tested if one.turn.kind == kind])
            for kind in CLASSES
            if any(one.turn.kind == kind for one in tested)
        },
    }  # fmt: skip


def _sureness(pair: Pair) -> Sureness | None:
    if pair.weights is None:
        return load_sureness(pair.weak, pair.strong)
    try:
        text = pair.weights.read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise UsageError(f"The weights {pair.weights} cannot be read.", fix="Make them with --fit FILE.") from None
    return read_sureness(text).get((pair.weak, pair.strong))


def fit_router(pairs: Sequence[Pair], file: Path, command: str) -> JsonDict:
    """Fit the weights of each pair on the calibration half, choose its threshold there, and write both to a file.

    Raises: UsageError: answers are missing.
    """
    fits = []
    for pair in pairs:
        chosen = read_set(pair.data)
        judged = judge(pair, chosen, *places_of(pair, chosen))
        rows = sorted((one for one in judged if one.turn.half == "calibration"), key=lambda one: one.turn.digest)
        said = [one for one in rows if one.turn.kind != "wishes"]
        wishes = [one for one in rows if one.turn.kind == "wishes"]
        try:
            line = fit([_evidence(one) for one in said], [float(one.strong > one.weak) for one in said])
        except ValueError:
            raise UsageError(f"Too few answers of {pair.weak} to fit.", fix="Let it answer more turns.") from None
        choice = _choice(wishes)
        sureness = Sureness(weights=line.weights, bias=line.bias, threshold=0.5, choice=choice)
        scored = zip(said, line.apart, strict=True)
        apart = [dataclasses.replace(point(one, sureness), score=score) for one, score in scored]
        threshold = _threshold([*apart, *(point(one, sureness) for one in wishes)])
        fits.append({
            "weak": pair.weak, "strong": pair.strong, "n": len(rows), "ridge": line.ridge,
            "threshold": threshold, "bias": line.bias, "choice": choice, "weights": line.weights,
        })  # fmt: skip
    file.write_text(written(fits, command), encoding="utf-8")
    return {"suite": "router", "fitted": {f"{one['weak']} {one['strong']}": one["threshold"] for one in fits}}


def _choice(wishes: Sequence[Judged]) -> tuple[float, float]:
    """Bias and weight for the confidence in a choice of tools; none where all are right, or all wrong."""
    try:
        line = fit(
            [{"sure": one.answered.sure or 0.0} for one in wishes], [float(one.strong > one.weak) for one in wishes]
        )
    except ValueError:
        return 0.0, 0.0
    return line.bias, line.weights["sure"]


def _threshold(points: Sequence[Point]) -> float:
    """Between the scores of the last turn that must go, for `ENOUGH` of the strong side's quality, and the next."""
    order = by_score(points)
    _, share = saved_at(order, ENOUGH)
    count = round(share * len(order))
    if not 0 < count < len(order):
        return 0.5
    return (order[count - 1].score + order[count].score) / 2


Places = Mapping[str, Mapping[Local, Where]]
"""Where each turn may go, by its id and what is known of the local answer."""


def judge(pair: Pair, chosen: RouterSet, provider: Provider, places: Places) -> list[Judged]:
    """Both sides' answers, judged, to the turns that both answered and that are not private.

    Raises:
        UsageError: there is none, or a file of answers is broken.
    """
    weak = read_answers(pair.run.file(pair.weak))
    strong = read_answers(pair.run.file(pair.strong)) if pair.strong != REFERENCE else {}
    counts = read_counts(pair.run.file(REFERENCE))
    asked = [turn for turn in chosen.turns if turn.kind != "private" and turn.id in weak and turn.id in counts]
    if pair.strong != REFERENCE:
        asked = [turn for turn in asked if turn.id in strong]
    if not asked:
        raise UsageError("No turn is answered yet.", fix="Run `assistant bench router` without --fit first.")
    found = []
    for turn in asked:
        answered, other = weak[turn.id], strong.get(turn.id)
        written_tokens = other.tokens if other is not None else counts[turn.id].answer
        found.append(
            Judged(
                turn=turn,
                answered=answered,
                weak=_right(turn, answered),
                strong=_right(turn, other) if other is not None else 1.0,
                cost=provider.cost_nano(counts[turn.id].said, written_tokens),
                places=places[turn.id],
            )
        )
    return found


def point(one: Judged, sureness: Sureness) -> Point:
    """The turn as the router sees it."""
    if one.answered.sure is not None:
        score = sureness.choice_odds(one.answered.sure)
    else:
        score = sureness.odds(one.turn.text, _begun(one), one.answered.chances)
    return Point(id=one.turn.id, weak=one.weak, strong=one.strong, cost=one.cost, score=score, kept=one.kept)


def product(judged: Sequence[Judged], sureness: Sureness) -> JsonDict:
    """What the product does with these turns: by its guideline, difficulty and threshold.

    Wishes that the local model found no sure tool for stay: the cloud is given no tools.
    """
    sent = [one for one in judged if _goes(one, sureness)]
    ids = {one.turn.id for one in sent}
    total = sum(one.cost for one in judged) or 1
    quality = sum(one.strong if one.turn.id in ids else one.weak for one in judged)
    gap = sum(one.strong - one.weak for one in judged)
    return {
        "calls": round(len(sent) / len(judged), 4),
        "recovered": round(sum(one.strong - one.weak for one in sent) / gap, 4) if gap else 0.0,
        "quality_of_strong": round(quality / sum(one.strong for one in judged), 4),
        "saved": round(1 - sum(one.cost for one in sent) / total, 4),
        "sent_before_the_local_model": sum(one.places["unknown"] == "cloud" for one in sent),
    }


def _goes(one: Judged, sureness: Sureness) -> bool:
    if one.answered.sure is not None:
        return False
    if one.places["unknown"] == "cloud":
        return True
    if is_refusal(one.answered.text[:HELD_CHARS]):
        return one.places["refused"] == "cloud"
    unsure = sureness.unsure(one.turn.text, _begun(one), one.answered.chances)
    return unsure and one.places["unsure"] == "cloud"


def leaks(chosen: RouterSet, places: Places) -> JsonDict:
    """Private turns that the guideline lets out by itself, whatever is known of the local answer."""
    private = [turn for turn in chosen.turns if turn.kind == "private"]
    out = [turn for turn in private if any(place != "device" for place in places[turn.id].values())]
    hard = sum(difficulty(turn.text) >= HARD for turn in private)
    return {"n": len(private), "hard": hard, "leaked": len(out), "leak_rate": round(len(out) / max(1, len(private)), 4)}


def _begun(one: Judged) -> str:
    """What is held back of an answer: as much as the tokens that are looked at, by their share of all."""
    answered = one.answered
    share = min(1.0, HELD_TOKENS / max(1, answered.tokens))
    return answered.text[: max(HELD_CHARS, round(share * len(answered.text)))]


def _evidence(one: Judged) -> dict[str, float]:
    return evidence(one.turn.text, _begun(one), one.answered.chances)


def _right(turn: Labelled, answered: Answered) -> float:
    return float(is_right(turn.check, answered.text, turn.text, answered.calls))


def places_of(pair: Pair, chosen: RouterSet) -> tuple[Provider, Places]:
    """Where the shipped guideline lets each turn go, with the provider chosen, agreed to and reachable."""
    described = read_yaml(pair.run.home)
    things = [str(one["name"]) for kind in ("floors", "areas", "entities") for one in described.get(kind, ())]
    config = load_config(None, {"ASSISTANT_SET_CLOUD__PROVIDER": pair.provider}).cloud
    with tempfile.TemporaryDirectory(prefix="router-") as scratch:
        paths = dataclasses.replace(
            find_paths(), state=Path(scratch) / "state", config=Path(scratch) / "config"
        )  # nothing of this person's choices
        paths.create()
        side = make_side(config, paths, keep_days=1, people=lambda: chosen.people, things=lambda: things)
        assert side is not None
        try:
            side.ledger.agree(side.id, side.provider.terms, side.wall_s())
            escalation = Escalation(side=side)
            places = {
                turn.id: {local: escalation.place(turn.text, local).where for local in LOCALS}
                for turn in chosen.turns
            }  # fmt: skip
        finally:
            side.ledger.close()
    return side.provider, places


def _complete(pair: Pair, chosen: RouterSet, progress: Progress) -> int:
    """Let the models answer what is missing, if they are to; how many answers are left."""
    models = [pair.weak, *([pair.strong] if pair.strong != REFERENCE else [])]
    if pair.models:
        return sum(asyncio.run(answer_turns(model, chosen.turns, pair.run, progress)) for model in models)
    asked = {turn.id for turn in chosen.turns if turn.kind != "private"}
    return sum(len(asked - read_answers(pair.run.file(model)).keys()) for model in models)


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / max(1, len(values)), 4)
