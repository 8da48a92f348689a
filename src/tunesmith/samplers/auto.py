"""The default: picks a sampler for each trial by what the study is like, and says which."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import final

import msgspec

from tunesmith import _plugins
from tunesmith.samplers._base import Sampler, Seed, Suggestion
from tunesmith.space import Params
from tunesmith.trial import FrozenTrial, History

WIDE = 60
"""With more parameters than this the model and the density estimator take turns."""

PATIENT = 100
"""So many trials are always modelled with care; their suggestions cost a second in all."""

QUICK_SECONDS = 0.02
"""Beyond these trials, objectives that take less time than this get suggestions that take less, too."""

RARELY = 10
"""Of quick objectives each so-manieth trial is still modelled with care."""

LEAST, LEAST_TIED, EVENLY = 0.08, 0.25, 0.5
"""Share of the trials that tpe chooses: at least; at least where many values are equal; and at most."""

TIED = 0.3
"""From this share of trials on whose value another trial had, the objective counts as one with plateaus."""

UNINSURED = 10
"""The first trials are spread evenly, or too few to tell steps from a slope."""

RECENT = 60
"""How many of the newest trials decide what each sampler has earned."""


@final
class AutoSampler(Sampler):
    """The space's defaults first, where every parameter has one; then mostly the Gaussian process, insured by tpe.

    The `gp` sampler needs the fewest trials on smooth objectives; where the objective has steps or plateaus, `tpe` may
    do better. So a few trials are always given to `tpe`, more where many trials have the same value, and each of the
    two gets more as it finds new best values. Very wide spaces are shared evenly between them. After the first hundred
    trials, an objective that takes less than 20 ms is not kept waiting: nine of ten suggestions come from `tpe`.

    Every trial's `why` says which member chose it.

    Examples
    --------
    >>> import tunesmith as ts
    >>> space = ts.SearchSpace(x=ts.Float(-1, 1, default=0.5))
    >>> study = ts.Study(space, ts.Metric("loss"), seed=1)
    >>> study.ask().params, study.history.trial(0).why["member"]
    ({'x': 0.5}, 'default')
    """

    def __init__(self) -> None:
        self._members: dict[str, Sampler] = {}  # made when they are first asked: reading a study needs no model

    def sample(self, history: History, seed: Seed, given: Params = Params()) -> Suggestion:
        """Choose params; see `Sampler.sample`.

        Raises
        ------
        SearchExhausted
            If the space is finite and each of its points was tried.
        """
        if not given and (defaults := _untried_defaults(history)) is not None:
            return Suggestion(defaults, {"member": "default"})
        member, because = _member(history, seed)
        if member not in self._members:
            self._members[member] = _plugins.make("sampler", member)
        chosen = self._members[member].sample(history, seed, given)
        return msgspec.structs.replace(chosen, why={"policy": "auto", "because": because, **chosen.why})


def _member(history: History, seed: Seed) -> tuple[str, str]:
    """Which sampler chooses, and why."""
    ended, size = history.finished_count, history.space.size
    if size is not None and size <= 4 * ended + 64:
        return "gp", "few points are left, and it tries none twice"
    if ended >= PATIENT and seed.number % RARELY and _seconds(history, ended) < QUICK_SECONDS:
        return "tpe", "the objective is quicker than the model"
    draw = seed.rng().random()
    if len(history.space) > WIDE:
        return ("gp" if draw < EVENLY else "tpe"), "the space is wide"
    if ended < UNINSURED:
        return "gp", "the model learns from every trial"
    share, because = _insured(history.finished(max(0, ended - RECENT)), history)
    return ("tpe", because) if draw < share else ("gp", "the model learns from every trial")


def _seconds(history: History, ended: int) -> float:
    """The median time that the newest trials took."""
    times = [trial.duration for trial in history.finished(max(0, ended - 20)) if trial.duration is not None]
    return statistics.median(times) if times else math.inf


def _insured(recent: Sequence[FrozenTrial], history: History) -> tuple[float, str]:
    """The share of the trials that tpe chooses, by what both have earned and by how many values are equal."""
    metric = history.metric
    values: list[float] = []
    earned, asked = dict.fromkeys(("gp", "tpe"), 0.5), dict.fromkeys(("gp", "tpe"), 1.0)
    best = math.inf
    for trial in recent:
        value = metric.sign * trial.values.get(metric.name, math.inf * metric.sign)
        if trial.outside or (history.problem.bounded and not history.problem.allows(trial.values)):
            value = math.inf
        if (member := trial.why.get("member")) in asked:
            asked[member] += 1.0
            earned[member] += value < best
        best = min(best, value)
        values.append(value)
    known = [value for value in values if value < math.inf]
    tied = len(known) - len(set(known)) >= TIED * max(len(known), 1)
    by_tpe, by_gp = earned["tpe"] / asked["tpe"], earned["gp"] / asked["gp"]
    share = EVENLY * by_tpe / (by_tpe + by_gp)
    because = "many trials have the same value" if tied else "insurance against steps and plateaus"
    return max(share, LEAST_TIED if tied else LEAST), because


def _untried_defaults(history: History) -> Params | None:
    """The defaults of a declared space, until a trial has had them or a sampler has begun."""
    if not history.problem.declared or (defaults := history.space.defaults()) is None:
        return None
    for trial in history.trials:
        if trial.origin == "sampled" or trial.params == defaults:
            return None
    return defaults
