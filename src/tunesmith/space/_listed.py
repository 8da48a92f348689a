"""Listed: what Categorical and Ordinal share, a list of choices each with a cell of the unit interval."""

from __future__ import annotations

import abc
import bisect
import itertools
import math
from collections.abc import Hashable, Iterator, Mapping
from typing import Any, Self

from tunesmith.errors import InvalidParams, InvalidSpace, did_you_mean
from tunesmith.space import choices as ch
from tunesmith.space._numbers import clipped, is_array, shown, to_float
from tunesmith.space.distribution import UNSET, Distribution


class Listed(Distribution, abc.ABC):
    """A parameter whose values are written down one by one. Abstract: the members are Categorical and Ordinal."""

    choices: tuple[Any, ...]
    _index: dict[Hashable, int]
    _strings: dict[str, int]
    _cumulative: tuple[float, ...]

    def __init__(self, *choices: Any, default: Any = UNSET, prior: Any = None) -> None:
        listed = tuple(ch.canonical(choice) for choice in _as_list(type(self).__name__, choices))
        index: dict[Hashable, int] = {}
        for place, choice in enumerate(listed):
            if is_array(choice):
                raise InvalidSpace(
                    f"{type(self).__name__}: an array cannot be a choice.", hint="Use a tuple: tuple(array.tolist())."
                )
            if index.setdefault(ch.choice_key(choice), place) != place:
                raise InvalidSpace(
                    f"{type(self).__name__}: {choice!r} stands twice among the choices.",
                    hint="Name each choice once; prior=[...] makes one more likely.",
                )
        weights = None if prior is None else _weights(type(self).__name__, listed, prior)
        self.__dict__.update(
            choices=listed,
            default=UNSET,
            prior=weights,
            conditions=(),
            _index=index,
            _strings={choice: place for place, choice in enumerate(listed) if type(choice) is str},
            _cumulative=() if weights is None else tuple(itertools.accumulate(weights)),
            _tags=not all(ch.is_plain(choice) for choice in listed),
        )
        if default is not UNSET:
            try:
                self.__dict__["default"] = self.check(default, "default")
            except InvalidParams as error:
                raise InvalidSpace(f"{type(self).__name__}: {error.message}", hint=error.hint) from error

    def __setstate__(self, state: dict[str, Any]) -> None:
        # What has no equality of its own is known by its identity, and that is another one in another process.
        index = {ch.choice_key(choice): place for place, choice in enumerate(state["choices"])}
        self.__dict__.update(state, _index=index)

    def index_of(self, value: Any) -> int:
        """The place of a value among the choices.

        Raises
        ------
        InvalidParams
            If it is none of them.

        Examples
        --------
        >>> from tunesmith.space import Categorical
        >>> Categorical("gini", "entropy", None).index_of(None)
        2
        """
        return self._place(value, "value")

    def _place(self, value: Any, name: str) -> int:
        if type(value) is str:
            place = self._strings.get(value)
        else:
            value = ch.canonical(value)
            place = self._index.get(ch.choice_key(value))
            if place is None and isinstance(value, ch.Opaque):
                place = self._labelled(value)
        if place is not None:
            return place
        near = did_you_mean(value, self._strings) if isinstance(value, str) and self._strings else ""
        if len(self._strings) < len(self.choices):
            near = near.partition(" Known:")[0] if near.startswith("Did") else ""
            near = f"{near} Allowed: {_listing(self.choices)}.".strip()
        raise InvalidParams(f"{name!r} cannot be {shown(value)}.", hint=near)

    def _labelled(self, opaque: ch.Opaque) -> int | None:
        objects = {place: choice for place, choice in enumerate(self.choices) if not ch.has_json_form(choice)}
        labels = {place: ch.label_of(choice) for place, choice in objects.items()}
        if labels.get(opaque.index) == opaque.label:
            return opaque.index
        same = [place for place, label in labels.items() if label == opaque.label]
        return same[0] if len(same) == 1 else None

    def check(self, value: Any, name: str) -> Any:
        """See `Distribution.check`."""
        if type(value) is str and value in self._strings:
            return value
        return self.choices[self._place(value, name)]

    def from_unit(self, u: float, *, prior: bool = True) -> Any:
        """See `Distribution.from_unit`."""
        u = clipped(u)
        if prior and self._cumulative:
            place = bisect.bisect_right(self._cumulative, u * self._cumulative[-1])
            return self.choices[min(place, self._last())]
        count = len(self.choices)
        place = int(u * count)
        return self.choices[place if place < count else count - 1]

    def _last(self) -> int:
        """The last choice of positive weight."""
        return max(place for place, weight in enumerate(self.prior) if weight > 0)

    def to_unit(self, value: Any) -> float:
        """See `Distribution.to_unit`."""
        return (2 * self._place(value, "value") + 1) / (2 * len(self.choices))

    @property
    def size(self) -> int:
        """See `Distribution.size`."""
        return len(self.choices)

    def values(self) -> Iterator[Any]:
        """See `Distribution.values`."""
        return iter(self.choices)

    def grid(self, n: int) -> list[Any]:
        """See `Distribution.grid`."""
        return list(self.choices)

    def log_prior(self, value: Any) -> float:
        """See `Distribution.log_prior`."""
        if self.prior is None:
            return 0.0
        weight = self.prior[self._place(value, "value")]
        return math.log(weight * len(self.choices) / self._cumulative[-1]) if weight > 0 else -math.inf

    def widen(self, other: Distribution, name: str) -> Self:
        """See `Distribution.widen`."""
        if type(other) is not type(self) or not isinstance(other, Listed):
            raise InvalidParams(f"{name!r} was {self!r} and is now {other!r}.", hint="A parameter keeps its type.")
        new = [(place, choice) for place, choice in enumerate(other.choices) if not self.contains(choice)]
        if self.ordered and not _ends_like(self.choices, other.choices):
            raise InvalidParams(
                f"{name!r}: the order of {self!r} and {other!r} does not agree.", hint="Append new choices at the end."
            )
        default = other.default if self.default is UNSET else self.default
        prior = self.prior
        if prior is not None and new:
            mean = sum(prior) / len(prior)
            prior = [*prior, *(mean if other.prior is None else other.prior[place] for place, _ in new)]
        wide = type(self)([*self.choices, *(choice for _, choice in new)], default=default, prior=prior)
        return wide.with_conditions(self.conditions)

    def rank(self, value: Any) -> float:
        """See `Distribution.rank`."""
        return self._place(value, "value")

    def bounds(self) -> tuple[float, float]:
        """See `Distribution.bounds`."""
        return 0, len(self.choices) - 1

    @property
    def needs_tags(self) -> bool:
        """See `Distribution.needs_tags`."""
        return bool(self.__dict__["_tags"])

    def encode(self, value: Any) -> Any:
        """See `Distribution.encode`."""
        return value if type(value) is str and ch.is_plain(value) else ch.encode(value, self._object_place(value))

    def _object_place(self, value: Any) -> int:
        if ch.has_json_form(value):
            return -1
        known = not isinstance(value, ch.Opaque) or self._labelled(value) is not None
        return self._place(value, "value") if known else value.index

    def decode(self, stored: Any) -> Any:
        """See `Distribution.decode`."""
        value = ch.decode(stored)
        if isinstance(value, ch.Opaque):
            place = self._labelled(value)
            return value if place is None else self.choices[place]
        return value

    def fields(self) -> dict[str, Any]:
        """See `Distribution.fields`."""
        out: dict[str, Any] = {"choices": [ch.encode(choice, place) for place, choice in enumerate(self.choices)]}
        if self.default is not UNSET:
            out["default"] = self.encode(self.default)
        if self.prior is not None:
            out["prior"] = list(self.prior)
        return out

    def arguments(self) -> list[str]:
        """See `Distribution.arguments`."""
        if len(self.choices) == 1 and not isinstance(self.choices[0], str | int | float | None):
            return [f"[{ch.to_python(self.choices[0])}]"]
        return [ch.to_python(choice) for choice in self.choices]


def _as_list(kind: str, choices: tuple[Any, ...]) -> list[Any]:
    if len(choices) != 1:
        listed = list(choices)
    elif isinstance(choices[0], list | tuple | range):
        listed = list(choices[0])
    elif isinstance(choices[0], set | frozenset):
        raise InvalidSpace(f"{kind}: a set has no order, so runs would differ.", hint="Give a list: sorted(choices).")
    elif isinstance(choices[0], dict | Iterator):
        raise InvalidSpace(
            f"{kind} got one {type(choices[0]).__name__}, {shown(choices[0])}.", hint="Give the choices as a list."
        )
    elif is_array(choices[0]) or hasattr(choices[0], "to_list"):
        raise InvalidSpace(f"{kind}: an array cannot be the choices.", hint="Give a list: array.tolist().")
    else:
        listed = [choices[0]]
    if not listed:
        raise InvalidSpace(f"{kind} has no choices.", hint='Give at least one, as in ts.Categorical("a", "b").')
    return listed


def _weights(kind: str, choices: tuple[Any, ...], prior: Any) -> tuple[float, ...]:
    example = "Give one weight for each choice, such as prior=[3, 1, 1]."
    if isinstance(prior, Mapping):
        by_key = {ch.choice_key(ch.canonical(key)): weight for key, weight in prior.items()}
        wanted = [ch.choice_key(choice) for choice in choices]
        if len(by_key) != len(wanted) or any(key not in by_key for key in wanted):
            raise InvalidSpace(f"{kind}: prior={prior!r} does not name exactly the choices.", hint=example)
        given = [by_key[key] for key in wanted]
    elif isinstance(prior, list | tuple):
        given = list(prior)
    else:
        raise InvalidSpace(f"{kind}: prior={prior!r} is no list of weights.", hint=example)
    if len(given) != len(choices):
        raise InvalidSpace(f"{kind}: {len(given)} weights for {len(choices)} choices.", hint=example)
    weights = [to_float(weight) for weight in given]
    if any(weight is None or not 0 <= weight < math.inf for weight in weights):
        raise InvalidSpace(f"{kind}: prior={prior!r} holds a weight that is no number of 0 or more.", hint=example)
    numbers = tuple(weight for weight in weights if weight is not None)
    if not 0 < sum(numbers) < math.inf:
        raise InvalidSpace(f"{kind}: the weights {prior!r} add up to {sum(numbers):g}.", hint=example)
    return numbers


def _ends_like(old: tuple[Any, ...], new: tuple[Any, ...]) -> bool:
    """Whether an ordered list goes on where another ends: what both hold stands in the same order, new ones last."""
    keys = [ch.choice_key(choice) for choice in old]
    places = [keys.index(key) if (key := ch.choice_key(choice)) in keys else len(keys) for choice in new]
    return places == sorted(places)


def _listing(choices: tuple[Any, ...]) -> str:
    text = ", ".join(map(ch.to_python, choices[:20]))
    text = text if len(text) <= 300 else text[:297] + "..."
    return text + (", ..." if len(choices) > 20 else "")
