"""`tunesmith spaces`: the ready-made search spaces, and why each parameter is in them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from tunesmith.cli._options import JsonOption
from tunesmith.cli._output import print_json, print_table, say, shown
from tunesmith.errors import UsageError
from tunesmith.sklearn.spaces import ESTIMATORS, SpaceRow, explain, find
from tunesmith.space import Distribution, Float, Int, Ordinal

_Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="An estimator, such as SVC; left out, all.")]
_Rows = Annotated[int | None, typer.Option("--rows", "-n", help="Rows of the data; some ranges follow them.", min=1)]
_Columns = Annotated[int | None, typer.Option("--columns", "-d", help="Columns of the data.", min=1)]
_Classes = Annotated[
    str | None, typer.Option("--classes", "-k", help="Rows of each class, such as 950,50: weights follow them.")
]


def spaces(
    name: _Name = None,
    rows: _Rows = None,
    columns: _Columns = None,
    classes: _Classes = None,
    json: JsonOption = False,
) -> None:
    """List the estimators with a ready-made space, or explain one. Ranges, defaults, conditions, and why."""
    if name is None:
        _list(json=json)
        return
    space = find(name)
    found = explain(space.name, n=rows, d=columns, classes=_counts(classes))
    if json:
        print_json({**_facts(space), "rows": rows, "columns": columns, "params": [_row(row) for row in found]})
        return
    print(f"{space.name} ({space.package}), the most tunable first")
    print_table(
        ("param", "values", "default", "active if", "what it does"),
        ((r.name, values_text(r.distribution), _default(r.distribution), _conditions(r), r.why) for r in found),
    )
    print(f"Source: {space.source}.")
    if space.note:
        print(f"Note: {space.note}")
    if rows is None or columns is None:
        say("Some ranges follow the data: --rows and --columns. In Python: ts.space_for(estimator, n=..., d=...).")


def _counts(text: str | None) -> list[int] | None:
    if text is None:
        return None
    counts = [part.strip() for part in text.split(",")]
    if len(counts) < 2 or not all(part.isdecimal() for part in counts):
        raise UsageError(f"--classes {text!r} is no list of numbers of rows.", hint="Write --classes 950,50.")
    return [int(part) for part in counts]


def values_text(distribution: Distribution) -> str:
    """The values of a distribution on one line: `0.001 to 1000, log`, `1, 2, ... 500 (9 in order)`.

    Examples
    --------
    >>> values_text(Float(1e-3, 1e3, log=True)), values_text(Ordinal(range(9)))
    ('0.001 to 1000, log', '0, 1, ... 8 (9 in order)')
    """
    if isinstance(distribution, Float | Int):
        return f"{distribution.low:g} to {distribution.high:g}{', log' * distribution.log}"
    choices = [shown_choice(choice) for choice in distribution.values()]
    if isinstance(distribution, Ordinal) and len(choices) > 8:
        return f"{choices[0]}, {choices[1]}, ... {choices[-1]} ({len(choices)} in order)"
    return ", ".join(choices)


def shown_choice(choice: Any) -> str:
    """A choice as Python writes it, on one line."""
    return f"{choice:g}" if isinstance(choice, float) else " ".join(shown(repr(choice)).split())


def _list(*, json: bool) -> None:
    if json:
        print_json([_facts(space) for space in ESTIMATORS])
        return
    print_table(
        ("estimator", "package", "params, the most tunable first"),
        ((space.name, space.package, ", ".join(entry.param for entry in space.entries)) for space in ESTIMATORS),
    )
    say(f"{len(ESTIMATORS)} estimators. More on one: tunesmith spaces {ESTIMATORS[0].name}")


def _facts(space: Any) -> dict[str, Any]:
    names = [entry.param for entry in space.entries]
    return {"name": space.name, "module": space.module, "source": space.source, "note": space.note, "params": names}


def _row(row: SpaceRow) -> dict[str, Any]:
    return {"name": row.name, "why": row.why, **row.distribution.dump()}


def _default(distribution: Distribution) -> str:
    return shown_choice(distribution.default)


def _conditions(row: SpaceRow) -> str:
    return " and ".join(condition.describe() for condition in row.distribution.conditions)
