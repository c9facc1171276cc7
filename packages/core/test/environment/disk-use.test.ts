import { createHash } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { measureFolders } from "../../src/environment/disk-use.ts";
import { ensureEnvironment } from "../../src/environment/ensure-environment.ts";
import { removeEnvironment } from "../../src/environment/inspect.ts";
import { readSettings } from "../../src/environment/settings.ts";
import { lockOf } from "../fixtures/uv/toy-module.ts";
import { writeToyWheel } from "../fixtures/uv/toy-wheel.ts";
import { createWorkplace } from "../fixtures/uv/workplace.ts";

/** A comment, so that its bytecode is small, that no file system can make smaller. */
const large = (seed: string) =>
  `# ${Buffer.from(Array.from({ length: 2 ** 19 }, (_, i) => seed.charCodeAt(0) + (i % 7))).toString("hex")}\n`;

test("of two environments that share a package, each adds only what is its own", async () => {
  const { handle, settings, wheelhouse, root, wheel } = await createWorkplace({ source: `__version__ = '1.0'\n${large("a")}` });
  const extra = writeToyWheel(wheelhouse, { name: "parfocal_extra", source: large("b") });
  const locks = join(root, "module", "python", "locks", "default");
  const content = JSON.parse(readFileSync(join(locks, "locks.json"), "utf8"));
  writeFileSync(join(locks, "test.txt"), lockOf(extra));
  content.extras.test = { ...content.accelerators.cpu, sha256: createHash("sha256").update(lockOf(extra)).digest("hex") };
  writeFileSync(join(locks, "locks.json"), JSON.stringify(content));

  const first = await ensureEnvironment(handle, { settings });
  const second = await ensureEnvironment(handle, { settings, extraLocks: ["test"] });
  const shared = join(first.sitePackages, wheel.name, "__init__.py");
  const { size, nlink } = statSync(shared);
  // both and the cache; where links are not possible, uv copies, and each environment adds all of it
  const isLinked = nlink === 3;
  const { uvCache } = readSettings(settings);
  const measured = measureFolders([first.folder, second.folder, uvCache]);
  const [one, two, cache] = measured.each;
  expect(one!.bytes).toBeGreaterThanOrEqual(first.stamp.bytes);
  expect(two!.bytes).toBeGreaterThan(one!.bytes + size);
  if (isLinked) {
    expect(one!.bytes - one!.ownBytes).toBeGreaterThanOrEqual(size);
    expect(one!.ownBytes).toBeLessThan(size);
    expect(two!.bytes - two!.ownBytes).toBeGreaterThanOrEqual(2 * size);
    expect(two!.ownBytes).toBeLessThan(size);
  } else {
    expect(one!.ownBytes).toBe(one!.bytes);
  }
  expect(measured.togetherBytes).toBeLessThanOrEqual(one!.bytes + two!.bytes + cache!.bytes);
  const twice = measureFolders([first.folder, first.folder]);
  expect(twice.each[0]).toEqual(one);

  // without the cache and the other environment, all of it is its own
  const alone = measureFolders([first.folder, second.folder]).togetherBytes;
  await removeEnvironment(second.key, settings);
  expect(measureFolders([first.folder]).togetherBytes).toBe(one!.bytes);
  if (isLinked) expect(alone).toBe(one!.bytes + two!.bytes - (one!.bytes - one!.ownBytes));
});
