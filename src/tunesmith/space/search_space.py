"""SearchSpace: all parameters of a study, when each is active, and the rules between them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn, final

from tunesmith.errors import InvalidParams, InvalidSpace, did_you_mean
from tunesmith.space import _change, _check, _files, _grid, _points
from tunesmith.space._plan import check_names, merged
from tunesmith.space.constraints import Constraint, Expression, Function, Together
from tunesmith.space.distribution import Distribution
from tunesmith.space.params import Params

_NONE: Mapping[str, Any] = {}


@final
class SearchSpace:
    """What may be tried: named distributions with conditions, and constraints between them. It never changes.

    Spaces compare by content; the order of the parameters does not count, though it decides the order of a grid.

    Parameters
    ----------
    parameters, params
        Distributions by name; a mapping takes names that are no Python identifiers.

    Raises
    ------
    InvalidSpace
        If anything in it cannot be, naming the parameter.

    Examples
    --------
    >>> import random
    >>> from tunesmith.space import Categorical, Float, Int
    >>> space = SearchSpace(
    ...     lr=Float(1e-5, 1e-1, log=True),
    ...     booster=Categorical("gbtree", "dart", "linear"),
    ...     depth=Int(2, 12).when("booster", "gbtree", "dart"),
    ... ).forbid("booster == 'dart' and depth > 8")
    >>> params = space.sample(random.Random(0))
    >>> space.check(params) == params, space["depth"].size, space.size is None
    (True, 11, True)
    """

    __slots__ = ("_compiled", "_constraints", "_key", "_parameters")
    _parameters: dict[str, Distribution]
    _constraints: tuple[Constraint, ...]
    _compiled: _points.Compiled
    _key: _change.Identity | None

    def __init__(self, parameters: Mapping[str, Distribution] | None = None, /, **params: Distribution) -> None:
        self._fill(merged(parameters, params), ())

    def _fill(self, parameters: dict[str, Distribution], constraints: tuple[Constraint, ...]) -> None:
        check_names(parameters)
        object.__setattr__(self, "_parameters", parameters)
        object.__setattr__(self, "_constraints", constraints)
        object.__setattr__(self, "_compiled", _points.Compiled.of(parameters, constraints))
        object.__setattr__(self, "_key", None)

    @classmethod
    def of(cls, parameters: Mapping[str, Distribution], constraints: tuple[Constraint, ...] = ()) -> SearchSpace:
        """A space from distributions and constraints that exist already."""
        space = object.__new__(cls)
        space._fill(dict(parameters), constraints)
        return space

    @property
    def names(self) -> tuple[str, ...]:
        """All names, as declared."""
        return tuple(self._parameters)

    @property
    def order(self) -> tuple[str, ...]:
        """All names, parents before their children, otherwise as declared."""
        return tuple(step.name for step in self._compiled.steps)

    @property
    def constraints(self) -> tuple[str, ...]:
        """What must hold, one line for each constraint."""
        return tuple(rule.text for rule in self._compiled.rules)

    def __getitem__(self, name: str) -> Distribution:
        if name not in self._parameters:
            raise InvalidParams(f"There is no parameter {name!r}.", hint=did_you_mean(str(name), self._parameters))
        return self._parameters[name]

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __contains__(self, name: object) -> bool:
        return name in self._parameters

    def items(self) -> tuple[tuple[str, Distribution], ...]:
        """Names and distributions, as declared."""
        return tuple(self._parameters.items())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SearchSpace):
            return NotImplemented
        return self is other or self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> _change.Identity:
        if self._key is None:
            object.__setattr__(self, "_key", _change.identity(self._parts()))
        return self._key or _change.identity(self._parts())

    def __repr__(self) -> str:
        return _files.to_python(self._parameters, self._constraints)

    def __reduce__(self) -> tuple[object, ...]:
        return SearchSpace.of, (self._parameters, self._constraints)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("A SearchSpace cannot be changed; with_(), without(), fix() and forbid() make new ones.")

    def forbid(self, expr: str | None = None, /, **equal_values: Any) -> SearchSpace:
        """The same space without the points where an expression holds, or where these values meet.

        Examples
        --------
        >>> from tunesmith.space import Categorical, Int
        >>> space = SearchSpace(a=Int(1, 3), b=Categorical("x", "y"))
        >>> space.forbid("a > 2 and b == 'y'").forbid(a=1, b="x").grid_size()
        4
        """
        new: list[Constraint] = [] if expr is None else [Expression(expr, forbids=True)]
        return self._with_constraints([*new, *([Together(equal_values)] if equal_values else [])])

    def require(self, expr: str | Callable[[Params], bool], /) -> SearchSpace:
        """The same space without the points where an expression, or a Python function of the params, does not hold.

        Expressions may use names (or `p['any name']`), numbers, text, `+ - * / // % **`, comparisons, `in`, `and`,
        `or`, `not`, and abs, min, max, log, log2, log10, exp, sqrt, floor, ceil, round. A rule that mentions an
        inactive parameter holds. A function works, but cannot be written to a file.

        Examples
        --------
        >>> from tunesmith.space import Int
        >>> SearchSpace(a=Int(1, 3), b=Int(1, 3)).require("a < b").grid_size()
        3
        """
        return self._with_constraints([Function(expr) if callable(expr) else Expression(expr)])

    def _with_constraints(self, new: list[Constraint]) -> SearchSpace:
        if not new:
            raise InvalidSpace("forbid() says nothing.", hint='Write forbid("a > b") or forbid(a=1, b="x").')
        for constraint in new:
            constraint.check_literals(self._parameters)
        return SearchSpace.of(self._parameters, (*self._constraints, *new))

    def violations(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        """The constraints that params break, as text."""
        return tuple(rule.text for rule in self._compiled.rules if not rule.holds(params))

    def feasible(self, params: Mapping[str, Any]) -> bool:
        """Whether params break no constraint."""
        return all(rule.holds(params) for rule in self._compiled.rules)

    def active(self, params: Mapping[str, Any]) -> frozenset[str]:
        """The names that are active, given values for at least those."""
        return _points.active(self._compiled, params)

    def check(self, params: Mapping[str, Any]) -> Params:
        """Params in canonical form: exactly the active names, each value in its range, all constraints kept.

        Raises
        ------
        InvalidParams
            Saying which name is missing, unknown, inactive or out of range, or which constraint is broken.
        """
        return _points.check(self._compiled, params)

    def check_partial(self, params: Mapping[str, Any]) -> Params:
        """Some of the params in canonical form, for a trial that a sampler will complete.

        Raises
        ------
        InvalidParams
            For an unknown name, a value out of range, a child that the given parents switch off, or a constraint that
            the given values break already.
        """
        return Params(_check.check_partial(self._compiled.steps, self._compiled.rules, params))

    def decode(self, unit: Callable[[str], float] | Mapping[str, float], given: Mapping[str, Any] = _NONE) -> Params:
        """The params at a point of the unit cube: given values first, then `unit(name)` for each active name.

        Priors bend the cube. Constraints are not looked at; `feasible` tells.
        """
        return _points.decode(self._compiled, unit if callable(unit) else unit.__getitem__, given)

    def encode(self, params: Mapping[str, Any]) -> dict[str, float]:
        """The place of each value on its plain scale (priors aside), by name."""
        return {name: self[name].to_unit(value) for name, value in params.items()}

    def sample(self, rng: random.Random, given: Mapping[str, Any] = _NONE, *, tries: int = 10_000) -> Params:
        """A random point by the priors (evenly where there are none) that breaks no constraint.

        Raises
        ------
        InvalidSpace
            If `tries` draws all broke a constraint; the message names the one broken most often.
        """
        return _points.sample(self._compiled, rng, given, tries)

    def defaults(self) -> Params | None:
        """The params of all defaults; None if an active parameter has none, or if together they break a constraint."""
        return _points.defaults(self._compiled)

    @property
    def size(self) -> int | None:
        """Exact number of distinct configurations, constraints aside; None if a continuous parameter can be active."""
        return _grid.size(self._compiled.steps)

    def grid(self, points: int | Mapping[str, int] | None = None) -> Iterator[Params]:
        """Every configuration once, lazily, in an order that depends on the space alone.

        Parameters
        ----------
        points
            How many values to take of each Float and Int (at most), or of some by name; choices are always all taken.

        Raises
        ------
        InvalidSpace
            If a continuous or huge parameter needs a number of points.
        """
        steps, rules = self._compiled.steps, self._compiled.rules
        return map(Params, _grid.listing(steps, rules, _grid.axes(steps, points)))

    def grid_size(self, points: int | Mapping[str, int] | None = None) -> int:
        """How many configurations `grid(points)` gives; counted, not listed, where no constraint is involved."""
        steps, rules = self._compiled.steps, self._compiled.rules
        return _grid.grid_size(steps, rules, _grid.axes(steps, points))

    def with_(self, parameters: Mapping[str, Distribution] | None = None, /, **params: Distribution) -> SearchSpace:
        """The space with parameters added or replaced; children that can no longer be active go."""
        return SearchSpace.of(*_change.replaced(*self._parts(), {**(parameters or {}), **params}))

    def fix(self, values: Mapping[str, Any] | None = None, /, **params: Any) -> SearchSpace:
        """The space with some parameters held at a value; children that can no longer be active go.

        Examples
        --------
        >>> from tunesmith.space import Categorical, Int
        >>> space = SearchSpace(kind=Categorical("a", "b"), n=Int(1, 9).when("kind", "a"))
        >>> space.fix(kind="b")
        SearchSpace(kind=Fixed('b'))
        """
        return SearchSpace.of(*_change.fixed(*self._parts(), {**(values or {}), **params}))

    def without(self, *names: str) -> SearchSpace:
        """The space without some parameters and the constraints that mention them."""
        return SearchSpace.of(*_change.removed(*self._parts(), names))

    def union(self, other: SearchSpace) -> SearchSpace:
        """The smallest space that holds both: ranges widen, choices append, constraints of both stay.

        Raises
        ------
        InvalidParams
            If a parameter of both has another type, scale, step or other conditions.
        """
        return SearchSpace.of(*_change.union(self._parts(), other._parts()))

    def differs(self, other: SearchSpace) -> str | None:
        """The first difference in a sentence, or None; objects count as equal when their labels agree."""
        return _change.difference(self._parts(), other._parts())

    def bind(self, code: SearchSpace) -> SearchSpace:
        """The stored space with the objects and functions of an equal one from the user's code.

        Raises
        ------
        InvalidSpace
            If the two differ.
        """
        return SearchSpace.of(*_change.bound(self._parts(), code._parts()))

    def _parts(self) -> _change.Parts:
        return self._parameters, self._constraints

    def dump(self, format: str | None = None, *, portable: bool = True) -> Any:  # noqa: A002 - the natural word
        """The space as text, `"toml"` or `"json"`, or as a JSON-able dictionary (None).

        With `portable`, Python functions as constraints are refused; else they become placeholders that always hold.
        """
        return _files.dump(*self._parts(), format, portable=portable)

    @classmethod
    def load(cls, source: Any) -> SearchSpace:
        """The space that `dump` wrote: a dictionary, TOML or JSON text, or the path of a file.

        Raises
        ------
        InvalidSpace
            If a key is unknown, or anything in it cannot be.
        """
        return cls.of(*_files.load(source))

    def fingerprint(self) -> str:
        """SHA-256 of the canonical form, as 64 hexadecimal digits; the order of the parameters does not matter."""
        return _files.fingerprint(*self._parts())

    def encode_params(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Params as JSON can hold them; the same mapping when no value needs a tag."""
        return _points.encode_values(self._compiled.tagged, self._parameters, params)

    def decode_params(self, stored: Mapping[str, Any]) -> Params:
        """The params that `encode_params` made."""
        return Params(_points.decode_values(self._compiled.tagged, self._parameters, stored))
