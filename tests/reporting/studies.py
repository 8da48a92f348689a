"""Studies to report on, and what a browser would read of a page."""

from __future__ import annotations

from html.parser import HTMLParser

import tunesmith as ts

NAME = "<script>alert(1)</script>"
SPACE = ts.SearchSpace(
    kind=ts.Categorical(NAME, "b"),
    lr=ts.Float(1e-4, 1, log=True),
    depth=ts.Int(1, 12),
    extra=ts.Float(0, 1).when("kind", "b"),
)


def studied(trials, *, goals=1):
    metrics = [ts.Metric("auc", "maximize"), ts.Metric("seconds")][:goals]
    study = ts.Study(SPACE, metrics, sampler="random", seed=1, storage=None, name=NAME)

    def objective(trial):
        params = trial.params
        if params["depth"] > 10:
            raise ValueError("out of <b>memory</b>")
        if goals == 1:
            trial.report(0.5, step=0)
            if params["depth"] == 10:
                raise ts.TrialPruned
        auc = 0.9 - 0.1 * abs(params["lr"] - 0.1) - 0.01 * abs(params["depth"] - 4)
        return {"auc": auc, "seconds": params["depth"] + params["lr"]} if goals == 2 else auc

    if trials:
        study.optimize(objective, trials=trials, progress=False)
    return study


def curved(trials):
    """A study whose trials report on their way, with two parameters that act together and one that does nothing."""
    space = ts.SearchSpace(x=ts.Float(0, 1, default=0.5), y=ts.Float(0, 1, default=0.5), kind=ts.Categorical("a", "b"))
    study = ts.Study(space, ts.Metric("auc", "maximize"), sampler="sobol", seed=0, storage=None, name="curved")

    def objective(trial):
        value = trial.params["x"] * (0.2 + trial.params["y"])
        for step in range(1, 5):
            trial.report(value - 0.2 / step, step=step)
            trial.report(value + 0.05 - 0.1 / step, step=step, kind="train")
        return value

    study.optimize(objective, trials=trials, progress=False)
    return study


class Page(HTMLParser):
    """Tags with their attributes, and the text that is shown."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words, self.rows = [], [], 0
        self.feed(text)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self.tags and self.tags[-1][0] not in {"style", "script"}:
            self.words.append(data)
