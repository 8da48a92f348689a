from __future__ import annotations

import random
import warnings

import pytest

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
pytest.importorskip("sklearn")

from tunesmith.errors import UnknownName, UsageError  # noqa: E402
from tunesmith.tabular.portfolio import (  # noqa: E402
    ALGORITHM,
    ALGORITHMS,
    algorithm_of,
    choose,
    defaults_of,
    make_model,
    portfolio_space,
    settings_of,
)
from tunesmith.tabular.roles import infer_roles  # noqa: E402

SKLEARN = [algorithm for algorithm in ALGORITHMS if algorithm.package == "sklearn"]


def data(kind):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=90), "c": rng.choice(["a", "b", None], 90)})
    y = frame["x"].to_numpy() + rng.normal(size=90) * 0.1
    return frame, (y > 0).astype(int) if kind == "classification" else y


@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_the_defaults_of_each_are_points_of_the_space_and_fit(kind):
    frame, y = data(kind)
    columns = infer_roles(frame)
    space = portfolio_space(SKLEARN, kind, columns, rows=90)
    for algorithm in SKLEARN:
        params = defaults_of(algorithm, space)
        assert space.check(params) == params
        assert algorithm_of(params) is algorithm
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            make_model(params, kind, columns, seed=0).fit(frame, y).predict(frame)


@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_any_point_of_each_fits(kind):
    frame, y = data(kind)
    columns = infer_roles(frame)
    space = portfolio_space(SKLEARN, kind, columns, rows=90)
    rng = random.Random(0)
    for algorithm in SKLEARN:
        params = space.sample(rng, {ALGORITHM: algorithm.name})
        assert settings_of(params) == {n.partition(".")[2]: v for n, v in params.items() if n != ALGORITHM}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            make_model(params, kind, columns, seed=0).fit(frame, y).predict(frame)


def test_weights_of_classes_are_searched_where_one_is_rare():
    frame, _ = data("classification")
    columns = infer_roles(frame)
    weighed = {
        classes: set(portfolio_space(SKLEARN, "classification", columns, rows=90, classes=classes))
        for classes in ((45, 45), (80, 10))
    }
    new = weighed[80, 10] - weighed[45, 45]
    assert new == {f"{one}.class_weight" for one in ("linear", "svm", "forest", "extra_trees", "boosting")}
    assert not weighed[45, 45] - weighed[80, 10]


def test_slow_ones_are_left_out_of_large_data_unless_named():
    names = [algorithm.name for algorithm in choose((), rows=50_000, scoring="roc_auc")]
    assert "svm" not in names
    assert "boosting" in names
    assert [algorithm.name for algorithm in choose(("svm",), rows=50_000, scoring="roc_auc")] == ["svm"]


def test_what_cannot_be_is_refused():
    with pytest.raises(UnknownName, match="Did you mean 'forest'"):
        choose(("forrest",), rows=100, scoring="roc_auc")
    with pytest.raises(UsageError, match="probabilities"):
        choose(("svm",), rows=100, scoring="neg_log_loss")
    with pytest.raises(UsageError, match="weigh"):
        choose(("knn",), rows=100, scoring="roc_auc", weighted=True)
    assert "svm" not in [a.name for a in choose((), rows=100, scoring="neg_log_loss")]


def test_the_same_seed_makes_the_same_model():
    frame, y = data("classification")
    columns = infer_roles(frame)
    space = portfolio_space(SKLEARN, "classification", columns, rows=90)
    params = defaults_of(next(a for a in SKLEARN if a.name == "forest"), space)
    one, two = (make_model(params, "classification", columns, seed=3).fit(frame, y) for _ in range(2))
    assert (one.predict_proba(frame) == two.predict_proba(frame)).all()
