from __future__ import annotations

import pytest

from tests.reporting.studies import SPACE, studied
from tunesmith.reporting import markdown, study_report


@pytest.mark.parametrize(("trials", "goals"), [(0, 1), (1, 1), (40, 1), (40, 2)])
def test_tables_are_even_and_nothing_is_markup(trials, goals):
    text = markdown(study_report(studied(trials, goals=goals)))
    outside = "".join(text.split("```")[::2])
    assert "<" not in outside
    blocks = [block.splitlines() for block in outside.split("\n\n") if block.startswith("|")]
    assert blocks
    for lines in blocks:
        assert len({line.replace("\\|", "").count("|") for line in lines}) == 1


def test_the_gist_is_told():
    study = studied(40)
    text = markdown(study_report(study))
    assert f"{study.best.value:.4g}" in text
    assert all(name in text for name in SPACE.names)
    assert "40 trials; the HTML report" in text
