"""A fitted classifier of class codes that answers with the labels of the table it was made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.metaestimators import available_if


@final
class LabelledClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """What `tune` saves as `model.joblib` for a classification: `predict` gives labels, as the table had them.

    Parameters
    ----------
    estimator
        A pipeline fitted on class codes from 0.
    labels
        The labels in the order of their codes.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> coded = DummyClassifier(strategy="prior").fit([[0], [1], [2]], [0, 1, 1])
    >>> model = LabelledClassifier(coded, ("no", "yes"))
    >>> model.predict([[5]]).tolist(), model.classes_.tolist()
    (['yes'], ['no', 'yes'])
    """

    def __init__(self, estimator: Any, labels: Sequence[Any]) -> None:
        self.estimator = estimator
        self.labels = labels

    @property
    def classes_(self) -> npt.NDArray[Any]:
        """The labels, in the order of the columns of `predict_proba`."""
        return np.asarray(self.labels)

    def fit(self, X: Any, y: Any) -> LabelledClassifier:
        """Fit the pipeline anew on labels.

        Raises
        ------
        KeyError
            If `y` has a label that it did not have before.
        """
        codes = {label: code for code, label in enumerate(self.labels)}
        self.estimator.fit(X, np.array([codes[label] for label in y]))
        return self

    def predict(self, X: Any) -> npt.NDArray[Any]:
        """The label of each row."""
        found: npt.NDArray[Any] = self.classes_[np.asarray(self.estimator.predict(X), dtype=np.intp)]
        return found

    @available_if(lambda self: hasattr(self.estimator, "predict_proba"))  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """The probability of each label, `(rows, labels)`."""
        found: npt.NDArray[np.float64] = self.estimator.predict_proba(X)
        return found

    @available_if(lambda self: hasattr(self.estimator, "decision_function"))  # type: ignore[untyped-decorator]
    def decision_function(self, X: Any) -> npt.NDArray[np.float64]:
        """The scores behind the decision, as the pipeline gives them."""
        found: npt.NDArray[np.float64] = self.estimator.decision_function(X)
        return found

    def __sklearn_is_fitted__(self) -> bool:
        return True
