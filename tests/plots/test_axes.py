from __future__ import annotations

import itertools
import math

from hypothesis import given
from hypothesis import strategies as st

from tunesmith.analysis import ParamColumn
from tunesmith.plots._axes import axis, choice_ticks, linear_ticks, log_ticks, of_param, robust
from tunesmith.trial import Metric

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)


@given(VALUES, st.sampled_from(["minimize", "maximize"]))
def test_good_values_are_always_seen_and_all_others_counted(values: list[float], direction: str) -> None:
    metric = Metric("m", direction)  # type: ignore[arg-type]
    found = robust(values, metric)
    best = min(values, key=lambda value: metric.sign * value)
    assert found.low <= best <= found.high
    inside = sum(found.low <= value <= found.high for value in values)
    assert inside + found.below + found.above == len(values)
    assert inside >= math.floor(0.85 * len(values))


def test_bad_early_trials_do_not_crush_the_picture() -> None:
    found = robust([0.9, 0.91, 0.92, 0.915, 0.9, 0.93, 0.92, 0.9, 0.91, -40.0], Metric("auc", "maximize"))
    assert found.low > 0.8
    assert (found.below, found.above) == (1, 0)


def test_losses_over_decades_are_logarithmic() -> None:
    found = robust([10.0**-k for k in range(8)], Metric("loss"))
    assert found.log
    assert found.below + found.above == 0


def test_log_axes_read_as_people_write_numbers() -> None:
    found = robust([10.0**-k for k in range(7)], Metric("loss"))
    assert axis(found)["ticktext"] == ["1e-6", "1e-5", "0.0001", "0.001", "0.01", "0.1", "1"]


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_few_and_inside(low: float, width: float) -> None:
    ticks = linear_ticks(low, low + width)
    slack = 1e-6 * max(abs(low), width)
    assert 2 <= len(ticks) <= 12
    assert all(low - slack <= tick <= low + width + slack for tick in ticks)


@given(st.integers(-12, 8), st.integers(1, 14))
def test_decades_are_thinned(first: int, decades: int) -> None:
    ticks = log_ticks(10.0**first, 10.0 ** (first + decades))
    assert 2 <= len(ticks) <= 8


def param(count: int, kind: str = "choice", places: tuple[float, ...] = ()) -> ParamColumn:
    labels = tuple(f"a long name {k}" for k in range(count)) if kind == "choice" else ()
    return ParamColumn("p", kind, log=False, low=1.0, high=float(count), labels=labels, places=places)  # type: ignore[arg-type]


@given(st.integers(2, 300), st.booleans())
def test_names_of_choices_have_room(count: int, upright: bool) -> None:
    names = of_param(param(count), upright=upright)["ticktext"]
    assert 2 <= len(names) <= 18 if upright else sum(map(len, names)) <= 40


@given(st.integers(2, 10_000))
def test_whole_numbers_have_whole_ticks(count: int) -> None:
    ticks = of_param(param(count, "number", (1.0, math.nan, 2.0)))["tickvals"]
    assert 2 <= len(ticks) <= 11
    assert all(tick == int(tick) and 1 <= tick <= count for tick in ticks)


@given(st.lists(st.text("abcdefghij", min_size=1, max_size=20), min_size=2, max_size=30))
def test_names_side_by_side_do_not_meet(labels: list[str]) -> None:
    places, words = choice_ticks(labels)
    apart = 40 / len(places)
    assert all((len(a) + len(b)) / 2 < max(apart, 3.6) for a, b in itertools.pairwise(words))
    assert all(labels[k].startswith(word.rstrip("…")) for k, word in zip(places, words, strict=True))


@given(st.lists(st.integers(0, 10**9), min_size=2, max_size=30))
def test_numbers_as_choices_are_left_out_rather_than_cut(labels: list[int]) -> None:
    _, words = choice_ticks([str(label) for label in labels])
    assert not any("…" in word for word in words)
