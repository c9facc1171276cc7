import { fileURLToPath } from "node:url";

/** Folder of this package: the same from `src/` and from `dist/`. */
export const packageFolder = fileURLToPath(new URL("..", import.meta.url));
