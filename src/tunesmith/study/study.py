"""The study: the one place where space, sampler, pruner, storage and executor meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, final

from tunesmith import _plugins
from tunesmith.errors import elsewhere
from tunesmith.executors import Executor
from tunesmith.pruners import Pruner
from tunesmith.samplers import Sampler
from tunesmith.space import SearchSpace
from tunesmith.storages import Decision, Storage
from tunesmith.study import opening
from tunesmith.study.advice import Advice
from tunesmith.study.budget import ELSEWHERE, Budget, total_of
from tunesmith.study.by_hand import ByHand
from tunesmith.study.ledger import Ledger
from tunesmith.study.loop import INTERRUPTED, Loop
from tunesmith.study.model import Model, model_of
from tunesmith.study.notebook import summary
from tunesmith.study.orders import again, asked_to_stop, ordered, queueable, runnable
from tunesmith.study.saving import remove, save, saved
from tunesmith.study.task import Objective, ObjectiveTask
from tunesmith.study.telling import told
from tunesmith.study.trial import Trial
from tunesmith.trial import AttrSet, Draft, FrozenTrial, History, Metric, Noted, StudyChanged, TrialState

if TYPE_CHECKING:
    from tunesmith.validation import ScoreReport


@final
class Study:
    """A search for good params, from its first trial to its last, in one process or many.

    Creating a study whose name the storage knows resumes it: space, metric and seed must agree with what is stored, and
    those that are left out mean what is stored.

    Parameters
    ----------
    space
        What may be tried. Without one, the objective declares its parameters on the go by `trial.suggest_*`.
    metric
        What is measured: a `Metric`, its name, or several of these for several goals.
    direction
        `"minimize"` or `"maximize"`, in place of a metric.
    sampler
        Who chooses params: a `Sampler`, or a name (`"auto"`, `"gp"`, `"tpe"`, `"cmaes"`, `"sobol"`, `"random"`,
        `"grid"`, `"manual"`).
    pruner
        Who stops trials early: None, a name (`"racing"`), or a `Pruner`.
    storage
        Where the log is kept: None for memory, a path or URL, or a `Storage`.
    name
        What the study is called in its storage.
    seed
        The seed of all randomness, a whole number of at least 0; drawn and stored when left out.

    Raises
    ------
    StudyExists
        If the storage has a study of that name with another space, metric or seed.
    UsageError
        If an argument is not one of the above.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.Study(ts.SearchSpace(x=ts.Float(-1, 1)), ts.Metric("loss"), sampler="random", seed=7)
    >>> study.optimize(lambda trial: trial.params["x"] ** 2, trials=20, progress=False)
    >>> abs(study.best.params["x"]) < 0.2
    True
    """

    @elsewhere(**opening.ELSEWHERE)
    def __init__(  # noqa: PLR0913 - the one place where all parts meet
        self,
        space: SearchSpace | None = None,
        metric: Metric | str | Sequence[Metric | str] | None = None,
        *,
        direction: str | None = None,
        sampler: Sampler | str = "auto",
        pruner: Pruner | str | None = None,
        storage: Storage | str | None = None,
        name: str | None = None,
        seed: int | None = None,
        card: Mapping[str, Any] | None = None,
    ) -> None:
        wanted = opening.Wanted.of(space, metric, direction=direction, name=name, seed=seed, card=card)
        deciders = opening.resolve_sampler(sampler), opening.resolve_pruner(pruner)
        ledger, resumed = opening.open_or_create(storage, wanted)
        self._join(ledger, *deciders, resumed=resumed)

    @classmethod
    def load(
        cls,
        storage: Storage | str,
        name: str | None = None,
        *,
        sampler: Sampler | str = "auto",
        pruner: Pruner | str | None = None,
        space: SearchSpace | None = None,
    ) -> Study:
        """Open a study that exists; it never creates one.

        Parameters
        ----------
        storage
            Where it is kept.
        name
            Its name or key; may be left out where the storage holds one study only.
        sampler, pruner
            As for a new study.
        space
            The space with its live choices, where choices are objects that a storage only knows by label.

        Raises
        ------
        StudyNotFound
            If there is none; the message names those that are there.
        """
        self = cls.__new__(cls)
        deciders = opening.resolve_sampler(sampler), opening.resolve_pruner(pruner)
        self._join(opening.load(storage, name, space), *deciders, resumed=True)
        return self

    def _join(self, ledger: Ledger, sampler: Sampler, pruner: Pruner | None, *, resumed: bool) -> None:
        self._ledger, self._resumed = ledger, resumed
        self._advice = Advice(ledger, sampler, pruner)
        self._by_hand = ByHand(ledger, self._advice)
        self._ended_because = ""

    @property
    def name(self) -> str:
        """What the study is called."""
        return self._ledger.history.name

    @property
    def key(self) -> str:
        """The random id under which the storage keeps it, whatever its name."""
        return self._ledger.key

    @property
    def storage(self) -> Storage:
        """Where the log is kept."""
        return self._ledger.storage

    @property
    def sampler(self) -> Sampler:
        """Who chooses params."""
        return self._advice.sampler

    @property
    def resumed(self) -> bool:
        """Whether the study was there before this object."""
        return self._resumed

    @property
    def ended_because(self) -> str:
        """Why the last `optimize` of this object ended, in words; empty before the first."""
        return self._ended_because

    @property
    def was_interrupted(self) -> bool:
        """Whether the last `optimize` of this object was ended by Ctrl-C, before its limits were reached."""
        return self._ended_because == INTERRUPTED

    @property
    def history(self) -> History:
        """Everything that happened, up to date with what other workers wrote."""
        return self._ledger.refresh()

    @property
    def space(self) -> SearchSpace:
        """What may be tried."""
        return self._ledger.history.space

    @property
    def metric(self) -> Metric:
        """The first metric."""
        return self._ledger.history.metric

    @property
    def seed(self) -> int:
        """The seed of all randomness."""
        return self._ledger.history.seed

    @property
    def card(self) -> dict[str, Any]:
        """Who made the study with what: versions, command, fingerprints."""
        return dict(self._ledger.fold.card)

    @property
    def trials(self) -> tuple[FrozenTrial, ...]:
        """All trials in the order of their numbers."""
        return self.history.trials

    @property
    def best(self) -> FrozenTrial:
        """The complete trial with the best value of the first metric.

        Raises
        ------
        InvalidTrial
            If no trial is complete; the message says how many failed and with what.
        """
        return opening.best_of(self.history)

    def __len__(self) -> int:
        return len(self.history)

    def __repr__(self) -> str:
        return f"<{opening.described(self._ledger.history, self.storage)}>"

    def _repr_html_(self) -> str:
        worth = "" if self.history.best is None else self.score_report().words
        return summary(self.history, self.storage.location, worth=worth)

    def model(self) -> Model:
        """A Gaussian process fitted to the trials so far, for predictions: `study.model().predict(params)`.

        Raises
        ------
        InvalidTrial
            If no trial is complete.
        """
        return model_of(self.history)

    def score_report(self) -> ScoreReport:
        """What the best score is worth: corrected for having been chosen, with a 95 % interval.

        A search that kept predictions has made it from these. Otherwise it is made from the scores of folds, if the
        objective reports them: `trial.report(score, step=fold, fold=fold)`.

        Raises
        ------
        InvalidTrial
            If no trial is complete.
        """
        report: ScoreReport = _plugins.door("validation", "report_of")(self.history)
        return report

    def to_dataframe(self) -> Any:
        """All trials as a pandas DataFrame: one row a trial, params as `param_*`, values by metric.

        Raises
        ------
        MissingDependency
            If pandas is not installed.
        """
        return opening.to_dataframe(self.history)

    @elsewhere(**ELSEWHERE)
    def optimize(  # noqa: PLR0913 - the main door: what is run, how much, by whom
        self,
        objective: Objective,
        *,
        trials: int | None = None,
        more: int | None = None,
        timeout: float | None = None,
        target: float | None = None,
        patience: int | None = None,
        stop_when: str | None = None,
        executor: Executor | str = "serial",
        trial_timeout: float | None = None,
        max_same_failures: int = 3,
        progress: bool | None = None,
    ) -> None:
        """Run trials until the first of these limits is reached.

        Parameters
        ----------
        objective
            Called with a live `Trial`; returns one number, or one for each metric (a tuple in order, or a dict).
        trials
            Total number of trials of the study, those of earlier sessions included.
        more
            Number of further trials, in place of `trials`.
        timeout
            Seconds. Process workers are ended then and their trials queued again; others finish their trial first.
        target
            Stop once the best value is at least this good.
        patience
            Stop when this many trials in a row brought nothing better.
        stop_when
            `"noise"`: stop when what can still be gained is below the standard error of the best score. It needs 20
            trials with scores by fold (or told standard errors), and says both numbers on standard error.
        executor
            Who runs trials: `"serial"`, `"thread:4"`, `"process:4"`, or an `Executor`.
        trial_timeout
            Seconds that one trial may take in a process worker; it counts as failed beyond.
        max_same_failures
            Stop when the first this many trials of the study all fail alike; of a later session, 10 or more.
        progress
            Whether to show a live panel; by default in a notebook, and where standard error is a terminal.

        Raises
        ------
        UsageError
            If a limit makes no sense, or none is given.
        InvalidValue
            If the first trial returned what no right objective returns.
        ExecutorError
            If the first trials all failed alike (see `max_same_failures`), or the objective cannot travel to a worker.
        KeyboardInterrupt
            After a second Ctrl-C. The first lets running trials end and returns.
        """
        task = ObjectiveTask(objective, self.history.problem, prunes=self._advice.prunes)
        limits = {"seconds": timeout, "target": target, "patience": patience, "stop_when": stop_when}
        total = total_of(self.history, trials=trials, more=more)
        budget = Budget.given(trials=total, endless=not self.sampler.is_finite, **limits)
        runner = opening.resolve_executor(executor)
        loop = Loop(self._ledger, self._advice, runner, budget, trial_timeout, max_same_failures)
        with opening.progress_of(self._ledger, budget, loop, shown=progress):
            self._ended_because = loop.run(task)
        if budget.stop_when is not None and progress is not False:
            loop.tell_end()

    def ask(self, n: int | None = None) -> Any:
        """Begin a live `Trial` to be run by yourself and told by `tell`; with `n`, a list, shorter if few are left.

        Raises
        ------
        SearchExhausted
            If nothing is left to try.
        """
        return self._by_hand.ask() if n is None else self._by_hand.batch(n)

    def tell(
        self,
        trial: Trial | int,
        value: Any = None,
        *,
        state: TrialState | str | None = None,
        error: BaseException | str | None = None,
        standard_error: float | None = None,
        tell_id: str | None = None,
    ) -> FrozenTrial:
        """Record how a trial ended; it is durable when this returns.

        Parameters
        ----------
        trial
            What `ask` gave, or its number.
        value
            One number, or one for each metric. Leave it out with `state="failed"` or `state="pruned"`.
        state
            `"complete"` (when a value is given), `"failed"` or `"pruned"`.
        error
            Why it failed: an exception or a sentence.
        standard_error
            How uncertain the value of the first metric is, in its units: models then trust it less.
        tell_id
            Any text of your own; telling again with the same one is harmless.

        Raises
        ------
        InvalidTrial
            If the trial is unknown, not running, or was told already.
        InvalidValue
            If the value is not a finite number for every metric, or the standard error is none; the trial is still
            running then.
        """
        return self._by_hand.tell(trial, value, state, error, standard_error=standard_error, tell_id=tell_id)

    def enqueue(
        self,
        params: Mapping[str, Any],
        *,
        origin: str = "enqueued",
        attrs: Mapping[str, Any] | None = None,
        outside: bool = False,
    ) -> int:
        """Queue params to be tried next; parameters that are left out are sampled. Returns the trial's number.

        Parameters
        ----------
        params
            Values by name.
        origin
            Kept with the trial: `"default"` marks an algorithm as it comes.
        attrs
            Your own keys and JSON values, kept with the trial.
        outside
            Run these params as they are, though they are no point of the space (a model's own defaults, say); samplers
            leave such a trial aside.

        Raises
        ------
        InvalidParams
            If a name is unknown, or a value lies outside its range.
        """
        checked = queueable(params, self._ledger.history.problem, outside=outside)
        return self._ledger.queue(checked, origin, dict(attrs or {}), outside=outside)

    def add(
        self,
        params: Mapping[str, Any],
        value: Any = None,
        *,
        state: TrialState | str | None = None,
        standard_error: float | None = None,
    ) -> int:
        """Record a result that was made elsewhere, as `tell` would. Returns the new trial's number.

        Raises
        ------
        InvalidParams
            If the params are not a point of the space.
        InvalidValue
            If the value is not a finite number for every metric.
        """
        problem = self._ledger.history.problem
        result = told(value, problem.metrics, state, None, standard_error)
        return self._ledger.add(runnable(params, problem), result, "added")

    def retry(self, number: int) -> None:
        """Queue a failed trial again, with the same params.

        Raises
        ------
        InvalidTrial
            If it did not fail.
        """
        self._ledger.record(again(self.history.trial(number)))

    def stop(self, *, trial: int | None = None) -> None:
        """Let every session of this study, here and elsewhere, end after its running trials; or end one trial.

        Parameters
        ----------
        trial
            The number of a running trial to end instead. Where it runs in a process of its own it is ended within a
            second and kept as stopped early; elsewhere its next `trial.should_prune()` says yes.

        Raises
        ------
        InvalidTrial
            If that trial is not running.
        """
        if trial is None:
            self._ledger.record(StudyChanged(changes={"stopped": True}))
            return
        self._ledger.write(lambda now, _tail: Decision([asked_to_stop(now.trial(trial))]))

    def set_budget(self, *, trials: int) -> None:
        """Change the study's total number of trials; sessions that run now, here and elsewhere, keep to it.

        Parameters
        ----------
        trials
            The total, trials of earlier sessions included. What is running is not cut short.

        Raises
        ------
        UsageError
            If it is no whole number of at least 1.
        """
        self._ledger.write(lambda now, _tail: Decision([Draft(ordered(now, Budget(trials=trials)))]))

    def note(self, text: str, *, trial: int | None = None) -> None:
        """Write a note on the study, or on one trial."""
        if trial is not None:
            self.history.trial(trial)
        self._ledger.record(Noted(text=text, number=trial))

    def set_attr(self, key: str, value: Any) -> None:
        """Keep something of your own with the study: a key, and any JSON value."""
        self._ledger.record(AttrSet(key=key, value=value))

    def subscribe(self, listener: Callable[[Any, History], None]) -> None:
        """Have `listener(event, history)` called with every event, ours and other workers', once it is stored."""
        self._ledger.on_event.append(listener)

    def save_artifact(self, name: str, data: bytes) -> None:
        """Keep bytes with the study, by a name; `trial.save_artifact` keeps them with a trial."""
        save(self._ledger, name, data)

    def artifact(self, name: str, *, trial: int | None = None) -> bytes:
        """Bytes that were kept with the study, or with one of its trials.

        Raises
        ------
        ArtifactNotFound
            If nothing was kept under that name, or it is not beside the storage any more.
        Corrupt
            If it was changed since.
        """
        return saved(self._ledger, name, trial)

    def delete(self) -> None:
        """Remove the study from its storage, with all its trials and artefacts; there is no way back."""
        remove(self._ledger)

    def close(self) -> None:
        """Let go of the storage; trials that were asked for and not told go back to the queue."""
        self._by_hand.give_back("the study was closed")
        self._ledger.storage.close()
