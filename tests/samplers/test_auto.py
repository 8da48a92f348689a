from __future__ import annotations

from collections import Counter

import tunesmith as ts
from tunesmith.samplers._base import Seed
from tunesmith.samplers.auto import _member
from tunesmith.trial import Draft, Fold, StudyCreated, TrialFinished, TrialStarted
from tunesmith.trial.events import stamp

SPACE = ts.SearchSpace(x=ts.Float(0, 1), y=ts.Float(0, 1), kind=ts.Categorical("a", "b"))


def history_of(values, *, seconds=60.0, members=("gp", "tpe"), space=SPACE):
    """A history of random trials with these values, by the members in turns, each of which took so long."""
    fold, rng = Fold(), Seed(1, 0).rng()
    events = [StudyCreated(name="s", space=space.dump(), metrics=[{"name": "loss", "direction": "minimize"}], seed=1)]
    for number, value in enumerate(values):
        params = space.encode_params(space.sample(rng))
        events.append(TrialStarted(number=number, params=params, why={"member": members[number % len(members)]}))
        events.append(TrialFinished(number=number, state="complete", values={"loss": value}))
    fold.extend(
        stamp(Draft(event, 1), seq=place + 1, written=seconds * place, writer="") for place, event in enumerate(events)
    )
    return fold.history


def shares(history):
    """Who would choose the next thousand trials."""
    return Counter(_member(history, Seed(history.seed, number))[0] for number in range(5000, 6000))


def test_the_model_begins_alone():
    assert shares(history_of([3.0, 2.0, 1.0])) == {"gp": 1000}


def steps_down(by):
    """60 values of which those of one of two members in turns are new best ones, and none is like another."""
    return [-float(n) if n % 2 == by else 100.0 + n for n in range(60)]


def test_a_few_trials_insure_against_what_the_model_cannot_see():
    assert 30 < shares(history_of(steps_down(by=0)))["tpe"] < 140


def test_what_finds_new_best_values_gets_more_but_never_more_than_half():
    assert 400 < shares(history_of(steps_down(by=1)))["tpe"] < 560


def test_where_values_repeat_tpe_gets_a_quarter():
    values = [-float(n) if n % 2 == 0 else 100.0 for n in range(60)]
    assert 200 < shares(history_of(values))["tpe"] < 310


def test_who_has_had_no_turn_is_given_some():
    assert shares(history_of([float(-n) for n in range(60)], members=("gp",)))["tpe"] > 140


def test_a_quick_objective_is_not_kept_waiting():
    quick = history_of([1.0 / (n + 1) for n in range(120)], seconds=0.001)
    assert 850 < shares(quick)["tpe"] <= 950
    assert shares(history_of(steps_down(by=0), seconds=0.001))["gp"] > 800


def test_wide_spaces_are_shared():
    wide = ts.SearchSpace({f"x{i}": ts.Float(0, 1) for i in range(70)})
    found = shares(history_of([float(n) for n in range(40)], space=wide))
    assert 400 < found["tpe"] < 600


def test_every_trial_says_who_chose_it_and_why():
    study = ts.Study(SPACE, seed=3)
    study.optimize(lambda trial: trial.params["x"] ** 2 + trial.params["y"], trials=30, progress=False)
    assert {trial.why["policy"] for trial in study.trials} == {"auto"}
    assert {trial.why["member"] for trial in study.trials} <= {"gp", "tpe"}
    assert all(trial.why["because"] for trial in study.trials)


def test_a_finite_space_ends_when_all_of_it_was_tried():
    space = ts.SearchSpace(a=ts.Int(1, 4), b=ts.Categorical("x", "y"))
    study = ts.Study(space, seed=2)
    study.optimize(lambda trial: float(trial.params["a"]), trials=50, progress=False)
    assert len({tuple(trial.params.items()) for trial in study.trials}) == len(study.trials) == 8
    assert "Each of the 8 points" in study.ended_because


def test_queued_points_come_first_then_the_defaults():
    space = ts.SearchSpace(x=ts.Float(0, 1, default=0.5))
    study = ts.Study(space, seed=1)
    study.enqueue({"x": 0.9})
    study.optimize(lambda trial: trial.params["x"], trials=5)
    assert [t.params["x"] for t in study.trials[:2]] == [0.9, 0.5]
    assert study.trials[1].why["member"] == "default"
    assert all(t.why["member"] != "default" for t in study.trials[2:])


def test_defaults_that_were_queued_are_not_repeated():
    space = ts.SearchSpace(x=ts.Float(0, 1, default=0.5))
    study = ts.Study(space, seed=1)
    study.enqueue({"x": 0.5})
    study.optimize(lambda trial: trial.params["x"], trials=4)
    assert [t.params["x"] for t in study.trials].count(0.5) == 1


def test_without_defaults_it_just_begins():
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), seed=1)
    study.optimize(lambda trial: trial.params["x"], trials=4)
    assert len({t.params["x"] for t in study.trials}) == 4


def test_a_quick_search_of_a_finite_space_tries_nothing_twice():
    space = ts.SearchSpace(a=ts.Int(1, 6), b=ts.Int(1, 10), c=ts.Categorical("x", "y", "z"))
    study = ts.Study(space, seed=1)
    study.optimize(lambda trial: float(trial.params["a"] * trial.params["b"]), trials=400, progress=False)
    assert len({tuple(sorted(trial.params.items())) for trial in study.trials}) == len(study.trials) == 180
