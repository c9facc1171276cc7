import { join } from "node:path";
import { openApiDocument } from "@parfocal/server";
import type { GeneratedFile } from "./generated-file.ts";

/** The OpenAPI document of the daemon's HTTP API. */
export function daemonReference(repository: string): GeneratedFile {
  return { path: join(repository, "docs/reference/daemon-api.json"), content: `${JSON.stringify(openApiDocument(), null, 2)}\n` };
}
