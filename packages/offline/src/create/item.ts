import { stat } from "node:fs/promises";

/** A file that goes into a bundle. */
export interface Item {
  /** Path in the bundle, with slashes. */
  readonly path: string;
  readonly from: { readonly file: string } | { readonly text: string };
  readonly executable?: boolean;
}

/** Bytes of a file that goes into a bundle. */
export async function itemBytes({ from }: Item): Promise<number> {
  return "text" in from ? Buffer.byteLength(from.text) : (await stat(from.file)).size;
}
