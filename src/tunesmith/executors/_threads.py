"""How many threads each of several processes may use, so that together they use every core once."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from tunesmith._optional import installed, require

_FOLLOW_OMP = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
_ON_THEIR_OWN = (
    "VECLIB_MAXIMUM_THREADS",
    "NUMBA_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "RAYON_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)


def environment(share: int, base: Mapping[str, str]) -> dict[str, str]:
    """An environment for a worker that may use `share` threads; what the user exported stays as it is.

    Libraries that follow OMP_NUM_THREADS are left to it when the user has set it. LOKY_MAX_CPU_COUNT makes `n_jobs=-1`
    of scikit-learn and joblib mean the share, too.

    Examples
    --------
    >>> environment(2, {"MKL_NUM_THREADS": "8"})["MKL_NUM_THREADS"], environment(2, {})["OMP_NUM_THREADS"]
    ('8', '2')
    >>> "MKL_NUM_THREADS" in environment(2, {"OMP_NUM_THREADS": "8"})
    False
    """
    ours = _ON_THEIR_OWN if "OMP_NUM_THREADS" in base else ("OMP_NUM_THREADS", *_FOLLOW_OMP, *_ON_THEIR_OWN)
    return {**dict.fromkeys(ours, str(share)), **base}


def describe(share: int, base: Mapping[str, str]) -> str:
    """How many threads a worker gets, in words.

    Examples
    --------
    >>> describe(1, {}), describe(2, {"OMP_NUM_THREADS": "4"})
    ('1 thread', '4 threads (OMP_NUM_THREADS)')
    """
    exported = base.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    if exported.isdigit() and int(exported) > 0:
        return f"{_threads(int(exported))} (OMP_NUM_THREADS)"
    return _threads(share)


def limit_loaded(share: int) -> None:
    """Lower the thread pools of libraries that are loaded already and did not listen to the environment."""
    if "numpy" not in sys.modules or not installed("threadpoolctl"):
        return
    for library in require("threadpoolctl", extra="sklearn").ThreadpoolController().lib_controllers:
        if library.num_threads > share:
            library.set_num_threads(share)


def _threads(count: int) -> str:
    return f"{count} thread" if count == 1 else f"{count} threads"
