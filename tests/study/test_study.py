from __future__ import annotations

import json

import pytest

import tunesmith as ts
from tunesmith.errors import (
    InvalidParams,
    InvalidTrial,
    InvalidValue,
    SearchExhausted,
    StudyExists,
    StudyNotFound,
    UnknownName,
    UsageError,
)
from tunesmith.storages.memory import MemoryStorage
from tunesmith.trial import TrialState

SPACE = ts.SearchSpace(x=ts.Float(-1, 1), k=ts.Int(1, 3), c=ts.Categorical("a", "b"))


def study(**arguments):
    return ts.Study(SPACE, ts.Metric("loss"), **{"sampler": "random", "seed": 1, **arguments})


def test_ask_and_tell():
    found = study()
    trial = found.ask()
    assert found.history.counts()[TrialState.RUNNING] == 1
    told = found.tell(trial, 0.25)
    assert told.state is TrialState.COMPLETE
    assert found.best.value == 0.25
    assert found.best.params == trial.params
    assert found.best.duration >= 0


def test_a_batch_and_its_order():
    found = study()
    batch = found.ask(n=4)
    assert [trial.number for trial in batch] == [0, 1, 2, 3]
    for trial in reversed(batch):
        found.tell(trial, float(trial.number))
    assert [t.number for t in found.history.finished()] == [3, 2, 1, 0]
    assert found.best.number == 0


@pytest.mark.parametrize("n", [0, -1, 1.5, True, "3"])
def test_a_batch_is_a_number(n):
    with pytest.raises(UsageError, match="n must be"):
        study().ask(n=n)


def test_a_short_batch_where_a_search_ends():
    found = study(sampler="manual")
    found.enqueue({"x": 0.5, "k": 1, "c": "a"})
    assert len(found.ask(n=3)) == 1
    with pytest.raises(SearchExhausted):
        found.ask(n=3)


def test_a_trial_is_told_once():
    found = study()
    trial = found.ask()
    found.tell(trial, 1.0)
    with pytest.raises(InvalidTrial, match="told already"):
        found.tell(trial, 2.0)
    assert found.trials[0].value == 1.0


def test_the_same_tell_id_again_is_harmless():
    found = study()
    trial = found.ask()
    found.tell(trial, 1.0, tell_id="mine")
    assert found.tell(trial, 1.0, tell_id="mine").value == 1.0
    with pytest.raises(InvalidTrial, match="told already"):
        found.tell(trial, 1.0, tell_id="other")


@pytest.mark.parametrize("who", [7, -1, "0", None, 0.0, True])
def test_unknown_trials(who):
    found = study()
    found.ask()
    with pytest.raises(InvalidTrial):
        found.tell(who, 1.0)


def test_a_wrong_value_leaves_the_trial_running():
    found = study()
    trial = found.ask()
    for wrong in (None, "x", float("nan"), [1.0], 1j):
        with pytest.raises(InvalidValue):
            found.tell(trial, wrong)
    assert found.trials[0].state is TrialState.RUNNING
    found.tell(trial, 1.0)


def test_failed_and_pruned_are_told():
    found = study()
    one, two, three = found.ask(n=3)
    assert found.tell(one, state="failed").state is TrialState.FAILED
    assert found.tell(two, error=ValueError("no")).error.type == "ValueError"
    assert found.tell(three, state=TrialState.PRUNED).state is TrialState.PRUNED
    with pytest.raises(InvalidTrial, match="no best trial"):
        _ = found.best
    with pytest.raises(InvalidTrial, match="told as"):
        found.tell(found.ask(), 1.0, state="running")
    with pytest.raises(InvalidTrial, match="told as"):
        found.tell(found.ask(), 1.0, state="done")


def test_queue_and_add():
    found = study()
    number = found.enqueue({"x": 0.5})
    added = found.add({"x": 0.1, "k": 2, "c": "b"}, 0.7)
    assert (number, added) == (0, 1)
    trial = found.ask()
    assert trial.number == 0
    assert trial.params["x"] == 0.5
    assert found.best.number == 1
    assert found.best.origin == "added"
    assert found.trials[0].origin == "enqueued"


@pytest.mark.parametrize(
    "params", [{"y": 1}, {"x": 5}, {"x": float("nan")}, {"k": 1.5}, {"c": "z"}, {"x": "0.5"}, ["x"], None, {"k": True}]
)
def test_queue_refuses_what_is_no_point(params):
    found = study()
    with pytest.raises(InvalidParams):
        found.enqueue(params)
    with pytest.raises(InvalidParams):
        found.add(params, 1.0)
    assert len(found.history.trials) == 0


def test_the_best_keeps_all_bounds(tmp_path):
    metrics = [ts.Metric("loss"), ts.Metric("ms", at_most=20)]
    study = ts.Study(SPACE, metrics, storage=str(tmp_path / "s.db"), name="s", sampler="random", seed=0)
    study.tell(study.ask(), {"loss": 1.0, "ms": 30.0})
    with pytest.raises(ts.TunesmithError, match="none keeps the bounds; the nearest is trial 0 with ms 30"):
        _ = study.best
    study.tell(study.ask(), {"loss": 3.0, "ms": 20.0})
    study.tell(study.ask(), {"loss": 2.0, "ms": 20.1})
    assert study.best.number == 1
    again = ts.Study.load(str(tmp_path / "s.db"), "s")
    assert again.history.problem.metrics == tuple(metrics)
    assert again.best.number == 1
    with pytest.raises(StudyExists, match=r"minimize ms, at most 20; now .* minimize ms, at most 10 was given"):
        ts.Study(SPACE, [ts.Metric("loss"), ts.Metric("ms", at_most=10)], storage=str(tmp_path / "s.db"), name="s")


def test_several_metrics():
    found = ts.Study(SPACE, [ts.Metric("loss"), ts.Metric("ms")], sampler="random")
    found.optimize(lambda trial: (trial.params["x"] ** 2, trial.params["k"]), trials=5)
    assert set(found.best.values) == {"loss", "ms"}
    assert found.best.value == found.best.values["loss"]


@pytest.mark.parametrize(
    "arguments",
    [
        {"seed": -1},
        {"seed": 1.5},
        {"seed": True},
        {"seed": "7"},
        {"name": ""},
        {"name": "a\x00b"},
        {"name": "x" * 10_000},
        {"name": "\x1b[31m"},
        {"name": 7},
        {"name": "   "},
        {"sampler": "tpee"},
        {"sampler": 7},
        {"sampler": None},
        {"sampler": "random:5"},
        {"pruner": "nothing-like-it"},
        {"storage": 7},
        {"storage": ""},
        {"storage": "mysql://x"},
        {"metric": ts.Metric("a"), "direction": "maximize"},
        {"metric": 7},
        {"metric": []},
        {"metric": ["a", "a"]},
        {"direction": "maximum-ish"},
        {"space": [1, 2]},
        {"space": {"x": (0, 1)}},
    ],
)
def test_bad_arguments(arguments):
    given = {"space": SPACE, **arguments}
    with pytest.raises((UsageError, StudyNotFound)) as caught:
        ts.Study(**given)
    assert caught.value.hint


@pytest.mark.parametrize(
    "name", ["naïve", "'; DROP TABLE events; --", "<script>alert(1)</script>", "a/../b", "🎻", "%s{x}"]
)
def test_strange_names_are_names(name):
    storage = MemoryStorage()
    ts.Study(SPACE, storage=storage, name=name, seed=1)
    assert ts.Study.load(storage, name).name == name


def test_did_you_mean():
    with pytest.raises(UnknownName, match="Did you mean 'random'"):
        study(sampler="randm")


def test_resume_by_name():
    storage = MemoryStorage()
    one = study(storage=storage, name="credit")
    one.optimize(lambda trial: trial.params["x"], trials=3)
    two = ts.Study(storage=storage, name="credit", sampler="random")
    assert two.resumed
    assert two.space == SPACE
    assert two.seed == 1
    two.optimize(lambda trial: trial.params["x"], trials=6)
    whole = study()
    whole.optimize(lambda trial: trial.params["x"], trials=6)
    assert [t.params for t in two.trials] == [t.params for t in whole.trials]


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"seed": 2}, "seed"),
        ({"metric": ts.Metric("loss", "maximize")}, "measures"),
        ({"metric": ts.Metric("accuracy")}, "measures"),
        ({"space": ts.SearchSpace(x=ts.Float(-1, 2), k=ts.Int(1, 3), c=ts.Categorical("a", "b"))}, "space"),
        ({"space": ts.SearchSpace(x=ts.Float(-1, 1))}, "space"),
    ],
)
def test_a_name_reused_for_something_else(other, told):
    storage = MemoryStorage()
    study(storage=storage, name="credit")
    with pytest.raises(StudyExists, match=told):
        ts.Study(**{"space": SPACE, "storage": storage, "name": "credit", **other})


def test_load_never_creates():
    storage = MemoryStorage()
    with pytest.raises(StudyNotFound, match="nope"):
        ts.Study.load(storage, "nope")
    assert storage.studies() == []
    study(storage=storage, name="one")
    assert ts.Study.load(storage).name == "one"
    study(storage=storage, name="two")
    with pytest.raises(StudyNotFound, match="Several"):
        ts.Study.load(storage)
    with pytest.raises(StudyNotFound, match="Did you mean 'two'"):
        ts.Study.load(storage, "twoo")


def test_objects_as_choices_come_back():
    storage = MemoryStorage()
    space = ts.SearchSpace(f=ts.Categorical(len, max, default=len))
    one = ts.Study(space, storage=storage, name="f", sampler="random", seed=1)
    one.optimize(lambda trial: float(trial.params["f"]([1, 2])), trials=4)
    two = ts.Study(space, storage=storage, name="f", sampler="random")
    assert {t.params["f"] for t in two.trials} <= {len, max}
    seen = ts.Study.load(storage, "f")
    assert "len" in repr(seen.space) or "max" in repr(seen.space)


def test_notes_attributes_and_listeners():
    found = study()
    heard = []
    found.subscribe(lambda event, history: heard.append((event.kind, len(history))))
    trial = found.ask()
    trial.set_attr("fold", [1, 2])
    found.tell(trial, 1.0)
    found.note("look again", trial=0)
    found.note("good")
    found.set_attr("who", {"name": "me"})
    assert found.trials[0].attrs == {"fold": [1, 2]}
    assert found.trials[0].notes == ("look again",)
    assert found.history.attrs == {"who": {"name": "me"}}
    assert [kind for kind, _ in heard] == ["TrialStarted", "TrialFinished", "Noted", "Noted", "AttrSet"]
    with pytest.raises(InvalidTrial):
        found.note("x", trial=99)


@pytest.mark.parametrize("value", [object(), {1: object()}, lambda: 1])
def test_attributes_are_json(value):
    found = study()
    with pytest.raises((InvalidTrial, InvalidValue), match="cannot be"):
        found.ask().set_attr("x", value)


def test_stop_ends_the_session_and_the_next_goes_on():
    found = study()

    def objective(trial):
        if trial.number == 3:
            found.stop()
        return trial.params["x"]

    found.optimize(objective, trials=50)
    assert len(found.trials) == 4
    found.optimize(lambda trial: trial.params["x"], trials=6)
    assert len(found.trials) == 6


def test_retry_is_for_failures():
    found = study()
    one, two = found.ask(n=2)
    found.tell(one, 1.0)
    found.tell(two, error="broken")
    found.retry(1)
    with pytest.raises(InvalidTrial, match="only failed"):
        found.retry(0)
    again = found.ask()
    assert again.number == 1
    assert again.params == two.params
    assert found.tell(again, 0.5).attempt == 2
    assert found.best.number == 1
    assert found.history.finished_count == 2


def test_to_dataframe():
    pytest.importorskip("pandas")
    found = study()
    found.optimize(lambda trial: trial.params["x"], trials=3)
    frame = found.to_dataframe()
    assert list(frame["number"]) == [0, 1, 2]
    assert {"param_x", "loss", "state", "sampler"} <= set(frame.columns)


def test_define_by_run_grows_the_space():
    found = ts.Study(direction="maximize", sampler="random", seed=3)

    def objective(trial):
        kind = trial.suggest_categorical("kind", ["linear", "tree"])
        if kind == "tree":
            return float(trial.suggest_int("depth", 1, 5))
        return trial.suggest_float("c", 0.1, 10.0, log=True)

    found.optimize(objective, trials=20)
    assert set(found.space.names) == {"kind", "depth", "c"}
    for trial in found.trials:
        assert set(trial.params) == ({"kind", "depth"} if trial.params["kind"] == "tree" else {"kind", "c"})


def test_define_by_run_widens_and_refuses_another_type():
    found = ts.Study(sampler="random", seed=3)
    found.optimize(lambda trial: trial.suggest_float("x", 0, 1), trials=2)
    found.optimize(lambda trial: trial.suggest_float("x", 0, 5), trials=4)
    assert found.space["x"] == ts.Float(0, 5)
    found.optimize(lambda trial: trial.suggest_int("x", 0, 5) * 1.0, trials=5)
    assert found.trials[-1].state is TrialState.FAILED
    assert found.trials[-1].error.type == "InvalidParams"


def test_the_same_name_twice_in_a_trial():
    found = ts.Study(sampler="random", seed=3)
    seen = []

    def objective(trial):
        seen.append((trial.suggest_float("x", 0, 1), trial.suggest_float("x", 0, 1)))
        return 0.0

    found.optimize(objective, trials=2)
    assert all(a == b for a, b in seen)
    trial = found.ask()
    trial.suggest_float("x", 0, 1)
    with pytest.raises(InvalidParams, match="after"):
        trial.suggest_float("x", 0, 2)


def test_suggest_in_a_declared_study():
    found = study()
    trial = found.ask()
    assert trial.suggest_float("x", -1, 1) == trial.params["x"]
    with pytest.raises(InvalidParams, match="asked for"):
        trial.suggest_float("nowhere", 0, 1)


def test_a_history_of_the_past_stays_as_it_was():
    found = study()
    found.optimize(lambda trial: trial.params["x"], trials=3)
    then = found.history
    before = json.dumps([(t.number, t.state.value, dict(t.params)) for t in then.trials])
    found.ask()
    found.optimize(lambda trial: trial.params["x"], trials=6)
    assert json.dumps([(t.number, t.state.value, dict(t.params)) for t in then.trials]) == before
    assert len(then) == 3
    assert then.best == min(then.trials, key=lambda t: t.value)
