"""Progress says what is new: better values, failures and each tenth of the way, and nothing a text could break."""

from __future__ import annotations

import io

import pytest

import tunesmith as ts
from tunesmith.study import progress as shown
from tunesmith.study.budget import Budget
from tunesmith.study.marks import short_error
from tunesmith.trial import FrozenTrial, TrialError, TrialState


def run(objective, trials: int = 20, **space: ts.Float) -> list[str]:
    """The plain lines of a session."""
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1), **space), ts.Metric("loss"), sampler="random", seed=1)
    stream = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stderr", stream)
        study.optimize(objective, trials=trials, progress=True)
    return stream.getvalue().splitlines()


def test_plain_lines_tell_each_better_value_and_each_tenth() -> None:
    lines = [line for line in run(lambda trial: trial.params["x"]) if "trials, trial" in line]
    values = [float(line.rpartition("best ")[2]) for line in lines]
    assert values == sorted(values, reverse=True)
    assert len(lines) < 20
    assert "20/20" in lines[-1]


def test_the_first_line_tells_of_workers_and_their_threads() -> None:
    assert run(lambda trial: trial.params["x"])[0] == "[0:00] one trial at a time in this process"


def test_failures_are_told_on_one_line() -> None:
    def objective(trial: ts.Trial) -> float:
        if trial.number == 5:
            raise RuntimeError("no\nmemory [bold]")
        return 1.0

    told = [line for line in run(objective) if "failed" in line]
    assert any("trial 5 failed, failed: RuntimeError: no" in line for line in told)


def test_short_errors_are_short() -> None:
    error = TrialError(type="ValueError", message="\n first line \nsecond" + "x" * 1000)
    trial = FrozenTrial(number=0, state=TrialState.FAILED, error=error)
    assert short_error(trial) == "ValueError: first line "
    assert len(short_error(FrozenTrial(number=0, state=TrialState.FAILED, error=TrialError("E", "y" * 999)))) == 120
    assert short_error(FrozenTrial(number=0, state=TrialState.FAILED)) == "failed"


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (59.9, "0:59"), (60, "1:00"), (3600, "1:00:00")])
def test_clock(seconds: float, text: str) -> None:
    assert shown.clock(seconds) == text


def test_long_params_are_cut() -> None:
    assert shown.shown_params({"a": 0.123456, "b": "x"}) == "a=0.1235  b=x"
    cut = shown.shown_params({"name": "x" * 500}, width=40)
    assert len(cut) == 40
    assert cut.endswith("...")


def test_markup_in_names_is_text() -> None:
    rich_text = pytest.importorskip("rich.text")
    text = "[bold]x[/bold] [/] [link=a]"
    assert rich_text.Text.from_markup(shown.escape(text)).plain == text


@pytest.mark.parametrize("folder", ["", "a/very/long/folder/" * 6])
@pytest.mark.parametrize("width", [60, 80, 200])
def test_the_panel_never_wraps(folder: str, width: int, tmp_path) -> None:
    rich = pytest.importorskip("rich.console")
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    study = ts.Study(
        ts.SearchSpace({f"a.long.name.{n}": ts.Float(0, 1) for n in range(20)}), ts.Metric("root_mean_squared_error"),
        storage=str(tmp_path / folder / "s.db"), name="computers-price",
    )  # fmt: skip
    study.optimize(lambda trial: sum(trial.params.values()), trials=4, progress=False)
    panel = shown.Progress(study._ledger, Budget(trials=200, seconds=5000), Quiet(), stream=io.StringIO())
    console = rich.Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    console.print(shown._Drawn(panel))
    lines = console.file.getvalue().splitlines()
    assert len(lines) == len(panel.lines(width))
    assert max(map(len, lines)) <= width
    assert "computers-price" in lines[0]
    assert lines[0].endswith("Ctrl-C to pause") or width == 60
    assert ("s.db" in lines[0]) == (width == 200)
    study.close()


class Quiet:
    """A loop with nothing to say."""

    notice = ""


def test_the_panel_says_what_tuning_is_worth_so_far() -> None:
    study = ts.Study(ts.SearchSpace(x=ts.Float(0, 1)), ts.Metric("loss"), sampler="random", seed=0)
    study.enqueue({"x": 1.0}, origin="default")

    def objective(trial: ts.Trial) -> float:
        scores = [trial.params["x"] + hard + 0.01 * (fold % 2) for fold, hard in enumerate((0.1, 0.4, 0.2, 0.3))]
        for fold, score in enumerate(scores):
            trial.report(score, step=fold, fold=fold)
        return sum(scores) / 4

    panel = shown.Progress(study._ledger, Budget(trials=20), Quiet(), stream=io.StringIO())
    study.optimize(objective, trials=9, progress=False)
    assert not any("default" in line for line in panel.lines())
    study.optimize(objective, trials=12, progress=False)
    assert any("better than the default (p = " in line for line in panel.lines())
    assert len(panel.lines()) <= 9
