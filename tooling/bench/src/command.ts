import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Path of the command, as Node runs it. */
export const command = join(dirname(fileURLToPath(import.meta.resolve("parfocal/package.json"))), "bin", "parfocal.js");
