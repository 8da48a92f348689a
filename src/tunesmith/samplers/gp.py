"""Bayesian optimisation with a Gaussian process over the whole space, mixed and conditional as it is."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, final

import numpy as np
from scipy.linalg import LinAlgError
from scipy.special import ndtri

from tunesmith.errors import UnknownName, UsageError, did_you_mean
from tunesmith.models.surrogate import MOST_ROWS, Surrogate, last_fit
from tunesmith.models.table import COMPLETE, FAILED, Table, table_of
from tunesmith.numerics.acquisition import ACQUISITIONS, indifferent
from tunesmith.numerics.domain import domain_of
from tunesmith.numerics.encoding import Rows
from tunesmith.numerics.gp import GaussianProcess
from tunesmith.numerics.maximize import Effort, Found, Maximizer
from tunesmith.numerics.qmc import sobol
from tunesmith.samplers._base import Sampler, Seed, Suggestion
from tunesmith.samplers._bounds import KEPT, Bounds
from tunesmith.samplers._landscape import BELIEF, Landscape
from tunesmith.samplers._points import Question, exhausted
from tunesmith.samplers._standing import failures_of
from tunesmith.space import Params
from tunesmith.trial import History

WORLDS = 16
"""How many draws of what the running trials will return are averaged."""

MOST_PENDING = 64
"""Of more running trials than this only the newest are imagined."""

MOST_CONTENDERS = 32
"""With noise, of so many trials with the best means it is left open which of them is the best."""

_EXACTLY = 1e-4
"""Variance, in units of the kernel's, of a value that is known exactly in a possible world."""

_BEFORE_REPEATING, _LOUD = 20, 0.03
"""After so many complete trials a model that gives noise more than this share of the variance asks for a repeat, as
long as all trials are modelled."""

RARELY = 200
"""Of each kind, failed or not, so many of the newest trials teach the model of failures."""


@final
class GPSampler(Sampler):
    """Models all parameters by one Gaussian process and tries the point of the largest acquisition function.

    Numbers, choices and ordinals share one Matern-5/2 kernel with a length-scale each; conditional parameters are part
    of it, so nothing is drawn blindly and branches learn from what they share. Values are bent to the scale that fits
    the kernel best, noise is learnt, and hyperparameters are fitted by their posterior mode, starting from the last
    fit, which the log keeps. The acquisition function is maximised over the mixed space as it is: many candidates, then
    gradients and single changes in turns.

    Trials that still run are imagined to end in many ways, so that many workers spread out. Trials that were stopped
    early count with what they let expect, and a noise of their own. From the first failure on, the chance not to fail
    is multiplied to what is acquired. On a space of a few thousand points each is looked at, none is tried twice, and
    the search ends with them.

    Parameters
    ----------
    acquisition
        `"logei"` (expected improvement, in logarithms), `"ei"`, `"pi"` (probability of improvement), `"ucb"`
        (confidence bound), `"thompson"` (draw a function, go to its best point), or `"portfolio"` (each by what it
        earned so far).
    n_startup
        How many trials are spread evenly before the model begins; by default two more than half the number of
        parameters, at least 4 and at most 6: the prior lets the model be useful early.
    deterministic
        Whether the values change as smoothly as they can be measured: then less noise is believed in.
    noisy
        Whether the same params may give another value. Then what was observed is not taken for the truth, and which
        trial is the best is left open: in each possible world another one may be. By default the search finds out: once
        some params were tried twice and gave two values it is so; and when the model believes in noise, the best trial
        is repeated, once, unless all parameters are choices or whole numbers. Roughness that belongs to the objective
        (a score on few samples, say) is no noise: there the best value counts.

    Raises
    ------
    UsageError
        If an argument is out of its range.

    Notes
    -----
    Kernel prior: Hvarfner et al. 2024 (arXiv 2402.02229). Expected improvement in logarithms: Ament et al. 2023 (arXiv
    2310.20708). With noise: Letham et al. 2019, "Constrained Bayesian optimization with noisy experiments", Bayesian
    Analysis 14, section 3.2. Rounding before the kernel: Garrido-Merchan and Hernandez-Lobato 2020 (arXiv 1805.03463).

    Examples
    --------
    >>> import tunesmith as ts
    >>> space = ts.SearchSpace(x=ts.Float(-5, 5), kind=ts.Categorical("a", "b"), y=ts.Float(-5, 5).when("kind", "b"))
    >>> loss = lambda x, kind, y=3: (x - 1) ** 2 + (y + 2) ** 2
    >>> study = ts.minimize(loss, space, trials=30, sampler="gp", storage=None, seed=0)
    >>> study.best.params["kind"], study.best.value < 0.1
    ('b', True)
    >>> sorted(study.trials[-1].why)
    ['acquisition', 'deviation', 'expected', 'found_by', 'member', 'phase', 'value']
    """

    def __init__(
        self,
        *,
        acquisition: str = "logei",
        n_startup: int | None = None,
        deterministic: bool = False,
        noisy: bool | None = None,
    ) -> None:
        if acquisition not in _NAMES:
            raise UnknownName(
                f"There is no acquisition function {acquisition!r}.", hint=did_you_mean(str(acquisition), _NAMES)
            )
        if n_startup is not None and n_startup < 2:
            raise UsageError(f"n_startup={n_startup!r} must be at least 2.", hint="Leave it out.")
        self._acquisition = acquisition
        self._n_startup = n_startup
        self._deterministic = deterministic
        self._noisy = noisy

    def sample(self, history: History, seed: Seed, given: Params = Params()) -> Suggestion:
        """Choose params; see `Sampler.sample`.

        Raises
        ------
        SearchExhausted
            If the space is finite and each of its points was tried.
        """
        table = table_of(history)
        question = Question(table, history, seed, given, domain_of(table.encoder))
        design = self._design(table, question)
        if design is not None:
            return design
        name = self._acquisition if self._acquisition != "portfolio" else _earning_most(history, seed)
        try:
            noise_mean, sign = -7.0 if self._deterministic else -4.0, history.metric.sign
            surrogate = Surrogate(table, last_fit(history), noise_mean=noise_mean, sign=sign)
            if self._noisy is None and not self._deterministic and _is_doubtful(surrogate, question):
                return _repeated(surrogate)
            bounds = Bounds.of(table, history)
            return _Policy(surrogate, question, name, noisy=self._noisy, bounds=bounds).suggestion()
        except LinAlgError as error:  # a study never ends because a matrix is ill
            why = {"member": "gp", "phase": "fallback", "because": str(error)}
            return Suggestion(question.design(), why)

    def _design(self, table: Table, question: Question) -> Suggestion | None:
        """A point that is spread evenly, while there is too little to learn from; None once there is enough."""
        dims = question.domain.dims
        wanted = self._n_startup or min(max(dims // 2 + 2, 4), 6)
        usable = int(np.count_nonzero(table.states == COMPLETE))
        if dims and usable >= max(3, math.ceil(wanted / 2)) and len(table) + len(question.pending) >= wanted:
            return None
        why: dict[str, Any] = {"member": "gp", "phase": "startup", "ended": len(table), "of": wanted}
        failures = failures_of(table, RARELY)
        if failures is None or np.count_nonzero(table.states == FAILED) < wanted:
            return Suggestion(question.design(), why)
        drawn = question.points_left()
        rows = question.encoder.encode_many(drawn)
        return Suggestion(drawn[int(np.argmax(failures.log_success(rows)))], {**why, "phase": "avoiding failures"})


def _is_doubtful(surrogate: Surrogate, question: Question) -> bool:
    """Whether the model believes in noise that nobody has seen: roughness looks the same, and wants another search."""
    enough = np.count_nonzero(surrogate.complete) >= _BEFORE_REPEATING and len(question.known) <= MOST_ROWS
    loud = enough and math.exp(surrogate.fitted.noise) > _LOUD
    if not loud or len(question.given) or question.domain.finite or not question.domain.dims:
        return False
    known = np.nan_to_num(question.known, nan=-1.0)
    return len(np.unique(known, axis=0)) == len(known)


def _repeated(surrogate: Surrogate) -> Suggestion:
    """The best trial's params once more."""
    rows = surrogate.rows[surrogate.complete]
    best = rows[int(np.argmin(surrogate.values[surrogate.complete]))]
    why = {"member": "gp", "phase": "repeat", "because": "the model believes in noise: does the best value come again?"}
    state = {"gp": surrogate.fitted.to_json()} if surrogate.refitted else None
    return Suggestion(surrogate.table.encoder.decode(best, Params()), why, state)


@final
class _Chosen(NamedTuple):
    """A point, the value of the acquisition function there, and how it was come by."""

    row: Rows
    value: float
    origin: str


@final
class _Policy:
    """One suggestion from a fitted model."""

    def __init__(
        self, surrogate: Surrogate, question: Question, acquisition: str, *, noisy: bool | None, bounds: Bounds | None
    ) -> None:
        self._surrogate, self._question, self._bounds = surrogate, question, bounds
        keeps = bool((surrogate.complete & surrogate.allowed).any())
        self._name = acquisition if keeps else "within bounds"
        self._noisy = surrogate.has_noise if noisy is None else noisy
        self._process, self._best = self._imagined()
        count = int(np.count_nonzero(surrogate.complete))
        failures, believed = failures_of(surrogate.table, RARELY), question.domain.has_prior
        if acquisition == "ei" and (failures is not None or believed or bounds is not None):
            acquisition = "logei"  # the same order of points, and chances are added to it as logarithms
        self._landscape = Landscape(
            question.domain, self._process,
            ACQUISITIONS.get(acquisition, ACQUISITIONS["logei"]) if keeps else indifferent, self._best,
            failures, BELIEF / count if believed else 0.0, bounds,
        )  # fmt: skip

    def suggestion(self) -> Suggestion:
        """The best point that was not tried, and why."""
        question = self._question
        listed = question.listed()
        maximizer = Maximizer(
            question.domain, self._landscape, question.generator, fixed=question.fixed, rejects=question.rule
        )
        if listed is not None:
            found = maximizer.among(listed)
            if not np.isfinite(found.values[0]):
                raise exhausted(len(listed))
        else:
            found = maximizer.run(self._good(), self._effort(), self._prior_draws())
        if self._name == "thompson":
            found = self._drawn(found)
        state = self._state()
        for place, row in enumerate(found.rows):
            encoded = question.full(row[None, :])[0]
            if not np.isfinite(found.values[place]):
                continue  # a rule of the space forbids it
            if (listed is not None or question.is_new(encoded)) and (params := question.params(row)) is not None:
                return Suggestion(
                    params, self._why(_Chosen(row, float(found.values[place]), found.origins[place])), state
                )
        return Suggestion(question.design(), {"member": "gp", "phase": "nothing new was found"}, state)

    def _state(self) -> dict[str, Any] | None:
        """What the log keeps of refits."""
        kept: dict[str, Any] = {"gp": self._surrogate.fitted.to_json()} if self._surrogate.refitted else {}
        if self._bounds is not None and self._bounds.refitted:
            kept[KEPT] = self._bounds.state()
        return kept or None

    def _imagined(self) -> tuple[GaussianProcess, Rows]:
        """The process with the running trials in it, in some possible worlds, and the best value of each world."""
        surrogate, pending = self._surrogate, self._question.pending[-MOST_PENDING:]
        process, values = self._told_of_failures()
        contenders = self._contenders() if self._noisy else pending[:0]
        if not len(pending) + len(contenders):
            return process, np.array([surrogate.incumbent_value()])
        features = surrogate.domain.known_features(np.concatenate([contenders, pending]))
        uniform = sobol(1, WORLDS, len(features), self._question.seed.study)
        draws = process.draw(features, ndtri(np.clip(uniform, 1e-9, 1.0 - 1e-9)).T)
        extra = np.where(np.arange(len(features)) < len(contenders), _EXACTLY * process.scale - process.noise, 0.0)
        grown = process.extended(features, extra)
        grown.condition(np.concatenate([np.repeat(values[:, None], WORLDS, axis=1), draws]))
        best = draws.min(axis=0)
        return grown, best if self._noisy else np.minimum(best, surrogate.incumbent_value())

    def _contenders(self) -> Rows:
        """Encoded rows of the complete trials that may have the best mean, none twice."""
        surrogate = self._surrogate
        complete = (surrogate.complete & surrogate.allowed)[surrogate.modelled]
        complete = complete if complete.any() else surrogate.complete[surrogate.modelled]
        order = np.argsort(surrogate.fitted_means()[complete], kind="stable")
        rows: Rows = surrogate.rows[surrogate.modelled][complete][order]
        first = np.unique(np.nan_to_num(rows, nan=-1.0), axis=0, return_index=True)[1]
        return rows[np.sort(first)[:MOST_CONTENDERS]]

    def _told_of_failures(self) -> tuple[GaussianProcess, Rows]:
        """The process, as if the newest failed trials had given what was expected there, and its values.

        A failure says nothing of the value. But a process that knows nothing of it stays as unsure there as ever, and
        would be drawn back to the same place by the hope for a surprise.
        """
        surrogate, table = self._surrogate, self._surrogate.table
        process, values = surrogate.process, surrogate.values[surrogate.modelled]
        failed = table.rows[table.states == FAILED][-MOST_PENDING:]
        if not len(failed):
            return process, values
        features = surrogate.domain.known_features(failed)
        values = np.concatenate([values, process.predict(features)[0]])
        process = process.extended(features, np.zeros(len(failed)))
        process.condition(values)
        return process, values

    def _good(self) -> Rows:
        """Encoded rows of the modelled trials, those with the best mean first."""
        surrogate = self._surrogate
        rows = surrogate.rows[surrogate.modelled]
        return rows[np.argsort(surrogate.fitted_means(), kind="stable")]

    def _effort(self) -> Effort:
        n = len(self._process)
        if self._question.space.constraints:  # each candidate has to be decoded and checked
            return Effort(256, 96, 5, (8, 4))
        if n < 150:
            return Effort(1024, 192, 8, (15, 7))
        return Effort(768, 128, 6, (10, 5)) if n < 300 else Effort(512, 128, 5, (8, 4))

    def _prior_draws(self) -> Rows | None:
        """Candidates from the user's prior, where there is one, or where rules leave little of the space."""
        question = self._question
        if not (question.domain.has_prior or question.space.constraints):
            return None
        rng = question.seed.rng()
        drawn = question.encoder.encode_many(question.space.sample(rng, question.given) for _ in range(128))
        return question.domain.filled(drawn, question.generator)

    def _drawn(self, found: Found) -> Found:
        """The same points, in the order of one draw of the function."""
        features = self._question.domain.features(found.rows)
        normals = self._question.generator.standard_normal((len(features), 1))
        values = -self._process.draw(features, normals)[:, 0]
        values[~np.isfinite(found.values)] = -np.inf
        kept = np.ones(len(values), dtype=bool)
        if self._bounds is not None:
            kept = self._bounds.drawn(features, self._question.generator)
        order = np.lexsort((-values, ~kept))
        return Found(found.rows[order], values[order], tuple(found.origins[k] for k in order.tolist()))

    def _why(self, chosen: _Chosen) -> dict[str, Any]:
        surrogate = self._surrogate
        encoded = self._question.full(chosen.row[None, :])[0]
        mean, deviation = surrogate.process.predict(surrogate.domain.known_features(encoded[None, :]))
        expected = surrogate.unwarped(float(mean[0]), float(deviation[0]))
        why: dict[str, Any] = {
            "member": "gp", "phase": "model", "acquisition": self._name, "value": _short(chosen.value),
            "expected": _short(expected.mean), "deviation": _short(expected.deviation),
            "found_by": chosen.origin,
        }  # fmt: skip
        success = self._landscape.log_success(encoded)
        if success is not None:
            why["success"] = _short(math.exp(success))
        within = self._landscape.log_within(encoded)
        if within is not None:
            why["within_bounds"] = _short(math.exp(within))
        return why


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def _earning_most(history: History, seed: Seed) -> str:
    """An acquisition function, drawn by what each has earned in this study: the share of its trials that were the best.

    Each is given one success and one failure to begin with; one draw from each one's beta distribution decides
    (Thompson 1933).
    """
    wins = dict.fromkeys(ACQUISITIONS, 1.0)
    losses = dict.fromkeys(ACQUISITIONS, 1.0)
    best = math.inf
    for trial in history.complete():
        if trial.outside:
            continue
        value = history.metric.sign * trial.values.get(history.metric.name, math.inf)
        if (name := trial.why.get("acquisition")) in wins:
            (wins if value < best and history.problem.allows(trial.values) else losses)[name] += 1.0
        best = min(best, value) if history.problem.allows(trial.values) else best
    generator = np.random.default_rng((*seed.entropy, 1))
    return max(ACQUISITIONS, key=lambda name: generator.beta(wins[name], losses[name]))


_NAMES = (*ACQUISITIONS, "thompson", "portfolio")
