import { fileURLToPath } from "node:url";

/** Folder of this package. This file lies one folder down from it, and so does every file of the built package. */
export const packageFolder = fileURLToPath(new URL("../", import.meta.url));
