"""The prompt of `--sampler manual`: shows what was tried, and asks for the next params."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from tunesmith.cli._output import complain, params_text, say
from tunesmith.errors import TunesmithError
from tunesmith.samplers.manual import ManualSampler
from tunesmith.trial import History

_SHOWN = 5


def manual_sampler() -> ManualSampler:
    """A manual sampler that asks at the terminal."""
    return ManualSampler(ask)


def ask(history: History) -> Mapping[str, Any] | None:
    """Show the best and the last trials, then read `name=value` pairs until they fit; an empty line ends the search."""
    ranked = sorted(history.complete(), key=lambda trial: history.metric.sign * trial.value)[:_SHOWN]
    say()
    for trial in ranked:
        say(f"  {trial.value:.6g}  trial {trial.number}  {params_text(trial.params)}")
    say("Next params as name=value name=value (others take their defaults), or an empty line to end.")
    say(f"Names: {_names(history)}")
    while True:
        sys.stderr.write("> ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line.strip():
            return None
        try:
            return history.space.check_partial(parse(line))
        except TunesmithError as error:
            complain(error)


def parse(line: str) -> dict[str, Any]:
    """Read `lr=0.01 kernel=rbf n=3`: JSON values where they are, text otherwise.

    Examples
    --------
    >>> parse("lr=0.01 kernel=rbf deep=true")
    {'lr': 0.01, 'kernel': 'rbf', 'deep': True}
    """
    found: dict[str, Any] = {}
    for word in line.split():
        name, _, text = word.partition("=")
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return found


def _names(history: History) -> str:
    names = ", ".join(history.space.names[:12])
    return names + (", ..." if len(history.space) > 12 else "")
