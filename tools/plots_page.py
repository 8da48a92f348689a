"""Draw the pictures of docs/plots.md: run this file after a change of the plots. It needs matplotlib alone."""

from __future__ import annotations

import io
import math
from pathlib import Path

import tunesmith as ts
from tunesmith import _optional, plots
from tunesmith.plots import Figure

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
WIDTH = 760

SPACE = ts.SearchSpace(
    lr=ts.Float(1e-5, 1e-1, log=True),
    booster=ts.Categorical("gbtree", "dart", "linear"),
    depth=ts.Int(2, 12).when("booster", "gbtree", "dart"),
    dropout=ts.Float(0, 0.5),
)


def objective(trial: ts.Trial) -> float:
    """A made-up training run: it breaks at large rates with much dropout, and its score is known to 0.005."""
    params = trial.params
    if params["lr"] > 0.02 and params["dropout"] > 0.1:
        raise FloatingPointError(f"loss is nan at step {trial.number * 7 % 90}")
    off = 0.03 * (math.log10(params["lr"]) + 2.2) ** 2 + 0.002 * (params.get("depth", 12) - 7) ** 2
    score = 0.93 - off - {"gbtree": 0.0, "dart": 0.01, "linear": 0.05}[params["booster"]]
    score += 0.005 * math.sin(1e4 * params["lr"] + 50 * params["dropout"])
    for step in range(1, 9):
        trial.report(score - 0.2 * 0.6**step, step=step)
        trial.report(score - 0.2 * 0.6**step + 0.006 * step, step=step, kind="train")
    trial.set_standard_error(0.005)
    return float(score)


def figures() -> dict[str, Figure]:
    """Name of the picture -> the figure."""
    study = ts.Study(SPACE, ts.Metric("auc", "maximize"), sampler="random", seed=3, name="credit")
    study.optimize(objective, trials=80, progress=False)
    goals = ts.Study(
        ts.SearchSpace(width=ts.Int(8, 512, log=True), layers=ts.Int(1, 8)),
        [ts.Metric("accuracy", "maximize"), ts.Metric("ms")], sampler="random", seed=1, name="goals",
    )  # fmt: skip
    goals.optimize(_two_goals, trials=80, progress=False)
    return {
        "history": plots.history(study),
        "slices": plots.slices(study),
        "failures": plots.failures(study),
        "leaderboard": plots.leaderboard(study),
        "front": plots.front(goals),
    }


def _two_goals(trial: ts.Trial) -> tuple[float, float]:
    work = trial.params["width"] * trial.params["layers"]
    swing = 0.5 + 0.5 * math.sin(work)
    return 1 - 1 / (1 + work**0.5) - 0.05 * swing, work * (0.5 + 0.5 * swing) / 20


def main() -> None:
    """Draw them all, with few colours, so that they stay small."""
    image = _optional.require("PIL.Image", extra="plot")
    PICTURES.mkdir(exist_ok=True)
    for name, figure in figures().items():
        path = figure.write(PICTURES / f"{name}.png", width=WIDTH, scale=1.0, engine="matplotlib")
        small = io.BytesIO()
        image.open(path).convert("RGB").quantize(128).save(small, format="png", optimize=True)
        path.write_bytes(small.getvalue())
        print(f"{path.name:18} {len(small.getvalue()) / 1024:5.1f} KB")


if __name__ == "__main__":
    main()
