"""Says as JSON what roifile and shapely make of the outlines of labels.

usage: read_outlines.py LABELS.npy OUTLINES.zip|OUTLINES.geojson OFFSET_X OFFSET_Y
"""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path

import numpy as np
import roifile
import shapely

labels = np.load(sys.argv[1])
path = Path(sys.argv[2])
offset = np.array([float(sys.argv[3]), float(sys.argv[4])])


def fill(rings: list[np.ndarray]) -> np.ndarray:
    """Pixels inside rings that run along pixel edges, by the even-odd rule."""
    edges = np.zeros((labels.shape[0], labels.shape[1] + 1), np.int64)
    for ring in rings:
        corners = np.asarray(ring, float) - offset
        whole = corners.round().astype(int)
        assert np.array_equal(whole, corners), "corners are not on pixel corners"
        for (x0, y0), (x1, y1) in zip(whole, np.roll(whole, -1, axis=0), strict=True):
            assert x0 == x1 or y0 == y1, "an edge is neither upright nor level"
            if x0 == x1:
                edges[min(y0, y1) : max(y0, y1), x0] += 1
    return np.cumsum(edges, axis=1)[:, :-1] % 2 == 1


def read_rois() -> dict[str, object]:
    rois = roifile.roiread(path)
    rois = rois if isinstance(rois, list) else [rois]
    drawn = np.zeros_like(labels)
    for roi in rois:
        rings = roi.coordinates(multi=True) if roi.composite else [roi.subpixel_coordinates]
        drawn[fill(rings)] = int(roi.name)
    return {
        "count": len(rois),
        "equal": bool(np.array_equal(drawn, labels)),
        "names": [roi.name for roi in rois][:3],
        "kinds": sorted({f"{roi.roitype.name} {'composite' if roi.composite else 'simple'}" for roi in rois}),
        "boundsOfFirst": [rois[0].left, rois[0].top, rois[0].right, rois[0].bottom] if rois else None,
    }


def check_for_qupath(feature: dict) -> None:
    """What `QuPathTypeAdapters` of QuPath 0.5 asks of a feature."""
    assert feature["type"] == "Feature"
    assert feature["geometry"]["type"] in {"Polygon", "MultiPolygon"}
    if "id" in feature:
        uuid.UUID(feature["id"])
    properties = feature["properties"]
    assert properties["objectType"] == "detection"
    assert isinstance(properties["name"], str)
    for name, value in properties.get("measurements", {}).items():
        assert isinstance(name, str) and isinstance(value, int | float)


def read_geojson() -> dict[str, object]:
    collection = json.loads(path.read_text("utf8"))
    assert collection["type"] == "FeatureCollection"
    drawn = np.zeros_like(labels)
    invalid, kinds = [], set()
    for feature in collection["features"]:
        check_for_qupath(feature)
        identity = int(feature["properties"]["name"])
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        if not shape.is_valid or shape.area != np.count_nonzero(labels == identity):
            invalid.append(identity)
        kinds.add(shape.geom_type)
        polygons = [feature["geometry"]["coordinates"]]
        polygons = polygons if shape.geom_type == "Polygon" else polygons[0]
        for part in shapely.get_parts(shape):
            assert part.exterior.is_ccw and not any(hole.is_ccw for hole in part.interiors)
        rings = [np.array(ring) for polygon in polygons for ring in polygon]
        assert all(np.array_equal(ring[0], ring[-1]) for ring in rings), "a ring is open"
        drawn[fill([ring[:-1] for ring in rings])] = identity
    features = collection["features"]
    return {
        "count": len(features),
        "equal": bool(np.array_equal(drawn, labels)),
        "invalid": invalid,
        "kinds": sorted(kinds),
        "measurements": features[0]["properties"].get("measurements") if features else None,
    }


print(json.dumps(read_rois() if path.suffix == ".zip" else read_geojson()))
