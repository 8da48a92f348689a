"""From what scikit-learn's searches take as parameters to a search space, and from a trial's params back to theirs."""

from __future__ import annotations

import itertools
import math
import numbers
import warnings
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from tunesmith.errors import InvalidSpace, TunesmithWarning, UnknownName, did_you_mean
from tunesmith.sklearn.distributions import from_scipy, looks_like_scipy
from tunesmith.space import Categorical, Distribution, Fixed, Float, Int, Ordinal, SearchSpace
from tunesmith.space.choices import canonical, choice_key, has_json_form, label_of

_RANGES: dict[str, Callable[[Any, Any], Distribution]] = {
    "uniform": lambda low, high: Int(low, high) if _are_ints(low, high) else Float(low, high),
    "log-uniform": lambda low, high: Int(low, high, log=True) if _are_ints(low, high) else Float(low, high, log=True),
}


@final
class Held:
    """A choice that is an array, which cannot be compared: kept by its text, so that it can be chosen."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return " ".join(repr(self.value).split())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Held) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))


@final
@dataclass(frozen=True)
class ToParams:
    """From a trial's params to the estimator's; small, so that it can travel to a worker.

    `names` has the estimator's name for every parameter of the space that is one.
    """

    names: Mapping[str, str]

    def __call__(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Give the estimator's params."""
        return {
            self.names[name]: value.value if isinstance(value, Held) else value
            for name, value in params.items()
            if name in self.names
        }


@final
@dataclass(frozen=True)
class GivenSpace:
    """A search space, and how its parameters are called in the estimator.

    Parameters
    ----------
    space
        What may be tried. Several dicts become one conditional space, with a parameter that chooses the dict.
    to_params
        From a trial's params to the estimator's.
    """

    space: SearchSpace
    to_params: ToParams

    def as_given(self, estimator: Any) -> tuple[dict[str, Any], bool]:
        """The point of the space at which an estimator stands, and whether it lies outside of it.

        Outside, values are as they are, where JSON can hold them, and labels where it cannot.
        """
        current = estimator.get_params(deep=True)
        first: dict[str, Any] | None = None
        for part in self._parts():
            found = self._current(part, current)
            if self._contains(found):
                return found, False
            first = found if first is None else first
        return {name: _storable(value) for name, value in (first or {}).items()}, True

    def current(self, params: Mapping[str, Any], estimator: Any) -> dict[str, Any]:
        """The estimator's own values of the parameters that a trial names."""
        values = estimator.get_params(deep=True)
        names = (self.to_params.names[name] for name in params if name in self.to_params.names)
        return {name: values[name] for name in names if name in values}

    def _parts(self) -> list[dict[str, Any]]:
        hidden = [name for name in self.space.names if name not in self.to_params.names]
        return [{name: value} for name in hidden for value in self.space[name].values()] or [{}]

    def _current(self, part: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
        found = dict(part)
        for name in self.space.order:
            if name in self.to_params.names and self._is_active(name, found):
                found[name] = _as_choice(self.space[name], current.get(self.to_params.names[name]))
        return found

    def _is_active(self, name: str, found: Mapping[str, Any]) -> bool:
        """As the space has it; under a parent that is outside of its range nothing is active."""
        for needed in self.space[name].conditions:
            parent = self.space[needed.parent]
            if needed.parent not in found or not parent.contains(found[needed.parent]):
                return False
            if not needed.test.bind(parent, needed.parent)(parent.check(found[needed.parent], needed.parent)):
                return False
        return True

    def _contains(self, params: Mapping[str, Any]) -> bool:
        return all(self.space[name].contains(value) for name, value in params.items()) and self.space.feasible(params)


def given_space(given: Any, estimator: Any) -> GivenSpace:
    """Turn a SearchSpace, a dict or a list of dicts into a space for an estimator.

    Parameters
    ----------
    given
        A `SearchSpace`; a dict from parameter name to a `Distribution`, a list of values, a frozen distribution of
        scipy, or `(low, high, "log-uniform")`; or a list of such dicts, of which each trial takes one.
    estimator
        Whose parameters these are; a name that it lacks is refused here, before any fit.

    Raises
    ------
    InvalidSpace
        If it is none of these, or a value cannot be a parameter.
    UnknownName
        If the estimator lacks a parameter; the message offers the nearest name.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> given_space([{"kernel": ["linear"], "C": [1, 10]}, {"kernel": ["rbf"], "gamma": [0.1, 1]}], SVC()).space
    SearchSpace({
        'grid': Categorical(0, 1),
        'kernel@0': Fixed('linear').when('grid', 0),
        'C': Ordinal(1, 10).when('grid', 0),
        'kernel@1': Fixed('rbf').when('grid', 1),
        'gamma': Ordinal(0.1, 1).when('grid', 1),
    })
    """
    if isinstance(given, SearchSpace):
        refuse_unknown(estimator, [dict(given.items())])
        return GivenSpace(given, ToParams({name: name for name in given.names}))
    parts = [given] if isinstance(given, Mapping) else given
    if not isinstance(parts, Sequence) or not parts or not all(isinstance(part, Mapping) for part in parts):
        raise InvalidSpace(
            f"space must be a ts.SearchSpace, a dict, or a list of dicts, got {given!r}.",
            hint='Write {"C": ts.Float(1e-3, 1e3, log=True)}, or leave it out for a ready-made space.',
        )
    ready = [{str(name): distribution_of(name, value) for name, value in part.items()} for part in parts]
    refuse_unknown(estimator, ready)
    if len(ready) == 1:
        return GivenSpace(SearchSpace(ready[0]), ToParams({name: name for name in ready[0]}))
    return _joined(ready)


def _joined(parts: list[dict[str, Distribution]]) -> GivenSpace:
    """One conditional space of several: parameters that look the same everywhere keep their name."""
    owners: dict[str, list[int]] = {}
    for number, part in enumerate(parts):
        for name in part:
            owners.setdefault(name, []).append(number)
    chooser = "grid"
    while chooser in owners:
        chooser += "_"
    space: dict[str, Distribution] = {chooser: Categorical(list(range(len(parts))))}
    names: dict[str, str] = {}
    for number, part in enumerate(parts):
        for name, distribution in part.items():
            alike = all(parts[other][name] == distribution for other in owners[name])
            ours = name if alike else f"{name}@{number}"
            if ours in space:
                continue
            where = owners[name] if alike else [number]
            everywhere = len(where) == len(parts)
            space[ours] = distribution if everywhere else distribution.when(chooser, *where)
            names[ours] = name
    return GivenSpace(SearchSpace(space), ToParams(names))


def distribution_of(name: object, given: Any) -> Distribution:
    """One parameter from what scikit-learn's searches take for it.

    Examples
    --------
    >>> distribution_of("C", [0.1, 1, 10]), distribution_of("kernel", ["rbf", "linear"])
    (Ordinal(0.1, 1, 10), Categorical('rbf', 'linear'))
    >>> distribution_of("C", (1e-3, 1e3, "log-uniform"))
    Float(0.001, 1000.0, log=True)
    """
    if isinstance(given, Distribution):
        return given
    if looks_like_scipy(given):
        return from_scipy(str(name), given)
    if isinstance(given, np.ndarray):
        given = list(given) if given.ndim == 1 else given
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable) or getattr(given, "ndim", 1) != 1:
        raise InvalidSpace(
            f"Parameter {name!r} was given as {given!r}.",
            hint="Give a list of values (one is enough), a ts.Float, ts.Int or ts.Categorical, or one of scipy.stats.",
        )
    values = list(given)
    if isinstance(given, tuple) and len(values) == 3 and isinstance(values[2], str) and values[2] in _RANGES:
        return _RANGES[values[2]](values[0], values[1])
    if not values:
        raise InvalidSpace(f"Parameter {name!r} has an empty list of values.", hint="Give at least one value.")
    if isinstance(given, tuple) and len(values) == 2 and all(_is_number(v) for v in values):
        _warn_of_pair(name, values)
    return _listed([Held(value) if isinstance(value, np.ndarray) else value for value in values])


def _listed(values: list[Any]) -> Distribution:
    """Choices, each once; numbers that go up stand in an order. What was listed twice is drawn twice as often."""
    weights: list[int] = []
    unique: list[Any] = []
    places: dict[Hashable, int] = {}
    for value in map(canonical, values):
        place = places.setdefault(choice_key(value), len(unique))
        if place == len(unique):
            unique.append(value)
            weights.append(1)
        else:
            weights[place] += 1
    if len(unique) == 1:
        return Fixed(unique[0])
    rising = all(map(_is_number, unique)) and all(a < b for a, b in itertools.pairwise(unique))
    kind = Ordinal if rising else Categorical
    return kind(unique, prior=weights if max(weights) > 1 else None)


def refuse_unknown(estimator: Any, parts: Sequence[Mapping[str, Distribution]]) -> None:
    """Refuse names that the estimator does not have, nor any estimator that may be put into it.

    Raises
    ------
    UnknownName
        With the nearest name, and those that there are.
    """
    known = estimator.get_params(deep=True)
    for part in parts:
        for name in part:
            if name not in known and not _has_by_choice(name, part, known):
                title = type(estimator).__name__
                head, _, tail = name.rpartition("__")
                allowed = [key for key in known if key.startswith(f"{head}__")] if tail and head else list(known)
                raise UnknownName(f"{title} has no parameter {name!r}.", hint=did_you_mean(name, allowed or known))


def _has_by_choice(name: str, part: Mapping[str, Distribution], known: Mapping[str, Any]) -> bool:
    """Whether an estimator that the search may put in place of `a` gives `a__name` its meaning."""
    pieces = name.split("__")
    for cut in range(len(pieces) - 1, 0, -1):
        head, tail = "__".join(pieces[:cut]), "__".join(pieces[cut:])
        if head in part:
            choices = part[head].values() if part[head].size is not None else ()
            return any(tail in choice.get_params(deep=True) for choice in choices if hasattr(choice, "get_params"))
        if head in known:
            return False
    return False


def _warn_of_pair(name: object, values: list[Any]) -> None:
    warnings.warn(
        f"Parameter {name!r} was given as {tuple(values)!r}, which is two values, as in scikit-learn. For all between "
        f"them write ts.Float({values[0]}, {values[1]}), for just these two [{values[0]}, {values[1]}].",
        TunesmithWarning,
        stacklevel=2,
    )


def _as_choice(distribution: Distribution, value: Any) -> Any:
    """A value as the space writes it: the listed 1 for the estimator's 1.0, the listed `SVC()` for its own `SVC()`."""
    if isinstance(value, np.ndarray):
        return Held(value)
    if distribution.size is None or isinstance(distribution, Int) or distribution.contains(value):
        return value
    if _is_number(value):
        return next((choice for choice in distribution.values() if _is_number(choice) and choice == value), value)
    if has_json_form(value):
        return value
    alike = (type(value), label_of(value))
    return next((choice for choice in distribution.values() if (type(choice), label_of(choice)) == alike), value)


def _storable(value: Any) -> Any:
    value = value.item() if isinstance(value, np.generic) else value
    return value if has_json_form(value) and value == value else label_of(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool | np.bool_) and math.isfinite(value)


def _are_ints(low: Any, high: Any) -> bool:
    return all(isinstance(value, int | np.integer) and not isinstance(value, bool) for value in (low, high))
