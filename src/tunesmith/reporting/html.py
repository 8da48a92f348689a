"""A report as one HTML file: what was found, how sure, from what, with which settings, and all trials."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tunesmith.plots._tokens import ACCENT, BEST, COMPLETE, GROUND, LINE, QUIET, SURFACE, TEXT, theme_of


def _variables(theme: str) -> str:
    """The colours of a theme, one custom property a role."""
    colours = theme_of(theme).colours
    roles = (GROUND, SURFACE, LINE, TEXT, QUIET, ACCENT, BEST, COMPLETE)
    return " ".join(f"--{role}: {colours[role]};" for role in roles)


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
  overflow-x: auto;  font: 13px/1.5 ui-monospace, monospace; }
svg text { fill: var(--quiet); font: 13px system-ui, sans-serif; } svg .axis { stroke: var(--line); }
svg .point { fill: var(--complete); } svg .best { stroke: var(--best); fill: none; stroke-width: 2; }
@media print { body { max-width: none; } }
"""
)


def write_report(
    path: str | Path,
    *,
    title: str,
    lead: str,
    notes: Sequence[str],
    tables: Sequence[tuple[str, Sequence[str], Sequence[Sequence[Any]]]],
    code: Mapping[str, str],
    history: tuple[str, Sequence[tuple[int, float]], bool] | None = None,
) -> None:
    """Write the report; every text is escaped.

    Parameters
    ----------
    path
        The file.
    title, lead
        The headline, and the verdict in words.
    notes
        Further sentences, a paragraph each.
    tables
        Heading, column heads and rows of each table.
    code
        Heading -> text to copy.
    history
        The metric's name, (trial, value) of the complete trials, and whether larger is better.
    """
    body = [f"<h1>{_text(title)}</h1>", f'<p class="lead">{_text(lead)}</p>']
    body += [f"<p>{_text(note)}</p>" for note in notes]
    if history is not None and len(history[1]) > 1:
        body += ["<h2>Score by trial</h2>", _drawn(*history)]
    body += [_table(*table) for table in tables[:-1]]
    body += [f"<h2>{_text(heading)}</h2><pre>{_text(text)}</pre>" for heading, text in code.items()]
    body += [_table(*table) for table in tables[-1:]]
    page = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )
    target = Path(path)
    temporary = target.with_suffix(".part")
    temporary.write_text(page, encoding="utf-8", errors="replace")
    temporary.replace(target)


def _table(heading: str, heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    numeric = [all(isinstance(row[i], (int, float)) or row[i] is None for row in rows) for i in range(len(heads))]
    mark = [' class="n"' if one else "" for one in numeric]
    top = "".join(f"<th{m}>{_text(head)}</th>" for head, m in zip(heads, mark, strict=True))
    lines = (
        "<tr>" + "".join(f"<td{m}>{_cell(cell)}</td>" for cell, m in zip(row, mark, strict=True)) + "</tr>"
        for row in rows
    )
    return (
        f'<h2>{_text(heading)}</h2><div class="scroll"><table><thead><tr>{top}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _drawn(metric: str, points: Sequence[tuple[int, float]], larger: bool) -> str:
    width, height, left, foot = 960.0, 280.0, 64.0, 24.0
    values = sorted(value for _trial, value in points)
    middle = values[len(values) // 20 :] if larger else values[: len(values) - len(values) // 20]
    low, high = middle[0], middle[-1]
    outside = len(values) - len(middle)
    span = (high - low) or 1.0
    last = max(trial for trial, _value in points) or 1

    def place(trial: int, value: float) -> tuple[float, float]:
        inside = min(max(value, low), high)
        return left + (width - left - 8) * trial / last, 8 + (height - 8 - foot) * (1 - (inside - low) / span)

    best = points[0][1]
    steps: list[str] = []
    for trial, value in points:
        best = max(best, value) if larger else min(best, value)
        x, y = place(trial, best)
        steps.append(f"H{x:.1f}V{y:.1f}" if steps else f"M{x:.1f},{y:.1f}")
    dots = "".join(
        f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="3"><title>trial {trial}: {value:.6g}</title></circle>'
        for trial, value in points
        for x, y in [place(trial, value)]
    )
    arrow = "(higher is better)" if larger else "(lower is better)"
    beyond = f'<text x="{left}" y="{height - 4:.0f}">{outside} beyond this range</text>' if outside else ""
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="score by trial">'
        f'<line class="axis" x1="{left}" y1="{height - foot}" x2="{width}" y2="{height - foot}"/>'
        f'<text x="0" y="16">{high:.4g}</text><text x="0" y="{height - foot:.0f}">{low:.4g}</text>'
        f'<text x="{width - 64}" y="{height - 4:.0f}">trial {last}</text>{beyond}'
        f'{dots}<path class="best" d="{"".join(steps)}"/></svg>'
        f'<p class="quiet">{_text(metric)} {arrow}: dots are trials, the line is the best so far.</p>'
    )


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return _text(f"{value:.6g}" if isinstance(value, float) else str(value))


def _text(value: str) -> str:
    return html.escape(str(value), quote=True)
