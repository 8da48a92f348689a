"""Expressions over parameter names: parsed, held against a list of what is allowed, made into closures (no `eval`)."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, final

from tunesmith.errors import InvalidSpace, did_you_mean
from tunesmith.space import choices as ch
from tunesmith.space._listed import Listed
from tunesmith.space.distribution import Distribution
from tunesmith.space.fixed import Fixed

Reader: TypeAlias = Callable[[Mapping[str, Any]], Any]

MAX_LENGTH = 2_000
"""Longest expression, in characters."""
_MAX_DEPTH = 40
_MAX_BITS = 4_096

_HINT = (
    "Allowed: names, p['any name'], numbers, text, + - * / // % **, comparisons, in, and, or, not, "
    "abs, min, max, log, log2, log10, exp, sqrt, floor, ceil, round."
)


def _power(base: Any, exponent: Any) -> Any:
    if isinstance(base, int) and isinstance(exponent, int) and abs(base).bit_length() * abs(exponent) > _MAX_BITS:
        base = float(base)
    result = base**exponent
    if isinstance(result, complex):
        raise ValueError("a root of a negative number")
    return result


def _numeric(function: Any) -> Callable[..., Any]:
    def checked(*arguments: Any) -> Any:
        for argument in arguments:
            if not isinstance(argument, int | float):
                raise TypeError(f"{argument!r} is no number")
        return function(*arguments)

    return checked


_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: _numeric(operator.add), ast.Sub: _numeric(operator.sub), ast.Mult: _numeric(operator.mul),
    ast.Div: _numeric(operator.truediv), ast.FloorDiv: _numeric(operator.floordiv), ast.Mod: _numeric(operator.mod),
    ast.Pow: _numeric(_power),
}  # fmt: skip
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: _numeric(operator.neg), ast.UAdd: _numeric(operator.pos),
}  # fmt: skip
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}  # fmt: skip
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    name: _numeric(function)
    for name, function in {
        "abs": abs, "min": min, "max": max, "log": math.log, "log2": math.log2, "log10": math.log10,
        "exp": math.exp, "sqrt": math.sqrt, "floor": math.floor, "ceil": math.ceil, "round": round,
    }.items()
}  # fmt: skip


@final
class Compiler:
    """Turns one expression into a closure over a mapping of params.

    Attributes
    ----------
    names
        The parameters that the expression mentions, in order of appearance.
    """

    def __init__(self, text: str, parameters: Mapping[str, Distribution]) -> None:
        self.text = text
        self.parameters = parameters
        self.names: dict[str, None] = {}

    def compile(self) -> Reader:
        """The closure; it answers True or False, or raises what Python raises.

        Raises
        ------
        InvalidSpace
            If the expression uses anything that is not allowed, or an unknown name.
        """
        if len(self.text) > MAX_LENGTH:
            raise InvalidSpace(f"A constraint has {len(self.text)} characters.", hint=f"Use at most {MAX_LENGTH}.")
        try:
            tree = ast.parse(self.text.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise InvalidSpace(f"The constraint {self.text!r} is no expression: {error}.", hint=_HINT) from error
        return self._truth(tree.body, 0)

    def _refuse(self, node: ast.AST, why: str = "") -> InvalidSpace:
        try:
            part = ast.unparse(node)
        except RecursionError:
            part = type(node).__name__
        return InvalidSpace(f"The constraint {self.text!r} may not contain {part!r}{why}.", hint=_HINT)

    def _truth(self, node: ast.expr, depth: int) -> Reader:
        """A node that stands where True or False is needed."""
        if isinstance(node, ast.Constant) and not isinstance(node.value, bool):
            raise self._refuse(node, " where True or False is needed (write it out: a == 1 or a == 2)")
        if isinstance(node, ast.BinOp | ast.Tuple | ast.List) or (
            isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not)
        ):
            raise self._refuse(node, " where True or False is needed")
        if (named := self._parameter(node)) is not None and not _may_be_bool(named):
            raise self._refuse(node, f" where True or False is needed: it is {named!r} (write a == 1)")
        read = self._value(node, depth + 1)
        if isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp):  # a unary operator that comes here is `not`
            return read

        def truth(params: Mapping[str, Any]) -> bool:
            value = read(params)
            if not isinstance(value, bool):
                raise TypeError(f"{value!r} stands where True or False is needed")
            return value

        return truth

    def _value(self, node: ast.expr, depth: int) -> Reader:
        if depth > _MAX_DEPTH:
            raise InvalidSpace(f"The constraint {self.text[:60]!r}... is nested too deeply.", hint="Split it up.")
        match node:
            case ast.Constant(value=value) if value is None or isinstance(value, bool | int | float | str):
                return lambda _: value
            case ast.Name(id=name) | ast.Subscript(value=ast.Name(id="p"), slice=ast.Constant(value=str(name))):
                return self._name(name)
            case ast.Tuple(elts=items) | ast.List(elts=items) | ast.Set(elts=items):
                readers = [self._value(item, depth + 1) for item in items]
                return lambda p: tuple([read(p) for read in readers])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self._truth(operand, depth)
                return lambda p: not inner(p)
            case ast.UnaryOp(op=sign, operand=operand) if type(sign) in _UNARY:
                return self._apply(_UNARY[type(sign)], [operand], depth)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                return self._apply(_BINARY[type(op)], [left, right], depth)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in _FUNCTIONS and arguments:
                return self._apply(_FUNCTIONS[name], arguments, depth)
            case ast.BoolOp(op=op, values=values):
                return self._bool(op, [self._truth(value, depth) for value in values])
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                return self._compare(node, [left, *comparators], ops, depth)
        raise self._refuse(node)

    def _name(self, name: str) -> Reader:
        if name not in self.parameters:
            raise InvalidSpace(
                f"The constraint {self.text!r} mentions {name!r}, which is no parameter.",
                hint=did_you_mean(name, self.parameters),
            )
        self.names[name] = None
        return operator.itemgetter(name)

    def _apply(self, function: Callable[..., Any], arguments: list[ast.expr], depth: int) -> Reader:
        readers = [self._value(argument, depth + 1) for argument in arguments]
        if len(readers) == 2:
            first, second = readers
            return lambda p: function(first(p), second(p))
        return lambda p: function(*[read(p) for read in readers])

    @staticmethod
    def _bool(op: ast.boolop, readers: list[Reader]) -> Reader:
        if isinstance(op, ast.And):
            return lambda p: all(read(p) for read in readers)
        return lambda p: any(read(p) for read in readers)

    def _compare(self, node: ast.expr, operands: list[ast.expr], ops: list[ast.cmpop], depth: int) -> Reader:
        steps: list[Reader] = []
        for left, op, right in zip(operands, ops, operands[1:], strict=False):
            if isinstance(op, ast.Is | ast.IsNot) and not (isinstance(right, ast.Constant) and right.value is None):
                raise self._refuse(node, " ('is' works with None only)")
            if isinstance(op, ast.In | ast.NotIn) and not isinstance(right, ast.Tuple | ast.List | ast.Set):
                raise self._refuse(node, " ('in' needs a list: a in ('x', 'y'))")
            function = _COMPARE[type(op)]
            first, second = self._sides(left, op, right, depth)
            steps.append(lambda p, f=function, a=first, b=second: f(a(p), b(p)))  # type: ignore[misc]
        return steps[0] if len(steps) == 1 else lambda p: all(step(p) for step in steps)

    def _sides(self, left: ast.expr, op: ast.cmpop, right: ast.expr, depth: int) -> tuple[Reader, Reader]:
        """Both sides of a comparison; `<` and its like go by the declared order where a list of choices is compared."""
        sides = self._value(left, depth + 1), self._value(right, depth + 1)
        if not isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE):
            return sides
        named = [self._parameter(side) for side in (left, right)]
        for found in named:
            if isinstance(found, Fixed) and not isinstance(found.value, int | float):
                raise InvalidSpace(f"The constraint {self.text!r} orders {found!r}.", hint="Use == or in.")
        listed = [found if isinstance(found, Listed) and not _all_numbers(found) else None for found in named]
        first, second = listed
        scale = first or second
        if scale is None:
            return sides
        if not scale.ordered:
            raise InvalidSpace(
                f"The constraint {self.text!r} orders {scale!r}.", hint="Make it a ts.Ordinal, or use in."
            )
        other = right if second is None else left
        if first is not None and second is not None:
            comparable = list(map(ch.choice_key, first.choices)) == list(map(ch.choice_key, second.choices))
        else:
            comparable = isinstance(other, ast.Constant) and scale.contains(other.value)
        if not comparable:
            raise InvalidSpace(
                f"The constraint {self.text!r} compares {scale!r} with something else.",
                hint="Compare it with one of its choices, or with a parameter of the same choices.",
            )
        return self._ranked(sides[0], scale), self._ranked(sides[1], scale)

    def _parameter(self, node: ast.expr) -> Distribution | None:
        """The parameter that a node names by itself."""
        match node:
            case ast.Name(id=name) | ast.Subscript(value=ast.Name(id="p"), slice=ast.Constant(value=str(name))):
                return self.parameters.get(name)
        return None

    @staticmethod
    def _ranked(read: Reader, scale: Listed) -> Reader:
        return lambda p: scale.rank(read(p))


def _may_be_bool(parameter: Distribution) -> bool:
    if isinstance(parameter, Fixed):
        return isinstance(parameter.value, bool)
    return isinstance(parameter, Listed) and any(isinstance(choice, bool) for choice in parameter.choices)


def _all_numbers(parameter: Listed) -> bool:
    return all(isinstance(choice, int | float) for choice in parameter.choices)


def check_literals(text: str, parameters: Mapping[str, Distribution]) -> None:
    """Refuse a comparison of a parameter with a value that it can never have (a typo, nearly always).

    Raises
    ------
    InvalidSpace
        Naming the parameter and the nearest choice.
    """
    for node in ast.walk(ast.parse(text.strip(), mode="eval")):
        if not (isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.left, ast.Name)):
            continue
        found, right = parameters.get(node.left.id), node.comparators[0]
        if not isinstance(found, Listed):
            continue
        match node.ops[0], right:
            case ast.Eq() | ast.NotEq(), _:
                literals = [right]
            case ast.In() | ast.NotIn(), ast.Tuple(elts=literals) | ast.List(elts=literals) | ast.Set(elts=literals):
                pass
            case _:
                continue
        for literal in literals:
            if isinstance(literal, ast.Constant) and not any(literal.value == choice for choice in found.choices):
                names = [choice for choice in found.choices if isinstance(choice, str)]
                raise InvalidSpace(
                    f"The constraint {text!r} compares {node.left.id!r} with {literal.value!r}, which it never is.",
                    hint=did_you_mean(str(literal.value), names) if names else f"It is {found!r}.",
                )
