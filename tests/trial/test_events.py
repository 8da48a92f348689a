"""An event goes into its envelope and comes out as it was, or is refused before it is stored."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunesmith.errors import Corrupt, InvalidValue
from tunesmith.trial import (
    KINDS,
    AttrSet,
    Draft,
    Event,
    Noted,
    Point,
    Reported,
    StudyChanged,
    TrialFinished,
    TrialQueued,
    TrialStarted,
    stamp,
)
from tunesmith.trial.events import LARGEST_BODY, Stamped, checksum

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


def stamped(event: Event, **envelope: Any) -> Stamped:
    return stamp(Draft(event, 1, "tell"), **{"seq": 5, "written": 1.5, "writer": "1@host", **envelope})


@given(
    JSON,
    st.text(st.characters(exclude_categories=["Cs"])),
    st.none() | st.text(st.characters(exclude_categories=["Cs"])),
)
def test_what_json_holds_comes_back_as_it_is(value: Any, key: str, tell_id: str | None) -> None:
    envelope = stamp(Draft(AttrSet(key=key, value=value), 2, tell_id), seq=1, written=0.5, writer="w")
    envelope.check()
    back = envelope.open()
    assert isinstance(back, AttrSet)
    assert (back.key, msgspec.json.encode(back.value)) == (key, msgspec.json.encode(value))
    assert _types(back.value) == _types(value)


def _types(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _types(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_types(item) for item in value]
    return type(value), repr(value)


@pytest.mark.parametrize(
    "value",
    [
        math.nan, math.inf, -math.inf, {"a": [1, math.nan]}, {1: "a"}, {None: 1}, {1.5: 2}, {"s": {1, 2}}, b"bytes",
        dt.datetime(2024, 1, 1, tzinfo=dt.UTC), 1j, object(), 2**64, -(2**63) - 1, "\ud800", {"\ud800": 1}, range(3),
    ],
    ids=lambda value: "object" if type(value) is object else repr(value),
)  # fmt: skip
def test_what_json_lacks_is_refused(value: Any) -> None:
    for event in (
        AttrSet(key="k", value=value),
        TrialFinished(number=0, state="failed", attrs={"k": value}),
        TrialQueued(number=0, params={"k": value}),
        StudyChanged(changes={"k": value}),
    ):
        with pytest.raises(InvalidValue, match=r"Use None, bool, int|Keep it as text"):
            stamped(event)


def test_nesting_has_an_end() -> None:
    value: Any = 1
    for _ in range(60):
        value = [value]
    stamped(AttrSet(key="k", value=value)).open()
    for _ in range(100_000):
        value = [value]
    with pytest.raises(InvalidValue, match="nested"):
        stamped(AttrSet(key="k", value=value))


@pytest.mark.parametrize(
    "event",
    [
        TrialFinished(number=0, state="complete", values={"loss": math.nan}),
        Reported(number=0, points=[Point(0.5), Point(math.inf)]),
        TrialStarted(number=0, params={"x": math.nan}),
        TrialStarted(number=0, params={}, state={"deep": [{"gp": [1.0, math.nan]}]}),
    ],
    ids=lambda event: type(event).__name__,
)
def test_numbers_that_are_not_finite_are_refused_wherever_they_stand(event: Event) -> None:
    with pytest.raises(InvalidValue, match=r"is (nan|inf)"):
        stamped(event)


def test_a_huge_event_is_refused() -> None:
    with pytest.raises(InvalidValue, match="bytes"):
        stamped(Noted(text="x" * LARGEST_BODY))


@given(st.data())
def test_the_checksum_notices_any_change(data: st.DataObject) -> None:
    envelope = stamped(TrialFinished(number=3, state="complete", values={"loss": 0.25}))
    name = data.draw(st.sampled_from([field for field in envelope.__struct_fields__ if field != "crc"]))
    old = getattr(envelope, name)
    other = {
        int: st.integers(-(2**63), 2**63 - 1), float: st.floats(), str: st.text(), bytes: st.binary(),
    }[type(old)]  # fmt: skip
    new = data.draw((other | st.none() | st.text()).filter(lambda value: repr(value) != repr(old)))
    with pytest.raises(Corrupt, match="checksum"):
        msgspec.structs.replace(envelope, **{name: new}).check()


def test_the_checksum_is_what_it_was_in_the_first_release() -> None:
    envelope = Stamped(7, "Noted", 1, b'{"text":"hi"}', 0, 1700000000.25, "1@host", 2, None)
    assert checksum(envelope) == 2929166288


def test_every_kind_survives_its_envelope() -> None:
    for name, kind in KINDS.items():
        event = msgspec.convert(_filled(kind), kind)
        envelope = stamped(event)
        assert (envelope.kind, envelope.open()) == (name, event)


def _filled(kind: type[Event]) -> dict[str, Any]:
    plain = {"points": [{"value": 0.5}], "params": {"x": 1}, "space": {}, "metrics": [], "changes": {"stopped": True}}
    required = [field for field in msgspec.structs.fields(kind) if field.required]
    return {field.name: plain.get(field.name, 1 if field.type is int else "text") for field in required}
