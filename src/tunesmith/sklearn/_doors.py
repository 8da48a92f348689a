"""The doors into scikit-learn: what this room uses of it, its private parts included, in one place."""

from __future__ import annotations

from typing import Any

from tunesmith._optional import require
from tunesmith.errors import MissingDependency

MINIMUM = (1, 6)
"""The oldest scikit-learn whose tags, routing and search base are those that we build on."""


def _checked() -> Any:
    sklearn = require("sklearn", extra="sklearn")
    version = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
    if version < MINIMUM:
        raise MissingDependency(
            f"scikit-learn {sklearn.__version__} is too old; {MINIMUM[0]}.{MINIMUM[1]} or newer is needed.",
            hint='Type: pip install -U "tunesmith[sklearn]"',
        )
    return sklearn


_sklearn = _checked()
_base: Any = require("sklearn.base", extra="sklearn")
_search: Any = require("sklearn.model_selection._search", extra="sklearn")
_model_selection: Any = require("sklearn.model_selection", extra="sklearn")
_metaestimators: Any = require("sklearn.utils.metaestimators", extra="sklearn")
_validation: Any = require("sklearn.utils.validation", extra="sklearn")
_routing: Any = require("sklearn.utils.metadata_routing", extra="sklearn")

# ruff: noqa: SLF001 - private, and used by every package that scores as scikit-learn does
BaseSearchCV: Any = _search.BaseSearchCV
search_constraints: dict[str, list[Any]] = _search.BaseSearchCV._parameter_constraints
MultimetricScorer: Any = _search._MultimetricScorer
_scorer: Any = require("sklearn.metrics._scorer", extra="sklearn")
BaseScorer: Any = _scorer._BaseScorer
PassthroughScorer: Any = _scorer._PassthroughScorer
KNeighborsClassifier: Any = require("sklearn.neighbors", extra="sklearn").KNeighborsClassifier
KNeighborsRegressor: Any = require("sklearn.neighbors", extra="sklearn").KNeighborsRegressor
StandardScaler: Any = require("sklearn.preprocessing", extra="sklearn").StandardScaler
make_pipeline: Any = require("sklearn.pipeline", extra="sklearn").make_pipeline
get_scorer: Any = _scorer.get_scorer
check_scoring: Any = _scorer.check_scoring
learning_curve: Any = require("sklearn.model_selection", extra="sklearn").learning_curve
metrics: Any = require("sklearn.metrics", extra="sklearn")
type_of_target: Any = require("sklearn.utils.multiclass", extra="sklearn").type_of_target
safe_indexing: Any = require("sklearn.utils", extra="sklearn")._safe_indexing
FitFailedWarning: Any = require("sklearn.exceptions", extra="sklearn").FitFailedWarning
ConvergenceWarning: Any = require("sklearn.exceptions", extra="sklearn").ConvergenceWarning
get_tags: Any = require("sklearn.utils", extra="sklearn").get_tags
MetadataRouter: Any = _routing.MetadataRouter
MethodMapping: Any = _routing.MethodMapping
get_config: Any = _sklearn.get_config
clone: Any = _base.clone
check_random_state: Any = _validation.check_random_state
BaseEstimator: Any = _base.BaseEstimator
FrozenEstimator: Any = require("sklearn.frozen", extra="sklearn").FrozenEstimator
FixedThresholdClassifier: Any = _model_selection.FixedThresholdClassifier
ClassifierMixin: Any = _base.ClassifierMixin
RegressorMixin: Any = _base.RegressorMixin
config_context: Any = _sklearn.config_context
is_classifier: Any = _base.is_classifier
indexable: Any = _validation.indexable
check_method_params: Any = _validation._check_method_params
available_if: Any = _metaestimators.available_if
row_count: Any = _validation._num_samples
check_is_fitted: Any = _validation.check_is_fitted
safe_set_output: Any = require("sklearn.utils._set_output", extra="sklearn")._safe_set_output
safe_split: Any = _metaestimators._safe_split
effective_n_jobs: Any = require("joblib", extra="sklearn").effective_n_jobs
active_backend: Any = require("joblib.parallel", extra="sklearn").get_active_backend
KFold: Any = _model_selection.KFold
StratifiedKFold: Any = _model_selection.StratifiedKFold
cross_val_score: Any = _model_selection.cross_val_score
rankdata: Any = require("scipy.stats", extra="sklearn").rankdata


def trustworthiness(rows: Any, embedded: Any, *, n_neighbors: int) -> float:
    """scikit-learn's own; its room of manifolds opens when somebody asks."""
    return float(require("sklearn.manifold", extra="sklearn").trustworthiness(rows, embedded, n_neighbors=n_neighbors))
