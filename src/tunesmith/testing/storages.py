"""What every storage promises, as tests: subclass `StorageContract`, say how to make yours, and let pytest run it."""

from __future__ import annotations

import abc
import math
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tunesmith.errors import InvalidValue, StudyExists, StudyNotFound
from tunesmith.storages import Decision, Lease, Storage, StudyEntry, Tail
from tunesmith.trial import AttrSet, Draft, Event, Noted, Point, Reported, Stamped, TrialFinished, TrialStarted

T = TypeVar("T")

NAMES = (
    "a b",
    "ключ",
    "名前",
    "x'; DROP TABLE events; --",
    '"quoted"',
    "100%_?*",
    "{braces}",
    "<b>bold</b>",
    "n" * 10_000,
)
"""Names of studies that must be kept as they are."""

FLOATS = (0.1 + 0.2, -0.0, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1 / 3, -1e-17, 123456789.123456789)
"""Values that must come back bit for bit."""


def noted(text: str) -> Draft:
    """An event to write, as small as can be.

    Examples
    --------
    >>> noted("hello").event
    Noted(text='hello', number=None)
    """
    return Draft(Noted(text=text))


def texts(events: Sequence[Stamped]) -> list[str]:
    """The texts of notes, in order."""
    return [event.text for event in (stamped.open() for stamped in events) if isinstance(event, Noted)]


def writing(*drafts: Draft) -> Callable[[Tail], Decision]:
    """A `decide` that writes these, whatever it sees."""
    return lambda _tail: Decision(drafts)


class StorageContract(abc.ABC):
    """Tests that every storage passes.

    Examples
    --------
    >>> from tunesmith.storages.memory import MemoryStorage
    >>> class TestMemory(StorageContract):
    ...     def make(self, path):
    ...         return MemoryStorage()
    >>> TestMemory().test_events_come_back_as_they_were_written()
    """

    @abc.abstractmethod
    def make(self, path: Path) -> Storage:
        """A storage that keeps its data at this path or under its name; empty at first, the same when asked again."""

    @contextmanager
    def opened(self) -> Iterator[Storage]:
        """An empty storage, closed at the end."""
        with self.place() as path:
            storage = self.make(path)
            try:
                yield storage
            finally:
                storage.close()

    @contextmanager
    def study(self) -> Iterator[tuple[Storage, str]]:
        """An open storage with one study, and the study's key."""
        with self.opened() as storage:
            yield storage, storage.create("demo", noted("created"))[0]

    @contextmanager
    def place(self) -> Iterator[Path]:
        """A path where nothing is yet."""
        with tempfile.TemporaryDirectory(prefix="tunesmith-") as folder:
            yield Path(folder) / "study.db"

    # -- studies -------------------------------------------------------------------------------------------------

    def test_a_new_storage_is_empty(self) -> None:
        with self.opened() as storage:
            assert storage.studies() == []
            assert storage.location

    def test_create_makes_a_study_with_its_first_event(self) -> None:
        with self.opened() as storage:
            key, new = storage.create("demo", noted("created"))
            assert new
            assert texts(storage.read(key)) == ["created"]
            (entry,) = storage.studies()
            assert entry == StudyEntry(key, "demo", storage.read(key)[0].written, 1)

    def test_create_finds_the_study_of_that_name(self) -> None:
        with self.study() as (storage, key):
            assert storage.create("demo", noted("again")) == (key, False)
            assert texts(storage.read(key)) == ["created"]

    def test_studies_come_oldest_first(self) -> None:
        with self.opened() as storage:
            keys = [storage.create(name, noted(name))[0] for name in ("b", "c", "a")]
            assert [entry.key for entry in storage.studies()] == keys
            assert len(set(keys)) == 3

    def test_names_are_kept_as_they_are(self) -> None:
        with self.opened() as storage:
            for name in NAMES:
                key, _ = storage.create(name, noted(name))
                assert texts(storage.read(key)) == [name]
            assert [entry.name for entry in storage.studies()] == list(NAMES)

    def test_of_many_that_create_one_name_one_makes_it(self) -> None:
        with self.opened() as storage:
            found = in_threads(16, lambda index: storage.create("demo", noted(f"by {index}")))
            assert len({key for key, _ in found}) == 1
            assert sum(new for _, new in found) == 1
            assert len(storage.read(found[0][0])) == 1

    def test_an_unknown_study_is_not_found(self) -> None:
        with self.study() as (storage, _):
            for call in self._calls(storage, "0" * 32):
                with raises(StudyNotFound):
                    call()

    def test_a_study_takes_another_name(self) -> None:
        with self.study() as (storage, key):
            storage.rename(key, "other")
            storage.rename(key, "other")
            assert storage.create("other", noted("again")) == (key, False)
            other, new = storage.create("demo", noted("a second study"))
            assert new
            with raises(StudyExists):
                storage.rename(other, "other")
            assert [entry.name for entry in storage.studies()] == ["other", "demo"]

    def test_a_deleted_study_is_gone_also_when_its_name_is_given_again(self) -> None:
        with self.study() as (storage, key):
            storage.append(key, 1, lambda tail: Decision(hold=[_lease(0, tail.now + 60)]))
            storage.delete(key)
            assert storage.studies() == []
            again, new = storage.create("demo", noted("second"))
            assert new
            assert again != key
            for call in self._calls(storage, key):
                with raises(StudyNotFound):
                    call()
            assert texts(storage.read(again)) == ["second"]
            assert storage.leases(again) == []

    @staticmethod
    def _calls(storage: Storage, key: str) -> list[Callable[[], object]]:
        return [
            lambda: storage.read(key),
            lambda: storage.read(key, 7),
            lambda: storage.append(key, 0, writing(noted("late"))),
            lambda: storage.leases(key),
            lambda: storage.lease(key, 0, 1, 60),
            lambda: storage.rename(key, "any"),
            lambda: storage.delete(key),
        ]

    # -- the log -------------------------------------------------------------------------------------------------

    def test_events_come_back_as_they_were_written(self) -> None:
        with self.study() as (storage, key):
            events: list[Event] = [
                TrialStarted(number=0, params={"x": 0.1, "kind": "ключ"}, seen=1, why={"member": "random"}),
                *(AttrSet(key=f"f{index}", value=value, number=0) for index, value in enumerate(FLOATS)),
                AttrSet(key="n", value={"a": [None, True, 2**62, "\x00\n\u2028", {}], "": -1}),
                TrialFinished(number=0, state="complete", values={"loss": FLOATS[0]}),
            ]
            written = storage.append(key, 1, writing(*(Draft(event, 3, f"tell {n}") for n, event in enumerate(events))))
            assert storage.read(key, 1) == written
            assert [stamped.open() for stamped in written] == events
            for stamped in written:
                stamped.check()
            assert {stamped.attempt for stamped in written} == {3}
            assert [stamped.tell_id for stamped in written] == [f"tell {n}" for n in range(len(events))]
            back = [event.value for event in (s.open() for s in written) if isinstance(event, AttrSet)]
            assert [math.copysign(1, value) for value in back[: len(FLOATS)]] == [math.copysign(1, f) for f in FLOATS]

    def test_seq_counts_from_one_and_time_never_goes_back(self) -> None:
        with self.study() as (storage, key):
            for index in range(20):
                storage.append(key, index + 1, writing(*[noted("x")] * (index % 3 + 1)))
            log = storage.read(key)
            assert [stamped.seq for stamped in log] == list(range(1, len(log) + 1))
            times = [stamped.written for stamped in log]
            assert times == sorted(times)
            assert storage.now() >= times[-1]
            assert storage.studies()[0].seq == len(log)

    def test_read_gives_what_is_behind(self) -> None:
        with self.study() as (storage, key):
            storage.append(key, 1, writing(*(noted(str(n)) for n in range(5))))
            assert texts(storage.read(key, 3)) == ["2", "3", "4"]
            assert texts(storage.read(key, 1, 2)) == ["0", "1"]
            assert texts(storage.read(key, 5, 100)) == ["4"]
            assert storage.read(key, 6) == storage.read(key, 6, 1) == []
            assert storage.read(key, 99) == []

    def test_append_shows_what_was_not_read_and_returns_it_with_what_was_written(self) -> None:
        with self.study() as (storage, key):
            storage.append(key, 1, writing(noted("theirs")))
            seen: list[list[str]] = []

            def decide(tail: Tail) -> Decision:
                seen.append(texts(tail.events))
                return Decision([noted("mine")])

            assert texts(storage.append(key, 1, decide)) == ["theirs", "mine"]
            assert texts(storage.append(key, 3, decide)) == ["mine"]
            assert seen == [["theirs"], []]

    def test_a_decision_to_do_nothing_writes_nothing(self) -> None:
        with self.study() as (storage, key):
            assert storage.append(key, 1, lambda _: Decision()) == []
            assert len(storage.read(key)) == 1

    def test_when_decide_raises_nothing_is_written(self) -> None:
        with self.study() as (storage, key):

            def refuse(_tail: Tail) -> Decision:
                raise InvalidValue("no", hint="never")

            with raises(InvalidValue):
                storage.append(key, 1, refuse)
            assert texts(storage.append(key, 1, writing(noted("next")))) == ["next"]

    def test_what_json_cannot_hold_is_refused_with_all_that_came_with_it(self) -> None:
        for value in (math.nan, math.inf, {"deep": [math.nan]}, object(), 2**70, "\ud800", {"a": {1, 2}.__iter__()}):
            with self.study() as (storage, key):
                drafts = [noted("before"), Draft(AttrSet(key="k", value=value)), noted("after")]
                decide = lambda tail: Decision(drafts, hold=[_lease(0, tail.now + 60)])  # noqa: E731, B023 - used at once
                with raises(InvalidValue):
                    storage.append(key, 1, decide)
                assert len(storage.read(key)) == 1
                assert storage.leases(key) == []

    def test_a_large_event_is_kept(self) -> None:
        with self.study() as (storage, key):
            text = "x" * 3_000_000
            storage.append(key, 1, writing(noted(text)))
            assert texts(storage.read(key, 1)) == [text]

    def test_no_append_is_lost_between_threads(self) -> None:
        with self.study() as (storage, key):

            def work(index: int) -> None:
                after = 1
                for step in range(20):
                    after = storage.append(key, after, writing(noted(f"{index}.{step}")))[-1].seq

            in_threads(8, work)
            log = storage.read(key, 1)
            assert [stamped.seq for stamped in log] == list(range(2, 162))
            assert sorted(texts(log)) == sorted(f"{index}.{step}" for index in range(8) for step in range(20))

    def test_a_reader_that_pages_misses_nothing(self) -> None:
        with self.study() as (storage, key):
            ended = threading.Event()

            def write() -> None:
                for step in range(100):
                    storage.append(key, step + 1, writing(noted(str(step))))
                ended.set()

            writer = threading.Thread(target=write)
            writer.start()
            paged: list[Stamped] = []
            while True:
                last = ended.is_set()
                paged += storage.read(key, paged[-1].seq if paged else 0)
                if last:
                    break
            writer.join()
            assert paged == storage.read(key)

    def test_points_are_kept_exactly(self) -> None:
        with self.study() as (storage, key):
            points = [Point(value, step) for step, value in enumerate(FLOATS)]
            (stamped,) = storage.append(key, 1, writing(Draft(Reported(number=0, points=points))))
            assert stamped.open() == Reported(number=0, points=points)

    # -- leases --------------------------------------------------------------------------------------------------

    def test_leases_are_held_replaced_and_dropped(self) -> None:
        with self.study() as (storage, key):
            first = Lease(0, 1, "me", 5e9, "reserved", 3)
            second = _lease(7, 5e9)
            storage.append(key, 1, lambda _: Decision(hold=[second, first]))
            assert sorted(storage.leases(key), key=lambda lease: lease.number) == [first, second]
            newer = Lease(0, 2, "you", 6e9, "running", 9)
            storage.append(key, 1, lambda _: Decision(hold=[newer], drop=[7, 8]))
            assert storage.leases(key) == [newer]
            seen: list[tuple[Lease, ...]] = []
            storage.append(key, 1, lambda tail: seen.append(tail.leases) or Decision())  # type: ignore[func-returns-value]
            assert seen == [(newer,)]

    def test_a_lease_dropped_and_held_at_once_is_held(self) -> None:
        with self.study() as (storage, key):
            storage.append(key, 1, lambda _: Decision(hold=[_lease(0, 5e9)]))
            storage.append(key, 1, lambda _: Decision(hold=[_lease(0, 6e9)], drop=[0]))
            assert storage.leases(key) == [_lease(0, 6e9)]

    def test_a_lease_is_renewed_by_its_attempt_only(self) -> None:
        with self.study() as (storage, key):
            held = Lease(0, 2, "me", 1.0, "running", 4)
            storage.append(key, 1, lambda _: Decision(hold=[held]))
            assert not storage.lease(key, 0, 1, 60)
            assert not storage.lease(key, 1, 2, 60)
            before = storage.now()
            assert storage.lease(key, 0, 2, 60)
            (renewed,) = storage.leases(key)
            assert before + 60 <= renewed.until <= storage.now() + 60
            assert (renewed.owner, renewed.phase, renewed.seen) == ("me", "running", 4)

    def test_studies_have_leases_of_their_own(self) -> None:
        with self.study() as (storage, key):
            other, _ = storage.create("other", noted("created"))
            storage.append(key, 1, lambda _: Decision(hold=[_lease(0, 5e9)]))
            storage.append(other, 1, lambda _: Decision(hold=[_lease(0, 6e9)]))
            storage.append(other, 1, lambda _: Decision(drop=[0]))
            assert storage.leases(key) == [_lease(0, 5e9)]
            assert storage.leases(other) == []

    # -- opening and closing -------------------------------------------------------------------------------------

    def test_closing_twice_is_fine(self) -> None:
        with self.study() as (storage, _):
            storage.close()
            storage.close()

    def test_what_was_written_is_there_when_it_is_opened_again(self) -> None:
        with self.place() as path:
            storage = self.make(path)
            if not storage.is_persistent:
                return
            key, _ = storage.create("demo", noted("created"))
            written = storage.append(key, 1, lambda _: Decision([noted("more")], hold=[_lease(0, 5e9)]))
            storage.close()
            again = self.make(path)
            assert again.read(key, 1) == written
            assert again.leases(key) == [_lease(0, 5e9)]
            assert [entry.name for entry in again.studies()] == ["demo"]
            assert again.address
            again.close()

    def test_two_openings_see_each_other(self) -> None:
        with self.place() as path:
            one, two = self.make(path), self.make(path)
            if not one.is_persistent:
                return
            key, _ = one.create("demo", noted("created"))
            assert two.create("demo", noted("again")) == (key, False)
            two.append(key, 1, writing(noted("by two")))
            assert texts(one.append(key, 1, writing(noted("by one")))) == ["by two", "by one"]
            assert two.read(key) == one.read(key)
            one.close()
            assert texts(two.append(key, 3, writing(noted("alone")))) == ["alone"]
            two.close()


def in_threads(count: int, call: Callable[[int], T]) -> list[T]:
    """Call with 0, 1, ... in as many threads at once; all results, or the first error.

    Examples
    --------
    >>> in_threads(3, lambda index: index * 2)
    [0, 2, 4]
    """
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


@contextmanager
def raises(kind: type[BaseException]) -> Iterator[None]:
    """Fail unless an exception of this kind is raised inside."""
    try:
        yield
    except kind:
        return
    raise AssertionError(f"{kind.__name__} was expected, and nothing was raised")


def _lease(number: int, until: float) -> Lease:
    return Lease(number, 1, "me", until)
