"""Comparing studies, or the choices inside one, on the same folds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tunesmith import _plugins
from tunesmith.errors import InvalidParams, UsageError, did_you_mean
from tunesmith.space import Categorical
from tunesmith.study.study import Study
from tunesmith.trial import FrozenTrial

if TYPE_CHECKING:  # opens numpy, which a study does without
    from tunesmith.analysis import Paired


def compare(one: Study, other: Study, *, rope: float | None = None) -> Paired:
    """Whether the best of one study is better than the best of another, on the same folds.

    Parameters
    ----------
    one, other
        Studies of `TuneSearchCV` or `tunesmith tune`, or others whose trials report each fold.
    rope
        Half the region in which both count as equal, in units of the metric; None takes 0.01, or 1 % of scores that
        are not within 0 and 1.

    Returns
    -------
    The mean difference with a corrected interval and test, and the probabilities that one is better, equal and worse.
    `.words` says it in sentences.

    Raises
    ------
    UsageError
        If the metrics differ.
    InvalidData
        If the folds differ, or are not known to be the same.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> import tunesmith as ts
    >>> X, y = load_wine(return_X_y=True)
    >>> bayes = ts.TuneSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 1e-6]}, name="bayes", cv=10).fit(X, y)
    >>> trees = DecisionTreeClassifier(random_state=0)
    >>> tree = ts.TuneSearchCV(trees, {"max_depth": [1, 2]}, name="tree", cv=10).fit(X, y)
    >>> print(ts.compare(bayes.study_, tree.study_).verdict)
    bayes is better than tree
    """
    side, paired = _plugins.door("analysis.paired", "Side"), _plugins.door("analysis.paired", "paired")
    found: Paired = paired(side.of(one.history, one.card), side.of(other.history, other.card), rope=rope)
    return found


def compare_choices(study: Study, parameter: str, *, rope: float | None = None) -> tuple[Paired, ...]:
    """The best choice of a parameter against each other one, such as one algorithm against the others.

    The p values are corrected for as many questions as there are answers (Holm 1979).

    Parameters
    ----------
    study
        Whose trials are divided by the parameter's value.
    parameter
        One with choices.
    rope
        As in `compare`.

    Raises
    ------
    InvalidParams
        If there is no such parameter, or it has no choices.
    UsageError
        If fewer than two choices have a complete trial.
    """
    history, card = study.history, study.card
    if parameter not in history.space:
        raise InvalidParams(f"There is no parameter {parameter!r}.", hint=did_you_mean(parameter, history.space.names))
    if not isinstance(history.space[parameter], Categorical):
        raise InvalidParams(f"{parameter!r} has no choices to compare.", hint="Name a Categorical parameter.")
    values = dict.fromkeys(t.params[parameter] for t in history.complete() if parameter in t.params)
    if len(values) < 2:
        raise UsageError(
            f"{len(values)} choice(s) of {parameter!r} have a complete trial; two are needed.", hint="Run more trials."
        )
    make, paired = _plugins.door("analysis.paired", "Side"), _plugins.door("analysis.paired", "paired")

    def side(value: Any) -> Any:
        def chose(trial: FrozenTrial) -> bool:
            return parameter in trial.params and trial.params[parameter] == value

        return make.of(history, card, name=str(value), where=chose)

    sides = [side(value) for value in values]
    best = max(sides, key=lambda one: float((-history.metric.sign * one.scores).mean(axis=1).max()))
    found: list[Paired] = [paired(best, one, rope=rope) for one in sides if one is not best]
    return tuple(_plugins.door("analysis.paired", "holm")(found))
