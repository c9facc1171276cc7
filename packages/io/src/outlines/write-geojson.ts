import { extname } from "node:path";
import { type Labels, ParfocalError, writeAtomically } from "@parfocal/core";
import { refuseInput } from "../refuse-input.ts";
import { type Outline, type OutlinePolygon, type Ring, traceOutlines } from "./trace-outlines.ts";
import type { WriteOutlinesOptions, WrittenOutlines } from "./write-rois.ts";

export interface WriteGeoJsonOptions extends WriteOutlinesOptions {
  /** Numbers that QuPath shows with each object: by id, by name. Those that are not finite are left out. */
  readonly measurements?: ReadonlyMap<number, Readonly<Record<string, number>>>;
}

/** Objects that are turned to text at once. */
const group = 2048;

/**
 * Writes the outlines of all objects as GeoJSON for QuPath: a `FeatureCollection` of detections, each called as its object's id, in pixels of the
 * whole image from its upper left corner. Rings are closed and lie exactly on pixel edges; an object of several pieces is a `MultiPolygon`.
 *
 * @param labels int32, one plane
 * @throws ParfocalError INPUT_REJECTED for more than one plane and for negative ids; OUTPUT_UNWRITABLE, also for another extension than
 *   .geojson and .json
 */
export async function writeGeoJson(path: string, labels: Labels, options: WriteGeoJsonOptions = {}): Promise<WrittenOutlines> {
  if (![".geojson", ".json"].includes(extname(path).toLowerCase())) {
    throw new ParfocalError("OUTPUT_UNWRITABLE", `${path} could not be written: outlines for QuPath are GeoJSON`, {
      hint: "end the name in .geojson",
    });
  }
  const outlines = traceOutlines(labels);
  await refuseInput(path, options.inputs);
  await writeAtomically(path, async (file) => {
    let before = '{"type":"FeatureCollection","features":[\n';
    for (let from = 0; from < outlines.length; from += group) {
      const features = outlines.slice(from, from + group).map((outline) => featureOf(outline, options));
      await file.append(Buffer.from(before + features.join(",\n")));
      before = ",\n";
    }
    await file.append(Buffer.from(`${outlines.length === 0 ? before : "\n"}]}\n`));
  });
  return { path, count: outlines.length };
}

function featureOf({ id, polygons }: Outline, { measurements, offset = [0, 0], scale = 1 }: WriteGeoJsonOptions): string {
  const place = (value: number, axis: 0 | 1): number => value * scale + offset[axis];
  const ringText = (ring: Ring): string => {
    const corners: string[] = [];
    for (let at = 0; at < ring.length; at += 2) corners.push(`[${place(ring[at]!, 0)},${place(ring[at + 1]!, 1)}]`);
    corners.push(corners[0]!);
    return `[${corners.join(",")}]`;
  };
  const polygonText = ({ outer, holes }: OutlinePolygon): string => `[${[outer, ...holes].map(ringText).join(",")}]`;
  const [first] = polygons as [OutlinePolygon];
  const geometry =
    polygons.length === 1
      ? `{"type":"Polygon","coordinates":${polygonText(first)}}`
      : `{"type":"MultiPolygon","coordinates":[${polygons.map(polygonText).join(",")}]}`;
  const measured = Object.entries(measurements?.get(id) ?? {}).filter(([, value]) => Number.isFinite(value));
  const properties = {
    objectType: "detection",
    name: String(id),
    ...(measured.length > 0 && { measurements: Object.fromEntries(measured) }),
  };
  return `{"type":"Feature","geometry":${geometry},"properties":${JSON.stringify(properties)}}`;
}
