"""Curves are told with honest intervals, from what is kept with a study."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import binomtest

import tunesmith as ts
from tunesmith.analysis import Reliability, reliability
from tunesmith.analysis.reliability import RELIABILITY, wilson

STORED = {
    "trial": 3, "curve": [[0.02, 0.0, 100], [0.1, 0.12, 100], [0.6, 0.3, 100]], "brier": 0.08, "rows": 300,
    "positives": 42, "calibrated": False,
}  # fmt: skip


def study() -> ts.Study:
    return ts.minimize(lambda x: x**2, ts.SearchSpace(x=ts.Float(-1, 1)), trials=2, storage=None, seed=0)


@pytest.mark.parametrize(("share", "count"), [(0.0, 30), (0.1, 50), (0.5, 8), (1.0, 25)])
def test_intervals_are_wilsons(share: float, count: int) -> None:
    expected = binomtest(round(share * count), count).proportion_ci(method="wilson")
    assert wilson(share, count) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_what_is_kept_is_found_again() -> None:
    one = study()
    assert reliability(one) is None
    one.set_attr(RELIABILITY, STORED)
    found = reliability(one)
    assert found is not None
    assert json.loads(json.dumps(found.dump(), allow_nan=False)) == STORED
    assert Reliability.load(found.dump()) == found
    assert found.off == (found.bins[2],)
    assert found.error == pytest.approx((0.02 + 0.02 + 0.3) / 3)
    assert found.base == pytest.approx(0.14 * 0.86)
    assert "off in 1 of 3 groups of rows: where they said 60%, 30% came" in found.words
    assert "saying 14.0% to every row has 0.12" in found.words
    assert found.table().dicts()[2]["observed"] == 0.3


def test_rows_seen_again_do_not_make_it_surer() -> None:
    again = {**STORED, "curve": [[p, o, 5 * rows] for p, o, rows in STORED["curve"]]}  # type: ignore[attr-defined]
    once, five = Reliability.load(STORED), Reliability.load(again)
    assert [(one.low, one.high) for one in once.bins] == [(one.low, one.high) for one in five.bins]


def test_honest_probabilities_are_called_so() -> None:
    """Of 400 curves of honest probabilities at most 8 % are called off: 5 % are promised, the standard error is 1 %."""
    rng = np.random.default_rng(0)
    off = 0
    for _ in range(400):
        said = np.linspace(0.05, 0.9, 10)
        curve = [[float(p), float(rng.binomial(60, p) / 60), 60] for p in said]
        found = Reliability.load({**STORED, "curve": curve, "rows": 600})
        off += bool(found.off)
    assert off / 400 <= 0.08
    calm = Reliability.load({**STORED, "curve": [[0.5, 0.5, 50]], "calibrated": True})
    assert calm.words.startswith("The calibrated probabilities agree with what came in all 1 groups")
