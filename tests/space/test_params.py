"""Params: a dictionary in everything but change."""

from __future__ import annotations

import copy
import json
import pickle

import msgspec
import pytest

from tunesmith.space import Params

PARAMS = Params({"lr": 0.1, "depth": 3})


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.__setitem__("lr", 1), lambda p: p.__delitem__("lr"), lambda p: p.clear(), lambda p: p.pop("lr"),
        lambda p: p.popitem(), lambda p: p.setdefault("x", 1), lambda p: p.update(x=1), lambda p: p.__ior__({"x": 1}),
    ],
)  # fmt: skip
def test_no_change(change):
    with pytest.raises(TypeError, match=r"make a copy that can: dict\(params\)"):
        change(PARAMS)
    assert PARAMS == {"lr": 0.1, "depth": 3}


def test_a_dictionary_otherwise():
    assert isinstance(PARAMS, dict)
    assert json.loads(json.dumps(PARAMS)) == PARAMS == msgspec.json.decode(msgspec.json.encode(PARAMS))
    assert dict(**PARAMS) == PARAMS
    assert PARAMS | {"x": 1} == {"lr": 0.1, "depth": 3, "x": 1}
    assert repr(PARAMS) == "{'lr': 0.1, 'depth': 3}"
    changeable = dict(PARAMS)
    changeable["lr"] = 1


@pytest.mark.parametrize("clone", [copy.copy, copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_copies_are_params(clone):
    assert clone(PARAMS) == PARAMS
    assert type(clone(PARAMS)) is Params
