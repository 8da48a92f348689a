"""How a study is made, found again, and described: what `Study` needs before and around its trials."""

from __future__ import annotations

import functools
import math
import secrets
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Self, final

from tunesmith import _plugins
from tunesmith._optional import require, version
from tunesmith.errors import InvalidTrial, StudyExists, StudyNotFound, UsageError, did_you_mean
from tunesmith.executors import Executor
from tunesmith.pruners import Pruner
from tunesmith.samplers import Sampler
from tunesmith.space import SearchSpace
from tunesmith.storages import Storage, open_storage
from tunesmith.study.budget import Budget
from tunesmith.study.ledger import Ledger
from tunesmith.study.notebook import in_notebook
from tunesmith.trial import Draft, Fold, FrozenTrial, History, Metric, Problem, StudyCreated, TrialState

ELSEWHERE = {
    "study_name": "name=",
    "directions": "metric=[ts.Metric(...), ...]",
    "load_if_exists": "always so (name= resumes)",
}
"""What other packages call what a study is made of, and what to write here."""

_LONGEST_NAME = 200


@final
@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller asks of a study; None means: whatever is stored."""

    space: SearchSpace | None
    metrics: tuple[Metric, ...] | None
    name: str
    seed: int | None
    card: dict[str, Any]

    @classmethod
    def of(
        cls,
        space: object,
        metric: object,
        *,
        direction: str | None,
        name: object,
        seed: object,
        card: Mapping[str, Any] | None,
    ) -> Self:
        """Check the arguments of `Study`."""
        if isinstance(space, Mapping):
            space = SearchSpace(space)
        if space is not None and not isinstance(space, SearchSpace):
            raise UsageError(
                f"space must be a ts.SearchSpace, got {space!r}.", hint="Write ts.SearchSpace(x=ts.Float(0, 1))."
            )
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63):
            raise UsageError(
                f"seed must be a whole number of at least 0, got {seed!r}.", hint="Write seed=7, for example."
            )
        if name is not None and not _is_name(name):
            raise UsageError(
                f"A study's name must be printable text of 1 to {_LONGEST_NAME} characters, got {str(name)[:80]!r}.",
                hint='Write name="credit", for example.',
            )
        metrics = _metrics(metric, direction)
        if metrics is not None:
            Problem(SearchSpace(), metrics)  # refuses none, and two of one name
        return cls(space, metrics, str(name) if name else "study", seed, dict(card or {}))


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME and name.isprintable() and bool(name.strip())


def _metrics(metric: object, direction: str | None) -> tuple[Metric, ...] | None:
    if direction is not None and metric is not None and not isinstance(metric, str):
        raise UsageError("metric and direction were both given.", hint='Write ts.Metric("auc", "maximize") alone.')
    if metric is None:
        return None if direction is None else (Metric("value", direction),)  # type: ignore[arg-type]
    if isinstance(metric, str):
        return (Metric(metric, direction or "minimize"),)  # type: ignore[arg-type]
    if isinstance(metric, Metric):
        return (metric,)
    if isinstance(metric, Sequence):
        return tuple(one if isinstance(one, Metric) else Metric(one) for one in metric)
    raise UsageError(f"metric must be a ts.Metric, got {metric!r}.", hint='Write ts.Metric("auc", "maximize").')


def resolve_sampler(sampler: object) -> Sampler:
    """From a name or an object to a sampler."""
    found = _plugins.make("sampler", sampler)
    if not isinstance(found, Sampler):
        raise UsageError(
            f"sampler must be a name or a Sampler, got {sampler!r}.",
            hint=f"Known: {', '.join(_plugins.names('sampler'))}.",
        )
    return found


def resolve_pruner(pruner: object) -> Pruner | None:
    """From a name or an object to a pruner; None stays None."""
    found = _plugins.make("pruner", pruner)
    if found is not None and not isinstance(found, Pruner):
        raise UsageError(
            f"pruner must be None, a name or a Pruner, got {pruner!r}.",
            hint=f"Known: {', '.join(_plugins.names('pruner'))}.",
        )
    return found


def resolve_executor(executor: object) -> Executor:
    """From a name or an object to an executor."""
    found = _plugins.make("executor", executor)
    if not isinstance(found, Executor):
        raise UsageError(
            f"executor must be a name or an Executor, got {executor!r}.",
            hint=f"Known: {', '.join(_plugins.names('executor'))}; 'process:4' starts four workers.",
        )
    return found


def open_or_create(storage: object, wanted: Wanted) -> tuple[Ledger, bool]:
    """The study of that name, made if it is not there; and whether it was there."""
    opened = open_storage(storage)
    space = wanted.space if wanted.space is not None else SearchSpace()
    metrics = wanted.metrics or (Metric(),)
    created = StudyCreated(
        name=wanted.name,
        space=space.dump(portable=False),
        metrics=[metric.dump() for metric in metrics],
        seed=secrets.randbits(31) if wanted.seed is None else wanted.seed,
        declared=wanted.space is not None,
        card={**_card(), **wanted.card},
    )
    key, new = opened.create(wanted.name, Draft(created))

    def bind(fold: Fold) -> None:
        if not new:
            _refuse_unless_same(fold.history, wanted, opened)
        if wanted.space is not None:
            fold.bind(wanted.space)

    return Ledger(opened, key, bind), not new


def load(storage: object, name: str | None, space: SearchSpace | None) -> Ledger:
    """The study of that name or key; an error that names those there are if it is not there."""
    opened = open_storage(storage, create=False)
    entries = opened.studies()
    if name is None and len(entries) == 1:
        key = entries[0].key
    else:
        keys = {entry.name: entry.key for entry in entries} | {entry.key: entry.key for entry in entries}
        if name is None or name not in keys:
            what = "Several studies are there" if name is None and entries else f"There is no study {name!r}"
            hint = did_you_mean(name or "", [entry.name for entry in entries])
            hint = hint if name is not None or not entries else f"Name one of them. {hint}"
            raise StudyNotFound(f"{what} in {opened.location}.", hint=hint)
        key = keys[name]
    return Ledger(opened, key, None if space is None else lambda fold: _bind_same(fold, space))


def _bind_same(fold: Fold, space: SearchSpace) -> None:
    if difference := fold.history.space.differs(space):
        raise StudyExists(
            f"The stored space is another one: {difference}", hint="Pass the space that it was made with."
        )
    fold.bind(space)


def _refuse_unless_same(stored: History, wanted: Wanted, storage: Storage) -> None:
    where = f"Study {stored.name!r} in {storage.location}"
    hint = "Leave it out to resume with what is stored, or give this study another name."
    if wanted.seed is not None and wanted.seed != stored.seed:
        raise StudyExists(f"{where} has seed {stored.seed}; now {wanted.seed} was given.", hint=hint)
    if wanted.metrics is not None and wanted.metrics != stored.problem.metrics:
        raise StudyExists(
            f"{where} measures {_named(stored.problem.metrics)}; now {_named(wanted.metrics)} was given.", hint=hint
        )
    if wanted.space is None:
        return
    if not stored.problem.declared:
        raise StudyExists(f"{where} declares its parameters on the go; now a space was given.", hint=hint)
    if difference := stored.space.differs(wanted.space):
        raise StudyExists(f"{where} has another space: {difference}", hint=hint)


def _named(metrics: Sequence[Metric]) -> str:
    return "; ".join(map(str, metrics))


@functools.cache
def _card() -> dict[str, Any]:
    names = ("tunesmith", "numpy", "scipy", "scikit-learn")
    versions = {name: found for name in names if (found := version(name)) is not None}
    return {"python": ".".join(map(str, sys.version_info[:3])), "versions": versions, "platform": sys.platform}


def described(history: History, storage: Storage) -> str:
    """A study in a line: name, place, trials, the best value."""
    best = f", best {history.best.value:.6g}" if history.best is not None else ""
    return f"Study {history.name!r} in {storage.location}: {len(history)} trials{best}"


def best_of(history: History) -> FrozenTrial:
    """The best trial; see `Study.best`."""
    if history.best is None:
        raise InvalidTrial(
            f"Study {history.name!r} has no best trial: {why_none(history)}.",
            hint="Run study.optimize(...), or look at study.trials for what went wrong.",
        )
    return history.best


def why_none(history: History) -> str:
    """Why a study has no best trial, in words."""
    counts = {state.value: n for state, n in history.counts().items() if n}
    if not counts:
        return "it has no trials yet"
    told = ", ".join(f"{n} {state}" for state, n in counts.items())
    if complete := history.complete():
        return f"{told}, and none keeps the bounds{_nearest(complete, history.problem)}"
    causes = Counter(
        f"{t.error.type}: {t.error.message.splitlines()[0][:120] if t.error.message else ''}"
        for t in history.trials
        if t.state is TrialState.FAILED and t.error is not None
    )
    return told + (f"; most often {causes.most_common(1)[0][0]}" if causes else "")


def _nearest(complete: Sequence[FrozenTrial], problem: Problem) -> str:
    """The trial that breaks the bounds least, and what it has of the metric that it breaks most, in words."""

    def worst(trial: FrozenTrial) -> tuple[float, Metric]:
        return max(((m.excess(trial.values.get(m.name, math.inf)), m) for m in problem.bounded), key=lambda one: one[0])

    nearest = min(complete, key=lambda trial: worst(trial)[0])
    metric = worst(nearest)[1]
    value = nearest.values.get(metric.name)
    told = "not measured" if value is None else f"{value:.6g}"
    return f"; the nearest is trial {nearest.number} with {metric.name} {told}"


def to_dataframe(history: History) -> Any:
    """One row a trial; see `Study.to_dataframe`."""
    pandas = require("pandas", extra="sklearn")
    rows = [
        {
            "number": trial.number,
            "state": trial.state.value,
            **{metric.name: trial.values.get(metric.name) for metric in history.problem.metrics},
            **{f"param_{name}": trial.params.get(name) for name in history.space.names},
            "origin": trial.origin,
            "sampler": trial.why.get("member", ""),
            "started_at": trial.started_at,
            "duration": trial.duration,
            "error": f"{trial.error.type}: {trial.error.message}" if trial.error is not None else None,
        }
        for trial in history.trials
    ]
    return pandas.DataFrame(rows)


def progress_of(ledger: Ledger, budget: Budget, loop: Any, *, shown: bool | None) -> AbstractContextManager[Any]:
    """The live panel around a session, if one is wanted."""
    if shown is None:
        shown = (sys.stderr is not None and sys.stderr.isatty()) or in_notebook()
    if not shown:
        return nullcontext()
    progress: AbstractContextManager[Any] = _plugins.door("study.progress", "Progress")(ledger, budget, loop)
    return progress
