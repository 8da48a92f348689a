"""What each page asks for, as plain data: studies, the standing of one, its trials, and each of its other pages."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping, Sequence
from typing import Any, final

from tunesmith.dashboard import failures, figures, form, one_trial, overview, rows, workers
from tunesmith.dashboard.feed import Feed, Feeds
from tunesmith.errors import TunesmithError
from tunesmith.storages import StudyEntry
from tunesmith.study import lost_trials, write_csv
from tunesmith.trial import History, TrialState


@final
class Views:
    """Answers the pages' questions; each answer is plain JSON.

    Parameters
    ----------
    feeds
        The studies' feeds.
    may_edit
        Whether pages may show what writes.
    """

    def __init__(self, feeds: Feeds, *, may_edit: bool) -> None:
        self.feeds = feeds
        self.may_edit = may_edit
        self._foresight = form.Foresight()
        self._gallery = figures.Gallery()

    # -- all studies ---------------------------------------------------------------------------------------------

    def studies(self) -> dict[str, Any]:
        """Every study in one row, the newest activity first; one that cannot be read says why."""
        found = [self._study_row(entry) for entry in self.feeds.entries()]
        found.sort(key=lambda row: -(row.get("last_activity") or row["created"]))
        return {"storage": self.feeds.storage.location, "studies": found, "may_edit": self.may_edit}

    def _study_row(self, entry: StudyEntry) -> dict[str, Any]:
        row: dict[str, Any] = {"key": entry.key, "name": entry.name, "created": entry.created}
        try:
            feed = self.feeds.of(entry.key)
            history = feed.refresh()
            stands = self._standing(feed, history)
        except TunesmithError as error:
            return {**row, "error": error.message, "hint": error.hint}
        kept = ("best", "counts", "running", "lost", "state", "spark", "last_activity", "done", "total")
        return {**row, "metrics": _metrics(history), **{name: stands[name] for name in kept}}

    # -- one study -----------------------------------------------------------------------------------------------

    def study(self, key: str) -> dict[str, Any]:
        """A study's head, its standing, and its newest events."""
        feed = self.feeds.of(key)
        history = feed.refresh()
        return {
            "key": key,
            "name": history.name,
            "metrics": _metrics(history),
            "seed": history.seed,
            "seq": history.seq,
            "created": feed.created_at,
            "card": feed.card,
            "storage": self.feeds.storage.location,
            "may_edit": self.may_edit,
            "has_curves": any(trial.points for trial in history.trials),
            "space": [{"name": name, "text": repr(one)} for name, one in history.space.items()],
            "standing": self._standing(feed, history),
            "news": list(feed.news),
            "columns": rows.columns(history),
        }

    def trials(self, key: str) -> dict[str, Any]:
        """All trials as rows."""
        feed = self.feeds.of(key)
        history = feed.refresh()
        names = workers.names(history.trials)
        cells = rows.rows(history, history.trials, names, self.lost(key))
        return {"seq": history.seq, "columns": rows.columns(history), "rows": cells}

    def news(self, key: str, seq: int) -> tuple[int, dict[str, Any]]:
        """What changed behind `seq`: the rows of the trials that were touched, the standing, and the newest events."""
        feed = self.feeds.of(key)
        history = feed.refresh()
        lost = self.lost(key)
        touched = sorted({*feed.changed_since(seq), *lost})
        names = workers.names(history.trials)
        trials = [history.trial(number) for number in touched if number in history]
        return history.seq, {
            "seq": history.seq,
            "columns": [column["id"] for column in rows.columns(history)],
            "rows": rows.rows(history, trials, names, lost),
            "standing": self._standing(feed, history),
            "news": list(feed.news),
            "has_curves": any(trial.points for trial in trials),
        }

    def lost(self, key: str) -> frozenset[int]:
        """The running trials whose worker is gone."""
        feed = self.feeds.of(key)
        history = feed.refresh()
        if not history.counts()[TrialState.RUNNING]:
            return frozenset()
        leases, now = feed.leases(time.monotonic())
        return lost_trials(history, leases, now)

    def trial(self, key: str, number: int) -> dict[str, Any]:
        """One trial in full."""
        feed = self.feeds.of(key)
        history = feed.refresh()
        names = workers.names(history.trials)
        return one_trial.about(history, history.trial(number), feed.card, names, self.lost(key))

    def failures(self, key: str) -> dict[str, Any]:
        """Failures and early stops by cause."""
        return failures.groups(self.feeds.of(key).refresh())

    def workers(self, key: str) -> dict[str, Any]:
        """Who works on it, and who did."""
        feed = self.feeds.of(key)
        history = feed.refresh()
        leases, now = feed.leases(time.monotonic())
        listed = workers.listing(history, leases, now)
        return {"workers": listed, "now": now, "spans": workers.timeline(history, workers.names(history.trials))}

    def lessons(self, key: str) -> Any:
        """Advice, and how far each parameter may move."""
        return self._gallery.lessons(key, self.feeds.of(key).refresh())

    def figures(self, key: str, page: str, asked: Mapping[str, str]) -> dict[str, Any]:
        """The figures of a page, for what the reader chose."""
        return self._gallery.of_page(key, self.feeds.of(key).refresh(), page, asked)

    def comparison(self, keys: Sequence[str], asked: Mapping[str, str]) -> dict[str, Any]:
        """The figures of several studies side by side."""
        return self._gallery.of_several(keys, [self.feeds.of(key).refresh() for key in keys], asked)

    def csv(self, key: str) -> tuple[str, str]:
        """The study's name and its trials as CSV, safe to open in a spreadsheet."""
        history = self.feeds.of(key).refresh()
        text = io.StringIO()
        write_csv(history, text)
        return history.name, text.getvalue()

    # -- by hand -------------------------------------------------------------------------------------------------

    def form(self, key: str, number: int | None) -> dict[str, Any]:
        """The space as a form that begins at a trial's params, or at the best ones."""
        history = self.feeds.of(key).refresh()
        start = history.best if number is None else history.trial(number)
        fields = form.fields(history.space, {} if start is None else start.params)
        begun = None if start is None else start.number
        return {"fields": fields, "start": begun, "declared": history.problem.declared, "metric": _metrics(history)[0]}

    def outlook(self, key: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Which parameters of a filled-in form are active, what it breaks, and what to expect of it."""
        history = self.feeds.of(key).refresh()
        params, broken = form.filled(history.space, given)
        expected = form.outlook(history, params, None if broken else self._foresight.model(key, history))
        return {
            "active": list(params),
            "broken": list(broken),
            "params": rows.shown_params(history.space, params),
            **expected,
        }

    def _standing(self, feed: Feed, history: History) -> dict[str, Any]:
        return overview.standing(history, self.lost(feed.key), time.time())


def _metrics(history: History) -> list[dict[str, str]]:
    return [{"name": metric.name, "direction": metric.direction} for metric in history.problem.metrics]
