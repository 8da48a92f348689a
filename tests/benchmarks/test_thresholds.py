"""The section on thresholds: it knows what it measures, keeps what it ran, and tells it in a table."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.validating import thresholds


def test_a_data_set_has_the_share_that_is_told_and_something_to_learn() -> None:
    X, positive = thresholds.data(np.random.default_rng(0), 2000, "far")
    assert positive.sum() == 100
    assert X[positive, 0].mean() - X[~positive, 0].mean() > 1.2
    counts = thresholds.counted(np.array([True, True, False]), np.array([True, False, True]))
    assert [int(count) for count in counts] == [1, 1, 2, 1]


def test_it_keeps_what_it_ran(tmp_path, monkeypatch, capsys) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(thresholds, "CELLS", (("far", 2),))
    monkeypatch.setattr(thresholds, "ROUNDS", 60)
    monkeypatch.setattr(thresholds, "FRESH", 4000)
    results = tmp_path / "kept.jsonl"
    thresholds.run(results, quick=True, seconds=60)
    first = capsys.readouterr().out
    assert "3 of 100 cells are filled" in first
    monkeypatch.setattr(thresholds, "one", None)
    thresholds.run(results, quick=True, seconds=60)
    assert capsys.readouterr().out == first


def test_what_is_measured_lies_where_it_must(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(thresholds, "ROUNDS", 60)
    monkeypatch.setattr(thresholds, "FRESH", 4000)
    found = thresholds.one(0, "far", 3)
    assert set(found) == {*thresholds.RULES, thresholds.BRIER}
    assert found["recall>=0.9"]["raw"] == pytest.approx(14 / 15)
    for name, told in found.items():
        assert told["low"] <= told["value"] <= told["high"], name
        assert 0 <= told["truth"] < 1, name
