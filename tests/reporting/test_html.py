from __future__ import annotations

import re
from html.parser import HTMLParser

from tunesmith.reporting import write_report


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


def parts(**changes):
    return {
        "title": "risk in german",
        "lead": "it won",
        "notes": ["one"],
        "tables": [
            ("Scores", ("model", "auc"), [("tuned", 0.5)]),
            ("Trials", ("trial", "value"), [(0, 0.5), (1, None)]),
        ],
        "code": {"Best": "{}"},
        "history": ("auc", [(0, 0.5), (1, 0.7), (3, 0.6)], True),
        **changes,
    }


def test_one_file_without_outside_assets(tmp_path):
    write_report(tmp_path / "r.html", **parts())
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(page)
    assert not {tag for tag, _ in tags.seen} & {"script", "link", "img", "iframe", "object"}
    assert not re.search(r"""(src|href|url\()\s*=?\s*["']?(https?:)?//""", page)
    assert "Content-Security-Policy" in page
    assert page.count("<circle") == 3


def test_hostile_words_are_inert(tmp_path):
    evil = "<script>alert(1)</script>\"'&"
    write_report(
        tmp_path / "r.html",
        **parts(
            title=evil,
            lead=evil,
            notes=[evil],
            tables=[(evil, (evil,), [(evil,)]), (evil, (evil,), [(evil,)])],
            code={evil: evil},
            history=(evil, [(0, 1.0), (1, 2.0)], False),
        ),
    )
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 10


def test_few_and_many_trials(tmp_path):
    for points in ([], [(0, 1.0)], [(0, 1.0), (1, 1.0)], [(i, float(i % 97)) for i in range(5_000)]):
        write_report(tmp_path / "r.html", **parts(history=("loss", points, False)))
        assert (tmp_path / "r.html").stat().st_size < 2_000_000


def test_lone_surrogates_do_not_break_it(tmp_path):
    write_report(tmp_path / "r.html", **parts(title="a\udc80b"))
    assert (tmp_path / "r.html").exists()
