"""What may be tried: distributions, conditions, constraints, priors, and the space that holds them."""

from tunesmith.space.categorical import Categorical as Categorical
from tunesmith.space.choices import Opaque as Opaque
from tunesmith.space.choices import choice_key as choice_key
from tunesmith.space.conditions import Condition as Condition
from tunesmith.space.conditions import at_least as at_least
from tunesmith.space.conditions import at_most as at_most
from tunesmith.space.distribution import UNSET as UNSET
from tunesmith.space.distribution import Distribution as Distribution
from tunesmith.space.fixed import Fixed as Fixed
from tunesmith.space.float import Float as Float
from tunesmith.space.int import Int as Int
from tunesmith.space.ordinal import Ordinal as Ordinal
from tunesmith.space.params import Params as Params
from tunesmith.space.priors import Beta as Beta
from tunesmith.space.priors import LogNormal as LogNormal
from tunesmith.space.priors import Normal as Normal
from tunesmith.space.priors import Prior as Prior
from tunesmith.space.search_space import SearchSpace as SearchSpace

__all__ = [
    "UNSET",
    "Beta",
    "Categorical",
    "Condition",
    "Distribution",
    "Fixed",
    "Float",
    "Int",
    "LogNormal",
    "Normal",
    "Opaque",
    "Ordinal",
    "Params",
    "Prior",
    "SearchSpace",
    "at_least",
    "at_most",
    "choice_key",
]
