"""What a locked test set said, and how often it was asked: kept with the study, and told wherever scores are told."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self, final

from tunesmith.trial import History

TEST_SET = "test_set"
"""Attribute of a study: how often its test set was opened, for which trial, and what it said."""


@final
@dataclass(frozen=True, slots=True)
class TestScore:
    """What the test set said.

    Parameters
    ----------
    metric
        What was measured, as the study has it.
    score, low, high
        The score, and the interval that holds the score on many such rows with 95 % confidence; NaN where the scorer
        cannot be asked again.
    rows
        How many rows it has.
    opened
        How often it was opened, this time included.
    """

    metric: str
    score: float
    low: float
    high: float
    rows: int
    opened: int

    __test__ = False

    @property
    def words(self) -> str:
        """One sentence."""
        times = "once" if self.opened == 1 else f"{self.opened} times: each look makes it less of a test"
        believed = f" (believe {self.low:.4g} to {self.high:.4g})" if math.isfinite(self.low) else ""
        return f"{self.metric} {self.score:.4g}{believed} on {self.rows:,} rows that were put aside, opened {times}"

    def dump(self) -> dict[str, Any]:
        """As JSON values; what is not known is None."""
        return {name: None if value != value else value for name, value in asdict(self).items()}

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Self:
        """From `dump`; fields of a later version are left out."""
        facts: dict[str, Any] = {k: math.nan if v is None else v for k, v in stored.items() if k in cls.__slots__}
        return cls(**facts)


def test_score_of(history: History) -> TestScore | None:
    """What the test set said of the last model that it was opened for; None where it was not, or is not told."""
    said = history.attrs.get(TEST_SET, {}).get("said")
    return None if said is None else TestScore.load(said)


test_score_of.__test__ = False  # type: ignore[attr-defined]  # for pytest, which takes it for a test
