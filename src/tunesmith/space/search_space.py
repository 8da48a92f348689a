"""SearchSpace: all parameters of a study, when each is active, and the rules between them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn, final

from tunesmith.errors import InvalidParams, InvalidSpace, did_you_mean
from tunesmith.space import _change, _check, _files, _grid
from tunesmith.space._plan import check_names, make_plan
from tunesmith.space.constraints import Constraint, Expression, Function, Rule, Together
from tunesmith.space.distribution import UNSET, Distribution
from tunesmith.space.params import Params

_NONE: Mapping[str, Any] = {}


@final
class SearchSpace:
    """What may be tried: named distributions with conditions, and constraints between them. It never changes.

    Parameters
    ----------
    parameters
        Distributions by name, for names that are no Python identifiers.
    params
        Distributions by name.

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

    __slots__ = ("_constraints", "_decoders", "_fast", "_parameters", "_plan", "_rules", "_tagged")
    _parameters: dict[str, Distribution]
    _constraints: tuple[Constraint, ...]
    _rules: tuple[Rule, ...]
    _tagged: frozenset[str]

    def __init__(self, parameters: Mapping[str, Distribution] | None = None, /, **params: Distribution) -> None:
        if parameters is not None and not isinstance(parameters, Mapping):
            raise InvalidSpace(
                f"SearchSpace got {parameters!r}.", hint="Write SearchSpace(lr=ts.Float(0, 1)) or SearchSpace({...})."
            )
        if twice := sorted(set(parameters or {}) & set(params)):
            raise InvalidSpace(f"{twice[0]!r} is defined twice.", hint="Keep one of the two definitions.")
        self._fill({**(parameters or {}), **params}, ())

    def _fill(self, parameters: dict[str, Distribution], constraints: tuple[Constraint, ...]) -> None:
        check_names(parameters)
        plan = make_plan(parameters)
        set_ = object.__setattr__
        set_(self, "_parameters", parameters)
        set_(self, "_plan", plan)
        set_(self, "_fast", tuple((s.name, s.distribution.check, s.tests) for s in plan))
        set_(self, "_decoders", tuple((s.name, s.distribution.from_unit, s.distribution.check, s.tests) for s in plan))
        set_(self, "_tagged", frozenset(s.name for s in plan if s.distribution.needs_tags))
        set_(self, "_constraints", constraints)
        set_(self, "_rules", tuple(constraint.compile(parameters) for constraint in constraints))

    @classmethod
    def of(cls, parameters: Mapping[str, Distribution], constraints: tuple[Constraint, ...] = ()) -> SearchSpace:
        """A space from distributions and constraints that exist already."""
        space = object.__new__(cls)
        space._fill(dict(parameters), constraints)
        return space

    # -- what is in it --------------------------------------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        """All names, as declared."""
        return tuple(self._parameters)

    @property
    def order(self) -> tuple[str, ...]:
        """All names, parents before their children, otherwise as declared."""
        return tuple(step.name for step in self._plan)

    @property
    def constraints(self) -> tuple[str, ...]:
        """What must hold, one line for each constraint."""
        return tuple(rule.text for rule in self._rules)

    def __getitem__(self, name: str) -> Distribution:
        try:
            return self._parameters[name]
        except KeyError:
            raise InvalidParams(
                f"There is no parameter {name!r}.", hint=did_you_mean(str(name), self._parameters)
            ) from None

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

    def _identity(self) -> tuple[frozenset[tuple[str, Distribution]], frozenset[str]]:
        return frozenset(self._parameters.items()), frozenset(constraint.key for constraint in self._constraints)

    def __repr__(self) -> str:
        return _files.to_python(self._parameters, self._constraints)

    def __reduce__(self) -> tuple[object, ...]:
        return SearchSpace.of, (self._parameters, self._constraints)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("A SearchSpace cannot be changed; with_(), without(), fix() and forbid() make new ones.")

    # -- rules ----------------------------------------------------------------------------------------------------

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
        if equal_values:
            new.append(Together(equal_values))
        return self._constrained(new)

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
        return self._constrained([Function(expr) if callable(expr) else Expression(expr)])

    def _constrained(self, new: list[Constraint]) -> SearchSpace:
        if not new:
            raise InvalidSpace("forbid() says nothing.", hint='Write forbid("a > b") or forbid(a=1, b="x").')
        for constraint in new:
            constraint.check_literals(self._parameters)
        return SearchSpace.of(self._parameters, (*self._constraints, *new))

    def violations(self, params: Mapping[str, Any]) -> tuple[str, ...]:
        """The constraints that params break, as text."""
        return tuple(rule.text for rule in self._rules if not rule.holds(params))

    def feasible(self, params: Mapping[str, Any]) -> bool:
        """Whether params break no constraint."""
        return all(rule.holds(params) for rule in self._rules)

    # -- params ---------------------------------------------------------------------------------------------------

    def active(self, params: Mapping[str, Any]) -> frozenset[str]:
        """The names that are active, given values for at least those."""
        found: dict[str, Any] = {}
        for step in self._plan:
            if step.active(found):
                if step.name not in params:
                    raise _check.explain_difference(self._plan, params)
                found[step.name] = params[step.name]
        return frozenset(found)

    def check(self, params: Mapping[str, Any]) -> Params:
        """Params in canonical form: exactly the active names, each value in its range, all constraints kept.

        Raises
        ------
        InvalidParams
            Saying which name is missing, unknown, inactive or out of range, or which constraint is broken.
        """
        found: dict[str, Any] = {}
        try:
            for name, check, tests in self._fast:
                if tests and not all(parent in found and test(found[parent]) for parent, test in tests):
                    continue
                found[name] = check(params[name], name)
        except KeyError:
            raise _check.explain_difference(self._plan, params) from None
        if len(found) != len(params):
            raise _check.explain_difference(self._plan, params)
        for rule in self._rules:
            if not rule.holds(found):
                raise _check.violated(rule, found)
        return Params(found)

    def check_partial(self, params: Mapping[str, Any]) -> Params:
        """Some of the params in canonical form, for a trial that a sampler will complete.

        Raises
        ------
        InvalidParams
            For an unknown name, a value out of range, a child that the given parents switch off, or a constraint that
            the given values break already.
        """
        return Params(_check.check_partial(self._plan, self._rules, params))

    def decode(self, unit: Callable[[str], float] | Mapping[str, float], given: Mapping[str, Any] = _NONE) -> Params:
        """The params at a point of the unit cube: given values first, then `unit(name)` for each active name.

        Constraints are not looked at; `feasible` tells.
        """
        read = unit if callable(unit) else unit.__getitem__
        if given:
            _check.refuse_unknown(self._plan, given)
        found: dict[str, Any] = {}
        for name, from_unit, check, tests in self._decoders:
            if tests and not all(parent in found and test(found[parent]) for parent, test in tests):
                continue
            found[name] = check(given[name], name) if name in given else from_unit(read(name))
        return Params(found)

    def encode(self, params: Mapping[str, Any]) -> dict[str, float]:
        """The place of each value on its plain scale, by name."""
        return {name: self[name].to_unit(value) for name, value in params.items()}

    def sample(self, rng: random.Random, given: Mapping[str, Any] = _NONE, *, tries: int = 10_000) -> Params:
        """A random point by the priors (evenly where there are none) that breaks no constraint.

        Raises
        ------
        InvalidSpace
            If `tries` draws all broke a constraint; the message names the one broken most often.
        """
        draw = rng.random
        broken: dict[str, int] = {}
        for _ in range(tries):
            params = self.decode(lambda _: draw(), given)
            failed = next((rule.text for rule in self._rules if not rule.holds(params)), None)
            if failed is None:
                return params
            broken[failed] = broken.get(failed, 0) + 1
        often = max(broken, key=broken.__getitem__, default="(no draw was allowed)")
        raise InvalidSpace(
            f"{tries:,} random draws found no point that satisfies {often!r}.",
            hint="Loosen the constraint, or narrow the ranges so that more points satisfy it.",
        )

    def defaults(self) -> Params | None:
        """The params of all defaults; None if an active parameter has none, or if together they break a constraint."""
        found: dict[str, Any] = {}
        for step in self._plan:
            if step.active(found):
                if step.distribution.default is UNSET:
                    return None
                found[step.name] = step.distribution.default
        return Params(found) if self.feasible(found) else None

    # -- all points -----------------------------------------------------------------------------------------------

    @property
    def size(self) -> int | None:
        """Exact number of distinct configurations, constraints aside; None if a continuous parameter can be active."""
        return _grid.count(self._plan, _grid.all_classes)

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
        values = _grid.axes(self._plan, points)
        return map(Params, _grid.listing(self._plan, self._rules, values))

    def grid_size(self, points: int | Mapping[str, int] | None = None) -> int:
        """How many configurations `grid(points)` gives; counted, not listed, where no constraint is involved."""
        return _grid.grid_size(self._plan, self._rules, _grid.axes(self._plan, points))

    # -- other spaces ---------------------------------------------------------------------------------------------

    def with_(self, parameters: Mapping[str, Distribution] | None = None, /, **params: Distribution) -> SearchSpace:
        """The space with parameters added or replaced; children that can no longer be active go."""
        return SearchSpace.of(*_change.replaced(self._parameters, self._constraints, {**(parameters or {}), **params}))

    def fix(self, values: Mapping[str, Any] | None = None, /, **params: Any) -> SearchSpace:
        """The space with some parameters held at a value; children that can no longer be active go.

        Examples
        --------
        >>> from tunesmith.space import Categorical, Int
        >>> space = SearchSpace(kind=Categorical("a", "b"), n=Int(1, 9).when("kind", "a"))
        >>> space.fix(kind="b")
        SearchSpace(kind=Fixed('b'))
        """
        return SearchSpace.of(*_change.fixed(self._parameters, self._constraints, {**(values or {}), **params}))

    def without(self, *names: str) -> SearchSpace:
        """The space without some parameters, nor the constraints that mention them."""
        return SearchSpace.of(*_change.removed(self._parameters, self._constraints, names))

    def union(self, other: SearchSpace) -> SearchSpace:
        """The smallest space that holds both: ranges widen, choices append, constraints of both stay.

        Raises
        ------
        InvalidParams
            If a parameter of both has another type, scale, step or other conditions.
        """
        return SearchSpace.of(
            *_change.union((self._parameters, self._constraints), (other._parameters, other._constraints))
        )

    def differs(self, other: SearchSpace) -> str | None:
        """The first difference in a sentence, or None; objects count as equal when their labels agree."""
        return _change.difference((self._parameters, self._constraints), (other._parameters, other._constraints))

    def bind(self, code: SearchSpace) -> SearchSpace:
        """This stored space with the objects and functions of an equal one from the user's code, in this order.

        Raises
        ------
        InvalidSpace
            If the two differ.
        """
        if (said := self.differs(code)) is not None:
            raise InvalidSpace(f"The spaces differ: {said}", hint="Use the stored space, or give the study another name.")
        return SearchSpace.of({name: code[name] for name in self}, code._constraints)

    # -- files ----------------------------------------------------------------------------------------------------

    def dump(self, format: str | None = None, *, portable: bool = True) -> Any:  # noqa: A002 - the natural word
        """The space as TOML or JSON text, or as a JSON-able dictionary.

        Parameters
        ----------
        format
            `"toml"`, `"json"`, or None for the dictionary.
        portable
            Refuse constraints that are Python functions; otherwise write a placeholder that always holds when read.
        """
        return _files.dump(self._parameters, self._constraints, format, portable=portable)

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
        return _files.fingerprint(self._parameters, self._constraints)

    def encode_params(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Params as JSON can hold them; the same mapping when no value needs a tag."""
        tagged = self._tagged
        if not tagged or tagged.isdisjoint(params):
            return params
        return {name: self._parameters[name].encode(v) if name in tagged else v for name, v in params.items()}

    def decode_params(self, stored: Mapping[str, Any]) -> Params:
        """The params that `encode_params` made."""
        tagged = self._tagged
        if not tagged or tagged.isdisjoint(stored):
            return Params(stored)
        return Params({name: self._parameters[name].decode(v) if name in tagged else v for name, v in stored.items()})
