"""TuneSearchCV: a search for good params of a scikit-learn estimator, as a scikit-learn estimator."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from copy import copy, deepcopy
from typing import Any, ClassVar, Self, final

from tunesmith.errors import InvalidData, TunesmithWarning, UsageError, elsewhere
from tunesmith.executors import Executor
from tunesmith.samplers import Sampler
from tunesmith.sklearn import _doors as sk
from tunesmith.sklearn import racing, session, unsupervised
from tunesmith.sklearn.answers import Question
from tunesmith.sklearn.belief import Chosen, Witness, report_and_keep
from tunesmith.sklearn.decision import DecisionReport, check_decision, decide, decided, positive_of, warn_of_few
from tunesmith.sklearn.early_stopping import EarlyStopping
from tunesmith.sklearn.given_space import GivenSpace
from tunesmith.sklearn.leaks import together
from tunesmith.sklearn.notebook import with_summary
from tunesmith.sklearn.objective import Data, FoldObjective, settled
from tunesmith.sklearn.preparation import prepare
from tunesmith.sklearn.reached import fitting_report
from tunesmith.sklearn.reliability import keep_reliability
from tunesmith.sklearn.results import ResultsOf
from tunesmith.sklearn.selection import BEST, ONE_SE, choose
from tunesmith.sklearn.simplicity import Simplicity, simplicity_of
from tunesmith.space import SearchSpace
from tunesmith.storages import Storage
from tunesmith.study import Study
from tunesmith.trial import FrozenTrial, TrialState
from tunesmith.validation import TestScore, ValidationScheme, from_cv


def _has(method: str) -> Callable[[Any], bool]:
    """For `available_if`: whether the best estimator, or before `fit` the estimator, has a method."""

    def check(search: Any) -> bool:
        getattr(search.__dict__.get("best_estimator_", search.estimator), method)
        return True

    return check


@final
class TuneSearchCV(sk.BaseSearchCV):  # type: ignore[misc]  # scikit-learn has no annotations
    """Search for good params of an estimator by cross-validation.

    It takes the place of `GridSearchCV` and `RandomizedSearchCV`: their parameters mean the same, and their dicts,
    lists of dicts and scipy distributions are taken as a space. Each fold is a step that a pruner can see, every score
    is kept in a study, and trial 0 is the estimator as it was given.

    Parameters
    ----------
    estimator
        What is tuned; cloned, never fitted itself.
    space
        A `SearchSpace`; a dict from parameter name to a `Distribution`, a list of values or a scipy distribution; a
        list of such dicts; or None for a ready-made space of a known estimator.
    trials
        How many params are tried in all, those of a resumed study and the estimator as given included; None where
        `timeout` or a finite space ends the search.
    cv
        Number of folds, a name such as `"kfold:10"`, `"group"`, `"time:5"` or `"holdout:0.25"`, a validation scheme,
        a splitter of scikit-learn, or splits.
    scoring
        As in scikit-learn: None, a name, a callable, or a list or dict of several. Higher is better. Without a target,
        `"silhouette"`, `"dbcv"`, `"stability"` and others: see "Clusters" in the documentation.
    n_jobs
        How many worker processes; None means 1, or what joblib's `parallel_config` says; -1 means all cores.
    random_state
        Seed of the search. With one, a search with several workers can be repeated exactly (if it has no
        timeout, and no pruner but racing that looks at trials which still run), at the price that trials go in waves.
    refit
        Whether the best params are fitted to all rows: True, False, the name of a metric, or a callable that picks a
        row of `cv_results_`. With several metrics, the one named is searched for; without a name the first.
    error_score
        The score of a fold that failed: a number, NaN (the trial fails and is ranked last) or `"raise"`.
    return_train_score
        Whether `cv_results_` has training scores.
    verbose
        1 shows progress, 2 prints a line a fold.
    sampler
        Who chooses params: a name or a `Sampler`. `"auto"` tries all points of a space that has at most `trials`.
    racing
        Whether params stop as soon as their folds show that they will not win (see `tunesmith.pruners.racing`). With
        several metrics, a `refit` callable, an exhaustive grid, fewer than 4 folds or folds whose training sets grow it
        is off; `racing_` says why.
    pruner
        Who stops params after some of their folds, in place of racing: None, a name or a pruner.
    executor
        Who runs trials, in place of `n_jobs`: a name such as `"thread:4"`, or an `Executor`.
    timeout
        Seconds after which the search ends.
    stop_when
        `"noise"`: end the search when what can still be gained is below the standard error of the best score, after 20
        trials at the earliest; None to use the whole budget. `study_.ended_because` has both numbers.
    storage, name
        Where the study is kept, and what it is called there: fitting again with the same data resumes it.
    study
        A `Study`, or the name of one in `storage`, to go on with.
    include_default
        Whether trial 0 is the estimator as given, inside the budget. Without it, a finite space gives exactly the rows
        of `GridSearchCV`.
    allow
        Names of leaks that are right as they are, such as `("duplicate_rows",)`; kept with the study. See "Leaks" in
        the documentation for what is looked for before the first fit.

    select
        Which trial wins: `"best"` (the best score), `"one_se"` (the simplest within one standard error of it),
        `"posterior"` (the best in the eyes of a Gaussian process, not the luckiest draw) or `"safe"` (the best where it
        can be told apart from the estimator as given, else that one).
    simplicity
        What is simpler, for `"one_se"`: `{"max_depth": "smaller"}`, or a function from params to a number that is
        smaller for simpler ones. None takes what is known of the estimator's parameters.
    test_size
        A share of the rows, 0.05 to 0.5, to put aside before anything looks at the data: a stratified draw, whole
        groups, or the last rows of a series. It is opened once, at the end; `best_estimator_` is fitted on the others.
    threshold
        Of two classes, from which probability on `best_estimator_` predicts the second: the one that makes `"f1"`,
        `"balanced_accuracy"` or `"accuracy"` large, keeps `"recall>=0.9"` (precision, specificity) or costs least by a
        matrix such as `[[0, 1], [20, 0]]`, `costs[is][taken for]`. Found on rows that the models had not seen.
    calibrate
        Whether the probabilities of `best_estimator_` are put right by a line through log-odds, found likewise.
    early_stopping
        For boosting and neural networks: a number of rounds without improvement, or an `EarlyStopping`. Each fold's
        fit stops by an inner part of its training rows; the refit has the median of the winner's rounds, which are in
        `best_params_`, then. A ready-made space leaves the rounds out. See "Early stopping" in the documentation.

    Attributes
    ----------
    cv_results_
        As in scikit-learn, with `trial_number`, `status`, `duration` (seconds) and `resource` (folds evaluated). Trials
        that were stopped early have NaN in unseen folds and rank last. `split0_rounds` and so
        on are there with `early_stopping`.
    best_estimator_, best_params_, best_score_, best_index_, refit_time_, n_splits_, scorer_, multimetric_
        As in scikit-learn.
    score_report_
        What the best score is worth: `raw`, `corrected`, `low` and `high` (95 %), and `words` that say it in plain
        words. See `docs/believe.md`.
    fitting_report_
        With `return_train_score`: whether the best model under-fits or over-fits, why (`words`), and what moves the gap
        (`table()`).
    decision_report_
        With `threshold` or `calibrate`: the threshold, what it is worth on new rows, the Brier score and the
        reliability curve.
    racing_
        Why the search did not race, in words; empty if it did.
    test_score_
        With `test_size`: the score of `best_estimator_` on the rows put aside, with an interval, and how often they
        were looked at.
    labels_
        The cluster of each row, where the best estimator keeps them.
    study_
        The study: all trials, plots, and going on. It is no part of a pickle.
    leaks_
        What the leak guard saw before the first fit, with a `table()`.
    history_
        Everything that happened in it until the end of `fit`; it is part of a pickle.

    Raises
    ------
    UnknownName
        At `fit`, before any model is fitted, if the estimator lacks a parameter of the space.
    InvalidData
        At `fit`, if the rows cannot be split, or the study that is resumed was made with other data.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> import tunesmith as ts
    >>> X, y = load_iris(return_X_y=True)
    >>> space = {"C": ts.Float(1e-2, 1e2, log=True), "gamma": ts.Float(1e-3, 10, log=True)}
    >>> search = ts.TuneSearchCV(SVC(), space, trials=8, sampler="random", random_state=0).fit(X, y)
    >>> bool(search.best_score_ > 0.95), len(search.cv_results_["params"])
    (True, 8)
    """

    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **{name: allowed for name, allowed in sk.search_constraints.items() if name != "pre_dispatch"},
        "cv": ["cv_object", str, ValidationScheme],
        "scoring": [str, callable, list, tuple, set, dict, None],
        "random_state": ["random_state"],
        "include_default": ["boolean"],
        "racing": ["boolean"],
        "allow": ["array-like", str],
    }

    @elsewhere(
        n_iter="trials=", n_trials="trials=", param_grid="space=", param_distributions="space=", search_spaces="space="
    )
    def __init__(  # noqa: PLR0913 - a scikit-learn estimator says all it can do here
        self,
        estimator: Any,
        space: SearchSpace | Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        *,
        trials: int | None = 60,
        cv: Any = 5,
        scoring: Any = None,
        n_jobs: int | None = None,
        random_state: Any = None,
        refit: bool | str | Callable[[dict[str, Any]], int] = True,
        error_score: float | str = math.nan,
        return_train_score: bool = False,
        verbose: int = 0,
        sampler: Sampler | str = "auto",
        pruner: Any = None,
        executor: Executor | str | None = None,
        timeout: float | None = None,
        stop_when: str | None = None,
        storage: Storage | str | None = None,
        name: str | None = None,
        study: Study | str | None = None,
        include_default: bool = True,
        racing: bool = True,
        select: str = "best",
        simplicity: Simplicity | None = None,
        test_size: float | None = None,
        allow: Sequence[str] = (),
        threshold: Any = None,
        calibrate: bool = False,
        early_stopping: EarlyStopping | int | None = None,
    ) -> None:
        self.estimator = estimator
        self.space = space
        self.trials = trials
        self.cv = cv
        self.scoring = scoring
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.refit = refit
        self.error_score = error_score
        self.return_train_score = return_train_score
        self.verbose = verbose
        self.sampler = sampler
        self.pruner = pruner
        self.executor = executor
        self.timeout = timeout
        self.stop_when = stop_when
        self.storage = storage
        self.name = name
        self.study = study
        self.include_default = include_default
        self.racing = racing
        self.select = select
        self.simplicity = simplicity
        self.test_size = test_size
        self.allow = allow
        self.threshold = threshold
        self.calibrate = calibrate
        self.early_stopping = early_stopping

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Run the search, then fit the best params to all rows.

        Parameters
        ----------
        X
            Rows: an array, a sparse matrix, a data frame, or whatever the estimator takes.
        y
            The target, if there is one.
        params
            Metadata: `groups` for the splits, `sample_weight` and others for the estimator's `fit`; arrays with one
            entry a row are split along. With metadata routing enabled they go where they are requested.

        Returns
        -------
        The search itself.
        """
        if not sk.get_config()["skip_parameter_validation"]:
            self._validate_params()
        if self.__dict__.get("_skl_callbacks"):
            warnings.warn("Callbacks of scikit-learn are not called by TuneSearchCV.", TunesmithWarning, stacklevel=2)
        if y is None and sk.get_tags(self).target_tags.required:
            raise InvalidData(
                f"{type(self.estimator).__name__} requires y to be passed, but the target y is None.",
                hint="Write search.fit(X, y).",
            )
        scorers, refit_metric = self._get_scorers()
        classifier = sk.is_classifier(self.estimator)
        rule = check_decision(self.threshold, calibrate=self.calibrate, classifier=classifier, y=y, refit=self.refit)
        given, data, self._test, self.leaks_ = prepare(self, X, y, params, scorers)
        self.leaks_.tell(stacklevel=3)
        if classifier:
            warn_of_few(data.y, data.splits, stacklevel=3)
        self.n_splits_ = len(data.splits)
        goal = session.Goal.of(scorers, self.scoring, self.refit)
        sampler = session.sampler_of(self, given)
        self.racing_ = racing.why_not(self, sampler, data, several_metrics=bool(goal.names or goal.lead))
        racing.say_why_not(self.racing_, verbose=self.verbose > 0)
        parts = {"sampler": sampler, "pruner": self.pruner if self.racing_ else "racing"}
        card = session.card_of(data, data.groups, self.estimator)
        study = session.open_study(self, given, goal.metric, card, parts, self.leaks_.card())
        if self.include_default:
            session.queue_as_given(study, given, self.estimator)
        objective = FoldObjective(
            sk.clone(self.estimator), data, scorers, given.to_params, session.as_given_numbers(study), goal.lead,
            goal.names, self.error_score, self.return_train_score, self.verbose,
            surely=rule is not None or self.calibrate,
        )  # fmt: skip
        self.scorer_ = scorers._scorers if goal.names else scorers  # noqa: SLF001 - as scikit-learn gives it
        try:
            session.optimize(self, study, objective)
        except KeyboardInterrupt:
            self._keep(study, given, goal, refit_metric)
            raise
        chosen = self._keep(study, given, goal, refit_metric)
        if self.return_train_score:
            self.fitting_report_ = fitting_report(study, data, scorers, goal.lead, classifier=classifier)
        if data.stopping is not None and "best_index_" in self.__dict__:
            self._settle(data)
        question = Question.of(scorers, self.estimator, goal.lead)
        witness = Witness(data, question, classifier, together(self.cv, data.groups), study.seed)
        self.score_report_ = report_and_keep(study, chosen or Chosen(study.best), witness)
        decision = None
        if rule is not None or self.calibrate:
            won = chosen or Chosen(study.best)
            yes = positive_of(data.y)
            self.decision_report_ = decision = decide(study, won, witness, rule, calibrate=self.calibrate, positive=yes)
        keep_reliability(study, chosen or Chosen(study.best), witness, decision and decision.line)
        if self.refit:
            self._refit(data, decision)
        if self._test is not None:
            self._test.lead = goal.lead
            self.test_score_ = self._test.open(study, self._number(), self.best_estimator_)
        return self

    def open_test_set(self) -> TestScore:
        """Score the best estimator on the test set once more. It is counted, and warned of: see `docs/believe.md`.

        Raises
        ------
        UsageError
            If there is none, or it stayed behind when the search was pickled.
        """
        sk.check_is_fitted(self)
        test = self.__dict__.get("_test")
        if test is None:
            raise UsageError("This search has no test set.", hint="Make it with test_size=0.25, and fit it here.")
        found: TestScore = test.open(self.study_, self._number(), self.best_estimator_, again=True)
        self.test_score_ = found
        return found

    def _get_scorers(self) -> Any:
        return unsupervised.scorers_of(self, sk.BaseSearchCV._get_scorers)  # noqa: SLF001 - scikit-learn's name for it

    def _number(self) -> int:
        """The number of the trial that won."""
        return int(self.cv_results_["trial_number"][self.best_index_])

    def _keep(self, study: Study, given: GivenSpace, goal: session.Goal, refit_metric: Any) -> Chosen | None:
        """Make scikit-learn's attributes from what the study holds."""
        as_given = session.as_given_numbers(study)

        def params_of(trial: FrozenTrial) -> dict[str, Any]:
            if trial.number in as_given:
                return given.current(trial.params, self.estimator)
            return given.to_params(trial.params)

        self._study = study
        self.history_ = study.history
        trials = [trial for trial in self.history_.trials if trial.state.is_finished]
        error_score = math.nan if isinstance(self.error_score, str) else float(self.error_score)
        table = ResultsOf(self.n_splits_, params_of, goal.names, self.return_train_score, error_score)
        metrics = table.metrics(trials)
        self.multimetric_ = metrics != ("",)
        if self.multimetric_ and not goal.names:  # a callable that turned out to give several
            self._check_refit_for_multimetric(metrics)
            refit_metric = self.refit
        self.cv_results_ = results = table(trials)
        if self.history_.best is None:
            return None
        simple = simplicity_of(self.simplicity, self.estimator, given.space.names) if self.select == ONE_SE else None
        chosen = choose(study, self.select, simplicity=simple, params_of=params_of)
        if not (self.refit or not self.multimetric_):
            return chosen
        numbers = results["trial_number"].tolist()
        if self.select == BEST:
            self.best_index_ = int(self._select_best_index(self.refit, refit_metric, results))
            picked = trials[self.best_index_]
            if picked.state is TrialState.COMPLETE and picked.number != chosen.trial.number:
                chosen = Chosen(picked, repeated=False)  # by the user's own function
        else:
            self.best_index_ = numbers.index(chosen.trial.number)
        if not callable(self.refit):
            self.best_score_ = results[f"mean_test_{refit_metric}"][self.best_index_]
        self.best_params_ = results["params"][self.best_index_]
        return chosen

    def _settle(self, data: Data) -> None:
        """Add the number of rounds that the winner's folds found to its params."""
        trial = self.history_.trial(self._number())
        self.best_params_ = settled(data, self.estimator, self.cv_results_["params"][self.best_index_], trial)

    def _refit(self, data: Data, decision: DecisionReport | None) -> None:
        best = sk.clone(self.estimator).set_params(**sk.clone(self.best_params_, safe=False))
        began = time.perf_counter()
        if data.stopping is not None:
            data.stopping.fit_whole(best, data.X, data.y, data.fit_params)
        elif data.y is None:
            best.fit(data.X, **data.fit_params)
        else:
            best.fit(data.X, data.y, **data.fit_params)
        self.refit_time_ = time.perf_counter() - began
        if (labels := unsupervised.fitted_labels(best)) is not None:
            self.labels_ = labels
        self.best_estimator_ = best if decision is None else decided(best, decision.recipe, data.X, data.y)
        if hasattr(best, "feature_names_in_"):
            self.feature_names_in_ = best.feature_names_in_

    @sk.available_if(_has("transform"))
    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit, and transform X with the best estimator."""
        return self.fit(X, y, **params).transform(X)

    @sk.available_if(_has("transform"))
    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """Names of the columns that the best estimator's `transform` gives."""
        sk.check_is_fitted(self)
        return self.best_estimator_.get_feature_names_out(input_features)

    @sk.available_if(_has("transform"))
    def set_output(self, *, transform: str | None = None) -> Self:
        """Set what `transform` gives (`"default"`, `"pandas"`, `"polars"`), in the estimator and in the best one."""
        for estimator in (self.estimator, self.__dict__.get("best_estimator_")):
            if estimator is not None:
                sk.safe_set_output(estimator, transform=transform)
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        inner = sk.get_tags(self.estimator)
        tags.input_tags, tags.target_tags = deepcopy(inner.input_tags), deepcopy(inner.target_tags)
        tags.transformer_tags = deepcopy(inner.transformer_tags)
        tags.non_deterministic = inner.non_deterministic
        return tags

    def get_metadata_routing(self) -> Any:
        """Who wants which metadata: the estimator, the scorer and the splits."""
        if not isinstance(self.cv, str):
            return super().get_metadata_routing()
        mapping = sk.MethodMapping
        router = sk.MetadataRouter(owner=self)
        router.add(estimator=self.estimator, method_mapping=mapping().add(caller="fit", callee="fit"))
        scoring = mapping().add(caller="score", callee="score").add(caller="fit", callee="score")
        router.add(scorer=self._get_scorers()[0], method_mapping=scoring)
        router.add(splitter=from_cv(self.cv), method_mapping=mapping().add(caller="fit", callee="split"))
        return router

    @property
    def study_(self) -> Study:
        """The study: all trials, and the way to go on.

        Raises
        ------
        AttributeError
            Before `fit`, and in a search that was pickled or copied: a study with its storage stays where it is.
        """
        if isinstance(found := self.__dict__.get("_study"), Study):
            return found
        if "history_" not in self.__dict__:
            raise AttributeError("This search was not fitted yet: call fit first.", name="study_", obj=self)
        raise AttributeError(
            "This search was pickled or copied, and its study was not. All trials are in search.history_; "
            "ts.Study.load(storage, name) opens a study that was stored.",
            name="study_",
            obj=self,
        )

    def _repr_html_inner(self) -> str:
        return with_summary(self, super()._repr_html_inner())

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        """What a notebook shows: what was found, and the diagram that scikit-learn draws of every estimator."""
        bundle: dict[str, str] = super()._repr_mimebundle_(**kwargs)
        if "text/html" in bundle:
            bundle["text/html"] = with_summary(self, bundle["text/html"])
        return bundle

    def __sklearn_clone__(self) -> Self:
        """An unfitted twin; studies, storages, executors, samplers and pruners are shared, not copied."""
        shared = {name: getattr(self, name) for name in ("study", "storage", "executor", "sampler", "pruner")}
        bare = copy(self).set_params(**dict.fromkeys(shared))
        twin: Self = super(TuneSearchCV, bare).__sklearn_clone__().set_params(**shared)
        return twin

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__().copy()
        state.pop("_study", None)
        state.pop("_test", None)
        return state
