"""Sobol' points: as blind as random search, but spread evenly, so that no region is missed by chance."""

from __future__ import annotations

from typing import final

from tunesmith.samplers._base import Sampler, Seed, Suggestion
from tunesmith.samplers._design import sobol_params
from tunesmith.space import Params
from tunesmith.trial import History


@final
class SobolSampler(Sampler):
    """Spreads trials evenly over the space by a scrambled Sobol' sequence: trial n takes the n-th point.

    Every parameter has its own dimension, also of a mixed or conditional space; priors bend the dimensions. The n-th
    point depends on the study's seed and n alone: any number of workers, in any order, try the same points, and trials
    that were queued or added by hand shift none. The spread is most even after 2, 4, 8, 16... trials. A point that
    breaks a constraint is replaced by random draws of the same trial.

    Source: Sobol' 1967, with the direction numbers of Joe and Kuo 2008, SIAM J. Sci. Comput. 30; for hyperparameters:
    Bousquet et al. 2017, "Critical hyper-parameters: no random, no cry" (arXiv 1706.03200).

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.minimize(lambda x: x, ts.SearchSpace(x=ts.Float(0, 1)), trials=8, sampler="sobol", storage=None)
    >>> sorted(int(8 * trial.params["x"]) for trial in study.trials)
    [0, 1, 2, 3, 4, 5, 6, 7]
    """

    def sample(self, history: History, seed: Seed, given: Params = Params()) -> Suggestion:
        """Give the params at the trial's point; see `Sampler.sample`."""
        return Suggestion(sobol_params(history.space, seed, given), {"member": "sobol", "point": seed.number})
