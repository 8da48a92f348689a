"""Spaces as text: TOML and JSON both ways, and Python for people."""

from __future__ import annotations

import hashlib
import json
import keyword
import os
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tunesmith.errors import Corrupt, InvalidSpace, did_you_mean
from tunesmith.space import _toml
from tunesmith.space import choices as ch
from tunesmith.space.categorical import Categorical
from tunesmith.space.conditions import AtLeast, AtMost, Condition, OneOf, Predicate
from tunesmith.space.constraints import Constraint, load_constraint
from tunesmith.space.distribution import UNSET, Distribution
from tunesmith.space.fixed import Fixed
from tunesmith.space.float import Float
from tunesmith.space.int import Int
from tunesmith.space.ordinal import Ordinal
from tunesmith.space.priors import load_prior

_FIELDS: dict[str, tuple[str, ...]] = {
    "float": ("low", "high", "log", "step", "default", "prior"),
    "int": ("low", "high", "log", "step", "default", "prior"),
    "categorical": ("choices", "default", "prior"),
    "ordinal": ("choices", "default", "prior"),
    "fixed": ("value",),
}
_REQUIRED = ("low", "high", "choices", "value")
_EXAMPLE = 'A parameter looks like: [parameters.lr] type = "float", low = 1e-5, high = 0.1, log = true.'


def to_dict(
    parameters: dict[str, Distribution], constraints: tuple[Constraint, ...], *, portable: bool
) -> dict[str, Any]:
    """The JSON-able form of a space."""
    out: dict[str, Any] = {"parameters": {name: d.dump({**parameters}) for name, d in parameters.items()}}
    if constraints:
        out["constraints"] = [constraint.dump(parameters, portable=portable) for constraint in constraints]
    return out


def dump(
    parameters: dict[str, Distribution], constraints: tuple[Constraint, ...], form: str | None, *, portable: bool
) -> Any:
    """The space as a dictionary (None), `"json"` or `"toml"`.

    Raises
    ------
    InvalidSpace
        For another format, or a function among the constraints.
    """
    out = to_dict(parameters, constraints, portable=portable)
    if form is None:
        return out
    if form == "json":
        return json.dumps(out, indent=2)
    if form == "toml":
        return _toml.dumps(out)
    raise InvalidSpace(f"There is no format {form!r}.", hint=did_you_mean(str(form), ["json", "toml"]))


def fingerprint(parameters: dict[str, Distribution], constraints: tuple[Constraint, ...]) -> str:
    """SHA-256 of the canonical JSON."""
    out = to_dict(parameters, (), portable=False)
    out["constraints"] = sorted(constraint.key(parameters) for constraint in constraints)
    return hashlib.sha256(json.dumps(out, sort_keys=True).encode()).hexdigest()


def load(source: Any) -> tuple[dict[str, Distribution], tuple[Constraint, ...]]:
    """Parameters and constraints from a dictionary, text, or a path.

    Raises
    ------
    InvalidSpace
        If it cannot be read, or holds anything unknown.
    """
    stored = source if isinstance(source, Mapping) else _parse(source)
    _only(stored, ("parameters", "constraints"), "A space")
    tables = stored.get("parameters", {})
    rules = stored.get("constraints", [])
    if not isinstance(tables, Mapping) or not isinstance(rules, list):
        raise InvalidSpace("'parameters' must be a table and 'constraints' a list.", hint=_EXAMPLE)
    parameters = {}
    for name, table in tables.items():
        try:
            parameters[name] = _distribution(table)
        except (InvalidSpace, Corrupt) as error:
            raise InvalidSpace(f"{name!r}: {error.message}", hint=error.hint) from error
    try:
        return parameters, tuple(load_constraint(rule) for rule in rules)
    except Corrupt as error:
        raise InvalidSpace(f"A constraint: {error.message}", hint=error.hint) from error


def _parse(source: Any) -> Mapping[str, Any]:
    if not isinstance(source, str | os.PathLike):
        raise InvalidSpace(
            f"A space cannot be read from a {type(source).__name__}.", hint="Give a dict, TOML or JSON text, or a path."
        )
    text = os.fspath(source)
    if isinstance(source, os.PathLike) or not ("\n" in text or "=" in text or text.lstrip().startswith("{")):
        text = _read(Path(text))
    try:
        is_json = text.lstrip().startswith("{")
        found = json.loads(text, object_pairs_hook=_no_twice) if is_json else tomllib.loads(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise InvalidSpace(f"The text is neither TOML nor JSON: {error}.", hint=_EXAMPLE) from error
    if not isinstance(found, dict):
        raise InvalidSpace("The text holds no table.", hint=_EXAMPLE)
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InvalidSpace(f"{str(path)!r} cannot be read: {error}.", hint="Give a TOML or JSON file.") from error


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidSpace(f"{twice!r} stands twice in one JSON object.", hint="Keep one of the two.")
    return out


def _distribution(table: Any) -> Distribution:
    if not isinstance(table, Mapping):
        raise InvalidSpace(f"got {table!r} instead of a table.", hint=_EXAMPLE)
    kind = table.get("type")
    if not isinstance(kind, str) or kind not in _FIELDS:
        raise InvalidSpace(f"there is no type {kind!r}.", hint=did_you_mean(str(kind), _FIELDS))
    _only(table, ("type", *_FIELDS[kind], "when"), f"A parameter of type {kind!r}")
    for field in _FIELDS[kind]:
        if field in _REQUIRED and field not in table:
            raise InvalidSpace(f"{field!r} is missing.", hint=_EXAMPLE)
    found = _make(kind, table)
    return found.with_conditions(tuple(_conditions(table.get("when", []))))


def _make(kind: str, table: Mapping[str, Any]) -> Distribution:
    if kind == "fixed":
        return Fixed(ch.decode(table["value"]))
    default = ch.decode(table["default"]) if "default" in table else UNSET
    prior = table.get("prior")
    if kind in ("float", "int"):
        number: Callable[..., Distribution] = Float if kind == "float" else Int
        options = {field: table[field] for field in ("log", "step") if field in table}
        belief = load_prior(prior) if isinstance(prior, Mapping) else prior
        return number(table["low"], table["high"], **options, default=default, prior=belief)
    if not isinstance(table["choices"], list):
        raise InvalidSpace(f"choices must be a list, got {table['choices']!r}.", hint='Write choices = ["a", "b"].')
    choices = [ch.decode(choice) for choice in table["choices"]]
    listed: Callable[..., Distribution] = Categorical if kind == "categorical" else Ordinal
    return listed(choices, default=default, prior=prior)


def _conditions(stored: Any) -> list[Condition]:
    tables = [stored] if isinstance(stored, Mapping) else stored
    if not isinstance(tables, list) or not all(isinstance(table, Mapping) for table in tables):
        raise InvalidSpace(f"when = {stored!r} is no table.", hint='Write when = { booster = ["gbtree", "dart"] }.')
    pairs = [pair for table in tables for pair in table.items()]
    return [Condition(parent, test) for parent, tests in pairs for test in _predicates(tests)]


def _predicates(stored: Any) -> list[Predicate]:
    match stored:
        case []:
            raise InvalidSpace("a condition lists no value.", hint='Write when = { booster = ["gbtree"] }.')
        case list(values):
            return [OneOf(tuple(ch.decode(value) for value in values))]
        case {"at_least": least, "at_most": most, **rest} if not rest:
            return [AtLeast(ch.decode(least)), AtMost(ch.decode(most))]
        case {"at_least": least, **rest} if not rest:
            return [AtLeast(ch.decode(least))]
        case {"at_most": most, **rest} if not rest:
            return [AtMost(ch.decode(most))]
    return [OneOf((ch.decode(stored),))]


def _only(table: Mapping[str, Any], allowed: tuple[str, ...], what: str) -> None:
    for key in table:
        if key not in allowed:
            raise InvalidSpace(f"{what} has no {key!r}.", hint=did_you_mean(str(key), allowed))


def to_python(parameters: Mapping[str, Distribution], constraints: tuple[Constraint, ...]) -> str:
    """The space as the Python that makes it, on one line if it is short."""
    plain = all(_is_keyword_argument(name) for name in parameters)
    items = [f"{name}={d!r}" if plain else f"{name!r}: {d!r}" for name, d in parameters.items()]
    opening, closing = ("SearchSpace(", ")") if plain else ("SearchSpace({", "})")
    rules = "".join(map(repr, constraints))
    line = f"{opening}{', '.join(items)}{closing}{rules}"
    if len(line) <= 100 or not items:
        return line
    body = "".join(f"    {item},\n" for item in items)
    return f"{opening}\n{body}{closing}{rules}"


def _is_keyword_argument(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name) and unicodedata.normalize("NFKC", name) == name
