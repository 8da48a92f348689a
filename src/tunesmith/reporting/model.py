"""A report on a model that was tuned and tested: what the test says, and then all that its study tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, final

from tunesmith.analysis import Records
from tunesmith.reporting.study import ALL_TRIALS, Block, Code, Section, StudyReport, Table

Rows: TypeAlias = tuple[str, Sequence[str], Sequence[Sequence[Any]]]
"""A heading, the heads of the columns, and the rows."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class TunedModel:
    """What is known of a tuned model beyond its study, as plain values.

    Parameters
    ----------
    title, lead
        The headline, and the verdict in words.
    score
        The figure to look at first: a word and what to say.
    notes
        Further sentences.
    tables
        What comes before the study's own sections; the first stands under the notes.
    after
        What comes behind them.
    trials
        All trials, in place of the study's own table.
    code
        Heading -> text to copy.
    """

    title: str
    lead: str
    score: tuple[str, str]
    notes: Sequence[str]
    tables: Sequence[Rows]
    after: Sequence[Rows]
    trials: Rows
    code: Mapping[str, str]


def model_report(study: StudyReport, tuned: TunedModel) -> StudyReport:
    """The report of a study as that of the model which came of it.

    Parameters
    ----------
    study
        What `study_report` collected.
    tuned
        What the test said.

    Examples
    --------
    >>> plain = StudyReport(title="s", verdict="v", strip=(), sections=())
    >>> tuned = TunedModel(
    ...     title="risk",
    ...     lead="It won.",
    ...     score=("auc on the test set", "0.8"),
    ...     notes=["Opened once."],
    ...     tables=[("On the test set", ("model", "auc"), [("tuned", 0.8)])],
    ...     after=[],
    ...     trials=("All trials", ("trial", "auc"), [(0, 0.8)]),
    ...     code={},
    ... )
    >>> [section.heading for section in model_report(plain, tuned).sections]
    ['On the test set', 'All trials']
    """
    first, *others = tuned.tables
    own = [Section(first[0], (tuple(tuned.notes), _table(first)))]
    own += [Section(one[0], (_table(one),)) for one in others]
    kept = [section for section in study.sections if section.heading != ALL_TRIALS]
    end = [Section(one[0], (_table(one),)) for one in tuned.after]
    end += [Section(heading, tuple(_code(text))) for heading, text in tuned.code.items()]
    end.append(Section(tuned.trials[0], (Table(_records(tuned.trials), long=True),)))
    strip = (tuned.score, *study.strip)
    return replace(study, title=tuned.title, verdict=tuned.lead, strip=strip, sections=(*own, *kept, *end))


def _table(rows: Rows) -> Table:
    return Table(_records(rows))


def _records(rows: Rows) -> Records:
    return Records(tuple(rows[1]), tuple(tuple(row) for row in rows[2]))


def _code(text: str) -> Iterator[Block]:
    yield Code("Python", "python", text)
