"""A small process that forks workers onto one storage, kills them, and says as JSON what it did.

It is a process of its own because pytest has threads, and threads and fork do not mix.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tunesmith import _platform
from tunesmith.storages import Decision, Lease, Tail
from tunesmith.storages.sqlite import SQLiteStorage
from tunesmith.trial import Draft, Fold, Noted, StudyCreated, TrialFinished, TrialRequeued, TrialStarted, TrialState

CREATED = Draft(StudyCreated(name="demo", space={"parameters": {}}, metrics=[{"name": "loss"}], seed=1))


def forked(work: Callable[[], Any]) -> int:
    """Fork a child that does this and exits with 0, or prints why not and exits with 1."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pytest's timer is a thread, and holds nothing we need
        pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        work()
        status = 0
    except BaseException:  # noqa: BLE001 - it goes to our standard error, and the status says so
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def waited(pids: list[int]) -> list[int]:
    """The exit codes of children; negative for a signal."""
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]


class Worker:
    """Starts and finishes trials on a study, as `Study.optimize` would, and acknowledges what was told."""

    def __init__(self, path: str, acks: Path | None = None) -> None:
        self.storage = SQLiteStorage(path)
        self.key, _ = self.storage.create("demo", CREATED)
        self.fold = Fold()
        self.fold.extend(self.storage.read(self.key))
        self.me = _platform.owner()
        self.acks = None if acks is None else os.open(acks, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, decide: Callable[[Tail], Decision]) -> None:
        if self.fold.torn:
            self.fold = Fold()

        def decided(tail: Tail) -> Decision:
            self.fold.extend(tail.events)
            return decide(tail)

        self.fold.extend(self.storage.append(self.key, self.fold.seq, decided))

    def start(self) -> tuple[int, int]:
        begun = (0, 0)

        def decide(tail: Tail) -> Decision:
            nonlocal begun
            history = self.fold.history
            held = {lease.number: lease for lease in tail.leases}
            lost = [t for t in history.running() if t.number in held and _platform.alive(held[t.number].owner) is False]
            if lost:  # its worker was killed: run it again, as the next attempt
                begun = (lost[0].number, lost[0].attempt + 1)
                drafts = [Draft(TrialRequeued(number=begun[0]), lost[0].attempt)]
            else:
                begun = (history.next_number, 1)
                drafts = []
            drafts.append(Draft(TrialStarted(number=begun[0], params={}, worker=self.me), begun[1]))
            return Decision(drafts, hold=[Lease(begun[0], begun[1], self.me, tail.now + 60)])

        self.write(decide)
        return begun

    def finish(self, number: int, attempt: int, value: float) -> None:
        def decide(_tail: Tail) -> Decision:
            trial = self.fold.history.trial(number)
            if trial.state is not TrialState.RUNNING or trial.attempt != attempt:
                raise RuntimeError(f"trial {number} was taken over from a living worker")
            return Decision(
                [Draft(TrialFinished(number=number, state="complete", values={"loss": value}), attempt)], drop=[number]
            )

        self.write(decide)
        if self.acks is not None:
            os.write(self.acks, f"{number} {value.hex()}\n".encode())


def storm(path: str, folder: str, kills: str, workers: str, seed: str, churn: str = "") -> dict[str, Any]:
    """Keep workers busy on one file, and kill -9 a random one at a random moment, again and again.

    With `churn` each worker opens and closes the file for each trial, as a command of a shell script would.
    """
    rng = random.Random(int(seed))
    alive: dict[int, int] = {}
    codes: list[int] = []

    def work(number: int) -> None:
        acks, mine = Path(folder, f"acks-{number}"), random.Random(number)
        worker = Worker(path, acks)
        while True:
            worker.finish(*worker.start(), mine.random())
            if churn:
                worker.storage.close()
                worker = Worker(path, acks)

    born, began = 0, time.monotonic()
    for killed in range(int(kills) + 1):
        while len(alive) < int(workers):
            alive[forked(lambda number=born: work(number))] = born  # type: ignore[misc]
            born += 1
        if killed < int(kills):
            time.sleep(rng.expovariate(1 / 0.03))
            victim = rng.choice(list(alive))
            os.kill(victim, signal.SIGKILL)
            del alive[victim]
            codes += waited([victim])
    time.sleep(0.2)
    for pid in alive:
        os.kill(pid, signal.SIGKILL)
    codes += waited(list(alive))
    return {"killed": len(codes), "seconds": time.monotonic() - began, "codes": sorted(set(codes))}


def interrupted(path: str, interrupts: str) -> dict[str, Any]:
    """Press Ctrl-C on a worker that carries on, again and again, while another works; neither may get stuck."""
    Worker(path).storage.close()

    def stubborn() -> None:
        worker, count = Worker(path), 0
        while count < int(interrupts):
            try:
                os.write(told, b".")  # asks for the next one where it is caught, and nowhere else
                while True:
                    worker.finish(*worker.start(), 0.5)
            except KeyboardInterrupt:
                count += 1
        worker.storage.close()

    def other() -> None:
        worker = Worker(path)
        for _ in range(200):
            worker.finish(*worker.start(), 0.25)
        worker.storage.close()

    beside = forked(other)
    asked, told = os.pipe()
    rng, pids = random.Random(5), [forked(stubborn), beside]
    os.close(told)
    while os.read(asked, 1):
        time.sleep(rng.uniform(0, 0.004))
        os.kill(pids[0], signal.SIGINT)
    return {"codes": waited(pids)}


def infancy(folder: str, rounds: str) -> dict[str, Any]:
    """Kill workers in the first instants of a file, while it is being made, again and again."""
    codes: list[int] = []
    for number in range(int(rounds)):
        rng, path = random.Random(number), str(Path(folder, f"{number}.db"))

        def work(path: str = path) -> None:
            worker = Worker(path)
            while True:
                worker.finish(*worker.start(), 0.5)

        pids = [forked(work) for _ in range(6)]
        for _ in range(5):
            time.sleep(rng.uniform(0, 0.012))
            victim = pids.pop(rng.randrange(len(pids)))
            os.kill(victim, signal.SIGKILL)
            codes += waited([victim])
            pids.append(forked(work))
        time.sleep(0.02)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        codes += waited(pids)
        Worker(path).storage.close()
    return {"codes": sorted(set(codes))}


def crowd(path: str, processes: str, appends: str) -> dict[str, Any]:
    """Let many processes append at once, while one reads page by page."""
    Worker(path).storage.close()
    want = int(processes) * int(appends) * 2 + 1

    def work() -> None:
        worker, began = Worker(path), time.monotonic()
        for step in range(int(appends)):
            worker.finish(*worker.start(), float(step))
        Path(f"{path}.took-{os.getpid()}").write_text(str(time.monotonic() - began))
        worker.storage.close()

    def page() -> None:
        storage = SQLiteStorage(path, create=False)
        key = storage.studies()[0].key
        seen = 0
        deadline = time.monotonic() + 120
        while seen < want and time.monotonic() < deadline:
            for event in storage.read(key, seen):
                if event.seq != seen + 1:
                    raise RuntimeError(f"after {seen} came {event.seq}")
                seen = event.seq
            time.sleep(0.002)
        if seen != want:
            raise RuntimeError(f"read {seen} of {want} events")
        storage.close()

    began = time.monotonic()
    pids = [forked(page), *(forked(work) for _ in range(int(processes)))]
    codes = waited(pids)
    took = [float(found.read_text()) for found in Path(path).parent.glob("*.took-*")]
    return {"codes": codes, "seconds": time.monotonic() - began, "slowest": max(took), "fastest": min(took)}


def race(folder: str, processes: str, rounds: str) -> dict[str, Any]:
    """Let many processes create one study in one fresh file at the same moment, again and again."""
    found: list[list[tuple[str, bool]]] = []
    for attempt in range(int(rounds)):
        path, gate = str(Path(folder, f"{attempt}.db")), os.pipe()

        def work(path: str = path, gate: tuple[int, int] = gate) -> None:
            os.close(gate[1])
            os.read(gate[0], 1)  # returns in all at once, when the last writing end closes
            storage = SQLiteStorage(path)
            key, new = storage.create("demo", CREATED)
            storage.append(key, 1, lambda _: Decision([Draft(Noted(text=f"{key} {new}"))]))
            storage.close()

        pids = [forked(work) for _ in range(int(processes))]
        os.close(gate[0])
        os.close(gate[1])
        if any(waited(pids)):
            return {"failed": path}
        storage = SQLiteStorage(path, create=False)
        (entry,) = storage.studies()
        notes = [event.open() for event in storage.read(entry.key, 1)]
        found.append([tuple(note.text.split()) for note in notes if isinstance(note, Noted)])  # type: ignore[misc]
        storage.close()
    return {"found": found}


def steps(path: str, crash_at: str) -> dict[str, Any]:
    """Run three trials; die at one statement, go on in a new process, and say how all ended."""
    script = [0.5, 0.25, 0.125]

    def work() -> None:
        worker = Worker(path, Path(f"{path}.acks"))
        for trial in worker.fold.history.running():
            raise_if(trial.number != worker.fold.history.next_number - 1)
        while (done := worker.fold.history.finished_count) < len(script):
            worker.finish(*worker.start(), script[done])
        worker.storage.close()

    os.environ["TUNESMITH_CRASH_AT"] = crash_at
    first = waited([forked(work)])[0]
    del os.environ["TUNESMITH_CRASH_AT"]
    began = time.monotonic()
    if Path(path).exists():
        storage = SQLiteStorage(path)
        for entry in storage.studies():
            storage.read(entry.key)
        storage.close()
    opened = time.monotonic() - began
    second = waited([forked(work)])[0]
    return {"first": first, "second": second, "opened": opened}


def raise_if(wrong: bool) -> None:
    if wrong:
        raise RuntimeError("a trial was left behind")


def sweep(folder: str, upto: str) -> list[dict[str, Any]]:
    """Die at the first statement, at the second, ... until a run gets through."""
    found = []
    for at in range(1, int(upto)):
        path = Path(folder, f"{at}.db")
        found.append({"at": at, **steps(str(path), str(at))})
        if found[-1]["first"] == 0:
            break
    return found


def family(path: str, children: str) -> dict[str, Any]:
    """Use one storage object in a process and in the children it forks, at once."""
    worker = Worker(path)

    def work() -> None:
        for _ in range(10):
            worker.finish(*worker.start(), 0.5)

    def leave() -> None:
        worker.start()
        sys.exit(0)  # through the interpreter's own end, which closes what can be closed

    pids = [forked(work) for _ in range(int(children))]
    if not (leaver := os.fork()):
        leave()
    work()
    codes = waited([*pids, leaver])
    work()
    worker.storage.close()
    return {"codes": codes}


def orphaned_gate(path: str) -> dict[str, Any]:
    """Fork while another thread is in the gate, then kill the parent there: its child must not keep the gate shut."""
    Worker(path).storage.close()
    ready, said = os.pipe()

    def parent() -> None:
        worker, inside = Worker(path), threading.Event()

        def stay(_tail: Tail) -> Decision:
            inside.set()
            time.sleep(60)
            return Decision()

        threading.Thread(target=worker.storage.append, args=(worker.key, 0, stay), daemon=True).start()
        inside.wait()
        child = forked(lambda: time.sleep(60))
        os.write(said, f"{child}\n".encode())
        time.sleep(60)

    pid = forked(parent)
    child = int(os.read(ready, 100))
    os.kill(pid, signal.SIGKILL)
    waited([pid])
    began = time.monotonic()
    Worker(path).start()
    took = time.monotonic() - began
    os.kill(child, signal.SIGKILL)
    return {"took": took}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
