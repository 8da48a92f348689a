"""Every bad definition and every bad value is refused at once, with a sentence that says what to do."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from tunesmith.errors import InvalidParams, InvalidSpace, UsageError
from tunesmith.space import (
    Beta,
    Categorical,
    Fixed,
    Float,
    Int,
    LogNormal,
    Normal,
    Ordinal,
    SearchSpace,
    at_least,
    at_most,
)

NAN, INF = math.nan, math.inf


def space_of(*names: str, **distributions):
    """A space of small Ints, and what is given."""
    return SearchSpace({name: Int(0, 9) for name in names} | distributions)


DEFINITIONS = {
    # bounds
    "float reversed": (lambda: Float(1, 0), r"low=1.0 is above high=0.0.*Swap"),
    "float NaN low": (lambda: Float(NAN, 1), r"low=nan \(float\) is no finite number"),
    "float NaN high": (lambda: Float(0, NAN), r"high=nan"),
    "float infinite": (lambda: Float(0, INF), r"high=inf"),
    "float minus infinite": (lambda: Float(-INF, 0), r"low=-inf"),
    "float string bounds": (lambda: Float("0", "1"), r"low='0' \(str\) is no finite number"),
    "float None": (lambda: Float(None, 1), r"low=None"),
    "float bool bounds": (lambda: Float(False, True), r"low=False \(bool\)"),
    "float complex": (lambda: Float(1j, 2), r"low=1j"),
    "float array": (lambda: Float(np.zeros(2), 1), r"low=array"),
    "float 0-d array": (lambda: Float(np.array(0.0), 1), r"low=array"),
    "float numpy NaN": (lambda: Float(np.float64(NAN), 1), r"low="),
    "float too large int": (lambda: Float(0, 10**400), r"high=1000"),
    "float list": (lambda: Float([0], 1), r"low=\[0\]"),
    "float log zero": (lambda: Float(0, 1, log=True), r"low=0.0 must be above 0 on a log"),
    "float log negative": (lambda: Float(-1, 1, log=True), r"above 0"),
    "float log text": (lambda: Float(1, 2, log="yes"), r"log='yes' is neither"),
    "float log number": (lambda: Float(1, 2, log=1), r"log=1 is neither"),
    "float step zero": (lambda: Float(0, 1, step=0), r"step=0 .*no positive number"),
    "float step negative": (lambda: Float(0, 1, step=-0.1), r"step=-0.1"),
    "float step NaN": (lambda: Float(0, 1, step=NAN), r"step=nan"),
    "float step infinite": (lambda: Float(0, 1, step=INF), r"step=inf"),
    "float step text": (lambda: Float(0, 1, step="0.1"), r"step='0.1'"),
    "float step bool": (lambda: Float(0, 1, step=True), r"step=True"),
    "float step too large": (lambda: Float(0, 1, step=1.5), r"step=1.5 is larger than the range"),
    "int reversed": (lambda: Int(5, 1), r"low=5 is above high=1"),
    "int fractional": (lambda: Int(0.5, 3), r"low=0.5 \(float\) is no whole number.*ts.Float"),
    "int NaN": (lambda: Int(NAN, 3), r"low=nan"),
    "int infinite": (lambda: Int(0, INF), r"high=inf"),
    "int text": (lambda: Int("1", 3), r"low='1'"),
    "int bool": (lambda: Int(False, True), r"low=False"),
    "int too large": (lambda: Int(0, 2**63), r"beyond 2\*\*63 - 1"),
    "int too small": (lambda: Int(-(2**63), 0), r"beyond"),
    "int log zero": (lambda: Int(0, 3, log=True), r"low=0 must be at least 1"),
    "int log negative": (lambda: Int(-3, 3, log=True), r"at least 1"),
    "int step zero": (lambda: Int(0, 3, step=0), r"step=0 must be at least 1"),
    "int step negative": (lambda: Int(0, 3, step=-1), r"step=-1"),
    "int step fractional": (lambda: Int(0, 3, step=0.5), r"step=0.5"),
    "int step NaN": (lambda: Int(0, 3, step=NAN), r"step=nan"),
    "int step None": (lambda: Int(0, 3, step=None), r"step=None"),
    "int step too large": (lambda: Int(0, 3, step=4), r"step=4 is larger than the range"),
    "int log None": (lambda: Int(1, 3, log=None), r"log=None is neither"),
    # choices
    "no choices": (Categorical, r"no choices"),
    "no choices in the list": (lambda: Categorical([]), r"no choices"),
    "no ordinal choices": (Ordinal, r"Ordinal has no choices"),
    "duplicate choices": (lambda: Categorical("a", "b", "a"), r"'a' stands twice"),
    "duplicate None": (lambda: Categorical(None, None), r"None stands twice"),
    "duplicate NaN": (lambda: Categorical(NAN, float("nan")), r"nan stands twice"),
    "duplicate tuples": (lambda: Categorical((1, 2), (1, 2)), r"\(1, 2\) stands twice"),
    "duplicate lists": (lambda: Categorical([1], [1]), r"\[1\] stands twice"),
    "duplicate objects": (lambda: Categorical(dict, dict), r"stands twice"),
    "duplicate numpy and Python": (lambda: Categorical(1, np.int64(1)), r"1 stands twice"),
    "a set": (lambda: Categorical({"a", "b"}), r"a set has no order.*sorted"),
    "a frozenset": (lambda: Ordinal(frozenset("ab")), r"a set has no order"),
    "a dict": (lambda: Categorical({"a": 1}), r"got one dict"),
    "a generator": (lambda: Categorical(c for c in "ab"), r"got one generator"),
    "an array": (lambda: Categorical(np.arange(3)), r"array cannot be the choices.*tolist"),
    "an array as a choice": (lambda: Categorical("a", np.arange(3)), r"array cannot be a choice"),
    "weights too few": (lambda: Categorical("a", "b", prior=[1]), r"1 weights for 2 choices"),
    "weights negative": (lambda: Categorical("a", "b", prior=[1, -1]), r"no number of 0 or more"),
    "weights zero": (lambda: Categorical("a", "b", prior=[0, 0]), r"add up to 0"),
    "weights NaN": (lambda: Categorical("a", "b", prior=[1, NAN]), r"no number of 0 or more"),
    "weights text": (lambda: Categorical("a", "b", prior=["1", "2"]), r"no number of 0 or more"),
    "weights infinite": (lambda: Categorical("a", "b", prior=[1, INF]), r"no number of 0 or more"),
    "weights for others": (lambda: Categorical("a", "b", prior={"a": 1, "c": 1}), r"does not name exactly"),
    "weights for some": (lambda: Categorical("a", "b", prior={"a": 1}), r"does not name exactly"),
    "weights no list": (lambda: Categorical("a", "b", prior=3), r"no list of weights"),
    "weights a Normal": (lambda: Categorical("a", "b", prior=Normal(0, 1)), r"no list of weights"),
    "fixed array": (lambda: Fixed(np.arange(2)), r"array cannot be a value"),
    "fixed distribution": (lambda: Fixed(Int(1, 2)), r"Fixed got Int\(1, 2\)"),
    # defaults
    "default outside": (lambda: Float(0, 1, default=2), r"'default' = 2.0 is outside 0.0 to 1.0"),
    "default NaN": (lambda: Float(0, 1, default=NAN), r"nan is outside"),
    "default text": (lambda: Int(0, 1, default="1"), r"whole number"),
    "default None": (lambda: Int(0, 1, default=None), r"got None"),
    "default fractional": (lambda: Int(0, 9, default=2.5), r"whole number"),
    "default off the steps": (lambda: Float(0, 1, step=0.1, default=0.15), r"not on the steps of 0.1"),
    "default off the int steps": (lambda: Int(0, 9, step=3, default=4), r"not on the steps of 3"),
    "default no choice": (lambda: Categorical("gini", "entropy", default="entropi"), r"Did you mean 'entropy'"),
    "default bool for 1": (lambda: Categorical(1, 2, default=True), r"cannot be True"),
    # priors
    "prior no prior": (lambda: Float(0, 1, prior=0.5), r"prior=0.5 is no prior"),
    "prior weights for numbers": (lambda: Int(0, 1, prior=[1, 2]), r"is no prior.*ts.Normal"),
    "normal std zero": (lambda: Normal(0, 0), r"std=0.0 must be above 0"),
    "normal text": (lambda: Normal("0", 1), r"mean='0' is no finite number"),
    "normal NaN": (lambda: Normal(0, NAN), r"std=nan"),
    "lognormal median zero": (lambda: LogNormal(0, 2), r"median=0.0 must be above 0"),
    "lognormal factor one": (lambda: LogNormal(1, 1), r"factor=1.0 must be above 1"),
    "beta zero": (lambda: Beta(0, 1), r"a=0.0 must be above 0"),
    "prior out of range": (lambda: Float(0, 1, prior=Normal(50, 1)), r"practically outside the range 0 to 1"),
    "lognormal below zero": (lambda: Float(-2, -1, prior=LogNormal(1, 2)), r"lies above 0"),
    # names
    "empty name": (lambda: space_of(""), r"0 characters is not allowed"),
    "blank name": (lambda: space_of("  "), r"not only spaces"),
    "long name": (lambda: space_of("x" * 10_000), r"10000 characters is not allowed"),
    "NUL in a name": (lambda: space_of("a\0b"), r"control character"),
    "newline in a name": (lambda: space_of("a\nb"), r"control character"),
    "lone surrogate in a name": (lambda: space_of("a\ud800"), r"control character"),
    "number as a name": (lambda: SearchSpace({1: Int(0, 1)}), r"must be text, got 1"),
    "None as a name": (lambda: SearchSpace({None: Int(0, 1)}), r"must be text"),
    "name twice": (lambda: SearchSpace({"a": Int(0, 1)}, a=Int(0, 1)), r"'a' is defined twice"),
    # not a distribution
    "a range of ints": (lambda: SearchSpace(a=(1, 9)), r"'a' is \(1, 9\), not a distribution.*ts.Int\(1, 9\)"),
    "a range of floats": (lambda: SearchSpace(a=(0.1, 1)), r"ts.Float\(0.1, 1\)"),
    "a Python range": (lambda: SearchSpace(a=range(1, 10)), r"ts.Int\(1, 9\)"),
    "a list": (lambda: SearchSpace(a=["x", "y", "z"]), r"ts.Categorical\(\['x', 'y', 'z'\]\)"),
    "a scalar": (lambda: SearchSpace(a=3), r"ts.Fixed\(3\)"),
    "None": (lambda: SearchSpace(a=None), r"ts.Fixed\(None\)"),
    "the class": (lambda: SearchSpace(a=Float), r"Call it with its values: ts.Float"),
    "a nested space": (lambda: SearchSpace(a=SearchSpace(b=Int(0, 1))), r"not a distribution"),
    "a list of parameters": (lambda: SearchSpace([Int(0, 1)]), r"SearchSpace got \[Int"),
    # conditions
    "unknown parent": (lambda: space_of("booster", d=Int(1, 2).when("bosster", 1)), r"'bosster', which.*'booster'"),
    "own parent": (lambda: SearchSpace(a=Int(0, 1).when("a", 1)), r"circular: 'a' -> 'a'"),
    "circular": (
        lambda: SearchSpace(a=Int(0, 1).when("c", 1), b=Int(0, 1).when("a", 1), c=Int(0, 1).when("b", 1)),
        r"circular: 'a' -> 'c' -> 'b' -> 'a'",
    ),
    "never that choice": (
        lambda: SearchSpace(b=Categorical("gbtree", "dart"), d=Int(1, 2).when("b", "drat")),
        r"'d' can never be active: 'b' is never 'drat'.*Did you mean 'dart'",
    ),
    "never that number": (lambda: space_of("a", d=Int(1, 2).when("a", 10)), r"'a' is never 10"),
    "never that type": (lambda: space_of("a", d=Int(1, 2).when("a", True)), r"'a' is never True"),
    "never that high": (lambda: space_of("a", d=Int(1, 2).when("a", at_least(10))), r"'a' can never be at least 10"),
    "never that low": (lambda: space_of("a", d=Int(1, 2).when("a", at_most(-1))), r"'a' can never be at most -1"),
    "never both": (
        lambda: space_of("a", d=Int(1, 2).when("a", at_least(6)).when("a", at_most(5))),
        r"a is at least 6 and a is at most 5 exclude each other",
    ),
    "at_least of text": (lambda: space_of("a", d=Int(1, 2).when("a", at_least("3"))), r"'3' \(str\) is no number"),
    "at_least of NaN": (lambda: space_of("a", d=Int(1, 2).when("a", at_least(NAN))), r"is no number"),
    "at_least on a Categorical": (
        lambda: SearchSpace(b=Categorical(1, 2), d=Int(1, 2).when("b", at_least(2))),
        r"at_least\(2\) needs an ordered parent.*Ordinal",
    ),
    "at_least of no choice": (
        lambda: SearchSpace(b=Ordinal("s", "m"), d=Int(1, 2).when("b", at_least("l"))),
        r"does not fit 'b'",
    ),
    "at_most on fixed text": (lambda: SearchSpace(b=Fixed("s"), d=Int(1, 2).when("b", at_most(2))), r"does not fit"),
    "when without values": (lambda: Int(0, 1).when("a"), r"says no value"),
    "when with a list": (lambda: Int(0, 1).when("a", ["x", "y"]), r"\*values"),
    "when mixed": (lambda: Int(0, 1).when("a", 1, at_least(2)), r"mixes values with at_least"),
    "when on a distribution": (lambda: Int(0, 1).when(Int(0, 1), 1), r"needs the parent's name"),
    # constraints
    "constraint unknown name": (lambda: space_of("depth").require("dept > 3"), r"'dept', which is no .*'depth'"),
    "constraint on nothing": (lambda: space_of("a").require("1 < 2"), r"mentions no parameter"),
    "constraint empty": (lambda: space_of("a").require("  "), r"must be text"),
    "constraint number": (lambda: space_of("a").require(3), r"must be text, got 3"),
    "constraint syntax": (lambda: space_of("a").require("a <"), r"is no expression"),
    "constraint statement": (lambda: space_of("a").require("a = 3"), r"is no expression"),
    "constraint NUL": (lambda: space_of("a").require("a < 3\0"), r"is no expression"),
    "constraint too long": (lambda: space_of("a").require("a < 1 or " * 500 + "a < 1"), r"characters.*at most 2000"),
    "constraint too deep": (lambda: space_of("a").require("a < " + "-" * 200 + "1"), r"nested too deeply"),
    "constraint parentheses": (lambda: space_of("a").require("(" * 500 + "a < 1" + ")" * 500), r"is no expression"),
    "constraint not a test": (lambda: space_of("a").require("a + 1"), r"may not contain 'a \+ 1' where True or False"),
    "constraint int as test": (lambda: space_of("a", "b").require("a or b > 1"), r"where True or False is needed"),
    "constraint forgotten ==": (
        lambda: SearchSpace(b=Categorical("x", "y")).require("b == 'x' or 'y'"),
        r"may not contain \"'y'\" where True or False is needed",
    ),
    "constraint call": (lambda: space_of("a").require("__import__('os').system('true') == a"), r"may not contain"),
    "constraint open": (lambda: space_of("a").require("open('x') == a"), r"may not contain \"open"),
    "constraint attribute": (lambda: space_of("a").require("a.real > 1"), r"may not contain 'a.real'"),
    "constraint subscript": (lambda: space_of("a").require("a[0] > 1"), r"may not contain 'a\[0\]'"),
    "constraint lambda": (lambda: space_of("a").require("(lambda: a)() > 1"), r"may not contain"),
    "constraint comprehension": (lambda: space_of("a").require("[a for x in (1, 2)] == 1"), r"may not contain"),
    "constraint walrus": (lambda: space_of("a").require("(b := a) > 1"), r"may not contain"),
    "constraint f-string": (lambda: space_of("a").require("f'{a}' == '1'"), r"may not contain"),
    "constraint bytes": (lambda: space_of("a").require("a == b'1'"), r"may not contain"),
    "constraint complex": (lambda: space_of("a").require("a == 1j"), r"may not contain"),
    "constraint ellipsis": (lambda: space_of("a").require("a == ..."), r"may not contain"),
    "constraint star": (lambda: space_of("a").require("max(*[a]) > 1"), r"may not contain"),
    "constraint keyword": (lambda: space_of("a").require("round(a, ndigits=1) > 1"), r"may not contain"),
    "constraint no arguments": (lambda: space_of("a").require("max() > a"), r"may not contain"),
    "constraint if": (lambda: space_of("a").require("True if a else False"), r"may not contain"),
    "constraint shift": (lambda: space_of("a").require("a << 2 > 1"), r"may not contain"),
    "constraint bits": (lambda: space_of("a").require("a & 2 == 1"), r"may not contain"),
    "constraint is": (lambda: space_of("a").require("a is 3"), r"'is' works with None only"),
    "constraint in text": (lambda: space_of("a").require("a in 'abc'"), r"'in' needs a list"),
    "constraint choice typo": (
        lambda: SearchSpace(b=Categorical("gbtree", "dart"), a=Int(0, 9)).forbid("b == 'drat' and a > 1"),
        r"compares 'b' with 'drat', which it never is.*Did you mean 'dart'",
    ),
    "constraint choice typo in a list": (
        lambda: SearchSpace(b=Categorical("gbtree", "dart")).require("b in ('gbtree', 'x')"),
        r"compares 'b' with 'x'",
    ),
    "constraint orders a Categorical": (
        lambda: SearchSpace(b=Categorical("s", "m")).require("b < 'm'"), r"orders Categorical.*ts.Ordinal",
    ),
    "constraint orders with no choice": (
        lambda: SearchSpace(b=Ordinal("s", "m")).require("b < 'l'"), r"Ordinal\('s', 'm'\) with something else",
    ),
    "constraint orders with a number": (
        lambda: SearchSpace(b=Ordinal("s", "m"), a=Int(0, 3)).require("b < a"), r"with something else",
    ),
    "forbid nothing": (lambda: space_of("a").forbid(), r"forbid\(\) says nothing"),
    "forbid unknown": (lambda: space_of("depth").forbid(dept=3), r"'dept', which is no .*'depth'"),
    "forbid impossible": (lambda: space_of("a").forbid(a=10), r"no possible value: 'a' = 10 is outside"),
    # grids
    "grid of a continuous one": (lambda: SearchSpace(lr=Float(0, 1)).grid(), r"'lr' is continuous.*points=\{'lr': 5\}"),
    "grid of a huge one": (lambda: SearchSpace(n=Int(0, 10**9)).grid_size(), r"'n' has 1000000001 values"),
    "grid zero points": (lambda: SearchSpace(lr=Float(0, 1)).grid(0), r"points=0"),
    "grid fractional points": (lambda: SearchSpace(lr=Float(0, 1)).grid(2.5), r"points=2.5"),
    "grid True points": (lambda: SearchSpace(lr=Float(0, 1)).grid(points=True), r"points=True"),
    "grid points of a stranger": (lambda: SearchSpace(lr=Float(0, 1)).grid({"rl": 3}), r"'rl', no Float or Int"),
    "values of a continuous one": (lambda: Float(0, 1).values(), r"continuous and cannot be listed"),
    # files
    "load nothing": (lambda: SearchSpace.load(None), r"cannot be read from a NoneType"),
    "load a list": (lambda: SearchSpace.load('{"parameters": []}'), r"must be a table"),
    "load no TOML": (lambda: SearchSpace.load("a = = 3"), r"neither TOML nor JSON"),
    "load no JSON": (lambda: SearchSpace.load("{'a': 3}"), r"neither TOML nor JSON"),
    "load no file": (lambda: SearchSpace.load(Path("/nowhere/space.toml")), r"cannot be read"),
    "load a name without a file": (lambda: SearchSpace.load("nowhere.toml"), r"'nowhere.toml' cannot be read"),
    "load unknown key": (lambda: SearchSpace.load({"parameter": {}}), r"no 'parameter'.*'parameters'"),
    "load unknown type": (lambda: SearchSpace.load({"parameters": {"a": {"type": "flot"}}}), r"'a': .*'flot'.*'float'"),
    "load no type": (lambda: SearchSpace.load({"parameters": {"a": {"low": 1}}}), r"'a': there is no type None"),
    "load unhashable type": (lambda: SearchSpace.load({"parameters": {"a": {"type": []}}}), r"'a': there is no type"),
    "load unknown field": (
        lambda: SearchSpace.load({"parameters": {"a": {"type": "int", "low": 1, "hgih": 2}}}), r"'a': .*'hgih'.*'high'",
    ),
    "load missing field": (lambda: SearchSpace.load({"parameters": {"a": {"type": "int", "low": 1}}}), r"is missing"),
    "load bad value": (
        lambda: SearchSpace.load({"parameters": {"a": {"type": "int", "low": "1", "high": 2}}}), r"'a': Int: low='1'",
    ),
    "load choices no list": (
        lambda: SearchSpace.load({"parameters": {"a": {"type": "categorical", "choices": "xy"}}}), r"must be a list",
    ),
    "load unknown tag": (
        lambda: SearchSpace.load({"parameters": {"a": {"type": "fixed", "value": {"z": 1}}}}), r"no stored choice",
    ),
    "load broken tag": (
        lambda: SearchSpace.load({"parameters": {"a": {"type": "fixed", "value": {"i": "zz"}}}}), r"no stored choice",
    ),
    "load prior of no type": (
        lambda: SearchSpace.load({"parameters": {"a": {"type": "int", "low": 1, "high": 2, "prior": {"type": "x"}}}}),
        r"no prior 'x'",
    ),
    "load prior with a wrong field": (
        lambda: SearchSpace.load(
            {"parameters": {"a": {"type": "int", "low": 1, "high": 2, "prior": {"type": "beta", "a": 1, "c": 1}}}}
        ),
        r"exactly: a, b",
    ),
    "load when no table": (
        lambda: SearchSpace.load({"parameters": {"a": {"type": "fixed", "value": 1, "when": "b"}}}), r"is no table",
    ),
    "load when no value": (
        lambda: SearchSpace.load({"parameters": {"a": {"type": "fixed", "value": 1, "when": {"b": []}}}}), r"no value",
    ),
    "load no table": (lambda: SearchSpace.load({"parameters": {"a": 3}}), r"'a': got 3 instead of a table"),
    "load no constraint": (lambda: SearchSpace.load({"constraints": [{"requires": "a"}]}), r"is no constraint"),
    "load constraint tag": (lambda: SearchSpace.load({"constraints": [{"forbid": {"a": {"z": 1}}}]}), r"stored"),
    "load twice in JSON": (lambda: SearchSpace.load('{"parameters": {"a": {}, "a": {}}}'), r"'a' stands twice"),
    "load deep JSON": (lambda: SearchSpace.load('{"parameters": ' + "[" * 100_000), r"neither TOML nor JSON"),
    "dump to another format": (lambda: SearchSpace().dump("yaml"), r"no format 'yaml'"),
    "dump a function": (lambda: space_of("a").require(lambda p: p["a"] > 1).dump(), r"function and cannot be written"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "said"), DEFINITIONS.values(), ids=DEFINITIONS.keys())
def test_bad_definitions(make, said):
    with pytest.raises(InvalidSpace, match=said) as caught:
        make()
    assert caught.value.hint
    assert len(str(caught.value)) < 6000


SPACE = SearchSpace(
    {
        "lr": Float(1e-5, 1e-1, log=True),
        "booster": Categorical("gbtree", "dart", "linear", None),
        "depth": Int(2, 12).when("booster", "gbtree", "dart"),
        "leaf": Int(1, 9, step=2).when("depth", at_least(5)),
        "drop": Float(0, 1, step=0.1).when("booster", "dart"),
        "any name": Fixed("x"),
    }
).forbid("booster == 'dart' and depth > 8")

GOOD = {"lr": 0.01, "booster": "dart", "depth": 6, "leaf": 3, "drop": 0.3, "any name": "x"}

PARAMS = {
    "unknown": ({"lrr": 0.1}, r"no parameter 'lrr'.*Did you mean 'lr'"),
    "unknown number": ({3: 0.1}, r"no parameter 3"),
    "missing": ({"depth": ...}, r"lack 'depth'"),
    "missing several": ({"lr": ..., "any name": ...}, r"lack 'lr', 'any name'"),
    "inactive": (
        {"booster": "linear"},
        r"'depth' is not active: booster = 'linear', and it needs: booster is 'gbtree' or",
    ),
    "inactive below": ({"depth": 3}, r"'leaf' is not active: depth = 3, and it needs: depth is at least 5"),
    "inactive twice": (
        {"booster": None, "depth": ..., "drop": ...},
        r"'leaf' is not active: 'depth' is not active itself",
    ),
    "too high": ({"lr": 0.2}, r"'lr' = 0.2 is outside 1e-05 to 0.1"),
    "too low": ({"depth": 1}, r"'depth' = 1 is outside 2 to 12"),
    "NaN": ({"lr": NAN}, r"'lr' = nan is outside"),
    "infinite": ({"lr": INF}, r"'lr' = inf is outside"),
    "huge": ({"lr": 10**400}, r"'lr' must be a number"),
    "huge int": ({"depth": 10**400}, r"'depth' = 1000"),
    "text": ({"lr": "0.01"}, r"'lr' must be a number from 1e-05 to 0.1, got '0.01' \(str\)"),
    "None": ({"lr": None}, r"'lr' must be a number"),
    "bool": ({"depth": True}, r"'depth' must be a whole number"),
    "numpy bool": ({"depth": np.True_}, r"'depth' must be a whole number"),
    "complex": ({"lr": 1j}, r"'lr' must be a number"),
    "array": ({"lr": np.array([0.01])}, r"'lr' must be a number"),
    "0-d array": ({"lr": np.array(0.01)}, r"'lr' must be a number"),
    "fractional": ({"depth": 6.5}, r"'depth' must be a whole number.*6.5"),
    "NaN for an int": ({"depth": NAN}, r"'depth' must be a whole number"),
    "infinite for an int": ({"depth": INF}, r"'depth' must be a whole number"),
    "off the steps": ({"drop": 0.35}, r"'drop' = 0.35 is not on the steps of 0.1.*nearest is 0.[34]"),
    "off the int steps": ({"leaf": 4}, r"'leaf' = 4 is not on the steps of 2.*below is 3"),
    "no choice": (
        {"booster": "gbtre"},
        r"'booster' cannot be 'gbtre'.*Did you mean 'gbtree'.*Allowed: 'gbtree', 'dart'",
    ),
    "unhashable choice": ({"booster": ["dart"]}, r"'booster' cannot be \['dart'\]"),
    "array as a choice": ({"booster": np.arange(3)}, r"'booster' cannot be array"),
    "another fixed value": ({"any name": "y"}, r"'any name' is fixed at 'x'"),
    "constraint": ({"depth": 9}, r"constraint \"not \(booster == 'dart' and depth > 8\)\" does not hold.*'depth': 9"),
}


@pytest.mark.parametrize(("change", "said"), PARAMS.values(), ids=PARAMS.keys())
def test_bad_params(change, said):
    assert SPACE.check(GOOD) == GOOD
    params = {name: value for name, value in {**GOOD, **change}.items() if value is not ...}
    with pytest.raises(InvalidParams, match=said) as caught:
        SPACE.check(params)
    assert caught.value.hint
    if ... not in [value for value in change.values() if value is ...]:
        with pytest.raises(InvalidParams):
            SPACE.check_partial(params)


@pytest.mark.parametrize("params", [None, 3, [("lr", 0.1)], "lr", {"lr"}, [1, 2, 3, 4, 5, 6]], ids=repr)
def test_params_that_are_no_dictionary(params):
    for check in (SPACE.check, SPACE.check_partial):
        with pytest.raises(InvalidParams, match="must be a dictionary"):
            check(params)
    with pytest.raises(InvalidParams, match="must be a dictionary"):
        SearchSpace().check([1])


PARTIAL = {
    "unknown": ({"dept": 3}, r"Did you mean 'depth'"),
    "out of range": ({"depth": 99}, r"outside"),
    "switched off": ({"booster": "linear", "depth": 3}, r"'depth' is not active"),
    "switched off above": ({"booster": "linear", "leaf": 3}, r"'leaf' is not active: 'depth' is not active itself"),
    "broken constraint": ({"booster": "dart", "depth": 9}, r"does not hold"),
}


@pytest.mark.parametrize(("params", "said"), PARTIAL.values(), ids=PARTIAL.keys())
def test_bad_parts(params, said):
    with pytest.raises(InvalidParams, match=said):
        SPACE.check_partial(params)


def test_good_parts():
    assert SPACE.check_partial({}) == {}
    assert SPACE.check_partial({"leaf": 3.0}) == {"leaf": 3}
    assert SPACE.check_partial({"depth": 9}) == {"depth": 9}


CHANGES = {
    "fix unknown": (lambda: SPACE.fix(dept=3), r"Did you mean 'depth'"),
    "fix out of range": (lambda: SPACE.fix(depth=99), r"outside"),
    "without unknown": (lambda: SPACE.without("dept"), r"Did you mean 'depth'"),
    "item unknown": (lambda: SPACE["dept"], r"Did you mean 'depth'"),
    "with no distribution": (lambda: SPACE.with_(depth=3), r"ts.Fixed\(3\)"),
    "active without a parent": (lambda: SPACE.active({"lr": 0.1}), r"lack 'booster'"),
    "decode NaN": (lambda: SPACE.decode(lambda _: NAN), r"NaN is no place"),
}


@pytest.mark.parametrize(("make", "said"), CHANGES.values(), ids=CHANGES.keys())
def test_bad_changes(make, said):
    with pytest.raises(UsageError, match=said):
        make()


STRANGE = [
    "größe",
    "学习率",
    "'; DROP TABLE trials; --",
    "<script>alert(1)</script>",
    "a b",
    "def",
    "🎉",
    "x" * 200,
    "p",
    "0",
]


@pytest.mark.parametrize("name", STRANGE)
def test_strange_names_work_everywhere(name):
    space = SearchSpace({name: Int(0, 3), "child": Int(0, 1).when(name, 2)}).require(f"p[{name!r}] < 3")
    assert space.grid_size() == 4
    for form in (None, "json", "toml"):
        assert SearchSpace.load(space.dump(form)) == space


EVALUATION = {
    "division by zero": ("a / b < 1", {"a": 1, "b": 0}, r"'a / b < 1' cannot be evaluated.*division by zero"),
    "modulo by zero": ("a % b == 1", {"a": 1, "b": 0}, r"cannot be evaluated"),
    "text and number": ("c < a", {"a": 1, "c": "x"}, r"not supported between"),
    "text times number": ("c * a == 'xx'", {"a": 2, "c": "x"}, r"'x' is no number"),
    "log of zero": ("log(a) < 1", {"a": 0}, r"cannot be evaluated"),
    "root of a negative number": ("(a - 5) ** 0.5 < 1", {"a": 0}, r"root of a negative"),
    "overflow": ("exp(a * 1000) < 1", {"a": 9}, r"cannot be evaluated"),
    "power": ("9.0 ** (a * 1000) < 1", {"a": 9}, r"cannot be evaluated"),
    "tower": ("9 ** 9 ** 9 ** a > 1", {"a": 9}, r"cannot be evaluated"),
    "text as a truth": ("a > 1 or d", {"a": 1, "d": "x"}, r"'x' stands where True or False is needed"),
}


@pytest.mark.parametrize(("text", "params", "said"), EVALUATION.values(), ids=EVALUATION.keys())
def test_constraints_that_cannot_be_evaluated(text, params, said):
    space = SearchSpace(
        a=Int(0, 9), b=Int(0, 9), c=Fixed("x") if "*" in text else Categorical(1, "x"), d=Categorical(True, "x")
    )
    if text.startswith("c <"):
        with pytest.raises(InvalidSpace, match="orders"):
            space.require(text)
        return
    with pytest.raises(InvalidParams, match=said):
        space.require(text).feasible(params)


def test_functions_that_fail():
    space = SearchSpace(a=Int(0, 9), b=Int(0, 9).when("a", 1))
    assert space.require(lambda p: p["b"] > 3).feasible({"a": 2})
    assert space.require(lambda p: np.greater(p["a"], 3)).feasible({"a": 4})
    with pytest.raises(InvalidParams, match=r"asks for 'c'"):
        space.require(lambda p: p["c"] > 3).feasible({"a": 2})
    with pytest.raises(InvalidParams, match="instead of True or False"):
        space.require(lambda p: p["a"]).feasible({"a": 2})
    with pytest.raises(InvalidParams, match="AttributeError"):
        space.require(lambda p: p["a"].nothing).feasible({"a": 2})
    with pytest.raises(InvalidParams, match="cannot be changed"):
        space.require(lambda p: p.update(a=3)).feasible({"a": 2})
