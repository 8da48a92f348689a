from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
pytest.importorskip("sklearn")

from sklearn.base import BaseEstimator, TransformerMixin  # noqa: E402
from sklearn.linear_model import LogisticRegression, Ridge  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402

from tunesmith.tabular import Request, prepare  # noqa: E402
from tunesmith.tabular.verdict import Verdict, open_test_set, score_on_test_set  # noqa: E402


def prepared(tmp_path, *, regression=False, **options):
    rng = np.random.default_rng(0)
    x = rng.normal(size=600)
    noisy = x + rng.normal(size=600) * 0.3
    target = noisy if regression else np.where(noisy > 0, "yes", "no")
    frame = pd.DataFrame({"x": x, "z": rng.normal(size=600), "who": np.repeat(np.arange(60), 10), "y": target})
    frame.to_csv(tmp_path / "t.csv", index=False)
    return prepare(Request(data=str(tmp_path / "t.csv"), target="y", models=("linear",), **options))


def fitted(data, columns, model):
    return make_pipeline(_Only(columns), model).fit(data.X_train, data.y_train)


class _Only(TransformerMixin, BaseEstimator):
    """Looks at some columns alone."""

    def __init__(self, columns):
        self.columns = columns

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X[self.columns].to_numpy(dtype=float)

    def __sklearn_is_fitted__(self):
        return True


def test_a_planted_gain_is_seen(tmp_path):
    data = prepared(tmp_path)
    good, bad = fitted(data, ["x"], LogisticRegression()), fitted(data, ["z"], LogisticRegression())
    verdict = open_test_set(data, {"tuned": good, "default": bad})
    assert verdict.words == "better than default"
    assert verdict.low <= verdict.gain <= verdict.high
    assert verdict.of("dummy").score == 0.5
    assert verdict.of("tuned").score == score_on_test_set(data, good)
    rival = open_test_set(data, {"tuned": good, "default": good, "rival": bad}).of("rival")
    assert (rival.lead, rival.lead_low, rival.lead_high) == (verdict.gain, verdict.low, verdict.high)
    turned = open_test_set(data, {"tuned": bad, "default": good})
    assert turned.words == "worse than default"
    same = open_test_set(data, {"tuned": good, "default": good})
    assert (same.gain, same.low, same.high) == (0.0, 0.0, 0.0)
    assert same.words == "not distinguishable from default"


@pytest.mark.parametrize("metric", ["accuracy", "auc"])
def test_no_mistake_on_few_rows_is_no_certainty(tmp_path, metric):
    from sklearn.tree import DecisionTreeClassifier

    x = np.concatenate([np.linspace(-1, -0.5, 80), np.linspace(0.5, 1, 80)])
    pd.DataFrame({"x": x, "y": np.where(x > 0, "yes", "no")}).to_csv(tmp_path / "t.csv", index=False)
    data = prepare(Request(data=str(tmp_path / "t.csv"), target="y", models=("linear",), metric=metric))
    perfect = fitted(data, ["x"], DecisionTreeClassifier())
    verdict = open_test_set(data, {"tuned": perfect, "default": perfect})
    score = verdict.of("tuned")
    assert (score.score, score.high) == (1.0, 1.0)
    exact = 0.025 ** (1 / 41)  # of 40 rows, by the beta distribution
    assert exact - 0.05 < score.low < exact + 0.03
    assert verdict.low <= verdict.gain == 0 <= verdict.high


def test_a_difference_of_rounding_is_none(tmp_path):
    data = prepared(tmp_path, regression=True)
    one, other = fitted(data, ["x"], Ridge()), fitted(data, ["x"], Ridge(alpha=1 + 1e-12))
    verdict = open_test_set(data, {"tuned": one, "default": other})
    assert (verdict.gain, verdict.low, verdict.high) == (0.0, 0.0, 0.0)


def test_errors_are_positive_and_gains_too(tmp_path):
    data = prepared(tmp_path, regression=True)
    good, bad = fitted(data, ["x"], Ridge()), fitted(data, ["z"], Ridge())
    verdict = open_test_set(data, {"tuned": good, "default": bad})
    assert verdict.of("tuned").score < verdict.of("default").score
    assert verdict.gain > 0
    for score in verdict.scores:
        assert 0 < score.low <= score.high


def test_groups_widen_the_interval_or_not_but_are_drawn_whole(tmp_path):
    data = prepared(tmp_path, group="who")
    model = fitted(data, ["x"], LogisticRegression())
    verdict = open_test_set(data, {"tuned": model, "default": model})
    assert verdict.of("tuned").low < verdict.of("tuned").score < verdict.of("tuned").high


def test_it_travels_as_json(tmp_path):
    data = prepared(tmp_path)
    model = fitted(data, ["x"], LogisticRegression())
    verdict = open_test_set(data, {"tuned": model, "default": model})
    assert Verdict.load(verdict.dump()) == verdict


def test_one_that_was_kept_before_there_were_leads_is_read(tmp_path):
    data = prepared(tmp_path)
    model = fitted(data, ["x"], LogisticRegression())
    kept = open_test_set(data, {"tuned": model, "default": model}).dump()
    for score in kept["scores"]:
        del score["lead"], score["lead_low"], score["lead_high"]
    kept |= {"gain": 3.0, "low": 1.0, "high": 5.0}
    found = Verdict.load(kept)
    assert (found.gain, found.low, found.high) == (3.0, 1.0, 5.0)
    assert found.of("tuned").score == kept["scores"][1]["score"]
