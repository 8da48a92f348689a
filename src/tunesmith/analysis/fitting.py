"""Does the best model learn too little or too much? Training against validation scores, with the evidence."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, final

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr

from tunesmith.analysis._columns import ParamColumn, columns_of
from tunesmith.analysis._records import Records, number, optional
from tunesmith.analysis._source import HasHistory, history_of
from tunesmith.analysis.learning import by_fold
from tunesmith.numerics.paired import Difference, corrected_difference
from tunesmith.trial import FrozenTrial, History, Metric, TrialState

Answer: TypeAlias = Literal["under-fits", "over-fits", "balanced", "cannot be told"]
Scores: TypeAlias = npt.NDArray[np.float64]

REACHED = "reached"
"""Attribute of a study: what other kinds of models reach on the same folds, name -> one score a fold."""

SURE = 0.1
"""Of the two-sided test on the folds: a difference counts from here on."""

MATTERS, HINTS = 0.5, 0.1
"""A difference counts from so many standard errors of the best score on; it hints at something from so many on."""

MOST_GROUPS, FEWEST_TRIALS = 4, 8
"""Trials are dealt into so many groups along a hyperparameter; with fewer trials nothing is said to move the gap."""


_NUMBER, _WIDE = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?"), 100.0


@final
@dataclass(frozen=True)
class Mover:
    """A hyperparameter that moves the gap between training and validation scores.

    Parameters
    ----------
    name, choice
        Which; of unordered choices the one that does it, else empty.
    trials
        In how many it was active.
    correlation, low, high
        Its rank correlation with the gap (positive: larger values, or this choice, widen it), at 95 % for all
        hyperparameters together.
    taken
        Whether the best trial has this choice already.
    """

    name: str
    choice: str
    trials: int
    correlation: float
    low: float
    high: float
    taken: bool = False

    def __str__(self) -> str:
        what = f"{self.name} = {self.choice}" if self.choice else f"a larger {self.name}"
        what += ", as here," if self.taken else ""
        return f"{what} {'widens' if self.correlation > 0 else 'narrows'} the gap"


@final
@dataclass(frozen=True)
class Fitting:
    """Whether the best trial's model learns too little, too much or about right.

    Parameters
    ----------
    metric
        Of the scores.
    trials
        How many have training and validation scores by fold.
    best
        The number of the best complete one; None without any.
    train, validation, noise
        Its scores, and the standard error of the second.
    gap
        By how much its training scores are better than its validation scores, tested over the folds.
    rival, lead
        The other kind of model that does best on the same folds, and by how much it is better; None where none was
        tried.
    answer
        The verdict.
    evidence
        What it rests on, in sentences.
    movers
        What moves the gap, the strongest first.
    """

    metric: Metric
    trials: int
    best: int | None
    train: float
    validation: float
    noise: float
    gap: Difference | None
    rival: str
    lead: Difference | None
    answer: Answer
    evidence: tuple[str, ...]
    movers: tuple[Mover, ...]

    @property
    def words(self) -> str:
        """The verdict with what it rests on, for a reader; empty where nothing can be said at all."""
        if self.gap is None:
            return ""
        gap = f"training {number(self.train, self.noise)}, validation {number(self.validation, self.noise)}"
        told = {"cannot be told": "Whether the best model over- or under-fits cannot be told"}
        verdict = told.get(self.answer, f"The best model {'is ' if self.answer == 'balanced' else ''}{self.answer}")
        return " ".join([f"{verdict} ({gap}): {self.evidence[0]}", *self.evidence[1:]])

    @property
    def line(self) -> str:
        """The verdict in one line."""
        if self.gap is None:
            return ""
        moved = f"; {self.movers[0]}" if self.movers else ""
        scores = f"{number(self.train, self.noise)} on training rows, {number(self.validation, self.noise)} on others"
        return f"fit: {self.answer} ({scores}{moved})"

    def table(self) -> Records:
        """One row a hyperparameter that moves the gap."""
        rows = [(one.name, one.choice or None, one.trials, one.correlation, one.low, one.high) for one in self.movers]
        heads = ("hyperparameter", "choice", "trials", "rank correlation with the gap", "low", "high")
        return Records(heads, tuple(rows))

    def summary(self) -> Records:
        """One row: the verdict with its numbers."""
        nan, gap, lead = math.nan, self.gap, self.lead
        cells = (self.train, self.validation, *((gap.mean, gap.low, gap.high) if gap else (nan,) * 3))
        heads = ("verdict", "trial", "training", "validation", "gap", "low", "high", "rival", "its lead")
        found = (*(optional(cell) for cell in cells), self.rival or None, lead and lead.mean)
        return Records(heads, ((self.answer, self.best, *found),))


@final
@dataclass(frozen=True, eq=False)
class _Case:
    """What the rules look at: scores of which higher is better, one row a trial, one column a fold."""

    metric: Metric
    trials: tuple[FrozenTrial, ...]
    train: Scores
    validation: Scores
    best: int
    ratio: float

    def test(self, differences: Scores) -> Difference:
        return corrected_difference(differences, self.ratio)

    @property
    def noise(self) -> float:
        return self.test(self.validation[self.best]).error

    def counts(self, found: Difference, level: float = SURE) -> bool:
        """Whether a difference is above 0, beyond the noise and not too small to matter."""
        return found.mean > 0 and found.p <= level and found.mean >= MATTERS * self.noise

    def hints(self, found: Difference) -> bool:
        """Whether a difference is above 0 and not nothing, though it may be chance."""
        return found.mean >= HINTS * self.noise and found.mean > 0

    @property
    def gaps(self) -> Scores:
        return self.train - self.validation


@final
@dataclass(frozen=True)
class _Sign:
    """What one hyperparameter says, in words, and whether it is beyond chance."""

    answer: Answer
    text: str
    sure: bool


def fitting(source: History | HasHistory) -> Fitting:
    """Whether the best model under-fits, over-fits or is balanced, why, and which hyperparameters move the gap.

    It needs training and validation scores by fold: `return_train_score=True`, or `trial.report(score, step=fold,
    fold=fold, kind="train")`. Three things count, each beyond the noise of the folds (Nadeau and Bengio 2003): whether
    validation still improves where the best trial lies at an end of the hyperparameters that were tried, towards better
    training scores (under-fits) or towards a smaller gap (over-fits); whether it falls off to both sides (balanced);
    and whether another kind of model does better on the same folds, more because it learns what this one does not
    even fit (under-fits), or more because this one does not keep what it fits (over-fits).

    Parameters
    ----------
    source
        A history, or a study.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(depth=ts.Int(1, 8)), ts.Metric("acc", "maximize"), sampler="random", seed=0)
    >>> for depth in range(1, 9):
    ...     _ = study.enqueue({"depth": depth})
    ...     trial = study.ask()
    ...     for fold, hard in enumerate((0.0, 0.02, -0.01, 0.01)):
    ...         trial.report(0.6 + 0.04 * depth, step=fold, fold=fold, kind="train")
    ...         trial.report(0.58 + 0.03 * depth + hard, step=fold, fold=fold)
    ...     _ = study.tell(trial, 0.585 + 0.03 * depth)
    >>> found = fitting(study)
    >>> found.answer, str(found.movers[0])
    ('under-fits', 'a larger depth widens the gap')
    """
    history = history_of(source)
    case = _case(history, getattr(source, "card", {}))
    if case is None:
        why = "No complete trial has training and validation scores on two folds or more."
        nan = math.nan
        return Fitting(history.metric, 0, None, nan, nan, nan, None, "", None, "cannot be told", (why,), ())
    rival, lead = _rival(case, history)
    columns = [_by_value(column) for column in columns_of(history, case.trials)]
    answer, evidence = _judge(case, columns, rival, lead)
    sign, best = -case.metric.sign, case.best
    return Fitting(
        case.metric, len(case.trials), case.trials[best].number, sign * float(case.train[best].mean()),
        sign * float(case.validation[best].mean()), case.noise, case.test(case.gaps[best]), rival, lead, answer,
        tuple(evidence), tuple(_movers(case, columns)),
    )  # fmt: skip


def _case(history: History, card: Mapping[str, object]) -> _Case | None:
    """The trials with scores of both kinds; those stopped early are as far behind the best as on the folds they saw."""
    metric, sign = history.metric, -history.metric.sign
    found = []
    for trial in history.finished():
        if trial.points and trial.state in {TrialState.COMPLETE, TrialState.PRUNED}:
            train, seen = by_fold(trial, metric, "train"), by_fold(trial, metric, "validation")
            both = {fold: (sign * train[fold], sign * seen[fold]) for fold in seen if fold in train}
            if both:
                found.append((trial, both))
    most = max((len(both) for trial, both in found if trial.state is TrialState.COMPLETE), default=0)
    whole = [k for k, (trial, both) in enumerate(found) if trial.state is TrialState.COMPLETE and len(both) == most]
    if most < 2:
        return None
    best = max(whole, key=lambda k: statistics.fmean(pair[1] for pair in found[k][1].values()))
    folds = sorted(found[best][1])
    reference = np.array([found[best][1][fold] for fold in folds])
    scores = np.array([_filled(both, folds, reference) for _, both in found])
    made = card.get("search") or history.attrs.get("search") or card
    ratio = made.get("test_ratio") if isinstance(made, Mapping) else None
    ratio = ratio if isinstance(ratio, float) and math.isfinite(ratio) else 1.0 / (len(folds) - 1)
    trials = tuple(trial for trial, _ in found)
    return _Case(metric, trials, scores[:, :, 0], scores[:, :, 1], best, ratio)


def _filled(both: Mapping[int, tuple[float, float]], folds: Sequence[int], reference: Scores) -> Scores:
    row = np.array([both.get(fold, (math.nan, math.nan)) for fold in folds])
    missing = np.isnan(row[:, 0])
    if missing.all():
        return np.full_like(row, math.nan)
    return np.where(missing[:, None], reference + np.nanmean(row - reference, axis=0), row)


def _by_value(column: ParamColumn) -> ParamColumn:
    """Choices that are numbers, as from a list of values, in their order; others as they are."""
    if column.ordered or not all(_NUMBER.fullmatch(label) for label in column.labels):
        return column
    values = [float(label) for label in column.labels]
    low, high = min(values), max(values)
    places = tuple(place if math.isnan(place) else values[int(place)] for place in column.places)
    wide = low > 0 and high >= _WIDE * low
    return replace(column, kind="number", log=wide, low=low, high=high, labels=(), places=places, ordered=True)


def _rival(case: _Case, history: History) -> tuple[str, Difference | None]:
    """The other kind of model that does best on the folds of the best trial."""
    kept = history.attrs.get(REACHED) or {}
    width, sign = case.validation.shape[1], -case.metric.sign
    rows = {name: sign * np.array(scores) for name, scores in kept.items() if len(scores) == width}
    if not rows:
        return "", None
    name = max(rows, key=lambda one: float(rows[one].mean()))
    return name, case.test(rows[name] - case.validation[case.best])


def _judge(
    case: _Case, columns: Sequence[ParamColumn], rival: str, lead: Difference | None
) -> tuple[Answer, list[str]]:
    asked = [column for column in columns if len(_groups(case, column)) > 1]
    level = SURE / max(1, len(asked))  # of several hyperparameters one would look so by chance (Bonferroni)
    seen = [sign for column in asked if (sign := _along(case, column, level)) is not None]
    sure: dict[Answer, list[str]] = {one.answer: [] for one in seen if one.sure}
    for one in seen:
        if one.sure:
            sure[one.answer].append(one.text)
    ways: list[Answer] = [answer for answer in sure if answer != "balanced"] or list(sure)
    if len(ways) == 1:
        return ways[0], sure[ways[0]]
    if lead is None:
        return _without_rival(case)
    if not case.counts(lead):
        return "balanced", [f"no other kind of model that was tried does better beyond the noise ({rival})."]
    ahead = f"{rival} is {number(lead.mean, lead.error)} {case.metric.name} better on the same folds"
    hints = {sign.answer: sign.text for sign in seen}
    reached, trained = lead.mean + float(case.validation[case.best].mean()), np.nanmean(case.train, axis=1)
    if not np.nanmin(trained) < reached < np.nanmax(trained):
        hints.pop("balanced", None)  # all that was tried fits the training rows too well, or none well enough
    if len(hints) == 1:
        answer, text = next(iter(hints.items()))
        return answer, [text, f"Another kind of model does better: {ahead}."]
    variance = float(case.gaps[case.best].mean())
    bias = lead.mean - variance
    missed, lost = number(max(bias, 0.0), case.noise), number(variance, case.noise)
    parts = f"{missed} of it is not even learnt, {lost} is learnt and not kept"
    return ("under-fits" if bias > variance else "over-fits"), [f"{ahead}; {parts}."]


def _without_rival(case: _Case) -> tuple[Answer, list[str]]:
    """No trend, and nothing to compare with: only a better training score that does not help says something."""
    best = case.best
    gap = case.test(case.gaps[best])
    looser = [k for k in range(len(case.trials)) if case.counts(case.test(case.train[k] - case.train[best]))]
    if looser and not case.counts(gap):
        return "balanced", ["trials that fit the training rows better do no better on others."]
    if case.counts(gap):
        ahead = f"training is ahead by {number(gap.mean, gap.error)}"
        return "cannot be told", [f"{ahead}, and no trial with a smaller gap shows what that costs."]
    return "cannot be told", ["no trial fits the training rows better, so nothing shows what there is to learn."]


def _along(case: _Case, column: ParamColumn, level: float) -> _Sign | None:
    """What the trials along one parameter say: still rising at the best, better with a smaller gap, or past the top."""
    groups = _groups(case, column)
    home = next((k for k, group in enumerate(groups) if case.best in group), None)
    if home is None:
        return None
    train = [case.train[group].mean(axis=0) for group in groups]
    seen = [_better_half(case, group) for group in groups]
    best = f"{column.name} {_shown(column, case.best)}"
    ends = [k for k in (0, len(groups) - 1) if k != home]
    if len(ends) == 2:
        around = [case.test(seen[home] - seen[k]) for k in ends]
        if all(case.hints(one) for one in around):
            sure = all(case.counts(one, level) for one in around)
            return _Sign("balanced", f"validation falls off to both sides of {best}.", sure=sure)
        if abs(float((train[-1] - train[0]).mean())) >= case.noise:
            return _Sign("balanced", f"neither a better fit nor a smaller gap than that of {best} helps.", sure=False)
        return None
    beside = 1 if home == 0 else home - 1
    better, fitted = case.test(seen[home] - seen[beside]), case.test(train[home] - train[beside])
    if not case.hints(better):
        return None
    where = f"at the end of what was tried ({best}) validation is better by {number(better.mean, better.error)}"
    if fitted.mean > 0:
        text = f"{where} and training by {number(fitted.mean, fitted.error)}: it is still rising."
        return _Sign("under-fits", text, sure=case.counts(better, level))
    if not case.counts(case.test(case.gaps[case.best])):
        return None
    text = f"{where} though training is worse by {number(-fitted.mean, fitted.error)}: a smaller gap may do better yet."
    return _Sign("over-fits", text, sure=case.counts(better, level))


def _groups(case: _Case, column: ParamColumn) -> list[list[int]]:
    """Trials with equal or neighbouring values, at most four groups; of unordered choices none."""
    if not column.ordered:
        return []
    active = [k for k, place in enumerate(column.places) if not math.isnan(place) and not np.isnan(case.train[k, 0])]
    values = sorted({column.places[k] for k in active})
    if len(values) <= MOST_GROUPS:
        return [[k for k in active if column.places[k] == value] for value in values]
    units = {k: column.unit(column.places[k]) for k in active}
    low, high = min(units.values()), max(units.values())
    groups: list[list[int]] = [[] for _ in range(MOST_GROUPS)]
    for k in active:
        groups[min(MOST_GROUPS - 1, int(MOST_GROUPS * (units[k] - low) / (high - low)))].append(k)
    return [group for group in groups if group]


def _better_half(case: _Case, group: list[int]) -> Scores:
    """The validation scores of a group by fold, over the half of it that does best: others may be spoilt elsewhere."""
    means = case.validation[group].mean(axis=1)
    kept = np.argsort(-means, kind="stable")[: (len(group) + 1) // 2]
    mean: Scores = case.validation[np.array(group)[kept]].mean(axis=0)
    return mean


def _shown(column: ParamColumn, k: int) -> str:
    place = column.places[k]
    return column.labels[int(place)] if column.labels else number(int(place) if place == int(place) else place)


def _movers(case: _Case, columns: Sequence[ParamColumn]) -> list[Mover]:
    """Rank correlations with the gap whose interval is clear of 0, for all that were asked together."""
    gap = case.gaps.mean(axis=1)
    asked: list[tuple[str, str, list[int], list[float]]] = []
    for column in columns:
        active = [k for k, place in enumerate(column.places) if not math.isnan(place) and not np.isnan(gap[k])]
        if len(active) < FEWEST_TRIALS:
            continue
        if column.ordered:
            asked.append((column.name, "", active, [column.places[k] for k in active]))
        for index, label in enumerate(column.labels if not column.ordered else ()):
            asked.append((column.name, label, active, [float(column.places[k] == index) for k in active]))
    found: dict[str, Mover] = {}
    for name, choice, active, places in asked:
        taken = bool(choice) and case.best in active and places[active.index(case.best)] == 1.0
        mover = _correlated(name, choice, places, gap[active].tolist(), len(asked), taken=taken)
        if mover is not None and (name not in found or abs(mover.correlation) > abs(found[name].correlation)):
            found[name] = mover
    return sorted(found.values(), key=lambda one: -abs(one.correlation))


def _correlated(
    name: str, choice: str, places: list[float], gap: list[float], asked: int, *, taken: bool
) -> Mover | None:
    """Spearman's correlation with Fisher's interval (Bonett and Wright 2000); None where 0 is in it."""
    if len(set(places)) < 2 or len(set(gap)) < 2:
        return None
    rho = float(spearmanr(places, gap)[0])
    half = statistics.NormalDist().inv_cdf(1 - 0.025 / asked) * math.sqrt((1 + rho**2 / 2) / (len(gap) - 3))
    middle = math.atanh(max(-0.999, min(0.999, rho)))
    low, high = math.tanh(middle - half), math.tanh(middle + half)
    return Mover(name, choice, len(gap), rho, low, high, taken) if low > 0 or high < 0 else None
