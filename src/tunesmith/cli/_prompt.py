"""The prompt of `--sampler manual`: shows what was tried, and asks for the next params."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from tunesmith.cli._output import complain, params_text, say
from tunesmith.cli.spaces_cmd import shown_choice, values_text
from tunesmith.errors import TunesmithError
from tunesmith.samplers.manual import ManualSampler
from tunesmith.space import UNSET, Categorical, Distribution, Ordinal
from tunesmith.trial import History

_SHOWN = 5


def manual_sampler() -> ManualSampler:
    """A manual sampler that asks at the terminal."""
    return ManualSampler(ask)


def ask(history: History) -> Mapping[str, Any] | None:
    """Show what was tried, the best first, and ask until an answer fits; None ends the search."""
    _show(history)
    say("Another trial? y asks for each parameter, name=value pairs say them at once; Enter, q or Ctrl-D ends.")
    while True:
        line = _read("> ")
        try:
            if line is None or not line:
                return None
            answer = _ask_each(history) if line.casefold() in {"y", "yes"} else parse(line)
            return None if answer is None else history.space.check_partial(answer)
        except TunesmithError as error:
            complain(error)


def _show(history: History) -> None:
    ranked = sorted(history.complete(), key=lambda trial: history.metric.sign * trial.value)
    say()
    if finished := history.finished():
        last = max(finished, key=lambda trial: trial.number)
        cause = f" ({last.error.type}: {last.error.message})" if last.error else ""
        say(f"Trial {last.number}: {f'{last.value:.6g}' if last.values else last.state.value}{cause}")
    if ranked:
        say(f"The best so far, {history.metric.direction} {history.metric.name}:")
    for trial in ranked[:_SHOWN]:
        say(f"  {trial.value:<10.6g}  trial {trial.number:<4} {params_text(trial.params)}")


def _ask_each(history: History) -> dict[str, Any] | None:
    """Ask for each parameter that is active by the answers before it; None if the person ends it."""
    best = {} if history.best is None else history.best.params
    found: dict[str, Any] = {}

    def unit(name: str) -> float:
        distribution = history.space[name]
        offered = best.get(name, distribution.default)
        found[name] = offered if distribution.size == 1 else _ask_one(name, distribution, offered)
        return distribution.to_unit(found[name])

    say("Enter keeps what is in brackets.")
    try:
        history.space.decode(unit, {})
    except EOFError:
        return None
    return found


def _ask_one(name: str, distribution: Distribution, offered: Any) -> Any:
    kept = "" if offered is UNSET else f" [{shown_choice(offered)}]"
    while True:
        line = _read(f"{name} ({values_text(distribution)}){kept}: ")
        if line is None:
            raise EOFError
        if not line and offered is not UNSET:
            return offered
        try:
            return _value(line, name, distribution)
        except TunesmithError as error:
            complain(error)


def _value(text: str, name: str, distribution: Distribution) -> Any:
    """What was typed as a value of the parameter: a choice as it is shown, JSON, or text."""
    if isinstance(distribution, Categorical | Ordinal):
        for choice in distribution.values():
            if text in {str(choice), shown_choice(choice)}:
                return choice
    return distribution.check(_plain(text), name)


def _read(prompt: str) -> str | None:
    """One line without spaces around it; None at the end of input and for `q`."""
    sys.stderr.write(prompt)
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        say()
    return None if not line or line.strip().casefold() in {"q", "quit"} else line.strip()


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
        found[name] = _plain(text)
    return found


def _plain(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
