"""What a ready-made space is made of: entries as data, what they may look at, and where their order comes from."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, final

from tunesmith.space import Categorical, Distribution, Int, Ordinal

PROBST = "Probst, Bischl, Boulesteix 2019, JMLR 20(53)"
"""Order by tunability, measured by the Brier score in the results that the authors published with the paper."""

VAN_RIJN = "van Rijn, Hutter 2018, KDD"
MANTOVANI = "Mantovani et al. 2024, Data Min. Knowl. Discov. 38"
BISCHL = "Bischl et al. 2023, WIREs Data Min. Knowl. Discov. 13(2)"
BERGSTRA = "Bergstra, Bengio 2012, JMLR 13"
FEURER = "Feurer et al. 2015 (auto-sklearn), NeurIPS"


@final
@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when a space is made: the size of the data, and what the estimator was given.

    Parameters
    ----------
    n, d
        Rows and columns of the data; None where unknown.
    own
        The estimator's own params: those of the instance, or the defaults of its class.
    classes
        Rows of each class, in the order of their labels; None where unknown.
    """

    n: int | None
    d: int | None
    own: Mapping[str, Any]
    classes: tuple[int, ...] | None = None

    def rows(self, otherwise: int) -> int:
        """Rows of the data, or a guess that is safe where they are unknown."""
        return otherwise if self.n is None else max(self.n, 1)

    def columns(self, otherwise: int = 20) -> int:
        """Columns of the data, or a typical number where they are unknown."""
        return otherwise if self.d is None else max(self.d, 1)

    def part(self, share: float, least: int, most: int, *, rows: int = 1000) -> int:
        """A share of the rows, but at least and at most so many."""
        return int(min(max(share * self.rows(rows), least), most))

    @property
    def unequal(self) -> bool | None:
        """Whether a class has less than half of the rows that equal classes would have; None where unknown."""
        if self.classes is None:
            return None
        return 2 * len(self.classes) * min(self.classes) < sum(self.classes)


Values: TypeAlias = Distribution | Callable[[Facts], Distribution | None]
"""The values that a parameter may take, or how to find them; None leaves the parameter out."""


@final
@dataclass(frozen=True, slots=True)
class Entry:
    """One hyperparameter: its values, and one line on what it does.

    Parameters
    ----------
    param
        The estimator's name of it.
    values
        A distribution with the estimator's own default, or a function of the facts that makes it. A condition on a
        parameter that is not searched looks at the estimator's own value of it.
    why
        One line for a practitioner.
    aliases
        Other names that the estimator knows it by, of which only one may be used.
    """

    param: str
    values: Values
    why: str
    aliases: tuple[str, ...] = ()

    def distribution(self, facts: Facts) -> Distribution | None:
        """The values for these facts; None leaves the parameter out."""
        return self.values if isinstance(self.values, Distribution) else self.values(facts)

    def name_in(self, own: Mapping[str, Any]) -> str:
        """The name by which the estimator was given it, else the usual one."""
        return next((alias for alias in self.aliases if own.get(alias) is not None), self.param)


@final
@dataclass(frozen=True, slots=True)
class EstimatorSpace:
    """The ready-made space of one estimator.

    Parameters
    ----------
    name, module
        Where the class is: `"SVC"` in `"sklearn.svm"`.
    source
        Where the order of the entries and their ranges come from.
    entries
        Its hyperparameters, the most tunable first.
    note
        What else a practitioner should know, or nothing.
    """

    name: str
    module: str
    source: str
    entries: tuple[Entry, ...]
    note: str = ""

    @property
    def package(self) -> str:
        """The package that the class comes from."""
        return self.module.partition(".")[0]


def both(
    stem: str,
    module: str,
    source: str,
    classifier: tuple[Entry, ...],
    regressor: tuple[Entry, ...] | None = None,
    note: str = "",
) -> tuple[EstimatorSpace, EstimatorSpace]:
    """The spaces of a classifier and a regressor, which share their entries unless two are given."""
    return (
        EstimatorSpace(f"{stem}Classifier", module, source, classifier, note),
        EstimatorSpace(f"{stem}Regressor", module, source, classifier if regressor is None else regressor, note),
    )


def _class_weights(facts: Facts) -> Categorical | None:
    return None if facts.unequal is False else Categorical(None, "balanced", default=None)


CLASS_WEIGHT = Entry(
    "class_weight", _class_weights, "balanced makes up for a rare class; not offered where classes are about equal."
)


def column_shares(default: Any) -> Callable[[Facts], Ordinal]:
    """How many columns a split may choose from: shares of them, with the estimator's default at its place.

    With few columns, shares that come to the same number are taken once.
    """
    words: dict[Any, Callable[[float], float]] = {"sqrt": math.sqrt, "log2": math.log2, None: float}

    def make(facts: Facts) -> Ordinal:
        d = facts.columns()
        found: dict[int, Any] = {}
        for share in (0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0):
            found.setdefault(max(int(share * d), 1), share)
        count = words[default](d) if default in words else default * d
        found[max(int(count), 1)] = default
        given = facts.own.get("max_features")
        if type(given) is int and given > 0:  # a number of columns, not a share of them
            found[given] = given
        choices = [found[count] for count in sorted(found)]
        return Ordinal(choices, default=default if any(one is default for one in choices) else given)

    return make


def depths(facts: Facts) -> Ordinal:
    """Depths of a tree, up to twice that of a balanced one with one row a leaf, and no limit."""
    deepest = max(2 * math.log2(facts.rows(1000)), 3)
    return Ordinal([depth for depth in (1, 2, 3, 4, 6, 8, 12, 16, 24) if depth <= deepest] + [None], default=None)


def clipped_int(low: int, high: int, *, default: int, log: bool = True) -> Int:
    """An Int whose default is moved into the range, where a small data set makes it short."""
    high = max(low, high)
    return Int(low, high, log=log, default=min(max(default, low), high))


def with_word(numbers: Sequence[float], word: Any, place: float) -> Ordinal:
    """Numbers in order, with a word of the estimator (its default) at the place of the number that it stands for."""
    below = [number for number in numbers if number < place]
    return Ordinal([*below, word, *(number for number in numbers if number >= place)], default=word)
