"""The contract of a sampler: from what happened so far to the params that are tried next."""

from __future__ import annotations

import abc
import random
from typing import Any, ClassVar, NamedTuple, final

import msgspec

from tunesmith.space import Params
from tunesmith.trial import History


@final
class Seed(NamedTuple):
    """The seed of one trial: the study's seed and the trial's number, so that no order of events can change it.

    `stream` tells apart several draws for the same trial (a mid-trial `suggest_*` after some were answered).

    Examples
    --------
    >>> Seed(7, 0).rng().random() == Seed(7, 0).rng().random() != Seed(7, 1).rng().random()
    True
    """

    study: int
    number: int
    stream: int = 0

    def rng(self) -> random.Random:
        """A generator of the standard library for this trial; the same on every machine and version."""
        study, number, stream = self
        return random.Random((study % 2**64 << 96) + (number << 32) + stream)  # noqa: S311 - no secret is drawn from it

    @property
    def entropy(self) -> tuple[int, int, int]:
        """Three non-negative ints for `numpy.random.default_rng`."""
        return (self.study % 2**64, self.number, self.stream)


@final
class Suggestion(msgspec.Struct, frozen=True):
    """Params to try, and why: who chose them (`member`) and on what grounds, as JSON values.

    `state` is at most a few kilobytes of JSON (fitted hyperparameters, say) that the log keeps with the trial and from
    which a later ask may start; a sampler must give the same answer, bit for bit, whether it is warm or not.
    """

    params: Params
    why: dict[str, Any] = msgspec.field(default_factory=dict)
    state: dict[str, Any] | None = None


class Sampler(abc.ABC):
    """Chooses params. Amnesiac: the same history and seed give the same suggestion, from a fresh instance.

    A member may keep caches that only save time. It never writes, and is never told of trials: it reads the history.
    """

    is_finite: ClassVar[bool] = False
    """Whether it ends by itself, so that `optimize` needs no limit."""

    @abc.abstractmethod
    def sample(self, history: History, seed: Seed, given: Params = Params()) -> Suggestion:
        """Choose params for one trial.

        Parameters
        ----------
        history
            Everything that happened so far; `history.space` is what may be tried.
        seed
            The only source of randomness.
        given
            Values that are fixed already (a partly queued trial, or what a running objective was told); the suggestion
            completes them.

        Raises
        ------
        SearchExhausted
            If nothing is left to try.
        """
