"""The DeepImageJ worker: a model of the BioImage Model Zoo or of DeepImageJ, from description to labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from parfocal_worker import BadInputError, Context, LoadOptions

from parfocal_deepimagej.description import Axis, Tensor, read_description
from parfocal_deepimagej.files import find_files
from parfocal_deepimagej.labels import Output, make_labels
from parfocal_deepimagej.macro_steps import run_macros
from parfocal_deepimagej.networks.network import Request, open_network
from parfocal_deepimagej.predict import predict_blocks
from parfocal_deepimagej.processing import apply_steps, known_steps

_EXACT_IN_FLOAT32 = 3
"""Integers of up to two bytes are whole numbers in float32; larger ones are processed as float64."""


_SMALLEST_BLOCK = 64


class Model:
    """A network with its declared processing.

    Parameters
    ----------
    options : LoadOptions
        `params`: see `parfocal_deepimagej.files.find_files`; `trust` allows files that execute code.

    Attributes
    ----------
    device : str
        "cpu", "cuda:N", "directml:N" or "mps": what is really used.
    axes : list of str
        The one axis order that this model takes.

    Raises
    ------
    WeightsError
        A file is missing or damaged, describes what cannot be run, or executes code and is not trusted.
    DeviceUnavailableError
        A device was asked for by name that this environment cannot use.
    """

    def __init__(self, options: LoadOptions) -> None:
        self._files = find_files(options)
        self._description = read_description(self._files.description)
        self._network = open_network(
            Request(
                format=self._files.format,
                weights=self._files.weights,
                device=options.device,
                threads=options.threads,
                trust=bool(options.params.get("trust", False)),
                architecture=self._files.architecture,
                entry=self._files.entry,
                arguments=self._files.arguments,
                signature=self._description.signature,
                output_names=tuple(output.name for output in self._description.outputs),
            )
        )
        self.device = self._network.device
        tensor = self._description.input
        self._spatial = "".join(letter for letter in "zyx" if _takes(tensor, letter))
        self._has_channels = _takes(tensor, "c")
        self.axes = [self._spatial + ("c" if self._has_channels else "")]

    def predict(self, image: np.ndarray, params: dict[str, Any], context: Context) -> dict[str, np.ndarray]:
        """Run the network on one image.

        Parameters
        ----------
        image : ndarray
            Axes as `axes` says. bool, integers or floats.
        params : dict
            `block_size`, and those of `refine`.
        context : Context

        Returns
        -------
        dict
            `labels` int32 (spatial axes); `output`, `output1`, ... the network's outputs after post-processing, in the
            axes of the model without the batch.

        Raises
        ------
        BadInputError
            The image does not fit the model, or holds values that are not finite.
        """
        tensor = self._description.input
        values = self._as_tensor(image, context.axes)
        pre_macros, post_macros = self._macros()
        values = run_macros(values, tensor.letters, pre_macros, self._files.folder, context).values
        original = {tensor.name: (values, tensor.letters)}
        values = apply_steps(values, tensor.letters, tensor.steps, original, context.warn)
        values = values.astype(self._network.dtype, copy=False)
        limit = params["block_size"] or self._description.tile
        raw = predict_blocks(values, self._description, self._network.run, limit, context)
        outputs = [
            self._finish(
                tensor, block, post_macros if index == 0 else (), {**original, **_named(raw, self._outputs)}, context
            )
            for index, (tensor, block) in enumerate(zip(self._outputs, raw, strict=True))
        ]
        if context.keep_raw:
            context.keep(self._pack(outputs, image, context.axes))
        self._report(params, context)
        shape = tuple(image.shape[context.axes.index(letter)] for letter in self._spatial)
        labels = make_labels(outputs[0], self._spatial, shape, params, context)
        return {"labels": labels, **{_key(index): output.values for index, output in enumerate(outputs)}}

    def less_memory(self, params: dict[str, Any], shape: tuple[int, ...], axes: str) -> dict[str, Any] | None:
        """Blocks of half the side.

        Parameters
        ----------
        params : dict
            Those of a `predict` that ran out of memory.
        shape : tuple of int
            The image's.
        axes : str
            The image's.

        Returns
        -------
        dict or None
            None when blocks of 64 pixels are reached.
        """
        largest = max(length for length, axis in zip(shape, axes, strict=True) if axis in "yx")
        side = min(largest, params["block_size"] or self._description.tile or largest) // 2
        return {**params, "block_size": side} if side >= _SMALLEST_BLOCK else None

    def refine(self, raw: dict[str, np.ndarray], params: dict[str, Any], context: Context) -> dict[str, np.ndarray]:
        """Make labels again from the outputs of an earlier `predict`.

        Parameters
        ----------
        raw : dict
            What `predict` kept: the outputs by name, `shape` of the labels, `letters` of the first output's axes as
            character codes and `is_labels`.
        params : dict
            `post_step`, `channel`, `threshold`, `min_size`, `min_distance`.
        context : Context

        Returns
        -------
        dict
            What `predict` would return with these parameters, bit for bit.
        """
        letters = bytes(raw["letters"].astype(np.uint8)).decode("ascii")
        first = self._outputs[0]
        output = Output(first.name, raw["output"], letters, _channel_names(first), bool(raw["is_labels"]))
        self._report(params, context)
        labels = make_labels(output, self._spatial, tuple(int(side) for side in raw["shape"]), params, context)
        return {"labels": labels, **{name: values for name, values in raw.items() if name.startswith("output")}}

    @property
    def _outputs(self) -> tuple[Tensor, ...]:
        return self._description.outputs

    def _macros(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Macros to run before and after: none where the description declares the same as steps."""
        description = self._description
        declared = any(step.id != "ensure_dtype" for step in description.input.steps)
        return (() if declared else description.pre_macros), (
            () if any(output.steps for output in description.outputs) else description.post_macros
        )

    def _as_tensor(self, image: np.ndarray, axes: str) -> np.ndarray:
        """The image in the axes of the network's input, as floats."""
        if image.size == 0:
            raise BadInputError(f"the image is empty: {image.shape}")
        tensor = self._description.input
        if self._has_channels:
            self._check_channels(tensor, image.shape[axes.index("c")])
        exact = image.dtype.itemsize < _EXACT_IN_FLOAT32 or image.dtype == np.float32
        values = image.astype(np.float32 if exact else np.float64)
        if not np.isfinite(values).all():
            raise BadInputError("the image holds NaN or Inf", hint="replace values that are not finite")
        values = np.transpose(values, [axes.index(letter) for letter in tensor.letters if letter in axes])
        missing = [at for at, letter in enumerate(tensor.letters) if letter not in axes]
        return np.expand_dims(values, missing)

    def _check_channels(self, tensor: Tensor, count: int) -> None:
        axis = tensor.axis("c")
        assert axis is not None
        fits = count == axis.min or (axis.step > 0 and count > axis.min and (count - axis.min) % axis.step == 0)
        if not fits:
            named = f" ({', '.join(axis.names)})" if axis.names else ""
            raise BadInputError(
                f"the image has {count} channels, this model takes {axis.min}{named}",
                hint="choose the channels that the model was trained on",
            )

    def _finish(
        self,
        tensor: Tensor,
        values: np.ndarray,
        macros: tuple[str, ...],
        others: dict[str, tuple[np.ndarray, str]],
        context: Context,
    ) -> Output:
        """Post-processing of one output of the whole image."""
        steps = list(tensor.steps)
        unknown = next((index for index, step in enumerate(steps) if step.id not in known_steps()), None)
        if unknown is not None:
            names = ", ".join(step.id for step in steps[unknown:])
            context.warn(f"the post-processing {names} of the output {tensor.name} was not run: it is not known here")
            steps = steps[:unknown]
        values = apply_steps(values, tensor.letters, steps, others, context.warn)
        done = run_macros(values, tensor.letters, macros, self._files.folder, context)
        letters = done.letters
        if "b" in letters:
            values = np.take(done.values, 0, axis=letters.index("b"))
            letters = letters.replace("b", "")
        else:
            values = done.values
        return Output(tensor.name, values, letters, _channel_names(tensor), done.is_labels)

    def _pack(self, outputs: list[Output], image: np.ndarray, axes: str) -> dict[str, np.ndarray]:
        sides = [image.shape[axes.index(letter)] for letter in self._spatial]
        return {
            **{_key(index): output.values for index, output in enumerate(outputs)},
            "shape": np.array(sides, np.int64),
            "letters": np.frombuffer(outputs[0].letters.encode("ascii"), np.uint8),
            "is_labels": np.array(outputs[0].is_labels),
        }

    def _report(self, params: dict[str, Any], context: Context) -> None:
        context.info(
            model=self._description.name,
            description=self._description.format,
            weights_format=self._files.format,
            weights_sha256=self._files.sha256,
            device_reason=self._network.reason,
            output_axes=[output.letters.replace("b", "") for output in self._outputs],
            **self._network.versions,
        )


def _takes(tensor: Tensor, letter: str) -> bool:
    """Whether images need this axis: it can be longer than 1."""
    axis = tensor.axis(letter)
    return axis is not None and _can_be_long(axis)


def _can_be_long(axis: Axis) -> bool:
    return axis.min > 1 or axis.step > 0


def _channel_names(tensor: Tensor) -> tuple[str, ...]:
    axis = tensor.axis("c")
    return axis.names if axis is not None else ()


def _named(values: list[np.ndarray], tensors: tuple[Tensor, ...]) -> dict[str, tuple[np.ndarray, str]]:
    return {tensor.name: (block, tensor.letters) for tensor, block in zip(tensors, values, strict=True)}


def _key(index: int) -> str:
    return "output" if index == 0 else f"output{index}"
