from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from tunesmith.analysis._records import Records, number, quantile


@given(st.floats(-1e300, 1e300).filter(lambda x: x == 0 or abs(x) > 1e-300))
def test_four_digits_are_kept(value: float) -> None:
    assert math.isclose(float(number(value)), value, rel_tol=6e-4)


@given(st.floats(-1e5, 1e5), st.floats(1e-6, 1e3))
def test_digits_end_where_the_uncertainty_does(value: float, error: float) -> None:
    assert abs(float(number(value, error)) - value) <= max(0.06 * error, 6e-4 * abs(value)) + 1e-12


def test_small_numbers_are_written_as_people_write_them() -> None:
    assert [number(10.0**-k) for k in range(1, 7)] == ["0.1", "0.01", "0.001", "0.0001", "1e-5", "1e-6"]


def test_html_is_escaped() -> None:
    page = Records(("<b>",), (("<script>",),))._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_table_without_rows_has_its_heads() -> None:
    assert str(Records(("a", "b"), ())) == "a  b"


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(0, 1))
def test_quantiles_lie_between_the_ends(values: list[float], share: float) -> None:
    ordered = sorted(values)
    assert ordered[0] - 1e-6 <= quantile(ordered, share) <= ordered[-1] + 1e-6
