# What type checkers see of the room, which loads its names when they are first used.

from tunesmith.sklearn.early_stopping import EarlyStopping as EarlyStopping
from tunesmith.sklearn.nested import nested_cv as nested_cv
from tunesmith.sklearn.sample_sizes import more_rows as more_rows
from tunesmith.sklearn.search import TuneSearchCV as TuneSearchCV
from tunesmith.sklearn.spaces import space_for as space_for
