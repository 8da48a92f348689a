"""`tunesmith compare`: two studies, or the choices inside one, on the same folds."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from tunesmith.cli._options import DEFAULT_STORAGE, JsonOption, StorageOption
from tunesmith.cli._output import print_json
from tunesmith.errors import UsageError
from tunesmith.study import Study, compare_choices
from tunesmith.study import compare as compare_studies

_One = Annotated[str, typer.Argument(metavar="A", help="Name or key of a study.")]
_Other = Annotated[str | None, typer.Argument(metavar="[B]", help="Name or key of the other one.")]
_By = Annotated[str | None, typer.Option(help="Compare the choices of this parameter in A, such as algorithm.")]
_Rope = Annotated[
    float | None, typer.Option(min=0.0, help="Differences up to this count as equal. [default: 0.01, or 1 %]")
]


def compare(
    one: _One,
    other: _Other = None,
    by: _By = None,
    rope: _Rope = None,
    storage: StorageOption = DEFAULT_STORAGE,
    json: JsonOption = False,
) -> None:
    """Say whether study A is better than B on the same folds. With how sure that is, and by how much."""
    if (other is None) == (by is None):
        raise UsageError(
            "Give either a second study or --by.", hint="tunesmith compare A B, or: tunesmith compare A --by algorithm."
        )
    first = Study.load(storage, one)
    found = (
        compare_choices(first, by, rope=rope)
        if by is not None
        else (compare_studies(first, Study.load(storage, other), rope=rope),)
    )
    if json:
        print_json([_plain(one) for one in found])
    else:
        print("\n".join(one.words for one in found))


def _plain(paired: Any) -> dict[str, Any]:
    return {
        **asdict(paired), "metric": paired.metric.name, "verdict": paired.verdict, "words": paired.words
    }  # fmt: skip
