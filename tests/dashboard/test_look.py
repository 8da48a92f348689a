"""The page's colours are the plots' colours, and every text on it can be read in both themes."""

from __future__ import annotations

import re

import pytest

from tests.plots.test_tokens import contrast
from tunesmith.dashboard.app import STATIC
from tunesmith.plots._tokens import MARKS, THEMES, Theme

SHEET = re.sub(r"/\*.*?\*/", "", (STATIC / "page.css").read_text(), flags=re.DOTALL)
BLOCKS = {
    ":root": "light",
    ':root:not([data-theme="light"])': "dark",
    ':root[data-theme="dark"]': "dark",
}
"""Where the sheet sets its colours -> for which theme."""

RULES = [(head.strip(), body) for head, body in re.findall(r"([^{}]+)\{([^{}]*)\}", SHEET)]


def variables(block):
    [body] = [body for head, body in RULES if head == block]
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", body))


@pytest.mark.parametrize("block", BLOCKS)
def test_the_sheet_has_the_colours_of_the_tokens(block):
    theme: Theme = THEMES[BLOCKS[block]]
    told = variables(block)
    assert told == {role: theme.colours[role] for role in told}
    assert {*(str(mark.colour) for mark in MARKS.values()), "best", "ground", "text"} <= set(told)


def test_the_sheet_has_no_colour_of_its_own_and_uses_none_that_is_not_set():
    assert set(re.findall(r"var\(--([a-z-]+)\)", SHEET)) <= set(variables(":root"))
    for head, body in RULES:
        if head not in BLOCKS:
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b", body), head
    for script in STATIC.glob("*.js"):
        text = script.read_text()
        assert set(re.findall(r"var\(--([a-z-]+)\)", text)) <= set(variables(":root")), script.name


@pytest.mark.parametrize("name", THEMES)
def test_every_text_can_be_read(name):
    """A rule that sets a ground of its own is measured on it; any other on both grounds of the page."""
    colours, measured = THEMES[name].colours, 0
    for head, body in RULES:
        for text in re.findall(r"(?<![-\w])color: var\(--([a-z-]+)\)", body):
            own = re.findall(r"background: var\(--([a-z-]+)\)", body)
            for ground in own or ("ground", "surface"):
                measured += 1
                assert contrast(colours[text], colours[ground]) >= 4.5, (head, text, ground)
    assert measured > 20
