import { createReadStream } from "node:fs";

const marker = /"class_name":\s*"Lambda"/;
const overlap = 64;

/**
 * Whether a Keras HDF5 file holds a Lambda layer. HDF5 stores the network's JSON uncompressed, so that it can be read without an HDF5 library;
 * the worker looks again with one before it opens the file.
 */
export async function hasLambdaLayer(path: string): Promise<boolean> {
  let rest = "";
  for await (const chunk of createReadStream(path, { encoding: "latin1", highWaterMark: 1 << 20 })) {
    const text = rest + (chunk as string);
    if (marker.test(text)) return true;
    rest = text.slice(-overlap);
  }
  return false;
}
