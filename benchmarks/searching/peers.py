"""Other tuners, each used as its documentation says, with its defaults; imported only when asked for.

Conditions are written as in a define-by-run script where the tuner can; the others see all parameters, always, and what
is inactive is ignored. None of them reads the constraints of the space: a point that breaks one is told as the worst
value so far and asked anew, free of charge, up to `FREE` times in a row. An evaluation that fails is told as failed.
"""

from __future__ import annotations

import abc
import math
import warnings
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, final

import tunesmith as ts
from benchmarks.searching.methods import Asked, Method
from benchmarks.searching.problem import Point

FREE = 10


def walk(space: ts.SearchSpace, suggest: Callable[[str, Any], Any], *, flat: bool = False) -> tuple[Point, Point]:
    """The active params, parents first, and all that was suggested (the same, unless `flat`)."""
    found: dict[str, Any] = {}
    everything: dict[str, Any] = {}
    for name in space.order:
        part: Any = space[name]
        is_active = all(
            c.parent in found and c.test.bind(space[c.parent], c.parent)(found[c.parent]) for c in part.conditions
        )
        if is_active or flat:
            everything[name] = suggest(name, part)
        if is_active:
            found[name] = everything[name]
    return found, everything


def choices(part: Any) -> list[Any] | None:
    """The choices of a categorical or ordinal parameter."""
    return list(part.choices) if isinstance(part, ts.Categorical | ts.Ordinal) else None


class Retrying(Method, abc.ABC):
    """Asks again, free of charge, where a constraint is broken."""

    def __init__(self, space: ts.SearchSpace, seed: int) -> None:
        self.space, self.seed = space, seed
        self._worst: float | None = None

    @abc.abstractmethod
    def one(self) -> Asked:
        """One suggestion, constraints aside."""

    def ask(self, n: int) -> list[Asked]:
        """See `Method.ask`."""
        return [self._kept() for _ in range(n)]

    def _kept(self) -> Asked:
        asked = self.one()
        for _ in range(FREE):
            if self.space.feasible(asked.params):
                break
            self.record(asked, self._worst)
            asked = self.one()
        return asked

    def tell(self, asked: Asked, value: float | None) -> None:
        """See `Method.tell`."""
        if value is not None:
            self._worst = value if self._worst is None else max(self._worst, value)
        self.record(asked, value)

    @abc.abstractmethod
    def record(self, asked: Asked, value: float | None) -> None:
        """Tell the tuner a value, or that there is none."""


@final
class Optuna(Retrying):
    """Optuna, define-by-run; `flat` suggests inactive parameters too, so that its Gaussian process sees one space."""

    def __init__(self, space: ts.SearchSpace, seed: int, *, sampler: str, flat: bool = False, **arguments: Any) -> None:
        import optuna  # noqa: PLC0415

        super().__init__(space, seed)
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        chosen = getattr(optuna.samplers, sampler)(seed=seed, **arguments)
        self._study, self._flat = optuna.create_study(sampler=chosen), flat
        self._failed = optuna.trial.TrialState.FAIL

    def one(self) -> Asked:
        """See `Retrying.one`."""
        trial = self._study.ask()

        def suggest(name: str, part: Any) -> Any:
            listed = choices(part)
            if listed is not None:
                return trial.suggest_categorical(name, listed)
            draw = trial.suggest_int if isinstance(part, ts.Int) else trial.suggest_float
            return draw(name, part.low, part.high, log=part.log)

        return Asked(walk(self.space, suggest, flat=self._flat)[0], "", trial)

    def record(self, asked: Asked, value: float | None) -> None:
        """See `Retrying.record`."""
        if value is None:
            self._study.tell(asked.handle, state=self._failed)
        else:
            self._study.tell(asked.handle, value)

    def note(self) -> str:
        """See `Method.note`."""
        return f"optuna {version('optuna')}"


@final
class Hyperopt(Retrying):
    """hyperopt's TPE on a nested space; one suggestion at a time, as fmin makes them."""

    def __init__(self, space: ts.SearchSpace, seed: int) -> None:
        import hyperopt  # noqa: PLC0415
        import numpy as np  # noqa: PLC0415

        super().__init__(space, seed)
        self._hp, self._rng = hyperopt, np.random.default_rng(seed)
        children: dict[str, list[str]] = {}
        for name in space.order:
            for condition in space[name].conditions:
                children.setdefault(condition.parent, []).append(name)
        tops = [name for name in space.order if not space[name].conditions]
        self._domain = hyperopt.Domain(lambda _: 0.0, {name: self._node(name, children, "") for name in tops})
        self._trials = hyperopt.Trials()

    def _node(self, name: str, children: dict[str, list[str]], path: str) -> Any:
        hp, part, label = self._hp.hp, self.space[name], f"{path}{name}"
        listed = choices(part)
        if listed is None:
            return self._number(label, part)
        if name not in children:
            return hp.choice(label, listed)
        branches = []
        for choice in listed:
            inside = {
                child: self._node(child, children, f"{label}={choice}/")
                for child in children[name]
                if all(c.test.bind(part, name)(choice) for c in self.space[child].conditions if c.parent == name)
            }
            branches.append({"": choice, **inside})
        return hp.choice(label, branches)

    def _number(self, label: str, part: Any) -> Any:
        hp, low, high = self._hp.hp, part.low, part.high
        if isinstance(part, ts.Int):
            low, high = low - 0.4999, high + 0.4999
            return (
                hp.qloguniform(label, *map(math.log, (low, high)), 1) if part.log else hp.quniform(label, low, high, 1)
            )
        return hp.loguniform(label, math.log(low), math.log(high)) if part.log else hp.uniform(label, low, high)

    def one(self) -> Asked:
        """See `Retrying.one`."""
        hp, trials = self._hp, self._trials
        ids = trials.new_trial_ids(1)
        trials.refresh()
        made = hp.tpe.suggest(ids, self._domain, trials, int(self._rng.integers(2**31 - 1)))
        trials.insert_trial_docs(made)
        trials.refresh()
        document = next(d for d in trials._dynamic_trials if d["tid"] == ids[0])  # noqa: SLF001 - as fmin does
        document["state"] = hp.JOB_STATE_RUNNING
        nested = hp.space_eval(self._domain.expr, {k: v[0] for k, v in document["misc"]["vals"].items() if v})
        return Asked(self._flat(nested), "", document)

    def _flat(self, nested: dict[str, Any]) -> Point:
        found: dict[str, Any] = {}
        for name, value in nested.items():
            if isinstance(value, dict):
                found[name] = value[""]
                found |= self._flat({k: v for k, v in value.items() if k})
            else:
                part = self.space[name]
                if isinstance(part, ts.Int):
                    found[name] = min(max(round(value), part.low), part.high)
                elif isinstance(part, ts.Float):
                    found[name] = min(max(value, part.low), part.high)
                else:
                    found[name] = value
        return found

    def record(self, asked: Asked, value: float | None) -> None:
        """See `Retrying.record`."""
        hp = self._hp
        result = {"status": hp.STATUS_FAIL} if value is None else {"status": hp.STATUS_OK, "loss": value}
        asked.handle["result"], asked.handle["state"] = result, hp.JOB_STATE_DONE
        self._trials.refresh()

    def note(self) -> str:
        """See `Method.note`."""
        return f"hyperopt {version('hyperopt')}"


@final
class Hebo(Retrying):
    """HEBO; it knows neither conditions nor failures, so all parameters are always suggested."""

    def __init__(self, space: ts.SearchSpace, seed: int) -> None:
        import numpy as np  # noqa: PLC0415
        import torch  # noqa: PLC0415
        from hebo.design_space.design_space import DesignSpace  # noqa: PLC0415
        from hebo.optimizers.hebo import HEBO  # noqa: PLC0415

        super().__init__(space, seed)
        np.random.seed(seed)  # noqa: NPY002 - it draws from the global generator
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        warnings.simplefilter("ignore")
        self._hebo = HEBO(
            DesignSpace().parse([self._part(name, space[name]) for name in space.order]), scramble_seed=seed
        )
        self._array = np.array
        self._untold: list[Any] = []

    @staticmethod
    def _part(name: str, part: Any) -> dict[str, Any]:
        listed = choices(part)
        if listed is not None:
            return {"name": name, "type": "cat", "categories": [str(i) for i in range(len(listed))]}
        kind = ("pow_int" if part.log else "int") if isinstance(part, ts.Int) else ("pow" if part.log else "num")
        return {"name": name, "type": kind, "lb": part.low, "ub": part.high}

    def ask(self, n: int) -> list[Asked]:
        """A batch is suggested together; broken constraints are asked anew one by one."""
        batch = [self._read(row) for row in self._rows(n)]
        return [asked if self.space.feasible(asked.params) else self._kept() for asked in batch]

    def one(self) -> Asked:
        """See `Retrying.one`."""
        return self._read(self._rows(1)[0])

    def _rows(self, n: int) -> list[Any]:
        frame = self._hebo.suggest(n_suggestions=n)
        return [frame.iloc[[i]] for i in range(len(frame))]

    def _read(self, row: Any) -> Asked:
        def suggest(name: str, part: Any) -> Any:
            value, listed = row[name].iloc[0], choices(part)
            if listed is not None:
                return listed[int(value)]
            return min(max(int(value) if isinstance(part, ts.Int) else float(value), part.low), part.high)

        return Asked(walk(self.space, suggest, flat=True)[0], "", row)

    def record(self, asked: Asked, value: float | None) -> None:
        """See `Retrying.record`; a failure is told as the worst value so far, as soon as there is one."""
        self._untold += [asked.handle] * (value is None)
        if value is not None:
            self._hebo.observe(asked.handle, self._array([[value]]))
        if self._worst is not None:
            for row in self._untold:
                self._hebo.observe(row, self._array([[self._worst]]))
            self._untold.clear()

    def note(self) -> str:
        """See `Method.note`."""
        return f"HEBO {version('hebo')}"


@final
class Ax(Retrying):
    """Ax's Client at its defaults, all parameters always suggested."""

    def __init__(self, space: ts.SearchSpace, seed: int) -> None:
        import logging  # noqa: PLC0415

        import torch  # noqa: PLC0415
        from ax.api.client import Client  # noqa: PLC0415
        from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig  # noqa: PLC0415

        super().__init__(space, seed)
        torch.set_num_threads(1)
        warnings.simplefilter("ignore")
        for name in ("ax", "ax.api.client"):
            logging.getLogger(name).setLevel(logging.ERROR)
        self._names = {name: f"p{i}" for i, name in enumerate(space.order)}
        self._client = Client(random_seed=seed)
        parameters: list[Any] = []
        for name, label in self._names.items():
            part: Any = space[name]
            listed = choices(part)
            if listed is not None:
                codes = [f"c{i}" for i in range(len(listed))]
                ordered = isinstance(part, ts.Ordinal)
                parameters.append(
                    ChoiceParameterConfig(name=label, values=codes, parameter_type="str", is_ordered=ordered)
                )
            else:
                parameters.append(
                    RangeParameterConfig(
                        name=label, bounds=(part.low, part.high), scaling="log" if part.log else "linear",
                        parameter_type="int" if isinstance(part, ts.Int) else "float",
                    )
                )  # fmt: skip
        self._client.configure_experiment(parameters=parameters)
        self._client.configure_optimization(objective="-loss")

    def ask(self, n: int) -> list[Asked]:
        """A batch is suggested together; broken constraints are asked anew one by one."""
        batch = [self._read(*pair) for pair in self._client.get_next_trials(max_trials=n).items()]
        return [asked if self.space.feasible(asked.params) else self._kept() for asked in batch]

    def one(self) -> Asked:
        """See `Retrying.one`."""
        return self._read(*next(iter(self._client.get_next_trials(max_trials=1).items())))

    def _read(self, index: int, values: Any) -> Asked:
        def suggest(name: str, part: Any) -> Any:
            value, listed = values[self._names[name]], choices(part)
            return value if listed is None else listed[int(value[1:])]

        return Asked(walk(self.space, suggest, flat=True)[0], "", index)

    def record(self, asked: Asked, value: float | None) -> None:
        """See `Retrying.record`."""
        if value is None:
            self._client.mark_trial_failed(trial_index=asked.handle)
        else:
            self._client.complete_trial(trial_index=asked.handle, raw_data={"loss": value})

    def note(self) -> str:
        """See `Method.note`."""
        return f"Ax {version('ax-platform')}"


def _optuna(sampler: str, **fixed: Any) -> Callable[..., Method]:
    return lambda space, seed, **arguments: Optuna(space, seed, sampler=sampler, **fixed, **arguments)


PEERS: dict[str, Callable[..., Method]] = {
    "optuna-tpe": _optuna("TPESampler"),
    "optuna-tpe-group": _optuna("TPESampler", multivariate=True, group=True),
    "optuna-gp": _optuna("GPSampler", flat=True),
    "optuna-gp-run": _optuna("GPSampler"),
    "optuna-cmaes": _optuna("CmaEsSampler"),
    "hyperopt": Hyperopt,
    "hebo": Hebo,
    "ax": Ax,
}
"""`optuna-gp` sees conditional spaces flattened by hand; `optuna-gp-run` is the same sampler, define-by-run."""
