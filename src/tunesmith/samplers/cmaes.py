"""CMA-ES: a Gaussian that walks and stretches towards what was good, generation after generation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, final

import msgspec
import numpy as np

from tunesmith.errors import UsageError
from tunesmith.models.table import table_of
from tunesmith.numerics.encoding import Encoder
from tunesmith.numerics.evolution import SIGMA, Evolution
from tunesmith.samplers._base import Sampler, Seed, Suggestion
from tunesmith.samplers._evolution import Plan, search_of
from tunesmith.samplers._standing import standing_of
from tunesmith.space import Params
from tunesmith.trial import History

DRAWS, ROUNDS = 16, 4
"""How many points are drawn at a time, and how often, until one is allowed and new."""


@final
class CmaesSampler(Sampler):
    """Moves a Gaussian over the space, generation by generation, and learns its shape from the better half of each.

    The covariance matrix adaptation evolution strategy: for some hundreds of trials and more, on smooth or rugged
    objectives of numbers whose effects depend on each other. Whole numbers, steps and ordered values keep a margin, so
    that none is given up for good; choices have distributions of their own; parameters that are inactive in a trial
    learn nothing from it. A run that has converged, or stands still, is followed by another from elsewhere: larger
    generations that look farther and short local ones in turn (BIPOP).

    A generation is as many of its trials as end next, whichever generation they were drawn in: no worker waits for
    another, and with more workers than a generation has trials nothing is lost. Trials that were queued, added or
    chosen by another sampler show where to begin, and later join a generation when they are better than all of it.
    Failed trials rank last, those stopped early after all complete ones.

    Parameters
    ----------
    population
        Trials of a generation, at least 4; by default 4 + 3 ln(number of parameters).
    sigma
        Standard deviation at the start, as a share of each range.
    restarts
        Whether to begin anew after convergence.

    Raises
    ------
    UsageError
        If an argument is out of its range.

    Notes
    -----
    See `tunesmith.numerics.evolution` for the sources of the parts. Restarts: Hansen 2009, "Benchmarking a
    BI-population CMA-ES on the BBOB-2009 function testbed", GECCO.

    Examples
    --------
    >>> import tunesmith as ts
    >>> space = ts.SearchSpace(x=ts.Float(-5, 5), y=ts.Float(-5, 5))
    >>> tilted = lambda x, y: (x - 1) ** 2 + 100 * (x + y) ** 2
    >>> study = ts.minimize(tilted, space, trials=400, sampler="cmaes", storage=None, seed=0)
    >>> study.best.value < 1e-6
    True
    """

    def __init__(self, *, population: int | None = None, sigma: float = SIGMA, restarts: bool = True) -> None:
        if population is not None and population < 4:
            raise UsageError(f"population={population!r} must be at least 4.", hint="Leave it out.")
        if not 0 < sigma <= 1:
            raise UsageError(f"sigma={sigma!r} must be above 0 and at most 1.", hint="0.3 covers most of each range.")
        self._plan = Plan(population, sigma, restarts)

    def sample(self, history: History, seed: Seed, given: Params = Params()) -> Suggestion:
        """Choose params; see `Sampler.sample`."""
        table = table_of(history)
        search, standing, encoder = search_of(history, table, self._plan), standing_of(table), table.encoder
        why: dict[str, Any] = {"member": "cmaes", "run": search.run, "generation": search.evolution.generation}
        why["sigma"] = float(f"{search.evolution.sigma:.3g}")
        running = [trial.params for trial in history.running() if trial.number != seed.number]
        found: Suggestion | None = None
        for proposed in _proposals(history, encoder, search.evolution, seed, given):
            if not standing.knows(encoder.encode(proposed.params)) and proposed.params not in running:
                found = proposed
                break
            found = found or proposed
        if found is None:
            found = Suggestion(history.space.sample(seed.rng(), given), {"phase": "prior"})
        return msgspec.structs.replace(found, why={**why, **found.why})


def _proposals(
    history: History, encoder: Encoder, evolution: Evolution, seed: Seed, given: Params
) -> Iterator[Suggestion]:
    """Allowed points: from the Gaussian, those within all ranges first; at last from the prior."""
    generator, rng, space = np.random.default_rng(seed.entropy), seed.rng(), history.space
    fixed = encoder.encode(given) if given else None
    continuous = [j for j, column in enumerate(encoder.columns) if column.kind == "continuous"]
    keeps = len(continuous) < len(evolution.mean) or any(part.conditions for _, part in space.items())
    for _ in range(ROUNDS):
        rows, latent = evolution.draw(generator, DRAWS)
        cut = np.clip(rows[:, continuous], 0.0, 1.0)
        outside = (cut != rows[:, continuous]).any(axis=1)
        rows[:, continuous] = cut
        for place in np.argsort(outside, kind="stable").tolist():
            row = rows[place] if fixed is None else np.where(np.isnan(fixed), rows[place], fixed)
            params = encoder.decode(row, given)
            if space.feasible(params):
                yield Suggestion(params, {}, {"latent": latent[place].tolist()} if keeps else None)
    for _ in range(DRAWS):
        yield Suggestion(space.sample(rng, given), {"phase": "prior"})
