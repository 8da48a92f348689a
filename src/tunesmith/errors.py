"""Every exception and warning that tunesmith raises, drawn as one tree.

::

    TunesmithError(message, *, hint)           hint is required: what to do next
    ├── UsageError(ValueError)
    │   ├── InvalidSpace                       a search space that cannot be
    │   ├── InvalidParams                      params that do not fit the space
    │   ├── InvalidValue                       a measured value that is no number, or not the metrics of the study
    │   │   └── NotFinite                      a number, but NaN or infinite
    │   ├── InvalidScore                       a scorer that raised instead of giving a number
    │   ├── InvalidTrial                       a trial in the wrong state, told twice, or unknown
    │   ├── InvalidData                        a table, target or split that cannot be learnt from
    │   └── UnknownName                        "no sampler 'tpee'; did you mean 'tpe'?"
    ├── MissingDependency(ImportError)         names the extra to install
    ├── StorageError
    │   ├── StudyNotFound(KeyError)
    │   ├── StudyExists
    │   ├── ArtifactNotFound(KeyError)         what a study names is not in its folder
    │   ├── TooNew                             written by a newer tunesmith
    │   └── Corrupt                            a checksum does not match
    ├── ExecutorError
    │   ├── WorkerDied                         exit code and last lines of its output
    │   └── TrialTimeout
    └── SearchExhausted                        nothing left to try: optimize() ends, it does not fail
    TrialPruned(Exception)                     a signal, not an error
    TunesmithWarning(UserWarning)              something works, but not as you may think
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Iterable
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_R = TypeVar("_R")


class TunesmithError(Exception):
    """Base of every error of tunesmith: a message (what was given, what is allowed) and a hint (what to do).

    Parameters
    ----------
    message
        What went wrong, with the value that was given.
    hint
        What to do next. Required, so that it gets written.

    Examples
    --------
    >>> try:
    ...     raise UsageError("trials=-1 is negative.", hint="Give a whole number of at least 1.")
    ... except ValueError as error:
    ...     print(error)
    trials=-1 is negative. Give a whole number of at least 1.
    """

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.message, self.hint))


def _rebuild(kind: type[TunesmithError], message: str, hint: str) -> TunesmithError:
    return kind(message, hint=hint)


class UsageError(TunesmithError, ValueError):
    """Something that the caller gave is not allowed."""


class InvalidSpace(UsageError):
    """A search space, or a part of one, that cannot be."""


class InvalidParams(UsageError):
    """Params that do not fit the search space."""


class InvalidValue(UsageError):
    """A measured value that is not a finite number, or not the metrics that the study names."""


class NotFinite(InvalidValue):
    """The value is a number, but NaN or infinite: the trial failed, the objective's code may be right."""


class InvalidScore(UsageError):
    """A scorer raised instead of giving a number; the message says what."""


class InvalidTrial(UsageError):
    """A trial that is unknown, was told already, or is in the wrong state."""


class InvalidData(UsageError):
    """A table, a target or a split that nothing can be learnt from."""


class UnknownName(UsageError):
    """A name that nothing answers to; the message offers the nearest one."""


class MissingDependency(TunesmithError, ImportError):
    """An optional package is not installed; the hint names the extra."""


class StorageError(TunesmithError):
    """A storage could not be opened, read or written."""


class StudyNotFound(StorageError, KeyError):
    """The storage holds no study of this name or key."""


class StudyExists(StorageError):
    """A study of this name exists already, with another space, metric or seed."""


class ArtifactNotFound(StorageError, KeyError):
    """Bytes that a study names by their digest are not where its artefacts are kept."""


class TooNew(StorageError):
    """The study was written by a newer tunesmith and holds what this one must understand and does not."""


class Corrupt(StorageError):
    """Stored bytes do not match their checksum, or do not follow one another."""


class ExecutorError(TunesmithError):
    """Whoever runs the objective could not."""


class WorkerDied(ExecutorError):
    """A worker process ended in the middle of a trial; the message has its exit code and last output."""


class TrialTimeout(ExecutorError):
    """A trial took longer than its limit and was ended."""


class SearchExhausted(TunesmithError):
    """Nothing is left to try. `Study.optimize` takes it as the end, not as a failure."""


class TrialPruned(Exception):
    """Raised by an objective to end a trial early; the trial is kept as PRUNED."""


class TunesmithWarning(UserWarning):
    """Something works, but perhaps not as you think."""


def did_you_mean(given: str, allowed: Iterable[str]) -> str:
    """The second half of an unknown name's message: the nearest allowed name, if one is near.

    Examples
    --------
    >>> did_you_mean("tpee", ["grid", "tpe"])
    "Did you mean 'tpe'? Known: grid, tpe."
    >>> did_you_mean("x", ["grid", "tpe"])
    'Known: grid, tpe.'
    """
    names = sorted(allowed)
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(str(given).casefold(), folded, n=1, cutoff=0.6)
    shown = ", ".join(names[:40]) + (", ..." if len(names) > 40 else "")
    listing = f"Known: {shown or 'none'}."
    return f"Did you mean {folded[near[0]]!r}? {listing}" if near else listing


def elsewhere(**names: str) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Make a function help those who call its arguments as other packages do.

    Parameters
    ----------
    names
        What an argument is called elsewhere -> what to write here. The `TypeError` gets a note that says so.

    Examples
    --------
    >>> @elsewhere(n_trials="trials=")
    ... def search(*, trials=1): ...
    >>> try:
    ...     search(n_trials=5)
    ... except TypeError as error:
    ...     print(error.__notes__)
    ['n_trials is trials= here.']
    """

    def known(function: Callable[_P, _R]) -> Callable[_P, _R]:
        @functools.wraps(function)
        def called(*args: _P.args, **given: _P.kwargs) -> _R:
            try:
                return function(*args, **given)
            except TypeError as error:
                trace = error.__traceback__
                if trace is not None and trace.tb_next is None:  # the call itself failed, nothing inside it
                    for name in given:
                        if name in names:
                            error.add_note(f"{name} is {names[name]} here.")
                raise

        return called

    return known
