"""What people read of a search: the roles of columns, its cost, and the last screen, as plain lines."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from tunesmith.analysis import over_tuning
from tunesmith.space import Categorical, Fixed, Float, Int, SearchSpace
from tunesmith.study import Study
from tunesmith.tabular.plan import RACED, Plan
from tunesmith.tabular.portfolio import ALGORITHM, ALGORITHMS
from tunesmith.tabular.request import Prepared
from tunesmith.tabular.tune import BEST_DEFAULT, Tuned, best_by_algorithm, best_default
from tunesmith.tabular.verdict import TestScore
from tunesmith.trial import TrialState

_LABELS = {algorithm.name: algorithm.label for algorithm in ALGORITHMS}
_EDGE = 0.02
_LONGEST = 200


def data_lines(prepared: Prepared) -> list[str]:
    """What the data are and what is done with each column."""
    target = prepared.target
    what = f"{target.kind} of {target.name!r} ({target.why})"
    rows = f"{len(prepared.train):,} rows to learn from, {len(prepared.test):,} put aside as the test set"
    lines = [f"{prepared.table.source}: {what}", f"{rows}; {prepared.scheme}; metric {target.metric_name}"]
    width = min(28, max(len(column.name) for column in prepared.columns))
    for column in prepared.columns:
        missing = f", {column.missing:.1%} missing" if column.missing else ""
        lines.append(
            f"  {column.name[:width]:{width}}  {column.role.value:8}  {column.why}{missing}; {column.treatment}"
        )
    return lines + [f"note: {remark}" for remark in prepared.remarks]


def plan_lines(plan: Plan) -> list[str]:
    """What the search will cost."""
    lines = [f"Cost, measured on {plan.rows:,} rows ({plan.workers} at a time):"]
    for timing in plan.timings:
        draws = f", {min(timing.draws):.2g} to {max(timing.draws):.2g} s at random settings" if timing.draws else ""
        lines.append(f"  {_LABELS[timing.algorithm]:24} {timing.default:.2g} s a fold at its defaults{draws}")
        if timing.failure:
            lines.append(f"  {'':24} its defaults failed on the sample: {timing.failure.strip()[:_LONGEST]}")
    for line in plan.lines:
        spread = f"{duration(line.low)} to {duration(line.high)}"
        lines.append(f"  {line.name:24} {line.fits:,} fits, about {duration(line.seconds)} ({spread})")
    if plan.races:
        share = f"{1 - RACED[0]:.0%}"
        lines.append(
            f"  of these fits racing saves about {share}, as trials stop that will not win; the times expect that"
        )
    lines.append(
        f"  memory about {plan.memory / 1e9:.1f} GB"
        + (f"; the time limit buys about {plan.buys} trials" if plan.buys is not None else "")
    )
    return lines


def last_lines(
    tuned: Tuned, files: Mapping[str, str], *, again: str, extra: Mapping[str, str] | None = None
) -> list[str]:
    """The last screen: at most 14 lines.

    Parameters
    ----------
    tuned
        What was found.
    files
        What was written: name -> path.
    again
        The command that goes on.
    extra
        Names of further models that were scored on the test set -> how to call them.
    """
    prepared, verdict = tuned.prepared, tuned.verdict
    metric, label = prepared.target.metric_name, _LABELS[tuned.best.params[ALGORITHM]]
    arrow = "lower is better" if prepared.target.is_error else "higher is better"
    lines = [f"{label} won: {settings_text(tuned.best.params)}"]
    if tuned.best.origin == "default":
        lines = [f"{label} won, as it comes: no other setting did better"]
    lines.append(f"test set ({verdict.rows:,} rows, {_times(tuned.opened)}; {metric}, {arrow}):")
    names = {**model_names(tuned), **(extra or {})}
    scores = [f"{called} {verdict.of(name).score:.4g}" for name, called in names.items() if name != "tuned"]
    best = verdict.of("tuned")
    lines.append(f"  {'   '.join(scores)}   tuned {best.score:.4g} (believe {best.low:.4g} to {best.high:.4g})")
    rivals = {name: called for name, called in names.items() if name not in {"dummy", "default", "tuned"}}
    ahead = [
        f"{'behind' if verdict.of(name).lead_high < 0 else 'no better than'} {called}: {lead_over(verdict.of(name))}"
        for name, called in rivals.items()
        if is_ahead(tuned, name)
    ]
    but = f", but {' and '.join(ahead)}" if ahead else ""
    lines.append(f"{verdict.words}: {lead_over(verdict.of('default'))}{but}")
    lines.append(tuned.believed.line + why_others(tuned))
    if is_undecided(tuned):
        lines.append("the search could not tell it from the default: --select safe keeps the default then")
    if tuned.decision is not None:
        lines += tuned.decision.lines
    share, stopped = saved_fits(tuned)
    early = f"; {stopped} stopped early, {share:.0%} of the fits saved" if stopped else ""
    lines.append(f"in the search, by algorithm: defaults -> best (trials){early}")
    lines += _two_columns(algorithm_lines(tuned.study))
    if edges := edge_words(prepared.space, tuned.best.params):
        lines.append(f"at the edge of its range: {', '.join(edges)}; a wider one may do better")
    lines += file_lines(files)
    lines.append(f"go on     {again}")
    return lines


def file_lines(files: Mapping[str, str]) -> list[str]:
    """Where the files for people are, as a shell takes it, and how to repeat the score.

    Examples
    --------
    >>> file_lines({"report": "a b-out/report.html", "model": "a b-out/model.joblib"})
    ["report    'a b-out/report.html'"]
    """
    places = {name: shlex.quote(files[name]) for name in ("labels", "report") if name in files}
    places |= {"reproduce": files["reproduce"]} if "reproduce" in files else {}
    return [f"{name:9} {place}" for name, place in places.items()]


def saved_fits(tuned: Tuned) -> tuple[float, int]:
    """Which share of the fold fits was saved by stopping trials early, and how many were stopped."""
    folds = len(tuned.prepared.splits)
    ended = [trial for trial in tuned.study.trials if trial.state in {TrialState.COMPLETE, TrialState.PRUNED}]
    stopped = [trial for trial in ended if trial.state is TrialState.PRUNED]
    seen = sum(len({point.fold for point in trial.points if point.kind == "validation"}) for trial in stopped)
    return (len(stopped) * folds - seen) / max(1, len(ended) * folds), len(stopped)


def lead_over(score: TestScore) -> str:
    """How far the tuned model is ahead of another one, and between what to believe it.

    Examples
    --------
    >>> lead_over(TestScore("default", 136.1, 128.0, 144.0, 8.0218, 3.4184, 12.66))
    '+8.022 (believe +3.418 to +12.66)'
    """
    return f"{score.lead:+.4g} (believe {score.lead_low:+.4g} to {score.lead_high:+.4g})"


def why_others(tuned: Tuned) -> str:
    """Why the test set says something else than the search led to believe; empty where it does not.

    Other rows may be easier or harder, for any model: then the same algorithm's defaults have moved alike.
    """
    believed, found = tuned.believed, tuned.verdict.of("tuned").score
    if not (found < believed.low or found > believed.high):
        return ""
    if tuned.default is None or tuned.default.state is not TrialState.COMPLETE:
        return "; the test rows say something else"
    before, now = tuned.default.value, tuned.verdict.of("default").score
    moved, beyond = now - before, found - believed.corrected
    easier = (beyond < 0) == tuned.prepared.target.is_error
    if moved * beyond > 0 and abs(moved) >= abs(beyond) / 2:
        words = f"the test rows are {'easier' if easier else 'harder'}, for the defaults too"
    else:
        words = "the test rows say something else, of the defaults less so"
    return f"; {words} ({before:.4g} in the search, {now:.4g} there)"


def is_undecided(tuned: Tuned) -> bool:
    """Whether a setting was taken that the search could not tell from the default."""
    return tuned.best.origin != "default" and over_tuning(tuned.study, ahead=False).recommended == "default"


def is_ahead(tuned: Tuned, name: str) -> bool:
    """Whether another model did better than the tuned one on the test set."""
    mine, other = tuned.verdict.of("tuned").score, tuned.verdict.of(name).score
    return other < mine if tuned.prepared.target.is_error else other > mine


def model_names(tuned: Tuned) -> dict[str, str]:
    """How to call the models that were scored on the test set; a dummy answers without looking at the columns."""
    label = _LABELS[tuned.best.params[ALGORITHM]]
    dummy = "the average" if tuned.prepared.target.kind == "regression" else "the most frequent class"
    names = {"dummy": f"always {dummy}", "default": f"{label}, defaults"}
    other = best_default(tuned.study)
    if other is not None and any(score.name == BEST_DEFAULT for score in tuned.verdict.scores):
        names[BEST_DEFAULT] = f"best defaults of all ({_LABELS[other.params[ALGORITHM]]})"
    return {**names, "tuned": f"{label}, tuned"}


def algorithm_rows(
    study: Study, labels: Mapping[str, str] = _LABELS
) -> list[tuple[str, float | None, float | None, int]]:
    """Label, score at the defaults, best score and number of trials of each algorithm, the best first."""
    rows = [
        (labels.get(name, name), default and default.value, best and best.value, count)
        for name, (default, best, count) in best_by_algorithm(study).items()
    ]
    return sorted(rows, key=lambda row: float("inf") if row[2] is None else study.metric.sign * row[2])


def algorithm_lines(study: Study, labels: Mapping[str, str] = _LABELS) -> list[str]:
    """The same as lines."""
    return [
        f"{label} {' -> '.join(f'{score:.4g}' for score in scores if score is not None) or 'none complete'} ({count})"
        for label, *scores, count in algorithm_rows(study, labels)
    ]


def _two_columns(cells: list[str]) -> list[str]:
    """Cells one below the other, in two columns where there are more than four."""
    if len(cells) <= 4:
        return [f"  {cell}" for cell in cells]
    half = -(-len(cells) // 2)
    width = max(len(cell) for cell in cells[:half])
    return [f"  {one:{width}}   {two}".rstrip() for one, two in zip_longest(cells[:half], cells[half:], fillvalue="")]


def edge_words(space: SearchSpace, params: Mapping[str, Any]) -> list[str]:
    """The numeric params that lie at the edge of their ranges, where the range could be wider.

    A share ends at 0 and at 1, a count begins at 1, a penalty at 0: there nothing lies beyond.
    """
    words = []
    for name, value in params.items():
        distribution = space[name]
        if isinstance(distribution, (Categorical, Fixed)) or (distribution.size is not None and distribution.size < 5):
            continue
        place = distribution.to_unit(value)
        if isinstance(distribution, (Float, Int)) and value in {0, 1} & {distribution.low, distribution.high}:
            continue
        if place <= _EDGE or place >= 1 - _EDGE:
            words.append(f"{name} = {value:.4g}" if isinstance(value, float) else f"{name} = {value}")
    return words


def settings_text(params: Mapping[str, Any]) -> str:
    """The winner's settings without the algorithm's name before each."""
    own = {name.partition(".")[2]: value for name, value in params.items() if name != ALGORITHM}
    return ", ".join(f"{name} {f'{value:.4g}' if isinstance(value, float) else value}" for name, value in own.items())


def duration(seconds: float) -> str:
    """Seconds in words: `0.5 s`, `12 s`, `3 min`, `2.5 h`, `4 days`, `1,200 days`.

    Examples
    --------
    >>> duration(0.53), duration(75), duration(9000)
    ('0.5 s', '1.2 min', '2.5 h')
    """
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.2g} min"
    return f"{seconds / 3600:.2g} h" if seconds < 48 * 3600 else f"{seconds / 86_400:,.0f} days"


def _times(opened: int) -> str:
    return "opened once" if opened == 1 else f"opened {opened} times"
