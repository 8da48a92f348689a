from __future__ import annotations

import itertools

import pytest

from tunesmith.errors import UsageError
from tunesmith.plots._tokens import ACCENT, BEST_MARK, GROUND, LINE, MARKS, QUIET, SURFACE, TEXT, THEMES, theme_of
from tunesmith.trial import TrialState


def luminance(colour: str) -> float:
    """As WCAG 2 defines it."""
    parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read(theme: str) -> None:
    colours = theme_of(theme).colours
    for text, ground in itertools.product((TEXT, QUIET, ACCENT), (GROUND, SURFACE)):
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


@pytest.mark.parametrize("theme", THEMES)
def test_marks_are_seen(theme: str) -> None:
    """A mark has shape and colour; as WCAG 2.1 asks of either (1.4.11), at least 3 to 1, on rows in hand, too."""
    colours = theme_of(theme).colours
    for mark, ground in itertools.product((*MARKS.values(), BEST_MARK), (GROUND, SURFACE)):
        assert contrast(colours[mark.colour], colours[ground]) >= 3.0, (mark.word, ground)
    assert contrast(colours[LINE], colours[GROUND]) < 2.0, "a grid is quieter than any mark"


def test_every_state_has_its_own_shape() -> None:
    assert set(MARKS) == set(TrialState)
    shapes = {mark.symbol for state, mark in MARKS.items() if state is not TrialState.PAUSED}
    assert len(shapes) == len(TrialState) - 1, "paused is running"


def test_themes_have_the_same_roles() -> None:
    assert THEMES["light"].colours.keys() == THEMES["dark"].colours.keys()
    with pytest.raises(UsageError, match="There is no theme 'drak'"):
        theme_of("drak")
