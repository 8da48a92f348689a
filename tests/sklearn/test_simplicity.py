"""What is simpler is known of the parameters of known estimators, and ranked over the trials that were made."""

from __future__ import annotations

from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier
from sklearn.svm import SVC

from tunesmith.sklearn.simplicity import complexities, simplicity_of


def test_more_penalty_and_fewer_units_are_simpler() -> None:
    assert simplicity_of(None, Ridge(), ["alpha"]) == {"alpha": "larger"}
    assert simplicity_of(None, SVC(), ["C", "gamma", "kernel"]) == {"C": "smaller", "gamma": "smaller"}
    assert simplicity_of(None, LogisticRegression(), ["C", "max_iter"]) == {"C": "smaller"}
    layers = [{"hidden_layer_sizes": (100,)}, {"hidden_layer_sizes": (10, 10)}, {"hidden_layer_sizes": (50, 20)}]
    known = simplicity_of(None, MLPClassifier(), ["hidden_layer_sizes"])
    assert complexities(layers, known).tolist() == [1.0, 0.0, 0.5]


def test_ranks_do_not_depend_on_scale_and_words_have_none() -> None:
    params = [{"C": 1e-3, "gamma": "scale"}, {"C": 1e3, "gamma": 0.1}, {"C": 1.0}]
    assert complexities(params, {"C": "smaller", "gamma": "smaller"}).tolist() == [0.0, 0.5, 0.5]
    assert complexities(params, lambda one: -one["C"]).tolist() == [-1e-3, -1e3, -1.0]
