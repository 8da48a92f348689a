"""A member of a family is complete with its file: found by name, final, and on a page of the documentation."""

from __future__ import annotations

import abc

import pytest

from tests.house.house import DOCS, members
from tunesmith import _plugins


@pytest.mark.parametrize(("family", "name"), members())
def test_a_member_is_found_by_its_name(family: str, name: str) -> None:
    assert name in _plugins.names(family)
    member = _plugins.load(family, name)
    assert "__final__" in vars(member)
    assert any(isinstance(base, abc.ABCMeta) for base in member.__mro__[1:]), "it implements the family's interface"
    assert member.__doc__


@pytest.mark.parametrize(("family", "name"), members())
def test_a_member_has_a_page(family: str, name: str) -> None:
    page = DOCS / _plugins.FAMILIES[family] / f"{name}.md"
    assert page.is_file(), f"write {page.relative_to(DOCS.parent)}"
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert "\n## When to use it\n" in text
    assert "\n## Reference\n" in text
    assert _plugins.load(family, name).__name__ in text
