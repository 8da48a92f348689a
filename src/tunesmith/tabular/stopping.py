"""Early stopping of `tune`: in each fold, boosting and networks watch an inner part of its training rows."""

from __future__ import annotations

from tunesmith import _plugins
from tunesmith.sklearn.aside import Aside
from tunesmith.sklearn.early_stopping import EarlyStopping, Stopping
from tunesmith.tabular.request import Prepared, moments_of


def stopping_of(prepared: Prepared) -> Stopping | None:
    """How the fits of a search stop, None where nobody asked; algorithms that cannot stop are fitted as they are.

    The inner rows are dealt as the folds are: the newest by `--time`, whole groups by `--group`, else a draw.
    """
    request = prepared.request
    if request.early_stopping is None:
        return None
    early = EarlyStopping(patience=request.early_stopping)
    classifier = prepared.target.kind == "classification"
    scheme = _plugins.make("validation", "kfold" if str(request.cv).isdigit() else str(request.cv))
    aside = Aside.like(scheme, early.share, classifier=classifier)
    groups = times = None
    if request.time is not None:
        aside = Aside(early.share, True, classifier, aside.gap)
        times = moments_of(prepared.frame[request.time].iloc[prepared.train], request.time)
    elif request.together is not None:
        groups = prepared.frame[request.together].iloc[prepared.train].astype(str).to_numpy()
    return Stopping(early, aside, groups, times)
