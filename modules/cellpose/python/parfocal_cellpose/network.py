"""Runs tiles through the network: on torch as upstream does, or on another runtime."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from parfocal_cellpose import upstream

if TYPE_CHECKING:
    from collections.abc import Callable

    from parfocal_worker import Context

    RunTile = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
    """Flows (nout, y, x) and style (256) of one tile (channels, y, x), float32."""

_upstream_forward = upstream.core._forward


@dataclass
class TileNetwork:
    """Another runtime in the place of upstream's network; it has what `cellpose.core.run_net` asks of one.

    Attributes
    ----------
    run : RunTile
    nout : int
        Outputs for each pixel: 3 or 1.
    device : torch.device
        Where masks are computed afterwards.
    mkldnn : bool
        Always False.
    """

    run: RunTile
    nout: int
    device: torch.device
    mkldnn: bool = False

    def forward(self, tiles: np.ndarray, after_tile: Callable[[int], None]) -> tuple[np.ndarray, np.ndarray]:
        """Flows (n, nout, y, x) and styles (n, 256) of tiles (n, channels, y, x), float32.

        Tiles go one by one and not as a batch: as fast, with less memory, and cancelled sooner.
        """
        flows = np.empty((len(tiles), self.nout, *tiles.shape[2:]), np.float32)
        styles = np.empty((len(tiles), 256), np.float32)
        for index, tile in enumerate(tiles):
            flows[index], styles[index] = self.run(tile)
            after_tile(1)
        return flows, styles


_counting: TileCounter | None = None


class TileCounter:
    """Counts the tiles of one call, reports them, and stops the call between two of them when it is cancelled."""

    def __init__(self) -> None:
        self._context: Context | None = None
        self._done = self._total = 0
        self._message = ""

    def begin(self, context: Context, total: int, message: str = "tiles") -> None:
        """Start to count for a call.

        Parameters
        ----------
        context : Context
        total : int
            Tiles to come, as `count_tiles` says.
        message : str
        """
        global _counting
        _counting = self
        self._context, self._done, self._total, self._message = context, 0, total, message
        context.progress(0, total, message)

    def end(self) -> None:
        """Forget the call."""
        global _counting
        _counting = None
        self._context = None

    def add(self, tiles: int) -> None:
        """Tell of tiles that are done."""
        if self._context is not None:
            self._done += tiles
            self._context.progress(self._done, max(self._total, self._done), self._message)


def _forward(net: Any, tiles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # noqa: ANN401 - upstream's network or ours
    def report(done: int) -> None:
        if _counting is not None:
            _counting.add(done)

    if isinstance(net, TileNetwork):
        return net.forward(tiles, report)
    flows, styles = _upstream_forward(net, tiles)
    report(len(tiles))
    return flows, styles


# every tile of upstream's run_net goes through here, whichever network it runs
upstream.core._forward = _forward


def count_tiles(shape: tuple[int, int], rescale: float, bsize: int, tile_overlap: float, augment: bool) -> int:
    """Tiles that upstream's `run_net` cuts one plane into.

    Parameters
    ----------
    shape : tuple of int
        Pixels along y and x.
    rescale : float
        Factor by which the plane is enlarged first.
    bsize : int
        Side of a tile in pixels.
    tile_overlap : float
        Overlap of tiles as a fraction of their side.
    augment : bool
    """
    count = 1
    for side in shape:
        resized = int(side * rescale) if rescale != 1.0 else side
        padded = resized + sum(upstream.transforms.get_pad_yx(resized, resized)[:2])
        if augment:
            count *= max(2, int(np.ceil(2.0 * padded / bsize)))
        elif padded > bsize:
            count *= int(np.ceil((1.0 + 2 * tile_overlap) * padded / bsize))
    return count
