import { createHash } from "node:crypto";
import { streamFile } from "./stream-file.ts";

/** Hash (hex) and size of a file. */
export async function hashFile(
  path: string,
  { algorithm = "sha256", signal }: { readonly algorithm?: "sha256" | "sha512"; readonly signal?: AbortSignal | undefined } = {},
): Promise<{ digest: string; bytes: number }> {
  const hash = createHash(algorithm);
  let bytes = 0;
  for await (const chunk of await streamFile(path, signal)) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { digest: hash.digest("hex"), bytes };
}
