"""The well-known ImageJ macros of DeepImageJ's models, in numpy.

https://github.com/deepimagej/imagej-macros is where most models have theirs from. A macro is recognised by its commands
and their arguments, not by its name alone: a changed one is not run. Numbers that its author sets, such as thresholds,
are read from its text.
"""

from __future__ import annotations

from parfocal_deepimagej.macros.result import MacroResult
from parfocal_deepimagej.macros.run import known_macros, run_macro

__all__ = ["MacroResult", "known_macros", "run_macro"]
