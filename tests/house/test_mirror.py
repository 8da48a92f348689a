"""Tests mirror the source: who knows a file knows where its test is."""

from __future__ import annotations

from pathlib import Path

from tests.house.house import ROOT, expect_none, files
from tunesmith._plugins import FAMILIES

TESTS = ROOT / "tests"

ELSEWHERE = {
    "cli/*_cmd.py": "cli/test_commands.py",
    "dashboard/failures.py": "dashboard/test_app.py",
    "dashboard/form.py": "dashboard/test_app.py",
    "dashboard/lessons.py": "dashboard/test_figures.py",
    "dashboard/one_trial.py": "dashboard/test_app.py",
    "dashboard/rows.py": "dashboard/test_app.py",
    "dashboard/serving.py": "dashboard/test_watch.py",
    "dashboard/steering.py": "dashboard/test_app.py",
    "dashboard/told.py": "dashboard/test_feed.py",
    "dashboard/views.py": "dashboard/test_app.py",
    "sklearn/in_order.py": "sklearn/test_given_space.py",
    "sklearn/distributions.py": "sklearn/test_given_space.py",
    "sklearn/objective.py": "sklearn/test_search.py",
    "sklearn/preparation.py": "sklearn/test_search.py",
    "sklearn/results.py": "sklearn/test_search.py",
    "sklearn/session.py": "sklearn/test_resume.py",
    "space/categorical.py": "space/test_choices.py",
    "space/conditions.py": "space/test_search_space.py",
    "space/distribution.py": "space/test_search_space.py",
    "space/fixed.py": "space/test_search_space.py",
    "space/float.py": "space/test_numbers.py",
    "space/int.py": "space/test_numbers.py",
    "space/ordinal.py": "space/test_choices.py",
    "study/advice.py": "study/test_study.py",
    "study/by_hand.py": "study/test_study.py",
    "study/ledger.py": "study/test_study.py",
    "study/marks.py": "study/test_progress.py",
    "study/minimize.py": "study/test_study.py",
    "study/opening.py": "study/test_study.py",
    "study/saving.py": "artifacts/test_beside.py",
    "study/task.py": "study/test_loop.py",
    "study/trial.py": "study/test_study.py",
    "tabular/cluster_outputs.py": "tabular/test_clusters.py",
    "tabular/cluster_verdict.py": "tabular/test_clusters.py",
    "tabular/objective.py": "cli/test_tune.py",
    "tabular/outputs.py": "cli/test_tune.py",
    "tabular/repeat.py": "cli/test_tune.py",
    "tabular/report.py": "cli/test_tune.py",
    "tabular/shape_outputs.py": "tabular/test_shapes.py",
    "tabular/tune.py": "cli/test_tune.py",
    "tabular/unlabelled.py": "tabular/test_shapes.py",
    "testing/*.py": "contracts/",
    "trial/history.py": "trial/test_fold.py",
    "trial/problem.py": "trial/test_metric.py",
    "trial/state.py": "trial/test_frozen_trial.py",
    "validation/*.py": "validation/test_schemes.py",
}
"""Source -> the tests that see to it, where the same name would tear apart what belongs together."""


def test_every_file_has_its_tests() -> None:
    """Furniture (a leading underscore) is tested through what stands on it; a member also by its family's contract."""
    found = []
    for file in files():
        path = Path(file.path)
        if path.stem in {"__init__", "__main__"} or (path.stem.startswith("_") and len(path.parts) > 1):
            continue
        mirror = TESTS / path.parent / f"test_{path.stem.lstrip('_')}.py"
        elsewhere = next((TESTS / there for pattern, there in ELSEWHERE.items() if path.match(pattern)), None)
        if not mirror.is_file() and not (elsewhere and elsewhere.exists()) and not _has_contract(file.room):
            found.append(f"{file.path}: expected {mirror.relative_to(ROOT)}")
    expect_none(found, "write it, or say in ELSEWHERE where it is tested")


def test_what_is_tested_elsewhere_has_no_mirror() -> None:
    mirrors = {TESTS / Path(path).parent / f"test_{Path(path).name}" for path in ELSEWHERE if "*" not in path}
    expect_none(
        (path.relative_to(ROOT) for path in mirrors if path.is_file()), "it has its mirror: take it out of ELSEWHERE"
    )


def test_no_test_is_left_behind() -> None:
    rooms = {file.room for file in files()} | {"contracts", "docs", "house", "examples", "benchmarks", ""}
    found = [
        path
        for path in TESTS.rglob("test_*.py")
        if path.relative_to(TESTS).parts[0] not in rooms and path.parent != TESTS
    ]
    expect_none(found, "there is no such room")


def _has_contract(room: str) -> bool:
    return room in FAMILIES.values() and (TESTS / "contracts" / f"test_{room}.py").is_file()
