const micrometres: Readonly<Record<string, number>> = {
  pm: 1e-6,
  nm: 1e-3,
  nanometer: 1e-3,
  um: 1,
  micron: 1,
  microns: 1,
  micrometer: 1,
  micrometre: 1,
  mm: 1e3,
  millimeter: 1e3,
  cm: 1e4,
  centimeter: 1e4,
  m: 1e6,
  meter: 1e6,
  inch: 25_400,
  in: 25_400,
};

/** Micrometres in a unit of length as ImageJ and OME write it; null for pixels and for what is no length. */
export function micrometresPer(unit: string): number | null {
  const plain = unit
    .replace(/\\u00b5|\\u03bc|[\u00b5\u03bc]/gi, "u")
    .trim()
    .toLowerCase();
  return micrometres[plain] ?? null;
}
