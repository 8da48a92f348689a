"""A feed reads the log onward, and says in words what happened."""

from __future__ import annotations

import pytest

import tunesmith as ts
from tunesmith.dashboard.feed import Feed, Feeds
from tunesmith.errors import StudyNotFound
from tunesmith.storages import open_storage


@pytest.fixture
def study(tmp_path):
    return ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("loss"), storage=str(tmp_path / "s.db"), name="one")


def test_it_says_what_changed_and_reads_nothing_twice(study):
    feed = Feed(open_storage(study.storage.location, create=False), study.key)
    study.add({"x": 0.5}, 0.5)
    first = feed.refresh()
    assert feed.changed_since(0) == [0]
    study.add({"x": 0.25}, 0.25)
    study.note("look", trial=0)
    second = feed.refresh()
    assert second.seq == study.history.seq
    assert feed.changed_since(first.seq) == [0, 1]
    assert feed.changed_since(second.seq) == []
    assert feed.refresh() is second


def test_events_are_told_in_words(study):
    study.add({"x": 0.5}, 0.5)
    study.add({"x": 0.6}, 0.6)
    study.enqueue({"x": 0.1})
    study.tell(study.ask(), error=ValueError("bad\nluck"))
    study.set_budget(trials=1200)
    study.stop()
    feed = Feed(study.storage, study.key)
    feed.refresh()
    told = [(news["number"], news["mark"], news["text"]) for news in feed.news]
    assert (None, "note", "Study created: minimize loss") in told
    assert (0, "best", "loss 0.5, the best so far") in told
    assert (1, "complete", "loss 0.6") in told
    assert (2, "queued", "queued") in told
    assert (2, "failed", "failed: ValueError: bad") in told
    assert told[-2:] == [(None, "note", "The budget is now 1,200 trials"), (None, "note", "The study was stopped")]


def test_a_deleted_study_is_not_found(study):
    feeds = Feeds(study.storage)
    feeds.of(study.key).refresh()
    study.storage.delete(study.key)
    with pytest.raises(StudyNotFound):
        feeds.of(study.key)
