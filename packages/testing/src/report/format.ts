import type { Image, NdArray } from "@parfocal/core";

/** "512 x 512 uint16 (yx)". */
export function describeArray(array: NdArray | Image): string {
  const axes = "axes" in array ? ` (${array.axes})` : "";
  return `${array.shape.join(" x ")} ${array.dtype}${axes}`;
}

/** "1.4 GB", in powers of ten. */
export function formatBytes(bytes: number): string {
  const [size, unit] = bytes >= 1e9 ? [bytes / 1e9, "GB"] : [bytes / 1e6, "MB"];
  return `${size.toFixed(size < 10 ? 1 : 0)} ${unit}`;
}

/** "12 ms", "3.4 s". */
export function formatMs(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
