import { readFileSync } from "node:fs";
import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ParfocalError } from "@parfocal/core";
import { z } from "zod";

const schema = z.strictObject({
  /** Folder below `app` that is in use. */
  app: z.string().regex(/^[0-9a-f]{12}$/),
  /** Folder below `node`. */
  node: z.string(),
  accelerator: z.enum(["cpu", "cuda", "directml"]),
});

/** What bundles have installed in a folder. */
export type Installed = z.infer<typeof schema>;

const recordOf = (root: string): string => join(root, "app", "installed.json");

/**
 * What is installed in a folder; null when nothing is.
 *
 * @throws ParfocalError BUNDLE_INVALID when the record is damaged.
 */
export function readInstalled(root: string): Installed | null {
  let text: string;
  try {
    text = readFileSync(recordOf(root), "utf8");
  } catch {
    return null;
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ParfocalError("BUNDLE_INVALID", `${recordOf(root)}, which says what is installed, is damaged`, {
      hint: "delete it and install the bundles again",
      cause,
    });
  }
}

async function replace(path: string, text: string, executable = false): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.${process.pid}.part`;
  await writeFile(part, text, { flush: true });
  if (executable) await chmod(part, 0o755);
  await rename(part, path);
}

/** Folder of the command, for PATH. */
export function commandFolder(root: string): string {
  return join(root, "bin");
}

/** The command that starts what is installed. */
export function commandPath(root: string): string {
  return join(commandFolder(root), process.platform === "win32" ? "parfocal.cmd" : "parfocal");
}

/** Paths of Node and of the command's program. */
export function programs(root: string, { app, node }: Installed): { readonly node: string; readonly cli: string } {
  const program = process.platform === "win32" ? "node.exe" : "node";
  return {
    node: join(root, "node", node, "bin", program),
    cli: join(root, "app", app, "node_modules", "parfocal", "bin", "parfocal.js"),
  };
}

/** Makes what was installed the one that the command starts. */
export async function useInstalled(root: string, installed: Installed): Promise<void> {
  await replace(recordOf(root), `${JSON.stringify(installed)}\n`);
  const { app, node } = installed;
  const windows = process.platform === "win32";
  const text = windows
    ? `@"%~dp0..\\node\\${node}\\bin\\node.exe" "%~dp0..\\app\\${app}\\node_modules\\parfocal\\bin\\parfocal.js" %*\r\n`
    : `#!/bin/sh
self=$(readlink -f -- "$0" 2>/dev/null || printf %s "$0")
root=$(CDPATH= cd -- "$(dirname -- "$self")/.." && pwd)
exec "$root/node/${node}/bin/node" "$root/app/${app}/node_modules/parfocal/bin/parfocal.js" "$@"
`;
  await replace(commandPath(root), text, !windows);
}
