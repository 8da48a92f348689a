"""SearchSpace as a whole, on any space that can be generated."""

from __future__ import annotations

import copy
import itertools
import json
import math
import pickle
import random

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import tunesmith.space as room
from tests.strategies import spaces, units
from tunesmith.errors import InvalidParams, InvalidSpace
from tunesmith.space import (
    Beta,
    Categorical,
    Fixed,
    Float,
    Int,
    LogNormal,
    Normal,
    Ordinal,
    Params,
    SearchSpace,
    at_least,
    at_most,
)

SLOW = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
NAMES = {name: getattr(room, name) for name in room.__all__}

TREE = SearchSpace(
    booster=Categorical("gbtree", "dart", "linear"),
    depth=Int(2, 12).when("booster", "gbtree", "dart"),
    rate_drop=Float(0, 1).when("booster", "dart"),
    leaf=Int(1, 3).when("depth", at_least(10)),
)


def same(one: object, other: object) -> bool:
    """Equality that takes NaN as itself."""
    return room.choice_key(dict(one)) == room.choice_key(dict(other))  # type: ignore[call-overload]


@SLOW
@given(spaces(), st.integers(0, 2**32))
def test_no_sample_of_any_space_violates_anything(space, seed):
    rng = random.Random(seed)
    for _ in range(200):
        params = space.sample(rng)
        assert same(params, space.check(params))
        assert space.violations(params) == ()
        assert frozenset(params) == space.active(params)


@pytest.mark.slow
def test_ten_thousand_samples_of_a_hard_space_violate_nothing():
    space = TREE.with_(
        lr=Float(1e-5, 1, log=True, prior=LogNormal(0.01, 4)), k=Ordinal("s", "m", "l"), n=Int(1, 2**62, log=True)
    )
    space = (
        space.forbid("booster == 'dart' and depth > 8").require("k >= 'm' or lr < 0.1").forbid(k="l", booster="linear")
    )
    rng = random.Random(0)
    for _ in range(10_000):
        space.check(space.sample(rng))


@SLOW
@given(spaces(constraints=False), st.data())
def test_any_point_of_the_cube_is_a_point_of_the_space(space, data):
    cube = dict(zip(space.names, data.draw(units(len(space))), strict=True))
    params = space.decode(cube)
    assert same(params, space.check(params))
    assert all(0 <= place <= 1 for place in space.encode(params).values())


@SLOW
@given(spaces(finite=True, constraints=False, priors=False), st.data())
def test_encode_is_the_inverse_of_decode_for_discrete_spaces(space, data):
    params = space.decode(dict(zip(space.names, data.draw(units(len(space))), strict=True)))
    again = space.decode(space.encode(params))
    assert same(params, again)


@SLOW
@given(spaces(finite=True, max_params=4))
def test_a_grid_lists_each_configuration_once(space):
    assume(space.size <= 3000)
    listed = list(space.grid())
    assert len(listed) == space.grid_size()
    assert len({room.choice_key(dict(params)) for params in listed}) == len(listed)
    for params in listed:
        assert same(params, space.check(params))
    free = SearchSpace(dict(space.items()))
    assert free.size == sum(1 for _ in free.grid())
    assert sum(space.feasible(params) for params in free.grid()) == len(listed)


@SLOW
@given(spaces())
def test_what_is_dumped_loads_as_the_same_space(space):
    for form in (None, "toml", "json"):
        text = space.dump(form)
        again = SearchSpace.load(text)
        assert again == space
        assert hash(again) == hash(space)
        assert again.names == space.names
        assert again.fingerprint() == space.fingerprint()
        assert again.dump(form) == text
        assert space.differs(again) is None


@SLOW
@given(spaces())
def test_repr_is_python(space):
    assert eval(repr(space), {**NAMES}) == space
    for distribution in dict(space.items()).values():
        assert eval(repr(distribution), {**NAMES}) == distribution


@SLOW
@given(spaces(), st.integers(0, 2**32))
def test_params_survive_json(space, seed):
    params = space.sample(random.Random(seed))
    stored = space.encode_params(params)
    assert same(params, space.decode_params(json.loads(json.dumps(stored))))
    assert same(params, space.decode_params(msgspec.json.decode(msgspec.json.encode(stored))))
    assert same(params, SearchSpace.load(space.dump()).decode_params(stored))


@SLOW
@given(spaces())
def test_a_space_can_be_copied_and_sent(space):
    assert pickle.loads(pickle.dumps(space)) == space
    assert copy.deepcopy(space) == space
    assert copy.copy(space) == space


@SLOW
@given(spaces(max_params=4), st.integers(0, 2**32))
def test_part_of_a_point_is_a_fine_start(space, seed):
    rng = random.Random(seed)
    params = space.sample(rng)
    part = {name: params[name] for name in rng.sample(sorted(params), rng.randint(0, len(params)))}
    assert same(part, space.check_partial(part))
    free = SearchSpace(dict(space.items()))
    done = free.sample(rng, given=part)
    assert all(room.choice_key(done[name]) == room.choice_key(part[name]) for name in part if name in done)


@SLOW
@given(spaces(constraints=False), spaces(constraints=False))
def test_a_union_holds_both(one, other):
    try:
        both = one.union(other)
    except (InvalidParams, InvalidSpace):
        return
    assert set(both.names) == set(one.names) | set(other.names)
    rng = random.Random(0)
    for space in (one, other):
        for name, value in space.sample(rng).items():
            assert both[name].contains(value)


@SLOW
@given(spaces(max_params=5), st.integers(0, 2**32))
def test_fixing_a_value_leaves_points_of_the_space(space, seed):
    rng = random.Random(seed)
    params = space.sample(rng)
    name = rng.choice(sorted(params))
    try:
        narrow = space.fix({name: params[name]})
    except InvalidSpace:
        return  # the constraint needs an order, or chained conditions exclude each other now
    try:
        found = narrow.sample(rng, tries=300)
    except InvalidSpace:
        return  # the constraint leaves too little
    if narrow.active(found) >= {name}:
        assert same(found, space.check(found))


class TestConditions:
    def test_order_has_parents_first(self):
        space = SearchSpace(c=Int(0, 1).when("b", 1), b=Int(0, 1).when("a", 1), a=Int(0, 1))
        assert space.names == ("c", "b", "a")
        assert space.order == ("a", "b", "c")

    def test_a_child_of_an_inactive_parent_is_inactive(self):
        assert TREE.active({"booster": "linear"}) == {"booster"}
        assert TREE.active({"booster": "gbtree", "depth": 10, "leaf": 2}) == {"booster", "depth", "leaf"}

    def test_all_conditions_of_a_chain_must_hold(self):
        space = SearchSpace(n=Int(0, 9), x=Int(1, 2).when("n", at_least(3)).when("n", at_most(5)))
        assert [n for n in range(10) if "x" in space.decode({"n": (n + 0.5) / 10, "x": 0}, {"n": n})] == [3, 4, 5]

    def test_type_aware_parents(self):
        space = SearchSpace(a=Categorical(1, True, 1.0, None), x=Fixed(0).when("a", True), y=Fixed(0).when("a", None))
        assert space.active({"a": True, "x": 0}) == {"a", "x"}
        assert space.active({"a": 1}) == {"a"}
        assert space.active({"a": 1.0}) == {"a"}
        assert space.active({"a": None, "y": 0}) == {"a", "y"}

    def test_ordinal_parents_go_by_place(self):
        space = SearchSpace(a=Ordinal("small", "medium", "large"), x=Fixed(0).when("a", at_least("medium")))
        assert [("x" in params) for params in space.grid()] == [False, True, True]

    def test_deep_chains_are_no_recursion(self):
        parameters = {"p0": Int(0, 1)} | {f"p{i}": Int(0, 1).when(f"p{i - 1}", 1) for i in range(1, 1500)}
        space = SearchSpace(dict(reversed(parameters.items())))
        assert space.size == 1501
        assert space.order[0] == "p0"

    def test_size_is_counted_not_listed(self):
        wide = {f"a{i}": Categorical("x", "y") for i in range(40)}
        wide |= {f"b{i}": Int(1, 9).when(f"a{i}", "x") for i in range(40)}
        assert SearchSpace(wide).size == 10**40
        assert SearchSpace(wide).grid_size() == 10**40

    def test_size_of_a_huge_parent(self):
        space = SearchSpace(
            n=Int(0, 2**60 - 1), x=Int(1, 3).when("n", at_least(2**59)), y=Int(1, 2).when("n", 7, 2**59)
        )
        assert space.size == (2**59 - 1) + 2 + (2**59 - 1) * 3 + 3 * 2

    def test_size_of_a_huge_stepped_float_parent(self):
        space = SearchSpace(n=Float(0, 1, step=1e-9), x=Int(1, 3).when("n", at_least(0.5)))
        assert space.size == 500_000_000 + 500_000_001 * 3

    def test_size_is_none_where_a_continuous_one_can_be_active(self):
        assert TREE.size is None
        assert TREE.without("rate_drop").size == 1 + 2 * (8 + 3 * 3)
        assert SearchSpace().size == 1
        assert list(SearchSpace().grid()) == [{}]


class TestGrid:
    def test_continuous_parameters_need_points(self):
        with pytest.raises(InvalidSpace, match=r"'rate_drop' is continuous.*points=\{'rate_drop': 5\}"):
            TREE.grid()
        assert TREE.grid_size({"rate_drop": 3}) == 1 + (8 + 9) + (8 + 9) * 3

    def test_huge_ranges_need_points(self):
        with pytest.raises(InvalidSpace, match="has 9223372036854775807 values"):
            SearchSpace(n=Int(1, 2**63 - 1)).grid()
        assert [p["n"] for p in SearchSpace(n=Int(1, 2**63 - 1)).grid(2)] == [1, 2**63 - 1]

    def test_points_for_all_numbers(self):
        space = SearchSpace(x=Float(0, 1), n=Int(1, 9), c=Categorical(*range(7)))
        assert space.grid_size(3) == 3 * 3 * 7
        assert sorted({p["n"] for p in space.grid(3)}) == [1, 5, 9]

    def test_lazy(self):
        space = SearchSpace({f"n{i}": Int(0, 9999) for i in range(50)})
        first = list(itertools.islice(space.grid(), 2))
        assert first[1]["n49"] == 1
        assert space.grid_size() == 10_000**50

    def test_counting_with_constraints_lists_only_what_they_touch(self):
        space = SearchSpace({f"n{i}": Int(0, 99) for i in range(30)}).require("n0 < n1 and n1 < 5")
        assert space.grid_size() == 10 * 100**28

    def test_a_grid_can_be_empty(self):
        space = SearchSpace(a=Int(0, 3)).require("a > 5")
        assert list(space.grid()) == []
        assert space.grid_size() == 0

    def test_order_is_fixed(self):
        assert [tuple(p.values()) for p in SearchSpace(a=Int(0, 1), b=Categorical("x", "y")).grid()] == [
            (0, "x"), (0, "y"), (1, "x"), (1, "y"),
        ]  # fmt: skip


class TestChange:
    def test_union_widens(self):
        one = SearchSpace(x=Float(0, 1), c=Categorical("a", "b"), n=Int(1, 3))
        other = SearchSpace(x=Float(-1, 0.5), c=Categorical("b", "c"), d=Fixed(1))
        assert one.union(other) == SearchSpace(x=Float(-1, 1), c=Categorical("a", "b", "c"), n=Int(1, 3), d=Fixed(1))

    @pytest.mark.parametrize(
        "other",
        [
            Int(0, 1), Float(0.1, 1, log=True), Float(0, 1, step=0.5), Categorical(0.5), Fixed(0.5),
            Float(0, 1).when("c", 1),
        ],
    )  # fmt: skip
    def test_union_of_different_types(self, other):
        with pytest.raises(InvalidParams, match="'x' was"):
            SearchSpace(x=Float(0, 1), c=Int(0, 1)).union(SearchSpace(x=other, c=Int(0, 1)))

    def test_union_of_steps(self):
        assert Float(0, 1, step=0.25).widen(Float(0.5, 2, step=0.25), "x") == Float(0, 2, step=0.25)
        with pytest.raises(InvalidParams, match="never meet"):
            Float(0, 1, step=0.25).widen(Float(0.1, 1, step=0.25), "x")
        with pytest.raises(InvalidParams, match="do not meet"):
            Int(0, 10, step=3).widen(Int(1, 10, step=3), "x")

    def test_union_of_ordinals_keeps_the_order(self):
        assert Ordinal(1, 2, 3).widen(Ordinal(2, 3, 4), "x") == Ordinal(1, 2, 3, 4)
        with pytest.raises(InvalidParams, match="order"):
            Ordinal(1, 2, 3).widen(Ordinal(3, 1), "x")
        with pytest.raises(InvalidParams, match="order"):
            Ordinal(1, 3).widen(Ordinal(1, 2, 3), "x")

    def test_union_keeps_weights(self):
        wide = Categorical("a", "b", prior=[3, 1]).widen(Categorical("c", "b", prior=[5, 1]), "x")
        assert wide == Categorical("a", "b", "c", prior=[3, 1, 5])

    def test_fix_prunes_children(self):
        assert TREE.fix(booster="linear") == SearchSpace(booster=Fixed("linear"))
        assert TREE.fix(booster="gbtree").names == ("booster", "depth", "leaf")
        assert TREE.fix(depth=3).names == ("booster", "depth", "rate_drop")

    def test_fix_drops_what_no_longer_matters(self):
        space = TREE.forbid("rate_drop > 0.5 and depth > 3").forbid(booster="dart", depth=3)
        assert space.fix(booster="gbtree").constraints == ()

    def test_with_narrows(self):
        space = TREE.with_(booster=Categorical("gbtree", "linear"))
        assert space["depth"] == Int(2, 12).when("booster", "gbtree")
        assert "rate_drop" not in space

    def test_an_ordinal_that_is_fixed_takes_its_order_along(self):
        space = SearchSpace(
            a=Ordinal("s", "m", "l"), x=Fixed(1).when("a", at_least("m")), y=Fixed(2).when("a", at_most("m"))
        )
        assert space.fix(a="l") == SearchSpace(a=Fixed("l"), x=Fixed(1).when("a", "l"))
        with pytest.raises(InvalidSpace, match="order"):
            space.require("a < 'l'").fix(a="s")

    def test_without(self):
        assert TREE.forbid("rate_drop > 0.5").without("rate_drop").constraints == ()
        with pytest.raises(InvalidSpace, match="'depth' depends on 'booster'"):
            TREE.without("booster")

    def test_differs_says_what(self):
        assert TREE.differs(TREE) is None
        assert TREE.differs(TREE.without("leaf")) == "'leaf' is gone; it was Int(1, 3).when('depth', at_least(10))."
        assert "'n' is new" in str(TREE.differs(TREE.with_(n=Int(1, 2))))
        assert "was Int(1, 3)" in str(TREE.differs(TREE.with_(leaf=Int(1, 4).when("depth", at_least(10)))))
        assert TREE.differs(TREE.require("depth < 9")) == "the constraint 'depth < 9' is new."
        assert TREE.require("depth < 9").differs(TREE) == "the constraint 'depth < 9' is gone."

    def test_bind_brings_objects_back(self):
        code = SearchSpace(b=Categorical(dict, list), a=Fixed(len)).require(lambda p: p["b"] is dict)
        stored = SearchSpace.load(code.dump(portable=False))
        assert stored.sample(random.Random(1))["a"] == room.Opaque(0, "builtins.len")
        bound = stored.bind(code)
        assert bound.names == ("b", "a")
        assert bound.sample(random.Random(1)) == {"b": dict, "a": len}
        with pytest.raises(InvalidSpace, match="differ"):
            stored.bind(SearchSpace(b=Categorical(dict, set), a=Fixed(len)))


class TestFace:
    def test_immutable(self):
        with pytest.raises(AttributeError, match="with_"):
            TREE.names = ()
        with pytest.raises(AttributeError, match="make a new one"):
            TREE["depth"].low = 3  # type: ignore[attr-defined]
        with pytest.raises(AttributeError):
            del TREE["depth"].low  # type: ignore[attr-defined]

    def test_mapping_like(self):
        assert len(TREE) == 4
        assert list(TREE) == list(TREE.names)
        assert "depth" in TREE
        assert dict(TREE.items())["depth"] is TREE["depth"]
        assert TREE != 3
        assert {TREE: 1}[SearchSpace.load(TREE.dump())] == 1

    def test_order_does_not_count(self):
        assert SearchSpace(a=Int(1, 2), b=Int(1, 2)) == SearchSpace(b=Int(1, 2), a=Int(1, 2))
        assert (
            SearchSpace(a=Int(1, 2), b=Int(1, 2)).fingerprint() == SearchSpace(b=Int(1, 2), a=Int(1, 2)).fingerprint()
        )

    def test_defaults(self):
        space = SearchSpace(a=Categorical("x", "y", default="x"), b=Int(1, 9).when("a", "y"), c=Fixed(3))
        assert space.defaults() == {"a": "x", "c": 3}
        assert TREE.defaults() is None
        assert SearchSpace(a=Int(1, 9, default=2)).require("a > 2").defaults() is None
        assert SearchSpace(a=Categorical(None, 1, default=None)).defaults() == {"a": None}

    def test_given_values_are_kept(self):
        rng = random.Random(0)
        assert TREE.sample(rng, {"booster": "dart", "depth": 7.0})["depth"] == 7
        with pytest.raises(InvalidParams, match="Did you mean 'depth'"):
            TREE.sample(rng, {"dept": 3})

    def test_sampling_gives_up_with_the_reason(self):
        space = SearchSpace(a=Float(0, 1), b=Float(0, 1)).require("a > 2").require("b > 0")
        with pytest.raises(InvalidSpace, match=r"100 random draws found no point that satisfies 'a > 2'"):
            space.sample(random.Random(0), tries=100)

    def test_priors_shape_samples_but_not_encodings(self):
        space = SearchSpace(x=Float(0, 10, prior=Normal(2, 0.5)), y=Float(0, 1, prior=Beta(2, 5)))
        rng = random.Random(0)
        drawn = [space.sample(rng) for _ in range(2000)]
        assert math.isclose(sum(p["x"] for p in drawn) / 2000, 2, abs_tol=0.05)
        assert math.isclose(sum(p["y"] for p in drawn) / 2000, 2 / 7, abs_tol=0.02)
        assert space.encode({"x": 2.0, "y": 0.25}) == {"x": 0.2, "y": 0.25}

    def test_plain_params_are_passed_through(self):
        params = Params(booster="linear")
        assert TREE.encode_params(params) is params

    def test_numpy_floats_in_python_floats_out(self):
        np = pytest.importorskip("numpy")
        space = SearchSpace(x=Float(0, 1), n=Int(1, 9), c=Categorical("a", "b"))
        cube = dict(zip(space.names, np.array([0.3, 0.5, 0.7]), strict=True))
        assert [type(value) for value in space.decode(cube).values()] == [float, int, str]
        checked = space.check({"x": np.float32(0.5), "n": np.int64(3), "c": np.str_("a")})
        assert [type(value) for value in checked.values()] == [float, int, str]

    def test_files(self, tmp_path):
        for form in ("toml", "json"):
            path = tmp_path / f"space.{form}"
            path.write_text(TREE.dump(form), encoding="utf-8")
            assert SearchSpace.load(path) == TREE
            assert SearchSpace.load(str(path)) == TREE

    def test_hand_written_toml(self):
        space = SearchSpace.load("""
            [parameters]
            lr = { type = "float", low = 1e-5, high = 0.1, log = true, prior = { type = "beta", a = 2, b = 3 } }
            layers = { type = "categorical", choices = [[64, 64], [128]] }
            depth = { type = "int", low = 1, high = 9 }
            leaf = { type = "int", low = 1, high = 9, when = { depth = { at_least = 2, at_most = 5 } } }
            wide = { type = "fixed", value = true, when = { depth = 9 } }

            [[constraints]]
            require = "leaf < depth"
            """)
        assert space["layers"] == Categorical((64, 64), (128,))
        assert space["wide"] == Fixed(value=True).when("depth", 9)
        assert space["leaf"] == Int(1, 9).when("depth", at_least(2)).when("depth", at_most(5))
