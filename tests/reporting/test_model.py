from __future__ import annotations

import pytest

from tests.reporting.studies import NAME, Page, studied
from tunesmith.reporting import TunedModel, markdown, model_report, page, study_report

HEADS = ("trial", "auc")


def told(word):
    return TunedModel(
        title=word, lead=word, score=(word, word), notes=[word],
        tables=[("On the test set", ("model", word), [(word, 0.5)]), ("Algorithms", (word,), [(word,)])],
        after=[("Columns", ("column",), [(word,)])],
        trials=("All trials", HEADS, [(1, 0.5), (0, None)]), code={"Repeat the score": f"print({word!r})"},
    )  # fmt: skip


@pytest.mark.parametrize("trials", [0, 30])
def test_the_test_comes_first_and_its_own_trials_last(trials):
    study = study_report(studied(trials))
    found = model_report(study, told("german"))
    headings = [section.heading for section in found.sections]
    assert headings[:2] == ["On the test set", "Algorithms"]
    assert headings[-3:] == ["Columns", "Repeat the score", "All trials"]
    assert [one.heading for one in study.sections][:-1] == headings[2:-3]
    assert found.strip == (("german", "german"), *study.strip)
    [table] = found.sections[-1].blocks
    assert table.long
    assert table.records.heads == HEADS


@pytest.mark.parametrize("word", [NAME, "a\udc80b \"'&<"])
def test_hostile_words_are_inert(word):
    found = model_report(study_report(studied(5)), told(word))
    text = page(found)
    assert word not in text
    assert text.count("<script") == 1
    assert Page(text).text.count(" ".join(word.split())) >= 8
    assert "<" not in "".join(markdown(found).split("```")[::2])
