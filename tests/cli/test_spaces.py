"""`tunesmith spaces`, as a user types it."""

from __future__ import annotations

import json

import pytest

from tunesmith.cli._app import run
from tunesmith.sklearn.spaces import ESTIMATORS
from tunesmith.space import SearchSpace

pytestmark = pytest.mark.needs("sklearn")


def test_it_lists_all(capsys):
    assert run(["spaces"]) == 0
    out, err = capsys.readouterr()
    assert all(space.name in out for space in ESTIMATORS)
    assert "tunesmith spaces LogisticRegression" in err
    assert run(["spaces", "--json"]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == [space.name for space in ESTIMATORS]


def test_it_explains_one(capsys):
    assert run(["spaces", "svc", "--rows", "500", "--columns", "8"]) == 0
    out, err = capsys.readouterr()
    assert "0.03125 to 1024, log" in out
    assert "kernel is 'poly'" in out
    assert "How near a row must be to count" in out
    assert "Hsu, Chang, Lin 2003" in out
    assert not err


def test_ranges_follow_the_data(capsys):
    assert run(["spaces", "KNeighborsRegressor"]) == 0
    assert "--rows" in capsys.readouterr().err
    assert run(["spaces", "KNeighborsRegressor", "-n", "20", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["params"][0]["high"] == 10


def test_json_has_the_whole_of_it(capsys):
    assert run(["spaces", "LinearSVC", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    params = {row.pop("name"): row for row in found["params"]}
    assert all(row.pop("why") for row in params.values())
    assert SearchSpace.load({"parameters": params}).defaults() == {
        "C": 1, "loss": "squared_hinge", "penalty": "l2", "class_weight": None,
    }  # fmt: skip
    assert params["penalty"]["when"] == {"loss": ["squared_hinge"]}
    assert found["module"] == "sklearn.svm"


def test_objects_among_the_choices_are_shown(capsys):
    assert run(["spaces", "GaussianProcessClassifier"]) == 0
    assert "Matern" in capsys.readouterr().out
    assert run(["spaces", "AdaBoostClassifier", "--json"]) == 0
    assert "DecisionTreeClassifier(max_depth=2)" in capsys.readouterr().out


def test_weights_follow_the_classes(capsys):
    assert run(["spaces", "SVC", "--classes", "950,50"]) == 0
    assert "class_weight" in capsys.readouterr().out
    assert run(["spaces", "SVC", "--classes", "500,500"]) == 0
    assert "class_weight" not in capsys.readouterr().out
    assert run(["spaces", "SVC", "--classes", "many"]) == 2
    assert "--classes 950,50" in capsys.readouterr().err


def test_an_unknown_name_offers_the_nearest(capsys):
    assert run(["spaces", "RandomForestClasifier"]) == 2
    assert "Did you mean 'RandomForestClassifier'?" in capsys.readouterr().err
