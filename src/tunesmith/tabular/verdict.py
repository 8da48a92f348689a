"""What the test set says, opened once at the end: each model's score with an interval, and whether tuning helped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self, final

import numpy as np
import numpy.typing as npt
import sklearn
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import get_scorer

from tunesmith.sklearn.answers import Recorded, ask_again
from tunesmith.tabular.request import Prepared

_RESAMPLES, _FEWEST, _CELLS = 300, 150, 1_000_000
_NOTHING = 1e-9
"""Of two scores, a share of the larger that is rounding."""


@final
@dataclass(frozen=True, slots=True)
class TestScore:
    """One model's score on the test set, as people read it (an error is positive), with a 95 % interval.

    Parameters
    ----------
    name, score, low, high
        Whose, what, and between what to believe it.
    lead, lead_low, lead_high
        By how much the tuned model is better on the same rows (+ is better), with its interval.
    """

    name: str
    score: float
    low: float
    high: float
    lead: float = 0.0
    lead_low: float = 0.0
    lead_high: float = 0.0

    __test__ = False


@final
@dataclass(frozen=True, slots=True)
class Verdict:
    """What the test set said.

    Parameters
    ----------
    scores
        Of each model: `dummy`, `default`, `tuned`, and others that were given.
    rows
        How many rows the test set has.
    """

    scores: tuple[TestScore, ...]
    rows: int

    @property
    def gain(self) -> float:
        """The tuned model's lead over its default."""
        return self.of("default").lead

    @property
    def low(self) -> float:
        """The lower end of the gain's interval."""
        return self.of("default").lead_low

    @property
    def high(self) -> float:
        """The upper end of the gain's interval."""
        return self.of("default").lead_high

    @property
    def words(self) -> str:
        """`"better than default"`, `"worse than default"` or `"not distinguishable from default"`."""
        if self.low > 0:
            return "better than default"
        return "worse than default" if self.high < 0 else "not distinguishable from default"

    def of(self, name: str) -> TestScore:
        """The score of one model."""
        return next(score for score in self.scores if score.name == name)

    def dump(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self) | {"gain": self.gain, "low": self.low, "high": self.high}

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Self:
        """From `dump`; the gain stands in for the default's lead where that was not kept yet."""
        lead = {"lead": stored["gain"], "lead_low": stored["low"], "lead_high": stored["high"]}
        scores = ({**(lead if score["name"] == "default" else {}), **score} for score in stored["scores"])
        return cls(tuple(TestScore(**score) for score in scores), stored["rows"])


def open_test_set(prepared: Prepared, models: Mapping[str, Any]) -> Verdict:
    """Score fitted models on the test set, on the same resamples of its rows.

    Intervals are percentile bootstrap over the test rows (300 resamples, 150 of many rows; Efron and Tibshirani 1993,
    chapter 13); with `--group`, whole groups are drawn. They tell how far the score depends on which rows are in the
    test set, not on which were trained on. A classifier that made no mistake may make one on other rows: of n rows
    without a mistake the share of mistakes is beta(1, n + 1) under a uniform prior (Laplace's rule of succession), and
    so many answers are exchanged for those on rows of other classes.

    Parameters
    ----------
    prepared
        The data.
    models
        Name -> fitted pipeline; must have `tuned` and `default`. A dummy that knows only the target is added.
    """
    X, y = prepared.frame.iloc[prepared.test], prepared.target.y[prepared.test]
    weights = None if prepared.weights is None else prepared.weights[prepared.test]
    known = {"dummy": _dummy(prepared), **models}
    scorer = get_scorer(prepared.target.scoring)
    stubs = {name: Recorded.by(model, X, prepared.target.kind) for name, model in known.items()}
    rows = np.arange(len(y))
    exact = {name: ask_again(scorer, stub, rows, y, weights) for name, stub in stubs.items()}
    with sklearn.config_context(skip_parameter_validation=True, assume_finite=True):  # the same scorer, asked often
        drawn = _resampled(prepared, stubs, scorer, y, weights)
    shown = prepared.target.shown
    scores = []
    for name in known:
        low, high = (shown(float(bound)) for bound in np.percentile(drawn[name], [2.5, 97.5]))
        leads = np.percentile(np.asarray(drawn["tuned"]) - np.asarray(drawn[name]), [2.5, 97.5])
        nothing = _NOTHING * max(abs(exact["tuned"]), abs(exact[name]))
        lead = [0.0 if abs(one) <= nothing else float(one) for one in (exact["tuned"] - exact[name], *leads)]
        scores.append(TestScore(name, shown(exact[name]), min(low, high), max(low, high), *lead))
    return Verdict(tuple(scores), len(y))


def score_on_test_set(prepared: Prepared, model: Any) -> float:
    """One fitted model's score on the test set, as people read it."""
    rows = prepared.test
    arguments = {} if prepared.weights is None else {"sample_weight": prepared.weights[rows]}
    scorer = get_scorer(prepared.target.scoring)
    return prepared.target.shown(float(scorer(model, prepared.frame.iloc[rows], prepared.target.y[rows], **arguments)))


def _dummy(prepared: Prepared) -> Any:
    dummy = DummyClassifier(strategy="prior") if prepared.target.kind == "classification" else DummyRegressor()
    return dummy.fit(prepared.X_train, prepared.y_train)


def _resampled(
    prepared: Prepared, stubs: Mapping[str, Any], scorer: Any, y: npt.NDArray[Any], weights: npt.NDArray[Any] | None
) -> dict[str, list[float]]:
    rng = np.random.default_rng(prepared.request.seed)
    group = prepared.request.together
    blocks: Sequence[npt.NDArray[np.intp]] | None = None
    if group is not None:
        labels = prepared.frame[group].iloc[prepared.test].astype(str).to_numpy()
        blocks = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    drawn: dict[str, list[float]] = {name: [] for name in stubs}
    for _ in range(min(_RESAMPLES, max(_FEWEST, _CELLS // len(y)))):
        if blocks is None:
            rows = rng.integers(0, len(y), len(y))
        else:
            rows = np.concatenate([blocks[index] for index in rng.integers(0, len(blocks), len(blocks))])
        if prepared.target.kind == "classification" and len(np.unique(y[rows])) < len(np.unique(y)):
            continue  # a resample without one of the classes has no AUC
        for name, stub in stubs.items():
            drawn[name].append(ask_again(scorer, stub, rows, y, weights))
    if prepared.target.kind == "classification":
        for name, scores in drawn.items():
            if len(scores) and min(scores) == max(scores):
                drawn[name] = _doubted(scorer, stubs[name], y, weights, rng, len(scores))
    return drawn


def _doubted(
    scorer: Any,
    stub: Any,
    y: npt.NDArray[Any],
    weights: npt.NDArray[Any] | None,
    rng: np.random.Generator,
    count: int,
) -> list[float]:
    """Scores as they may be on other rows, of a model whose score is the same on all resamples of these."""
    others = {label: np.flatnonzero(y != label) for label in np.unique(y)}
    rows = np.arange(len(y))
    scores = []
    for _ in range(count):
        answered = rows.copy()
        for row in np.flatnonzero(rng.random(len(y)) < rng.beta(1, len(y) + 1)).tolist():
            answered[row] = rng.choice(others[y[row]])
        scores.append(ask_again(scorer, stub, rows, y, weights, answered))
    return scores
