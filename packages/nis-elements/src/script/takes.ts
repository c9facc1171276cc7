import type { ModuleHandle } from "@parfocal/core";

/** True where a module takes images with this axis: "z" for volumes, "c" for several channels. */
export function takes({ manifest }: ModuleHandle, axis: "z" | "c"): boolean {
  return manifest.accepts.axes.some((axes) => axes.includes(axis));
}
