"""The model, and the calls that it answers. Imported once stdout is out of the way, since it needs numpy."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parfocal_worker._context import Context, Window
from parfocal_worker._errors import Cancelled, OutputError, WorkerFileError, describe_error
from parfocal_worker._heartbeat import Heartbeat
from parfocal_worker._inbox import Inbox
from parfocal_worker._life import end_process_group
from parfocal_worker._memory import describe_change, free_memory, less_memory
from parfocal_worker._model import LoadOptions
from parfocal_worker._outputs import check_array, check_outputs
from parfocal_worker._protocol import encode_line
from parfocal_worker._slots import InputSlots, OutputSlots, SlotRef
from parfocal_worker._sources import Sources
from parfocal_worker._table import pack_table

if TYPE_CHECKING:
    import numpy as np

    from parfocal_worker._protocol import Channel

_OPERATIONS = {"segmenter": ("predict",), "measurer": ("measure",), "reader": ("open",)}
_CALLS = {
    "segmenter": ("run", "refine", "batch"),
    "measurer": ("measure",),
    "reader": ("open", "read", "forget"),
}


class Server:
    """The model, its slots and the call in hand.

    Parameters
    ----------
    channel : Channel
    hello : dict
        The host's greeting.
    model_class : type
        The worker's `Model`.

    Attributes
    ----------
    can_refine : bool
    can_batch : bool
    axes : list of str or None
        Axis orders that the loaded model takes, where its `axes` attribute says so.
    """

    def __init__(self, channel: Channel, hello: dict[str, Any], model_class: Any) -> None:
        self._channel = channel
        arena = hello["arena"]
        self._inputs: InputSlots = InputSlots()
        self._outputs: OutputSlots = OutputSlots(arena["folder"], arena["fallback"], arena["prefix"])
        self._promised: dict[str, dict[str, Any]] = hello["outputs"]
        cache_dir = Path(hello["cacheDir"])
        cache_dir.mkdir(parents=True, exist_ok=True)
        self._model = model_class(
            LoadOptions(
                params=hello["params"],
                device=hello["device"],
                cache_dir=cache_dir,
                package_dir=Path(hello["packageDir"]),
                threads=hello["threads"],
                weights={name: Path(path) for name, path in hello.get("weights", {}).items()},
            )
        )
        self.can_refine = callable(getattr(self._model, "refine", None))
        self.can_batch = callable(getattr(self._model, "predict_many", None))
        axes = getattr(self._model, "axes", None)
        self.axes: list[str] | None = None if axes is None else [str(order) for order in axes]
        self._kind: str = hello["module"].get("kind", "segmenter")
        self._check_operations()
        self._sources = Sources(self._model)
        self._heartbeat = Heartbeat(self._beat)
        self._inbox = Inbox(channel, _CALLS[self._kind])

    def _check_operations(self) -> None:
        missing = [name for name in _OPERATIONS[self._kind] if not callable(getattr(self._model, name, None))]
        if missing:
            raise WorkerFileError(f"class Model has no {', '.join(missing)}, which a {self._kind} has")

    @property
    def device(self) -> str:
        """What the model says it runs on."""
        return str(getattr(self._model, "device", "cpu"))

    def run(self) -> int:
        """Answer calls, in order, until the host says `close`."""
        while (message := self._inbox.next()) is not None:
            self._answer(message)
        return 0

    def _answer(self, message: dict[str, Any]) -> None:
        call: int = message["id"]
        self._inbox.begin(call)
        self._heartbeat.start(call)
        try:
            answer = encode_line(self._compute(message))
        except BaseException as error:  # also a model's sys.exit(): a call must not end the worker
            stopped = Cancelled("the call was cancelled") if self._inbox.is_cancelled(call) else error
            answer = encode_line({"type": "error", "id": call, **describe_error(stopped)})
        self._heartbeat.stop()
        self._outputs.reclaim()
        self._inbox.end()
        self._send_line(answer)

    def _compute(self, message: dict[str, Any]) -> dict[str, Any]:
        for path in self._outputs.release(message["free"]):
            self._inputs.forget(path)
        if message["type"] in ("run", "refine"):
            return self._compute_one(message)
        if message["type"] == "batch":
            return self._compute_many(message)
        return self._answer_kind(message)

    def _answer_kind(self, message: dict[str, Any]) -> dict[str, Any]:
        """A call of a kind that is no segmenter."""
        call: int = message["id"]
        context = self._context(call, {"axes": "", "pixelSize": None, **message}, keep_raw=False)
        self._inbox.on_cancel = context._cancel
        context.check_cancelled()
        started = time.perf_counter()
        if message["type"] == "measure":
            outputs, info = self._measure(message, context)
        else:
            outputs, info = self._read(message, context)
        compute_ms = (time.perf_counter() - started) * 1e3
        return {
            "type": "result",
            "id": call,
            "computeMs": compute_ms,
            "device": self.device,
            **self._store(outputs, {}),
            "info": {**context._info, **info},
            "warnings": context._warnings + self._outputs.take_warnings(),
        }

    def _measure(self, message: dict[str, Any], context: Context) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        labels = self._inputs.view(SlotRef.from_message(message["labels"]))
        image = None if message["image"] is None else self._inputs.view(SlotRef.from_message(message["image"]))
        if message["window"] is not None:
            context.window = Window(**{name: tuple(lengths) for name, lengths in message["window"].items()})
        returned = self._model.measure(labels, image, message["params"], context)
        table, columns = pack_table(returned, context.allocate)
        return {"table": table}, {"columns": columns}

    def _read(self, message: dict[str, Any], context: Context) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        path, params = message["path"], message["params"]
        if message["type"] == "open":
            return {}, {"header": self._sources.header(path, params, context)}
        if message["type"] == "read":
            return {"pixels": self._sources.read(path, params, message["selection"], context)}, {}
        self._sources.forget(path)
        return {}, {}

    def _context(self, call: int, image: dict[str, Any], keep_raw: bool) -> Context:
        return Context(
            axes=image["axes"],
            pixel_size=image["pixelSize"],
            keep_raw=keep_raw,
            report=lambda done, total, text: self._send(
                {"type": "progress", "id": call, "done": done, "total": total, "message": text}
            ),
            is_cancelled=lambda: self._inbox.is_cancelled(call),
            allocate=self._outputs.allocate,
        )

    def _compute_one(self, message: dict[str, Any]) -> dict[str, Any]:
        call: int = message["id"]
        context = self._context(call, message, message.get("keepRaw", False))
        self._inbox.on_cancel = context._cancel
        context.check_cancelled()
        if message["type"] == "run":
            operation, given = self._model.predict, self._inputs.view(SlotRef.from_message(message["image"]))
        else:
            raw = {name: SlotRef.from_message(ref) for name, ref in message["raw"].items()}
            operation, given = self._model.refine, {name: self._raw_view(ref) for name, ref in raw.items()}
        started = time.perf_counter()
        returned = self._with_less_memory(operation, given, message, context)
        compute_ms = (time.perf_counter() - started) * 1e3
        outputs = check_outputs(returned, self._promised, tuple(message["spatialShape"]), context.allocate)
        kept = (
            {}
            if context._raw is None
            else {str(name): check_array(name, values) for name, values in context._raw.items()}
        )
        return {
            "type": "result",
            "id": call,
            "computeMs": compute_ms,
            "device": self.device,
            **self._store(outputs, kept),
            "info": context._info,
            "warnings": context._warnings + self._outputs.take_warnings(),
        }

    def _compute_many(self, message: dict[str, Any]) -> dict[str, Any]:
        call: int = message["id"]
        images: list[dict[str, Any]] = message["images"]
        contexts = [self._context(call, image, keep_raw=False) for image in images]

        def cancel() -> None:
            for context in contexts:
                context._cancel()

        self._inbox.on_cancel = cancel
        contexts[0].check_cancelled()
        views = [self._inputs.view(SlotRef.from_message(image["image"])) for image in images]
        started = time.perf_counter()
        returned = self._model.predict_many(views, message["params"], contexts)
        compute_ms = (time.perf_counter() - started) * 1e3
        if len(returned) != len(images):
            raise OutputError(f"the model returned {len(returned)} results for {len(images)} images")
        checked = [
            check_outputs(outputs, self._promised, tuple(image["spatialShape"]), context.allocate)
            for outputs, image, context in zip(returned, images, contexts, strict=True)
        ]
        flat = {f"{index} {name}": values for index, part in enumerate(checked) for name, values in part.items()}
        stored = self._store(flat, {})["outputs"]
        warnings = self._outputs.take_warnings()
        results = [
            {
                "outputs": {name: stored[f"{index} {name}"] for name in part},
                "info": context._info,
                "warnings": context._warnings + warnings,
            }
            for index, (part, context) in enumerate(zip(checked, contexts, strict=True))
        ]
        return {"type": "results", "id": call, "computeMs": compute_ms, "device": self.device, "results": results}

    def _with_less_memory(
        self, operation: Callable[..., Any], given: Any, message: dict[str, Any], context: Context
    ) -> Any:
        """The model's answer; where memory ran out, that of one more try with less."""
        params: dict[str, Any] = message["params"]
        try:
            return operation(given, params, context)
        except Exception as error:
            is_run = message["type"] == "run"
            smaller = less_memory(self._model, error, params, given.shape, context.axes) if is_run else None
            if smaller is None:
                raise
        self._outputs.reclaim()
        free_memory()
        context.warn(f"memory ran out: done again with {describe_change(params, smaller)}")
        context.info(retried_with=describe_change(params, smaller))
        return operation(given, smaller, context)

    def _store(self, outputs: dict[str, np.ndarray], kept: dict[str, np.ndarray]) -> dict[str, Any]:
        """Put all arrays of a result into slots, or none of them."""
        written: list[str] = []

        def put(values: np.ndarray) -> dict[str, Any]:
            ref = self._outputs.write(values)
            written.append(ref.path)
            return ref.to_message()

        try:
            named = {name: put(values) for name, values in outputs.items()}
            raw = {name: put(values) for name, values in kept.items()} or None
        except BaseException:
            self._outputs.release(written)
            raise
        return {"outputs": named, "raw": raw}

    def _raw_view(self, ref: SlotRef) -> np.ndarray:
        own = self._outputs.held_view(ref)
        return self._inputs.view(ref) if own is None else own

    def _beat(self, call: int) -> None:
        self._send({"type": "heartbeat", "id": call})

    def _send(self, message: dict[str, Any]) -> None:
        self._send_line(encode_line(message))

    def _send_line(self, line: bytes) -> None:
        try:
            self._channel.send_bytes(line)
        except BrokenPipeError:
            print("parfocal_worker: the host is gone", file=sys.stderr)
            end_process_group()
