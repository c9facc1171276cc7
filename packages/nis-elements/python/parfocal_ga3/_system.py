"""What differs between operating systems: how a process is started that outlives us, and which variables it must not inherit."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

_DROPPED = {"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONNOUSERSITE", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__", "VIRTUAL_ENV"}
_HOST_FOLDERS = ("nis-elements", "nis elements", "nis-express", "laboratory imaging")
"""Of the host program; DLLs found there first would be loaded in place of those of an environment."""


def clean_environment(
    variables: Mapping[str, str], extra: Mapping[str, str], platform: str = sys.platform
) -> dict[str, str]:
    """Variables for a process that must not notice the Python and the program around us.

    Parameters
    ----------
    variables
        Those of this process.
    extra
        Added to them.
    platform
        As `sys.platform`.
    """
    kept = {
        name: value
        for name, value in variables.items()
        if name.upper() not in _DROPPED and not name.upper().startswith("CONDA")
    }
    for name, value in kept.items():
        if name.upper() == "PATH":
            separator = ";" if platform == "win32" else ":"
            kept[name] = separator.join(folder for folder in value.split(separator) if not _belongs_to_host(folder))
    return {**kept, **extra}


def _belongs_to_host(folder: str) -> bool:
    parts = folder.lower().replace("\\", "/").split("/")
    return any(part.startswith(_HOST_FOLDERS) for part in parts)


def detached(platform: str = sys.platform) -> dict[str, Any]:
    """Arguments of `Popen` for a process that goes on when this one ends or is killed, without a window."""
    if platform == "win32":
        create_no_window, new_process_group, breakaway_from_job = 0x0800_0000, 0x0000_0200, 0x0100_0000
        return {"creationflags": create_no_window | new_process_group | breakaway_from_job}
    return {"start_new_session": True}


def start_detached(command: list[str], extra: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process with its stdout as a pipe; its stdin is nothing and its stderr is dropped."""
    options = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.DEVNULL,
        "env": clean_environment(os.environ, extra),
        "cwd": os.path.expanduser("~"),  # so that no folder is kept from being removed or unmounted
        "close_fds": True,
    }
    try:
        return subprocess.Popen(command, **options, **detached())  # noqa: S603 - the command of the installation itself
    except PermissionError:
        if sys.platform != "win32":
            raise
        # a job that forbids processes to leave it: the daemon then ends with the program that made the job
        flags = detached()["creationflags"] & ~0x0100_0000
        return subprocess.Popen(command, **options, creationflags=flags)  # noqa: S603
