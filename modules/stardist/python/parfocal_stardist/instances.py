"""From object candidates to labelled objects: non-maximum suppression and rendering.

Both follow `StarDist2D._instances_from_prediction` and `StarDist3D._instances_from_prediction` of StarDist 0.9.2 with
sparse candidates: same order of candidates, same compiled suppression, same rendering, so the labels are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from parfocal_worker import WeightsError

from parfocal_stardist import native
from parfocal_stardist.config import ModelConfig
from parfocal_stardist.drawing import draw_polygons
from parfocal_stardist.suppression import survivors_2d

if TYPE_CHECKING:
    from collections.abc import Callable

_RAY_FACTORIES = ("Rays_GoldenSpiral", "Rays_Cartesian", "Rays_Tetra", "Rays_Octo", "Rays_Explicit")


@dataclass(frozen=True)
class Candidates:
    """Cells whose object probability is above the threshold, in C order of the cells.

    Attributes
    ----------
    points : ndarray of int64
        (n, axes), pixels of the image that the network saw.
    prob : ndarray of float32
        (n,)
    dist : ndarray of float32
        (n, rays), pixels of the image that the network saw, at least 0.001.
    classes : ndarray of float32 or None
        (n, classes + 1) probabilities, background first.
    """

    points: np.ndarray
    prob: np.ndarray
    dist: np.ndarray
    classes: np.ndarray | None

    def at(self, index: np.ndarray) -> Candidates:
        """The candidates that `index` (integers or booleans) picks, in its order."""
        classes = None if self.classes is None else self.classes[index]
        return Candidates(self.points[index], self.prob[index], self.dist[index], classes)


@dataclass(frozen=True)
class Rays:
    """Ray directions of a 3D model.

    Attributes
    ----------
    vertices : ndarray of float32
        (rays, 3), z, y, x.
    faces : ndarray of int32
        (faces, 3), indices into `vertices`.
    """

    vertices: np.ndarray
    faces: np.ndarray


def make_rays(config: ModelConfig, where: str) -> Rays | None:
    """The rays that `rays_json` describes; None for a 2D model.

    Raises
    ------
    WeightsError
        The ray factory is not one of upstream's, or makes another number of rays than `n_rays`.
    """
    if config.rays_json is None:
        return None
    name, arguments = config.rays_json["name"], config.rays_json["kwargs"]
    hint = "use a model whose rays StarDist 0.9.2 can make"
    if name not in _RAY_FACTORIES:
        raise WeightsError(f"{where}: rays_json: the ray factory {name!r} is not known", hint=hint)
    try:
        rays = getattr(native.rays3d(), name)(**arguments)
    except (TypeError, ValueError) as error:
        raise WeightsError(f"{where}: rays_json: {name} refuses its arguments: {error}", hint=hint) from error
    if len(rays) != config.rays:
        raise WeightsError(f"{where}: rays_json makes {len(rays)} rays, n_rays is {config.rays}", hint=hint)
    return Rays(rays.vertices.astype(np.float32), rays.faces.astype(np.int32))


def instances(
    candidates: Candidates,
    rays: Rays | None,
    shape: tuple[int, ...],
    scale: float,
    nms_threshold: float,
    allocate: Callable[[tuple[int, ...], Any], np.ndarray] = np.empty,
) -> dict[str, np.ndarray]:
    """Keep the best of overlapping candidates and draw them.

    Parameters
    ----------
    candidates : Candidates
    rays : Rays or None
        None in 2D.
    shape : tuple of int
        Spatial shape of the label image to make, that of the input image.
    scale : float
        Factor by which the image was enlarged for the network.
    nms_threshold : float
        0..1; the smaller, the less two objects may overlap.
    allocate : callable
        Makes the array for 2D labels from shape and dtype.

    Returns
    -------
    dict
        Object i (from 0) has label i + 1. `labels` int32 (*shape), 0 is background; `scores` float32 (n,), falling;
        `points` float32 (n, axes), pixels of the input image; 2D: `polygons` float32 (n, 2, rays), y then x, pixels;
        3D: `distances` float32 (n, rays), `ray_vertices` float32 (rays, 3), `ray_faces` int32 (faces, 3), a corner is
        point + distance * vertex; with classes: `class_ids` int32 (n,), 0 is background.
        In 2D an object that others cover fully keeps its row and number without any pixel; in 3D, where upstream
        numbers the drawn objects anew, it has no row.
    """
    rescale = 1 / scale
    order = np.argsort(candidates.prob)[::-1]
    if rays is None:
        labels, kept, details = _instances_2d(candidates.at(order), allocate(shape, np.int32), rescale, nms_threshold)
    else:
        labels, kept, details = _instances_3d(candidates.at(order), rays, shape, rescale, nms_threshold)
    outputs = {
        "labels": labels,
        "scores": kept.prob.astype(np.float32, copy=False),
        "points": _rescaled(kept.points, rescale).astype(np.float32),
        **details,
    }
    if kept.classes is not None:
        outputs["class_ids"] = np.argmax(kept.classes, axis=-1).astype(np.int32)
    return outputs


def _instances_2d(
    candidates: Candidates, labels: np.ndarray, rescale: float, nms_threshold: float
) -> tuple[np.ndarray, Candidates, dict[str, np.ndarray]]:
    candidates = candidates.at(survivors_2d(candidates.points, candidates.dist, nms_threshold))
    polygons = _polygons(candidates.dist, _rescaled(candidates.points, rescale), rescale)
    order = np.argsort(candidates.prob, kind="stable")  # the best is drawn last, over the others
    return draw_polygons(polygons, order, labels.shape, labels), candidates, {"polygons": polygons}


def _instances_3d(
    candidates: Candidates, rays: Rays, shape: tuple[int, ...], rescale: float, nms_threshold: float
) -> tuple[np.ndarray, Candidates, dict[str, np.ndarray]]:
    labels = np.zeros(shape, np.int32)
    vertices = rays.vertices * np.float32(rescale) if rescale != 1 else rays.vertices
    if len(candidates.prob):
        candidates = candidates.at(_suppress_3d(candidates, rays, nms_threshold))
        labels = _draw_3d(candidates, Rays(vertices, rays.faces), shape, rescale)
        labels, visible = _renumber(labels, len(candidates.prob))
        candidates = candidates.at(visible)
    return labels, candidates, {"distances": candidates.dist, "ray_vertices": vertices, "ray_faces": rays.faces}


def _suppress_3d(candidates: Candidates, rays: Rays, nms_threshold: float) -> np.ndarray:
    # upstream sorts once more here, which turns candidates of equal probability round
    order = np.argsort(candidates.prob)[::-1]
    survivors = np.ones(len(order), bool)
    survivors[order] = native.stardist3d().c_non_max_suppression_inds(
        _contiguous(candidates.dist[order], np.float32),
        _contiguous(candidates.points[order], np.float32),
        _contiguous(rays.vertices, np.float32),
        _contiguous(rays.faces, np.int32),
        _contiguous(candidates.prob[order], np.float32),
        1,  # bounding boxes first
        1,  # neighbours from a k-d tree
        0,  # nothing printed
        np.float32(nms_threshold),
    )
    return survivors


def _draw_3d(candidates: Candidates, rays: Rays, shape: tuple[int, ...], rescale: float) -> np.ndarray:
    order = np.argsort(candidates.prob)[::-1]
    zero = np.int32(0)
    return native.stardist3d().c_polyhedron_to_label(
        _contiguous(candidates.dist[order], np.float32),
        _contiguous(_rescaled(candidates.points, rescale)[order], np.float32),
        _contiguous(rays.vertices, np.float32),
        _contiguous(rays.faces, np.int32),
        _contiguous(order + 1, np.int32),
        zero,  # the full polyhedron
        zero,  # nothing printed
        zero,  # overlaps belong to the better object
        zero,
        shape,
    )


def _renumber(labels: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Close the gaps that fully covered objects leave; also returns the indices of the objects that are left."""
    drawn = np.bincount(labels.ravel(), minlength=count + 1)[1:] > 0
    numbers = np.concatenate([[0], np.cumsum(drawn) * drawn]).astype(np.int32)
    return numbers[labels], np.flatnonzero(drawn)


def _polygons(dist: np.ndarray, points: np.ndarray, rescale: float) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, dist.shape[1], endpoint=False)
    directions = np.array([np.sin(angles), np.cos(angles)])
    polygons = (dist[:, np.newaxis] * directions).astype(np.float32)
    polygons *= np.float64(rescale)
    polygons += points[..., np.newaxis]
    return polygons


def _rescaled(points: np.ndarray, rescale: float) -> np.ndarray:
    return points if rescale == 1 else points * rescale


def _contiguous(values: np.ndarray, dtype: Any) -> np.ndarray:  # noqa: ANN401 - any numpy dtype
    return np.ascontiguousarray(values.astype(dtype, copy=False))
