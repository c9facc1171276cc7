import { fileURLToPath } from "node:url";

/**
 * Folder that holds the Python package `parfocal_ga3`, with which nodes in NIS-Elements use Parfocal. Standard library and numpy alone, so that
 * NIS-Elements' own Python can import it from here.
 */
export const clientFolder: string = fileURLToPath(new URL("../python", import.meta.url));
