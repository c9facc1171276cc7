import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import type { Problem } from "../problem.ts";

/** Written so that this file does not name them itself. */
const forbidden: readonly (readonly [RegExp, string, string])[] = [
  [
    /\b(p[y]pi\.org|python[h]osted\.org|registry\.np[m]js\.\w+|deb\.deb[i]an\.org|unpk[g]\.com)\b/,
    "names a package host",
    "leave the host to the user's own settings",
  ],
  [
    /(?<![\w.])\/(w[o]rk\/(main|shared|steer)|opt\/wh[e]els|f[a]rm\/)/,
    "names a path of one machine",
    "take it from a setting, or make it relative",
  ],
];

const largestText = 2_000_000;

/** Tracked text files that name a package registry's host or a path of the machine they were written on. */
export async function checkTrackedText(root: string): Promise<Problem[]> {
  const { stdout } = await execa("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root });
  const paths = stdout.split("\0").filter((path) => path !== "" && existsSync(join(root, path)));
  return paths.flatMap((path) => {
    const full = join(root, path);
    if (!statSync(full).isFile() || statSync(full).size > largestText) return [];
    const text = readFileSync(full, "utf8");
    if (text.includes("\0")) return [];
    return forbidden.flatMap(([pattern, what, todo]) => {
      const row = text.split("\n").findIndex((line) => pattern.test(line));
      return row < 0 ? [] : [{ place: `${path}:${row + 1}`, what, todo }];
    });
  });
}
