"""Independent random draws: the baseline that every other sampler must beat, and the safest when in doubt."""

from __future__ import annotations

from typing import final

from tunesmith.samplers._base import Sampler, Seed, Suggestion
from tunesmith.space import Params
from tunesmith.trial import History


@final
class RandomSampler(Sampler):
    """Draws every parameter from its prior (uniform on its scale unless given), redrawing what violates a constraint.

    Trial n's draw depends on the study's seed and n alone, so any number of workers make the same draws.

    Source: Bergstra and Bengio 2012, "Random search for hyper-parameter optimization", JMLR 13.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.minimize(
    ...     lambda x: x * x, ts.SearchSpace(x=ts.Float(-1, 1)), trials=5, sampler="random", storage=None
    ... )
    >>> len(study.trials)
    5
    """

    def sample(self, history: History, seed: Seed, given: Params = Params()) -> Suggestion:
        """Draw params at random; see `Sampler.sample`."""
        return Suggestion(history.space.sample(seed.rng(), given), {"member": "random"})
