"""Writes OME-Zarr 0.4 and 0.5 with zarr-python and tensorstore, and what they hold.

usage: write_zarrs.py FOLDER  (writes FOLDER/NAME.zarr, FOLDER/NAME.npy and FOLDER/hostile/...)
"""

from __future__ import annotations

import gzip
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import tensorstore
import zarr
from zarr.codecs import BloscCodec, GzipCodec, ShardingCodec, ZstdCodec

folder = Path(sys.argv[1])
rng = np.random.default_rng(5)
stack = rng.integers(0, 60000, (2, 3, 5, 37, 50), dtype=np.uint16)  # t, c, z, y, x
stack[0, 0, 0] = 0
np.save(folder / "stack.npy", stack)
np.save(folder / "half.npy", stack[..., ::2, ::2])


def ome(version: str, paths: list[str]) -> dict:
    spatial = [{"name": axis, "type": "space", "unit": "micrometer"} for axis in "zyx"]
    axes = [{"name": "t", "type": "time"}, {"name": "c", "type": "channel"}, *spatial]
    datasets = [
        {
            "path": path,
            "coordinateTransformations": [{"type": "scale", "scale": [1, 1, 2.0, 0.25 * 2**level, 0.25 * 2**level]}],
        }
        for level, path in enumerate(paths)
    ]
    channels = [{"label": name, "color": "0000FF", "window": {"start": 0, "end": 1, "min": 0, "max": 1}} for name in ["DAPI", "GFP", "Cy5"]]
    return {
        "multiscales": [{"version": version, "name": "cells", "axes": axes, "datasets": datasets}],
        "omero": {"channels": channels},
    }


def write(name: str, zarr_format: int, **options: object) -> None:
    attributes = ome("0.4" if zarr_format == 2 else "0.5", ["0", "1"])
    group = zarr.open_group(folder / f"{name}.zarr", mode="w", zarr_format=zarr_format)
    group.attrs.update(attributes if zarr_format == 2 else {"ome": {"version": "0.5", **attributes}})
    for path, values in [("0", stack), ("1", stack[..., ::2, ::2])]:
        array = group.create_array(path, shape=values.shape, dtype=values.dtype, chunks=(1, 1, 2, 16, 20), **options)
        array[:] = values


write("v3-zstd", 3, compressors=ZstdCodec())
write("v3-gzip", 3, compressors=GzipCodec())
write("v3-blosc", 3, compressors=BloscCodec(cname="lz4"))
write("v3-plain", 3, compressors=None)
import numcodecs  # noqa: E402

write("v2-blosc", 2, compressors=numcodecs.Blosc(cname="zstd"), chunk_key_encoding={"name": "v2", "separator": "/"})
write("v2-gzip", 2, compressors=numcodecs.GZip())
write("v2-zlib", 2, compressors=numcodecs.Zlib())
write("v2-zstd", 2, compressors=numcodecs.Zstd())
write("v2-lz4", 2, compressors=numcodecs.LZ4())
write("v2-plain", 2, compressors=None)

group = zarr.open_group(folder / "v3-sharded.zarr", mode="w", zarr_format=3)
group.attrs.update({"ome": {"version": "0.5", **ome("0.5", ["0"])}})
group.create_array("0", shape=stack.shape, dtype=stack.dtype, shards=(1, 1, 4, 32, 40), chunks=(1, 1, 2, 16, 20))[:] = stack

for name, driver, separator in [("tensorstore-v2", "zarr", "/"), ("tensorstore-v3", "zarr3", "/")]:
    place = folder / f"{name}.zarr"
    attributes = ome("0.4" if driver == "zarr" else "0.5", ["0"])
    place.mkdir()
    if driver == "zarr":
        (place / ".zgroup").write_text('{"zarr_format": 2}')
        (place / ".zattrs").write_text(json.dumps(attributes))
        metadata = {"dimension_separator": separator, "chunks": [1, 1, 5, 37, 17], "compressor": {"id": "blosc", "cname": "lz4"}}
    else:
        group = {"zarr_format": 3, "node_type": "group", "attributes": {"ome": {"version": "0.5", **attributes}}}
        (place / "zarr.json").write_text(json.dumps(group))
        metadata = {"chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1, 1, 5, 37, 17]}}}
    spec = {
        "driver": driver,
        "kvstore": {"driver": "file", "path": str(place / "0")},
        "metadata": metadata,
        "create": True,
    }
    tensorstore.open(spec, dtype=tensorstore.uint16, shape=stack.shape).result()[...].write(stack).result()

plate = zarr.open_group(folder / "plate.zarr", mode="w", zarr_format=2)
plate.attrs["plate"] = {"wells": [{"path": "A/1"}, {"path": "B/2"}], "rows": [], "columns": []}
for index, well in enumerate(["A/1", "B/2"]):
    group = plate.create_group(well)
    group.attrs["well"] = {"images": [{"path": "0"}, {"path": "1"}]}
    for field in range(2):
        image = group.create_group(str(field))
        metadata = ome("0.4", ["0"])
        metadata["multiscales"][0]["axes"] = metadata["multiscales"][0]["axes"][-2:]
        metadata["multiscales"][0]["datasets"][0]["coordinateTransformations"][0]["scale"] = [0.25, 0.25]
        image.attrs.update(metadata)
        image.create_array("0", shape=(37, 50), dtype="uint16", chunks=(37, 50))[:] = stack[index, field, 1]
series = zarr.open_group(folder / "series.zarr", mode="w", zarr_format=2)
series.attrs["bioformats2raw.layout"] = 3
for index in range(2):
    shutil.copytree(folder / "plate.zarr" / "A" / "1" / str(index), folder / "series.zarr" / str(index))
for name, dtype in [("bool", bool), ("float32", "float32"), ("int64", "int64")]:
    array = zarr.create_array(
        folder / f"{name}.zarr", shape=(6, 7), dtype=dtype, chunks=(4, 4), dimension_names=["y", "x"], zarr_format=3
    )
    array[:] = stack[1, 0, 0, :6, :7] > 30000 if dtype is bool else stack[1, 0, 0, :6, :7]

hostile = folder / "hostile"
hostile.mkdir()


def damaged(name: str, source: str) -> Path:
    shutil.copytree(folder / f"{source}.zarr", hostile / f"{name}.zarr")
    return hostile / f"{name}.zarr"


def edit(path: Path, change: object) -> None:
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def set_path(value: dict, path: str) -> None:
    (value.get("attributes", {}).get("ome") or value)["multiscales"][0]["datasets"][0]["path"] = path


for name, path in [("climbs", "../../stack.zarr/0"), ("absolute", "/etc"), ("encoded", "%2e%2e/%2e%2e/x"), ("windows", "..\\..\\x")]:
    edit(damaged(name, "v3-zstd") / "zarr.json", lambda value, path=path: set_path(value, path))
edit(damaged("no-array", "v3-zstd") / "zarr.json", lambda value: set_path(value, "7"))
(damaged("no-json", "v3-zstd") / "zarr.json").write_text("{")
edit(damaged("bad-axes", "v3-zstd") / "zarr.json", lambda value: value["attributes"]["ome"]["multiscales"][0]["axes"][0].update(name="q"))
edit(damaged("no-axes", "v3-zstd") / "zarr.json", lambda value: value["attributes"]["ome"]["multiscales"][0].update(axes="tczyx"))
edit(damaged("huge", "v3-plain") / "0" / "zarr.json", lambda value: value.update(shape=[2, 3, 5, 10**9, 10**9]))
edit(damaged("huge-chunk", "v3-plain") / "0" / "zarr.json", lambda value: value["chunk_grid"]["configuration"].update(chunk_shape=[1, 1, 2, 10**6, 10**6]))
edit(damaged("zero", "v3-plain") / "0" / "zarr.json", lambda value: value.update(shape=[2, 3, 5, 0, 50]))
edit(damaged("codec", "v3-zstd") / "0" / "zarr.json", lambda value: value["codecs"].append({"name": "secret", "configuration": {}}))
for name, source in [("cut", "v3-zstd"), ("cut-gzip", "v3-gzip"), ("cut-blosc", "v3-blosc"), ("cut-plain", "v3-plain"), ("cut-v2", "v2-blosc"), ("cut-v2-plain", "v2-plain")]:
    chunk = next(path for path in sorted((damaged(name, source) / "0").rglob("*")) if path.is_file() and path.name[0].isdigit() and path.stat().st_size > 100)
    chunk.write_bytes(chunk.read_bytes()[:70])
for name, source, content in [
    ("bomb-gzip", "v3-gzip", gzip.compress(bytes(1 << 28))),
    ("bomb-zstd", "v3-zstd", numcodecs.Zstd().encode(bytes(1 << 28))),
    ("bomb-blosc", "v3-blosc", bytes(numcodecs.Blosc(cname="zstd").encode(bytes(1 << 28)))),
]:
    for chunk in (damaged(name, source) / "0" / "c").rglob("*"):
        if chunk.is_file():
            chunk.write_bytes(content)
