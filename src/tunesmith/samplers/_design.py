"""Furniture of the samplers: the points that are tried before there is anything to learn from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tunesmith.numerics.qmc import sobol_point
from tunesmith.samplers._base import Seed
from tunesmith.space import Params, SearchSpace


def sobol_params(space: SearchSpace, seed: Seed, given: Mapping[str, Any]) -> Params:
    """The params at the Sobol' point of a trial's number; every declared parameter owns one dimension.

    The point depends on the study's seed and the trial's number alone. Parameters that are inactive there leave their
    coordinate unused, so that nobody else's changes. Where the point breaks a constraint, the trial's own random
    numbers draw until one does not.

    Raises
    ------
    InvalidSpace
        If random draws find no point that satisfies the constraints.
    """
    names = space.names
    point = sobol_point(seed.number, len(names), seed.study)
    params = space.decode(dict(zip(names, point.tolist(), strict=True)), given)
    return params if space.feasible(params) else space.sample(seed.rng(), given)
