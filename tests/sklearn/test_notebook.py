from __future__ import annotations

import pytest
from sklearn import config_context
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression

import tunesmith as ts


@pytest.fixture(scope="module")
def search():
    X, y = make_classification(80, random_state=0)
    space = {"C": ts.Float(0.01, 10, log=True)}
    found = ts.TuneSearchCV(LogisticRegression(), space, trials=6, cv=4, racing=False, sampler="random", random_state=0)
    return found.fit(X, y)


@pytest.mark.parametrize("shown", [lambda s: s._repr_html_(), lambda s: s._repr_mimebundle_()["text/html"]])
def test_a_search_shows_what_it_found_above_its_diagram(search, shown):
    page = shown(search)
    assert "6 complete" in page
    assert f"{search.best_params_['C']:.4g}" in page
    assert search.score_report_.words.split(".")[1] in page
    assert page.index("6 complete") < page.index("sk-container-id")
    bare = shown(ts.TuneSearchCV(LogisticRegression(), {"C": ts.Float(0.01, 10)}))
    assert "complete" not in bare
    assert "sk-container-id" in bare


def test_scikit_learns_setting_is_kept(search):
    with config_context(display="text"):
        assert "text/html" not in search._repr_mimebundle_()
        assert not hasattr(search, "_repr_html_")
