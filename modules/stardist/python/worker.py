"""The StarDist worker: a stock StarDist folder, run on ONNX Runtime."""

from __future__ import annotations

import os
from importlib.metadata import version
from typing import Any

import numpy as np
import onnxruntime
from parfocal_worker import BadInputError, Context, DeviceUnavailableError, LoadOptions, WeightsError

from parfocal_stardist import native
from parfocal_stardist.folder import graph_path, open_folder
from parfocal_stardist.instances import Candidates, instances, make_rays
from parfocal_stardist.predict import Cells, check_image, merge, pad, prepare, run_tiles, select
from parfocal_stardist.session import Session, open_session
from parfocal_stardist.tiling import automatic_counts, tiles

_SMALLEST_TILE = 64
_STARDIST = version("stardist")  # looking it up takes a millisecond


class Model:
    """A StarDist2D or StarDist3D network and what turns its output into objects.

    Parameters
    ----------
    options : LoadOptions
        `params["model"]`: name of a folder in the module's `weights/`, or path of a folder with `config.json`,
        `weights_best.h5` and optionally `thresholds.json`.

    Attributes
    ----------
    device : str
        "cpu", "cuda:N" or "directml:N": what is really used.
    axes : list of str
        The one axis order that this model takes, so that the host refuses others at once.
    config : ModelConfig
        The network's description.
    session : Session
        The loaded network.

    Raises
    ------
    WeightsError
        The folder is missing, damaged or of a kind that is not supported.
    DeviceUnavailableError
        A device was asked for by name that this environment cannot use.
    """

    def __init__(self, options: LoadOptions) -> None:
        if options.threads is not None:
            os.environ.setdefault("OMP_NUM_THREADS", str(options.threads))  # read once, by the compiled suppression
        # suppression starts its threads once per object: when another program runs beside it, a thread that spins while
        # it waits for the others takes their place, and all takes five times as long
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        native.stardist2d()  # a broken environment shows when it is loaded, not at the first image
        self._folder = open_folder(options.params["model"], options.package_dir / "weights")
        self.config = self._folder.config
        self._rays = make_rays(self.config, str(self._folder.weights_path.with_name("config.json")))
        self.session = self._open_session(options)
        self.device = self.session.device
        self.axes = [self.config.spatial_axes + ("c" if self.config.channels > 1 else "")]

    def predict(self, image: np.ndarray, params: dict[str, Any], context: Context) -> dict[str, np.ndarray]:
        """Find the objects of one image.

        Parameters
        ----------
        image : ndarray
            Axes as `context.axes` says: "yx" or "zyx" as the model takes them, with "c" last for several channels.
            bool, integers or floats.
        params : dict
            `scale`, `tiles`, `normalize`, `percentile_low`, `percentile_high`, `normalize_channels`, and those of
            `refine`.
        context : Context

        Returns
        -------
        dict
            As `parfocal_stardist.instances.instances` describes.

        Raises
        ------
        BadInputError
            The image does not fit the model, has no pixels, or holds values that are not finite.
        """
        config = self.config
        image = check_image(image, context.axes, config)
        shape = image.shape[:-1]
        prepared = prepare(image, config, params, context.warn)
        scaled_shape = prepared.shape[:-1]
        padded = pad(prepared, config)
        cells = tuple(side // grid for side, grid in zip(padded.shape[1:], config.grid, strict=True))
        geometry = {
            "shape": np.array(shape, np.int64),
            "scaled_shape": np.array(scaled_shape, np.int64),
            "scale": np.array(params["scale"], np.float64),
        }
        raw = self._empty(cells) if context.keep_raw else None
        parts: list[Candidates] = []
        plan = tiles(config, padded.shape[1:], self._tile_counts(padded.shape[1:], params["tiles"]))
        if image.min() == image.max():
            plan = []  # nothing to see: the network is trained on contrast and would answer at random
        prob_threshold, _ = self._thresholds(params)
        context.progress(0, len(plan))
        context.check_cancelled()
        for part in run_tiles(padded, plan, lambda tile: self.session.run(tile, context)):
            if raw is not None:
                self._store(raw, part)
            parts.append(select(part, cells, scaled_shape, config.grid, prob_threshold))
            context.progress(len(parts), len(plan), "tiles")
            context.check_cancelled()
        if raw is not None:
            context.keep({**raw, **geometry})
        self._report(params, context, len(plan))
        candidates = merge(parts, cells, config.grid) if parts else self._no_candidates()
        return self._instances(candidates, shape, params, context)

    def less_memory(self, params: dict[str, Any], shape: tuple[int, ...], axes: str) -> dict[str, Any] | None:
        """Twice as many tiles along the axis on which they are longest.

        Parameters
        ----------
        params : dict
            Those of a `predict` that ran out of memory.
        shape : tuple of int
            The image's.
        axes : str
            The image's, "yxc" for example.

        Returns
        -------
        dict or None
            The objects stay the same. None when tiles of 64 pixels are reached.
        """
        sides = tuple(round(length * params["scale"]) for length, axis in zip(shape, axes, strict=True) if axis != "c")
        counts = list(self._tile_counts(sides, params["tiles"]))
        lengths = [side / count for side, count in zip(sides, counts, strict=True)]
        longest = lengths.index(max(lengths))
        if lengths[longest] < 2 * _SMALLEST_TILE:
            return None
        counts[longest] *= 2
        return {**params, "tiles": counts}

    def refine(self, raw: dict[str, np.ndarray], params: dict[str, Any], context: Context) -> dict[str, np.ndarray]:
        """Find the objects again in the network output of an earlier `predict`.

        Parameters
        ----------
        raw : dict
            What `predict` kept: `prob` float32 (*cells), `dist` float32 (rays, *cells), with classes `prob_class`
            float32 (classes + 1, *cells), and `shape`, `scaled_shape`, `scale` of the image.
        params : dict
            `prob_threshold` and `nms_threshold`, 0..1, None for the model's own.
        context : Context

        Returns
        -------
        dict
            What `predict` would return with these thresholds, bit for bit.
        """
        prob = raw["prob"]
        part = Cells(prob, raw["dist"], raw.get("prob_class"), (0,) * prob.ndim)
        scaled_shape = tuple(int(side) for side in raw["scaled_shape"])
        candidates = select(part, prob.shape, scaled_shape, self.config.grid, self._thresholds(params)[0])
        context.check_cancelled()
        self._report(params, context, None)
        shape = tuple(int(side) for side in raw["shape"])
        return self._instances(candidates, shape, {**params, "scale": float(raw["scale"])}, context)

    def _open_session(self, options: LoadOptions) -> Session:
        path = graph_path(self._folder, options.cache_dir)
        try:
            return open_session(path, options.device, options.threads)
        except (DeviceUnavailableError, WeightsError):
            raise
        except Exception:
            # the cached graph may be damaged; one that is written afresh fails for a better reason
            path = graph_path(self._folder, options.cache_dir, rebuild=True)
            return open_session(path, options.device, options.threads)

    def _tile_counts(self, shape: tuple[int, ...], asked: list[int] | None) -> tuple[int, ...]:
        if asked is None:
            return automatic_counts(self.config, shape)
        if len(asked) != len(shape):
            hint = f"give one number per axis {', '.join(self.config.spatial_axes)}, or none for automatic tiles"
            raise BadInputError(f"tiles has {len(asked)} numbers, this model has {len(shape)} axes", hint=hint)
        return tuple(asked)

    def _thresholds(self, params: dict[str, Any]) -> tuple[float, float]:
        prob, nms = params["prob_threshold"], params["nms_threshold"]
        return (
            self._folder.prob_threshold if prob is None else prob,
            self._folder.nms_threshold if nms is None else nms,
        )

    def _instances(
        self, candidates: Candidates, shape: tuple[int, ...], params: dict[str, Any], context: Context
    ) -> dict[str, np.ndarray]:
        nms_threshold = self._thresholds(params)[1]
        return instances(candidates, self._rays, shape, params["scale"], nms_threshold, context.allocate)

    def _no_candidates(self) -> Candidates:
        config = self.config
        classes = None if config.classes is None else np.zeros((0, config.classes + 1), np.float32)
        points = np.zeros((0, config.dimensions), np.int64)
        return Candidates(points, np.zeros(0, np.float32), np.zeros((0, config.rays), np.float32), classes)

    def _empty(self, cells: tuple[int, ...]) -> dict[str, np.ndarray]:
        raw = {"prob": np.zeros(cells, np.float32), "dist": np.zeros((self.config.rays, *cells), np.float32)}
        if self.config.classes is not None:
            raw["prob_class"] = np.zeros((self.config.classes + 1, *cells), np.float32)
        return raw

    def _store(self, raw: dict[str, np.ndarray], part: Cells) -> None:
        where = tuple(slice(a, a + size) for a, size in zip(part.start, part.prob.shape, strict=True))
        raw["prob"][where] = part.prob
        raw["dist"][(slice(None), *where)] = part.dist
        if part.classes is not None:
            raw["prob_class"][(slice(None), *where)] = part.classes

    def _report(self, params: dict[str, Any], context: Context, n_tiles: int | None) -> None:
        prob_threshold, nms_threshold = self._thresholds(params)
        context.info(
            model=self._folder.name,
            weights_sha256=self._folder.weights_sha256,
            onnxruntime=onnxruntime.__version__,
            stardist=_STARDIST,
            providers=self.session.providers,
            device_reason=self.session.reason,
            prob_threshold=prob_threshold,
            nms_threshold=nms_threshold,
            **({} if n_tiles is None else {"n_tiles": n_tiles}),
        )
