"""Where this computer's Parfocal is: what a pasted script carries, since it has no place of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from parfocal_ga3._errors import ParfocalError


@dataclass(frozen=True)
class Places:
    """Absolute paths, and settings."""

    state: str = ""
    """File in which a daemon that runs says where it is: `HOME/daemon/daemon.json`."""
    daemon: Sequence[str] = ()
    """Command that starts the daemon."""
    start: str = ""
    """Folder in which, and above which, modules are looked for by name."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """`PARFOCAL_...` settings for a daemon that is started from here."""

    @property
    def home(self) -> Path:
        """Folder of Parfocal's environments, caches and logs."""
        return Path(self.state).parent.parent


_places = Places()


def use(
    *,
    state: str | None = None,
    daemon: Sequence[str] | None = None,
    start: str | None = None,
    variables: Mapping[str, str] | None = None,
) -> None:
    """Say where Parfocal is; the line that `parfocal ga3 path` prints does it.

    Parameters
    ----------
    state
        File in which a daemon that runs says where it is.
    daemon
        Command that starts the daemon, absolute paths.
    start
        Folder in which, and above which, modules are looked for by name.
    variables
        `PARFOCAL_...` settings for a daemon that is started from here.
    """
    global _places
    given = {"state": state, "daemon": daemon, "start": start, "variables": variables}
    _places = replace(_places, **{name: value for name, value in given.items() if value is not None})


def places() -> Places:
    """What was said.

    Raises
    ------
    ParfocalError
        When nothing was.
    """
    if not _places.state:
        raise ParfocalError(
            "this script does not say where Parfocal is installed",
            "put the line that `parfocal ga3 path` prints at the top of the script",
            "USAGE",
        )
    return _places


def known_places() -> Places | None:
    """What was said; None when nothing was."""
    return _places if _places.state else None
