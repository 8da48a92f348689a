"""Axes: ranges that show the middle of the story, and ticks that read as people write numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, final

from tunesmith.analysis import ParamColumn
from tunesmith.analysis._records import number, quantile
from tunesmith.plots._tokens import LINE, QUIET, SMALL
from tunesmith.plots._words import text
from tunesmith.trial import Metric

ROOM = 0.05
"""The share of an axis that is left free at each end."""

MOST_DECADES = 7
_MOST_NAMED = 10
_PANEL_LETTERS, _LONGEST_LABEL, _SHORTEST_LABEL = 40, 14, 3
_CROWDED = 2.5
_SPREAD = 30.0
"""A metric to be minimised whose middle value is so many times its best is drawn on a logarithmic axis."""

_BASE: dict[str, Any] = {
    "gridcolor": LINE, "gridwidth": 1, "zeroline": False, "showline": False, "ticks": "", "fixedrange": False,
    "tickfont": {"size": SMALL, "color": QUIET}, "exponentformat": "e", "minexponent": 5, "nticks": 6,
    "ticklabelstandoff": 4, "title": {"text": ""},
}  # fmt: skip


@final
@dataclass(frozen=True)
class Range:
    """What an axis shows of some values.

    Parameters
    ----------
    low, high
        The ends.
    log
        Whether it is logarithmic.
    below, above
        How many of the values lie outside.
    """

    low: float
    high: float
    log: bool = False
    below: int = 0
    above: int = 0

    @property
    def ends(self) -> list[float]:
        """As Plotly wants them: exponents of ten if the axis is logarithmic."""
        return [math.log10(self.low), math.log10(self.high)] if self.log else [self.low, self.high]

    def edge(self, *, top: bool) -> float:
        """A place just inside an end, for marks of trials without a value."""
        low, high = self.ends
        place = high - 0.02 * (high - low) if top else low + 0.02 * (high - low)
        return 10**place if self.log else place


def robust(values: Iterable[float], metric: Metric, also: Iterable[float] = ()) -> Range:
    """A range for a metric: all good values, and bad ones as far as they do not crush the picture.

    Parameters
    ----------
    values
        The values of trials; NaN is passed over.
    metric
        Says which end is good.
    also
        What must be seen in any case, such as the best and its band.
    """
    costs = sorted(metric.sign * value for value in values if math.isfinite(value))
    if not costs:
        return Range(0.0, 1.0)
    must = [metric.sign * value for value in also if math.isfinite(value)]
    low, high = min([costs[0], *must]), costs[-1]
    log = metric.sign > 0 and low > 0 and quantile(costs, 0.5) > _SPREAD * low
    if not log:
        middle = quantile(costs, 0.85)
        fence = middle + 0.75 * (middle - low)
        high = fence if high - low > _CROWDED * (fence - low) > 0 else high
    high = max([high, *must, low])
    if log:
        span = math.log10(high / low) or 1.0
        found = Range(low * 10 ** (-ROOM * span), high * 10 ** (ROOM * span), log=True)
    else:
        span = (high - low) or abs(high) * 0.1 or 1.0
        ends = sorted((metric.sign * (low - ROOM * span), metric.sign * (high + ROOM * span)))
        found = Range(ends[0], ends[1])
    inside = [metric.sign * cost for cost in costs]
    below, above = sum(v < found.low for v in inside), sum(v > found.high for v in inside)
    return Range(found.low, found.high, found.log, below, above)


def spanning(values: Iterable[float], *, log: bool = False) -> Range:
    """A range around all values."""
    known = [value for value in values if math.isfinite(value) and (value > 0 or not log)]
    low, high = (min(known), max(known)) if known else (1.0, 10.0)
    if log:
        span = math.log10(high / low) or 1.0
        return Range(low * 10 ** (-ROOM * span), high * 10 ** (ROOM * span), log=True)
    span = (high - low) or abs(high) * 0.1 or 1.0
    return Range(low - ROOM * span, high + ROOM * span)


def axis(found: Range, title: str = "", **more: Any) -> dict[str, Any]:
    """An axis of numbers; `title` is escaped already."""
    out = {**_BASE, "range": found.ends, "title": _title(title), **more}
    if found.log:
        ticks = log_ticks(found.low, found.high)
        out |= {"type": "log", "tickvals": ticks, "ticktext": [number(tick) for tick in ticks]}
    else:
        out |= {"type": "linear"}
    return out


def bare(title: str = "", **more: Any) -> dict[str, Any]:
    """An axis with everything yet to be said in `more`."""
    return {**_BASE, "title": _title(title), **more}


def of_param(column: ParamColumn, *, upright: bool = False) -> dict[str, Any]:
    """The axis of a parameter: its whole range, logarithmic where its scale is, or its choices.

    Choices stand side by side in a narrow panel, so many of them are cut short, or only some are named; on an `upright`
    axis there is more room.
    """
    if column.kind == "choice":
        count = len(column.labels)
        places, words = choice_ticks(column.labels, upright=upright)
        return bare(
            text(column.name), type="linear", range=[-0.5, count - 0.5], tickvals=places, ticktext=words, showgrid=False
        )
    log = column.log and column.low > 0
    low, high = column.low, column.high
    if log:
        room = ROOM * math.log10(high / low)
        out = axis(Range(low * 10**-room, high * 10**room, log=True), text(column.name))
        while not upright and sum(len(word) + 1 for word in out["ticktext"]) > _PANEL_LETTERS:
            out |= {"tickvals": out["tickvals"][::2], "ticktext": out["ticktext"][::2]}
        return out
    room = ROOM * (high - low)
    out = axis(Range(low - room, high + room), text(column.name))
    if all(place == int(place) for place in (low, high, *column.places) if not math.isnan(place)):
        ticks = linear_ticks(low, high, whole=True)
        out |= {"tickvals": ticks, "ticktext": [number(tick) for tick in ticks]}
    return out


def choice_ticks(labels: Sequence[str], *, upright: bool = False) -> tuple[list[int], list[str]]:
    """Which choices are named, and by which words, so that no two meet; a narrow panel holds about 40 letters.

    Examples
    --------
    >>> choice_ticks(["gbtree", "dart"])
    ([0, 1], ['gbtree', 'dart'])
    >>> choice_ticks(["linear", "svm", "knn", "forest", "extra_trees", "boosting", "mlp"])[1]
    ['linear', 'svm', 'knn', 'fore…', 'extr…', 'boos…', 'mlp']
    >>> choice_ticks(["0.05", "0.15", "0.25", "0.35", "0.45", "0.55", "0.65", "0.75", "0.85"])
    ([0, 2, 4, 6, 8], ['0.05', '0.25', '0.45', '0.65', '0.85'])
    """
    most = 18 if upright else _MOST_NAMED
    if not upright and sum(label[:1] in "0123456789-(" for label in labels) > len(labels) / 2:
        most = max(2, _PANEL_LETTERS // (max(map(len, labels)) + 1))  # half a number would be another one
    places = list(range(0, len(labels), math.ceil(len(labels) / most) or 1))
    if upright:
        return places, [text(labels[k], _LONGEST_LABEL) for k in places]
    apart = 2 * _PANEL_LETTERS / len(places)  # twice the letters from one middle to the next
    whole = [min(len(labels[k]), _LONGEST_LABEL) for k in places]
    shown = [min(length, _SHORTEST_LABEL) for length in whole]
    for _ in range(_LONGEST_LABEL):
        for k in range(len(shown)):
            beside = max(shown[max(k - 1, 0) : k] + shown[k + 1 : k + 2], default=0)
            if shown[k] < whole[k] and shown[k] + 1 + beside <= apart - 1:
                shown[k] += 1
    return places, [text(labels[k], length) for k, length in zip(places, shown, strict=True)]


def of_numbers(count: int, title: str = "trial") -> dict[str, Any]:
    """The axis of trial numbers from 0."""
    last = max(count - 1, 1)
    ticks = [tick for tick in linear_ticks(0, last) if tick == int(tick)]
    room = max(0.5, 0.015 * last)
    return bare(
        title, type="linear", range=[-room, last + room], tickvals=ticks, ticktext=[f"{int(t):,}" for t in ticks],
        showgrid=False,
    )  # fmt: skip


def _title(title: str) -> dict[str, Any]:
    return {"text": title, "font": {"size": SMALL, "color": QUIET}, "standoff": 8}


def linear_ticks(low: float, high: float, about: int = 5, *, whole: bool = False) -> list[float]:
    """Round numbers within a range; `whole` ones where there is nothing between.

    Examples
    --------
    >>> linear_ticks(0.81, 0.94)
    [0.825, 0.85, 0.875, 0.9, 0.925]
    >>> linear_ticks(0, 29)
    [0.0, 5.0, 10.0, 15.0, 20.0, 25.0]
    >>> linear_ticks(1, 12, whole=True)
    [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]
    """
    if not high > low:
        return [low]
    rough = (high - low) / about
    size = 10.0 ** math.floor(math.log10(rough))
    steps = [size * factor for factor in (1, 2, 2.5, 5, 10)]
    if whole:
        steps = [step for step in steps if step >= 1 and step == int(step)] or [1.0]
    step = min(steps, key=lambda step: abs(math.log(step / rough)))
    first = math.ceil(low / step - 1e-9)
    places = max(0, 2 - math.floor(math.log10(step)))
    return [round(k * step, places) + 0.0 for k in range(first, math.floor(high / step + 1e-9) + 1)]


def log_ticks(low: float, high: float) -> list[float]:
    """Round numbers on a logarithmic scale: decades, thinned if they are many, with 2 and 5 between if they are few.

    Examples
    --------
    >>> log_ticks(1e-5, 1e-1)
    [1e-05, 0.0001, 0.001, 0.01, 0.1]
    >>> log_ticks(8, 64)
    [10.0, 20.0, 50.0]
    """
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    if last - first >= 2:
        step = math.ceil((last - first + 1) / MOST_DECADES)
        return [float(f"1e{k}") for k in range(first, last + 1, step)]
    fine = [float(f"{m}e{k}") for k in range(first - 1, last + 1) for m in (1, 2, 5)]
    found = [tick for tick in fine if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
    return found if len(found) > 1 else linear_ticks(low, high, 4)


def mark_size(count: int) -> float:
    """The size of a mark in pixels: marks shrink where they are many.

    Examples
    --------
    >>> mark_size(5), mark_size(5000)
    (10.0, 3.5)
    """
    return round(min(10.0, max(3.0, 10.0 - 2.4 * math.log10(max(count, 1) / 10))), 1)


def opacity(count: int) -> float:
    """How solid a mark is: marks thin where they are many."""
    return round(min(0.95, max(0.35, 0.95 - 0.25 * math.log10(max(count, 1) / 30))), 2)
