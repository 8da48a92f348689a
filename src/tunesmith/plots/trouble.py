"""What went wrong: failures by cause, and where they happen more often than elsewhere."""

from __future__ import annotations

from tunesmith import analysis
from tunesmith.analysis._records import counted, number
from tunesmith.analysis.failures import Cause
from tunesmith.plots import _axes, _frame
from tunesmith.plots._source import Source, history_of
from tunesmith.plots._tokens import FAILED, TEXT
from tunesmith.plots._words import listed, seconds, text
from tunesmith.plots.figure import Figure

_SURE = 1e-3
"""A second region is named in the title only if it is so unlikely to be chance."""

MOST_CAUSES = 12
"""So many causes have a bar of their own; the rest share one."""


def failures(study: Source) -> Figure:
    """The failed trials by cause, each with the values that have more of them than the rest.

    Parameters
    ----------
    study
        A `Study`, a fitted `TuneSearchCV`, or a `History`.
    """
    found = analysis.failures(history_of(study))
    if not found.causes:
        told = f"{counted(found.ended, 'trial')} ended" if found.ended else "None has ended"
        return _frame.empty("No trial has failed", told)
    causes = found.causes[:MOST_CAUSES]
    rest = found.causes[MOST_CAUSES:]
    names = [text(cause.text, 48) for cause in causes] + ([f"{len(rest)} other causes"] if rest else [])
    counts = [len(cause.trials) for cause in causes] + ([sum(len(cause.trials) for cause in rest)] if rest else [])
    lost = sum(cause.seconds for cause in found.causes)
    quiet = f"{found.failed:,} of {counted(found.ended, 'trial')} failed"
    quiet += f", after {seconds(lost)} in all" if lost else ""
    quiet += f"; {found.looks:,} regions were looked at, and the p-values are corrected for that" if found.looks else ""
    frame = _frame.Frame(_title(found.causes[0], found), quiet, height=max(84, 68 * len(names)), left=24, right=24)
    rows = list(range(len(names)))
    y = _axes.bare(type="linear", range=[len(names) - 0.5, -0.5], tickvals=[], ticktext=[], showgrid=False)
    panel = frame.panel(_axes.axis(_axes.Range(0, max(counts) * 1.12), "failed trials"), y)
    hover = [f"{name}<br>first in trial {cause.trials[0]}" for name, cause in zip(names, causes, strict=False)]
    hover += [names[-1]] if rest else []
    bars = _frame.bars(counts, rows, FAILED, hover=hover, width=0.26)
    frame.add(
        panel, {**bars, "customdata": [cause.trials[0] for cause in causes] + ([rest[0].trials[0]] if rest else [])}
    )
    for row, (name, count) in enumerate(zip(names, counts, strict=True)):
        frame.note(name, (0, row - 0.15), panel=panel, left=True, above=True, colour=TEXT)
        frame.note(f"{count:,}", (count, row), panel=panel, left=True, above=None, shift=(6, 0))
        if row < len(causes) and causes[row].regions:
            frame.note(_where(causes[row]), (0, row + 0.17), panel=panel, left=True, shift=(0, -1))
    return frame.figure()


def _title(first: Cause, found: analysis.Failures) -> str:
    share = len(first.trials) / found.failed
    what = text(first.text, 60)
    title = f"{counted(found.failed, 'trial')} failed, all alike: {what}" if share == 1.0 else (
        f"{counted(found.failed, 'trial')} failed, {share:.0%} of them alike: {what}"
    )  # fmt: skip
    if found.failed == 1:
        title = f"One trial failed: {what}"
    if first.regions:
        sure = [region for region in first.regions[:2] if region.p_value <= _SURE]
        title += f"; most with {listed([text(region.text) for region in sure or first.regions[:1]])}"
    return title


def _where(cause: Cause) -> str:
    first = cause.regions[0]
    return (
        f"{text(first.text)}: {first.failed:,} of {first.tried:,}, elsewhere {first.elsewhere:,} of "
        f"{first.tried_elsewhere:,} (p {number(float(f'{first.p_value:.1g}'))})"
    )


__all__ = ["failures"]
