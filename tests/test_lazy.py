"""Lazy names look like any other names."""

from __future__ import annotations

import pytest

from tunesmith import _lazy
from tunesmith.space import Float
from tunesmith.trial import TrialState


def test_a_name_is_taken_from_its_module() -> None:
    get, names = _lazy.attach("tunesmith", {"Float": "space", "TrialState": "trial.state"})
    assert get("Float") is Float
    assert get("TrialState") is TrialState
    assert names() == ["Float", "TrialState"]


def test_an_unknown_name_is_an_attribute_error() -> None:
    get, _ = _lazy.attach("tunesmith", {"Float": "space"})
    with pytest.raises(AttributeError, match="module 'tunesmith' has no attribute 'Foat'") as caught:
        get("Foat")
    assert caught.value.name == "Foat"
