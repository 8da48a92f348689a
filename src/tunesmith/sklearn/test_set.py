"""The locked test set of a search: put aside before anything looks, opened once at the end, and every look counted."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt

from tunesmith.errors import InvalidData, TunesmithWarning, UsageError
from tunesmith.sklearn import _doors as sk
from tunesmith.sklearn.answers import Question, Recorded, Target
from tunesmith.sklearn.aside import Aside, is_in_time
from tunesmith.sklearn.belief import evidence_of
from tunesmith.study import Study
from tunesmith.validation import TEST_SET, PredefinedValidation, TestScore, ValidationScheme

_RESAMPLES = 500


def put_aside(
    size: Any, scheme: ValidationScheme, X: Any, y: Any, groups: Any, *, classifier: bool, seed: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Rows to search on and rows of the test set: the last ones in time, whole groups, or a stratified draw.

    Raises
    ------
    UsageError
        If the size is no share, or the folds were given as rows.
    """
    if isinstance(size, bool) or not isinstance(size, float) or not 0.05 <= size <= 0.5:
        raise UsageError(f"test_size must be a share of 0.05 to 0.5, got {size!r}.", hint="Write test_size=0.25.")
    if isinstance(scheme, PredefinedValidation):
        raise UsageError(
            "test_size puts rows aside, and cv names rows of all.",
            hint="Give cv a number or a scheme, or leave test_size.",
        )
    rows = len(y) if y is not None else int(getattr(X, "shape", (0,))[0] or len(X))
    split = Aside(size, is_in_time(scheme), classifier, seed=0 if groups is not None else seed).deal(rows, y, groups)
    return split.train, split.test


@final
@dataclass
class TestSet:
    """Rows that the search has not seen, and how to score on them."""

    X: Any
    y: Any
    groups: Any
    score_params: Mapping[str, Any]
    scorer: Any
    lead: str

    __test__ = False

    def open(self, study: Study, trial: int, model: Any, *, again: bool = False) -> TestScore:
        """Score a fitted model, and write down that it was done; the same trial's answer is read, unless `again`.

        A look at another trial's model, or another look at the same, is counted and warned of.
        """
        kept = study.history.attrs.get(TEST_SET, {})
        if kept and kept["trial"] == trial and not again:
            return TestScore.load(kept["said"])
        opened = kept.get("opened", 0) + 1
        if opened > 1:
            warnings.warn(
                f"The test set is opened again (look {opened}): what was looked at while choosing is no test.",
                TunesmithWarning,
                stacklevel=3,
            )
        score, low, high = self._score(model)
        found = TestScore(study.metric.name, score, low, high, sk.row_count(self.X), opened)
        study.set_attr(TEST_SET, {"opened": opened, "trial": trial, "said": found.dump()})
        return found

    def _score(self, model: Any) -> tuple[float, float, float]:
        found = self.scorer(model, self.X, self.y, **self.score_params)
        score = float(found[self.lead or next(iter(found))] if isinstance(found, Mapping) else found)
        question = Question.of(self.scorer, model, self.lead)
        target = Target.of(self.y, classifier=sk.is_classifier(model))
        known = target is not None and (target.classes is None or np.array_equal(target.classes, model.classes_))
        if question is None or target is None or not known or set(self.score_params) - {"sample_weight"}:
            return score, math.nan, math.nan
        method = next((name for name in question.methods if hasattr(model, name)), "")
        answers = Recorded.by(model, self.X, "classification" if target.classes is not None else "regression").answers
        if method not in answers:
            raise InvalidData(f"The model has no {question.methods[0]}.", hint="Choose another scoring.")
        told = answers[method]
        if method == "predict" and target.classes is not None:
            told = np.searchsorted(target.classes, told)
        weights = self.score_params.get("sample_weight")
        own = None if weights is None else np.asarray(weights, dtype=np.float64)
        evidence = evidence_of(question.scorer, [method], [told], target, np.zeros(len(self.y), dtype=np.intp), own)
        units = np.arange(len(self.y)) if self.groups is None else np.unique(self.groups, return_inverse=True)[1]
        count = int(units.max()) + 1
        rounds = int(np.clip(20_000_000 / max(1, evidence.cost), 100, _RESAMPLES))
        drawn = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), size=rounds)
        copies = drawn[:, units].astype(np.float64)
        scores = evidence.scores(copies * (1.0 if own is None else own))[:, 0]
        scores = scores[np.isfinite(scores)]
        low, high = np.percentile(scores, [2.5, 97.5]) if len(scores) else (math.nan, math.nan)
        return score, float(low), float(high)
