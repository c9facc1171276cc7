"""What the worker's tests share: its folders on the path."""

from __future__ import annotations

import sys
from pathlib import Path

MODULE = Path(__file__).resolve().parents[2]
REPOSITORY = MODULE.parents[1]
sys.path[:0] = [
    str(MODULE / "python"),
    str(REPOSITORY / "packages" / "core" / "python" / "runtime"),
    str(REPOSITORY / "tooling" / "python-check" / "python" / "support"),
]
