import type { Stack } from "./describe-stack.ts";
import type { OmeImage } from "./ome-description.ts";
import type { Page } from "./page.ts";

/** The pages of an image that OME-XML describes. @param pages those from the image's first on */
export function omeStack(ome: OmeImage, pages: readonly Page[]): Stack {
  const names = [...ome.axes.slice(0, 3)] as ("t" | "c" | "z")[];
  const all = names.map((axis) => ome.sizes[axis]);
  const count = all.reduce((product, length) => product * length, 1);
  const notes: string[] = [];
  const present = names.filter((axis) => ome.sizes[axis] > 1);
  const isWhole = ome.otherFiles.length === 0 && (ome.planes === null ? count <= pages.length : !ome.planes.includes(-1));
  const isHere = ome.planes?.every((directory) => directory < pages.length) ?? true;
  const common = { isContiguous: false, pixelSize: ome.pixelSize };
  if (!isWhole || !isHere) {
    const others = ome.otherFiles.length > 0 ? `, some in other files (${ome.otherFiles[0]})` : "";
    notes.push(`OME-XML describes ${count} planes${others}; the ${pages.length} of this file are read`);
    return { ...common, lengths: pages.length > 1 ? [pages.length] : [], axes: pages.length > 1 ? null : "", order: null, notes };
  }
  const order = ome.planes ?? Array.from({ length: count }, (_, index) => index);
  return { ...common, lengths: present.map((axis) => ome.sizes[axis]), axes: present.join(""), order, notes };
}
