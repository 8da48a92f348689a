"""Tuning by hand: the space as a form, what a filled-in form means, and what the trials so far say of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any, final

from tunesmith.dashboard.rows import label, scale, shown_params
from tunesmith.errors import InvalidParams, InvalidTrial
from tunesmith.space import Categorical, Fixed, Float, Int, Ordinal, Params, SearchSpace
from tunesmith.study import Model, model_of
from tunesmith.trial import FrozenTrial, History

_FEWEST = 4
"""Of fewer complete trials no model is made."""

_SIMILAR = 5
_REFIT_SECONDS = 5.0


def fields(space: SearchSpace, start: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One field a parameter, parents before their children.

    Parameters
    ----------
    space
        The search space.
    start
        Where the form begins: the best params, say. Parameters that are not in it begin at their default or middle.

    Examples
    --------
    >>> from tunesmith.space import Categorical, Float, SearchSpace
    >>> space = SearchSpace(lr=Float(1e-4, 1, log=True), kind=Categorical("a", "b"))
    >>> [(field["name"], round(field["value"], 3)) for field in fields(space, {"kind": "b"})]
    [('lr', 0.01), ('kind', 1)]
    """
    return [_field(space, name, start) for name in space.order]


def _field(space: SearchSpace, name: str, start: Mapping[str, Any]) -> dict[str, Any]:
    one = space[name]
    value = start[name] if name in start and one.contains(start[name]) else _first(one)
    about = {"name": name, **scale(one), "when": [condition.describe() for condition in one.conditions]}
    if isinstance(one, Float | Int):
        whole = isinstance(one, Int)
        return {**about, "value": value, "whole": whole, "step": one.step if not whole or one.step != 1 else 1}
    return {**about, "value": _place(one, value)}


def _first(one: Any) -> Any:
    if one.contains(one.default):
        return one.default
    return one.from_unit(0.5, prior=False)


def _place(one: Any, value: Any) -> int:
    if isinstance(one, Fixed):
        return 0
    labels = [label(choice) for choice in one.choices]
    return labels.index(label(value))


def filled(space: SearchSpace, given: Mapping[str, Any]) -> tuple[Params, tuple[str, ...]]:
    """The params that a filled-in form means, those of inactive parameters left out, and the rules that they break.

    Parameters
    ----------
    space
        The search space.
    given
        A number for each number, the place among the choices for each choice; inactive ones may be there too.

    Raises
    ------
    InvalidParams
        If a name is unknown, a number is out of range, or a place is none of the choices.

    Examples
    --------
    >>> from tunesmith.space import Categorical, Int, SearchSpace
    >>> space = SearchSpace(kind=Categorical("a", "b"), n=Int(1, 9).when("kind", "a"))
    >>> params, broken = filled(space, {"kind": 1, "n": 3})
    >>> dict(params), broken
    ({'kind': 'b'}, ())
    """
    unknown = [name for name in given if name not in space]
    if unknown:
        raise InvalidParams(
            f"There is no parameter {unknown[0]!r}.", hint="Load the page again: the space has changed."
        )
    values = {name: _value(space[name], one, name) for name, one in given.items()}
    active = space.active(values)
    return Params({name: values[name] for name in space.names if name in active}), space.violations(values)


def _value(one: Any, given: Any, name: str) -> Any:
    if isinstance(one, Float | Int):
        return one.check(given, name)
    if isinstance(one, Fixed):
        return one.value
    choices = one.choices if isinstance(one, Categorical | Ordinal) else ()
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given < len(choices):
        raise InvalidParams(f"{name!r} has no choice {given!r}.", hint=f"Give a place from 0 to {len(choices) - 1}.")
    return choices[given]


@final
class Foresight:
    """Models of a storage's studies, kept between questions; a study that goes on is modelled anew after a while."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[int, float, Model]] = {}

    def model(self, key: str, history: History) -> Model | None:
        """The model of a study; None while too few trials are complete to say anything."""
        if len(history.complete()) < _FEWEST:
            return None
        with self._lock:
            known = self._known.get(key)
            fresh = (
                known is not None
                and known[2].space == history.space
                and (known[0] == history.finished_count or time.monotonic() - known[1] < _REFIT_SECONDS)
            )
            if known is None or not fresh:
                known = (history.finished_count, time.monotonic(), model_of(history))
                self._known[key] = known
            return known[2]


def outlook(history: History, params: Params, model: Model | None) -> dict[str, Any]:
    """What to expect of params: the model's mean and deviation, and what the most similar trials gave.

    Parameters
    ----------
    history
        The study.
    params
        A point of its space.
    model
        The study's model, or None where there is none yet.
    """
    found: dict[str, Any] = {"prediction": None, "similar": similar(history, params)}
    if model is not None:
        try:
            mean, deviation = model.predict(params)
        except (InvalidParams, InvalidTrial) as refused:  # a rule forbids them: the form says so
            return {**found, "why_not": str(refused)}
        best = history.best
        found["prediction"] = {
            "mean": mean, "deviation": deviation, "low": mean - 2 * deviation, "high": mean + 2 * deviation,
            "trials": model.trials, "best": None if best is None else best.value,
        }  # fmt: skip
    else:
        found["why_not"] = f"A model needs {_FEWEST} complete trials; there are {len(history.complete())}."
    return found


def similar(history: History, params: Params) -> list[dict[str, Any]]:
    """The finished trials nearest to params on the parameters' own scales, the nearest first."""
    here = history.space.encode(params)

    def distance(trial: FrozenTrial) -> float:
        there = history.space.encode({name: trial.params[name] for name in trial.params if name in here})
        missing = len(set(here) ^ set(trial.params))
        choices = {name for name in there if isinstance(history.space[name], Categorical)}
        apart = sum(
            float(here[name] != there[name]) if name in choices else abs(here[name] - there[name]) for name in there
        )
        return (apart + missing) / max(1, len(set(here) | set(trial.params)))

    told = [(distance(trial), trial) for trial in history.complete() if not trial.outside]
    nearest = sorted(told, key=lambda pair: (pair[0], pair[1].number))[:_SIMILAR]
    return [
        {
            "number": trial.number,
            "value": trial.value,
            "distance": apart,
            "params": shown_params(history.space, trial.params),
        }
        for apart, trial in nearest
    ]
