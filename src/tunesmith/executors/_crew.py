"""The worker processes of one opening: works go to idle ones, and what happens to any of them becomes a message."""

from __future__ import annotations

import os
import pickle
import selectors
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, final

import cloudpickle

from tunesmith.errors import ExecutorError, WorkerDied
from tunesmith.executors import _threads
from tunesmith.executors._base import Asked, Ended, Lost, Message, Said, Task, Work
from tunesmith.executors._child import Child, Warden
from tunesmith.executors._frames import Frame, Kind
from tunesmith.executors._obituary import CANCELLED, TOO_LONG, TOO_SLOW, exit_reason, lost
from tunesmith.executors._parcel import Parcel

_GRACE_SECONDS = 2.0
_CLOSING_SECONDS = 0.5
_START_SECONDS = 300.0
_LOOK_SECONDS = 0.2


@final
class Crew:
    """Worker processes with one task; used by one thread.

    Parameters
    ----------
    task
        What to run on each work.
    slots
        How many workers.
    share
        How many threads each of them may use.
    echo
        Print what workers print to our stderr, too.

    Raises
    ------
    ExecutorError
        If the task cannot be pickled, a worker cannot load it, or no process can be started.
    """

    def __init__(self, task: Task, slots: int, share: int, *, echo: bool) -> None:
        self._slots = slots
        self._share = share
        self._echo = echo
        self._environment = _threads.environment(share, os.environ)
        self._children: list[Child] = []
        self._backlog: deque[Work] = deque()
        self._news: deque[Message] = deque()
        self._opening = True
        self._parcel = Parcel(task)
        self._warden = Warden()
        self._selector = selectors.DefaultSelector()
        try:
            self._warden.start()
            for _ in range(slots):
                self._start()
            while not all(child.ready for child in self._children):
                self._turn(None)
        except BaseException:
            self.close()
            raise
        self._opening = False

    def close(self) -> None:
        """End all workers: idle ones leave by themselves, others get SIGTERM and half a second."""
        try:
            for child in self._children:
                if child.idle and child.ready:
                    child.leave()
                else:
                    child.end(CANCELLED, _CLOSING_SECONDS)
            until = time.monotonic() + _CLOSING_SECONDS
            while time.monotonic() < until and not all(child.gone for child in self._children):
                time.sleep(0.005)
        finally:
            for child in self._children:
                child.bury()
            self._children.clear()
            self._selector.close()
            self._warden.close()
            self._parcel.close()

    # -- works and messages --------------------------------------------------------------------------------------

    def submit(self, work: Work) -> None:
        """Give a work to an idle worker; without one it waits its turn."""
        self._backlog.append(work)
        self._feed()

    def messages(self, timeout: float | None = None) -> Sequence[Message]:
        """Wait for messages; without work in flight the answer is an empty list at once."""
        until = None if timeout is None else time.monotonic() + timeout
        while not self._news and (self._backlog or any(child.work is not None for child in self._children)):
            self._turn(until)
            if until is not None and time.monotonic() >= until:
                break
        news = list(self._news)
        self._news.clear()
        return news

    def reply(self, asked: Asked, answer: Any) -> None:
        """Send an answer to the worker that asked; nothing happens if it is gone."""
        child = self._child_of(asked.number)
        if child is not None and child.work is not None and child.work.attempt == asked.attempt:
            payload = cloudpickle.dumps(answer)
            child.send(Frame(Kind.ANSWER, asked.number, asked.attempt, asked.ticket, payload))
            self._watch(child)

    def cancel(self, number: int) -> bool:
        """End the worker of one trial: SIGTERM, and after 2 s SIGKILL for it and what it started."""
        for work in self._backlog:
            if work.number == number:
                self._backlog.remove(work)
                self._news.append(lost(work, 0, "", doom=CANCELLED))
                return True
        child = self._child_of(number)
        if child is None:
            return False
        child.end(CANCELLED, _GRACE_SECONDS)
        return True

    # -- workers -------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        child = Child(self._parcel, self._environment, self._share, self._warden, echo=self._echo)
        self._children.append(child)
        self._watch(child)
        if child.exit_descriptor is not None:
            self._selector.register(child.exit_descriptor, selectors.EVENT_READ, child)

    def _feed(self) -> None:
        """Give waiting works to idle workers, starting what is missing."""
        while self._backlog:
            if len(self._children) < self._slots:
                self._start()
            idle = next((child for child in self._children if child.idle), None)
            if idle is None:
                return
            work = self._backlog.popleft()
            idle.assign(work, Frame(Kind.WORK, work.number, work.attempt, 0, cloudpickle.dumps(work)))
            self._watch(idle)

    def _child_of(self, number: int) -> Child | None:
        return next((child for child in self._children if child.work is not None and child.work.number == number), None)

    def _watch(self, child: Child) -> None:
        """Wait for what a worker has to say, and for room for what we have to say to it."""
        wanted = 0 if child.closed else selectors.EVENT_READ | (selectors.EVENT_WRITE if child.has_more else 0)
        known = self._selector.get_map().get(child.connection)
        if known is None and wanted:
            self._selector.register(child.connection, wanted, child)
        elif known is not None and not wanted:
            self._selector.unregister(child.connection)
        elif known is not None and known.events != wanted:
            self._selector.modify(child.connection, wanted, child)

    def _unwatch(self, child: Child) -> None:
        for source in (child.connection, child.exit_descriptor):
            if source is not None and source in self._selector.get_map():
                self._selector.unregister(source)

    # -- one turn ------------------------------------------------------------------------------------------------

    def _turn(self, until: float | None) -> None:
        """Wait until something happens or is due, and deal with it."""
        dues = [due for child in self._children if (due := child.due) is not None]
        dues += [child.began + _START_SECONDS for child in self._children if not child.ready]
        dues += [until] if until is not None else []
        wait = max(0.0, min(dues) - time.monotonic()) if dues else None
        if any(child.exit_descriptor is None for child in self._children):
            wait = _LOOK_SECONDS if wait is None else min(wait, _LOOK_SECONDS)
        happened = {id(key.data): key.data for key, _ in self._selector.select(wait)}
        for child in happened.values():
            self._listen(child)
        for child in list(self._children):
            self._look_after(child)
        self._feed()

    def _listen(self, child: Child) -> None:
        child.flush()
        for frame in child.receive():
            self._take(child, frame)
        self._watch(child)

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.gone:
            self._listen(child)
            self._bury(child)
        elif not child.doom and not child.ready and now >= child.began + _START_SECONDS:
            child.end(TOO_SLOW, grace=0)
        elif child.due is not None and now >= child.due:
            if child.doom or child.closed:
                child.kill_if_due()
            else:
                child.end(TOO_LONG, _GRACE_SECONDS)

    def _take(self, child: Child, frame: Frame) -> None:
        """Deal with one frame of a worker."""
        if frame.kind is Kind.READY:
            child.ready, child.began = True, time.monotonic()
        elif frame.kind is Kind.BROKEN:
            child.broken = frame.payload.decode("utf-8", "replace")
        elif child.work is None or (frame.number, frame.attempt) != (child.work.number, child.work.attempt):
            child.end("it spoke of a trial that it was not given", grace=0)
        elif child.doom:
            if frame.kind in {Kind.ENDED, Kind.FAULT}:
                child.kill()
        elif frame.kind is Kind.FAULT:
            self._fault(child, child.work, frame.payload.decode("utf-8", "replace"))
        else:
            self._message(child, child.work, frame)

    def _message(self, child: Child, work: Work, frame: Frame) -> None:
        try:
            payload = pickle.loads(frame.payload)  # noqa: S301 - from our own worker
        except Exception as error:  # noqa: BLE001 - a stranger's __setstate__ may raise anything
            self._fault(child, work, f"what it sent cannot be loaded here ({type(error).__name__}: {error})")
            if frame.kind is not Kind.ENDED:
                child.end("it sent what cannot be loaded", grace=0)
            return
        if frame.kind is Kind.SAID:
            self._news.append(Said(work.number, work.attempt, payload))
        elif frame.kind is Kind.ASKED:
            self._news.append(Asked(work.number, work.attempt, payload, frame.ticket))
        else:
            child.work = None
            self._news.append(Ended(work.number, work.attempt, payload))

    def _fault(self, child: Child, work: Work, text: str) -> None:
        """The task did not return as a task must; the worker itself is well."""
        child.work = None
        last = text.strip().splitlines()[-1]
        error = WorkerDied(
            f"Trial {work.number} has no result: {last.rstrip('.')}.",
            hint="Return numbers from the objective, and keep what is large or cannot be pickled inside it.",
        )
        self._news.append(Lost(work.number, work.attempt, error, child.output.tail() or text[-2000:]))

    def _bury(self, child: Child) -> None:
        """A worker is gone: say so, and start another one if this one had been well; else the next work does."""
        self._unwatch(child)
        self._children.remove(child)
        code = child.bury()
        output = child.output.tail()
        if child.work is not None:
            self._news.append(lost(child.work, code, output, doom=child.doom, broken=child.broken))
        if self._opening:
            raise _cannot_start(child, code, output)
        if child.ready:
            self._start()


def _cannot_start(child: Child, code: int, output: str) -> ExecutorError:
    if child.broken:
        last = child.broken.strip().splitlines()[-1]
        return ExecutorError(
            f"A worker process cannot load the objective: {last}",
            hint="What the objective uses must be importable in a new process with the same sys.path; define it in "
            'the script itself, in an installed module, or use executor="thread".',
        )
    return ExecutorError(
        f"A worker process did not start: {child.doom or exit_reason(code)}. It printed: {output or 'nothing'}",
        hint='Use executor="thread" or "serial" if processes cannot be started here.',
    )
