"""A small process that forks sessions of one study, kills or stops them, and says as JSON what became of it."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

import tunesmith as ts
from tunesmith.study import _renewer, ledger

SPACE = ts.SearchSpace(
    lr=ts.Float(1e-5, 1e-1, log=True),
    booster=ts.Categorical("gbtree", "dart", "linear"),
    depth=ts.Int(2, 12).when("booster", "gbtree", "dart"),
)


def score(params: dict[str, Any]) -> float:
    return float((params["lr"] - 0.01) ** 2 + params.get("depth", 20) + len(params["booster"]))


def session(path: str | None, trials: int, sampler: str, pause: float = 0.0, **options: Any) -> ts.Study:
    """One session, as a user would write it."""

    sampler, _, pruner = sampler.partition("+")

    def objective(trial: ts.Trial) -> float:
        if not pruner:
            time.sleep(pause)
            return score(trial.params)
        folds = random.Random(trial.seed)
        scores = [score(trial.params) + fold + folds.gauss(0, 0.3) for fold in range(5)]
        for fold, value in enumerate(scores):
            time.sleep(pause / 4)
            trial.report(value, step=fold, fold=fold)
            if fold < 4 and trial.should_prune():
                raise ts.TrialPruned
        return sum(scores) / 5

    study = ts.Study(
        SPACE, ts.Metric("loss"), sampler=sampler, pruner=pruner or None, storage=path, name="demo", seed=7
    )
    study.optimize(objective, trials=trials, progress=False, **options)
    return study


def forked(work: Callable[[], Any]) -> int:
    """Fork a child that does this and exits with 0, or prints why not and exits with 1."""
    if pid := os.fork():
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


def waited(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def facts(study: ts.Study) -> list[dict[str, Any]]:
    """What must not depend on any crash, and the attempt, which does."""
    return [
        {
            "number": trial.number, "params": dict(trial.params), "values": trial.values, "state": trial.state.value,
            "attempt": trial.attempt, "points": len(trial.points), "verdict": trial.verdict,
        }
        for trial in study.trials
    ]  # fmt: skip


def told(path: str, opened: float = 0.0, **more: Any) -> dict[str, Any]:
    study = ts.Study.load(path)
    found = facts(study)
    study.close()
    left = sorted(item.name for item in Path(path).parent.iterdir() if not item.name.startswith("ack"))
    return {"trials": found, "opened": opened, "left": left, **more}


def uninterrupted(sampler: str, trials: str) -> dict[str, Any]:
    return {"trials": facts(session(None, int(trials), sampler))}


def killed(path: str, sampler: str, trials: str, kills: str, seed: str) -> dict[str, Any]:
    """Kill a session at a random moment and start another, again and again; let the last one end."""
    rng, opened, codes = random.Random(int(seed)), 0.0, []
    for _ in range(int(kills)):
        pid = forked(lambda: session(path, int(trials), sampler, pause=0.01))
        time.sleep(rng.uniform(0.02, 0.3))
        os.kill(pid, signal.SIGKILL)
        codes.append(waited(pid))
        if Path(path).exists():
            began = time.monotonic()
            with contextlib.suppress(ts.errors.StudyNotFound):
                ts.Study.load(path, "demo").close()
            opened = max(opened, time.monotonic() - began)
    code = waited(forked(lambda: session(path, int(trials), sampler).close()))
    return told(path, opened, codes=codes, code=code)


def sweep(folder: str, upto: str) -> list[dict[str, Any]]:
    """Die at the first statement to the storage, at the second, ...; go on in a new session; until one gets through."""
    found = []
    for at in range(1, int(upto)):
        path = Path(folder, str(at), "study.db")
        path.parent.mkdir()
        os.environ["TUNESMITH_CRASH_AT"] = str(at)
        first = waited(forked(lambda path=path: session(str(path), 3, "random").close()))  # type: ignore[misc]
        del os.environ["TUNESMITH_CRASH_AT"]
        second = waited(forked(lambda path=path: session(str(path), 3, "random").close()))  # type: ignore[misc]
        found.append({"first": first, "second": second, **told(str(path))})
        if first == 0:
            break
    return found


def stopped(path: str) -> dict[str, Any]:
    """Stop a worker in mid-trial past its lease; let another finish; let the first go on."""
    for module in (_renewer, ledger):
        vars(module)["LEASE_SECONDS"] = 1.0
    begun, gate = Path(f"{path}-ack-begun"), Path(f"{path}-ack-gate")

    def slow() -> None:
        def objective(trial: ts.Trial) -> float:
            begun.touch()
            while not gate.exists():
                time.sleep(0.01)
            return score(trial.params) + 1000

        study = ts.Study(SPACE, ts.Metric("loss"), sampler="random", storage=path, name="demo", seed=7)
        study.optimize(objective, trials=1, progress=False)
        study.close()

    pid = forked(slow)
    while not begun.exists():
        time.sleep(0.01)
    os.kill(pid, signal.SIGSTOP)
    began = time.monotonic()
    other = waited(forked(lambda: _until_done(path)))
    took = time.monotonic() - began
    gate.touch()
    os.kill(pid, signal.SIGCONT)
    return told(path, other=other, took=took, first=waited(pid))


def _until_done(path: str) -> None:
    while True:
        study = session(path, 1, "random")
        done = study.trials[0].state is ts.TrialState.COMPLETE
        study.close()
        if done:
            return
        time.sleep(0.05)


def crowd(path: str, workers: str, trials: str, kills: str) -> dict[str, Any]:
    """Let several sessions work on one study, kill some, and let one finish what is left."""
    rng = random.Random(3)

    def work() -> None:
        session(path, int(trials), "random", pause=0.005).close()

    pids = [forked(work) for _ in range(int(workers))]
    for _ in range(int(kills)):
        time.sleep(rng.uniform(0.02, 0.15))
        victim = pids.pop(rng.randrange(len(pids)))
        os.kill(victim, signal.SIGKILL)
        waited(victim)
        pids.append(forked(work))
    codes = [waited(pid) for pid in pids]
    last = waited(forked(lambda: session(path, int(trials), "random").close()))
    return told(path, codes=codes, last=last)


if __name__ == "__main__":
    session(None, 1, "random")  # load everything once, not in each child
    sys.stdout.write(msgspec.json.encode(globals()[sys.argv[1]](*sys.argv[2:])).decode())
