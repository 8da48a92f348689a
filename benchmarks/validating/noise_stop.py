"""What `stop_when="noise"` saves and loses, and how often it ends a search that would still have found something.

Each study runs to its end; what the rule would have said is read from the beginnings of its log, as in a real search.
The loss of a stop is how much worse the setting is that it ends with, in standard errors of a score: by the truth where
a function was planted, on rows never seen where the data are real.
"""

from __future__ import annotations

import json
import math
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, final

import numpy as np
from scipy import stats
from sklearn.base import clone
from sklearn.metrics import get_scorer

import tunesmith as ts
from benchmarks.contending.tables import bootstrap
from benchmarks.validating import default
from benchmarks.validating.fold_tables import FAMILIES
from tunesmith.models.stopping import LOOKS, looks, remaining

FOLDS, TRIALS = 5, 100
SEEDS, SEEDS_OF_LATE, SEEDS_OF_REAL = 8, 24, 4
OWN, SHARED = 0.05, 0.1
"""The noise of a fold's score: what a trial has for itself, and what makes a fold hard or easy for all."""
ERROR = math.hypot(OWN, SHARED) * math.sqrt(1 / FOLDS + 1 / (FOLDS - 1))
"""The standard error of a score (Nadeau and Bengio 2003)."""
LATE_PROMISE, SAVED_PROMISE = 0.05, 0.3
Point: TypeAlias = Any


def _bowl(x: Point) -> float:
    return float((np.linspace(1, 2, len(x)) * (x - 0.37) ** 2).sum())


def _nothing(x: Point) -> float:
    return 0.0 * float(x[0])


def _slope(x: Point) -> float:
    return float(1.2 * x[0] + 0.1 * x[1:].sum())


def _rosenbrock(x: Point) -> float:
    at = 4 * x - 2
    return float(np.log1p((100 * (at[1:] - at[:-1] ** 2) ** 2 + (1 - at[:-1]) ** 2).sum()) / 4)


def _waves(x: Point) -> float:
    return float(((x - 0.6) ** 2).sum() - 0.15 * np.cos(9 * np.pi * (x - 0.6)).sum())


def _valley(width: float) -> Callable[[Point], float]:
    """A wide basin that is soon found, and a deeper valley elsewhere."""

    def truth(x: Point) -> float:
        wide, deep = ((x - 0.2) ** 2).sum(), ((x - 0.8) ** 2).sum()
        return float(-0.5 * np.exp(-wide / 0.08) - np.exp(-deep / (2 * width**2)))

    return truth


@final
class Planted(NamedTuple):
    """A function to be minimised over a cube, and whether a late improvement is planted in it."""

    truth: Callable[[Point], float]
    dims: int
    late: bool = False


PLANTED: Mapping[str, Planted] = {
    "nothing to gain, 2": Planted(_nothing, 2), "bowl, 2": Planted(_bowl, 2), "bowl, 4": Planted(_bowl, 4),
    "bowl, 6": Planted(_bowl, 6), "slope, 3": Planted(_slope, 3), "bent valley, 2": Planted(_rosenbrock, 2),
    "bent valley, 4": Planted(_rosenbrock, 4), "waves, 2": Planted(_waves, 2),
    "deeper valley, 0.08 wide": Planted(_valley(0.08), 2, late=True),
    "deeper valley, 0.04 wide": Planted(_valley(0.04), 2, late=True),
}  # fmt: skip
REAL = ("pima", "diabetes", "birthwt", "salaries", "exams", "infertility", "mpg", "breast_cancer", "partners", "biopsy")
"""Small sets, whose models take milliseconds."""


def _seeds(name: str) -> int:
    if name in REAL:
        return SEEDS_OF_REAL
    return SEEDS_OF_LATE if PLANTED[name].late else SEEDS


CELLS = [(name, seed) for seed in range(SEEDS_OF_LATE) for name in (*PLANTED, *REAL) if seed < _seeds(name)]


def run(results: Path, *, quick: bool, seconds: float) -> None:
    """Fill cells until all are full or the time is up, then print the tables."""
    until = time.monotonic() + seconds
    done = {tuple(line["cell"]) for line in read(results)}
    for name, seed in CELLS[:2] if quick else CELLS:
        if (name, seed) in done:
            continue
        if time.monotonic() > until:
            break
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            line = planted(name, seed) if name in PLANTED else real(name, seed)
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    print(table(read(results)))


def planted(name: str, seed: int, trials: int = TRIALS) -> dict[str, Any]:
    """A study of a planted function with the default sampler: its true scores, its winners and its looks."""
    about = PLANTED[name]
    space = ts.SearchSpace({f"x{at}": ts.Float(0, 1) for at in range(about.dims)})
    study = ts.Study(space, ts.Metric("score"), seed=seed)
    rng = np.random.default_rng([seed, about.dims])
    hard, true = rng.normal(0.0, SHARED, FOLDS), []
    for _ in range(trials):
        trial = study.ask()
        true.append(about.truth(np.array(list(trial.params.values()))))
        scores = true[-1] + hard + rng.normal(0.0, OWN, FOLDS)
        for fold, score in enumerate(scores.tolist()):
            trial.report(score, step=fold, fold=fold)
        study.tell(trial, float(scores.mean()))
    seen = [trial.value for trial in study.trials]
    return {"cell": [name, seed], "winners": _winners(seen, true), "error": ERROR, "looks": looked(study.history)}


def real(name: str, seed: int, trials: int = TRIALS) -> dict[str, Any]:
    """A search on real rows: the losses are those of its winners, fitted to all of them, on rows never seen."""
    family = FAMILIES["neighbours" if seed % 2 else "linear"]
    split = default.split_of(default.Cell(name, seed, ""))
    model, space = family.make(split.facts.task), family.space[split.facts.task]
    X, X_test, scorer = split.X.to_numpy(), split.X_test.to_numpy(), get_scorer(split.facts.scoring)
    search = ts.TuneSearchCV(
        model, space, trials=trials, scoring=split.facts.scoring, racing=False, random_state=seed, refit=False
    )
    search.fit(X, split.y)
    kept = search.history_.trials
    at_hand: dict[str, float] = {}

    def lost(place: int) -> float:
        params = search.cv_results_["params"][place]
        key = repr(sorted(params.items()))
        if key not in at_hand:
            fitted = clone(model).set_params(**params).fit(X, split.y)
            at_hand[key] = -float(scorer(fitted, X_test, split.y_test))
        return at_hand[key]

    seen = [-trial.value if trial.value is not None else math.inf for trial in kept]
    best = {place for place, _ in _improvements(seen)}
    true = [lost(place) if place in best else math.nan for place in range(len(seen))]
    scores = np.array([point.value for point in kept[int(np.argmin(seen))].points])
    error = float(scores.std(ddof=1) * math.sqrt(1 / FOLDS + 1 / (FOLDS - 1)))
    return {"cell": [name, seed], "winners": _winners(seen, true), "error": error, "looks": looked(search.history_)}


def _improvements(seen: Sequence[float]) -> list[tuple[int, float]]:
    """Where the best score so far changes, and to what."""
    found: list[tuple[int, float]] = []
    for place, value in enumerate(seen):
        if not found or value < found[-1][1]:
            found.append((place, value))
    return found


def _winners(seen: Sequence[float], true: Sequence[float]) -> list[tuple[int, float, float]]:
    """After how many trials the winner changed; its score as seen, and its true loss."""
    return [(place + 1, value, float(true[place])) for place, value in _improvements(seen)]


def looked(history: ts.History) -> list[tuple[int, float, float]]:
    """Of each look of the rule: after how many trials, what could still be gained, and the noise."""
    found = []
    for trials in looks(history.finished_count):
        left = remaining(history, trials)
        if left is not None:
            found.append((trials, left.gain, left.noise))
    return found


def stop_of(line: Mapping[str, Any], trials: int = TRIALS) -> int:
    """After how many trials the rule ends a study; all of them where it never does."""
    agreed = 0
    for at, gain, noise in line["looks"]:
        agreed = agreed + 1 if gain < noise else 0
        if agreed == LOOKS:
            return int(at)
    return trials


def loss(line: Mapping[str, Any], trials: float) -> float:
    """What ending after so many trials loses against all of them, in standard errors of a score."""
    at_end = line["winners"][-1][2]
    then = [true for at, _, true in line["winners"] if at <= max(1, trials)][-1]
    return (then - at_end) / max(line["error"], 1e-9)


def read(results: Path) -> list[dict[str, Any]]:
    """What was measured; a last line that was cut off is left out."""
    lines = results.read_text(encoding="utf-8").splitlines(keepends=True) if results.exists() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def table(lines: Sequence[Mapping[str, Any]]) -> str:
    """What is saved and lost, the same with every study ended after the same share, and late finds that were missed."""
    told = [f"{len(lines)} of {len(CELLS)} cells are filled, {TRIALS} trials each"]
    usual = [line for line in lines if line["cell"][0] not in PLANTED or not PLANTED[line["cell"][0]].late]
    if usual:
        told += _saved(usual)
    if late := [line for line in lines if line not in usual]:
        told += _missed(late)
    return "\n".join(told)


def _saved(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    share = float(np.mean([stop_of(line) for line in lines])) / TRIALS
    by_set: dict[str, list[tuple[float, float, float]]] = {}
    for line in lines:
        losses = (loss(line, stop_of(line)), loss(line, share * TRIALS))
        by_set.setdefault(line["cell"][0], []).append((1 - stop_of(line) / TRIALS, *losses))
    means = {name: np.mean(rows, axis=0) for name, rows in by_set.items()}
    heads = f"\n{'':28}{'studies':>8}{'saved':>8}{'loss':>8}{'all at the same share':>24}"
    told = [heads, *(_line(name, len(by_set[name]), mean) for name, mean in means.items())]
    every = np.array(list(means.values()))
    told.append(_line("mean", len(lines), every.mean(axis=0)))
    low, high = bootstrap(list(every[:, 0]))
    told.append(f"saved {every[:, 0].mean():.0%} ({low:.0%} to {high:.0%}); the goal is {SAVED_PROMISE:.0%}")
    low, high = bootstrap(list(every[:, 1] - every[:, 2]))
    told.append(
        f"loss less that of the same share: {(every[:, 1] - every[:, 2]).mean():+.2f} ({low:+.2f} to {high:+.2f})"
    )
    told.append("losses are in standard errors of a score; intervals are bootstraps over data sets (95 %)")
    return told


def _line(name: str, count: int, mean: Any) -> str:
    return f"{name:28}{count:>8}{mean[0]:>8.0%}{mean[1]:>+8.2f}{mean[2]:>+24.2f}"


def _missed(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    told = [
        f"\n{'late improvement planted':28}{'studies':>8}{'saved':>8}  {'stopped before it':>18}{'95 % interval':>16}"
    ]
    for name in dict.fromkeys(line["cell"][0] for line in lines):
        mine = [line for line in lines if line["cell"][0] == name]
        missed = sum(loss(line, stop_of(line)) > 1 for line in mine)
        ends = stats.binomtest(missed, len(mine)).proportion_ci()
        stands = stats.binomtest(missed, len(mine), LATE_PROMISE, alternative="greater").pvalue > 0.01
        saved = 1 - np.mean([stop_of(line) for line in mine]) / TRIALS
        held = f"at most {LATE_PROMISE:.0%}: {'stands' if stands else 'BROKEN'}"
        within = f"{ends.low:.0%} to {ends.high:.0%}"
        told.append(f"{name:28}{len(mine):>8}{saved:>8.0%}  {f'{missed} of {len(mine)}':>18}{within:>16}  {held}")
    return told
