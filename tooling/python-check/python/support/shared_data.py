"""The reference data beside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).resolve().parents[4]


def shared_data() -> Path:
    """The folder of reference data beside the repository; skips the test where it is absent."""
    folder = _REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("skipped: no ../shared")
    return folder
