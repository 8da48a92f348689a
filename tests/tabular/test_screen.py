from __future__ import annotations

from types import SimpleNamespace

import pytest

pytest.importorskip("sklearn")

import tunesmith as ts
from tunesmith.tabular.screen import _two_columns, duration, edge_words, settings_text, why_others
from tunesmith.trial import FrozenTrial, TrialState


def test_edges():
    space = ts.SearchSpace(
        c=ts.Float(1e-3, 1e3, log=True), n=ts.Int(1, 100), k=ts.Int(1, 3), kind=ts.Categorical("a", "b"), f=ts.Fixed(1)
    )
    params = {"c": 1e3, "n": 1, "k": 3, "kind": "a", "f": 1}
    assert edge_words(space, {**params, "n": 100}) == ["c = 1000", "n = 100"]
    assert edge_words(space, {**params, "c": 1.0, "n": 50}) == []


def test_nothing_lies_beyond_a_natural_limit():
    space = ts.SearchSpace(share=ts.Float(0, 1), count=ts.Int(1, 300), penalty=ts.Float(0, 10), rate=ts.Float(0.1, 0.3))
    assert edge_words(space, {"share": 1.0, "count": 1, "penalty": 0.0, "rate": 0.3}) == ["rate = 0.3"]
    assert edge_words(space, {"share": 0.0, "count": 300, "penalty": 10.0, "rate": 0.2}) == [
        "count = 300",
        "penalty = 10",
    ]


@pytest.mark.parametrize(
    ("cells", "lines"), [(["a"], 1), (list("abcd"), 4), (list("abcde"), 3), (list("abcdefghij"), 5)]
)
def test_few_lines_for_many_algorithms(cells, lines):
    shown = _two_columns(cells)
    assert len(shown) == lines
    assert sorted("".join(shown).replace(" ", "")) == sorted(cells)


def test_words():
    assert settings_text({"algorithm": "svm", "svm.C": 0.123456, "svm.kernel": "rbf"}) == "C 0.1235, kernel rbf"
    assert [duration(s) for s in (0.05, 9.96, 61, 3600, 86_400 * 2)] == ["0.1 s", "10.0 s", "1 min", "1 h", "2 days"]


class Told:
    """What `why_others` reads of a tuned model: an error that the search expected between 129 and 147."""

    def __init__(self, *, tuned, default, before=147.7):
        scores = {"tuned": SimpleNamespace(score=tuned), "default": SimpleNamespace(score=default)}
        self.believed = SimpleNamespace(low=129.0, corrected=138.0, high=147.0)
        self.verdict = SimpleNamespace(of=scores.__getitem__)
        self.default = (
            None if before is None else FrozenTrial(number=0, state=TrialState.COMPLETE, values={"loss": before})
        )
        self.prepared = SimpleNamespace(target=SimpleNamespace(is_error=True))


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Told(tuned=130.0, default=136.0), ""),
        (
            Told(tuned=128.0, default=136.1),
            "; the test rows are easier, for the defaults too (147.7 in the search, 136.1",
        ),
        (
            Told(tuned=150.0, default=160.0),
            "; the test rows are harder, for the defaults too (147.7 in the search, 160 ",
        ),
        (Told(tuned=150.0, default=147.0), "; the test rows say something else, of the defaults less so (147.7 in the"),
        (Told(tuned=150.0, default=160.0, before=None), "; the test rows say something else"),
    ],
)
def test_a_test_set_that_says_something_else_is_explained(told, words):
    assert why_others(told)[: len(words) or None] == words
