"""Dates as people write them: one order a column, found out from all of its cells."""

from __future__ import annotations

import pytest

pytest.importorskip("sklearn")
pd = pytest.importorskip("pandas")

from tunesmith.tabular import Request, prepare  # noqa: E402
from tunesmith.tabular.dates import DateOrder, are_dates, date_order, read_dates  # noqa: E402

DAYS = pd.Series(pd.date_range("2020-01-01", periods=800, freq="D"))
FORMS = ["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%y", "%Y-%m-%d", "%Y/%m/%d", "%d %b %Y", "%m/%d/%Y %H:%M"]


@pytest.mark.parametrize("form", FORMS)
def test_dates_are_read_as_they_were_written(form):
    text = DAYS.dt.strftime(form).sample(frac=1, random_state=0)
    assert are_dates(text)
    order = date_order(text)
    assert order is None or (order.certain and order.share == 1 and order.day_first == form.startswith("%d"))
    read = read_dates(text, day_first=order is not None and order.day_first)
    assert (read.dt.tz_localize(None) == DAYS[text.index]).all()


def test_one_cell_above_twelve_tells_for_all():
    assert date_order(pd.Series(["05/03/2024"] * 50 + ["13/01/2024"])) == DateOrder(day_first=True)
    assert date_order(pd.Series(["05/03/2024"] * 50 + ["01/13/2024"])) == DateOrder(day_first=False)


def test_where_no_cell_tells_sorted_rows_do_and_dots_and_else_nobody():
    low = DAYS[DAYS.dt.day <= 12].reset_index(drop=True)
    assert date_order(low.dt.strftime("%d/%m/%Y")) == DateOrder(day_first=True)
    assert date_order(low.dt.strftime("%m/%d/%Y")) == DateOrder(day_first=False)
    mixed = low.sample(frac=1, random_state=1)
    assert date_order(mixed.dt.strftime("%d.%m.%Y")) == DateOrder(day_first=True)
    assert date_order(mixed.dt.strftime("%d/%m/%Y")) == DateOrder(day_first=False, certain=False)


def test_cells_of_the_other_order_are_missing_and_many_of_them_make_no_dates():
    text = pd.Series(["26/03/2024", "03/26/2024", "2024-03-26", "no date", None])
    assert read_dates(text, day_first=True).notna().tolist() == [True, False, True, False, False]
    assert not are_dates(pd.Series(["26/03/2024", "03/26/2024"] * 10))


def table(tmp_path, days):
    path = tmp_path / "visits.csv"
    frame = pd.DataFrame({"when": days, "x": range(len(days)), "cost": [float(i % 37) for i in range(len(days))]})
    frame.to_csv(path, index=False)
    return str(path)


def test_the_future_judges_where_days_come_first(tmp_path):
    shuffled = DAYS.sample(frac=1, random_state=0).reset_index(drop=True)
    path = table(tmp_path, shuffled.dt.strftime("%d/%m/%Y"))
    prepared = prepare(Request(data=path, target="cost", time="when", models=("linear",)))
    assert shuffled[prepared.train].max() < shuffled[prepared.test].min()
    column = next(column for column in prepared.columns if column.name == "when")
    assert column.why == "dates written as text, day first"


def test_a_reading_that_is_a_guess_is_told(tmp_path):
    low = DAYS[DAYS.dt.day <= 12].sample(frac=1, random_state=1)
    prepared = prepare(Request(data=table(tmp_path, low.dt.strftime("%d/%m/%Y")), target="cost", models=("linear",)))
    assert any("no cell tells; it is read month first" in remark for remark in prepared.remarks)
