"""The main job: from a table to a tuned model, its honest score, and the files to use and repeat it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

from tunesmith import _platform, _plugins
from tunesmith.errors import StudyExists
from tunesmith.numerics.thresholds import Rule
from tunesmith.samplers.grid import GridSampler
from tunesmith.sklearn.belief import Witness, report_and_keep
from tunesmith.sklearn.decision import DecisionReport, check_decision, decide, decided
from tunesmith.sklearn.objective import stopped_of
from tunesmith.sklearn.racing import NOT_ASKED, folds_alike
from tunesmith.sklearn.reliability import keep_reliability
from tunesmith.sklearn.selection import check_select, choose
from tunesmith.sklearn.session import LEAKS
from tunesmith.space import Params
from tunesmith.study import Budget, Study
from tunesmith.tabular.objective import FoldObjective
from tunesmith.tabular.portfolio import ALGORITHM, algorithm_of, complexity, defaults_of
from tunesmith.tabular.request import Prepared
from tunesmith.tabular.verdict import Verdict, open_test_set
from tunesmith.trial import FrozenTrial, Metric, TrialState
from tunesmith.validation import TEST_SET, ScoreReport, TestScore, data_fingerprint, fold_ratio, splits_fingerprint

BEST_DEFAULT = "best_default"
"""What a verdict calls the best of all algorithms at their defaults, where that is another one than the winner."""
_SAME_OR_NEW = "Give the same options to go on, or another --name to begin anew."


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """How to search: the options of `Study` and `Study.optimize` that `tune` passes on.

    `trials` is the study's total; each algorithm's defaults come first, inside it, unless `defaults` is false. `select`
    says which trial wins: `"best"`, `"one_se"`, `"posterior"` or `"safe"`. With `racing` a trial stops as soon as its
    folds show that it will not win, where `why_no_race` says nothing against it. `stop_when="noise"` ends the search
    when what can still be gained is below the noise of the best score. `threshold` says how the winner cuts two
    classes, and `calibrate` whether its probabilities are calibrated, as in `TuneSearchCV`.
    """

    trials: int | None = 60
    timeout: float | None = None
    sampler: Any = "auto"
    executor: Any = "serial"
    storage: str = "tunesmith.db"
    name: str | None = None
    progress: bool | None = None
    defaults: bool = True
    select: str = "best"
    racing: bool = True
    stop_when: str | None = None
    threshold: str | None = None
    calibrate: bool = False

    def __post_init__(self) -> None:
        check_select(self.select, refit=True)
        Budget(stop_when=self.stop_when)
        if self.threshold is not None:
            Rule.of(self.threshold)


@final
@dataclass(frozen=True, slots=True)
class Tuned:
    """What `tune` found.

    Parameters
    ----------
    prepared, study
        The data and the search.
    best, default
        The winning trial, and the trial of the winner's algorithm at its defaults.
    verdict
        What the test set said.
    opened
        How often the test set was looked at, this time included.
    models
        Name -> pipeline fitted on all training rows.
    believed
        What the winner's score in the search is worth.
    decision
        Where the winner cuts its probabilities, and what that is worth; None where nobody asked.
    """

    prepared: Prepared
    study: Study
    best: FrozenTrial
    default: FrozenTrial | None
    verdict: Verdict
    opened: int
    models: Mapping[str, Any]
    believed: ScoreReport
    decision: DecisionReport | None = None


def name_of(prepared: Prepared, search: Search) -> str:
    """The study's name: as given, or from the data and the target."""
    return search.name or f"{prepared.table.name}-{prepared.target.name}"


def study_of(prepared: Prepared, search: Search) -> Study:
    """Open the search's study, or make it; the same data, folds and options go on where they stopped.

    Raises
    ------
    StudyExists
        If the storage has a study of that name on other data, folds, space or metric.
    """
    name = name_of(prepared, search)
    card = {
        "made_by": "tune",
        "data": prepared.table.source,
        "data_fingerprint": data_fingerprint(prepared.frame, prepared.target.y),
        "splits_fingerprint": splits_fingerprint([*prepared.splits, (prepared.train, prepared.test)]),  # type: ignore[list-item]
        "test_ratio": fold_ratio(prepared.splits),
        "target": prepared.target.name,
        "request": _plain(prepared),
        LEAKS: prepared.leaks.card(),
    }
    metric = Metric(prepared.target.metric_name, "minimize" if prepared.target.is_error else "maximize")
    try:
        study = Study(
            prepared.space, metric, sampler=search.sampler, storage=search.storage, name=name,
            seed=prepared.request.seed, card=card, pruner=None if why_no_race(prepared, search) else "racing",
        )  # fmt: skip
    except StudyExists as error:
        _refuse_others(Study.load(search.storage, name), card, search)
        raise StudyExists(error.message, hint=_SAME_OR_NEW) from error
    _refuse_others(study, card, search)
    if card[LEAKS] != study.history.attrs.get(LEAKS, study.card.get(LEAKS)):
        study.set_attr(LEAKS, card[LEAKS])
    if search.defaults and not len(study):
        for algorithm in prepared.algorithms:
            study.enqueue(defaults_of(algorithm, prepared.space), origin="default")
    return study


def why_no_race(prepared: Prepared, search: Search) -> str:
    """Why trials are scored on all folds, in words; empty if they race."""
    if not search.racing:
        return NOT_ASKED
    if isinstance(_plugins.make("sampler", search.sampler), GridSampler):
        return "an exhaustive grid wants all scores"
    return folds_alike(prepared.splits)


def _refuse_others(study: Study, card: Mapping[str, Any], search: Search) -> None:
    """Whether the study was made with these options, on these rows, with these folds; in this order, to name causes."""
    made = study.card.get("request", {})
    for name, value in card["request"].items():
        before, now = _told(made.get(name)), _told(value)
        if before != now and name not in {"data", "allow"}:
            raise StudyExists(
                f"Study {study.name!r} in {search.storage} was made with {_option(name, before)}; "
                f"now it is {_option(name, now)}.",
                hint=_SAME_OR_NEW,
            )
    for part, word in (("data_fingerprint", "data"), ("splits_fingerprint", "folds")):
        if study.card.get(part) != card[part]:
            raise StudyExists(
                f"Study {study.name!r} in {search.storage} was made on other {word}.",
                hint=f"Give this one another --name, or: tunesmith delete {shlex.quote(study.name)} --storage "
                f"{shlex.quote(search.storage)}.",
            )


def _told(value: Any) -> str:
    """An option's value as it is typed; the order of several does not matter."""
    several = value if isinstance(value, (list, tuple)) else [value]
    return ", ".join(sorted("" if one is None else str(one) for one in several))


def _option(name: str, value: str) -> str:
    option = f"--{name.removesuffix('s').replace('_', '-')}"
    return f"{option} {value}" if value else f"no {option}"


def search_for(prepared: Prepared, search: Search) -> Study:
    """Run the search, or the rest of it."""
    study = study_of(prepared, search)
    classifier = prepared.target.kind == "classification"
    check_decision(search.threshold, calibrate=search.calibrate, classifier=classifier, y=prepared.y_train, refit=True)
    surely = len(prepared.target.classes) == 2
    objective = FoldObjective(prepared, threads=threads_of(search.executor), surely=surely)
    if search.trials is None or _begun(study) < search.trials:
        study.optimize(
            objective, trials=search.trials, timeout=search.timeout, stop_when=search.stop_when,
            executor=search.executor, progress=search.progress,
        )  # fmt: skip
    return study


def judge(
    prepared: Prepared,
    study: Study,
    *,
    others: Mapping[str, Params] | None = None,
    select: str = "best",
    threshold: str | None = None,
    calibrate: bool = False,
    say: Callable[[str], None] = lambda _text: None,
) -> Tuned:
    """Fit the winner and its default on all training rows, and open the test set.

    The answer is kept with the study: while the winner stays, calling again fits the winner alone and reads it.

    Raises
    ------
    InvalidTrial
        If no trial is complete.
    """
    chosen = choose(study, select, simplicity=complexity, params_of=lambda trial: trial.params)
    best = chosen.trial
    default = default_of(study, best.params[ALGORITHM])
    objective = FoldObjective(prepared, threads=_platform.cores())
    witness = _witness(prepared, objective)
    believed = report_and_keep(study, chosen, witness)
    rule = None if threshold is None else Rule.of(threshold)
    decision = None
    if calibrate or rule is not None:
        yes = str(prepared.target.classes[1])
        decision = decide(study, chosen, witness, rule, calibrate=calibrate, positive=yes)
    keep_reliability(study, chosen, witness, decision and decision.line)
    kept = study.history.attrs.get(TEST_SET, {})
    wanted = {"tuned": best.params, **(others or {})}
    key = {name: prepared.space.encode_params(params) for name, params in wanted.items()}
    models = {"tuned": objective.fit(best.params, stopped_of(best))}
    if decision is not None:
        models["tuned"] = decided(models["tuned"], decision.recipe, prepared.X_train, prepared.y_train)
        key["threshold"] = {"rule": decision.rule, **({"calibrate": True} if calibrate else {})}
    if kept.get("params") == key:
        verdict = Verdict.load(kept["verdict"])
        return Tuned(prepared, study, best, default, verdict, kept["opened"], models, believed, decision)
    if kept:
        say(f"The test set is opened again (time {kept['opened'] + 1}): the winner is another one now.")
    start = default.params if default is not None else defaults_of(algorithm_of(best.params), prepared.space)
    models["default"] = objective.fit(start, [] if default is None else stopped_of(default))
    leading = best_default(study)
    if leading is not None and leading.params[ALGORITHM] != best.params[ALGORITHM]:
        models[BEST_DEFAULT] = objective.fit(leading.params, stopped_of(leading))
    models |= {name: objective.fit(params) for name, params in (others or {}).items()}
    verdict = open_test_set(prepared, models)
    opened = kept.get("opened", 0) + 1
    tuned = verdict.of("tuned")
    said = TestScore(study.metric.name, tuned.score, tuned.low, tuned.high, verdict.rows, opened)
    kept = {"params": key, "verdict": verdict.dump(), "opened": opened, "trial": best.number, "said": said.dump()}
    study.set_attr(TEST_SET, kept)
    return Tuned(prepared, study, best, default, verdict, opened, models, believed, decision)


def _witness(prepared: Prepared, objective: FoldObjective) -> Witness:
    """All that is needed to score the trials' predictions again."""
    group = prepared.request.together
    groups = None if group is None else prepared.frame[group].iloc[prepared.train].astype(str).to_numpy()
    classifier = prepared.target.kind == "classification"
    return Witness(objective.data, objective.question, classifier, groups, prepared.request.seed)


def best_default(study: Study) -> FrozenTrial | None:
    """The default of an algorithm that the search scored best, if one is complete."""
    found = [trial for trial in study.history.complete() if trial.origin == "default"]
    return min(found, key=lambda trial: study.metric.sign * trial.value, default=None)


def default_of(study: Study, algorithm: str) -> FrozenTrial | None:
    """The complete trial of an algorithm at its defaults, if there is one."""
    found = [t for t in study.trials if t.origin == "default" and t.params.get(ALGORITHM) == algorithm]
    return next((trial for trial in found if trial.state is TrialState.COMPLETE), None)


def best_by_algorithm(study: Study) -> dict[str, tuple[FrozenTrial | None, FrozenTrial | None, int]]:
    """For each algorithm: its default trial, its best trial, and how many trials it had."""
    metric = study.metric
    found: dict[str, tuple[FrozenTrial | None, FrozenTrial | None, int]] = {}
    for trial in study.trials:
        name = trial.params.get(ALGORITHM)
        if name is None or trial.state is TrialState.WAITING:
            continue
        default, best, count = found.get(name, (None, None, 0))
        if trial.state is TrialState.COMPLETE:
            default = trial if default is None and trial.origin == "default" else default
            best = trial if best is None or metric.better(trial.value, best.value) else best
        found[name] = (default, best, count + 1)
    return found


def threads_of(executor: Any) -> int:
    """How many threads a model may use: all cores where trials run one at a time."""
    return _platform.cores() if executor == "serial" else 1


def _begun(study: Study) -> int:
    return sum(trial.state is not TrialState.WAITING for trial in study.trials)


def _plain(prepared: Prepared) -> dict[str, Any]:
    request = prepared.request
    return {name: getattr(request, name) for name in request.__slots__}
