"""Furniture of cmaes: its whole search, played again from the trials that ended, run after run."""

from __future__ import annotations

import math
import threading
import weakref
from dataclasses import dataclass, replace
from typing import final

import numpy as np

from tunesmith.models.table import FAILED, Table
from tunesmith.numerics.encoding import Encoder, Indices, Rows
from tunesmith.numerics.evolution import Evolution, Generation, Shape, begin
from tunesmith.samplers._standing import in_order
from tunesmith.trial import FrozenTrial, History

TRUST = 0.5
"""How much the choices of the best trial that was there before count in the first generation."""

_RESTARTS = 0xC3AE5
"""Tells the random numbers of restarts from those of trials."""

_SAME = 1e-12
"""Values that differ by a smaller share count as equal when it is asked whether a run stands still."""


@final
@dataclass(frozen=True)
class Plan:
    """What a user has decided about a search."""

    population: int | None
    sigma: float
    restarts: bool


@final
@dataclass(frozen=True, eq=False)
class Search:
    """Where a search stands.

    Parameters
    ----------
    evolution
        The distribution of the present run.
    run
        How many runs ended before.
    local
        Whether it is one of the short runs.
    doublings
        How many of the long runs there were.
    spent
        Trials of long runs and of short ones.
    bests
        The best value of each generation of the run, the newest last.
    """

    evolution: Evolution
    run: int = 0
    local: bool = False
    doublings: int = 0
    spent: tuple[int, int] = (0, 0)
    bests: tuple[float, ...] = ()


def search_of(history: History, table: Table, plan: Plan) -> Search:
    """Where the search stands after all trials that ended; a pure function of the history.

    What was played for an earlier view of the same study is kept in the process, so that a call costs time only for the
    trials that ended since; nothing depends on that memory.
    """
    with _LOCK:
        plays = _PLAYS.setdefault(table.encoder, {})
        play = plays.get(plan)
        if play is None or play.count > len(table):
            anew = _Play(plan, table.encoder, history.seed)
            play = anew if play is not None else plays.setdefault(plan, anew)
        play.go_on(history, table)
        return play.search


_LOCK = threading.Lock()
_PLAYS: weakref.WeakKeyDictionary[Encoder, dict[Plan, _Play]] = weakref.WeakKeyDictionary()


@final
class _Play:
    """A search that goes on as trials end."""

    def __init__(self, plan: Plan, encoder: Encoder, seed: int) -> None:
        self.count = 0
        self._plan, self._seed = plan, seed
        self._shape = Shape(encoder.columns)
        self._numeric, self._choices = self._shape.numeric, self._shape.choices
        nowhere = np.full(len(encoder.columns), np.nan)
        self.search = Search(begin(self._shape, nowhere, population=plan.population, sigma=plan.sigma))
        self._own: list[int] = []
        self._latent: list[Rows] = []
        self._guest: int | None = None

    def go_on(self, history: History, table: Table) -> None:
        """Take in the trials that ended since."""
        if self.count == len(table):
            return
        ended = table.places[self.count :]
        trials = history.finished(int(ended[0]))
        for place, at in enumerate((ended - ended[0]).tolist(), start=self.count):
            trial = trials[at]
            if trial.why.get("member") == "cmaes" and trial.why.get("run") == self.search.run:
                self._own.append(place)
                self._latent.append(self._latent_of(trial, table.rows[place]))
                if len(self._own) >= self.search.evolution.population:
                    self._next_generation(table)
            elif table.states[place] != FAILED and (
                self._guest is None or in_order(table, np.array([self._guest, place]))[0] == place
            ):
                self._guest = place
                self._begin_at(table.rows[place])
        self.count = len(table)

    def _begin_at(self, row: Rows) -> None:
        """Before the first trial of its own, a search begins at the best of the others."""
        if self.search.run or self.search.evolution.generation or self._own:
            return
        plan = self._plan
        start = begin(self._shape, row, population=plan.population, sigma=plan.sigma, trust=TRUST)
        self.search = replace(self.search, evolution=start)

    def _latent_of(self, trial: FrozenTrial, row: Rows) -> Rows:
        """Where a trial was in the space of the Gaussian, as far as what it kept agrees with its params."""
        own: Rows = row[self._numeric]
        kept = (trial.sampler_state or {}).get("latent")
        if not isinstance(kept, list) or len(kept) != len(own) or not all(isinstance(x, int | float) for x in kept):
            return own
        told = np.array(kept, float)
        for place, j in enumerate(self._numeric):
            column = self._shape.columns[j]
            if np.isnan(own[place]) or (
                column.size and column.cells(told[place : place + 1]) == column.cells(own[place : place + 1])
            ):
                own[place] = told[place]
        return own

    def _next_generation(self, table: Table) -> None:
        old, own, latent = self.search, self._own, self._latent
        ranked = np.array([place for place in own if table.states[place] != FAILED], np.int64)
        if self._guest is not None and (
            not len(ranked) or in_order(table, np.append(ranked, self._guest))[0] == self._guest
        ):
            ranked = np.append(ranked, self._guest)
            own, latent = [*own, self._guest], [*latent, table.rows[self._guest][self._numeric]]
        ranks = _ranks(table, own, in_order(table, ranked).tolist())
        order = np.argsort(ranks, kind="stable")
        rows = table.rows[np.array(own)[order]]
        chosen = np.where(np.isnan(rows), -1, rows)[:, self._choices].astype(np.int64)
        active = ~np.isnan(rows[:, self._numeric])
        evolution = old.evolution.after(Generation(np.array(latent)[order], active, chosen, ranks[order]))
        values = table.values[ranked]
        best = float(values.min()) if len(values) and not np.isnan(values).any() else math.inf
        spent = (old.spent[0] + (not old.local) * len(own), old.spent[1] + old.local * len(own))
        self._own, self._latent, self._guest = [], [], None
        self.search = replace(old, evolution=evolution, spent=spent, bests=(*old.bests, best))
        if self._plan.restarts and (evolution.has_converged or _stands_still(self.search)):
            self._restart()

    def _restart(self) -> None:
        """Begin another run from elsewhere, long or short, whichever had fewer trials so far (Hansen 2009)."""
        old, plan = self.search, self._plan
        rng = np.random.default_rng((self._seed % 2**64, _RESTARTS, old.run + 1))
        first = plan.population or self._shape.population
        start = np.full(len(self._shape.columns), np.nan)
        start[self._numeric] = rng.random(len(self._numeric))
        chance, far = rng.random(2)
        local = old.spent[1] < old.spent[0] and old.doublings > 0
        doublings = old.doublings + (not local)
        if local:
            population = int(first * (0.5 * 2**doublings) ** (chance**2))
            sigma = plan.sigma * 10 ** (-2 * far)
        else:
            population, sigma = first * 2**doublings, plan.sigma
        again = begin(self._shape, start, population=max(population, first), sigma=sigma)
        self.search = Search(again, old.run + 1, local, doublings, old.spent)


def _ranks(table: Table, own: list[int], order: list[int]) -> Indices:
    """The rank of each trial of a generation; equals share one, and all that failed share the last."""
    found: dict[int, int] = {}
    rank, last = -1, None
    for place, state in zip(order, table.ranks(np.array(order, np.int64)).tolist(), strict=True):
        step, value = float(table.steps[place]), float(table.values[place])
        key = (state, step, value if value == value else math.inf)
        if key != last:
            rank, last = rank + 1, key
        found[place] = rank
    worst = max(found.values(), default=-1) + 1
    return np.array([found.get(place, worst) for place in own], np.int64)


def _stands_still(search: Search) -> bool:
    """Whether a run's best values have not changed, or not improved, for long."""
    evolution, bests = search.evolution, search.bests
    size = max(len(evolution.mean), 1)
    patience = 10 + math.ceil(30 * size / evolution.population)
    recent = bests[-patience:]
    if len(recent) == patience and (
        recent[0] == recent[-1] == max(recent)
        or max(recent) - min(recent) <= _SAME * max(abs(recent[0]), abs(recent[-1]), 1e-300)
    ):
        return True
    long = 3 * patience + 90
    if len(bests) < long:
        return False
    window, fifth = bests[-long:], long // 5
    return float(np.median(window[-fifth:])) >= float(np.median(window[:fifth]))
