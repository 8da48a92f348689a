"""Do probabilities mean what they say? The reliability diagram."""

from __future__ import annotations

from tunesmith import analysis
from tunesmith.analysis._records import counted, number
from tunesmith.plots import _axes, _frame
from tunesmith.plots._source import Source, history_of
from tunesmith.plots._tokens import COMPLETE, MARKS, QUIET
from tunesmith.plots.figure import Figure
from tunesmith.trial import TrialState


def reliability(study: Source) -> Figure:
    """What the winner's probabilities said of unseen rows, against what came: on the diagonal they mean what they say.

    Groups of rows with about the same probability are marks with the interval of their share (95 %, Wilson); the bars
    along the foot count their rows.

    Parameters
    ----------
    study
        A `Study`, a fitted `TuneSearchCV`, or a `History`.
    """
    found = analysis.reliability(history_of(study))
    if found is None or not found.bins:
        return _frame.empty(
            "No probabilities were kept that could be looked at",
            "It takes two classes and a search whose metric asks for probabilities, such as AUC or log loss.",
        )
    bins = found.bins
    off = len(found.off)
    what = "Calibrated probabilities" if found.calibrated else "Probabilities"
    title = f"{what} agree with what came" if not off else f"{what} are off in {off} of {len(bins)} groups of rows"
    quiet = (
        f"Brier score {number(float(f'{found.brier:.3g}'))} ({number(float(f'{found.base:.3g}'))} for saying "
        f"{found.positives / found.rows:.1%} to all); {counted(found.rows, 'row')} that the models had not seen, "
        f"{found.positives:,} of them positive; intervals of 95 %"
    )
    frame = _frame.Frame(title, quiet, height=400)
    top = max(max(one.high, one.predicted) for one in bins)
    right = max(one.predicted for one in bins)
    x = _axes.Range(0.0, min(1.0, 1.08 * right) if right < 0.98 else 1.02)
    y = _axes.Range(-0.02 * top, min(1.0, 1.05 * top) if top < 0.98 else 1.02)
    panel = frame.panel(
        _axes.axis(x, tickformat=".0%", showticklabels=False), _axes.axis(y, tickformat=".0%"), up=(0.28, 1.0),
        name="share that was positive",
    )  # fmt: skip
    end = min(x.high, y.high)
    frame.add(panel, _frame.line([0.0, end], [0.0, end], QUIET, width=1, name="what they should say"))
    hover = [
        f"said {one.predicted:.1%}, came {one.observed:.1%} ({one.low:.1%} to {one.high:.1%})<br>"
        f"{counted(one.rows, 'row')}"
        for one in bins
    ]
    shown = [one.predicted for one in bins]
    frame.add(panel, _frame.line(shown, [one.observed for one in bins], COMPLETE, width=1, name="what came"))
    trace = _frame.marks(
        shown, [one.observed for one in bins], MARKS[TrialState.COMPLETE], size=8, hover=hover, solid=1.0
    )
    trace["error_y"] = {
        "type": "data", "symmetric": False, "array": [one.high - one.observed for one in bins],
        "arrayminus": [one.observed - one.low for one in bins], "color": COMPLETE, "thickness": 1.2, "width": 0,
    }  # fmt: skip
    frame.add(panel, {**trace, "showlegend": False})
    counts = [one.rows for one in bins]
    foot = frame.panel(
        _axes.axis(x, "probability", tickformat=".0%"),
        _axes.axis(_axes.Range(0.0, 1.15 * max(counts)), nticks=3),
        up=(0.0, 0.18), name="rows",
    )  # fmt: skip
    width = 0.006 * (x.high - x.low)
    frame.add(foot, _frame.bars(counts, shown, QUIET, level=False, hover=hover, width=width))
    return frame.figure()


__all__ = ["reliability"]
