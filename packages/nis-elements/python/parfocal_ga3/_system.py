"""What differs between operating systems: how a process is started that outlives us, and what it must not inherit."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess

_CREATE_NO_WINDOW = 0x0800_0000
_NEW_PROCESS_GROUP = 0x0000_0200
_BREAKAWAY_FROM_JOB = 0x0100_0000
_DROPPED = {
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONNOUSERSITE",
    "PYTHONEXECUTABLE",
    "__PYVENV_LAUNCHER__",
    "VIRTUAL_ENV",
}
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
        return {"creationflags": _CREATE_NO_WINDOW | _NEW_PROCESS_GROUP | _BREAKAWAY_FROM_JOB}
    return {"start_new_session": True}


def start_detached(command: list[str], extra: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a process with its stdout as a pipe; its stdin is nothing and its stderr is dropped."""
    import subprocess

    options: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.DEVNULL,
        "env": clean_environment(os.environ, extra),
        "cwd": os.path.expanduser("~"),  # so that no folder is kept from being removed or unmounted
        "close_fds": True,
    }
    try:
        return subprocess.Popen[bytes](command, **options, **detached())
    except PermissionError:
        if sys.platform != "win32":
            raise
        # a job that forbids processes to leave it: the daemon then ends with the program that made the job
        flags = detached()["creationflags"] & ~_BREAKAWAY_FROM_JOB
        return subprocess.Popen[bytes](command, **options, creationflags=flags)
