"""A study's report as one page: no request to anywhere, complete without its script, fit to print."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tunesmith.analysis._records import shown
from tunesmith.plots._tokens import theme_of
from tunesmith.plots.figure import Figure
from tunesmith.reporting.study import Block, Code, Section, StudyReport, Table
from tunesmith.reporting.svg import drawn

_MOST_COLUMNS = 12
"""More columns find no room on an upright sheet of paper."""


def _variables(theme: str) -> str:
    return " ".join(f"--{role}: {colour};" for role, colour in theme_of(theme).colours.items())


_STYLE = (
    f":root {{ color-scheme: light dark; {_variables('light')} }}\n"
    f"@media (prefers-color-scheme: dark) {{ :root {{ {_variables('dark')} }} }}\n"
    """body { margin: 0 auto; max-width: 1280px; padding: 16px; background: var(--ground); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
h1 { font-size: 28px; margin: 16px 0 8px; } h2 { font-size: 20px; margin: 32px 0 8px; }
.lead { font-size: 20px; margin: 0 0 8px; } .quiet { color: var(--quiet); font-size: 13px; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; }
th, td { padding: 4px 16px 4px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { color: var(--quiet); font-weight: 600; font-size: 13px; } td.n, th.n { text-align: right; }
pre { background: var(--surface); border: 1px solid var(--line); border-radius: 4px; padding: 8px 16px;
  overflow-x: auto; font: 13px/1.5 ui-monospace, monospace; }
svg text { fill: var(--quiet); font: 13px system-ui, sans-serif; }
.strip { display: flex; flex-wrap: wrap; gap: 8px 32px; margin: 16px 0; padding: 16px 0;
  border: solid var(--line); border-width: 1px 0; }
.strip div { display: flex; flex-direction: column-reverse; } .strip dd { margin: 0; font-size: 20px; }
.strip dt { color: var(--quiet); font-size: 13px; } dl { margin: 0; }
nav { font-size: 13px; line-height: 2; } nav a { margin-right: 16px; } a { color: var(--accent); }
p, li { max-width: 75ch; } ul { padding-left: 24px; } figure { margin: 24px 0; } figcaption b { font-weight: 600; }
figure svg { display: block; min-width: 720px; max-width: 1080px; width: 100%; height: auto; }
.tall { max-height: 640px; overflow: auto; border: 1px solid var(--line); border-radius: 4px; }
.tall th { position: sticky; top: 0; background: var(--surface); } .tall th, .tall td { padding-left: 16px; }
td { max-width: 48ch; overflow-wrap: break-word; } td.n { white-space: nowrap; }
h3 { font-size: 13px; margin: 16px 0 4px; }
button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
th[aria-sort=ascending] button::after { content: " ↑"; } th[aria-sort=descending] button::after { content: " ↓"; }
@media print { body { max-width: none; } :root { color-scheme: light; """
    f"{_variables('light')}"
    """ } nav { display: none; } .tall { max-height: none; overflow: visible; border: 0; }
  .scroll { overflow: visible; } figure { break-inside: avoid; } figure svg { min-width: 0; }
  h2, h3 { break-after: avoid; }
  table { font-size: 11px; } thead { display: table-header-group; } tr { break-inside: avoid; }
  .tall th { position: static; } .tall th, .tall td { padding: 2px 4px; } pre { white-space: pre-wrap; }
  .wide thead { display: none; } .wide table, .wide tbody { display: block; }
  .wide tr { display: block; padding: 2px 0; border-bottom: 1px solid var(--line); }
  .wide td, .tall.wide td { display: inline; padding: 0 12px 0 0; border: 0; white-space: normal; }
  .wide td:before { color: var(--quiet); } .tall.wide td.o { display: none; } }
"""
)
_SCRIPT = """
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  table.querySelectorAll("th").forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      const key = row => row.cells[column].textContent;
      const order = (a, b) => {
        const [x, y] = [key(a), key(b)];
        if (x === "-" || y === "-") return (x === "-") - (y === "-");
        const gap = Number(x) - Number(y);
        return (Number.isNaN(gap) ? x.localeCompare(y) : gap) * (down ? -1 : 1);
      };
      body.append(...[...body.rows].sort(order));
      table.querySelectorAll("th").forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
    });
  });
}
"""
_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
)


def page(report: StudyReport) -> str:
    """The report as one HTML page; every text of it is escaped."""
    strip = "".join(f"<div><dt>{_text(word)}</dt><dd>{_text(told)}</dd></div>" for word, told in report.strip)
    links = "".join(f'<a href="#s{k}">{_text(one.heading)}</a>' for k, one in enumerate(report.sections))
    body = "\n".join(_section(k, one) for k, one in enumerate(report.sections))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{_text(report.title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        f'<h1>{_text(report.title)}</h1><p class="lead">{_text(report.verdict)}</p>'
        f'<dl class="strip">{strip}</dl><nav>{links}</nav>\n{body}\n<script>{_SCRIPT}</script></body></html>\n'
    )


def write(path: Path, text: str) -> None:
    """Write a report whole or not at all."""
    temporary = path.with_name(f"{path.name}.part")
    temporary.write_text(text, encoding="utf-8", errors="replace")
    temporary.replace(path)


def _section(place: int, section: Section) -> str:
    return f'<section id="s{place}"><h2>{_text(section.heading)}</h2>{"".join(map(_block, section.blocks))}</section>'


def _block(block: Block) -> str:
    if isinstance(block, str):
        return f"<p>{_text(block)}</p>"
    if isinstance(block, tuple):
        return f"<ul>{''.join(f'<li>{_text(item)}</li>' for item in block)}</ul>"
    if isinstance(block, Code):
        return f"<h3>{_text(block.title)}</h3><pre>{_text(block.text)}</pre>"
    if isinstance(block, Figure):
        caption = f'<b>{_text(block.title)}</b><br><span class="quiet">{_text(block.subtitle)}</span>'
        return f'<figure><figcaption>{caption}</figcaption><div class="scroll">{drawn(block)}</div></figure>'
    return _table(block)


def _table(table: Table) -> str:
    heads, rows = table.records.heads, table.records.rows
    numeric = [all(_is_number(row[k]) for row in rows) for k in range(len(heads))]
    mark = [' class="n"' if one else "" for one in numeric]
    top = "".join(f"<th{m}>{_text(head)}</th>" for head, m in zip(heads, mark, strict=True))
    cell_of = _cell if table.long else _shown
    lines = "\n".join(
        "<tr>"
        + "".join(f"<td{_off(cell, m)}>{cell_of(cell)}</td>" for cell, m in zip(row, mark, strict=True))
        + "</tr>"
        for row in rows
    )
    outer, inner = ("scroll tall", ' class="sortable"') if table.long else ("scroll", "")
    outer, style = (f"{outer} wide", _named(heads)) if len(heads) > _MOST_COLUMNS else (outer, "")
    table_of = f"<table{inner}><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>"
    return f'{style}<div class="{outer}">{table_of}</div>'


def _named(heads: Sequence[str]) -> str:
    """Style for print that names each cell, as more columns than a sheet has room for stand as lines of text there."""
    rules = (f'.wide td:nth-child({k}):before {{ content: "{_escaped(head)} "; }}' for k, head in enumerate(heads, 1))
    return f"<style>@media print {{ {' '.join(rules)} }}</style>"


def _escaped(name: str) -> str:
    """A name inside a string of a style sheet: whatever could end it is told by its number."""
    return "".join(one if one.isascii() and one.isalnum() else f"\\{ord(one):x} " for one in name)


def _off(cell: Any, mark: str) -> str:
    """The mark of a cell; one that is empty may be passed over where there is no room."""
    return mark if cell is not None else ' class="n o"' if mark else ' class="o"'


def _cell(value: Any) -> str:
    """A value that is sorted by: six digits."""
    if value is None:
        return "-"
    return _text(f"{value:.6g}" if isinstance(value, float) else value)


def _shown(value: Any) -> str:
    return _text(shown(value))


def _is_number(cell: Any) -> bool:
    return cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool))


def _text(value: object) -> str:
    return html.escape(str(value), quote=True)
