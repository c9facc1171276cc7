"""The worker file and the bytecode that Python keeps of it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LOAD = """
import sys
sys.path.insert(0, sys.argv[1])
from parfocal_worker._load import load_model_class
print(load_model_class(sys.argv[2]).VERSION)
"""


def load(folder: Path) -> str:
    """What a process of its own finds in the worker of a folder."""
    runtime = os.path.dirname(os.path.dirname(sys.modules["parfocal_worker"].__file__ or ""))
    command = [sys.executable, "-I", "-c", LOAD, runtime, str(folder / "worker.py")]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def write(folder: Path, version: int) -> None:
    """A worker that imports a file beside it."""
    (folder / "worker.py").write_text("import helper\n\n\nclass Model:\n    VERSION = helper.VERSION\n")
    (folder / "helper.py").write_text(f"VERSION = {version}\n")


def test_sources_that_are_saved_twice_within_a_second_run_as_they_were_saved_last(tmp_path: Path) -> None:
    same = time.time()
    for version in (1, 2, 3):
        write(tmp_path, version)
        for name in ("worker.py", "helper.py"):
            os.utime(tmp_path / name, (same, same))
        assert load(tmp_path) == str(version)
    assert not (tmp_path / "__pycache__").exists()


def test_bytecode_of_older_sources_is_kept(tmp_path: Path) -> None:
    write(tmp_path, 1)
    for name in ("worker.py", "helper.py"):
        os.utime(tmp_path / name, (1_000_000_000, 1_000_000_000))
    assert load(tmp_path) == "1"
    assert [path.name.split(".")[0] for path in (tmp_path / "__pycache__").iterdir()].count("helper") == 1
