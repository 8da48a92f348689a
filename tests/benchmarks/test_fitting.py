"""The section that plants under- and over-fitting, on one family."""

from __future__ import annotations

from benchmarks.validating import fitting


def test_planted_neighbours_are_named_right() -> None:
    worth = fitting.true_scores(fitting.FAMILIES["neighbours, numbers"], 0)
    rows = fitting.one("neighbours, numbers", 0, worth)
    assert [row["window"] for row in rows] == ["stiff", "flexible", "around"]
    clear = [row for row in rows if fitting.truth(row)]
    assert clear
    assert all(row["answer"] == fitting.truth(row) for row in clear)


def test_the_truth_is_the_loss_against_the_best_setting() -> None:
    row = {"loss": 2.0, "won": 1, "best": 5}
    assert fitting.truth(row) == "under-fits"
    assert fitting.truth({**row, "won": 9}) == "over-fits"
    assert fitting.truth({**row, "loss": 0.4}) == "balanced"
    assert fitting.truth({**row, "loss": 1.0}) == ""
