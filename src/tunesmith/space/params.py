"""Params: what one trial was given, as a dictionary that cannot be changed."""

from __future__ import annotations

from typing import Any, NoReturn, final


@final
class Params(dict[str, Any]):
    """The values of one trial, by parameter name: a `dict` that refuses every change.

    It is a real dictionary, so `json.dumps(params)`, `f(**params)`, `params == {...}` and `params | {...}` (which gives
    a plain, changeable dict) work. `dict(params)` is a changeable copy.

    Examples
    --------
    >>> params = Params(lr=0.1, depth=3)
    >>> params["depth"], params == {"depth": 3, "lr": 0.1}
    (3, True)
    >>> params["depth"] = 4
    Traceback (most recent call last):
        ...
    TypeError: Params cannot be changed; make a copy that can: dict(params).
    """

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("Params cannot be changed; make a copy that can: dict(params).")

    __setitem__ = _refuse
    __delitem__ = _refuse
    __ior__ = _refuse
    clear = _refuse
    pop = _refuse
    popitem = _refuse
    setdefault = _refuse
    update = _refuse

    def __reduce__(self) -> tuple[object, ...]:
        return Params, (dict(self),)
