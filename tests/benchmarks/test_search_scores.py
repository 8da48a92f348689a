"""The numbers of benchmarks/search.py, worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import wilcoxon

from benchmarks.searching import scores
from benchmarks.searching.problem import Task
from benchmarks.searching.reference import GRID, Reference
from benchmarks.searching.tables import Tables

LINE = Reference(best=0.0, single=10.0, medians=tuple(10.0 if at <= 50 else 4.0 for at in GRID), points=20_000)
"""Random search reaches 10 with up to 50 trials, 4 from 55 on; 0 is the best value known."""


def record(task: str = "t", method: str = "m", seed: int = 0, **more: Any) -> dict[str, Any]:
    values = more.pop("values")
    return {"task": task, "method": method, "batch": 1, "seed": seed, "trials": len(values), "values": values,
            "cpu": [1.0] * len(values), "by": [], **more}  # fmt: skip


class TestScore:
    @pytest.mark.parametrize(
        ("value", "budget", "expected"),
        [
            (10.0, 25, 0.0),  # random's median
            (5.0, 25, 0.5),
            (0.0, 25, 1.0),
            (-3.0, 25, 1.0),  # better than the best known
            (15.0, 25, -0.5),
            (1e9, 25, -1.0),  # cut
            (math.inf, 25, -1.0),  # nothing but failures
            (2.0, 100, 0.5),
            (2.0, 52.5, 1 - 2 / 7),  # random's median halfway between 10 and 4
            (2.0, 10_000, 0.5),
        ],
    )
    def test_is_linear_between_the_median_of_random_and_the_best(
        self, value: float, budget: int, expected: float
    ) -> None:
        assert LINE.score(value, budget) == pytest.approx(expected)

    def test_where_random_search_finds_the_best_only_the_best_counts(self) -> None:
        easy = LINE._replace(medians=tuple(0.0 for _ in GRID))
        assert easy.score(0.0, 100) == 1.0
        assert easy.score(0.005, 100) == pytest.approx(0.5)  # a thousandth of what one random point lacks is the unit
        assert easy.score(1.0, 100) == -1.0


class TestCurve:
    def test_is_the_best_so_far_whatever_failed(self) -> None:
        assert scores.curve(record(values=[None, 3.0, None, 5.0, 1.0])) == [math.inf, 3.0, 3.0, 3.0, 1.0]

    def test_of_a_run_that_ended_early_stays(self) -> None:
        assert scores.curve({**record(values=[2.0]), "trials": 3}) == [2.0, 2.0, 2.0]

    def test_of_a_noisy_run_is_the_true_value_of_its_advice(self) -> None:
        noisy = record(values=[-9.0] * 4, advice={"2": 7.0, "4": 8.0})
        assert scores.curve(noisy) == [7.0, 7.0, 7.0, 8.0]

    def test_is_averaged_over_trials(self) -> None:
        assert scores.mean_score(record(values=[10.0, 5.0, 0.0]), LINE, 2, 3) == pytest.approx(0.75)
        assert scores.mean_score(record(values=[10.0]), LINE, 1, 2) is None
        assert scores.score_at(record(values=[10.0, 5.0]), LINE, 2) == pytest.approx(0.5)
        assert scores.score_at(record(values=[10.0, 5.0]), LINE, 3) is None

    def test_says_when_a_value_was_reached(self) -> None:
        assert scores.trials_to(record(values=[4.0, 3.0, 2.0]), 3.0) == 2
        assert scores.trials_to(record(values=[4.0]), 3.0) == math.inf


class TestInterval:
    def test_of_equal_numbers_has_no_width(self) -> None:
        assert scores.interval({"a": {0: 0.5, 1: 0.5}, "b": {0: 0.5}}) == (0.5, 0.5, 0.5)

    def test_weighs_tasks_alike_however_many_seeds_they_have(self) -> None:
        assert scores.interval({"a": {0: 0.0, 1: 1.0}, "b": {0: 1.0}}).mean == 0.75

    def test_of_two_tasks_reaches_from_one_to_the_other(self) -> None:
        # Both draws are the first task with probability 1/4, which is more than 2.5 %.
        assert scores.interval({"a": {0: 0.0}, "b": {0: 1.0}}) == (0.5, 0.0, 1.0)

    def test_has_the_width_that_theory_gives(self) -> None:
        # 100 tasks, half 0 and half 1: the standard error of the mean is 0.05.
        found = scores.interval({str(i): {0: float(i % 2)} for i in range(100)})
        assert found.low == pytest.approx(0.5 - 1.96 * 0.05, abs=0.015)
        assert found.high == pytest.approx(0.5 + 1.96 * 0.05, abs=0.015)

    def test_counts_the_spread_of_seeds(self) -> None:
        # One task: only seeds vary; 25 of 0 and 25 of 1 have a standard error of 0.0707.
        found = scores.interval({"a": {i: float(i % 2) for i in range(50)}})
        assert found.high - found.low == pytest.approx(2 * 1.96 * 0.0707, abs=0.03)

    def test_of_nothing_is_nothing(self) -> None:
        assert math.isnan(scores.interval({}).mean)


class TestComparisons:
    def test_pairs_are_of_the_same_task_and_seed(self) -> None:
        one = {"a": {0: 0.9, 1: 0.8}, "b": {0: 0.1}}
        two = {"a": {0: 0.5, 2: 0.1}, "c": {0: 0.0}}
        assert scores.paired(one, two)[""] == {"a": {0: pytest.approx(0.4)}}

    @pytest.mark.parametrize(
        ("differences", "expected"),
        [
            ([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], 2 / 64),
            (
                [-0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
                4 / 64,
            ),  # the sum of the negative ranks is 1: 0 or 1, two ways, two sides
            ([-0.1, 0.1, 0.1, 0.1], 10 / 16),  # four equal ranks: at most one minus, five ways, two sides
            ([0.0, 0.0, 0.1, 0.2], 2 / 4),  # no difference, no vote
            ([0.1, -0.1], 1.0),
        ],
    )
    def test_chance_counts_signs(self, differences: list[float], expected: float) -> None:
        assert scores.chance({str(i): {0: d} for i, d in enumerate(differences)}) == pytest.approx(expected)

    def test_chance_agrees_with_scipy_where_no_two_are_equal(self) -> None:
        rng = np.random.default_rng(0)
        differences = rng.normal(0.3, 1.0, 24)
        tasks = {str(i): {0: d - 1.0, 1: d + 1.0} for i, d in enumerate(differences.tolist())}
        assert scores.chance(tasks) == pytest.approx(wilcoxon(differences, method="exact").pvalue)

    def test_chance_of_nothing_is_unknown(self) -> None:
        assert math.isnan(scores.chance({"a": {0: 0.0}}))

    def test_ranks_share_ties_and_leave_out_who_lacks_a_task(self) -> None:
        values = {
            "x": {"a": {0: 0.9}, "b": {0: 0.5}},
            "y": {"a": {0: 0.1}, "b": {0: 0.5}},
            "z": {"a": {0: 1.0}},
        }
        assert scores.ranks(values) == {"x": 1.25, "y": 1.75}

    def test_catching_up_counts_trials_until_the_leaders_median(self) -> None:
        leader = [record(method="optuna-tpe", seed=s, values=[9.0, v]) for s, v in enumerate([3.0, 4.0, 5.0])]
        mine = [record(seed=0, values=[4.0, 4.0]), record(seed=1, values=[9.0, 1.0]), record(seed=2, values=[8.0, 8.0])]
        mine += [record(method="cut short", values=[9.0])]
        found = scores.catching_up([*leader, *mine], "optuna-tpe", 2)
        assert "cut short" not in found
        assert found["m"] == pytest.approx((2, 2 / 3))
        assert found["optuna-tpe"] == pytest.approx((2, 2 / 3))

    def test_parts_are_credited_with_what_they_improved(self) -> None:
        run = record(values=[5.0, 6.0, 4.0, None], by=["design", "model", "model", "design"])
        assert scores.members([run, record(values=[1.0])]) == {"m": {"design": (0.5, 0.5), "model": (0.5, 0.5)}}
        run["values"][1] = 4.5
        assert scores.members([run])["m"]["model"] == pytest.approx((0.5, 2 / 3))

    def test_cpu_leaves_out_the_first_ten_trials(self) -> None:
        run = record(values=[0.0] * 14)
        run["cpu"] = [500.0] * 10 + [1.0, 2.0, 3.0, 4.0]
        median, tail = scores.cpu([run])["m"]
        assert median == 2.5
        assert 3.5 < tail <= 4.0


class TestTables:
    TASKS = (Task("t", "planted", "dev", None), Task("u", "noisy", "dev", None))

    def made(self, *methods: str, common: bool = False) -> Tables:
        kept = [
            record(method="m", values=[10.0] * 24 + [5.0]),
            record(method="m", task="u", values=[10.0] * 24 + [0.0]),
            record(method="optuna-tpe", values=[10.0] * 25),
            record(method="m", task="unknown", values=[0.0] * 25),
        ]
        return Tables(kept, {"t": LINE, "u": LINE}, self.TASKS, methods, common=common)

    def test_show_means_with_intervals(self) -> None:
        assert self.made().overall().splitlines()[0] == "| method | tasks, seeds | at 25 | mean of 5 to 20 |"
        assert "| `m` | 2, 1 | 0.75 [0.50, 1.00] | 0.00 [0.00, 0.00] |" in self.made().overall()

    def test_show_families_apart(self) -> None:
        table = self.made("m").by_family(25)
        assert table.splitlines()[0] == "| method | planted (1) | noisy (1) |"
        assert "| `m` | 0.50 [0.50, 0.50] | 1.00 [1.00, 1.00] |" in table

    def test_show_differences_to_a_method_that_is_not_shown(self) -> None:
        assert "| `m` | +0.50 [+0.50, +0.50], p 1 | 1, 0, 0 |" in self.made("m").against("optuna-tpe")

    def test_show_differences_by_family(self) -> None:
        table = self.made("m").against_by_family("optuna-tpe", 25)
        assert table.splitlines()[0] == "| less `optuna-tpe` | planted |", "the noisy task has no run to compare with"
        assert "| `m` | +0.50 [+0.50, +0.50], p 1 |" in table

    def test_can_be_held_to_common_tasks(self) -> None:
        assert "| `m` | 1, 1 | 0.50 [0.50, 0.50] |" in self.made(common=True).overall()

    def test_show_single_tasks(self) -> None:
        assert self.made("m", "optuna-tpe").by_task(25).splitlines()[2:] == ["| t | 0.50 | 0.00 |", "| u | 1.00 |  |"]
