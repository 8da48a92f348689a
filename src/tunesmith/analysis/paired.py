"""Two selections of trials against each other on the same folds: which is better, by how much, and how sure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt

from tunesmith.analysis._records import Records, number
from tunesmith.errors import InvalidData, UsageError
from tunesmith.numerics.paired import Difference, chosen_elsewhere, corrected_difference
from tunesmith.trial import FrozenTrial, History, Metric

ROPE = 0.01
"""Half the region of practical equivalence: this much of a score, or this share of one that is not within 0 and 1."""


@final
@dataclass(frozen=True)
class Side:
    """The trials of one side, with a score on every fold.

    Parameters
    ----------
    name
        What it is called.
    metric
        Of the scores.
    splits
        The digest of the folds; empty where the study does not say.
    ratio
        Judging rows over fitted rows; NaN where the study does not say.
    numbers, scores
        The trials, and for each its scores, one a fold.
    """

    name: str
    metric: Metric
    splits: str
    ratio: float
    numbers: tuple[int, ...]
    scores: npt.NDArray[np.float64]

    @classmethod
    def of(
        cls,
        history: History,
        card: Mapping[str, Any],
        *,
        name: str = "",
        where: Callable[[FrozenTrial], bool] | None = None,
    ) -> Side:
        """The complete trials of a history, or those `where` wants.

        Parameters
        ----------
        history, card
            Of a study.
        name
            What to call the side, in place of the study's name.
        where
            Which trials count.

        Raises
        ------
        InvalidData
            If no trial has at least two folds, or each trial met folds of its own.
        """
        name = name or history.name
        made: Mapping[str, Any] = card.get("search") or history.attrs.get("search") or card
        if made.get("reshuffled"):
            raise InvalidData(
                f"Each trial of {name!r} met folds of its own, so that its scores cannot be paired with others.",
                hint="Run it with a scheme that deals once, such as cv=5.",
            )
        rows = {t.number: _folds(t, history.metric) for t in history.complete() if where is None or where(t)}
        most = max((len(row) for row in rows.values()), default=0)
        full = {number: row for number, row in rows.items() if len(row) == most}
        if most < 2:
            raise InvalidData(
                f"No complete trial of {name!r} has scores on two folds or more.",
                hint="Compare studies of TuneSearchCV or `tunesmith tune`, or report each fold: "
                "trial.report(score, step=fold, fold=fold).",
            )
        return cls(
            name, history.metric, str(made.get("splits") or made.get("splits_fingerprint") or ""),
            float(made.get("test_ratio", math.nan)), tuple(full), np.array(list(full.values())),
        )  # fmt: skip


@final
@dataclass(frozen=True)
class Paired:
    """One side against another on the same folds. Differences are one minus other, positive where one is better.

    Parameters
    ----------
    one, other
        What is compared.
    metric
        Of the scores.
    folds
        How many.
    winners
        The number of the best trial of each side.
    raw
        The difference of the best means: too good for whoever had more trials to choose from.
    difference
        The mean difference of scores that the choice did not see, with its test and probabilities.
    rope
        Half the region in which they count as equal.
    selected
        Whether a side had several trials to choose from.
    p
        Of the test, corrected where several pairs are compared at once.
    """

    one: str
    other: str
    metric: Metric
    folds: int
    winners: tuple[int, int]
    raw: float
    difference: Difference
    rope: float
    selected: bool
    p: float

    @property
    def verdict(self) -> str:
        """Who is better at 5 %, or that they cannot be told apart."""
        if self.p > 0.05:
            sure = self.difference.equal > 0.95
            return f"{self.one} and {self.other} are " + ("practically equal" if sure else "not distinguishable")
        return f"{self.one} is {'better' if self.difference.mean > 0 else 'worse'} than {self.other}"

    @property
    def words(self) -> str:
        """The result for a reader, in sentences."""
        found = self.difference
        told = (
            f"{self.verdict}: {found.mean:+.4g} {self.metric.name} over {self.folds} folds (believe {found.low:+.4g} "
            f"to {found.high:+.4g}; p = {self.p:.2g}). The probability that it is better by more than "
            f"{number(self.rope)} is {found.ahead:.2f}, worse {found.behind:.2f}, "
            f"equal for practical purposes {found.equal:.2f}."
        )
        if not self.selected:
            return told
        return (
            f"{told} Both are the best of their trials, and the best of many is lucky: so each fold was scored by the "
            f"trial that is best on all other folds. The best means alone differ by {self.raw:+.4g}."
        )

    def table(self) -> Records:
        """One row."""
        found = self.difference
        row = (
            self.one, self.other, self.folds, found.mean, found.low, found.high, self.p, found.ahead, found.equal,
            found.behind, self.raw,
        )  # fmt: skip
        heads = (
            "one", "other", "folds", f"difference in {self.metric.name}", "low", "high", "p", "P(better)", "P(equal)",
            "P(worse)", "difference of the best",
        )  # fmt: skip
        return Records(heads, (row,))


def paired(one: Side, other: Side, *, rope: float | None = None) -> Paired:
    """Compare the best of one side with the best of the other, fold by fold.

    Where a side has several trials, each fold is scored by the trial that is best on all *other* folds: the best mean
    was chosen for its luck on these folds, too, and a side with more trials is luckier.

    Parameters
    ----------
    one, other
        The trials.
    rope
        Half the region of practical equivalence; None takes 0.01, or 1 % of scores that are not within 0 and 1.

    Raises
    ------
    UsageError
        If the metrics differ.
    InvalidData
        If the folds differ, or nobody knows whether they do.

    Examples
    --------
    >>> from tunesmith.trial import Metric
    >>> auc = Metric("auc", "maximize")
    >>> one = Side("forest", auc, "f1", 0.25, (0,), np.array([[0.90, 0.92, 0.91, 0.93, 0.92]]))
    >>> other = Side("ridge", auc, "f1", 0.25, (0,), np.array([[0.88, 0.89, 0.90, 0.89, 0.90]]))
    >>> paired(one, other).verdict
    'forest is better than ridge'
    """
    _refuse_others(one, other)
    sign = -one.metric.sign
    picked, winners = [], []
    for side in (one, other):
        picked.append(sign * chosen_elsewhere(sign * side.scores)[0])
        winners.append(int(np.argmax(sign * side.scores.mean(axis=1))))
    best = [side.scores[winner].mean() for side, winner in zip((one, other), winners, strict=True)]
    everything = np.concatenate([one.scores.ravel(), other.scores.ravel()])
    if rope is None:
        within = everything.min() >= 0 and everything.max() <= 1
        rope = ROPE if within else ROPE * float(np.mean(np.abs(everything)))
    folds = one.scores.shape[1]
    ratio = one.ratio if math.isfinite(one.ratio) else 1 / (folds - 1)
    difference = corrected_difference(sign * (picked[0] - picked[1]), ratio, rope)
    numbers = (one.numbers[winners[0]], other.numbers[winners[1]])
    return Paired(
        one.name, other.name, one.metric, folds, numbers, float(sign * (best[0] - best[1])), difference, rope,
        len(one.numbers) > 1 or len(other.numbers) > 1, difference.p,
    )  # fmt: skip


def holm(found: list[Paired]) -> list[Paired]:
    """The same results with p values for several questions at once (Holm 1979)."""
    order = sorted(range(len(found)), key=lambda k: found[k].p)
    adjusted, least = {}, 0.0
    for place, k in enumerate(order):
        least = max(least, min(1.0, (len(found) - place) * found[k].p))
        adjusted[k] = least
    return [Paired(**{**vars(one), "p": adjusted[k]}) for k, one in enumerate(found)]


def _refuse_others(one: Side, other: Side) -> None:
    if one.metric != other.metric:
        raise UsageError(
            f"{one.name!r} has the metric {one.metric.name} ({one.metric.direction}), {other.name!r} "
            f"{other.metric.name} ({other.metric.direction}).",
            hint="Compare studies of the same metric.",
        )
    if one.scores.shape[1] != other.scores.shape[1] or one.splits != other.splits or not one.splits:
        unknown = not one.splits or not other.splits
        why = "does not say on which folds its trials were scored" if unknown else "was scored on other folds"
        raise InvalidData(
            f"{(other if one.splits else one).name!r} {why}; a difference could come from the folds alone.",
            hint="Run both on the same data with the same cv and seed; then they meet the same folds.",
        )


def _folds(trial: FrozenTrial, metric: Metric) -> list[float]:
    names = {metric.name, ""} if metric.name == trial.metric_name or not trial.metric_name else {metric.name}
    found = {
        p.fold: p.value for p in trial.points if p.fold is not None and p.kind == "validation" and p.metric in names
    }
    return [found[fold] for fold in sorted(found)]
