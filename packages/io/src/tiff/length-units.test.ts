import { expect, it } from "vitest";
import { micrometresPer } from "./length-units.ts";

it("knows the units that ImageJ and OME write, and no others", () => {
  // U+00B5, U+03BC, and ImageJ's escape of the first
  for (const unit of ["um", "µm", "μm", "\\u00B5m", "micron", " Microns "]) expect(micrometresPer(unit), unit).toBe(1);
  expect(["nm", "mm", "cm", "inch"].map((unit) => micrometresPer(unit))).toEqual([1e-3, 1e3, 1e4, 25_400]);
  for (const unit of ["", "pixel", "sec", "toString"]) expect(micrometresPer(unit), unit).toBeNull();
});
