"""Whatever happens in a study, its history is what a naive reading of the log says, from any reader, at any time."""

from __future__ import annotations

import copy
import random
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.errors import Corrupt, InvalidTrial, TooNew
from tunesmith.space import Categorical, Float, SearchSpace
from tunesmith.trial import (
    ArtifactSaved,
    AttrSet,
    Draft,
    Event,
    Fold,
    History,
    Judged,
    Noted,
    Point,
    Reported,
    SpaceExtended,
    Stamped,
    StudyChanged,
    StudyCreated,
    TrialError,
    TrialFinished,
    TrialPaused,
    TrialQueued,
    TrialRequeued,
    TrialResumed,
    TrialStarted,
    TrialState,
    stamp,
)

SPACE = SearchSpace(x=Float(0, 1), c=Categorical("a", (1, 2)))
CREATED = StudyCreated(
    name="demo", space=SPACE.dump(), metrics=[{"name": "loss", "direction": "minimize"}, {"name": "ms"}], seed=7
)


def logged(*events: Event | Draft) -> list[Stamped]:
    """A log that begins with the study's creation."""
    drafts = [event if isinstance(event, Draft) else Draft(event, 1) for event in (CREATED, *events)]
    return [stamp(draft, seq=at, written=float(at), writer="w") for at, draft in enumerate(drafts, 1)]


def test_a_fold_that_was_interrupted_says_that_it_is_torn(monkeypatch: pytest.MonkeyPatch) -> None:
    fold, log = Fold(), logged(TrialStarted(number=0, params={"x": 0.5, "c": "a"}, worker="w"))
    fold.extend(log[:1])
    assert not fold.torn
    with monkeypatch.context() as patched:
        patched.setattr(Fold, "_add", _interrupted(Fold._add))
        with pytest.raises(KeyboardInterrupt):
            fold.extend(log)
    assert fold.torn


def _interrupted(method: Callable[..., None]) -> Callable[..., None]:
    """Do it, and press Ctrl-C."""

    def pressed(*args: object) -> None:
        method(*args)
        raise KeyboardInterrupt

    return pressed


def folded(*events: Event | Draft) -> History:
    fold = Fold()
    fold.extend(logged(*events))
    return fold.history


def started(number: int, x: float = 0.5) -> TrialStarted:
    return TrialStarted(number=number, params={"x": x, "c": "a"})


def finished(number: int, loss: float = 0.5) -> TrialFinished:
    return TrialFinished(number=number, state="complete", values={"loss": loss, "ms": 1.0})


# -- the naive reading -----------------------------------------------------------------------------------------------


@dataclass
class Naive:
    """The state of a study as plain dictionaries, and the log that led to it."""

    drafts: list[Draft] = field(default_factory=lambda: [Draft(CREATED)])
    trials: dict[int, dict[str, Any]] = field(default_factory=dict)
    ended: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    attrs: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)
    running: list[int] = field(default_factory=list)

    def in_state(self, *states: str) -> list[int]:
        return [number for number, trial in self.trials.items() if trial["state"] in states]

    def write(self, event: Event, attempt: int = 0, tell_id: str | None = None) -> None:
        self.drafts.append(Draft(event, attempt, tell_id))

    def snapshot(self) -> dict[str, Any]:
        complete = [trial for _, trial in self.ended if trial["state"] == "complete"]
        return copy.deepcopy({
            "trials": [self.trials[number] for number in sorted(self.trials)],
            "finished": [number for number, _ in self.ended],
            "best": min(complete, key=lambda trial: trial["values"]["loss"])["number"] if complete else None,
            "running": self.running,
            "waiting": sorted(self.in_state("waiting")),
            "counts": {state.value: len(self.in_state(state.value)) for state in TrialState},
            "attrs": self.attrs, "notes": self.notes, "changes": self.changes,
        })  # fmt: skip


def said(history: History) -> dict[str, Any]:
    """The same of a history."""
    return {
        "trials": [
            {
                "number": t.number, "state": t.state.value, "attempt": t.attempt, "params": dict(t.params),
                "values": t.values, "points": [p.value for p in t.points], "attrs": t.attrs, "notes": list(t.notes),
                "artifacts": t.artifacts, "tell_id": t.tell_id,
            }
            for t in history.trials
        ],
        "finished": [trial.number for trial in history.finished()],
        "best": None if history.best is None else history.best.number,
        "running": [trial.number for trial in history.running()],
        "waiting": [trial.number for trial in history.waiting()],
        "counts": {state.value: n for state, n in history.counts().items()},
        "attrs": history.attrs, "notes": list(history.notes), "changes": history.changes,
    }  # fmt: skip


def step(naive: Naive, draw: Any) -> None:
    """Do one thing that may be done now."""
    live, waiting = naive.in_state("running"), naive.in_state("waiting")
    doable = ["queue", "start", "study"]
    doable += ["report", "finish", "finish", "pause", "requeue", "late"] if live else []
    doable += ["begin"] if waiting else []
    doable += ["resume", "end"] if naive.in_state("paused") else []
    doable += ["retry"] if naive.in_state("failed", "complete") else []
    doable += ["note"] if naive.trials else []
    STEPS[draw(st.sampled_from(doable))](naive, draw)


def _queue(naive: Naive, draw: Any) -> None:
    number = max(naive.trials, default=-1) + 1
    naive.trials[number] = _blank(number, "waiting", {"x": 0.25})
    naive.write(TrialQueued(number=number, params={"x": 0.25}))


def _start(naive: Naive, draw: Any) -> None:
    gap = draw(st.integers(0, 2)) if draw(st.booleans()) else 0
    free = [number for number in range(max(naive.trials, default=-1) + 2 + gap) if number not in naive.trials]
    number = draw(st.sampled_from(free))
    naive.trials[number] = {**_blank(number, "running", {"x": 0.5, "c": (1, 2)}), "attempt": 1}
    naive.running.append(number)
    naive.write(TrialStarted(number=number, params=dict(SPACE.encode_params({"x": 0.5, "c": (1, 2)}))), 1)


def _begin(naive: Naive, draw: Any) -> None:
    number = draw(st.sampled_from(naive.in_state("waiting")))
    trial = naive.trials[number]
    trial.update(state="running", attempt=trial["attempt"] + 1, params={"x": 0.125, "c": "a"}, points=[])
    naive.running.append(number)
    naive.write(TrialStarted(number=number, params={"x": 0.125, "c": "a"}), trial["attempt"])


def _report(naive: Naive, draw: Any) -> None:
    trial = naive.trials[draw(st.sampled_from(naive.in_state("running")))]
    values = draw(st.lists(st.floats(-9, 9), min_size=1, max_size=3))
    trial["points"] = [*trial["points"], *values]
    naive.write(Reported(number=trial["number"], points=[Point(value) for value in values]), trial["attempt"])
    naive.write(Judged(number=trial["number"], action="continue"), trial["attempt"])


def _late(naive: Naive, draw: Any) -> None:
    """A worker that lost its trial goes on reporting."""
    trial = naive.trials[draw(st.sampled_from(sorted(naive.trials)))]
    naive.write(Reported(number=trial["number"], points=[Point(1.0)]), trial["attempt"] - 1)


def _pause(naive: Naive, draw: Any) -> None:
    trial = naive.trials[draw(st.sampled_from(naive.in_state("running")))]
    trial["state"] = "paused"
    naive.write(TrialPaused(number=trial["number"]), trial["attempt"])


def _resume(naive: Naive, draw: Any) -> None:
    trial = naive.trials[draw(st.sampled_from(naive.in_state("paused")))]
    trial.update(state="running", attempt=trial["attempt"] + 1)
    naive.write(TrialResumed(number=trial["number"]), trial["attempt"])


def _finish(naive: Naive, draw: Any) -> None:
    trial = naive.trials[draw(st.sampled_from(naive.in_state("running")))]
    _end(naive, trial, draw)


def _end_paused(naive: Naive, draw: Any) -> None:
    _end(naive, naive.trials[draw(st.sampled_from(naive.in_state("paused")))], draw)


def _end(naive: Naive, trial: dict[str, Any], draw: Any) -> None:
    state = draw(st.sampled_from(["complete", "complete", "failed", "pruned"]))
    values = {"loss": float(draw(st.integers(0, 4))), "ms": 1.0} if state == "complete" else {}
    tell_id = draw(st.none() | st.text(max_size=3))
    attrs = draw(st.dictionaries(st.sampled_from("ab"), st.integers(0, 3), max_size=1))
    trial.update(state=state, values=values, tell_id=tell_id, attrs={**trial["attrs"], **attrs})
    naive.running.remove(trial["number"])
    naive.ended.append((trial["number"], dict(trial)))
    error = TrialError("E", "m") if state == "failed" else None
    naive.write(
        TrialFinished(number=trial["number"], state=state, values=values, attrs=attrs, error=error),
        trial["attempt"], tell_id,
    )  # fmt: skip


def _requeue(naive: Naive, draw: Any) -> None:
    number = draw(st.sampled_from(naive.in_state("running")))
    naive.running.remove(number)
    naive.trials[number].update(state="waiting", values={}, tell_id=None)
    naive.write(TrialRequeued(number=number))


def _retry(naive: Naive, draw: Any) -> None:
    number = draw(st.sampled_from(naive.in_state("failed", "complete")))
    naive.trials[number].update(state="waiting", values={}, tell_id=None)
    naive.ended = [entry for entry in naive.ended if entry[0] != number]
    naive.write(TrialRequeued(number=number))


def _note(naive: Naive, draw: Any) -> None:
    trial = naive.trials[draw(st.sampled_from(sorted(naive.trials)))]
    number = trial["number"]
    kind = draw(st.sampled_from(["note", "attr", "artifact"]))
    if kind == "note":
        trial["notes"] = [*trial["notes"], "n"]
        naive.write(Noted(text="n", number=number))
    elif kind == "attr":
        trial["attrs"] = {**trial["attrs"], "k": 1}
        naive.write(AttrSet(key="k", value=1, number=number))
    else:
        trial["artifacts"] = {**trial["artifacts"], "model": "abc"}
        naive.write(ArtifactSaved(name="model", digest="abc", size=3, number=number))


def _study(naive: Naive, draw: Any) -> None:
    value = draw(st.integers(0, 9))
    naive.attrs = {**naive.attrs, f"k{value}": value}
    naive.notes = [*naive.notes, str(value)]
    naive.changes = {**naive.changes, "stopped": value}
    naive.write(AttrSet(key=f"k{value}", value=value))
    naive.write(Noted(text=str(value)))
    naive.write(StudyChanged(changes={"stopped": value}))


def _blank(number: int, state: str, params: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": number, "state": state, "attempt": 0, "params": params, "values": {}, "points": [], "attrs": {},
        "notes": [], "artifacts": {}, "tell_id": None,
    }  # fmt: skip


STEPS = {
    "queue": _queue, "start": _start, "begin": _begin, "report": _report, "late": _late, "pause": _pause,
    "resume": _resume, "finish": _finish, "end": _end_paused, "requeue": _requeue, "retry": _retry, "note": _note,
    "study": _study,
}  # fmt: skip


@given(st.data())
def test_a_history_is_what_the_log_says_and_never_changes(data: st.DataObject) -> None:
    naive, fold, views = Naive(), Fold(), []
    log: list[Stamped] = []
    for _ in range(data.draw(st.integers(1, 40))):
        step(naive, data.draw)
        news = enumerate(naive.drafts[len(log) :], len(log) + 1)
        log += [stamp(draft, seq=seq, written=float(seq), writer="w") for seq, draft in news]
        if data.draw(st.booleans()):  # an open study folds as it goes, and looks
            fold.extend(log)
            views.append((fold.history, naive.snapshot()))
    again = Fold()
    again.extend(log)
    views.append((again.history, naive.snapshot()))
    for view, snapshot in views:
        assert said(view) == snapshot
        assert len(view) == len(snapshot["trials"])
        assert view.finished_count == len(snapshot["finished"])
        assert [trial.number for trial in view.finished(2)] == snapshot["finished"][2:] or view.revisions
        for trial in view.trials:
            assert view.trial(trial.number) is trial
        with pytest.raises(InvalidTrial):
            view.trial(view.next_number)


# -- what a log must not say -----------------------------------------------------------------------------------------

IMPOSSIBLE: dict[str, list[Event]] = {
    "created twice": [CREATED],
    "finished before it started": [finished(0)],
    "finished twice": [started(0), finished(0), finished(0)],
    "started twice": [started(0), started(0)],
    "queued over a trial": [started(0), TrialQueued(number=0, params={})],
    "requeued and never there": [TrialRequeued(number=3)],
    "a note on nothing": [Noted(text="n", number=0)],
    "ended as running": [started(0), TrialFinished(number=0, state="running")],
    "ended in an unknown state": [started(0), TrialFinished(number=0, state="lost")],
    "complete without a value": [started(0), TrialFinished(number=0, state="complete")],
    "complete with another metric": [started(0), TrialFinished(number=0, state="complete", values={"acc": 1.0})],
    "a negative number": [started(-1)],
    "a number that would fill the memory": [started(10**9)],
    "a space that is none": [SpaceExtended(space={"x": {"type": "float", "low": 2, "high": 1}})],
    "resumed without a pause": [started(0), TrialResumed(number=0)],
}


@pytest.mark.parametrize("events", IMPOSSIBLE.values(), ids=list(IMPOSSIBLE))
def test_what_cannot_be_is_corrupt(events: list[Event]) -> None:
    with pytest.raises(Corrupt, match="does not fit"):
        folded(*events)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b'{"number":"0"}', b'{"number":0,"state":"complete","values":{"loss":NaN}}',
        b'{"number":0,"state":"complete","values":{"loss":1e999}}',
        b'{"number":0,"state":"complete","values":{"loss":null}}',
        b'{"number":0,"attrs":' + b"[" * 100_000, b'{"number":0,"state":"\xff"}',
    ],
)  # fmt: skip
def test_a_body_that_is_not_what_its_kind_says_is_corrupt(body: bytes) -> None:
    log = logged(started(0), finished(0))
    log[-1] = msgspec.structs.replace(log[-1], body=body)
    fold = Fold()
    with pytest.raises(Corrupt):
        fold.extend(log)
    assert fold.seq == 2
    assert fold.history.trials[0].state is TrialState.RUNNING


def test_a_missing_event_is_corrupt_and_one_that_is_known_is_passed_over() -> None:
    log = logged(started(0), finished(0))
    fold = Fold()
    with pytest.raises(Corrupt, match="Event 2 is missing"):
        fold.extend([log[0], log[2]])
    fold.extend(log)
    fold.extend(log[1:])
    assert fold.seq == 3


def test_a_log_without_its_beginning_has_no_history() -> None:
    with pytest.raises(Corrupt, match="does not begin"):
        Fold().history  # noqa: B018 - the access is the test


def test_an_unknown_kind_is_skipped_unless_it_must_be_understood() -> None:
    log = logged(started(0))
    log.append(msgspec.structs.replace(log[-1], seq=3, kind="Celebrated", body=b'{"number":0,"how":"cake"}'))
    fold = Fold()
    fold.extend(log)
    assert fold.seq == 3
    with pytest.raises(TooNew, match="Celebrated"):
        fold.extend([msgspec.structs.replace(log[-1], seq=4, body=b'{"must_understand":true}')])


def test_a_newer_version_of_a_known_kind_is_too_new_and_an_unknown_field_is_not() -> None:
    log = logged(started(0))
    fold = Fold()
    fold.extend([*log[:1], msgspec.structs.replace(log[1], body=log[1].body[:-1] + b',"mood":"good"}')])
    assert fold.history.trials[0].number == 0
    with pytest.raises(TooNew, match="version 2"):
        fold.extend([msgspec.structs.replace(log[1], seq=3, v=2)])


# -- views -----------------------------------------------------------------------------------------------------------


def test_the_best_is_the_earliest_of_equals_and_skips_what_was_queued_again() -> None:
    fold = Fold()
    log = logged(
        started(0), started(1), started(2), finished(1, 0.5), finished(0, 0.5), finished(2, 0.75),
        TrialRequeued(number=1), TrialRequeued(number=0), started(3), finished(3, 0.6),
    )  # fmt: skip
    fold.extend(log[:7])
    early = fold.history
    fold.extend(log[7:9])
    between = fold.history
    fold.extend(log[9:])
    assert [early.best.number, between.best.number, fold.history.best.number] == [1, 2, 3]  # type: ignore[union-attr]
    assert early.best.number == 1  # type: ignore[union-attr]


def test_a_note_after_the_end_does_not_end_a_trial_twice() -> None:
    view = folded(started(0), finished(0), Noted(text="odd", number=0), TrialRequeued(number=0))
    assert view.finished() == []
    assert view.finished_count == 0
    assert view.best is None
    assert view.trials[0].notes == ("odd",)


def test_a_thousand_reports_cost_no_more_than_their_points() -> None:
    fold = Fold()
    log = logged(started(0), *(Reported(number=0, points=[Point(0.5, step)]) for step in range(1000)))
    for item in log:
        fold.extend([item])
        _ = fold.history
    assert [point.step for point in fold.history.trials[0].points] == list(range(1000))
    shared = {id(version.points._shared) for version in fold.history.columns.versions[1:]}  # type: ignore[attr-defined]
    assert len(shared) == 1


def test_reading_a_log_at_once_keeps_one_version_of_a_trial_that_only_ran() -> None:
    reports = [Reported(number=0, points=[Point(0.5, step)]) for step in range(100)]
    assert len(folded(started(0), *reports, finished(0)).columns.versions) == 1


# -- what it costs -----------------------------------------------------------------------------------------------------


def long_log(trials: int) -> list[Stamped]:
    """A study of ten parameters, as one worker would write it."""
    space = SearchSpace({f"x{index}": Float(0, 1) for index in range(10)})
    rng = random.Random(0)
    drafts = [
        Draft(StudyCreated(name="long", space=space.dump(), metrics=[{"name": "loss", "direction": "min"}], seed=1))
    ]
    for number in range(trials):
        params = {name: rng.random() for name in space.names}
        start = TrialStarted(number=number, params=params, why={"member": "random"}, worker=f"{'b' * 36}:4711:123456")
        end = TrialFinished(number=number, state="complete", values={"loss": rng.random()}, seconds=0.5)
        drafts += [Draft(start, 1), Draft(end, 1, f"{rng.getrandbits(128):032x}")]
    return [stamp(draft, seq=seq, written=1.7e9 + seq, writer="4711@host") for seq, draft in enumerate(drafts, 1)]


def test_a_kept_trial_takes_less_than_two_kibibytes() -> None:
    log, fold, trials = long_log(1500), Fold(), 1500
    fold.extend(log[:201])
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for item in log[201:]:
            fold.extend([item])
            _ = fold.history
        each = (tracemalloc.get_traced_memory()[0] - before) / (trials - 100)
    finally:
        tracemalloc.stop()
    assert each < 2048


def test_ten_thousand_trials_fold_in_no_time() -> None:
    log, took = long_log(10_000), []
    for _ in range(3):
        began, fold = time.process_time(), Fold()
        fold.extend(log)
        assert len(fold.history) == fold.history.finished_count == 10_000
        assert fold.history.best is not None
        took.append(time.process_time() - began)
    assert min(took) < 0.3, "seconds of CPU"
