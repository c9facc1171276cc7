"""Macros that make labels. All return int32 "yx", 0 background."""

from __future__ import annotations

from typing import Any

import numpy as np
from parfocal_worker import Context
from scipy import ndimage
from skimage.draw import polygon
from skimage.morphology import disk, h_maxima, opening, reconstruction
from skimage.segmentation import relabel_sequential, watershed

from parfocal_deepimagej.macros.masks import to_8bit
from parfocal_deepimagej.macros.script import Script

_SMALLEST = 10


def contours_to_instances(image: np.ndarray, script: Script, context: Context) -> np.ndarray:
    """Cells out of background, foreground and contour: three channels, "cyx".

    Foreground of 0.5 and more that is no contour, holes filled, is parted by a watershed on the distance to the border
    (dynamic 1, lines between cells stay background); cells of more than 10 pixels are kept. MorphoLibJ approximates the
    distance by chamfer weights 3 and 4; here it is exact, so that lines may lie a pixel beside.
    """
    inside = (image[1] >= 0.5) & ~(image[2] >= 0.5)
    filled: Any = ndimage.binary_fill_holes(inside)
    distance: Any = ndimage.distance_transform_edt(filled)
    context.check_cancelled()
    seeds: Any = ndimage.label(h_maxima(distance, 1))
    small: Any = ndimage.label(filled)
    markers = _seed_every_component(np.asarray(seeds[0]), np.asarray(small[0]))
    context.check_cancelled()
    labels: Any = watershed(-distance, markers, mask=filled, watershed_line=True)
    sizes = np.bincount(labels.ravel())
    return _relabel(np.where(sizes[labels] > _SMALLEST, labels, 0))


def convex_markers_watershed(image: np.ndarray, script: Script, context: Context) -> np.ndarray:
    """Cells grown from convex markers: four channels, "cyx", the second being markers and the fourth cells.

    Domes of at least `STEP` grey levels on the opened marker image, where it reaches `MARKER_THRESHOLD`, are the
    markers; cells are what reaches `C_MASK_THRESHOLD` of 255.
    """
    step = script.number("STEP")
    grey = to_8bit(image[1])
    opened = opening(grey, disk(3)).astype(np.float64)
    context.check_cancelled()
    raised = reconstruction(opened, opened + step, footprint=disk(3))
    domes = (opened - np.maximum(raised - step, 0) > 0) & (grey >= script.number("MARKER_THRESHOLD"))
    context.check_cancelled()
    cells = to_8bit(image[3])
    mask = (cells >= script.number("C_MASK_THRESHOLD")) | domes
    eight = np.ones((3, 3), bool)
    markers: Any = ndimage.label(domes, eight)
    labels: Any = watershed(255 - cells.astype(np.int16), markers[0], mask=mask, connectivity=2, watershed_line=True)
    return _relabel(labels)


def stardist_2d(image: np.ndarray, script: Script, context: Context) -> np.ndarray:
    """Star-convex objects out of probability and distances along rays: "cyx", the probability first.

    The image is enlarged by `grid` (cubic splines). Pixels above `probThresh` that lie more than 2 pixels inside are
    candidates, the most probable first; a candidate that shares more than `nmsThresh` of the smaller of both with an
    object that was drawn before is dropped. StarDist compares polygons; here their pixels are compared.
    """
    grid = int(script.number("grid"))
    large: Any = ndimage.zoom(image, (1, grid, grid), order=3, mode="nearest", grid_mode=True)
    probability, distances = large[0], np.maximum(large[1:], 0)
    candidates = probability > script.number("probThresh")
    candidates[[0, 1, -2, -1]] = False
    candidates[:, [0, 1, -2, -1]] = False
    rows, columns = np.nonzero(candidates)
    order = np.argsort(-probability[rows, columns], kind="stable")
    angles = np.linspace(0, 2 * np.pi, len(distances), endpoint=False)
    labels = np.zeros(probability.shape, np.int32)
    areas = [0]
    for done, at in enumerate(order):
        if done % 256 == 0:
            context.check_cancelled()
        row, column = rows[at], columns[at]
        reach = distances[:, row, column]
        inside = polygon(row + reach * np.sin(angles), column + reach * np.cos(angles), labels.shape)
        area = len(inside[0])
        if area == 0:
            continue
        there = labels[inside]
        ids, shared = np.unique(there[there > 0], return_counts=True)
        smaller = np.minimum(area, np.asarray(areas)[ids])
        if np.any(shared / smaller > script.number("nmsThresh")):
            continue
        areas.append(area)
        labels[tuple(part[there == 0] for part in inside)] = len(areas) - 1
    return labels


def _seed_every_component(seeds: np.ndarray, components: np.ndarray) -> np.ndarray:
    """Components too flat for a peak of their own become one seed each."""
    seeded = np.unique(components[seeds > 0])
    lonely = ~np.isin(components, seeded) & (components > 0)
    return np.where(lonely, components + seeds.max(), seeds)


def _relabel(labels: np.ndarray) -> np.ndarray:
    return np.asarray(relabel_sequential(labels)[0], np.int32)
