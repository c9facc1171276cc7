import { readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { z } from "zod";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { accelerators } from "../module/manifest.ts";
import { packageFolder } from "../package-folder.ts";

/** Name of the file beside `node_modules` in which the installer of an offline bundle says what holds there. */
export const bundledName = "parfocal-bundled.json";

/** Content of that file. Paths are relative to its folder, so that it says the same wherever the folder lies. */
export const bundledSchema = z.strictObject({
  home: z.string(),
  wheelhouse: z.array(z.string()),
  offline: z.boolean(),
  accelerator: z.enum(accelerators),
});

type Bundled = z.infer<typeof bundledSchema>;

/**
 * What the installer of an offline bundle left for the core that it installed: defaults below variables and the configuration file. Empty
 * for a core that came in another way.
 *
 * @param core folder of the core package.
 * @throws ParfocalError USAGE when the file is there and damaged.
 */
export function readBundled(core: string = packageFolder): Partial<Bundled> {
  const scope = dirname(resolve(core));
  const modules = dirname(scope);
  if (basename(modules) !== "node_modules") return {};
  const folder = dirname(modules);
  const path = join(folder, bundledName);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return {};
  }
  try {
    const { home, wheelhouse, ...rest } = bundledSchema.parse(JSON.parse(text));
    return { ...rest, home: resolve(folder, home), wheelhouse: wheelhouse.map((each) => resolve(folder, each)) };
  } catch (cause) {
    throw new ParfocalError("USAGE", `${path}, which the installer of the bundle wrote, is damaged`, {
      hint: "install the bundle again",
      cause,
    });
  }
}
