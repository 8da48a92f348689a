# What type checkers see of the face, which loads its names when they are first used.

from tunesmith.errors import TrialPruned as TrialPruned
from tunesmith.errors import TunesmithError as TunesmithError
from tunesmith.errors import TunesmithWarning as TunesmithWarning
from tunesmith.sklearn.early_stopping import EarlyStopping as EarlyStopping
from tunesmith.sklearn.nested import nested_cv as nested_cv
from tunesmith.sklearn.search import TuneSearchCV as TuneSearchCV
from tunesmith.sklearn.spaces import space_for as space_for
from tunesmith.space import Beta as Beta
from tunesmith.space import Categorical as Categorical
from tunesmith.space import Fixed as Fixed
from tunesmith.space import Float as Float
from tunesmith.space import Int as Int
from tunesmith.space import LogNormal as LogNormal
from tunesmith.space import Normal as Normal
from tunesmith.space import Ordinal as Ordinal
from tunesmith.space import Params as Params
from tunesmith.space import SearchSpace as SearchSpace
from tunesmith.space import at_least as at_least
from tunesmith.space import at_most as at_most
from tunesmith.study import Budget as Budget
from tunesmith.study import Study as Study
from tunesmith.study import Trial as Trial
from tunesmith.study import compare as compare
from tunesmith.study import compare_choices as compare_choices
from tunesmith.study import maximize as maximize
from tunesmith.study import minimize as minimize
from tunesmith.trial import FrozenTrial as FrozenTrial
from tunesmith.trial import History as History
from tunesmith.trial import Metric as Metric
from tunesmith.trial import TrialState as TrialState
from tunesmith.validation import find_leaks as find_leaks

__version__: str
__all__: list[str]
