"""The events of a study in words, for the feed that stands beside the figures."""

from __future__ import annotations

from typing import Any

from tunesmith.trial import (
    AttrSet,
    Event,
    FrozenTrial,
    Judged,
    Metric,
    Noted,
    SpaceExtended,
    Stamped,
    StudyChanged,
    StudyCreated,
    TrialFinished,
    TrialQueued,
    TrialRequeued,
    TrialStarted,
)

_LONGEST = 160


def told(
    stamped: Stamped, event: Event | None, metric: Metric, best_before: FrozenTrial | None
) -> dict[str, Any] | None:
    """One event as the feed shows it: when, which trial, its mark and a sentence; None where it is nobody's news.

    Parameters
    ----------
    stamped, event
        The event in its envelope, and opened.
    metric
        The study's first metric.
    best_before
        The best trial before this event, so that a better one is told as such.
    """
    said = _said(event, metric, best_before)
    if said is None:
        return None
    mark, text = said
    number = getattr(event, "number", None)
    return {"seq": stamped.seq, "at": stamped.written, "number": number, "mark": mark, "text": _short(text)}


def _said(event: Event | None, metric: Metric, best: FrozenTrial | None) -> tuple[str, str] | None:
    match event:
        case StudyCreated():
            return "note", f"Study created: {metric.direction} {metric.name}"
        case TrialStarted(why=why, origin=origin):
            return "running", f"started, chosen by {why.get('member') or origin or 'hand'}"
        case TrialFinished():
            return _ended(event, metric, best)
        case TrialQueued(origin=origin):
            return "queued", "queued" if origin == "enqueued" else f"queued ({origin})"
        case TrialRequeued(reason=reason):
            return "queued", f"queued again: {reason}" if reason else "queued again"
        case Judged(action=action, why=why) if action != "continue":
            return "stopped early", "asked to stop" if why.get("by") == "person" else f"{action}"
        case Noted(text=text):
            return "note", f"Note: {text}"
        case StudyChanged(changes=changes):
            return _changed(changes)
        case SpaceExtended(reason=reason):
            return "note", f"The space grew: {reason}" if reason else "The space grew"
        case AttrSet(key=key):
            return "note", f"{key} was set"
        case _:
            return None


def _ended(event: TrialFinished, metric: Metric, best: FrozenTrial | None) -> tuple[str, str]:
    if event.state == "failed":
        message = "" if event.error is None else event.error.message.strip().partition("\n")[0]
        kind = event.reason if event.error is None else event.error.type
        return "failed", f"failed: {kind}{': ' if message else ''}{message}"
    if event.state == "pruned":
        return "stopped early", f"stopped early{': ' if event.reason else ''}{event.reason}"
    value = event.values.get(metric.name)
    if value is None:
        return "complete", "complete"
    if best is None or metric.better(value, than=best.value):
        return "best", f"{metric.name} {value:.4g}, the best so far"
    return "complete", f"{metric.name} {value:.4g}"


def _changed(changes: dict[str, Any]) -> tuple[str, str] | None:
    if changes.get("stopped"):
        return "note", "The study was stopped"
    if isinstance(trials := (changes.get("order") or {}).get("trials"), int):
        return "note", f"The budget is now {trials:,} trials"
    if changes.get("stopped") is False:
        return "note", "The study goes on"
    return ("note", f"Renamed to {changes['name']}") if "name" in changes else None


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
