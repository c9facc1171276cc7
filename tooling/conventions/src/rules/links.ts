import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Problem } from "../problem.ts";

const link = /\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g;
const skipped = new Set(["node_modules", "dist", ".git", ".test-results", "demo-output"]);

/** Links in Markdown that lead to no file of the repository. */
export function checkLinks(root: string): Problem[] {
  return globSync("**/*.md", { cwd: root, exclude: (name) => skipped.has(name) }).flatMap((path) => {
    const text = readFileSync(join(root, path), "utf8").replace(/```[\s\S]*?```|`[^`\n]*`/g, "");
    const targets = [...text.matchAll(link)].map(([, target = ""]) => target);
    return targets
      .filter((target) => !/^[a-z]+:|^#/i.test(target))
      .filter((target) => !existsSync(join(root, dirname(path), decodeURI(target.replace(/#.*/, "")))))
      .map((target) => ({
        place: path.replaceAll("\\", "/"),
        what: `links to ${target}, which is not there`,
        todo: "write that file, or correct the link",
      }));
  });
}
