from __future__ import annotations

import math

import tunesmith as ts
from tests.analysis.studies import study_of
from tunesmith.analysis._columns import columns_of


def test_every_place_is_the_value_or_the_index_of_the_choice() -> None:
    history = study_of(20)
    found = {column.name: column for column in columns_of(history, history.trials)}
    for k, trial in enumerate(history.trials):
        assert found["lr"].places[k] == trial.params["lr"]
        assert found["booster"].labels[int(found["booster"].places[k])] == trial.params["booster"]
        assert math.isnan(found["depth"].places[k]) == ("depth" not in trial.params)
    assert found["lr"].log
    assert found["depth"].conditional
    assert (found["lr"].unit(1e-5), found["lr"].unit(1e-3), found["lr"].unit(1e-1)) == (0.0, 0.5, 1.0)


def test_true_and_one_are_different_choices() -> None:
    study = ts.Study(ts.SearchSpace(c=ts.Categorical(1, True, None, (1, 2))), "loss")
    for choice in (True, 1, (1, 2), None):
        study.add({"c": choice}, 0.0)
    assert columns_of(study.history, study.history.trials)[0].places == (1.0, 0.0, 3.0, 2.0)
