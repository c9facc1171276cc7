/**
 * Makes the npm packages that bring uv, out of the wheels that core pins: `main.ts [--platform linux-x64]... [--out FOLDER] [--publish]`.
 * Without `--platform` all are made; with `--publish` those that the registry has not got are published.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { fetchWheel } from "./fetch-wheel.ts";
import { platformPackages } from "./platform-packages.ts";
import { publishPackage, publishRegistry } from "./publish-package.ts";
import { writePackage } from "./write-package.ts";

const { values } = parseArgs({
  options: {
    platform: { type: "string", multiple: true },
    out: { type: "string", default: fileURLToPath(new URL("../packages", import.meta.url)) },
    publish: { type: "boolean", default: false },
  },
});

const all = platformPackages();
const unknown = values.platform?.find((wanted) => !all.some(({ platform }) => platform === wanted));
if (unknown !== undefined) {
  console.error(`no wheel of uv is pinned for ${unknown}; there are ${all.map(({ platform }) => platform).join(", ")}`);
  process.exit(2);
}
const registry = values.publish ? await publishRegistry() : null;
for (const each of all.filter(({ platform }) => values.platform?.includes(platform) ?? true)) {
  const folder = join(resolve(values.out), each.platform);
  await writePackage(each, await fetchWheel(each.wheel), folder);
  const published =
    registry === null ? folder : (await publishPackage(each, folder, registry)) ? "published" : "is published already";
  console.log(`${each.manifest.name}@${each.manifest.version}: ${published}`);
}
