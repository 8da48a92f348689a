"""Errors say what was given and what to do, survive a trip between processes, and are what Python expects."""

from __future__ import annotations

import copy
import pickle

import pytest

import tunesmith as ts
from tunesmith import errors

OURS = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, errors.TunesmithError)]


@pytest.mark.parametrize("cls", OURS)
def test_an_error_says_both_sentences_and_travels(cls: type[errors.TunesmithError]) -> None:
    error = cls("trials=-1 is negative.", hint="Give a whole number of at least 1.")
    assert str(error) == "trials=-1 is negative. Give a whole number of at least 1."
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (type(twin), twin.message, twin.hint) == (cls, error.message, error.hint)
        assert str(twin) == str(error)


@pytest.mark.parametrize("cls", OURS)
def test_a_hint_cannot_be_left_out(cls: type[errors.TunesmithError]) -> None:
    with pytest.raises(TypeError, match="hint"):
        cls("No.")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("cls", "builtin"),
    [(errors.InvalidSpace, ValueError), (errors.MissingDependency, ImportError), (errors.StudyNotFound, KeyError)],
)
def test_code_that_knows_only_python_can_catch_them(cls: type[BaseException], builtin: type[BaseException]) -> None:
    assert issubclass(cls, builtin)


def test_a_pruned_trial_is_a_signal_and_not_an_error() -> None:
    assert not issubclass(errors.TrialPruned, errors.TunesmithError)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("tpee", "Did you mean 'tpe'? Known: grid, tpe."),
        ("TPE", "Did you mean 'tpe'? Known: grid, tpe."),
        ("zzz", "Known: grid, tpe."),
        ("", "Known: grid, tpe."),
    ],
)
def test_did_you_mean(given: str, expected: str) -> None:
    assert errors.did_you_mean(given, ["tpe", "grid"]) == expected


def test_a_long_list_is_cut() -> None:
    listing = errors.did_you_mean("?", [f"name{number:03}" for number in range(1000)])
    assert listing.endswith("name039, ....")
    assert errors.did_you_mean("?", []) == "Known: none."


@pytest.mark.parametrize(
    ("call", "given", "meant"),
    [
        (lambda: study().optimize(len, n_trials=3), "n_trials", "trials="),
        (lambda: study().optimize(len, n_jobs=3), "n_jobs", "process:4"),
        (lambda: ts.Study(study_name="x"), "study_name", "name="),
        (lambda: ts.minimize(len, n_trials=3), "n_trials", "trials="),
        (lambda: ts.maximize(len, study_name="x"), "study_name", "name="),
    ],
)
def test_arguments_with_the_names_of_other_packages(call, given, meant):
    with pytest.raises(TypeError, match=given) as caught:
        call()
    assert [note for note in caught.value.__notes__ if given in note and meant in note]


def test_a_type_error_from_within_gets_no_note():
    def objective(trial):
        raise TypeError("mine")

    with pytest.raises(errors.ExecutorError) as caught:
        study().optimize(objective, trials=3)
    assert not getattr(caught.value, "__notes__", [])


def study():
    return ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), sampler="random", seed=1)
