from __future__ import annotations

import pytest

from tunesmith.errors import InvalidData

pd = pytest.importorskip("pandas")
pytest.importorskip("sklearn")

from tunesmith.tabular.roles import Role, advice, infer_roles  # noqa: E402

N = 200


def role(values, name="column"):
    frame = pd.DataFrame({name: values, "other": range(0, 2 * len(values), 2)})
    return next(column for column in infer_roles(frame) if column.name == name).role


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([i * 0.37 for i in range(N)], Role.NUMBER),
        ([i % 7 for i in range(N)], Role.NUMBER),
        ([f"{i % 50}.5" for i in range(N)], Role.NUMBER),
        ([f"{i % 50},000" for i in range(N)], Role.NUMBER),
        (["a", "b"] * (N // 2), Role.CATEGORY),
        ([True, False] * (N // 2), Role.CATEGORY),
        ([f"city {i % 60}" for i in range(N)], Role.MANY),
        ([f"2024-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(N)], Role.DATE),
        ([f"{1 + i % 28}/{1 + i % 12}/2023" for i in range(N)], Role.DATE),
        ([f"2024-01-01 {i % 24:02}:{i % 60:02}:00" for i in range(N)], Role.DATE),
        ([f"a sentence with several words number {i} in it" for i in range(N)], Role.TEXT),
        (["same"] * N, Role.CONSTANT),
        ([None] * N, Role.CONSTANT),
        ([f"user-{i}" for i in range(N)], Role.ID),
        (list(range(1, N + 1)), Role.ID),
    ],
)
def test_roles(values, wanted):
    assert role(values) is wanted


def test_ids_by_name():
    assert role([(i * 7919) % 100_003 for i in range(N)], "customer_id") is Role.ID
    assert role([i % 50 for i in range(N)], "customer_id") is Role.ID
    assert role([i % 50 for i in range(N)], "width") is Role.NUMBER
    assert role([i % 5 for i in range(N)], "grid") is Role.NUMBER


def test_advice_on_entities_and_dates():
    frame = pd.DataFrame(
        {
            "patient_id": [i % 50 for i in range(N)],
            "visit": pd.date_range("2024-01-01", periods=N),
            "x": [i % 9 * 0.5 for i in range(N)],
        }
    )
    columns = infer_roles(frame)
    told = advice(columns, group=None, time=None)
    assert any("--group patient_id" in line for line in told)
    assert any("--time visit" in line for line in told)
    assert advice(columns, group="patient_id", time="visit") == []


def test_missing_cells_are_counted_and_do_not_decide():
    frame = pd.DataFrame({"x": [0.5, None, 1.5, None] * (N // 4), "y": ["a", None, "b", None] * (N // 4)})
    number, category = infer_roles(frame)
    assert (number.role, number.missing) == (Role.NUMBER, 0.5)
    assert (category.role, category.missing) == (Role.CATEGORY, 0.5)


def test_what_the_user_said_holds():
    frame = pd.DataFrame({"x": [0.5, 1.5] * N, "y": [0.1, 0.2] * N, "z": [0.1, 0.3] * N})
    columns = {c.name: c for c in infer_roles(frame, drop=["x"], said={"y": "--weight"})}
    assert columns["x"].role is columns["y"].role is Role.DROPPED
    assert columns["y"].why == "--weight"
    assert columns["z"].role.is_used


def test_nothing_left_to_learn_from():
    with pytest.raises(InvalidData, match="No column is left"):
        infer_roles(pd.DataFrame({"id": range(N), "one": [1] * N}))
