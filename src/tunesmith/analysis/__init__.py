"""What did we learn? Each module is one analysis: a function from a `History` to a frozen result with a `table()`."""

from __future__ import annotations

from tunesmith.analysis._records import Records
from tunesmith.analysis.convergence import Convergence, convergence
from tunesmith.analysis.noise import Noise, noise_of

__all__ = ["Convergence", "Noise", "Records", "convergence", "noise_of"]
