"""Who is measured: `name:argument=value,argument=value`, each as two functions, ask and tell."""

from __future__ import annotations

import abc
import ast
import warnings
from typing import Any, NamedTuple, final

import tunesmith as ts
from benchmarks.searching.problem import Point
from tunesmith import _plugins


class Asked(NamedTuple):
    """A suggestion: what is tried, which part of the method chose it, and what the method needs to be told of it."""

    params: Point
    member: str
    handle: Any


class Method(abc.ABC):
    """A search by ask and tell. Values are minimised; None means that the evaluation failed."""

    @abc.abstractmethod
    def ask(self, n: int) -> list[Asked]:
        """The next points; fewer than n where a finite search ran out."""

    @abc.abstractmethod
    def tell(self, asked: Asked, value: float | None) -> None:
        """What came out at one of them."""

    def recommend(self, tried: list[tuple[Point, float]]) -> Point:
        """The point to use after a noisy search: that of the best value seen, where the method has no opinion."""
        return min(tried, key=lambda pair: pair[1])[0]

    def note(self) -> str:
        """What should be known of the run afterwards: versions, warnings."""
        return ""

    def fallbacks(self) -> int:
        """For how many trials a model failed numerically, and something simpler chose the point."""
        return 0


@final
class Ours(Method):
    """A sampler of tunesmith, driven through a study in memory."""

    def __init__(self, space: ts.SearchSpace, seed: int, sampler: str, arguments: dict[str, Any]) -> None:
        member = _plugins.load("sampler", sampler)(**arguments)
        self._study = ts.Study(space, ts.Metric("loss"), sampler=member, seed=seed)
        self._warned: list[str] = []
        self._fallbacks = 0

    def ask(self, n: int) -> list[Asked]:
        """See `Method.ask`; what the sampler warns of is kept for the note."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                trials = self._study.ask(n=n) if n > 1 else [self._study.ask()]
            except ts.TunesmithError as error:
                if type(error).__name__ != "SearchExhausted":
                    raise
                trials = []
        self._warned += [str(warning.message) for warning in caught]
        return [Asked(trial.params, self._member(trial.number), trial) for trial in trials]

    def _member(self, number: int) -> str:
        why = self._study.history.trial(number).why or {}
        self._fallbacks += why.get("phase") == "fallback"
        return str(why.get("member", why.get("sampler", "")))

    def tell(self, asked: Asked, value: float | None) -> None:
        """See `Method.tell`."""
        if value is None:
            self._study.tell(asked.handle, state="failed")
        else:
            self._study.tell(asked.handle, value)

    def recommend(self, tried: list[tuple[Point, float]]) -> Point:
        """The best posterior mean where the study has a model, the study's best trial otherwise."""
        model = getattr(self._study, "model", None)
        if model is None:
            return self._study.best.params
        try:
            fitted = model()
        except ts.TunesmithError:
            return self._study.best.params
        points = [params for params, _ in tried]
        means = [fitted.predict(params)[0] for params in points]
        return points[min(range(len(points)), key=means.__getitem__)]

    def note(self) -> str:
        """The first warning, and how many there were."""
        return f"{len(self._warned)} warnings: {self._warned[0][:200]}" if self._warned else ""

    def fallbacks(self) -> int:
        """See `Method.fallbacks`."""
        return self._fallbacks


def parse(method: str) -> tuple[str, dict[str, Any]]:
    """`gp:acquisition=ei,cheap=True` as a name and arguments; what is no Python literal is text.

    Examples
    --------
    >>> parse("gp:acquisition=ei,cheap=True")
    ('gp', {'acquisition': 'ei', 'cheap': True})
    """
    name, _, rest = method.partition("#")[0].partition(":")
    arguments = {}
    for part in filter(None, rest.split(",")):
        key, _, text = part.partition("=")
        try:
            arguments[key] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            arguments[key] = text
    return name, arguments


def is_ours(method: str) -> bool:
    """Whether it is a sampler of tunesmith."""
    return parse(method)[0] in _plugins.names("sampler")


def make(method: str, space: ts.SearchSpace, seed: int) -> Method:
    """The method, ready to be asked.

    Raises
    ------
    LookupError
        If nothing has that name.
    ImportError
        If a peer is not installed in this interpreter.
    """
    from benchmarks.searching import peers  # noqa: PLC0415 - it needs this module

    name, arguments = parse(method)
    if is_ours(method):
        return Ours(space, seed, name, arguments)
    if name in peers.PEERS:
        return peers.PEERS[name](space, seed, **arguments)
    known = [*_plugins.names("sampler"), *peers.PEERS]
    raise LookupError(f"There is no method {name!r}; known: {', '.join(known)}.")
