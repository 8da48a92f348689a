"""Early stopping inside a fold: part of its training rows is watched, and the rows that score never are."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, final

import numpy as np
import numpy.typing as npt

from tunesmith.errors import InvalidData, TunesmithWarning, UsageError
from tunesmith.sklearn import _doors as sk
from tunesmith.sklearn.aside import Aside
from tunesmith.sklearn.stopping_rules import MOST, ROUNDS, Facts, Part, Rule, known, rule_of
from tunesmith.space import SearchSpace
from tunesmith.space.choices import label_of
from tunesmith.validation import Split, ValidationScheme, from_cv

INNER = "inner"
"""In place of an `eval_set`: each fold's own inner rows."""
_EVAL_SET = "eval_set"
_DEALS = 5
_AUTOMATIC = 10_000
"""Above so many rows, histogram boosting stops early unless it is told not to."""
_GROWTH = 0.5
"""The best number of rounds grows with this power of the number of rows; see the documentation for the measurement."""

FitParams = Callable[[Any, Any, Any], Mapping[str, Any]]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyStopping:
    """When a model that is fitted round by round (trees, epochs) stops, inside each fold of a search.

    The training rows of each fold are split once more, the model is fitted to the larger part and stops when the
    smaller one no longer gets better. The rows that score the fold are never looked at.

    Parameters
    ----------
    patience
        Rounds without improvement after which fitting stops. None takes a booster's own `early_stopping_rounds`, else
        what is usual: 50 trees, 10 epochs.
    share
        Share of each fold's training rows that is watched, 0.05 to 0.5.
    scheme
        How these rows are dealt: None takes the kind of the search's own folds (the last rows in time, whole groups, a
        stratified draw). Else whatever `cv` of a search may be; the last of its splits counts, and `share` does not.
    most
        Rounds that are fitted at most. None takes the estimator's own number where one was chosen, else 2,000 trees or
        1,000 epochs.
    fit_params
        For an estimator that is not known: called with the estimator and the watched rows `(estimator, X_val, y_val)`
        in each fold, it gives what `fit` gets beside the rows. The estimator stops by itself then.
    rounds_of
        With `fit_params`: from the fitted estimator to its best number of rounds.
    rounds_param
        With `rounds_of`: the parameter that says how many rounds are fitted, for the refit. Without the two the refit
        watches an inner part of all rows.

    Examples
    --------
    >>> EarlyStopping(patience=20).share
    0.2
    """

    patience: int | None = None
    share: float = 0.2
    scheme: Any = None
    most: int | None = None
    fit_params: FitParams | None = None
    rounds_of: Callable[[Any], int] | None = None
    rounds_param: str = ""

    def __post_init__(self) -> None:
        for name in ("patience", "most"):
            value: object = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1):
                raise UsageError(
                    f"EarlyStopping: {name} must be a whole number of at least 1, or None, got {value!r}.",
                    hint="Write early_stopping=50, or EarlyStopping(patience=50).",
                )
        share: object = self.share
        if isinstance(share, bool) or not isinstance(share, (int, float, np.floating)) or not 0.05 <= share <= 0.5:
            raise UsageError(
                f"EarlyStopping: share must be 0.05 to 0.5, got {share!r}.", hint="Write EarlyStopping(share=0.2)."
            )
        for name in ("fit_params", "rounds_of"):
            if getattr(self, name) is not None and not callable(getattr(self, name)):
                raise UsageError(
                    f"EarlyStopping: {name} must be a function, got {getattr(self, name)!r}.",
                    hint="Write EarlyStopping(fit_params=lambda model, X_val, y_val: {...}).",
                )
        if (self.rounds_of is not None) != bool(self.rounds_param) or (self.rounds_of and self.fit_params is None):
            raise UsageError(
                "EarlyStopping: rounds_of and rounds_param go together, and with fit_params.",
                hint="rounds_of reads the best number of rounds, rounds_param says where the refit gets it.",
            )

    @property
    def label(self) -> str:
        """One line that is the same for the same settings, in another process, too."""
        parts = (getattr(self, name) for name in self.__slots__)
        return "; ".join(getattr(part, "__qualname__", None) or label_of(part) for part in parts)


def as_early_stopping(given: object) -> EarlyStopping | None:
    """From what a search was told: None or False, True, a number of rounds, or an `EarlyStopping`.

    Raises
    ------
    UsageError
        If it is none of these.

    Examples
    --------
    >>> as_early_stopping(30).patience
    30
    """
    if given is None or isinstance(given, EarlyStopping):
        return given
    if isinstance(given, bool):
        return EarlyStopping() if given else None
    if isinstance(given, (int, np.integer)):
        return EarlyStopping(patience=int(given))
    raise UsageError(
        f"early_stopping must be a number of rounds, True, an EarlyStopping or None, got {given!r}.",
        hint="Write early_stopping=50.",
    )


def from_fit_params(
    early: EarlyStopping | None, fit_params: Mapping[str, Any]
) -> tuple[EarlyStopping | None, dict[str, Any]]:
    """Take an `eval_set` that is the word `"inner"` or a function out of the metadata: both mean each fold's own rows.

    Raises
    ------
    UsageError
        If rows were given as well as early stopping, or another word.
    """
    kept = dict(fit_params)
    for name in [name for name in kept if name.rpartition("__")[2] == _EVAL_SET]:
        value = kept[name]
        if callable(value):
            early = replace(early or EarlyStopping(), fit_params=value)
        elif isinstance(value, str) and value == INNER:
            early = early or EarlyStopping()
        elif isinstance(value, str) or early is not None:
            what = "rows, and early_stopping watches rows of each fold" if early is not None else repr(value)
            raise UsageError(
                f"{name} is {what}.",
                hint=f'Write {name}="{INNER}" for rows of each fold, or leave one of them out.',
            )
        else:
            continue
        del kept[name]
    return early, kept


@final
class _Place(NamedTuple):
    """Where in an estimator the part is that stops: itself, or the last step of pipelines."""

    leaf: Any
    prefix: str
    before: tuple[Any, ...]


def _place_of(estimator: Any) -> _Place:
    prefix, before = "", []
    while any(kind.__name__ == "Pipeline" for kind in type(estimator).__mro__):
        before += [step for _, step in estimator.steps[:-1]]
        name, estimator = estimator.steps[-1]
        prefix += f"{name}__"
    return _Place(estimator, prefix, tuple(before))


@final
@dataclass(frozen=True)
class Stopping:
    """The early stopping of one search: how rows are dealt, and what is fitted.

    Parameters
    ----------
    early
        What was asked for.
    aside
        How the inner rows are dealt.
    groups, times
        One label and one moment a row, where there are such.
    searched
        Names of the parameters that are searched: where the rounds are among them, they are the most.
    """

    early: EarlyStopping
    aside: Aside
    groups: Any = None
    times: Any = None
    searched: frozenset[str] = field(default_factory=frozenset)

    def fit(self, estimator: Any, X: Any, y: Any, rows: Any, fit_params: Mapping[str, Any]) -> Facts:
        """Fit an estimator to some rows but for an inner part, which it watches; it is left at its best round.

        Parameters
        ----------
        estimator
            Fitted in place; one that cannot be stopped is fitted to all of `rows`.
        X, y, fit_params
            All rows, and metadata for `fit`.
        rows
            The numbers of those to fit on.

        Returns
        -------
        `rounds` and what else the refit needs; empty where it was not stopped.
        """
        rows = np.asarray(rows)
        rule = rule_of(_place_of(estimator).leaf)
        able = rule is not None and rule.able(_place_of(estimator).leaf.get_params())
        if not able and self.early.fit_params is None:
            _plainly(estimator, X, y, rows, fit_params)
            return {}
        split = self.split(X, y, rows, fit_params)
        X_in, y_in = sk.safe_split(estimator, X, y, split.train)
        X_val, y_val = sk.safe_split(estimator, X, y, split.test, split.train)
        given = sk.check_method_params(X, params=fit_params, indices=split.train)
        watched = sk.check_method_params(X, params=fit_params, indices=split.test)
        by_row = [(given[name], watched[name]) for name in given if given[name] is not watched[name]]
        place = _place_of(estimator)
        found: Facts = {}

        def fit_leaf(X_leaf: Any, y_leaf: Any = None, **extra: Any) -> Any:
            del place.leaf.fit  # from here on it is its own again
            held = Part(_through(_place_of(estimator).before, X_val), y_val, _twins(extra, by_row))
            found.update(self._fit_leaf(place.leaf, rule, Part(X_leaf, y_leaf, extra), held, place.prefix))
            return place.leaf

        place.leaf.fit = fit_leaf  # its pipeline calls it with what the steps before made of the inner part alone
        try:
            estimator.fit(X_in, y_in, **given)
        finally:
            place.leaf.__dict__.pop("fit", None)
        return found

    def _fit_leaf(self, leaf: Any, rule: Rule | None, part: Part, held: Part, prefix: str) -> Facts:
        if self.early.fit_params is not None:
            own = dict(self.early.fit_params(leaf, held.X, held.y))
            leaf.fit(part.X, part.y, **{**part.extra, **own})
            return {} if self.early.rounds_of is None else {ROUNDS: float(self.early.rounds_of(leaf))}
        if rule is None:  # `fit` comes here with a rule or a function
            return {}
        own = leaf.get_params()
        name = rule.param(own)
        most = self._most(rule, own, prefix)
        leaf.set_params(**{name: most})
        facts = rule.fit(leaf, part, held, self._patience(rule, own))
        return {**facts, MOST: float(most)} if facts else facts

    def _patience(self, rule: Rule, own: Mapping[str, Any]) -> int:
        """As the search was told, else as a booster was, else what is usual."""
        told = own.get("early_stopping_rounds") or own.get("early_stopping_round")
        return int(self.early.patience or told or rule.patience)

    def _most(self, rule: Rule, own: Mapping[str, Any], prefix: str) -> int:
        """How many rounds may be fitted."""
        name = rule.param(own)
        if prefix + name in self.searched:
            return int(own[name])
        if self.early.most is not None:
            return int(self.early.most)
        return rule.most if own.get(name) in {None, rule.usual} else int(own[name])

    def split(self, X: Any, y: Any, rows: npt.NDArray[Any], fit_params: Mapping[str, Any]) -> Split:
        """The rows to fit (`train`) and to watch (`test`), out of `rows`; classes that are fitted are all of them.

        Raises
        ------
        InvalidData
            If the rows are too few, or a class is in one group alone.
        """
        groups = next((v for k, v in fit_params.items() if k.rpartition("__")[2] in {"qid", "group_id"}), self.groups)
        inner_groups = None if groups is None else np.asarray(groups)[rows]
        times = None if self.times is None else np.asarray(self.times)[rows]
        target = None if y is None else np.asarray(y)[rows]
        lost: Any = ()
        for deal in range(_DEALS):
            found = self._deal(rows, target, inner_groups, times, deal)
            lost = _lost(target, found) if self._by_class(target) else ()
            if len(found.train) and len(found.test) and not len(lost):
                return Split(rows[found.train], rows[found.test])
            if self.aside.in_time or self.early.scheme is not None:
                break
        what = f"the class {lost[0]!r} would not be fitted" if len(lost) else "no row would be left to fit or to watch"
        raise InvalidData(
            f"early_stopping splits the {len(rows)} training rows of a fold once more, and {what}.",
            hint="Give more rows or groups, another EarlyStopping(share=...), or leave early_stopping out.",
        )

    def _by_class(self, target: Any) -> bool:
        return self.aside.classifier and target is not None and np.ndim(target) == 1

    def _deal(self, rows: Any, target: Any, groups: Any, times: Any, deal: int) -> Split:
        if self.early.scheme is not None:
            scheme = from_cv(self.early.scheme, target, classifier=self.aside.classifier)
            return scheme.splits(np.zeros((len(rows), 1)), target, groups)[-1]
        aside = replace(self.aside, seed=self.aside.seed + deal)
        classes = self._by_class(target)
        if aside.in_time:
            return aside.deal(len(rows), times=times)
        if groups is not None:
            return _whole_groups(aside, target if classes else None, groups)
        if not classes:
            return replace(aside, classifier=False).deal(len(rows))
        codes, counts = np.unique(target, return_inverse=True, return_counts=True)[1:]
        lonely = counts[codes] < 2  # always fitted, as a class that is watched alone is of no use
        shared = np.flatnonzero(~lonely)
        enough = math.floor(self.aside.share * len(shared)) >= np.count_nonzero(counts > 1)
        dealt = replace(aside, classifier=bool(enough)).deal(len(shared), target[shared])
        return Split(np.sort(np.r_[shared[dealt.train], np.flatnonzero(lonely)]), shared[dealt.test])

    def final(
        self, estimator: Any, folds: Sequence[Mapping[str, float]], splits: Sequence[Split], rows: int
    ) -> dict[str, Any]:
        """The params with which the winner is fitted to all rows, without stopping; empty where that is not known.

        The rounds are the median over folds, times the square root of how many more rows the refit has.

        Parameters
        ----------
        estimator
            With the winner's params.
        folds
            What stopping found in each of them.
        splits, rows
            The folds, and the number of all rows.
        """
        stopped = [facts for facts in folds if ROUNDS in facts]
        if not stopped:
            return {}
        facts = {name: float(np.median([one[name] for one in stopped])) for name in stopped[0]}
        place = _place_of(estimator)
        rule = rule_of(place.leaf)
        if rule is not None and facts[ROUNDS] > facts.get(MOST, math.inf) - self._patience(
            rule, place.leaf.get_params()
        ):
            name = place.prefix + rule.param(place.leaf.get_params())
            warnings.warn(
                f"Early stopping did not stop the winner: it was fitted for {facts[MOST]:.0f} rounds, the most. "
                f"Raise {name if name in self.searched else 'EarlyStopping(most=...)'}, or the learning rate.",
                TunesmithWarning,
                stacklevel=4,
            )
        inner = 0.0 if self.early.scheme is not None else self.aside.share
        fitted = float(np.mean([len(split.train) for split in splits])) * (1 - inner)
        facts[ROUNDS] = float(max(1, round(facts[ROUNDS] * (rows / fitted) ** _GROWTH)))
        if self.early.fit_params is not None:
            found: dict[str, Any] = {self.early.rounds_param: int(facts[ROUNDS])}
        else:
            found = {} if rule is None else rule.refit(place.leaf.get_params(), facts)
        return {f"{place.prefix}{name}": value for name, value in found.items()}

    def fit_whole(self, estimator: Any, X: Any, y: Any, fit_params: Mapping[str, Any]) -> None:
        """Fit the winner to all rows; where nobody can read its rounds, it watches an inner part of them."""
        rows = np.arange(len(y) if y is not None else X.shape[0])
        if self.early.fit_params is not None and self.early.rounds_of is None:
            self.fit(estimator, X, y, rows, fit_params)
            return
        with warnings.catch_warnings():  # the last epoch is the one that was asked for
            warnings.simplefilter("ignore", sk.ConvergenceWarning)
            _plainly(estimator, X, y, rows, fit_params)


def bind(
    early: EarlyStopping | None, estimator: Any, scheme: ValidationScheme, space: SearchSpace, groups: Any, rows: int
) -> Stopping | None:
    """Early stopping for one search of so many rows; None where nobody asked.

    Warns where the estimator stops by itself on a random draw, and groups or times are torn by that.

    Raises
    ------
    UsageError
        If nothing is known of how the estimator stops, naming those that are known.
    """
    aside = Aside.like(scheme, 0.2 if early is None else early.share, classifier=sk.is_classifier(estimator))
    place = _place_of(estimator)
    rule = rule_of(place.leaf)
    if early is None:
        if rule is not None and (aside.in_time or groups is not None):
            _warn_of_random(place.leaf, "groups apart" if groups is not None else "up the order of time", rows)
        return None
    chosen = place.prefix.removesuffix("__") in space.names  # a step that is searched: each trial may bring another
    if rule is None and early.fit_params is None and not chosen:
        raise UsageError(
            f"early_stopping: it is not known how {type(place.leaf).__name__} stops. Known, alone or as the last step "
            f"of a pipeline: {known()}.",
            hint="Leave early_stopping out, or say how: EarlyStopping(fit_params=lambda model, X_val, y_val: {...}).",
        )
    searched = [] if rule is None else [f"{place.prefix}{name}" for name in rule.rounds]
    if both := [name for name in searched if name in space.names]:
        warnings.warn(
            f"{both[0]} is searched, and early stopping finds it: each trial fits at most so many rounds. "
            f"Leave {both[0]} out of the space.",
            TunesmithWarning,
            stacklevel=4,
        )
    return Stopping(early, aside, groups, None, frozenset(space.names))


def _warn_of_random(leaf: Any, torn: str, rows: int) -> None:
    own = leaf.get_params()
    if "n_iter_no_change" not in own:
        return
    asked = own.get("early_stopping", own["n_iter_no_change"] is not None)
    if asked is True or (asked == "auto" and rows > _AUTOMATIC):
        warnings.warn(
            f"{type(leaf).__name__} stops early on a random draw of its training rows, which tears {torn}. "
            "early_stopping=... of the search draws as its folds do.",
            TunesmithWarning,
            stacklevel=4,
        )


def without_rounds(space: SearchSpace, estimator: Any, *, prefix: str = "") -> SearchSpace:
    """A ready-made space, whose names begin with `prefix`, less the number of rounds, which early stopping finds."""
    place = _place_of(estimator)
    rule = rule_of(place.leaf)
    if rule is None:
        return space
    found = {f"{prefix}{place.prefix}{name}" for name in rule.rounds}
    return SearchSpace({name: values for name, values in space.items() if name not in found})


def _whole_groups(aside: Aside, classes: Any, groups: Any) -> Split:
    """Some of the groups, at least one of them; none where there is one group alone. Stratified where classes allow."""
    count = len(np.unique(groups))
    if count < 2:
        return Split(np.arange(len(groups)), np.arange(0))
    share = max(aside.share, 1 / count)
    enough = classes is not None and min(np.unique(classes, return_counts=True)[1]) * share >= 1
    return replace(aside, share=share, classifier=bool(enough)).deal(len(groups), classes, groups)


def _lost(target: Any, split: Split) -> Any:
    """Classes that are watched and not fitted."""
    return np.setdiff1d(target[split.test], target[split.train])


def _through(steps: Sequence[Any], X: Any) -> Any:
    """Rows as the fitted steps before the last make them; steps that deal rows anew leave new rows alone."""
    for step in steps:
        if hasattr(step, "transform") and not hasattr(step, "fit_resample"):
            X = step.transform(X)
    return X


def _twins(extra: Mapping[str, Any], by_row: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
    """The watched rows' part of what a step was given for the fitted rows, whatever it is called on its way there."""
    return {name: theirs for name, value in extra.items() for own, theirs in by_row if own is value}


def _plainly(estimator: Any, X: Any, y: Any, rows: Any, fit_params: Mapping[str, Any]) -> None:
    X_part, y_part = sk.safe_split(estimator, X, y, rows)
    given = sk.check_method_params(X, params=fit_params, indices=rows)
    if y is None:
        estimator.fit(X_part, **given)
    else:
        estimator.fit(X_part, y_part, **given)
