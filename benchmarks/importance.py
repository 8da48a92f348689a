"""What the analyses of parameters cost, beside Optuna's importance, and whether they find what was planted.

python benchmarks/importance.py                        CPU of every analysis at 100, 1,000 and 5,000 trials
python benchmarks/importance.py --recovery             100 planted studies and 100 of noise, kept and resumed in --out
python benchmarks/importance.py --recovery --seeds 20

A planted study has ten parameters, three of them conditional; three take part in the score, each twice as much (as a
standard deviation over the parameter's range) as the next, all others not at all. The default sampler runs 60 trials.
The noise is normal. An even noise whose whole width is 20 % of the range of the score has the same deviation as "quiet"
(5.8 % of the range); "loud" has a standard deviation of 20 % of the range, more than the
strongest effect has. `oracle` is least squares that is told the exact shape of each effect: no method that has to find
the shapes out can expect more.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import binomtest

import tunesmith as ts
from tunesmith import analysis
from tunesmith.analysis.importance import METHODS

SIZES = (100, 1_000, 5_000)
TRIALS = 60
EFFECTS = (1.0, 0.5, 0.25)
NOISES = {"quiet": 0.2 / math.sqrt(12), "loud": 0.2}
LEVEL = 0.01
"""An exact binomial test at this level decides whether a share of studies is below its goal."""

SPACE = ts.SearchSpace(
    kind=ts.Categorical("a", "b", "c"),
    x1=ts.Float(0, 1),
    x2=ts.Float(-5, 5),
    lr=ts.Float(1e-5, 1e-1, log=True),
    n=ts.Int(1, 20),
    flag=ts.Categorical(False, True),
    w=ts.Float(0, 10),
    c1=ts.Float(0, 1).when("kind", "a", "b"),
    c2=ts.Int(1, 256, log=True).when("kind", "a", "b"),
    c3=ts.Categorical("p", "q", "r").when("kind", "b", "c"),
)
WIDE = ts.SearchSpace(
    {f"x{k}": ts.Float(0, 1) for k in range(10)},
    k=ts.Int(1, 20),
    kind=ts.Categorical("a", "b", "c"),
    lr=ts.Float(1e-5, 1, log=True),
    z=ts.Float(0, 1).when("kind", "a", "b"),
    y=ts.Int(1, 9).when("kind", "c"),
)


class Planted(NamedTuple):
    """A score with known effects."""

    effects: dict[str, float]
    shapes: dict[str, Callable[[Any], float]]
    width: float

    def __call__(self, params: Mapping[str, Any]) -> float:
        """The score without noise."""
        return sum(size * self.shapes[name](params[name]) for name, size in self.effects.items() if name in params)


def planted(seed: int) -> Planted:
    """Three effects on parameters, and of shapes, that the seed decides."""
    draw = random.Random(f"planted {seed}")  # noqa: S311 - no secret
    shapes = {name: _shape(name, draw) for name in SPACE.names}
    effects = dict(zip(draw.sample(SPACE.names, len(EFFECTS)), EFFECTS, strict=True))
    width = 0.0
    for name, size in effects.items():
        values = [shapes[name](value) for value in SPACE[name].grid(201)]
        width += size * (max(values) - min(values))
    return Planted(effects, shapes, width)


def _shape(name: str, draw: random.Random) -> Callable[[Any], float]:
    """A function of one parameter with mean 0 and standard deviation 1 over its range."""
    part = SPACE[name]
    if isinstance(part, ts.Categorical):
        levels = list(part.values())
        heights = [k - (len(levels) - 1) / 2 for k in range(len(levels))]
        draw.shuffle(heights)
        spread = math.sqrt(sum(h * h for h in heights) / len(heights))
        return dict(zip(levels, (h / spread for h in heights), strict=True)).__getitem__
    sign, centre = draw.choice([-1, 1]), draw.random()
    if draw.random() < 0.5:
        return lambda value: sign * (part.to_unit(value) - 0.5) * math.sqrt(12)
    middle = ((1 - centre) ** 3 + centre**3) / 3
    spread = math.sqrt(((1 - centre) ** 5 + centre**5) / 5 - middle**2)
    return lambda value: ((part.to_unit(value) - centre) ** 2 - middle) / spread


class Outcome(NamedTuple):
    """What one study gave; plain, so that it can be kept."""

    noise: str
    seed: int
    reliable: bool
    order: int
    """How many of the planted effects, from the strongest on, stand in their places."""
    oracle: int
    covered: int
    wrong: int
    told_apart: int


def outcome(noise: str, seed: int) -> Outcome:
    """Run one study and look at what the default importance says of it."""
    score = planted(seed)
    draw = random.Random(f"noise {noise} {seed}")  # noqa: S311 - no secret
    study = ts.Study(SPACE, ts.Metric("score"), seed=seed)
    for _ in range(TRIALS):
        trial = study.ask()
        value = 0.0 if noise == "pure" else score(trial.params)
        study.tell(trial, value + (1.0 if noise == "pure" else NOISES[noise] * score.width) * draw.gauss(0, 1))
    found = analysis.importance(study)
    if noise == "pure":
        return Outcome(noise, seed, found.reliable, 0, 0, 0, 0, 0)
    total = sum(size**2 for size in score.effects.values())
    true = {name: score.effects.get(name, 0.0) ** 2 / total for name in SPACE.names}
    names = list(score.effects)
    covered = sum(found[name].low <= true[name] <= found[name].high or true[name] == found[name].low for name in names)
    told = [(a, b) for a in SPACE.names for b in SPACE.names if found.differs(a, b) and true[a] != true[b]]
    wrong = sum(true[a] < true[b] for a, b in told)
    order = _right([one.name for one in found.params], names)
    return Outcome(noise, seed, found.reliable, order, _right(_oracle(study, score), names), covered, wrong, len(told))


def _oracle(study: ts.Study, score: Planted) -> list[str]:
    """The parameters by the size of their effects, by least squares on the true shapes."""
    rows = [[1.0, *(score.shapes[n](t.params[n]) if n in t.params else 0.0 for n in SPACE.names)] for t in study.trials]
    design, values = np.array(rows), np.array([trial.value for trial in study.trials])
    sizes = np.linalg.solve(design.T @ design + 1e-3 * np.eye(design.shape[1]), design.T @ values)[1:]
    return [SPACE.names[k] for k in np.argsort(-np.abs(sizes))]


def _right(order: list[str], truth: list[str]) -> int:
    return next((k for k, name in enumerate(truth) if order[k] != name), len(truth))


def recovery(out: Path, seeds: int) -> int:
    """Run the studies that are missing, and say how often what was planted is found."""
    kept = [Outcome(**json.loads(line)) for line in out.read_text().splitlines()] if out.exists() else []
    done = {(one.noise, one.seed): one for one in kept}
    with out.open("a", encoding="utf-8") as file:
        for noise in ("quiet", "loud", "pure"):
            for seed in range(seeds):
                if (noise, seed) not in done:
                    one = done[noise, seed] = outcome(noise, seed)
                    file.write(json.dumps(one._asdict()) + "\n")
                    file.flush()
    failed = 0
    for noise in ("quiet", "loud"):
        mine = [done[noise, seed] for seed in range(seeds)]
        right = " ".join(
            f"{sum(one.order >= k for one in mine)}/{sum(one.oracle >= k for one in mine)}" for k in (1, 2, 3)
        )
        print(f"{noise}: strongest, first two, all three in order (ours/oracle): {right}; "
              f"reliable {sum(one.reliable for one in mine)} of {seeds}")  # fmt: skip
        covered, told = sum(one.covered for one in mine), sum(one.told_apart for one in mine)
        failed += _verdict(f"{noise}: intervals of the planted shares cover", covered, 3 * seeds)
        clean = sum(one.wrong == 0 for one in mine)
        failed += _verdict(f"{noise}: no pair told apart the wrong way ({told} told apart)", clean, seeds)
    quiet = [done["quiet", seed] for seed in range(seeds)]
    failed += _verdict("quiet: the strongest effect stands first", sum(one.order >= 1 for one in quiet), seeds)
    failed += _verdict("quiet: the first two stand in their order", sum(one.order >= 2 for one in quiet), seeds)
    silent = sum(not done["pure", seed].reliable for seed in range(seeds))
    return failed + _verdict("pure noise: not reliable", silent, seeds)


def _verdict(what: str, count: int, of: int) -> int:
    """Whether a share is compatible with 95 %."""
    chance = binomtest(count, of, 0.95, alternative="less").pvalue
    print(f"{'ok' if chance > LEVEL else 'MISSED':6} {what}: {count} of {of} (p = {chance:.2g} that 95 % give less)")
    return int(chance <= LEVEL)


def times(sizes: list[int]) -> None:
    """CPU seconds of each analysis from a fresh history, and of Optuna's on the same trials."""
    import optuna  # noqa: PLC0415 - a peer

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    ours: dict[str, Callable[[ts.History], object]] = {
        **{f"importance, {method}": partial(analysis.importance, method=method) for method in METHODS},
        "trust": analysis.trust, "effects": analysis.effects, "interactions": analysis.interactions,
        "joint effect": lambda h: analysis.joint_effect(h, "x0", "x1"), "plateau": analysis.plateau,
        "advice": analysis.advice,
    }  # fmt: skip
    for n in sizes:
        draw = random.Random(n)  # noqa: S311 - no secret
        told = []
        for _ in range(n):
            params = WIDE.sample(draw)
            told.append((params, params["x0"] + params["x1"] / 2 + (params["kind"] == "a") + draw.gauss(0, 0.1)))
        print(f"{n} trials x {len(WIDE)} parameters, CPU s")
        for name, make in ours.items():
            study = ts.Study(WIDE, ts.Metric("score"), seed=0)
            for params, value in told:
                study.add(params, value)
            history = study.history
            begun = time.process_time()
            make(history)
            print(f"  tunesmith {name:24} {time.process_time() - begun:7.2f}")
        theirs = _optuna(told)
        for evaluator in ("FanovaImportanceEvaluator", "PedAnovaImportanceEvaluator"):
            begun = time.process_time()
            optuna.importance.get_param_importances(theirs, evaluator=getattr(optuna.importance, evaluator)())
            print(f"  optuna    {evaluator:24} {time.process_time() - begun:7.2f}")


def _optuna(told: list[tuple[ts.Params, float]]) -> Any:
    """The same trials there; its evaluators leave conditional parameters out."""
    import optuna  # noqa: PLC0415 - a peer

    spaces: dict[str, Any] = {}
    for name, part in WIDE.items():
        if isinstance(part, ts.Categorical):
            spaces[name] = optuna.distributions.CategoricalDistribution(tuple(part.values()))
        elif isinstance(part, ts.Int):
            spaces[name] = optuna.distributions.IntDistribution(part.low, part.high)
        elif isinstance(part, ts.Float):
            spaces[name] = optuna.distributions.FloatDistribution(part.low, part.high, log=part.log)
    study = optuna.create_study()
    study.add_trials(
        [
            optuna.trial.create_trial(params=dict(p), distributions={name: spaces[name] for name in p}, value=v)
            for p, v in told
        ]
    )
    return study


def main(words: list[str] | None = None) -> int:
    """Print the tables; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recovery", action="store_true")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--out", type=Path, default=Path("importance.jsonl"))
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    options = parser.parse_args(words)
    if options.recovery:
        return int(recovery(options.out, options.seeds) > 0)
    times(options.sizes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
