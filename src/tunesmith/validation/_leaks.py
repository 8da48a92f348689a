"""What a leak is, and what is done about those found: errors for the certain ones, warnings for the likely."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, final

from tunesmith.errors import InvalidData, TunesmithWarning, UnknownName, did_you_mean

LEAKS = {
    "shared_rows": "a row is in train and test of one fold",
    "torn_groups": "rows of one group are in train and test of one fold",
    "time_order": "a model is fitted on rows that come after those that judge it",
    "unstable_folds": "the splitter deals other folds at each call",
    "watched_rows": "rows that are given to stop fits early by are rows that score",
    "duplicate_rows": "the same row stands in train and in test",
    "near_duplicates": "nearly the same row stands in train and in test",
    "target_copy": "a column is the target in other clothes: one-to-one, or a monotone function of it",
    "target_encoded": "a column holds the target's mean for each of its values, taken over all rows",
    "future_target": "a column holds the target of a later row",
    "single_column": "one column alone predicts the target nearly perfectly",
    "id_column": "a column numbers or names the rows",
    "fitted_outside": "columns were scaled or rotated with all rows, those that judge included",
}
"""Everything that is looked for: name -> what it is."""


@final
@dataclass(frozen=True, slots=True)
class Leak:
    """One thing that lets a model see what judges it.

    Parameters
    ----------
    name
        Of `LEAKS`; what waives it.
    certain
        Whether it is an error, not only likely.
    evidence
        What was seen, in words.
    remedy
        What to do.
    columns
        The columns concerned, if any.
    """

    name: str
    certain: bool
    evidence: str
    remedy: str
    columns: tuple[str, ...] = ()


@final
@dataclass(frozen=True, slots=True)
class LeakReport:
    """What was found before the first fit.

    Parameters
    ----------
    found
        The leaks, the certain ones first.
    allowed
        The names that were waived.

    Examples
    --------
    >>> report = LeakReport((Leak("id_column", False, "Column 'row' numbers the rows.", "Drop it.", ("row",)),), ())
    >>> report.table()[0]["leak"], report.errors
    ('id_column', ())
    """

    found: tuple[Leak, ...]
    allowed: tuple[str, ...]

    @property
    def errors(self) -> tuple[Leak, ...]:
        """Certain leaks that nobody waived."""
        return tuple(leak for leak in self.found if leak.certain and leak.name not in self.allowed)

    @property
    def likely(self) -> tuple[Leak, ...]:
        """Likely leaks that nobody waived."""
        return tuple(leak for leak in self.found if not leak.certain and leak.name not in self.allowed)

    def table(self) -> list[dict[str, Any]]:
        """One dict a leak: what `pandas.DataFrame(...)` and JSON take."""
        return [
            {
                "leak": leak.name,
                "how sure": "certain" if leak.certain else "likely",
                "waived": leak.name in self.allowed,
                "evidence": leak.evidence,
                "remedy": leak.remedy,
                "columns": list(leak.columns),
            }
            for leak in self.found
        ]

    def card(self) -> dict[str, Any]:
        """What a study remembers: what was waived, and what was found."""
        return {"allowed": list(self.allowed), "found": [[leak.name, leak.evidence] for leak in self.found]}

    def tell(self, *, waive: str = "allow=({name!r},)", stacklevel: int = 2) -> None:
        """Raise for the certain ones, warn of the likely ones.

        Parameters
        ----------
        waive
            How a leak is waived where the reader is, with `{name}` in it.
        stacklevel
            Of the warnings.

        Raises
        ------
        InvalidData
            With every certain leak that nobody waived.
        """
        for leak in self.likely:
            told = f"{leak.evidence} {leak.remedy} If it is right as it is: {waive.format(name=leak.name)}."
            warnings.warn(told, TunesmithWarning, stacklevel=stacklevel + 1)
        if self.errors:
            names = ", ".join(waive.format(name=leak.name) for leak in self.errors)
            raise InvalidData(
                "The score would be too good. " + " ".join(leak.evidence for leak in self.errors),
                hint=f"{' '.join(leak.remedy for leak in self.errors)} If it is right as it is: {names}.",
            )


def leaks_report(leaks: Iterable[Leak], allowed: Collection[str]) -> LeakReport:
    """Put leaks in order, the certain ones first."""
    return LeakReport(tuple(sorted(leaks, key=lambda leak: not leak.certain)), tuple(sorted(set(allowed))))


def require_known(allowed: Any) -> tuple[str, ...]:
    """The names of leaks that are waived, checked.

    Raises
    ------
    UnknownName
        If one is no leak that is looked for.

    Examples
    --------
    >>> require_known("id_column"), require_known(["shared_rows", "id_column"])
    (('id_column',), ('shared_rows', 'id_column'))
    """
    names = (allowed,) if isinstance(allowed, str) else tuple(allowed or ())
    for name in names:
        if name not in LEAKS:
            raise UnknownName(f"There is no leak {name!r} to allow.", hint=did_you_mean(str(name), LEAKS))
    return names
