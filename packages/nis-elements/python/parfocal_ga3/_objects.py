"""Objects as a module finds them, and what a binary and a table take of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from parfocal_ga3._errors import rejected
from parfocal_ga3._measure import measure, scores_of
from parfocal_ga3._separate import separate_touching

Array = npt.NDArray[Any]


class Objects(NamedTuple):
    """What was found in one frame or one stack."""

    labels: npt.NDArray[np.int32]
    """(y, x), or (z, y, x) of a stack; 0 is background."""
    scores: Array | None
    """Row i belongs to the object with number i + 1; None where the module gives none."""
    in_planes: bool
    """True where each plane of a stack was segmented by itself."""
    calibration: Mapping[str, float]
    """Micrometres of a pixel by axis; axes that are not calibrated are left out."""

    @property
    def axes(self) -> str:
        """`yx`, or `zyx` of a stack."""
        return "zyx"[-self.labels.ndim :]

    @property
    def calibrated(self) -> bool:
        """Whether all axes are."""
        return all(axis in self.calibration for axis in self.axes)


def stack_planes(planes: Sequence[Objects], calibration: Mapping[str, float]) -> Objects:
    """Put planes above each other, each with numbers of its own: they follow on the highest number below it.

    Parameters
    ----------
    planes
        Of one shape, at least one.
    calibration
        Micrometres by axis of the stack.

    Raises
    ------
    ParfocalError
        When there are more objects than int32 can count.
    """
    labels = np.zeros((len(planes), *planes[0].labels.shape), np.int32)
    scores: list[Array] = []
    highest = 0
    for place, plane in enumerate(planes):
        top = int(plane.labels.max(initial=0))
        if highest + top > np.iinfo(np.int32).max:
            raise rejected(
                f"the planes have more than {np.iinfo(np.int32).max} objects",
                "segment the stack as one volume, or in parts",
            )
        labels[place] = np.where(plane.labels == 0, 0, plane.labels + highest)
        highest += top
        if plane.scores is not None:
            scores.append(scores_of(np.arange(1, top + 1), plane.scores))
    complete = np.concatenate(scores) if len(scores) == len(planes) else None
    return Objects(labels, complete, True, calibration)


def mask_of(objects: Objects) -> npt.NDArray[np.uint8]:
    """A mask in which objects that touch are cut apart; planes that were segmented one by one, each by itself."""
    if objects.in_planes:
        return np.stack([separate_touching(plane) for plane in objects.labels])
    return separate_touching(objects.labels)


def table_columns(*, volume: bool, calibrated: bool, scores: bool) -> list[tuple[str, str]]:
    """Title and unit of each column of the table of objects, after that of their numbers."""
    size, power = ("Volume", 3) if volume else ("Area", 2)
    axes = "XYZ" if volume else "XY"
    unit = "µm" if calibrated else "px"
    return [
        (f"{size}Px", "vx" if volume else "px"),
        *([(size, f"µm{'²' if power == 2 else '³'}")] if calibrated else []),
        *((f"Centroid{axis}", unit) for axis in axes),
        *([("Score", "")] if scores else []),
    ]


def table_rows(objects: Objects, *, scores: bool) -> list[list[Any]]:
    """The columns that `table_columns` names, below that of the numbers of the objects."""
    ids, counts, centroids = measure(objects.labels)
    axes = objects.axes
    size = [objects.calibration[axis] if objects.calibrated else 1.0 for axis in axes]
    places = centroids * np.array(size)
    columns: list[Array] = [
        ids,
        counts,
        *([counts * float(np.prod(size))] if objects.calibrated else []),
        *(places[:, axes.index(axis)] for axis in "xyz" if axis in axes),
    ]
    if scores:
        columns.append(scores_of(ids, [] if objects.scores is None else objects.scores))
    return [column.tolist() for column in columns]
