import { ParfocalError } from "@parfocal/core";

/**
 * Checks axes that a caller names for a file's dimensions.
 * @throws ParfocalError INPUT_REJECTED unless each dimension gets one of t, c, z, y, x, none twice, and y and x are among them
 */
export function checkNamedAxes(path: string, axes: string, shape: readonly number[]): void {
  const size = shape.join(" x ");
  if (axes.length !== shape.length) {
    const example = ["x", "yx", "zyx", "czyx", "tczyx"][shape.length - 1];
    throw rejected(
      `${path}: the axes "${axes}" name ${axes.length} dimensions, the image has ${shape.length} (${size})`,
      example === undefined ? "save an image with at most 5 dimensions" : `name each dimension in order, for example ${example}`,
    );
  }
  const isKnown = /^[tczyx]+$/.test(axes) && new Set(axes).size === axes.length;
  if (!isKnown || !axes.includes("y") || !axes.includes("x")) {
    throw rejected(
      `${path}: the axes "${axes}" are not y, x and perhaps t, c and z, each once`,
      `name the ${shape.length} dimensions (${size}) in order, for example yx or zyx`,
    );
  }
}

function rejected(message: string, hint: string): ParfocalError<"INPUT_REJECTED"> {
  return new ParfocalError("INPUT_REJECTED", message, { hint, details: {} });
}
