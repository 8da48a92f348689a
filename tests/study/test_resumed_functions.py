"""What `minimize` says when a study of that name is there already."""

from __future__ import annotations

import pytest

import tunesmith as ts
from tunesmith.errors import ExecutorError, UsageError

SPACE = ts.SearchSpace(x=ts.Float(0, 1))


def test_another_lambda_is_another_study():
    one = ts.minimize(lambda x: x, SPACE, trials=3, seed=1, sampler="random", progress=False)
    two = ts.minimize(lambda x: -x, SPACE, trials=3, seed=1, sampler="random", progress=False)
    assert one.name != two.name
    assert two.best.value < 0


def test_a_changed_function_is_told(capsys):
    def loss(x):
        return x

    first = loss
    ts.minimize(first, SPACE, trials=2, sampler="random", progress=False)
    ts.minimize(first, SPACE, trials=3, sampler="random", progress=False)
    assert "Resuming 'loss'" in capsys.readouterr().err

    def loss(x):  # type: ignore[no-redef]
        return 100 - x

    with pytest.warns(ts.TunesmithWarning, match="not the one"):
        ts.minimize(loss, SPACE, trials=3, sampler="random", progress=False)


def test_a_dict_is_a_space_and_bad_limits_leave_nothing():
    assert ts.minimize(lambda x: x, {"x": ts.Float(0, 1)}, trials=2, storage=None, sampler="random").best.value >= 0
    with pytest.raises(UsageError):
        ts.minimize(lambda x: x, SPACE, trials=0, name="nothing", storage="other.db")
    with pytest.raises(ts.TunesmithError):
        ts.Study.load("other.db", "nothing")


def test_failures_of_one_line_are_alike_whatever_they_say():
    def boom(x):
        raise ValueError(f"my bug {x - 0.5:g}")

    with pytest.raises(ExecutorError, match="failed alike"):
        ts.minimize(boom, SPACE, trials=9, storage=None, sampler="random", progress=False)
