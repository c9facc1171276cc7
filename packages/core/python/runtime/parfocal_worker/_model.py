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
