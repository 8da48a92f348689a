"""`python -m tunesmith` is the same as `tunesmith`."""

from __future__ import annotations

from tunesmith.cli import main

main()
