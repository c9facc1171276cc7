import type { OutlinePolygon, Ring } from "./trace-outlines.ts";

/**
 * Byte offsets and numbers of the format, as ImageJ's `ij.io.RoiEncoder` and `RoiDecoder` have them (ImageJ 1.54, public domain). All numbers are
 * big-endian.
 */
const format = {
  version: 227,
  headerBytes: 64,
  secondHeaderBytes: 64,
  types: { rectangle: 1, traced: 8 },
  subPixelResolution: 128,
  path: { moveTo: 0, lineTo: 1, close: 4 },
  largestCount: 65_535,
} as const;

/**
 * One object as an ImageJ ROI file. An object in one piece and without holes is a traced selection with sub-pixel coordinates, which have no
 * range, unlike ImageJ's whole ones (-5000 to 60,536); others are composite selections.
 *
 * @param place maps x (0) or y (1) of a corner to the image's
 */
export function encodeRoi(
  name: string,
  polygons: readonly OutlinePolygon[],
  place: (value: number, axis: 0 | 1) => number,
): Buffer {
  const rings = polygons.flatMap(({ outer, holes }) => [outer, ...holes]);
  const isComposite = rings.length > 1;
  const [first] = rings as [Ring];
  const corners = first.length / 2;
  const floats = isComposite ? rings.reduce((sum, ring) => sum + (ring.length / 2) * 3 + 1, 0) : first.length;
  const second = format.headerBytes + floats * 4 + (isComposite ? 0 : corners * 4);
  const bytes = Buffer.alloc(second + format.secondHeaderBytes + name.length * 2);
  const [left, top, right, bottom] = boundsOf(rings, place);

  bytes.write("Iout", 0, "latin1");
  bytes.writeInt16BE(format.version, 4);
  bytes.writeUInt8(isComposite ? format.types.rectangle : format.types.traced, 6);
  for (const [index, value] of [top, left, bottom, right].entries()) bytes.writeUInt16BE(value & 0xffff, 8 + index * 2);
  if (isComposite) {
    bytes.writeInt32BE(floats, 36);
    writePath(bytes, rings, place);
  } else {
    if (corners <= format.largestCount) bytes.writeUInt16BE(corners, 16);
    else bytes.writeInt32BE(corners, 18);
    bytes.writeInt16BE(format.subPixelResolution, 50);
    for (let corner = 0; corner < corners; corner += 1) {
      for (const axis of [0, 1] as const) {
        const value = place(first[corner * 2 + axis]!, axis);
        const at = format.headerBytes + (axis * corners + corner) * 2;
        bytes.writeUInt16BE((Math.round(value) - (axis === 0 ? left : top)) & 0xffff, at);
        bytes.writeFloatBE(value, format.headerBytes + corners * 4 + (axis * corners + corner) * 4);
      }
    }
  }
  bytes.writeInt32BE(second, 60);
  bytes.writeInt32BE(second + format.secondHeaderBytes, second + 16);
  bytes.writeInt32BE(name.length, second + 20);
  for (let index = 0; index < name.length; index += 1) {
    bytes.writeUInt16BE(name.charCodeAt(index), second + format.secondHeaderBytes + index * 2);
  }
  return bytes;
}

type Place = (value: number, axis: 0 | 1) => number;

function writePath(bytes: Buffer, rings: readonly Ring[], place: Place): void {
  let at: number = format.headerBytes;
  const put = (value: number): void => {
    bytes.writeFloatBE(value, at);
    at += 4;
  };
  for (const ring of rings) {
    for (let corner = 0; corner < ring.length; corner += 2) {
      put(corner === 0 ? format.path.moveTo : format.path.lineTo);
      put(place(ring[corner]!, 0));
      put(place(ring[corner + 1]!, 1));
    }
    put(format.path.close);
  }
}

/** Whole numbers around all corners. */
function boundsOf(rings: readonly Ring[], place: Place): [left: number, top: number, right: number, bottom: number] {
  let [left, top, right, bottom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0];
  for (const ring of rings) {
    for (let corner = 0; corner < ring.length; corner += 2) {
      const x = place(ring[corner]!, 0);
      const y = place(ring[corner + 1]!, 1);
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
    }
  }
  return [Math.floor(left), Math.floor(top), Math.ceil(right), Math.ceil(bottom)];
}
