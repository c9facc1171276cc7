"""Import what a module's worker imports, and end."""

from __future__ import annotations

import sys
from pathlib import Path

folder = Path(sys.argv[1])
runtime = Path(__file__).resolve().parents[3] / "packages" / "core" / "python" / "runtime"
sys.path[:0] = [str(folder / "python"), str(runtime)]

import worker  # noqa: E402 - the paths above come first

assert worker.Model
