"""Where to cut the scores of a classifier of two classes, and what the cut is worth once the choosing is taken out."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeAlias, final

import numpy as np
import numpy.typing as npt

from tunesmith.errors import UsageError
from tunesmith.numerics.optimism import Corrected, drawn_in
from tunesmith.numerics.row_scores import ROUGH, Array, Weights

Counts: TypeAlias = tuple[Array, Array, Array, Array]
"""Sums of weights: positives above the cut, negatives above it, all positives, all negatives."""
Costs: TypeAlias = tuple[tuple[float, float], tuple[float, float]]
"""What a row costs: `costs[is][taken for]`, the positive class second."""

RESAMPLES = 500
_AT_ONCE = 2_000_000
_MOST_FOLDS = 20
COST = "cost"
_TO_BE_LARGE = ("f1", "balanced_accuracy", "accuracy")
_TO_BE_KEPT = ("recall", "precision", "specificity")
_FLOOR = re.compile(r"\s*(\w+)\s*>=\s*([0-9.]+)\s*")
_MISTAKES = re.compile(r"\s*alarm\s*=\s*(?P<alarm>[^,;]+?)\s*,\s*miss\s*=\s*(?P<miss>[^,;]+?)\s*")
_MATRIX = re.compile(r"\s*cost:\s*([^,;]+),([^,;]+);([^,;]+),([^,;]+)\s*")


@final
@dataclass(frozen=True, slots=True)
class Rule:
    """How a cut is chosen.

    Parameters
    ----------
    measure
        What is to be large, `"cost"` (small), or what is to be kept at `at_least`.
    at_least
        The least value of the measure. Of all cuts that keep recall the highest is taken, which raises the fewest
        alarms; of those that keep precision or specificity the lowest, which finds the most.
    costs
        For `"cost"`.
    """

    measure: str
    at_least: float | None = None
    costs: Costs | None = None

    @classmethod
    def of(cls, given: Any) -> Self:
        """From `"f1"`, `"recall>=0.9"`, `"alarm=1,miss=20"`, a matrix of costs, or the name of a rule.

        Raises
        ------
        UsageError
            If it is none of these.

        Examples
        --------
        >>> Rule.of("recall >= 0.9").name, Rule.of([[0, 1], [20, 0]]).name, Rule.of([[0, 1], [20, -5]]).name
        ('recall>=0.9', 'alarm=1,miss=20', 'cost:0,1;20,-5')
        """
        if isinstance(given, str):
            if given in _TO_BE_LARGE:
                return cls(given)
            found = _FLOOR.fullmatch(given)
            if found and found[1] in _TO_BE_KEPT and _is_share(found[2]):
                return cls(found[1], float(found[2]))
        costs = _costs(given)
        if costs is not None:
            if (np.diag(costs) < np.diag(costs[:, ::-1])).all():
                rows = tuple((float(one), float(two)) for one, two in costs)
                return cls(COST, None, (rows[0], rows[1]))
            raise UsageError(
                f"A cost in which a mistake is not dearer than being right: {given!r}.",
                hint="Let a false alarm and a missed positive cost more than the right answers: 'alarm=1,miss=20'.",
            )
        raise UsageError(
            f"No way to choose a threshold: {given!r}.",
            hint=f"Give one of {', '.join(_TO_BE_LARGE)}; a floor such as 'recall>=0.9' ({', '.join(_TO_BE_KEPT)}); "
            "costs such as 'alarm=1,miss=20'; or a cost matrix, [[0, 1], [20, 0]] or 'cost:0,1;20,0': what a negative "
            "costs that is taken for a negative and for a positive, then a positive.",
        )

    @property
    def name(self) -> str:
        """As it is written."""
        if self.costs is not None:
            (no, alarm), (missed, hit) = self.costs
            if no == hit == 0:
                return f"alarm={alarm:g},miss={missed:g}"
            return f"cost:{no:g},{alarm:g};{missed:g},{hit:g}"
        return self.measure if self.at_least is None else f"{self.measure}>={self.at_least:g}"

    @property
    def measures(self) -> tuple[str, ...]:
        """What is told of a cut: its own measure first."""
        return tuple(dict.fromkeys((self.measure, "precision", "recall")))

    def value(self, measure: str, counts: Counts) -> Array:
        """A measure of cuts; a mean cost is positive."""
        above, alarms, positives, negatives = counts
        with np.errstate(invalid="ignore", divide="ignore"):
            if measure == COST:
                (no, alarm), (missed, hit) = self.costs or ((0.0, 1.0), (1.0, 0.0))
                paid = no * (negatives - alarms) + alarm * alarms + missed * (positives - above) + hit * above
                return np.asarray(paid / (positives + negatives))
            found = {
                "f1": lambda: 2 * above / (above + alarms + positives),
                "accuracy": lambda: (above + negatives - alarms) / (positives + negatives),
                "balanced_accuracy": lambda: (above / positives + 1 - alarms / negatives) / 2,
                "precision": lambda: above / (above + alarms),
                "recall": lambda: above / positives,
                "specificity": lambda: 1 - alarms / negatives,
            }[measure]()
        return np.asarray(np.nan_to_num(found))

    def best(self, counts: Counts) -> npt.NDArray[np.intp]:
        """The cut to take in each resample (rows), of all cuts (columns); in the middle of those that are as good."""
        value = self.value(self.measure, counts)
        if self.at_least is not None:
            kept = value >= self.at_least - 1e-12
            if self.measure == "recall":
                place = np.argmax(kept, axis=1)
            else:
                place = value.shape[1] - 1 - np.argmax(kept[:, ::-1], axis=1)
            return np.asarray(np.where(kept.any(axis=1), place, np.argmax(value, axis=1)))
        if self.measure == COST:
            value = -value
        top = value >= value.max(axis=1, keepdims=True) - 1e-12
        first = np.argmax(top, axis=1)
        after = np.arange(value.shape[1]) > first[:, np.newaxis]
        ends = ~top & after
        last = np.where(ends.any(axis=1), np.argmax(ends, axis=1), value.shape[1]) - 1
        return np.asarray((first + last) // 2)


def _costs(given: Any) -> Array | None:
    """A matrix of finite costs; None where it is none."""
    if isinstance(given, str):
        if found := _MISTAKES.fullmatch(given):
            given = [["0", found["alarm"]], [found["miss"], "0"]]
        elif found := _MATRIX.fullmatch(given):
            given = [list(found.groups()[:2]), list(found.groups()[2:])]
        else:
            return None
    try:
        costs = np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    return costs if costs.shape == (2, 2) and bool(np.isfinite(costs).all()) else None


def _is_share(text: str) -> bool:
    try:
        return 0 < float(text) <= 1
    except ValueError:
        return False


@final
class Cuts:
    """All places to cut the scores of one model: above all rows, between two, below all.

    Parameters
    ----------
    scores
        One a row, larger for the positive class, in any unit.
    positive
        Which rows are positive.

    Examples
    --------
    >>> cuts = Cuts(np.array([0.1, 0.9, 0.4]), np.array([False, True, True]))
    >>> place = Rule.of("f1").best(cuts.counts(np.ones((1, 3))))
    >>> cuts.thresholds[place].tolist()
    [0.25]
    """

    def __init__(self, scores: Array, positive: npt.NDArray[np.bool_]) -> None:
        self._order = np.argsort(-scores, kind="stable")
        ordered = scores[self._order]
        self._ends = np.r_[0, np.flatnonzero(np.r_[ordered[1:] != ordered[:-1], True]) + 1]
        distinct = ordered[self._ends[1:] - 1]
        self.thresholds = np.r_[distinct[0] + 1, (distinct[:-1] + distinct[1:]) / 2, distinct[-1] - 1]
        self.positive = positive
        self._positive = positive[self._order]

    def counts(self, weights: Weights) -> Counts:
        """Of each cut (columns) in each resample (rows)."""
        ordered = weights[:, self._order]
        above = self._sums(np.where(self._positive, ordered, 0.0))
        alarms = self._sums(np.where(self._positive, 0.0, ordered))
        return above, alarms, above[:, -1:], alarms[:, -1:]

    def _sums(self, values: Array) -> Array:
        sums = np.zeros((values.shape[0], values.shape[1] + 1))
        np.cumsum(values, axis=1, out=sums[:, 1:])
        return sums[:, self._ends]


def corrected_cut(
    cuts: Sequence[Cuts],
    rule: Rule,
    units: npt.NDArray[np.intp],
    rng: np.random.Generator,
    *,
    choose: Callable[[Weights], npt.NDArray[np.intp]] | None = None,
    weights: Array | None = None,
    rounds: int = RESAMPLES,
) -> dict[str, Corrected]:
    """What a cut is worth on new rows: model and cut are chosen on some rows, and judged on the others.

    Nearly all rows choose: they are dealt into as many folds as there are positives, at most 20, again and again, and
    each fold is judged by what the others choose. A bootstrap (Tsamardinos, Greasidou and Borboudakis 2018, algorithm
    3) would choose on 63 % of the positives, and judge too severely a floor or a cost that hangs on the last few of
    them; it gives the spread here, about the value of the folds. A ratio of counts has a bias with few positives, so
    counts are summed before they are divided.

    Parameters
    ----------
    cuts
        Of each model that competes.
    rule
        How the cut is chosen.
    units
        What is drawn as a whole: the group of each row, or its own number.
    rng
        Where folds and resamples come from.
    choose
        From weights to the model chosen on rows so weighted; None takes the first always.
    weights
        The rows' own weights.
    rounds
        How many resamples, and how many folds in all.

    Returns
    -------
    For each of the rule's measures; NaN where no resample had both classes on both sides.
    """
    members = np.unique(units, return_inverse=True)[1]
    count = int(members.max()) + 1
    own = np.ones(len(units)) if weights is None else weights
    at_once = max(1, _AT_ONCE // len(units))
    drawn, dealt = [], []
    for start in range(0, rounds, at_once):
        times = rng.multinomial(count, np.full(count, 1 / count), size=min(at_once, rounds - start))[:, members]
        drawn.append(_judged(cuts, rule, times * own, (times == 0) * own, choose))
    table = np.concatenate(drawn)
    table = table[np.isfinite(table).all(axis=1) & (table[:, 2] > 0) & (table[:, 3] > 0)]
    folds = _folds(members, cuts[0].positive, rng, rounds)
    for start in range(0, len(folds), at_once):
        out = folds[start : start + at_once]
        dealt.append(_judged(cuts, rule, ~out * own, out * own, choose))
    sums = np.concatenate(dealt) if dealt else table
    sums = sums[np.isfinite(sums).all(axis=1)]
    return {measure: _summed(rule, measure, table, sums, count) for measure in rule.measures}


def _folds(
    members: npt.NDArray[np.intp], positive: npt.NDArray[np.bool_], rng: np.random.Generator, rounds: int
) -> npt.NDArray[np.bool_]:
    """Which rows each fold judges, whole units, those with positives spread evenly: folds of several deals below."""
    count = int(members.max()) + 1
    rare = np.bincount(members, positive, minlength=count) > 0
    parts = min(_MOST_FOLDS, int(rare.sum()), int((np.bincount(members, ~positive, minlength=count) > 0).sum()))
    if parts < 2:
        return np.zeros((0, len(members)), dtype=bool)
    found = []
    for _ in range(-(-rounds // parts)):
        fold = np.empty(count, dtype=np.intp)
        order = np.r_[rng.permutation(np.flatnonzero(rare)), rng.permutation(np.flatnonzero(~rare))]
        fold[order] = np.arange(count) % parts
        found.append(fold[members] == np.arange(parts)[:, np.newaxis])
    return np.concatenate(found)


def _judged(
    cuts: Sequence[Cuts],
    rule: Rule,
    inside: Weights,
    outside: Weights,
    choose: Callable[[Weights], npt.NDArray[np.intp]] | None,
) -> Array:
    """Counts outside, by the model and the cut that each row of weights chose; NaN where it saw one class alone."""
    models = np.zeros(len(inside), dtype=np.intp) if choose is None else choose(inside)
    judged = np.empty((len(inside), 4))
    for model in np.unique(models):
        mine = models == model
        seen = cuts[model].counts(inside[mine])
        place = rule.best(seen)[:, np.newaxis]
        above, alarms, *totals = cuts[model].counts(outside[mine])
        picked = [np.take_along_axis(sums, place, axis=1) for sums in (above, alarms)]
        judged[mine] = np.where((seen[2] > 0) & (seen[3] > 0), np.hstack([*picked, *totals]), np.nan)
    return judged


def _summed(rule: Rule, measure: str, table: Array, sums: Array, units: int) -> Corrected:
    if not len(table) or not len(sums):
        return Corrected(math.nan, math.nan, math.nan, 0)
    each = rule.value(measure, tuple(table.T))
    value = float(rule.value(measure, tuple(sums.sum(axis=0))))
    about = drawn_in(each, units, ROUGH)
    shift = value - about.value
    low, high = max(0.0, about.low + shift), about.high + shift
    return Corrected(value, low, high if measure == COST else min(1.0, high), len(table))
