import type { Problem } from "../problem.ts";
import { filesOf, type Repository, readText } from "../repository.ts";

const longest = 400;

/** Named exports, no barrels, no file over 400 lines, none of TypeScript's own inventions. */
export function checkSourceStyle({ packages }: Repository): Problem[] {
  return packages.flatMap((item) =>
    filesOf(item, "src/**/*.{ts,mts,mjs}", "test/**/*.{ts,mts}").flatMap((path) => {
      const text = readText(item, path);
      const place = `${item.place}/${path}`;
      const problems: Problem[] = [];
      const lines = text.split("\n").length - 1;
      if (path.startsWith("src/") && lines > longest)
        problems.push({ place, what: `has ${lines} lines`, todo: `split it by concept; ${longest} is the limit` });
      if (/^export default\b/m.test(text)) problems.push({ place, what: "has a default export", todo: "export it by name" });
      if (/^export \*/m.test(text)) problems.push({ place, what: "exports everything of another file", todo: "list the names" });
      else if (path !== "src/index.ts" && /^export (type )?\{[^}]*\} from/m.test(text)) {
        problems.push({ place, what: "re-exports another file", todo: "import from that file; only src/index.ts lists exports" });
      }
      if (/^(export )?(declare )?(const )?(enum|namespace) \w/m.test(text)) {
        problems.push({ place, what: "has an enum or a namespace", todo: "use a union of strings, or plain exports" });
      }
      return problems;
    }),
  );
}
