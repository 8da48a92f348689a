"""Scores of many trials on many resamples of rows at once, from the predictions that each trial made for each row.

Everything here is better when larger: an error is given as its negative.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias, final

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]
Weights: TypeAlias = npt.NDArray[np.float64]
"""One row a resample, one column a data row: how often the row was drawn, times its own weight."""


SMOOTH, ROUGH = 1.25, 1.12
"""Margins. Each row trains the models that predict the others, so that errors of two rows hang together; weak models,
judged by smooth losses, feel it most (their variance is twice that of rows which are judged alone). Hits and ranks feel
it little. Found by simulation; see `docs/believe.md`."""


class RowScores(Protocol):
    """The predictions of trials for rows, ready to be scored on any resample."""

    @property
    def trials(self) -> int:
        """How many trials."""

    @property
    def margin(self) -> float:
        """By how much an interval over rows is widened for what it does not see: how models hang together."""

    @property
    def cost(self) -> int:
        """How many numbers are touched to score all trials on one resample."""

    def scores(self, weights: Weights) -> Array:
        """The score of each trial (columns) on each resample (rows); NaN where a resample has none."""

    def scores_of(self, weights: Weights, chosen: npt.NDArray[np.intp]) -> Array:
        """The score on each resample of one trial, `chosen` for it."""


@final
class MeanLoss:
    """A score made of the mean of a loss over rows: accuracy, log loss, errors and R2.

    Parameters
    ----------
    losses
        Shape `(rows, trials)`; smaller is better.
    shape
        From mean losses, of shape `(resamples, trials)`, and the resamples' weights to scores; the negative if None.
    margin
        By how much intervals are widened.

    Examples
    --------
    >>> hits = MeanLoss(np.array([[0.0, 1.0], [1.0, 1.0]]), lambda wrong, _: 1 - wrong)
    >>> hits.scores(np.array([[1.0, 1.0], [2.0, 0.0]]))
    array([[0.5, 0. ],
           [1. , 0. ]])
    """

    def __init__(
        self, losses: Array, shape: Callable[[Array, Weights], Array] | None = None, margin: float = SMOOTH
    ) -> None:
        self.losses = losses
        self.margin = margin
        self._shape = shape or (lambda mean, _weights: -mean)

    @property
    def trials(self) -> int:
        """How many trials."""
        return int(self.losses.shape[1])

    @property
    def cost(self) -> int:
        """A product of matrices: nearly nothing a number."""
        return self.losses.size // 20

    def scores(self, weights: Weights) -> Array:
        """One product of matrices."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self._shape(weights @ self.losses / weights.sum(axis=1, keepdims=True), weights)

    def scores_of(self, weights: Weights, chosen: npt.NDArray[np.intp]) -> Array:
        """One row of the product for each resample."""
        every = self.scores(weights)
        return np.asarray(every[np.arange(len(chosen)), chosen])


@final
class Ranked:
    """The area under the ROC curve, of pairs of one fold each: predictions of different folds are never compared.

    Parameters
    ----------
    predictions
        Shape `(rows, trials)`: larger means more surely positive.
    positive
        Which rows are positive.
    folds
        The fold that each row was predicted in.

    Examples
    --------
    >>> ranked = Ranked(np.array([[0.1], [0.4], [0.35], [0.8]]), np.array([False, False, True, True]), np.zeros(4, int))
    >>> ranked.scores(np.ones((1, 4)))
    array([[0.75]])
    """

    margin = ROUGH

    def __init__(self, predictions: Array, positive: npt.NDArray[np.bool_], folds: npt.NDArray[np.intp]) -> None:
        self._positive = positive
        self._orders, self._ends, self._starts = [], [], []
        for column in predictions.T:
            order = np.lexsort((column, folds))
            score, fold = column[order], folds[order]
            new_fold = np.r_[True, fold[1:] != fold[:-1]]
            new_tie = new_fold | np.r_[True, score[1:] != score[:-1]]
            first = np.flatnonzero(new_tie)  # of each set of equal predictions
            begin = np.flatnonzero(new_fold)[np.cumsum(new_fold) - 1][first]
            self._orders.append(order)
            self._starts.append((first, begin))
            self._ends.append(np.r_[first[1:], len(order)])

    @property
    def trials(self) -> int:
        """How many trials."""
        return len(self._orders)

    @property
    def cost(self) -> int:
        """Rows times trials."""
        return self.trials * len(self._positive)

    def scores(self, weights: Weights) -> Array:
        """Each trial in turn."""
        return np.column_stack([self._score(trial, weights) for trial in range(self.trials)])

    def scores_of(self, weights: Weights, chosen: npt.NDArray[np.intp]) -> Array:
        """Each trial on the resamples that chose it."""
        found = np.empty(len(chosen))
        for trial in np.unique(chosen):
            mine = chosen == trial
            found[mine] = self._score(int(trial), weights[mine])
        return found

    def _score(self, trial: int, weights: Weights) -> Array:
        order, (first, begin), end = self._orders[trial], self._starts[trial], self._ends[trial]
        sorted_weights = weights[:, order]
        positive = self._positive[order]
        below = _sums(np.where(positive, 0.0, sorted_weights))  # of negatives, up to each row
        above = _sums(np.where(positive, sorted_weights, 0.0))
        gained = above[:, end] - above[:, first]
        passed = below[:, first] - below[:, begin] + 0.5 * (below[:, end] - below[:, first])
        last = np.r_[begin[1:] != begin[:-1], True]
        fold_begin, fold_end = begin[last], end[last]
        pairs = (above[:, fold_end] - above[:, fold_begin]) * (below[:, fold_end] - below[:, fold_begin])
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((gained * passed).sum(axis=1) / pairs.sum(axis=1))


def _sums(values: Array) -> Array:
    """Sums of what comes before each place, and of all."""
    sums = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums


@final
class Confused:
    """Scores of predicted classes that follow from how often each class was taken for each.

    Parameters
    ----------
    predicted
        Codes of classes, shape `(rows, trials)`.
    actual
        The code of each row's class.
    classes
        How many classes.
    name
        `"f1"`, `"precision"`, `"recall"`, `"jaccard"`, `"balanced_accuracy"` or `"matthews"`.
    average
        `"binary"` (the score of class 1), `"macro"` or `"weighted"`.

    Examples
    --------
    >>> predicted = np.array([[0, 1], [1, 1], [1, 0]])
    >>> Confused(predicted, np.array([0, 1, 1]), 2, "f1", "binary").scores(np.ones((1, 3)))
    array([[1. , 0.5]])
    """

    margin = ROUGH

    def __init__(
        self, predicted: npt.NDArray[Any], actual: npt.NDArray[Any], classes: int, name: str, average: str = "macro"
    ) -> None:
        self._as = [(predicted == label).astype(np.float64) for label in range(classes)]
        self._is = [(actual == label).astype(np.float64) for label in range(classes)]
        self._name, self._average = name, average

    @property
    def trials(self) -> int:
        """How many trials."""
        return int(self._as[0].shape[1])

    @property
    def cost(self) -> int:
        """Two products of matrices for each class."""
        return int(self._as[0].size) * len(self._as) // 10

    def scores(self, weights: Weights) -> Array:
        """From three counts of each class: predicted, actual, and both."""
        both = np.stack([(weights * is_) @ as_ for as_, is_ in zip(self._as, self._is, strict=True)])
        told = np.stack([weights @ as_ for as_ in self._as])
        true = np.stack([weights @ is_ for is_ in self._is])[:, :, np.newaxis]
        with np.errstate(invalid="ignore", divide="ignore"):
            if self._name == "matthews":
                return _matthews(both, told, true)
            below = {
                "precision": told, "recall": true, "balanced_accuracy": true, "f1": (told + true) / 2,
                "jaccard": told + true - both,
            }[self._name]  # fmt: skip
            each = np.where(below > 0, both / below, np.nan if self._name == "balanced_accuracy" else 0.0)
            if self._average == "binary":
                return np.asarray(each[1])
            share = true / true.sum(axis=0)
            return np.asarray((each * share).sum(axis=0) if self._average == "weighted" else each.mean(axis=0))

    def scores_of(self, weights: Weights, chosen: npt.NDArray[np.intp]) -> Array:
        """One row of the products for each resample."""
        return np.asarray(self.scores(weights)[np.arange(len(chosen)), chosen])


def _matthews(both: Array, told: Array, true: Array) -> Array:
    """The correlation of predicted and actual classes, Gorodkin 2004, equation 8."""
    total = true.sum(axis=0)
    shared = both.sum(axis=0) * total - (told * true).sum(axis=0)
    spread = (total**2 - (told**2).sum(axis=0)) * (total**2 - (true**2).sum(axis=0))
    return np.asarray(np.where(spread > 0, shared / np.sqrt(spread), 0.0))


@final
class Averaged:
    """The mean of several scores, one a class say."""

    margin = ROUGH

    def __init__(self, parts: Sequence[RowScores]) -> None:
        self._parts = parts

    @property
    def trials(self) -> int:
        """How many trials."""
        return self._parts[0].trials

    @property
    def cost(self) -> int:
        """That of all parts."""
        return sum(part.cost for part in self._parts)

    def scores(self, weights: Weights) -> Array:
        """The mean of the parts' scores."""
        return np.asarray(np.mean([part.scores(weights) for part in self._parts], axis=0))

    def scores_of(self, weights: Weights, chosen: npt.NDArray[np.intp]) -> Array:
        """The mean of the parts' scores of the chosen ones."""
        return np.asarray(np.mean([part.scores_of(weights, chosen) for part in self._parts], axis=0))


@final
class Asked:
    """Any other score: a function that is called for each trial on each resample.

    Parameters
    ----------
    score
        From a trial's index and the weights of rows, some of them 0, to its score; NaN where it has none.
    trials
        How many trials.
    cost
        How many numbers it costs to score all trials on one resample, as dear as a call is in comparison.
    """

    margin = ROUGH

    def __init__(self, score: Callable[[int, Array], float], trials: int, cost: int) -> None:
        self._score = score
        self.trials = trials
        self.cost = cost

    def scores(self, weights: Weights) -> Array:
        """One call for each trial and resample."""
        return np.array([[self._score(trial, row) for trial in range(self.trials)] for row in weights])

    def scores_of(self, weights: Weights, chosen: npt.NDArray[np.intp]) -> Array:
        """One call for each resample."""
        return np.array([self._score(int(trial), row) for trial, row in zip(chosen, weights, strict=True)])


def accuracy(wrong: npt.NDArray[np.bool_]) -> MeanLoss:
    """The share of rows that were predicted right, from which were not: shape `(rows, trials)`."""
    return MeanLoss(wrong.astype(np.float64), lambda mean, _weights: 1 - mean, ROUGH)


def log_loss(probability: Array) -> MeanLoss:
    """The negative log loss, from the probability of the class that each row has: shape `(rows, trials)`."""
    tiny = np.finfo(np.float64).eps
    return MeanLoss(-np.log(np.clip(probability, tiny, 1.0)))


def squared(y: Array, predictions: Array, kind: str) -> MeanLoss:
    """Scores made of squared errors.

    Parameters
    ----------
    y
        What was to be predicted; one number a row.
    predictions
        Shape `(rows, trials)`.
    kind
        `"mse"`, `"rmse"` (both negative) or `"r2"`.
    """
    centred = y - y.mean()

    def r2(mean: Array, weights: Weights) -> Array:
        total = weights.sum(axis=1)
        spread = weights @ centred**2 / total - (weights @ centred / total) ** 2
        return np.asarray(1 - mean / spread[:, np.newaxis])

    shapes: dict[str, Callable[[Array, Weights], Array]] = {
        "mse": lambda mean, _weights: -mean,
        "rmse": lambda mean, _weights: -np.sqrt(mean),
        "r2": r2,
    }
    return MeanLoss((predictions - y[:, np.newaxis]) ** 2, shapes[kind])


def absolute(y: Array, predictions: Array) -> MeanLoss:
    """The negative mean absolute error; `predictions` has the shape `(rows, trials)`."""
    return MeanLoss(np.abs(predictions - y[:, np.newaxis]))
