from __future__ import annotations

import pytest

np = pytest.importorskip("numpy")
pd = pytest.importorskip("pandas")
pytest.importorskip("sklearn")

from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402

from tunesmith.tabular.pipeline import make_pipeline_for, native_categories  # noqa: E402
from tunesmith.tabular.roles import infer_roles  # noqa: E402


def messy(rows=240, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows)
    frame = pd.DataFrame(
        {
            "number": np.where(rng.random(rows) < 0.1, np.nan, x),
            "written": [f"{v:.0f}" if v < 40 else "?" for v in rng.integers(0, 60, rows)],
            "kind": rng.choice(["a", "b", "c", None], rows),
            "city": [f"city {v}" for v in rng.integers(0, 40, rows)],
            "day": pd.date_range("2024-01-01", periods=rows, freq="D").astype(str),
            "review": [" ".join(rng.choice(["good", "bad", "slow", "kind", "rude", "fine"], 8)) for _ in range(rows)],
            "user_id": [f"u{i}" for i in range(rows)],
        }
    )
    return frame, (x + rng.normal(size=rows) * 0.3 > 0).astype(int)


@pytest.mark.parametrize(
    ("diet", "model"),
    [
        ("scaled", LogisticRegression()),
        ("whole", RandomForestClassifier(10, random_state=0)),
        ("native", HistGradientBoostingClassifier(max_iter=10)),
    ],
)
def test_everything_inside_the_pipeline(diet, model):
    frame, y = messy()
    columns = infer_roles(frame.iloc[:160])
    if diet == "native":
        model.set_params(categorical_features=native_categories(columns))
    pipeline = make_pipeline_for(columns, model, diet).fit(frame.iloc[:160], y[:160])
    assert pipeline.score(frame.iloc[160:], y[160:]) > 0.8


@pytest.mark.parametrize("diet", ["scaled", "whole", "native"])
def test_rows_from_elsewhere_do_no_harm(diet):
    frame, y = messy()
    columns = infer_roles(frame)
    models = {
        "native": HistGradientBoostingClassifier(max_iter=5),
        "whole": RandomForestClassifier(5, random_state=0),
        "scaled": LogisticRegression(),
    }
    model = models[diet]
    pipeline = make_pipeline_for(columns, model, diet).fit(frame, y)
    strange = frame.head(3).copy()
    strange["kind"] = ["never seen", None, "a"]
    strange["city"] = ["atlantis", None, "city 1"]
    strange["day"] = ["not a date", None, "2031-05-05"]
    strange["written"] = ["many", None, "3"]
    strange["review"] = [None, "", "good"]
    strange["number"] = [np.inf, None, 1.0]
    assert np.isfinite(pipeline.predict_proba(strange)).all()
    if diet != "native":
        assert np.isfinite(pipeline[:-1].transform(strange)).all()


def test_target_encoding_is_cross_fitted():
    rng = np.random.default_rng(0)
    rows = 400
    frame = pd.DataFrame({"city": [f"c{v}" for v in rng.integers(0, 150, rows)], "x": rng.normal(size=rows)})
    y = rng.integers(0, 2, rows)
    columns = infer_roles(frame)
    pipeline = make_pipeline_for(columns, LogisticRegression(), "scaled")
    encoded = pipeline[:-1].fit_transform(frame, y)[:, -1]
    naive = pd.Series(y).groupby(frame["city"]).transform("mean")
    assert abs(np.corrcoef(encoded, y)[0, 1]) < 0.2 < np.corrcoef(naive, y)[0, 1]
