"""The saved model of a classification answers with the table's labels."""

from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("sklearn")

from sklearn.base import clone  # noqa: E402
from sklearn.linear_model import LogisticRegression, RidgeClassifier  # noqa: E402
from sklearn.metrics import accuracy_score, roc_auc_score  # noqa: E402

from tunesmith.tabular.labelled import LabelledClassifier  # noqa: E402

X = np.linspace(0, 1, 40)[:, None]
CODES = (X[:, 0] > 0.5).astype(int)
LABELS = np.where(CODES == 1, "yes", "no")


def labelled(kind):
    return LabelledClassifier(kind().fit(X, CODES), ("no", "yes"))


def test_labels_come_out():
    model = labelled(LogisticRegression)
    assert accuracy_score(LABELS, model.predict(X)) == model.score(X, LABELS) > 0.9
    assert model.classes_.tolist() == ["no", "yes"]
    assert roc_auc_score(LABELS == "yes", model.predict_proba(X)[:, 1]) == 1


def test_it_has_what_the_estimator_has():
    assert not hasattr(labelled(RidgeClassifier), "predict_proba")
    assert labelled(RidgeClassifier).decision_function(X).shape == (40,)


def test_it_can_be_fitted_again_on_labels():
    again = clone(labelled(LogisticRegression)).fit(X[::-1], LABELS[::-1])
    assert (again.predict(X) == labelled(LogisticRegression).predict(X)).all()
    with pytest.raises(KeyError, match="maybe"):
        again.fit(X, ["maybe"] * 40)
