"""The contract between a module's `worker.py` and the runtime."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from parfocal_worker._context import Context


@dataclass(frozen=True)
class LoadOptions:
    """What a model is loaded with; it holds for the worker's life.

    Attributes
    ----------
    params : dict
        Parameters of stage "load", snake_case, defaults filled in.
    device : str
        "auto", "cpu", "cuda", "cuda:N", "directml" or "mps".
    cache_dir : Path
        Folder for derived files such as an exported graph. It exists, is private to the module and shared by its
        processes: write to a temporary name, then rename.
    package_dir : Path
        The module's folder, with `python/` and perhaps `weights/` inside.
    threads : int or None
        CPU threads to use; None leaves it to the libraries.
    weights : dict of str to Path
        Absolute path of every weight file that the module declares for these load parameters, by file name. The host
        fetched and verified them.
    """

    params: dict[str, Any]
    device: str
    cache_dir: Path
    package_dir: Path
    threads: int | None = None
    weights: dict[str, Path] = field(default_factory=dict)


class Segmenter(Protocol):
    """What `class Model` of a segmenter has. Deriving from it is not needed.

    `refine(raw, params, context)` may be added: it takes the arrays that `predict` handed to `context.keep` and
    returns what `predict` would have returned with these parameters. A `warm_up` of the network belongs in
    `__init__`.

    `less_memory(params, shape, axes)` may be added, too: after a `predict` that ran out of memory it gets that call's
    parameters, and the image's shape and axes. It returns parameters for one more try with less, such as more tiles,
    or None when there are none.

    `predict_many(images, params, contexts)` may be added where several images are faster in one go: it takes lists of
    images and their contexts, and returns a list of what `predict` would have returned for each. When it raises, the
    host asks for each image by itself.

    Attributes
    ----------
    device : str
        What is really used: "cpu", "cuda:0", "directml:0" or "mps". It may change during a call, after a fall-back.
    """

    device: str

    def __init__(self, options: LoadOptions) -> None: ...

    def predict(self, image: np.ndarray, params: dict[str, Any], context: Context) -> dict[str, np.ndarray]:
        """Segment one image.

        Parameters
        ----------
        image : ndarray
            Axes as `context.axes` names them. Read-only; valid until the method returns.
        params : dict
            All parameters of the stages "network" and "post", snake_case, checked by the host.
        context : Context
            Progress, cancelling, warnings, raw output.

        Returns
        -------
        dict of str to ndarray
            By output name; "labels" is int32 with the image's spatial axes, 0 background.

        Raises
        ------
        BadInputError
            The image cannot be used.
        """
        ...


@dataclass(frozen=True)
class Column:
    """One measured property of all objects.

    Attributes
    ----------
    name : str
        As the library calls it: "label", "area", "centroid-0".
    values : ndarray
        One value for each object, in the order of the rows: bool, whole numbers up to 2**53, or floats with NaN where
        an object has no value.
    unit : str or None
        "um", "um2", ...; None for pixels, counts, intensities and ratios.
    """

    name: str
    values: np.ndarray
    unit: str | None = None


class Measurer(Protocol):
    """What `class Model` of a measurer has. Deriving from it is not needed."""

    def __init__(self, options: LoadOptions) -> None: ...

    def measure(
        self, labels: np.ndarray, image: np.ndarray | None, params: dict[str, Any], context: Context
    ) -> list[Column]:
        """Measure every object of some labels.

        Parameters
        ----------
        labels : ndarray
            int32, 0 background, over spatial axes. Read-only; valid until the method returns, as is `image`.
        image : ndarray or None
            Axes as `context.axes` names them: those of the labels, with or without channels. Without an image,
            `context.axes` names those of the labels.
        params : dict
            All parameters but those of stage "load", snake_case, checked by the host.
        context : Context
            Progress, cancelling, warnings, pixel size.

        Returns
        -------
        list of Column
            All of one length.
        """
        ...


@dataclass(frozen=True)
class Selection:
    """One plane, or a window of one, by index from 0. The host has checked it against the header.

    Attributes
    ----------
    position, t, c, z : int
    y, x : slice
        Rows and columns.
    """

    position: int
    t: int
    c: int
    z: int
    y: slice
    x: slice


class SourceFile(Protocol):
    """An open file of a reader.

    Attributes
    ----------
    header : dict
        `format` for people; `positions`, for each its `name` ("" when it has none), `axes` (of t, c, z, y, x those
        that it has, in this order), `shape`, `dtype`, `channels` (names, or none) and `pixel_size` (micrometres by
        axis, as far as known); `notes` on what had to be assumed or left out.
    """

    header: dict[str, Any]

    def read(self, selection: Selection, context: Context) -> np.ndarray:
        """Pixels of a selection, (y, x)."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class Reader(Protocol):
    """What `class Model` of a reader has. Deriving from it is not needed. The runtime keeps the files and closes them.

    What `open` and `read` raise is taken for a damaged file, and told as such.
    """

    def __init__(self, options: LoadOptions) -> None: ...

    def open(self, path: Path, params: dict[str, Any], context: Context) -> SourceFile:
        """Open a file and read what it says of itself.

        Parameters
        ----------
        path : Path
            Absolute.
        params : dict
            All parameters but those of stage "load", snake_case, checked by the host.
        context : Context
            Warnings and cancelling.
        """
        ...
