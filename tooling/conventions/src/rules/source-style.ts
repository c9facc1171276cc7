import type { Problem } from "../problem.ts";
import { filesOf, type Repository, readText, type WorkspacePackage } from "../repository.ts";

const longest = 400;

/** Named exports, no barrels, no file over 400 lines, none of TypeScript's own inventions. */
export function checkSourceStyle({ packages }: Repository): Problem[] {
  return packages.flatMap((item) => {
    const entries = entriesOf(item);
    return filesOf(item, "src/**/*.{ts,mts,mjs}", "test/**/*.{ts,mts}").flatMap((path) => {
      const text = readText(item, path);
      const place = `${item.place}/${path}`;
      const problems: Problem[] = [];
      const lines = text.split("\n").length - 1;
      if (path.startsWith("src/") && lines > longest)
        problems.push({ place, what: `has ${lines} lines`, todo: `split it by concept; ${longest} is the limit` });
      if (/^export default\b/m.test(text)) problems.push({ place, what: "has a default export", todo: "export it by name" });
      if (/^export \*/m.test(text)) problems.push({ place, what: "exports everything of another file", todo: "list the names" });
      else if (!entries.has(path) && /^export (type )?\{[^}]*\} from/m.test(text)) {
        problems.push({ place, what: "re-exports another file", todo: "import from that file; only entry points list exports" });
      }
      if (/^(export )?(declare )?(const )?(enum|namespace) \w/m.test(text)) {
        problems.push({ place, what: "has an enum or a namespace", todo: "use a union of strings, or plain exports" });
      }
      return problems;
    });
  });
}

/** Source files that other packages can import by name. */
function entriesOf({ manifest }: WorkspacePackage): ReadonlySet<string> {
  const entries = Object.values((manifest.exports ?? {}) as Readonly<Record<string, unknown>>).flatMap((entry) => {
    const source = (entry as Readonly<Record<string, unknown>>)["@parfocal/source"];
    return typeof source === "string" ? [source.replace(/^\.\//, "")] : [];
  });
  return new Set(["src/index.ts", ...entries]);
}
