"""What there is to tell of a study, in the order in which a reader asks; how it looks is decided elsewhere."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, final

from tunesmith import plots
from tunesmith.analysis import (
    Importance,
    Records,
    advice,
    convergence,
    failures,
    fitting,
    front,
    importance,
    plateau,
    reliability,
    timeline,
)
from tunesmith.analysis._columns import text_of
from tunesmith.analysis._records import number
from tunesmith.plots._words import listed, seconds, states_in_words
from tunesmith.plots.figure import Figure
from tunesmith.space import Categorical, Params
from tunesmith.study import Study
from tunesmith.trial import FrozenTrial, History, TrialState
from tunesmith.validation import test_score_of

ALL_TRIALS = "All trials"
"""The heading of the last section."""

_FEWEST_LESSONS = 10
_MOST_EFFECTS = 9
_MOST_CAUSES, _MOST_STOPPED = 12, 12


@final
@dataclass(frozen=True, slots=True)
class Code:
    """Something to copy: what it is, the language, and the text."""

    title: str
    language: str
    text: str


@final
@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads; a long one can be sorted, and is left out where only the gist is told."""

    records: Records
    long: bool = False


Block: TypeAlias = str | tuple[str, ...] | Code | Table | Figure
"""A paragraph, a list, something to copy, a table or a figure."""


@final
@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    heading: str
    blocks: tuple[Block, ...]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class StudyReport:
    """All that is told of a study.

    Parameters
    ----------
    title
        The study's name.
    verdict
        How good, in one sentence.
    strip
        The few figures that a reader looks for first: a word and what to say.
    sections
        The rest, in order.
    """

    title: str
    verdict: str
    strip: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


def study_report(study: Study) -> StudyReport:
    """Collect what there is to tell of a study; of one that is empty or failed, what is missing.

    Parameters
    ----------
    study
        The study; it may still be running.

    Examples
    --------
    >>> import tunesmith as ts
    >>> study = ts.minimize(lambda x: x**2, ts.SearchSpace(x=ts.Float(-1, 1)), trials=5, storage=None, seed=0)
    >>> study_report(study).sections[0].heading
    'How far to believe it'
    """
    history = study.history
    parts: tuple[Callable[[Study, History], Iterator[Block]], ...] = (
        _believed, _compared, _fitted, _settings, _progress, _mattered, _does, _tried, _plateau, _curves, _front,
        _advised, _trouble, _spent, _space, _made, _trials,
    )  # fmt: skip
    found = ((_HEADINGS[part.__name__], tuple(part(study, history))) for part in parts)
    sections = tuple(Section(heading, blocks) for heading, blocks in found if blocks)
    return StudyReport(
        title=history.name, verdict=_verdict(study, history), strip=tuple(_strip(study, history)), sections=sections
    )


_HEADINGS = {
    "_believed": "How far to believe it",
    "_compared": "Default against tuned",
    "_fitted": "Does the model learn too little or too much",
    "_settings": "Best settings",
    "_progress": "Score by trial",
    "_mattered": "What mattered",
    "_does": "What each parameter does",
    "_tried": "Where the trials lie",
    "_plateau": "How far the settings may move",
    "_curves": "Curves",
    "_front": "The front",
    "_advised": "Advice for the next round",
    "_trouble": "Stopped early and failed",
    "_spent": "Budget spent",
    "_space": "The space",
    "_made": "How it was made",
    "_trials": ALL_TRIALS,
}


def _verdict(study: Study, history: History) -> str:
    best = history.best
    if best is None:
        counts = history.counts()
        failed = counts[TrialState.FAILED]
        if not len(history):
            return "No trial has been run yet."
        return (
            f"No trial is complete: {failed:,} of {len(history):,} failed." if failed else "No trial is complete yet."
        )
    settled = convergence(history)
    since = f"; none of the {settled.since:,} trials since was better" if settled.since > 1 else ""
    told = study.score_report().text(best.value)
    return f"{history.metric.name} {told}, reached by trial {best.number} of {len(history):,}{since}."


def _strip(study: Study, history: History) -> Iterator[tuple[str, str]]:
    best, counts = history.best, history.counts()
    if best is not None:
        report = study.score_report()
        yield f"best {history.metric.name}, {history.metric.direction}d", report.text(report.raw)
        if report.method != "none":
            yield "expect on new rows", report.text(report.corrected)
            yield "believe", report.believe.removeprefix("believe ")
    yield "trials", f"{len(history):,}"
    yield "stopped early", f"{counts[TrialState.PRUNED]:,}"
    yield "failed", f"{counts[TrialState.FAILED]:,}"


def _believed(study: Study, history: History) -> Iterator[Block]:
    if history.best is None:
        return
    report = study.score_report()
    yield report.words
    if (tested := test_score_of(history)) is not None:
        yield tested.words
    yield from _probabilities(history)
    if report.method == "none":
        return
    rows = (
        ("raw, as the search saw it", report.raw, None, None),
        ("corrected for the choosing", *(_known(x) for x in (report.corrected, report.low, report.high))),
    )
    yield Table(Records((history.metric.name, "score", "95 % from", "to"), rows))


def _probabilities(history: History) -> Iterator[Block]:
    found = reliability(history)
    if found is not None:
        yield found.words
        yield plots.reliability(history)


def _known(value: float) -> float | None:
    return value if value - value == 0 else None  # neither NaN nor without end


def _compared(study: Study, history: History) -> Iterator[Block]:
    del study
    best, defaults = history.best, history.space.defaults()
    if best is None or defaults is None:
        return
    branch = {c.parent: best.params[c.parent] for name in best.params for c in history.space[name].conditions}
    own = history.space.fix(branch).defaults() if branch else defaults
    if own is None:
        return
    value, first = _value_at(history, own), _value_at(history, defaults)
    changed = [f"{name} {text_of(chosen)}" for name, chosen in branch.items() if chosen != defaults.get(name)]
    of = f"the default settings with {listed(changed)}" if changed else "the default settings"
    yield _gain(history, best.value, value, of)
    if changed and first is not None:
        whole = ", ".join(f"{name} {text_of(defaults[name])}" for name in branch if name in defaults)
        yield f"The defaults of the whole space ({whole}) gave {number(first)}."
    rows: list[tuple[Any, ...]] = [(history.metric.name, value, best.value)]
    rows += [(name, own.get(name), best.params[name]) for name in history.space.names if name in best.params]
    yield Table(Records(("", "default", "tuned"), tuple(rows)))


def _value_at(history: History, params: Params) -> float | None:
    """What the first complete trial of these params gave; None if none has them."""
    found = next((trial for trial in history.complete() if trial.params == params), None)
    return None if found is None else found.value


def _gain(history: History, best: float, value: float | None, of: str) -> str:
    if value is None:
        return f"{of[0].upper()}{of[1:]} have no score in this study."
    gain = abs(best - value) if history.metric.better(best, value) else 0.0
    return f"The best trial is {number(gain)} better than {of}, as the search saw both."


def _fitted(study: Study, history: History) -> Iterator[Block]:
    del study
    found = fitting(history)
    if found.gap is None:
        return
    yield found.words
    if found.movers:
        yield Table(found.table())
    yield plots.validation_curves(history)


def _settings(study: Study, history: History) -> Iterator[Block]:
    del study
    best = history.best
    if best is None:
        yield "There are none yet: no trial is complete."
        return
    plain = history.space.encode_params(best.params)
    yield Code("Python", "python", _python(best))
    yield Code("JSON", "json", json.dumps(plain, indent=2, ensure_ascii=False))
    yield Code("Command line", "sh", " ".join(_flag(name, value) for name, value in plain.items()))


def _python(best: FrozenTrial) -> str:
    rows = "".join(f"    {name!r}: {value!r},\n" for name, value in best.params.items())
    return f"params = {{\n{rows}}}"


def _flag(name: str, value: Any) -> str:
    told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shlex.join([f"--{name}={told}"])


def _progress(study: Study, history: History) -> Iterator[Block]:
    del study
    if len(history):
        yield plots.history(history)
        yield plots.ecdf(history)


def _importance(history: History) -> Importance | None:
    if history.counts()[TrialState.COMPLETE] < _FEWEST_LESSONS:
        return None
    return importance(history)


def _mattered(study: Study, history: History) -> Iterator[Block]:
    del study
    if not len(history):
        return
    found = _importance(history)
    if found is None:
        yield f"Too few trials to tell what mattered: it takes {_FEWEST_LESSONS} complete ones."
        return
    yield str(found) if found.reliable else found.trust.reason
    yield plots.importance(history)
    if found.reliable:
        yield Table(found.table())


def _does(study: Study, history: History) -> Iterator[Block]:
    del study
    found = _importance(history)
    if found is None or not found.reliable:
        return
    names = [one.name for one in found.params]
    yield plots.effects(history, names[:_MOST_EFFECTS])
    if len(names) > _MOST_EFFECTS:
        yield f"These are the {_MOST_EFFECTS} that matter most, of {len(names)}."
    if any(
        isinstance(history.space[c.parent], Categorical) for _, part in history.space.items() for c in part.conditions
    ):
        yield plots.leaderboard(history)
    if len(names) > 1:
        yield plots.pairs(history)
    yield plots.trust(history)


def _tried(study: Study, history: History) -> Iterator[Block]:
    del study
    if not len(history):
        return
    yield plots.slices(history)
    yield plots.ranks(history)
    yield plots.parallel(history)


def _plateau(study: Study, history: History) -> Iterator[Block]:
    del study
    if history.counts()[TrialState.COMPLETE] < _FEWEST_LESSONS:
        return
    found = plateau(history)
    if found.reliable:
        yield str(found).partition("\n")[0]
        yield plots.plateau(history)
        yield Table(found.table())
    else:
        yield found.trust.reason


def _curves(study: Study, history: History) -> Iterator[Block]:
    del study
    if any(len({point.step for point in trial.points}) > 2 for trial in history.trials):
        yield plots.learning_curves(history)
    told = any(point.kind == "train" for trial in history.trials for point in trial.points)
    if told and fitting(history).gap is None:  # otherwise they stand where it is said what they mean
        yield plots.validation_curves(history)


def _front(study: Study, history: History) -> Iterator[Block]:
    del study
    if len(history.problem.metrics) < 2 or history.best is None:
        return
    found = front(history)
    on = set(found.front)
    heads = ("trial", *(metric.name for metric in found.metrics))
    rows = [(t, *values) for t, values in zip(found.trials, found.values, strict=True) if t in on]
    yield plots.front(history)
    yield plots.hypervolume(history)
    yield Table(Records(heads, tuple(sorted(rows, key=lambda row: row[1]))))


def _advised(study: Study, history: History) -> Iterator[Block]:
    del study
    if history.counts()[TrialState.COMPLETE] < _FEWEST_LESSONS:
        if len(history):
            yield f"Run more trials: advice takes at least {_FEWEST_LESSONS} complete ones."
        return
    found = tuple(f"{one.what} {one.why}" for one in advice(history))
    yield found or "Nothing stands out: more trials of the same space are as good as any change."


def _trouble(study: Study, history: History) -> Iterator[Block]:
    del study
    stopped = [trial for trial in history.trials if trial.state is TrialState.PRUNED]
    found = failures(history)
    if stopped:
        groups: dict[str, int] = {}
        for trial in stopped:
            groups[trial.stopped or "by the objective"] = groups.get(trial.stopped or "by the objective", 0) + 1
        told = sorted(groups.items(), key=lambda pair: -pair[1])[:_MOST_STOPPED]
        yield Table(Records(("stopped early, why", "trials"), tuple(told)))
    if not found.causes:
        if len(history):
            yield "No trial failed."
        return
    rows = [
        (cause.text, len(cause.trials), cause.seconds, "; ".join(region.text for region in cause.regions) or None)
        for cause in found.causes[:_MOST_CAUSES]
    ]
    yield Table(Records(("failed, why", "trials", "seconds", "where"), tuple(rows)))
    if (more := len(found.causes) - _MOST_CAUSES) > 0:
        yield f"{more:,} further causes: the table of all trials has them."
    yield plots.failures(history)


def _spent(study: Study, history: History) -> Iterator[Block]:
    del study
    found = timeline(history)
    if not found.spans:
        return
    yield f"{states_in_words(t.state for t in history.trials)}, in {seconds(found.seconds)}."
    rows = [(share.name, share.trials, share.seconds, share.median, share.slowest) for share in found.states]
    yield Table(Records(("state", "trials", "seconds in all", "median", "slowest"), tuple(rows)))
    yield plots.cost(history)
    yield plots.timeline(history)


def _space(study: Study, history: History) -> Iterator[Block]:
    del study
    yield Table(Records(("parameter", "range"), tuple((name, repr(part)) for name, part in history.space.items())))


def _made(study: Study, history: History) -> Iterator[Block]:
    card = study.card
    rows: list[tuple[str, Any]] = [("seed", str(study.seed)), ("metrics", ", ".join(map(str, history.problem.metrics)))]
    rows += [("data fingerprint", card.get("data_fingerprint", "not told: the study was given a function, not data"))]
    rows += [("python", card.get("python")), ("platform", card.get("platform"))]
    rows += sorted((str(name), str(version)) for name, version in dict(card.get("versions") or {}).items())
    rows += [("note", note) for note in history.notes]
    yield Table(Records(("what", "which"), tuple(rows)))


def _trials(study: Study, history: History) -> Iterator[Block]:
    del study
    if not len(history):
        yield "None yet."
        return
    names = history.space.names
    metrics = [metric.name for metric in history.problem.metrics]
    heads = ("trial", "state", *metrics, *names, "seconds", "error")
    yield Table(Records(heads, tuple(_row(trial, metrics, names) for trial in history.trials)), long=True)


def _row(trial: FrozenTrial, metrics: Sequence[str], names: Sequence[str]) -> tuple[Any, ...]:
    state = "stopped early" if trial.state is TrialState.PRUNED else trial.state.value
    error = None if trial.error is None else f"{trial.error.type}: {trial.error.message}".splitlines()[0][:200]
    values = [trial.values.get(name) for name in metrics]
    return (trial.number, state, *values, *(trial.params.get(name) for name in names), trial.duration, error)
