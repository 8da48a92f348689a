"""The recovery of planted effects: what is planted is what is said, and what is kept is not run again."""

from __future__ import annotations

import math
import random

import pytest

from benchmarks import importance


def test_planted_effects_have_their_sizes():
    score = importance.planted(3)
    draw = random.Random(0)
    for name, size in score.effects.items():
        part = importance.SPACE[name]
        values = [size * score.shapes[name](part.from_unit(draw.random())) for _ in range(4000)]
        mean = sum(values) / len(values)
        assert mean == pytest.approx(0, abs=0.1 * size)
        assert math.sqrt(sum((v - mean) ** 2 for v in values) / len(values)) == pytest.approx(size, rel=0.1)


def test_it_keeps_what_it_ran(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(importance, "TRIALS", 12)
    out = tmp_path / "kept.jsonl"
    importance.main(["--recovery", "--seeds", "1", "--out", str(out)])
    first = capsys.readouterr().out
    assert len(out.read_text().splitlines()) == 3
    monkeypatch.setattr(importance, "outcome", None)
    importance.main(["--recovery", "--seeds", "1", "--out", str(out)])
    assert capsys.readouterr().out == first
