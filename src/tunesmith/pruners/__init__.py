"""How far may a trial go? Every file without an underscore is a pruner."""

from __future__ import annotations

from tunesmith.pruners._base import CONTINUE, Assignment, Fork, Pruner, Resume, Start, Verdict

__all__ = ["CONTINUE", "Assignment", "Fork", "Pruner", "Resume", "Start", "Verdict"]
