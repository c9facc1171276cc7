"""Writes a small LIF file by hand."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np


def write_lif(path: Path, pixels: np.ndarray) -> None:
    """Write a LIF of one image, after the format's description by liffile; no microscope wrote it.

    Parameters
    ----------
    path : Path
    pixels : ndarray
        uint16 (c, z, y, x) with at most two channels, 0.5 um wide and 2 um apart.
    """
    count, depth, height, width = pixels.shape
    channels = "".join(
        '<ChannelDescription DataType="0" ChannelTag="0" Resolution="16" NameOfMeasuredQuantity="" Min="0" Max="65535"'
        f' Unit="" LUTName="{name}" IsLUTInverted="0" BytesInc="{index * depth * height * width * 2}" BitInc="0"/>'
        for index, name in enumerate(["Green", "Red"][:count])
    )
    step = 2
    dimensions = ""
    for dimension, length, pixel in [(1, width, 5e-7), (2, height, 5e-7), (3, depth, 2e-6)]:
        dimensions += (
            f'<DimensionDescription DimID="{dimension}" NumberOfElements="{length}" Origin="0"'
            f' Length="{pixel * (length - 1)}" Unit="m" BitInc="0" BytesInc="{step}"/>'
        )
        step *= length
    image = f"<Channels>{channels}</Channels><Dimensions>{dimensions}</Dimensions>"
    xml = (
        '<LMSDataContainerHeader Version="2"><Element Name="made.lif" Visibility="1" CopyOption="1" UniqueID="a"><Data>'
        '</Data><Memory Size="0" MemoryBlockID="MemBlock_0"/><Children><Element Name="Series001" UniqueID="b"><Data>'
        f"<Image><ImageDescription>{image}</ImageDescription></Image></Data>"
        f'<Memory Size="{pixels.nbytes}" MemoryBlockID="MemBlock_1"/></Element></Children></Element>'
        "</LMSDataContainerHeader>"
    )
    text = xml.encode("utf-16-le")
    with path.open("wb") as file:
        file.write(struct.pack("<IIBI", 0x70, len(text) + 5, 0x2A, len(text) // 2) + text)
        for name, data in [("MemBlock_0", b""), ("MemBlock_1", pixels.astype("<u2").tobytes())]:
            head = struct.pack("<BQBI", 0x2A, len(data), 0x2A, len(name)) + name.encode("utf-16-le")
            file.write(struct.pack("<II", 0x70, len(head)) + head + data)
