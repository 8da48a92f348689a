"""What a page may change, where that was allowed: queue params, stop, change the budget, try again, write a note."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, final

import msgspec

from tunesmith.dashboard.form import filled
from tunesmith.errors import UsageError
from tunesmith.storages import Storage
from tunesmith.study import Study

LONGEST_NOTE = 4_000


@final
class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page sends; each kind of order reads its own fields.

    Attributes
    ----------
    given
        A filled-in form: a number for each number, a place among the choices for each choice.
    text
        A note.
    trial
        The trial that is meant; None means the study.
    trials
        How many trials the study is to have in all.
    """

    given: dict[str, float | int] = msgspec.field(default_factory=dict)
    text: str = ""
    trial: int | None = None
    trials: int | None = None


@final
class Steering:
    """Carries out orders by the same doors that a script uses: `study.enqueue`, `study.stop`, `study.note`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._lock = threading.Lock()
        self._open: dict[str, Study] = {}

    def carry_out(self, key: str, kind: str, order: Order) -> dict[str, Any]:
        """Do one thing; what was done, in words.

        Raises
        ------
        UsageError
            If there is no such kind of order, or it makes no sense.
        """
        if kind not in _ORDERS:
            raise UsageError(f"There is no order {kind!r}.", hint=f"Known: {', '.join(sorted(_ORDERS))}.")
        with self._lock:
            study = self._open.get(key)
            if study is None:
                study = self._open[key] = Study.load(self._storage, key, sampler="random")
            return _ORDERS[kind](study, order)


def _queue(study: Study, order: Order) -> dict[str, Any]:
    params, broken = filled(study.history.space, order.given)
    if broken:
        raise UsageError(f"This breaks a rule of the space: {broken[0]}.", hint="Change one of its parameters.")
    number = study.enqueue(params, origin="by hand")
    return {"done": f"Queued as trial {number}.", "trial": number}


def _stop(study: Study, order: Order) -> dict[str, Any]:
    study.stop(trial=order.trial)
    if order.trial is not None:
        return {"done": f"Trial {order.trial} is asked to stop."}
    return {"done": "The study stops after its running trials."}


def _retry(study: Study, order: Order) -> dict[str, Any]:
    if order.trial is None:
        raise UsageError("No trial was named.", hint="Open a failed trial first.")
    study.retry(order.trial)
    return {"done": f"Trial {order.trial} is queued again."}


def _budget(study: Study, order: Order) -> dict[str, Any]:
    if order.trials is None:
        raise UsageError("No number of trials was given.", hint="Give the study's total number of trials.")
    study.set_budget(trials=order.trials)
    return {"done": f"The budget is now {order.trials:,} trials."}


def _note(study: Study, order: Order) -> dict[str, Any]:
    text = order.text.strip()
    if not text or len(text) > LONGEST_NOTE:
        raise UsageError(
            f"A note has 1 to {LONGEST_NOTE:,} characters; this one has {len(text):,}.", hint="Write less."
        )
    study.note(text, trial=order.trial)
    return {"done": "The note is kept."}


_ORDERS = {"queue": _queue, "stop": _stop, "retry": _retry, "budget": _budget, "note": _note}


def order_of(body: bytes) -> Order:
    """The order in a request's body.

    Raises
    ------
    UsageError
        If it is no JSON object with the fields of an `Order`.
    """
    try:
        return msgspec.json.decode(body or b"{}", type=Order)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UsageError(f"This is no order: {error}.", hint="Send a JSON object.") from error


def answers_of(query: Mapping[str, str]) -> dict[str, float | int]:
    """A filled-in form in an address: the JSON object behind `given`.

    Raises
    ------
    UsageError
        If it is none.
    """
    try:
        return msgspec.json.decode(query.get("given", "{}").encode(), type=dict[str, float | int])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UsageError(f"This is no filled-in form: {error}.", hint="Send a JSON object of numbers.") from error
