"""A function whose surroundings changed is another function: its old results are not silently taken for new ones."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import tunesmith as ts
from tunesmith.errors import TunesmithWarning
from tunesmith.study.captured import captured, changes

SPACE = ts.SearchSpace(x=ts.Float(-1, 1))
LEVEL = 3
calls = 0


def made(offset):
    return lambda x: x * x + offset


def run(function, path, name="s"):
    return ts.minimize(function, SPACE, trials=3, storage=str(path), name=name, seed=0, progress=False)


def warnings_of(act):
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        act()
    return [str(one.message) for one in heard if issubclass(one.category, TunesmithWarning)]


def test_a_changed_closure_is_told(tmp_path):
    run(made(0), tmp_path / "s.db")
    with pytest.warns(TunesmithWarning, match="offset was 0 and is 100") as heard:
        run(made(100), tmp_path / "s.db")
    assert "storage=None" in str(heard[0].message)


def test_a_changed_global_is_told(tmp_path, monkeypatch):
    run(lambda x: x + LEVEL, tmp_path / "s.db")
    monkeypatch.setitem(globals(), "LEVEL", 4)
    with pytest.warns(TunesmithWarning, match="LEVEL was 3 and is 4"):
        run(lambda x: x + LEVEL, tmp_path / "s.db")


def counting(x):
    global calls  # noqa: PLW0603 - what is tested
    calls += 1
    return x


@pytest.mark.parametrize("target", [made(0), counting], ids=["same", "counter"])
def test_what_did_not_change_is_not_told(tmp_path, target):
    assert warnings_of(lambda: [run(target, tmp_path / "s.db") for _ in range(2)]) == []


def test_studies_that_kept_nothing_are_resumed_in_peace(tmp_path):
    ts.Study(SPACE, ts.Metric("value"), storage=str(tmp_path / "s.db"), name="s", seed=0)
    assert warnings_of(lambda: run(made(1), tmp_path / "s.db")) == []


def test_arrays_and_texts_are_kept_as_digests():
    secret, X = "password", np.arange(500_000.0).reshape(-1, 2)

    def function(x, rate=0.5, *, kind=(1, "a")):
        return secret, X, rate, kind, x

    found = captured(function)
    assert set(found) == {"secret", "X", "rate", "kind"}
    assert "password" not in str(found)
    assert found["rate"] == "0.5"
    assert found["X"].startswith("an array of 250000x2")
    X[:, 1] += 1
    assert [text.split()[0] for text in changes(found, captured(function))] == ["X"]


def test_what_may_change_by_itself_is_left_out():
    log, rng = [], np.random.default_rng(0)
    assert captured(lambda x: log.append(x) or rng.random()) == {}
    assert changes({"a": "1", "b": "2"}, {"b": "2", "c": "3"}) == []
