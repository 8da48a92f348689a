"""The shortest way: tune the keyword arguments of a function."""

from __future__ import annotations

import hashlib
import inspect
import sys
import warnings
from collections.abc import Callable, Mapping
from typing import Any, final

from tunesmith.errors import TunesmithWarning, UsageError, elsewhere
from tunesmith.executors import Executor
from tunesmith.samplers import Sampler
from tunesmith.space import Distribution, SearchSpace
from tunesmith.storages import Storage
from tunesmith.study.budget import ELSEWHERE, Budget
from tunesmith.study.captured import captured, changes
from tunesmith.study.study import Study
from tunesmith.study.trial import Trial
from tunesmith.trial import Direction, Metric

_DEFAULT_STORAGE = "tunesmith.db"


@elsewhere(**ELSEWHERE, study_name="name=")
def minimize(  # noqa: PLR0913 - the arguments of Study and of optimize, in one call
    function: Callable[..., Any],
    space: SearchSpace | None = None,
    *,
    trials: int | None = None,
    timeout: float | None = None,
    sampler: Sampler | str = "auto",
    executor: Executor | str = "serial",
    storage: Storage | str | None = _DEFAULT_STORAGE,
    name: str | None = None,
    seed: int | None = None,
    progress: bool | None = None,
) -> Study:
    """Find the keyword arguments with which a function returns the smallest number.

    The study is kept in `./tunesmith.db` under the function's name: the same call again resumes it, and does nothing
    if its trials are done.

    Parameters
    ----------
    function
        Called with the params as keyword arguments; returns a number.
    space
        What may be tried. May be left out where every argument has a distribution as its default:
        `def f(lr=ts.Float(1e-5, 1e-1, log=True))`.
    trials
        Total number of trials; 50 unless a timeout is given.
    timeout, sampler, executor, storage, name, seed, progress
        As for `Study` and `Study.optimize`; `storage=None` keeps it in memory.

    Returns
    -------
    The study; see its `best`.

    Raises
    ------
    UsageError
        If the function cannot be called with these params.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.minimize(lambda x: (x - 1) ** 2, ts.SearchSpace(x=ts.Float(-5, 5)), trials=30, storage=None, seed=1)
    >>> study.best.value < 1
    True
    """
    return _optimum("minimize", function, space, trials, timeout, (sampler, executor, storage, name, seed, progress))


@elsewhere(**ELSEWHERE, study_name="name=")
def maximize(  # noqa: PLR0913 - the arguments of Study and of optimize, in one call
    function: Callable[..., Any],
    space: SearchSpace | None = None,
    *,
    trials: int | None = None,
    timeout: float | None = None,
    sampler: Sampler | str = "auto",
    executor: Executor | str = "serial",
    storage: Storage | str | None = _DEFAULT_STORAGE,
    name: str | None = None,
    seed: int | None = None,
    progress: bool | None = None,
) -> Study:
    """Find the keyword arguments with which a function returns the largest number; see `minimize`.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.maximize(lambda x: 1 - x * x, ts.SearchSpace(x=ts.Float(-5, 5)), trials=30, storage=None, seed=1)
    >>> study.metric.direction
    'maximize'
    """
    return _optimum("maximize", function, space, trials, timeout, (sampler, executor, storage, name, seed, progress))


def _optimum(
    direction: Direction,
    function: Callable[..., Any],
    space: SearchSpace | None,
    trials: int | None,
    timeout: float | None,
    rest: tuple[Any, ...],
) -> Study:
    sampler, executor, storage, name, seed, progress = rest
    if not callable(function):
        raise UsageError(f"The function must be callable, got {function!r}.", hint="Pass the function itself.")
    space = _space_of(function) if space is None else space
    if not isinstance(space, SearchSpace):
        space = SearchSpace(space)
    total = 50 if trials is None and timeout is None else trials
    Budget(trials=total, seconds=timeout)  # refused before anything is kept
    _refuse_unless_fits(function, space)
    card = {"function": _fingerprint(function), "captured": captured(function)}
    study = Study(
        space,
        Metric("value", direction),
        sampler=sampler,
        storage=storage,
        name=name or _name(function, space),
        seed=seed,
        card=card,
    )
    if study.resumed:
        _say_resumed(study, card, total)
    study.optimize(_Keywords(function), trials=total, timeout=timeout, executor=executor, progress=progress)
    return study


@final
class _Keywords:
    """An objective that calls a function with the params as keyword arguments."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, trial: Trial) -> Any:
        return self._function(**trial.params)


def _space_of(function: Callable[..., Any]) -> SearchSpace:
    found = {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if isinstance(parameter.default, Distribution)
    }
    if not found:
        raise UsageError(
            "No space was given, and no argument of the function has a distribution as its default.",
            hint="Write ts.minimize(f, ts.SearchSpace(x=ts.Float(0, 1))), or def f(x=ts.Float(0, 1)).",
        )
    return SearchSpace(found)


def _refuse_unless_fits(function: Callable[..., Any], space: SearchSpace) -> None:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a builtin without a signature: the first trial will tell
        return
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return
    taken = {p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    if missing := [name for name in space.names if name not in taken]:
        raise UsageError(
            f"The function has no argument {missing[0]!r}, which the space names.",
            hint=f"Its arguments are: {', '.join(sorted(taken)) or 'none'}.",
        )
    needed = {p.name for p in parameters if p.default is p.empty and p.name in taken}
    if absent := sorted(needed - set(space.names)):
        raise UsageError(
            f"The function needs an argument {absent[0]!r}, which the space does not name.",
            hint=f"Add it to the space, as ts.Fixed(...) perhaps, or give it a default: def f(..., {absent[0]}=...).",
        )


def _say_resumed(study: Study, card: Mapping[str, Any], total: int | None) -> None:
    """Tell that old trials count, and warn if the function is not the one that they were made with."""
    done = f"{study.history.finished_count}{f' of {total}' if total else ''} trials are done"
    sys.stderr.write(f"Resuming {study.name!r} in {study.storage.location}: {done}.\n")
    before = study.card.get("function")
    changed = changes(study.card.get("captured", {}), card["captured"])
    if before is not None and before != card["function"]:
        changed.insert(0, "its code")
    if changed:
        warnings.warn(
            f"The function is not the one that study {study.name!r} was made with, and its old trials still count; "
            f'changed: {", ".join(changed)}. Give this one another name, name="...", or keep nothing, storage=None.',
            TunesmithWarning,
            stacklevel=5,
        )


def _fingerprint(function: Callable[..., Any]) -> str:
    """A short digest of a function's code and constants; empty for callables that have no code of their own."""
    code = getattr(function, "__code__", None)
    if code is None:
        return ""
    parts = (
        code.co_code,
        repr([c for c in code.co_consts if not hasattr(c, "co_code")]).encode(),
        repr(code.co_names).encode(),
    )
    return hashlib.sha256(b"|".join(parts)).hexdigest()[:12]


def _name(function: Callable[..., Any], space: SearchSpace) -> str:
    name = getattr(function, "__name__", type(function).__name__)
    return f"lambda-{_fingerprint(function)}-{space.fingerprint()[:8]}" if name == "<lambda>" else str(name)
