"""What a node knows of the installation: from the script that was pasted, else from what `parfocal ga3 path` wrote down."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Config:
    """Where Parfocal is, and how it is started."""

    home: str
    """Folder of environments, caches and logs."""
    command: tuple[str, ...] = ()
    """The `parfocal` command: absolute paths of Node and of the command's script. Empty: nothing can be started."""
    starts: tuple[str, ...] = ()
    """Folders in which, and above which, modules are looked for by name."""


_given: dict[str, object] = {}


def configure(
    *,
    home: str | None = None,
    command: list[str] | None = None,
    starts: list[str] | None = None,
) -> None:
    """
    Say where Parfocal is. What is left out is read from the installation when it is first needed.

    Parameters
    ----------
    home : str, optional
        Folder of environments, caches and logs.
    command : list of str, optional
        The `parfocal` command: absolute paths of Node and of the command's script.
    starts : list of str, optional
        Folders in which, and above which, modules are looked for by name.
    """
    for name, value in (("home", home), ("command", command), ("starts", starts)):
        if value is not None:
            _given[name] = value if isinstance(value, str) else tuple(value)


def read_config() -> Config:
    """
    Read what holds now.

    Returns
    -------
    Config
        What :func:`configure` was told, else the file `ga3.json` under the home.
    """
    home = _given.get("home") or default_home(dict(os.environ), sys.platform)
    config = Config(home=str(home))
    told = _read_json(Path(config.home) / "ga3.json")
    config = replace(config, command=tuple(told.get("command", ())), starts=tuple(told.get("from", ())))
    return replace(config, **_given)


def default_home(environment: dict[str, str], platform: str) -> str:
    """
    Find the home as the command does.

    Parameters
    ----------
    environment : dict
        Variables of the process.
    platform : str
        `sys.platform`.

    Returns
    -------
    str
        `PARFOCAL_HOME`, else the home of the user's configuration file, else the default.
    """
    named = environment.get("PARFOCAL_HOME")
    if named:
        return os.path.abspath(named)
    user = environment.get("USERPROFILE" if platform == "win32" else "HOME") or os.path.expanduser("~")
    if platform == "win32":
        settings = environment.get("APPDATA") or os.path.join(user, "AppData", "Roaming")
        normal = os.path.join(environment.get("LOCALAPPDATA") or os.path.join(user, "AppData", "Local"), "pfcl")
    elif platform == "darwin":
        settings = os.path.join(user, "Library", "Application Support")
        normal = os.path.join(user, "Library", "Caches", "parfocal")
    else:
        settings = environment.get("XDG_CONFIG_HOME") or os.path.join(user, ".config")
        normal = os.path.join(environment.get("XDG_CACHE_HOME") or os.path.join(user, ".cache"), "parfocal")
    home = _read_json(Path(settings) / "parfocal" / "config.json").get("home")
    return os.path.abspath(home) if isinstance(home, str) and home else normal


def _read_json(path: Path) -> dict:
    """Read an object; empty where there is none, or one that cannot be read: what then is missing is told where it is needed."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
