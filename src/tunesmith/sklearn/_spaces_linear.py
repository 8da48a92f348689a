"""Ready-made spaces of linear models."""

from __future__ import annotations

from tunesmith.sklearn._spaces_entry import (
    BISCHL,
    CLASS_WEIGHT,
    FEURER,
    PROBST,
    Entry,
    EstimatorSpace,
    Facts,
    clipped_int,
)
from tunesmith.space import Categorical, Distribution, Float, Int

_LINEAR = "sklearn.linear_model"
_SGD = "scikit-learn user guide, Stochastic Gradient Descent, Tips on practical use; " + FEURER


def _no_ratio(facts: Facts) -> bool:
    """Whether the estimator was left at a pure ridge penalty."""
    return facts.own.get("l1_ratio") in (None, 0, 0.0) and facts.own.get("penalty", "deprecated") == "deprecated"


def _solver(facts: Facts) -> Categorical | None:
    """The way to an elastic net, where it is in reach of the time that people have and of this scikit-learn."""
    if not _no_ratio(facts) or facts.rows(1000) * facts.columns() > 200_000:
        return None
    return Categorical("lbfgs", "saga", default="lbfgs")


def _ridge_alpha(facts: Facts) -> Float:
    """The penalty stands against a sum over rows, so what is strong grows with their number."""
    return Float(1e-3, max(1e3, 10.0 * facts.rows(1000)), log=True, default=1.0)


def _alpha(low: float, high: float, default: float) -> Entry:
    return Entry("alpha", Float(low, high, log=True, default=default), "Strength of the penalty; larger is simpler.")


_RIDGE = (Entry("alpha", _ridge_alpha, "Strength of the ridge penalty; larger shrinks all coefficients more."),)

_LOGISTIC = (
    Entry(
        "C",
        Float(1e-4, 1e4, log=True, default=1.0),
        "Inverse strength of the penalty: small keeps coefficients small, large trusts the data.",
    ),
    Entry(
        "solver",
        _solver,
        "lbfgs is fast and penalises by ridge alone; saga can mix in the lasso, and wants scaled columns.",
    ),
    Entry(
        "l1_ratio",
        Float(0.0, 1.0, default=0.0).when("solver", "saga").when("penalty", "deprecated", "elasticnet"),
        "Share of the lasso in the penalty: 0 keeps all columns, 1 drops many.",
    ),
    CLASS_WEIGHT,
)


def _sgd(losses: Distribution) -> tuple[Entry, ...]:
    return (
        Entry(
            "alpha",
            Float(1e-7, 1e-1, log=True, default=1e-4),
            "Strength of the penalty; with an 'optimal' learning rate it sets the steps as well.",
        ),
        Entry("loss", lambda facts: _same_family(losses, facts), "What a mistake costs; some give probabilities."),
        Entry(
            "penalty",
            Categorical("l2", "l1", "elasticnet", default="l2"),
            "l2 keeps all columns, l1 drops many, elasticnet mixes.",
        ),
        Entry(
            "l1_ratio",
            Float(0.0, 1.0, default=0.15).when("penalty", "elasticnet"),
            "Share of the lasso in the elastic net.",
        ),
    )


def _same_family(losses: Distribution, facts: Facts) -> Distribution:
    """Somebody who chose a loss with probabilities needs them."""
    given = facts.own.get("loss")
    return (
        Categorical("log_loss", "modified_huber", default=given) if given in ("log_loss", "modified_huber") else losses
    )


def _components(facts: Facts) -> Int:
    return clipped_int(1, min(facts.columns(2), facts.part(0.5, 1, 30)), default=2)


_SGD_CLASSIFIER = Categorical("hinge", "log_loss", "modified_huber", default="hinge")
_SGD_REGRESSOR = Categorical("squared_error", "huber", "epsilon_insensitive", default="squared_error")

SPACES = (
    EstimatorSpace("LogisticRegression", _LINEAR, f"{PROBST} (glmnet); {BISCHL}", _LOGISTIC),
    EstimatorSpace("Ridge", _LINEAR, BISCHL, _RIDGE),
    EstimatorSpace("RidgeClassifier", _LINEAR, BISCHL, (*_RIDGE, CLASS_WEIGHT)),
    EstimatorSpace(
        "Lasso",
        _LINEAR,
        "Friedman, Hastie, Tibshirani 2010 (glmnet), J. Stat. Softw. 33(1)",
        (_alpha(1e-4, 1e3, 1.0),),
        "alpha is in units of the target: the range fits a target of scale 1 to 1,000.",
    ),
    EstimatorSpace(
        "ElasticNet",
        _LINEAR,
        f"{PROBST} (glmnet)",
        (
            _alpha(1e-4, 1e3, 1.0),
            Entry("l1_ratio", Float(0.05, 1.0, default=0.5), "Share of the lasso: near 0 keeps columns, 1 drops many."),
        ),
        "alpha is in units of the target: the range fits a target of scale 1 to 1,000.",
    ),
    EstimatorSpace("SGDClassifier", _LINEAR, _SGD, (*_sgd(_SGD_CLASSIFIER), CLASS_WEIGHT), "Scale the columns first."),
    EstimatorSpace("SGDRegressor", _LINEAR, _SGD, _sgd(_SGD_REGRESSOR), "Scale the columns and the target first."),
    EstimatorSpace(
        "HuberRegressor",
        _LINEAR,
        "Huber, Ronchetti 2009, Robust Statistics",
        (
            Entry(
                "epsilon",
                Float(1.01, 5.0, log=True, default=1.35),
                "How far off, in robust standard deviations, a row counts as an outlier; smaller is more robust.",
            ),
            _alpha(1e-6, 1e2, 1e-4),
        ),
    ),
    EstimatorSpace("QuantileRegressor", _LINEAR, BISCHL, (_alpha(1e-5, 10.0, 1.0),)),
    EstimatorSpace("PoissonRegressor", _LINEAR, BISCHL, (_alpha(1e-6, 1e2, 1.0),)),
    EstimatorSpace("GammaRegressor", _LINEAR, BISCHL, (_alpha(1e-6, 1e2, 1.0),)),
    EstimatorSpace("TweedieRegressor", _LINEAR, BISCHL, (_alpha(1e-6, 1e2, 1.0),)),
    EstimatorSpace(
        "Perceptron",
        _LINEAR,
        _SGD,
        (
            Entry(
                "penalty", Categorical(None, "l2", "l1", "elasticnet", default=None), "Kind of the penalty, or none."
            ),
            Entry(
                "alpha",
                Float(1e-7, 1e-1, log=True, default=1e-4).when("penalty", "l2", "l1", "elasticnet"),
                "Strength of the penalty; larger is simpler.",
            ),
            CLASS_WEIGHT,
        ),
    ),
    EstimatorSpace(
        "PLSRegression",
        "sklearn.cross_decomposition",
        "Wold, Sjostrom, Eriksson 2001, Chemom. Intell. Lab. Syst. 58",
        (Entry("n_components", _components, "How many latent directions are kept; more fit more closely."),),
    ),
)
