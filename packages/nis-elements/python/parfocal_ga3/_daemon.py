"""Finding the daemon, and starting it."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from parfocal_ga3._errors import Aborted, ParfocalError
from parfocal_ga3._log import log
from parfocal_ga3._places import Places
from parfocal_ga3._system import start_detached

if TYPE_CHECKING:
    import subprocess

_STATE_VERSION = 1
_START_SECONDS = 30.0
_TICK_SECONDS = 0.05


@dataclass(frozen=True)
class Daemon:
    """Where a daemon listens."""

    host: str
    port: int
    token: str
    log: str


def read_state(places: Places) -> Daemon | None:
    """What the last daemon of this home wrote down; it may have ended since. None when there is nothing whole.

    Raises
    ------
    ParfocalError
        When it was written by a version that this one does not understand.
    """
    try:
        state = json.loads(Path(places.state).read_text("utf-8"))
        version = state["stateVersion"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if version != _STATE_VERSION:
        raise ParfocalError(
            "the daemon that runs is of another version of Parfocal than this script",
            "type `parfocal daemon stop`, then write the script again with `parfocal ga3 script`",
            "DAEMON_INCOMPATIBLE",
        )
    address = urlsplit(state["http"])
    return Daemon(address.hostname or "127.0.0.1", address.port or 0, state["token"], state["logPath"])


def start_daemon(places: Places, should_abort: Callable[[], bool]) -> Daemon:
    """Start the daemon and wait until it listens. It goes on when this process ends.

    Raises
    ------
    ParfocalError
        When its command is not known or not there, when it fails, or when it says nothing for half a minute.
    """
    command = list(places.daemon)
    if not command:
        raise _failed("no daemon runs, and this script does not say how to start one", "type `parfocal daemon start`")
    log("starting the daemon: %s", command)
    try:
        process = start_detached(command, {**places.variables, "PARFOCAL_HOME": str(places.home)})
    except OSError as error:
        raise _failed(
            f"the daemon could not be started with {command[0]}: {error}",
            "when Parfocal was moved or updated, write the script again with `parfocal ga3 script`",
        ) from error
    answer = _first_line(process, should_abort)
    told = answer.get("error")
    if isinstance(told, dict) and told.get("code") != "DAEMON_RUNS":
        raise ParfocalError(str(told.get("message")), str(told.get("hint")), str(told.get("code")))
    daemon = read_state(places)
    if daemon is None:
        raise _failed("the daemon was started, but does not say where it listens", "type `parfocal daemon status`")
    return daemon


def _first_line(process: subprocess.Popen[bytes], should_abort: Callable[[], bool]) -> dict[str, Any]:
    """What the process says first, as JSON."""
    lines: queue.Queue[bytes] = queue.Queue()
    assert process.stdout is not None
    stdout = process.stdout
    threading.Thread(target=lambda: lines.put(stdout.readline()), daemon=True).start()
    try:
        line = _wait_for(lines, should_abort)
        stdout.close()
        return json.loads(line)
    except queue.Empty:
        process.kill()
        raise _failed(
            f"the daemon did not listen within {_START_SECONDS:.0f} s", "type `parfocal daemon logs`"
        ) from None
    except ValueError:
        code = process.wait()
        raise _failed(f"the daemon ended at once with code {code}", "type `parfocal daemon logs`") from None


def _wait_for(lines: queue.Queue[bytes], should_abort: Callable[[], bool]) -> bytes:
    """The first line; queue.Empty when there is none in time. A daemon that starts goes on when we are stopped."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            return lines.get(timeout=_TICK_SECONDS)
        except queue.Empty:
            if should_abort():
                raise Aborted from None
            if time.monotonic() > deadline:
                raise


def _failed(message: str, hint: str) -> ParfocalError:
    return ParfocalError(message, hint, "DAEMON_START_FAILED")
