"""One connection to the daemon: requests over loopback, pixels through shared memory where both sides can map it."""

from __future__ import annotations

import json
import os
import select
import weakref
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlencode

import numpy as np
import numpy.typing as npt

from parfocal_ga3._daemon import Daemon
from parfocal_ga3._errors import Aborted, ParfocalError
from parfocal_ga3._log import log
from parfocal_ga3._memory import SharedMemory
from parfocal_ga3._slots import PIXELS, Slot, Slots

Array = npt.NDArray[Any]
_T = TypeVar("_T")

_TICK_SECONDS = 0.05
"""How often it is asked whether the recipe was stopped."""
_CONNECT_SECONDS = 10.0
_MOST_DROPPED = 20
_BAD_REQUEST = 400


class Gone(ConnectionError):
    """The daemon does not answer, or went away before it did."""


class Connection:
    """Asks the daemon. What it holds for us ends with the connection.

    Parameters
    ----------
    daemon
        Where it listens.
    use_slots
        False to post the pixels themselves.
    """

    def __init__(self, daemon: Daemon, *, use_slots: bool = True) -> None:
        self._daemon = daemon
        from http.client import HTTPConnection  # loads half of the standard library, so not before it is needed

        self._http = HTTPConnection(daemon.host, daemon.port, timeout=_CONNECT_SECONDS)
        self._memory = SharedMemory()
        self._slots = Slots(self._ask, self._memory)
        self._dropped: list[str] = []
        self._use_slots = use_slots and os.environ.get("PARFOCAL_GA3_TRANSPORT") != "http"
        self.is_open = True
        """False once it was closed, by whichever side."""

    def segment(
        self,
        image: Array,
        axes: str,
        pixel_size: Mapping[str, float],
        query: Mapping[str, str],
        should_abort: Callable[[], bool],
    ) -> tuple[dict[str, Array], dict[str, Any]]:
        """Segment one image.

        Parameters
        ----------
        image
            Any shape and a number type that the module takes.
        axes
            One letter for each axis.
        pixel_size
            Micrometres by axis; those that are not known are left out.
        query
            Module, parameters and device as the daemon's API names them.
        should_abort
            Asked all the while; when it says True the call is cancelled.

        Returns
        -------
        outputs, job
            Arrays by name, and what the daemon says of the job. The arrays lie in the daemon's memory, which it gets
            back when nothing refers to them any more.

        Raises
        ------
        ParfocalError
            What the daemon says.
        Aborted
            When `should_abort` said so.
        Gone
            When the daemon went away.
        """
        spec = _spec_of(image.shape, image.dtype, axes, pixel_size)
        slot = self._slot_for(image, spec)
        asked = urlencode({**query, "wait": "true", "drop": self._take_dropped()})
        if slot is None:
            body = np.ascontiguousarray(image).data
            job = self._ask("POST", f"/v1/jobs?{asked}", {**PIXELS, **spec}, body, should_abort)
        else:
            job = self._ask("POST", f"/v1/slots/{slot.id}/jobs?{asked}", PIXELS, b"", should_abort)
        error = job.get("error")
        if error is not None:
            raise ParfocalError(error["message"], error["hint"], error["code"])
        return self._outputs(job), job

    def close(self) -> None:
        """Hang up; a call that is under way is cancelled."""
        self.is_open = False
        self._http.close()

    def lend(
        self, shape: tuple[int, ...], dtype: np.dtype[Any], axes: str, pixel_size: Mapping[str, float]
    ) -> Array | None:
        """Memory for an image, from which `segment` need not copy it; None where there is none to be had."""
        if not self._use_slots or 0 in shape:
            return None
        spec = _spec_of(shape, dtype, axes, pixel_size)
        return self._mappable(lambda: self._slots.lend(spec, dtype, shape))

    def _slot_for(self, image: Array, spec: Mapping[str, str]) -> Slot | None:
        if not self._use_slots or image.size == 0:
            return None
        return self._mappable(lambda: self._slots.fill(image, spec))

    def _mappable(self, act: Callable[[], _T]) -> _T | None:
        try:
            return act()
        except (ParfocalError, OSError, ValueError) as error:
            log("pixels are posted, since shared memory cannot be used: %s", error)
            self._use_slots = False
            return None

    def _outputs(self, job: Mapping[str, Any]) -> dict[str, Array]:
        outputs: dict[str, Array] = {}
        lent: list[Array] = []
        for name, about in job["result"]["outputs"].items():
            dtype, shape = np.dtype(about["dtype"]), tuple(about["shape"])
            flat = self._mapped(name, about, dtype, shape)
            if flat is None:
                data = self._exchange("GET", f"/v1/jobs/{job['id']}/outputs/{name}")
                flat = np.frombuffer(bytearray(data), dtype)
            else:
                lent.append(flat)
            outputs[name] = flat.reshape(shape)
        self._drop_after(job["id"], lent)
        return outputs

    def _mapped(
        self, name: str, about: Mapping[str, Any], dtype: np.dtype[Any], shape: tuple[int, ...]
    ) -> Array | None:
        if not self._use_slots or about["slot"] is None or about["bytes"] == 0:
            return None
        try:
            return self._memory.array(about["slot"], dtype, shape)
        except (OSError, ValueError) as error:
            log("%s is downloaded, since shared memory cannot be used: %s", name, error)
            return None

    def _drop_after(self, job: str, lent: list[Array]) -> None:
        """Say with the next request that a job is no longer wanted, once its arrays are gone."""
        left = len(lent)
        dropped = self._dropped

        def gone() -> None:
            nonlocal left
            left -= 1
            if left <= 0:
                dropped.append(job)

        for array in lent:
            weakref.finalize(array, gone).atexit = False
        if not lent:
            gone()

    def _take_dropped(self) -> str:
        taken = [self._dropped.pop() for _ in range(min(len(self._dropped), _MOST_DROPPED))]
        return ",".join(taken)

    def _ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        should_abort: Callable[[], bool] | None = None,
    ) -> dict[str, Any]:
        data = self._exchange(method, path, headers, body, should_abort)
        return json.loads(data) if data else {}

    def _exchange(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        should_abort: Callable[[], bool] | None = None,
    ) -> bytes:
        from http.client import HTTPException

        try:
            given = {"authorization": f"Bearer {self._daemon.token}", **(headers or {})}
            if body is not None:
                given["content-length"] = str(memoryview(body).nbytes)
            self._http.request(method, path, body, given)
            if should_abort is not None:
                self._wait(should_abort)
            response = self._http.getresponse()
            data = response.read()
        except (OSError, HTTPException) as error:
            self.close()
            raise Gone(f"the daemon went away: {error or type(error).__name__}") from error
        if response.status >= _BAD_REQUEST:
            try:
                told = json.loads(data)["error"]
            except (ValueError, KeyError, TypeError) as error:
                self.close()
                raise Gone("another program listens where the daemon was") from error
            if told["code"] == "UNAUTHORIZED":  # another daemon took its port
                self.close()
                raise Gone("another daemon has taken its place")
            raise ParfocalError(told["message"], told["hint"], told["code"])
        return data

    def _wait(self, should_abort: Callable[[], bool]) -> None:
        """Until the daemon says something."""
        sock = self._http.sock
        sock.settimeout(None)
        while not select.select([sock], [], [], _TICK_SECONDS)[0]:
            if should_abort():
                self.close()
                raise Aborted


def _spec_of(
    shape: tuple[int, ...], dtype: np.dtype[Any], axes: str, pixel_size: Mapping[str, float]
) -> dict[str, str]:
    """What the daemon has to know of an image, as headers."""
    return {
        "parfocal-shape": ",".join(map(str, shape)),
        "parfocal-dtype": dtype.name,
        "parfocal-axes": axes,
        **({"parfocal-pixel-size": json.dumps(dict(pixel_size))} if pixel_size else {}),
    }
