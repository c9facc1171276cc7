import type { PixelSize } from "@parfocal/core";

export interface OmeStack {
  /** Lengths of the axes before y and x; 1 where there is no such axis. Pages are in the order z, then t. */
  readonly frames: number;
  readonly slices: number;
  readonly height: number;
  readonly width: number;
  readonly dtype: "uint16" | "uint32";
  readonly pixelSize: PixelSize | undefined;
}

/** OME-XML 2016-06 of one grey image whose planes are the file's pages. Sizes are in micrometres, the schema's default unit. */
export function formatOmeDescription({ frames, slices, height, width, dtype, pixelSize }: OmeStack): string {
  const sizes = (["x", "y", "z"] as const).flatMap((axis) =>
    pixelSize?.[axis] === undefined ? [] : [`PhysicalSize${axis.toUpperCase()}="${pixelSize[axis]}"`],
  );
  const pixels = [
    'ID="Pixels:0" DimensionOrder="XYZCT" BigEndian="false" Interleaved="false"',
    `Type="${dtype}" SizeX="${width}" SizeY="${height}" SizeZ="${slices}" SizeC="1" SizeT="${frames}"`,
    ...sizes,
  ];
  const schema = "http://www.openmicroscopy.org/Schemas/OME/2016-06";
  return `<?xml version="1.0" encoding="UTF-8"?><OME xmlns="${schema}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="${schema} ${schema}/ome.xsd" Creator="parfocal"><Image ID="Image:0" Name="labels"><Pixels ${pixels.join(" ")}>\
<Channel ID="Channel:0:0" Name="labels" SamplesPerPixel="1"/><TiffData IFD="0" PlaneCount="${frames * slices}"/></Pixels></Image></OME>`;
}
