"""Writes image files of many kinds with tifffile, Pillow and numpy, and what they hold, for comparison with another reader.

usage: write_images.py FOLDER  (writes FOLDER/NAME.tif, .png or .npy, FOLDER/truth/NAME.npy and FOLDER/cases.json)
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

folder = Path(sys.argv[1])
(folder / "truth").mkdir()
cases: list[dict[str, object]] = []
rng = np.random.default_rng(7)
codecs = find_spec("imagecodecs") is not None


def smooth(shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Values that use the whole range, with runs and gradients, so that every compression has something to do."""
    ramp = np.add.outer(np.arange(shape[-2]), np.arange(shape[-1])) if len(shape) > 1 else np.arange(shape[0])
    values = (
        np.broadcast_to(ramp, shape)
        + rng.integers(0, 3, shape)
        + np.arange(shape[0]).reshape(-1, *[1] * (len(shape) - 1))
    )
    if dtype.startswith("float"):
        return (values / 7 - 3).astype(dtype)
    info = np.iinfo(dtype)
    step = max(1, int(info.max) // 512)
    return (values * step + min(0, int(info.min))).astype(dtype)


def case(
    name: str,
    truth: np.ndarray,
    axes: str,
    pixel_size: dict[str, float] | None = None,
    tolerance: float = 0,
    notes: str = "",
) -> None:
    np.save(folder / "truth" / f"{Path(name).stem}.npy", np.ascontiguousarray(truth))
    cases.append({"name": name, "axes": axes, "pixelSize": pixel_size, "tolerance": tolerance, "notes": notes})


def tiff(
    name: str,
    array: np.ndarray,
    axes: str,
    pixel_size: dict[str, float] | None = None,
    notes: str = "",
    **options: object,
) -> None:
    path = folder / f"{name}.tif"
    tifffile.imwrite(path, array, **options)
    assert np.array_equal(tifffile.imread(path), array), name
    case(path.name, array, axes, pixel_size, notes=notes)


for dtype in ["uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"]:
    for order in "<>":
        tiff(f"plain-{dtype}-{'le' if order == '<' else 'be'}", smooth((37, 53), dtype), "yx", byteorder=order)
for dtype in ["uint8", "uint16", "int16", "float32"]:
    for order in "<>":
        end = "le" if order == "<" else "be"
        tiff(
            f"deflate-{dtype}-{end}",
            smooth((67, 53), dtype),
            "yx",
            byteorder=order,
            compression="zlib",
            rowsperstrip=16,
        )
        tiff(f"tiled-{dtype}-{end}", smooth((67, 53), dtype), "yx", byteorder=order, tile=(32, 48))
        tiff(
            f"tiled-deflate-{dtype}-{end}",
            smooth((67, 53), dtype),
            "yx",
            byteorder=order,
            tile=(32, 16),
            compression="zlib",
        )
tiff("strips-of-one-row", smooth((67, 53), "uint16"), "yx", rowsperstrip=1)
tiff("one-pixel", smooth((1, 1), "uint16"), "yx")
tiff("one-row", smooth((1, 301), "uint16"), "yx", compression="zlib")
tiff("big", smooth((67, 53), "uint16"), "yx", bigtiff=True)
tiff("big-be-deflate", smooth((67, 53), "uint16"), "yx", bigtiff=True, byteorder=">", compression="zlib")
tiff("rgb", smooth((40, 30, 3), "uint8"), "yxc", photometric="rgb")
tiff("rgb-16-be", smooth((40, 30, 3), "uint16"), "yxc", photometric="rgb", byteorder=">")
tiff(
    "rgb-planar",
    smooth((3, 40, 30), "uint8"),
    "cyx",
    photometric="rgb",
    planarconfig="separate",
    notes="3 planes are taken as c",
)
tiff(
    "rgb-planar-deflate",
    smooth((3, 40, 30), "uint16"),
    "cyx",
    photometric="rgb",
    planarconfig="separate",
    compression="zlib",
    rowsperstrip=7,
    notes="3 planes are taken as c",
)
tiff("rgb-tiled", smooth((40, 30, 3), "uint8"), "yxc", photometric="rgb", tile=(16, 16), compression="zlib")
tiff("pages", smooth((5, 31, 29), "uint16"), "zyx", notes="axes taken as zyx")
tiff("pages-named", smooth((5, 31, 29), "uint16"), "tyx", metadata={"axes": "TYX"})
tiff("pages-named-tczyx", smooth((2, 3, 4, 9, 8), "uint8"), "tczyx", metadata={"axes": "TCZYX"})
tiff(
    "pages-named-tczyx-grey",
    smooth((2, 3, 4, 9, 8), "uint8"),
    "tczyx",
    metadata={"axes": "TCZYX"},
    photometric="minisblack",
)
tiff("pages-rgb", smooth((4, 31, 29, 3), "uint8"), "zyxc", photometric="rgb", metadata={"axes": "ZYXS"})
tiff("white-is-zero", smooth((31, 29), "uint8"), "yx", photometric="miniswhite", notes="white as 0")
tiff(
    "palette",
    smooth((31, 29), "uint8"),
    "yx",
    photometric="palette",
    colormap=rng.integers(0, 65535, (3, 256), dtype="uint16"),
    notes="colour table",
)
tiff(
    "centimetres",
    smooth((31, 29), "uint16"),
    "yx",
    {"x": 0.325, "y": 0.5},
    resolution=(1e4 / 0.325, 1e4 / 0.5),
    resolutionunit="CENTIMETER",
)
tiff(
    "inches",
    smooth((31, 29), "uint16"),
    "yx",
    {"x": 0.65, "y": 0.65},
    resolution=(25400 / 0.65, 25400 / 0.65),
    resolutionunit="INCH",
)
tiff(
    "print-resolution",
    smooth((31, 29), "uint16"),
    "yx",
    None,
    resolution=(300, 300),
    resolutionunit="INCH",
    notes="for printing",
)
tiff(
    "big-be-rgb-pages",
    smooth((3, 20, 30, 3), "uint16"),
    "zyxc",
    photometric="rgb",
    bigtiff=True,
    byteorder=">",
    notes="axes taken as zyxc",
)

for name, axes, shape in [
    ("yx", "YX", (31, 29)),
    ("zyx", "ZYX", (4, 31, 29)),
    ("tyx", "TYX", (4, 31, 29)),
    ("cyx", "CYX", (2, 31, 29)),
    ("tzcyx", "TZCYX", (2, 3, 2, 31, 29)),
    ("zcyx", "ZCYX", (3, 2, 31, 29)),
]:
    for dtype in ["uint8", "uint16", "float32"]:
        tiff(
            f"imagej-{name}-{dtype}",
            smooth(shape, dtype),
            name,
            {"x": 0.25, "y": 0.5, **({"z": 1.5} if "z" in name else {})},
            imagej=True,
            resolution=(4, 2),
            metadata={"axes": axes, "unit": "um", "spacing": 1.5},
        )
tiff(
    "imagej-nanometres",
    smooth((31, 29), "uint16"),
    "yx",
    {"x": 0.1, "y": 0.1},
    imagej=True,
    resolution=(0.01, 0.01),
    metadata={"unit": "nm"},
)
tiff("imagej-no-unit", smooth((3, 31, 29), "uint16"), "zyx", None, imagej=True, metadata={"axes": "ZYX"})
tiff("imagej-rgb", smooth((31, 29, 3), "uint8"), "yxc", None, imagej=True)
for name in ["imagej-tzcyx-uint16"]:
    # large stacks of ImageJ have a directory for their first page only
    array = np.load(folder / "truth" / f"{name}.npy")
    for order in "<>":
        stem = f"imagej-contiguous-{'le' if order == '<' else 'be'}"
        options = {"imagej": True, "resolution": (4, 2), "metadata": {"axes": "TZCYX", "unit": "um", "spacing": 1.5}}
        tifffile.imwrite(
            folder / f"{stem}.tif", array.astype(array.dtype.newbyteorder(order)), byteorder=order, **options
        )
        with tifffile.TiffFile(folder / f"{stem}.tif", mode="r+b") as file:
            after = file.pages[0].offset + 2 + len(file.pages[0].tags) * 12
            data = file.pages[0].dataoffsets[0]
        content = bytearray((folder / f"{stem}.tif").read_bytes())
        content[after : after + 4] = bytes(4)
        assert data + array.nbytes <= len(content)
        (folder / f"{stem}.tif").write_bytes(content)
        with tifffile.TiffFile(folder / f"{stem}.tif") as file:
            assert len(file.pages) == 1 and np.array_equal(file.asarray(), array)
        case(f"{stem}.tif", array, "tzcyx", {"x": 0.25, "y": 0.5, "z": 1.5})

for axes, shape in [
    ("YX", (31, 29)),
    ("ZYX", (4, 31, 29)),
    ("CZYX", (2, 3, 31, 29)),
    ("TCZYX", (2, 3, 4, 31, 29)),
    ("TZCYX", (2, 3, 2, 31, 29)),
    ("YXS", (31, 29, 3)),
]:
    for compression in [None, "zlib"]:
        sizes = {
            "PhysicalSizeX": 0.325,
            "PhysicalSizeXUnit": "µm",
            "PhysicalSizeY": 650,
            "PhysicalSizeYUnit": "nm",
            "PhysicalSizeZ": 0.002,
            "PhysicalSizeZUnit": "mm",
        }
        tiff(
            f"ome-{axes.lower()}-{compression}.ome",
            smooth(shape, "uint16"),
            axes.lower().replace("s", "c"),
            {"x": 0.325, "y": 0.65, **({"z": 2} if "Z" in axes else {})},
            ome=True,
            metadata={"axes": axes, **sizes},
            compression=compression,
            **({"photometric": "rgb"} if "S" in axes else {}),
        )
tiff("ome-big.ome", smooth((4, 31, 29), "uint16"), "zyx", None, ome=True, bigtiff=True, metadata={"axes": "ZYX"})
planes = smooth((2, 3, 9, 8), "uint16")
entries = "".join(
    f'<TiffData IFD="{z * 2 + c}" FirstC="{c}" FirstZ="{z}" FirstT="0" PlaneCount="1"/>'
    for c in range(2)
    for z in range(3)
)
pixels = f'<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="8" SizeY="9" SizeZ="3" SizeC="2" SizeT="1">{entries}</Pixels>'
xml = f'<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">{pixels}</Image></OME>'
with tifffile.TiffWriter(folder / "ome-shuffled.ome.tif") as file:
    for z in range(3):
        for c in range(2):
            file.write(planes[c, z], description=xml if z == c == 0 else None, metadata=None, contiguous=False)
assert np.array_equal(tifffile.imread(folder / "ome-shuffled.ome.tif"), planes)
case("ome-shuffled.ome.tif", planes, "czyx")

for name in ["as-named", "renamed"]:
    # Bio-Formats repeats the file's name with every plane; people rename files
    planes = smooth((3, 2, 9, 8), "uint16")
    uuid = "urn:uuid:5a5b2a0e-7d5c-4a3f-8f0e-0f6d2c9b7e11"
    entries = "".join(
        f'<TiffData FirstC="{c}" FirstT="0" FirstZ="{z}" IFD="{z * 2 + c}" PlaneCount="1"><UUID FileName="ome-as-named.ome.tif">{uuid}</UUID></TiffData>'
        for z in range(3)
        for c in range(2)
    )
    pixels = f'<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="8" SizeY="9" SizeZ="3" SizeC="2" SizeT="1">{entries}</Pixels>'
    xml = f'<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">{pixels}</Image></OME>'
    with tifffile.TiffWriter(folder / f"ome-{name}.ome.tif") as file:
        for z in range(3):
            for c in range(2):
                file.write(planes[z, c], description=xml if z == c == 0 else None, metadata=None, contiguous=False)
    case(f"ome-{name}.ome.tif", planes, "zcyx")

array = smooth((31, 29), "uint16")
options = {"imagej": True, "resolution": (4, 2), "metadata": {"unit": "@m"}}
tifffile.imwrite(folder / "imagej-latin-1.tif", array, **options)
content = (folder / "imagej-latin-1.tif").read_bytes()
assert content.count(b"unit=@m") == 1
(folder / "imagej-latin-1.tif").write_bytes(content.replace(b"unit=@m", b"unit=\xb5m"))
case("imagej-latin-1.tif", array, "yx", {"x": 0.25, "y": 0.5})

with tifffile.TiffWriter(folder / "pyramid.tif") as file:
    file.write(smooth((64, 48), "uint8"), metadata=None)
    file.write(smooth((64, 48), "uint8")[::2, ::2], metadata=None, subfiletype=1)
case("pyramid.tif", tifffile.imread(folder / "pyramid.tif", key=0), "yx")
with tifffile.TiffWriter(folder / "two-sizes.tif") as file:
    file.write(smooth((64, 48), "uint8"), metadata=None)
    file.write(smooth((32, 24), "uint8"), metadata=None)
case(
    "two-sizes.tif",
    tifffile.imread(folder / "two-sizes.tif", key=0),
    "yx",
    notes="only the first page is read: the file has 2",
)

rgba = smooth((31, 29, 4), "uint8")
tifffile.imwrite(folder / "rgba.tif", rgba, photometric="rgb", extrasamples=["unassalpha"])
case("rgba.tif", rgba[..., :3], "yxc", notes="transparency is left out")

for compression in ["tiff_lzw", "packbits", "tiff_adobe_deflate"]:
    for mode, dtype in [("L", "uint8"), ("I;16", "uint16"), ("RGB", "uint8")]:
        array = smooth((67, 53, 3) if mode == "RGB" else (67, 53), dtype)
        name = f"pillow-{compression}-{mode.replace(';', '')}.tif"
        Image.fromarray(array).save(folder / name, compression=compression)
        case(name, array, "yxc" if mode == "RGB" else "yx")
array = smooth((67, 53), "uint8")
Image.fromarray(array).save(folder / "pillow-lzw-predictor.tif", compression="tiff_lzw", tiffinfo={317: 2})
case("pillow-lzw-predictor.tif", array, "yx")
Image.fromarray(array).save(
    folder / "pillow-deflate-predictor.tif", compression="tiff_adobe_deflate", tiffinfo={317: 2}
)
case("pillow-deflate-predictor.tif", array, "yx")
Image.fromarray(array).save(folder / "pillow-jpeg.tif", compression="jpeg", quality=95)
case("pillow-jpeg.tif", np.asarray(Image.open(folder / "pillow-jpeg.tif")), "yx", tolerance=2)
Image.fromarray(smooth((67, 53, 3), "uint8")).save(folder / "pillow-jpeg-rgb.tif", compression="jpeg", quality=95)
case("pillow-jpeg-rgb.tif", np.asarray(Image.open(folder / "pillow-jpeg-rgb.tif")), "yxc", tolerance=6)
Image.fromarray(array > 40).save(folder / "pillow-bilevel.tif")
case("pillow-bilevel.tif", (array > 40).astype("uint8"), "yx")

for mode, dtype, shape in [("L", "uint8", (67, 53)), ("I;16", "uint16", (67, 53)), ("RGB", "uint8", (67, 53, 3))]:
    array = smooth(shape, dtype)
    name = f"pillow-{mode.replace(';', '')}.png"
    Image.fromarray(array).save(folder / name)
    case(name, array, "yxc" if mode == "RGB" else "yx")
array = smooth((67, 53, 4), "uint8")
Image.fromarray(array, "RGBA").save(folder / "pillow-RGBA.png")
case("pillow-RGBA.png", array[..., :3], "yxc", notes="transparency is left out")
Image.fromarray(array[..., :2].copy(), "LA").save(folder / "pillow-LA.png")
case("pillow-LA.png", array[..., 0], "yx", notes="transparency is left out")
Image.fromarray(array[..., 0] > 99).save(folder / "pillow-1.png")
case("pillow-1.png", (array[..., 0] > 99).astype("uint8"), "yx")
indexed = Image.fromarray(array[..., :3].copy()).quantize(37)
indexed.save(folder / "pillow-P.png")
case("pillow-P.png", np.asarray(indexed.convert("RGB")), "yxc")
few = Image.fromarray(array[..., :3].copy()).quantize(3)
few.save(folder / "pillow-P-2bit.png", bits=2)
case("pillow-P-2bit.png", np.asarray(few.convert("RGB")), "yxc")
greys = Image.fromarray((array[..., 0] // 16).astype("uint8"), "P")
greys.putpalette([value for index in range(256) for value in (index,) * 3])
greys.save(folder / "pillow-P-grey.png")
case("pillow-P-grey.png", np.asarray(greys.convert("L")), "yx")


def png(name: str, array: np.ndarray, colour_type: int, interlaced: bool = False) -> None:
    """Writes a PNG of the kinds that Pillow does not: 16 bits of colour or transparency, and Adam7 interlacing."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    def rows(part: np.ndarray) -> bytes:
        return b"".join(b"\0" + row.astype(row.dtype.newbyteorder(">")).tobytes() for row in part)

    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    parts = [array[y::down, x::right] for y, x, down, right in passes] if interlaced else [array]
    head = struct.pack(
        ">IIBBBBB", array.shape[1], array.shape[0], array.itemsize * 8, colour_type, 0, 0, int(interlaced)
    )
    pixels = zlib.compress(b"".join(rows(part) for part in parts if part.size > 0))
    (folder / f"{name}.png").write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )
    kept = {0: array, 2: array, 4: array[..., 0], 6: array[..., :3]}[colour_type]
    case(
        f"{name}.png",
        kept,
        "yx" if colour_type in (0, 4) else "yxc",
        notes="transparency is left out" if colour_type in (4, 6) else "",
    )


for interlaced in [False, True]:
    end = "-interlaced" if interlaced else ""
    for dtype in ["uint8", "uint16"]:
        colours = smooth((21, 19, 4), dtype)
        png(f"png-grey-{dtype}{end}", colours[..., 0], 0, interlaced)
        png(f"png-grey-alpha-{dtype}{end}", colours[..., :2], 4, interlaced)
        png(f"png-rgb-{dtype}{end}", colours[..., :3], 2, interlaced)
        png(f"png-rgba-{dtype}{end}", colours, 6, interlaced)

for dtype in ["bool", "uint8", "int16", "uint32", "int64", "float32", "float64"]:
    array = smooth((21, 19), "uint8" if dtype == "bool" else dtype)
    array = array > 40 if dtype == "bool" else array
    for order in "<>":
        name = f"numpy-{dtype}-{'le' if order == '<' else 'be'}.npy"
        np.save(folder / name, array.astype(array.dtype.newbyteorder(order)))
        case(name, array, "yx")
array = smooth((21, 19), "float16")
np.save(folder / "numpy-half.npy", array)
case("numpy-half.npy", array.astype("float32"), "yx")
for name, shape, axes in [
    ("numpy-fortran", (21, 19), "yx"),
    ("numpy-fortran-stack", (5, 21, 19), "zyx"),
    ("numpy-colour", (21, 19, 3), "yxc"),
    ("numpy-colour-4", (21, 19, 4), "yxc"),
    ("numpy-stack", (5, 21, 19), "zyx"),
    ("numpy-narrow-stack", (4, 21, 3), "zyx"),
]:
    array = smooth(shape, "uint16")
    np.save(folder / f"{name}.npy", np.asfortranarray(array) if "fortran" in name else array)
    case(f"{name}.npy", array, axes, notes=f"axes taken as {axes}" if len(shape) == 3 else "")


def predicted(array: np.ndarray, predictor: int, order: str) -> bytes:
    """Rows as TIFF's predictors store them: differences of samples (2), or of the bytes of floats, most significant first (3)."""
    samples = array.shape[2] if array.ndim == 3 else 1
    if predictor == 3:
        rows = array.astype(array.dtype.newbyteorder(">")).reshape(array.shape[0], -1)
        parts = (
            rows.view("uint8").reshape(rows.shape[0], rows.shape[1], -1).transpose(0, 2, 1).reshape(rows.shape[0], -1)
        )
        parts[:, samples:] = parts[:, samples:] - parts[:, :-samples]
        return parts.tobytes()
    rows = array.view(f"uint{array.itemsize * 8}").reshape(array.shape[0], -1).copy()
    rows[:, samples:] = rows[:, samples:] - rows[:, :-samples]
    return rows.astype(rows.dtype.newbyteorder(order)).tobytes()


for dtype in ["uint8", "uint16", "int16", "uint32", "uint64", "float32", "float64"]:
    for order in "<>":
        for shape in [(67, 53), (40, 30, 3)]:
            array = smooth(shape, dtype)
            predictor = 3 if dtype.startswith("float") else 2
            name = f"predictor-{dtype}-{'rgb' if len(shape) == 3 else 'grey'}-{'le' if order == '<' else 'be'}"
            strips = [
                zlib.compress(predicted(array[top : top + 16], predictor, order)) for top in range(0, shape[0], 16)
            ]
            options = {
                "compression": "zlib",
                "predictor": 2,
                "rowsperstrip": 16,
                "byteorder": order,
                "photometric": "rgb" if len(shape) == 3 else "minisblack",
            }
            stored = np.dtype(dtype.replace("float", "int")).newbyteorder(order)
            tifffile.imwrite(folder / f"{name}.tif", iter(strips), shape=shape, dtype=stored, **options)
            if predictor == 3:
                # tifffile writes this one only with imagecodecs
                with tifffile.TiffFile(folder / f"{name}.tif", mode="r+b") as file:
                    file.pages[0].tags["Predictor"].overwrite(3)
                    file.pages[0].tags["SampleFormat"].overwrite((3, 3, 3)[: shape[2] if len(shape) == 3 else 1])
            if codecs:
                assert np.array_equal(tifffile.imread(folder / f"{name}.tif"), array), name
            case(f"{name}.tif", array, "yxc" if len(shape) == 3 else "yx")
packed = np.arange(67 * 53).reshape(67, 53) * 7 % 4096
rows = [int("".join(f"{value:012b}" for value in row) + "0000", 2).to_bytes(80, "big") for row in packed.tolist()]
tifffile.imwrite(
    folder / "twelve-bits.tif",
    iter([b"".join(rows)]),
    shape=(67, 53),
    dtype="uint16",
    bitspersample=12,
    compression="none",
    rowsperstrip=67,
)
case("twelve-bits.tif", packed.astype("uint16"), "yx")
array = smooth((67, 53), "float16")
tifffile.imwrite(folder / "half.tif", array)
case("half.tif", array.astype("float32"), "yx")
if codecs:
    for dtype in ["uint8", "uint16", "uint32", "float32", "float64"]:
        tiff(f"lzw-{dtype}", smooth((67, 53), dtype), "yx", compression="lzw")
        tiff(
            f"lzw-predictor-{dtype}",
            smooth((67, 53), dtype),
            "yx",
            compression="lzw",
            predictor=3 if dtype.startswith("float") else 2,
        )
        tiff(f"zstd-{dtype}", smooth((67, 53), dtype), "yx", compression="zstd")
    for dtype in ["uint8", "uint16"]:
        tiff(f"lzw-be-{dtype}", smooth((67, 53), dtype), "yx", compression="lzw", byteorder=">")

(folder / "cases.json").write_text(json.dumps({"cases": cases}))
