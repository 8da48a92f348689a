"""Choices of every kind: identity, storage, labels, weights."""

from __future__ import annotations

import enum
import functools
import json
import math
import random
import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import RELAXED, choices, listed
from tunesmith.errors import Corrupt, InvalidParams
from tunesmith.space import Categorical, Fixed, Opaque, Ordinal, SearchSpace, choice_key
from tunesmith.space import choices as ch

NAN = math.nan


class Colour(enum.Enum):
    """A choice that JSON cannot hold."""

    RED = 1
    BLUE = 2


class Estimator:
    """Compares by identity, shows its address."""

    def __init__(self, depth=1):
        self.depth = depth


@RELAXED
@given(choices())
def test_any_value_survives_json(value):
    text = json.dumps(ch.encode(value), allow_nan=False)
    assert choice_key(ch.decode(json.loads(text))) == choice_key(value)


@RELAXED
@given(choices())
def test_python_text_of_a_choice_is_that_choice(value):
    assert choice_key(eval(ch.to_python(value))) == choice_key(value)


@RELAXED
@given(listed(), st.floats(0, 1, exclude_max=True))
def test_a_choice_inverts_its_place(c, u):
    value = c.from_unit(u)
    assert c.contains(value)
    assert choice_key(c.from_unit(c.to_unit(value), prior=False)) == choice_key(value)
    assert c.values is not None
    assert choice_key(c.choices[c.index_of(value)]) == choice_key(value)


def test_types_are_told_apart():
    c = Categorical(1, 1.0, True, "1", (1,), (True,), None, 0.0, -0.0, NAN)
    for place, value in enumerate(c.choices):
        assert c.index_of(value) == place
        assert type(c.decode(json.loads(json.dumps(c.encode(value))))) is type(value)
    assert c.index_of(float("nan")) == 9
    assert not Categorical(1, 2).contains(True)
    assert not Categorical(1, 2).contains(1.0)
    assert not Categorical(True, False).contains(1)


def test_numpy_scalars_count_as_python_values():
    c = Categorical(np.int64(1), np.float64(2.5), np.str_("a"), np.bool_(True), (np.int64(1), np.int64(2)))
    assert [type(value) for value in c.choices] == [int, float, str, bool, tuple]
    assert type(c.choices[4][0]) is int
    assert c.check((np.int32(1), 2), "c") == (1, 2)
    assert c.check(np.float32(2.5), "c") == 2.5


def test_one_list_or_arguments():
    assert Categorical(["a", "b"]) == Categorical("a", "b") == Categorical(("a", "b"))
    assert Categorical(range(3)) == Categorical(0, 1, 2)
    assert Categorical("abc").choices == ("abc",)
    assert Categorical([(1, 2)]).choices == ((1, 2),)
    assert Categorical((1, 2), (3,)).choices == ((1, 2), (3,))
    assert repr(Categorical([(1, 2)])) == "Categorical([(1, 2)])"
    assert repr(Categorical("a")) == "Categorical('a')"


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (Colour.RED, "<Colour.RED: 1>"),
        (Colour, "Colour"),
        (functools.partial(int, base=2), "functools.partial(<class 'int'>, base=2)"),
        (len, "builtins.len"),
        ({"b": 1}, "{'b': 1}"),
        ([1, 2], "[1, 2]"),
        ((1, dict), "(1, <class 'dict'>)"),
        (b"x", "b'x'"),
        (1j, "1j"),
    ],
)
def test_objects_are_stored_by_place_and_label(value, label):
    c = Categorical("a", value)
    stored = json.loads(json.dumps(c.encode(value)))
    assert stored["o"] == 1
    assert stored["label"].endswith(label)
    assert c.decode(stored) is c.choices[1]
    assert c.check(value, "c") is c.choices[1]


def test_labels_have_no_addresses_and_an_end():
    label = ch.label_of(Estimator())
    assert "0x" not in label
    assert label == ch.label_of(Estimator())
    assert len(ch.label_of("x" * 1000 + "a")) <= ch.LABEL_LENGTH
    assert ch.label_of(["x" * 1000 + "a"]) != ch.label_of(["x" * 1000 + "b"])
    assert "\n" not in ch.label_of(["a\nb"])
    assert ch.label_of(["\ud800"]).encode()


def test_objects_compare_by_label_between_spaces():
    one, other = (SearchSpace(m=Categorical(Estimator(), "x", lambda: 1)) for _ in range(2))
    assert one == other
    assert one.differs(other) is None
    loaded = SearchSpace.load(one.dump())
    assert loaded == one
    assert next(loaded["m"].values()) == Opaque(0, ch.label_of(Estimator()))
    assert one.differs(SearchSpace(m=Categorical(Colour.RED, "x", lambda: 1)))


def test_an_opaque_finds_its_object():
    c = Categorical("a", dict, list)
    assert c.decode({"o": 1, "label": "builtins.dict"}) is dict
    assert c.decode({"o": 0, "label": "builtins.list"}) is list, "choices moved"
    assert c.decode({"o": 1, "label": "builtins.set"}) == Opaque(1, "builtins.set")
    assert c.check(Opaque(1, "builtins.dict"), "c") is dict
    with pytest.raises(InvalidParams):
        c.check(Opaque(1, "builtins.set"), "c")
    twins = Categorical(lambda: 1, lambda: 2)
    assert twins.decode(twins.encode(twins.choices[1])) is twins.choices[1]


def test_conditions_and_constraints_on_objects_survive_files():
    twins = (lambda: 1, lambda: 2)
    space = SearchSpace(f=Categorical(*twins), x=Fixed(1).when("f", twins[1])).forbid(f=twins[0])
    for form in (None, "json", "toml"):
        again = SearchSpace.load(space.dump(form))
        assert again == space
        assert list(again.grid()) == [{"f": list(again["f"].values())[1], "x": 1}]
        assert again.bind(space).sample(random.Random(0)) == {"f": twins[1], "x": 1}


def test_mutable_choices_count_by_content():
    c = Categorical([64, 64], {"a": 1})
    assert c.index_of([64, 64]) == 0
    assert c.index_of({"a": 1}) == 1
    assert not c.contains([64])


def test_toml_holds_every_choice():
    values = [
        None,
        True,
        1,
        10**30,
        -0.0,
        1e300,
        5e-324,
        NAN,
        math.inf,
        'a"b\\\n\x7f\x00',
        "\ud800",
        "é",
        (1, (None, "x")),
        (),
    ]
    space = SearchSpace(c=Categorical(values), d=Ordinal(values, default=None))
    text = space.dump("toml")
    tomllib.loads(text)
    again = SearchSpace.load(text)
    assert [choice_key(value) for value in again["c"].values()] == [choice_key(value) for value in values]
    assert again["d"].default is None


@pytest.mark.parametrize(
    "stored", [{}, {"t": 1}, {"t": [], "x": 1}, {"f": "1"}, {"i": "g"}, {"s": "x"}, {"o": "1", "label": ""}]
)
def test_broken_tags(stored):
    with pytest.raises(Corrupt, match="no stored choice"):
        ch.decode(stored)


def test_weights():
    c = Categorical("a", "b", "c", prior={"c": 1, "a": 3, "b": 0})
    assert c.prior == (3.0, 0.0, 1.0)
    drawn = [c.from_unit(i / 1000) for i in range(1000)]
    assert [drawn.count(value) for value in "abc"] == [750, 0, 250]
    assert [c.from_unit(u, prior=False) for u in (0.1, 0.5, 0.9)] == ["a", "b", "c"]
    assert c.log_prior("a") == pytest.approx(math.log(2.25))
    assert c.log_prior("b") == -math.inf
    assert Categorical("a", "b").log_prior("a") == 0
    assert Categorical("a", "b", prior=[1, 0]).from_unit(1.0) == "a"


def test_ordinals_have_ranks():
    size = Ordinal("s", "m", "l", default="m")
    assert [size.rank(value) for value in size.values()] == [0, 1, 2]
    assert size.bounds() == (0, 2)
    assert size != Categorical("s", "m", "l", default="m")
    assert repr(size) == "Ordinal('s', 'm', 'l', default='m')"


def test_fixed():
    assert Fixed(3).check(3.0, "x") == 3
    assert type(Fixed(3).check(np.int64(3), "x")) is int
    assert Fixed((1, None)).check((1, None), "x") == (1, None)
    assert Fixed(NAN).contains(float("nan"))
    assert not Fixed(1).contains(True)
    assert not Fixed("a").contains("b")
    assert repr(Fixed(NAN)) == "Fixed(float('nan'))"
    assert Fixed(len).decode(Fixed(len).encode(len)) is len
