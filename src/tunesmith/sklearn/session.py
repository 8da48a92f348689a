"""One call of `fit`: the study that it opens or resumes, the workers, and what happens when trials fail."""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from tunesmith import _plugins
from tunesmith.errors import ExecutorError, InvalidData, NotFinite, TunesmithWarning, UsageError
from tunesmith.executors import Executor
from tunesmith.sklearn import _doors as sk
from tunesmith.sklearn.given_space import GivenSpace
from tunesmith.sklearn.in_order import InOrderExecutor
from tunesmith.sklearn.objective import FAILED_FOLDS, FITTING, SCORING, Data, FoldObjective
from tunesmith.space.choices import label_of
from tunesmith.study import Study
from tunesmith.trial import FrozenTrial, History, Metric, Stamped, TrialState
from tunesmith.validation import data_fingerprint, fold_ratio, splits_fingerprint

AS_GIVEN = "as_given"
"""Attribute of the trial that evaluates the estimator as it was given."""
LEAKS = "leaks"
"""On a study's card: which leaks were found before the first fit, and which were waived."""
_CARD = "search"
_ALIVE = ("n_jobs", "verbose", "memory")
"""Parameters that change how an estimator works, not what comes out."""


@final
@dataclass(frozen=True)
class Goal:
    """What is maximised, and what else is measured.

    `names` are the metrics where there are several; `lead` is the one that the study maximises, "" where there is one.
    """

    names: tuple[str, ...]
    lead: str
    metric: Metric

    @classmethod
    def of(cls, scorers: Any, scoring: Any, refit: Any) -> Goal:
        """From what a search was told."""
        if isinstance(scorers, sk.MultimetricScorer):
            names = tuple(str(name) for name in scorers._scorers)  # noqa: SLF001 - it has no public list of its names
            lead = refit if isinstance(refit, str) and refit in names else names[0]
            return cls(names, lead, Metric(lead, "maximize"))
        if callable(scoring):
            lead = refit if isinstance(refit, str) else ""
            return cls((), lead, Metric(lead or "score", "maximize"))
        return cls((), "", Metric(scoring or getattr(scorers, "name", "score"), "maximize"))


def card_of(data: Data, groups: Any, estimator: Any) -> dict[str, Any]:
    """What a study must agree in to be resumed: digests of data, folds and estimator."""
    weights = [
        part for _, value in sorted(data.fit_params.items()) if hasattr(value, "__len__") for part in _flat(value)
    ]
    params = estimator.get_params(deep=True)
    kept = {name: label_of(value) for name, value in params.items() if name.rpartition("__")[2] not in _ALIVE}
    stops = [] if data.stopping is None else [f"early_stopping={data.stopping.early.label}"]
    told = [label_of(type(estimator)), *(f"{k}={v}" for k, v in sorted(kept.items())), *stops]
    return {
        "data": data_fingerprint(data.X, data.y, groups, *weights),
        "splits": splits_fingerprint(data.splits),
        "estimator": data_fingerprint(told),
        "folds": len(data.splits),
        "test_ratio": fold_ratio(data.splits),
        "reshuffled": data.scheme is not None and data.scheme.reshuffles,
    }


def _flat(value: Any) -> list[Any]:
    """The arrays in a value: itself, or those of pairs and lists of pairs, as an `eval_set` is."""
    if isinstance(value, (list, tuple)) and any(hasattr(one, "__len__") and not isinstance(one, str) for one in value):
        return [part for one in value for part in _flat(one)]
    return [value]


def refuse_other(study: Study, card: Mapping[str, Any]) -> None:
    """Refuse to go on with a study that was made with other data, folds or estimator; mark one that has none.

    Raises
    ------
    InvalidData
        Saying which of them differs.
    """
    stored = study.card.get(_CARD) or study.history.attrs.get(_CARD)
    if not stored:
        if any(trial.state.is_finished for trial in study.trials):
            warnings.warn(
                f"Study {study.name!r} does not say on which data its trials were made; they are taken to be the same.",
                TunesmithWarning,
                stacklevel=4,
            )
        study.set_attr(_CARD, dict(card))
        return
    reasons = {
        "data": ("other data (X, y, groups or weights)", "Give a new search another name= (or study=None)."),
        "splits": ("other folds", "Give a shuffling splitter an int as random_state, or the search another name=."),
        "estimator": ("another estimator, or other settings of it", "Give a new search another name= (or study=None)."),
    }
    for key, (what, hint) in reasons.items():
        if stored.get(key) != card[key]:
            raise InvalidData(f"Study {study.name!r} was made with {what}; its scores cannot be compared.", hint=hint)


def open_study(
    search: Any,
    given: GivenSpace,
    metric: Metric,
    card: Mapping[str, Any],
    parts: Mapping[str, Any],
    guard: Mapping[str, Any],
) -> Study:
    """The study of a search: the one that it was given, or one that is made or resumed by storage and name.

    What the leak guard saw, and what was waived, is on the card of a new study; a resumed one notes what is new.

    Raises
    ------
    StudyExists, UsageError
        If a study with another space or metric was given.
    """
    if isinstance(search.study, Study):
        study = search.study
        if difference := study.space.differs(given.space):
            raise UsageError(
                f"Study {study.name!r} has another space: {difference}", hint="Leave space out to use the study's own."
            )
        if study.metric != metric:
            raise UsageError(
                f"Study {study.name!r} has the metric {study.metric}; this search maximises {metric.name!r}.",
                hint=f'Make it with ts.Study(space, ts.Metric("{metric.name}", "maximize")), or set scoring.',
            )
    elif search.study is not None and search.storage is None:
        raise UsageError(f"study={search.study!r} needs a storage to be found in.", hint='Add storage="study.db".')
    elif search.study is not None:
        study = Study.load(search.storage, search.study, space=given.space, **parts)
    else:
        study = Study(
            given.space, metric, storage=search.storage, name=search.name, seed=seed_of(search.random_state),
            card={_CARD: dict(card), LEAKS: dict(guard)}, **parts,
        )  # fmt: skip
    refuse_other(study, card)
    if guard != study.history.attrs.get(LEAKS, study.card.get(LEAKS)):
        study.set_attr(LEAKS, dict(guard))
    return study


def sampler_of(search: Any, given: GivenSpace) -> Any:
    """The sampler that was asked for; `"auto"` walks through all of a space that has no more points than trials."""
    size, trials = given.space.size, search.trials
    fits = size is not None and (trials is None or size <= trials)
    if search.sampler == "auto" and fits:
        return "grid"
    if search.sampler == "grid" and size is not None and not fits:
        warnings.warn(
            f"The grid has {size} points and trials={trials} of them will be tried.", TunesmithWarning, stacklevel=4
        )
    return search.sampler


def seed_of(random_state: Any) -> int | None:
    """A study's seed from scikit-learn's `random_state`; a generator is drawn from."""
    if random_state is None:
        return None
    return int(random_state.randint(2**31 - 1)) if hasattr(random_state, "randint") else int(random_state)


def executor_of(search: Any) -> Executor:
    """Who runs the trials: the executor that was named, or what `n_jobs` and joblib's context ask for.

    With a `random_state`, several workers go in waves, so that the search can be repeated.
    """
    if search.executor is not None:
        found: Executor = _plugins.make("executor", search.executor)
    else:
        workers = min(sk.effective_n_jobs(search.n_jobs), search.trials or 2**31)
        if workers <= 1:
            found = _plugins.make("executor", "serial")
        elif "Threading" in type(sk.active_backend()[0]).__name__:
            found = _plugins.make("executor", f"thread:{workers}")
        else:  # echo: warnings of estimators are shown, as joblib's workers show them
            found = _plugins.load("executor", "process")(workers, echo=True)
    return InOrderExecutor(found) if found.slots > 1 and search.random_state is not None else found


def queue_as_given(study: Study, given: GivenSpace, estimator: Any) -> None:
    """Put the estimator as it was given before all other trials of a new study."""
    if any(AS_GIVEN in trial.attrs or trial.state.is_finished for trial in study.trials):
        return
    params, outside = given.as_given(estimator)
    beyond = [name for name, value in params.items() if not given.space[name].contains(value)] if outside else []
    study.enqueue(params, origin="default", attrs={AS_GIVEN: True, "outside": beyond}, outside=outside)


def as_given_numbers(study: Study) -> frozenset[int]:
    """The numbers of the trials that evaluate the estimator as it was given."""
    return frozenset(trial.number for trial in study.trials if trial.attrs.get(AS_GIVEN))


def optimize(search: Any, study: Study, objective: FoldObjective) -> None:
    """Run the trials of a search.

    Raises
    ------
    Exception
        With `error_score="raise"`, what the first failing trial raised.
    UsageError
        If no trial gave a score.
    """
    before = {trial.number for trial in study.trials if trial.state.is_finished}
    strict = search.error_score == "raise"
    stopper = _Stopper()
    if strict:
        study.subscribe(stopper)
    try:
        study.optimize(
            objective, trials=search.trials, timeout=search.timeout, stop_when=search.stop_when,
            executor=executor_of(search), max_same_failures=3 if search.include_default else 2**31,
            progress=search.verbose > 0,
        )  # fmt: skip
    except _Failed as failed:
        if objective.raised:
            raise objective.raised[0] from None
        raise _rebuilt(failed.trial) from None
    except ExecutorError as error:
        if not _all_failed(study.history):
            raise
        raise _hopeless(study.history) from error
    finally:
        stopper.active = False
    finished = [trial for trial in study.trials if trial.state.is_finished]
    if not any(trial.state is TrialState.COMPLETE for trial in finished):
        raise _hopeless(study.history)
    _warn_of_failures([t for t in finished if t.number not in before], len(objective.data.splits), search.error_score)


@final
class _Failed(Exception):
    """A trial failed in a search that is to stop at that."""

    def __init__(self, trial: FrozenTrial) -> None:
        super().__init__(trial.number)
        self.trial = trial


@final
class _Stopper:
    """Hears every event of a study; raises at the first trial that failed."""

    def __init__(self) -> None:
        self.active = True

    def __call__(self, stamped: Stamped, history: History) -> None:
        if self.active and stamped.kind == "TrialFinished":
            number: int = stamped.open().number  # type: ignore[union-attr]
            if history.trial(number).state is TrialState.FAILED:
                raise _Failed(history.trial(number))


def _rebuilt(trial: FrozenTrial) -> Exception:
    """What a worker raised, as far as its text tells."""
    error = trial.error
    if error is None:
        return ExecutorError(f"Trial {trial.number} failed.", hint="Look at study.trials.")
    kind = getattr(builtins, error.type, RuntimeError)
    if not isinstance(kind, type) or not issubclass(kind, Exception):
        kind = RuntimeError
    try:
        found: Exception = kind(error.message)
    except TypeError:  # UnicodeDecodeError and its like want more arguments
        found = RuntimeError(f"{error.type}: {error.message}")
    found.add_note(f"Raised by trial {trial.number}:\n{error.traceback}")
    return found


def _all_failed(history: History) -> bool:
    finished = history.finished()
    return bool(finished) and all(trial.state is TrialState.FAILED for trial in finished)


def _hopeless(history: History) -> Exception:
    """No trial gave a score: why, with the tracebacks. Where models could be fitted, the error keeps its type."""
    finished = history.finished()
    if not finished:
        return UsageError("No trial has ended.", hint="Give the search more time: timeout=...")
    failed = [trial for trial in finished if trial.error is not None]
    causes: dict[str, int] = {}
    for trial in failed:
        text = trial.error.traceback or f"{trial.error.type}: {trial.error.message}" if trial.error else ""
        causes[text] = causes.get(text, 0) + 1
    told = "\n".join(
        f"{'-' * 80}\n{count} trials failed with the following error:\n{text}" for text, count in causes.items()
    )
    if any(what == SCORING for trial in finished for what, _ in trial.attrs.get(FAILED_FOLDS, {}).values()):
        return _rebuilt(finished[0])
    return UsageError(
        f"All the {len(finished)} trials failed. It is very likely that your model is misconfigured.\n{told}\n",
        hint='Set error_score="raise" to see the first error as it is raised.',
    )


def _warn_of_failures(trials: Sequence[FrozenTrial], n_splits: int, error_score: Any) -> None:
    folds: dict[str, int] = {}
    without: list[int] = []
    for trial in trials:
        causes = [cause for what, cause in trial.attrs.get(FAILED_FOLDS, {}).values() if what == FITTING]
        if FAILED_FOLDS not in trial.attrs and trial.state is TrialState.FAILED and trial.error is not None:
            if trial.error.type == NotFinite.__name__:
                without.append(trial.number)
                continue
            causes = [f"{trial.error.type}: {trial.error.message}"] * n_splits
        for cause in causes:
            folds[cause] = folds.get(cause, 0) + 1
    if without:
        warnings.warn(f"One or more of the test scores are non-finite: trials {without}.", UserWarning, stacklevel=4)
    if folds:
        told = "\n".join(f"{count} fits failed with: {cause}" for cause, count in folds.items())
        warnings.warn(
            f"\n{sum(folds.values())} fits failed out of a total of {len(trials) * n_splits}.\n"
            f"The score on these train-test partitions for these parameters will be set to {error_score}.\n"
            f"If these failures are not expected, you can try to debug them by setting error_score='raise'.\n{told}",
            sk.FitFailedWarning,
            stacklevel=4,
        )
