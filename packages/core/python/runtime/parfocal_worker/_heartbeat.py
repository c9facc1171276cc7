"""Says once a second that a call is still being worked on."""

from __future__ import annotations

import threading
from collections.abc import Callable

PERIOD_SECONDS = 1.0


class Heartbeat:
    """A thread that beats while there is a call and sleeps without waking while there is none.

    Parameters
    ----------
    beat : callable
        Called with the call's id, on the thread.
    """

    def __init__(self, beat: Callable[[int], None]) -> None:
        self._beat = beat
        self._call: int | None = None
        self._started = 0
        self._awake = threading.Event()
        threading.Thread(target=self._run, daemon=True, name="parfocal-heartbeat").start()

    def start(self, call: int) -> None:
        """A call begins."""
        self._call = call
        self._started += 1
        # the thread keeps awake between calls that follow at once: waking costs more than they do
        if not self._awake.is_set():
            self._awake.set()

    def stop(self) -> None:
        """The call is over."""
        self._call = None

    def _run(self) -> None:
        timer = threading.Event()
        while True:
            self._awake.wait()
            started = self._started
            timer.wait(PERIOD_SECONDS)
            call = self._call
            if call is not None:
                self._beat(call)
            elif self._started == started:
                self._awake.clear()
                if self._call is not None:
                    self._awake.set()
