"""How good samplers are: tasks, methods, runs, scores and tables of `benchmarks/search.py`.

Importing it holds numerical libraries to one thread, as CPU time is what is compared; it must come before numpy.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
