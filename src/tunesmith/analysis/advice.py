"""What next? Advice for the next round, each piece with its evidence; silence where the trials say too little."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np

from tunesmith.analysis._columns import text_of
from tunesmith.analysis._records import Records, counted, number
from tunesmith.analysis._slices import places_of, value_at
from tunesmith.analysis._source import HasHistory, history_of
from tunesmith.analysis.importance import Importance, importance
from tunesmith.analysis.noise import noise_of
from tunesmith.analysis.plateau import losses, noise_in_units
from tunesmith.analysis.trust import trust_in
from tunesmith.models.anova import Decomposition, decomposition_of
from tunesmith.models.table import COMPLETE
from tunesmith.numerics.encoding import Indices
from tunesmith.space import Categorical, Float, Int, Ordinal
from tunesmith.trial import History, Metric

Kind = Literal["model", "bound", "range", "effect", "scale", "choice", "noise"]

SURE = 0.99
"""In so much of the drawn functions a claim must hold: a study has some 20 claims to test, and should make no false."""

EDGE, MOST_NEAR = 0.05, 0.5
"""A value within this share of the scale is at its bound; so much of the best trials must be."""

DEAD = 0.25
"""An end of the range is worth leaving out from so much of the scale on."""

NO_SHARE = 0.1
"""A parameter without effect may have no more of the importance than this, at the upper end of its interval."""

NO_EFFECT = (0.025, 0.975)
"""Between these quantiles of the drawn functions it may move the value by no more than the noise of a trial."""

DECADES = 100.0
"""A linear range over less than this ratio needs no logarithmic scale."""

FEWEST_TRIED = 3
"""A choice that was tried less often had no fair chance."""

LOUD = 0.1
"""Less noise than this, in units of the values' spread, may be the model's own error: nobody is told to stop for it."""

SMALL = 0.02
"""What moves the value by less than this, in units of the values' spread, has no effect, noise or not."""

FEWEST_TO_STOP = 30
"""Nobody is told to stop before so many complete trials."""

_ASKED = 512
"""At so many places, half of them near the best params, the model is asked for something better."""


@final
@dataclass(frozen=True)
class Advice:
    """One thing to do.

    Parameters
    ----------
    kind
        `"bound"`: widen a range; `"range"`: narrow one; `"effect"`: fix a parameter; `"scale"`: make one logarithmic;
        `"choice"`: drop one; `"noise"`: stop; `"model"`: run more trials before believing the model.
    parameter
        Which; empty for the study as a whole.
    what
        What to do, in a sentence.
    why
        The evidence, in a sentence.
    value
        The new bound, the value to fix or the choice to drop; None where there is none.
    """

    kind: Kind
    parameter: str
    what: str
    why: str
    value: Any = None

    def __str__(self) -> str:
        return f"{self.what} {self.why}"


@final
@dataclass(frozen=True)
class Advices:
    """All advice on a study, the most useful first; none is the usual case."""

    metric: Metric
    items: tuple[Advice, ...]

    def __iter__(self) -> Iterator[Advice]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def table(self) -> Records:
        """One row a piece."""
        rows = [(one.kind, one.parameter or None, one.what, one.why) for one in self.items]
        return Records(("kind", "parameter", "what to do", "why"), tuple(rows))


@final
@dataclass(frozen=True, eq=False)
class _Case:
    """What every rule looks at."""

    history: History
    model: Decomposition
    importance: Importance
    limit: float
    """The noise of one trial, in units."""
    top: Indices
    """Rows of the table: the tenth of the complete trials that is best, at least 5."""

    def near(self, j: int, place: float, reach: float) -> float:
        """The share of the best trials that lie near a place."""
        rows = self.model.table.rows[self.top, j]
        return float(np.mean(np.abs(rows - place) <= reach))


def advice(source: History | HasHistory) -> Advices:
    """What to do next, as far as the trials support it.

    Every rule asks functions that the trials support, and speaks when nearly all of them (`SURE`) agree; beside that
    each has its own threshold, named above. Where the model is not reliable, that is all that is said.

    Parameters
    ----------
    source
        A history, or a study.

    Examples
    --------
    >>> import tunesmith as ts
    >>> space = ts.SearchSpace(x=ts.Float(1, 2), kind=ts.Categorical("a", "b"))
    >>> study = ts.minimize(lambda x, kind: -x, space, trials=40, storage=None, seed=0)
    >>> for one in advice(study):
    ...     print(one.kind, one.parameter, one.value)
    bound x 2.5
    effect kind b
    """
    history = history_of(source)
    model = decomposition_of(history)
    verdict = trust_in(model, history)
    if model is None or not verdict.reliable:
        reason = verdict.reason.removeprefix("not reliable: ")
        what = "Do not read much into the effects of single parameters yet." if history.best else "Run some trials."
        return Advices(history.metric, (Advice("model", "", what, f"The model is not to be trusted: {reason}."),))
    noise = noise_of(history)
    limit = noise.deviation if noise.is_known else noise_in_units(model)
    noisy = noise.is_known or model.noise > LOUD
    whole = np.flatnonzero(model.table.states == COMPLETE)
    best = whole[np.argsort(model.table.values[whole], kind="stable")][: max(5, len(whole) // 10)]
    case = _Case(history, model, importance(history), limit, best)
    found: list[Advice | None] = []
    for name in history.space.names:
        if (j := model.encoder.index.get(name)) is not None and not np.isnan(model.best_row()[j]):
            first = _no_effect(case, j)
            found += [first] if first else [_scale(case, j) or _at_bound(case, j) or _dead(case, j), *_losers(case, j)]
    if noisy and not any(one is not None and one.kind == "bound" for one in found):
        found.append(_stop(case, whole))
    order = ("noise", "bound", "scale", "choice", "range", "effect", "model")
    kept = [one for one in found if one is not None]
    return Advices(history.metric, tuple(sorted(kept, key=lambda one: order.index(one.kind))))


def _at_bound(case: _Case, j: int) -> Advice | None:
    """The best trials crowd at a bound, and the model expects the value to go on improving towards it."""
    name = case.model.encoder.columns[j].name
    part = case.history.space[name]
    if not isinstance(part, Float | Int) or part.low == part.high:
        return None
    own = float(case.model.best_row()[j])
    side = 0.0 if own < 0.5 else 1.0
    cell = 1.0 / part.size if part.size else 0.0
    reach, inward = max(EDGE, 0.51 * cell), max(0.15, 1.5 * cell)
    share = case.near(j, side, reach)
    if abs(own - side) > reach or share < MOST_NEAR or (side == 0.0 and _is_long(part)):
        return None
    inside = inward if side == 0.0 else 1.0 - inward
    _, drawn = losses(case.model, j, np.array([side, inside]))
    if np.mean(drawn[:, 0] < drawn[:, 1]) < SURE or (wider := _wider(part, side)) is None:
        return None
    bound, word = (part.low, "smaller") if side == 0.0 else (part.high, "larger")
    return Advice(
        "bound", name, f"Widen {name} to {number(wider)}, if {word} values make sense.",
        f"{_percent(share)} of the best trials lie at its bound of {number(bound)}, and the score still improves "
        "towards it.", wider,
    )  # fmt: skip


def _wider(part: Float | Int, side: float) -> float | int | None:
    """A bound that makes the range half as long again on its scale; None where a number would change its sign."""
    low, high = part.low, part.high
    if part.log:
        bound = low * (low / high) ** 0.5 if side == 0.0 else high * (high / low) ** 0.5
    else:
        bound = low - (high - low) / 2 if side == 0.0 else high + (high - low) / 2
    if low >= 0 > bound:
        bound = 0.0
    if isinstance(part, Int):
        bound = math.floor(bound) if side == 0.0 else math.ceil(bound)
        bound = max(bound, 1) if part.log else bound
    return None if bound in {low, high} else bound


def _no_effect(case: _Case, j: int) -> Advice | None:
    """Wherever it is set, the best params stay within noise, and little of the importance can be its."""
    name = case.model.encoder.columns[j].name
    entry = case.importance[name]
    if entry.high > NO_SHARE or any(c.parent == name for _, p in case.history.space.items() for c in p.conditions):
        return None
    places = places_of(case.model, j)
    expected, drawn = losses(case.model, j, places)
    low, high = np.quantile(drawn, NO_EFFECT, axis=0)
    limit = max(case.limit, SMALL * case.model.warp.width)
    if float(high.max()) > limit or float(low.min()) < -limit:
        return None
    value = value_at(case.model, case.history.space, j, float(case.model.best_row()[j]))
    if entry.default:
        value = case.history.space[name].default
    return Advice(
        "effect", name, f"Fix {name} at {_shown(value)}: it has no effect that can be seen.",
        f"Wherever it is set, {case.history.metric.name} is expected to move by at most "
        f"{number(float(np.max(np.abs(expected))))}; it is known to within {number(limit)}.", value,
    )  # fmt: skip


def _scale(case: _Case, j: int) -> Advice | None:
    """On a long linear range of positive numbers all good values lie at the low end."""
    name = case.model.encoder.columns[j].name
    part = case.history.space[name]
    if not isinstance(part, Float | Int) or not _is_long(part):
        return None
    share = case.near(j, 0.0, 0.1)
    _, drawn = losses(case.model, j, np.array([0.05, 0.5]))
    if share < 0.8 or np.mean(drawn[:, 1] - drawn[:, 0] > case.limit) < SURE:
        return None
    return Advice(
        "scale", name, f"Give {name} a logarithmic scale (log=True).",
        f"{_percent(share)} of the best trials lie in the lowest tenth of its range from {number(part.low)} to "
        f"{number(part.high)}, so nine tenths of it are hardly worth a trial.",
    )  # fmt: skip


def _is_long(part: Float | Int) -> bool:
    """Whether a linear range of positive numbers is so long that its low end is hardly looked into."""
    return not part.log and part.low > 0 and part.high >= DECADES * part.low


def _dead(case: _Case, j: int) -> Advice | None:
    """An end of the range is worse than the best by more than noise, and none of the best trials is there."""
    name = case.model.encoder.columns[j].name
    part = case.history.space[name]
    if not isinstance(part, Float | Int):
        return None
    places = places_of(case.model, j)
    _, drawn = losses(case.model, j, places)
    bad = np.mean(drawn > 2 * case.limit, axis=0) >= SURE
    rows = case.model.table.rows[case.top, j]
    for side in (0, 1):
        ordered = bad if side == 0 else bad[::-1]
        length = int(np.argmin(ordered)) if not ordered.all() else 0
        end = float(places[length - 1] if side == 0 else places[len(places) - length]) if length else 0.0
        cut = end if side == 0 else 1.0 - end
        empty = not np.any(rows <= end if side == 0 else rows >= end)
        if length and cut >= DEAD and empty:
            value = value_at(case.model, case.history.space, j, end)
            word, left = ("above", "below") if side == 0 else ("below", "above")
            return Advice(
                "range", name, f"Keep {name} {word} {number(value)}.",
                f"With the other params at their best, {left} that {case.history.metric.name} is worse by more than "
                f"twice the noise of a trial, and none of the best trials is there.", value,
            )  # fmt: skip
    return None


def _losers(case: _Case, j: int) -> list[Advice]:
    """Choices that were tried, are not among the best trials, and lose by more than noise."""
    name = case.model.encoder.columns[j].name
    part = case.history.space[name]
    if not isinstance(part, Categorical | Ordinal) or part.size < 2:
        return []
    places = places_of(case.model, j)
    expected, drawn = losses(case.model, j, places)
    rows = case.model.table.rows[:, j]
    cells = case.model.encoder.columns[j].cells
    tried, best = cells(rows), cells(rows[case.top])
    found = []
    for k in range(len(places)):
        lost = np.mean(drawn[:, k] > case.limit) >= SURE
        if lost and np.sum(tried == k) >= FEWEST_TRIED and not np.any(best == k):
            value = value_at(case.model, case.history.space, j, float(places[k]))
            found.append(
                Advice(
                    "choice", name, f"Drop {_shown(value)} from {name}.",
                    f"In {counted(int(np.sum(tried == k)), 'trial')} it was never among the best, and costs about "
                    f"{number(float(expected[k]))} {case.history.metric.name}.", value,
                )
            )  # fmt: skip
    return found


def _stop(case: _Case, whole: Indices) -> Advice | None:
    """What the model still expects to gain anywhere is less than the noise of one trial."""
    if len(whole) < FEWEST_TO_STOP or case.limit <= 0:
        return None
    model, best = case.model, case.model.best_row()
    generator = np.random.default_rng(0)
    axes = model.basis.axes
    rows = np.stack([generator.choice(axis.nodes, _ASKED, p=axis.weights) for axis in axes], axis=1)
    full = np.where(np.isnan(best), rows[: _ASKED // 2], best)
    moved = generator.random(full.shape) < max(1.5 / len(best), 0.1)
    rows[: _ASKED // 2] = np.where(moved, rows[: _ASKED // 2], full)
    rows = np.concatenate([best[None, :], np.where(model.encoder.active(rows), rows, np.nan)])
    drawn = model.warp.backward(model.worlds(rows))
    gain = float(np.mean(np.maximum(drawn[:, :1] - drawn, 0.0).max(axis=1)))
    if gain > case.limit:
        return None
    return Advice(
        "noise", "", "Stop here, or make each trial less noisy (more folds, more data).",
        f"Anywhere in the space a further gain of about {number(gain)} {case.history.metric.name} is expected at most; "
        f"the noise of one trial is {number(case.limit)}.",
    )  # fmt: skip


def _shown(value: Any) -> str:
    return number(value) if isinstance(value, int | float) and not isinstance(value, bool) else text_of(value)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
