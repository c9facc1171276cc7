import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { workerWith, writeModule } from "./modules.ts";

const content = Buffer.from("7");

/** sha256 of the weights. */
export const weightsSha256 = createHash("sha256").update(content).digest("hex");
export const weightsLicence = {
  code: "MIT",
  weights: "CC-BY-4.0",
  trainingData: "own drawings",
  redistribution: "unclear",
};

/** Gives the weights out at an address of this machine. */
export async function serveWeights(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((_, response) => response.end(content));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/nets/seven`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** A module whose labels are the number in its weights, 7. Without a hash the first download records it. */
export function writeWeighted(folder: string, url: string, sha256: string | null = null): string {
  const worker = workerWith(
    'return {"labels": np.full(image.shape, self.number, np.int32), "areas": np.ones(1, np.int32)}',
    'self.number = int(options.weights["seven"].read_text())',
  );
  writeModule(folder, "weighted", worker);
  const path = join(folder, "module.json");
  const files = [{ name: "seven", url, bytes: content.length, sha256 }];
  const weights = [{ name: "numbers", description: "a number", when: {}, files, licence: weightsLicence }];
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), weights }));
  return folder;
}
