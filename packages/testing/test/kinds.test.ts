import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readModule } from "@parfocal/core";
import { afterAll } from "vitest";
import { describeModule } from "../src/index.ts";

const at = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "parfocal kinds "));
afterAll(() => rm(folder, { recursive: true, force: true }));

for (const name of ["measures", "reads"]) {
  const module = join(folder, name);
  await cp(at(`packages/core/test/fixtures/workers/${name}`), module, { recursive: true });
  await cp(at("modules/threshold/python/locks"), join(module, "python/locks"), { recursive: true });
  describeModule(await readModule(module));
}
