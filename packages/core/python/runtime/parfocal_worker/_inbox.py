"""What the host says: read by the main thread between calls, by a second thread while a call takes long.

Handing each message from a reading thread to the one that computes would cost short calls as much as everything else.
For the same reason the main thread looks out for the next message for a moment before it sleeps, if the last call was a
short one: to be woken takes longer than such a call.
"""

from __future__ import annotations

import os
import queue
import select
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from parfocal_worker._errors import ProtocolError, describe_error
from parfocal_worker._life import end_process_group

if TYPE_CHECKING:
    from parfocal_worker._protocol import Channel

TICK_SECONDS = 0.01
SHORT_CALL_SECONDS = 0.002
LOOKOUT_SECONDS = 0.0003
_CAN_LOOK_OUT = hasattr(select, "poll") and (os.cpu_count() or 1) > 1


class Inbox:
    """The host's messages. When the host is gone or breaks the protocol, the process ends, whatever it is doing.

    Parameters
    ----------
    channel : Channel
    calls : tuple of str
        Types of calls that the module's kind answers.

    Attributes
    ----------
    on_cancel : callable or None
        Called on the reading thread when the call in hand is cancelled; set it after `begin`.
    """

    def __init__(self, channel: Channel, calls: tuple[str, ...]) -> None:
        self._channel = channel
        self._types = calls
        self._lock = threading.Lock()
        self._watching = False  # the second thread reads
        self._call: int | None = None
        self._begun = 0
        self._calls: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._begun_at = 0.0
        self._was_short = False
        self.on_cancel: Callable[[], None] | None = None
        self._poll = select.poll() if _CAN_LOOK_OUT else None
        if self._poll is not None:
            self._poll.register(channel.incoming, select.POLLIN)
        self._awake = threading.Event()
        threading.Thread(target=self._watch, daemon=True, name="parfocal-reader").start()

    def next(self) -> dict[str, Any] | None:
        """Block until there is a call. Main thread only, and not while it is in a call.

        Returns
        -------
        dict or None
            A call such as `run`; None when the host said `close`.
        """
        while True:
            with self._lock:
                is_elsewhere = self._watching or not self._calls.empty()
            if is_elsewhere:
                return self._calls.get()
            if self._was_short:
                self._look_out()
            message = self._receive()
            if message["type"] != "cancel":
                return _call_or_none(message)

    def begin(self, call: int) -> None:
        """The main thread starts to compute: from now on cancels are noticed, after two ticks at the latest."""
        self.on_cancel = None
        with self._lock:
            self._call = call
        self._begun += 1
        self._begun_at = time.perf_counter()
        if not self._awake.is_set():
            self._awake.set()

    def end(self) -> None:
        """The call is over."""
        with self._lock:
            self._call = None
        self._cancelled.clear()
        self._was_short = time.perf_counter() - self._begun_at < SHORT_CALL_SECONDS

    def is_cancelled(self, call: int) -> bool:
        """Whether the host wants the call to stop."""
        return call in self._cancelled

    def _look_out(self) -> None:
        """Wait awake, but not for long."""
        if self._poll is None:
            return
        until = time.perf_counter() + LOOKOUT_SECONDS
        while time.perf_counter() < until and not self._poll.poll(0):
            pass

    def _watch(self) -> None:
        timer = threading.Event()
        last: int | None = None
        while True:
            self._awake.wait()
            begun = self._begun
            timer.wait(TICK_SECONDS)
            with self._lock:
                takes_long = self._call is not None and self._call == last
                self._watching = takes_long
                last = self._call
            if takes_long:
                self._read_until_next_call()
            elif last is None and self._begun == begun:
                self._awake.clear()
                if self._begun != begun:
                    self._awake.set()

    def _read_until_next_call(self) -> None:
        while True:
            message = self._receive()
            if message["type"] == "cancel":
                continue
            with self._lock:
                self._calls.put(_call_or_none(message))
                self._watching = self._call is not None  # one that came early: this one may still be cancelled
            if not self._watching:
                return

    def _receive(self) -> dict[str, Any]:
        try:
            message = self._channel.receive()
            if message is None:
                end_process_group()
            if message["type"] == "cancel":
                self._cancelled.add(message["id"])
                if message["id"] == self._call and self.on_cancel is not None:
                    self.on_cancel()
            elif message["type"] != "close" and not (
                message["type"] in self._types and isinstance(message.get("id"), int)
            ):
                raise ProtocolError(f"the host sent a message that this worker does not know: {message['type']}")
            return message
        except BaseException as error:
            try:
                self._channel.send({"type": "error", "id": None, **describe_error(error)})
            except BrokenPipeError:
                print("parfocal_worker: the host is gone", file=sys.stderr)
            end_process_group()


def _call_or_none(message: dict[str, Any]) -> dict[str, Any] | None:
    return None if message["type"] == "close" else message
