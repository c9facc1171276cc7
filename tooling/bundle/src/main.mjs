// Joins what tsc wrote into `dist` to a few files: `node main.mjs [--inline PACKAGE]... ENTRY...`, in a package's folder. Every file that Node loads
// costs about a third of a millisecond, and a run from the shell loads all of core; see docs/decisions/0006-few-files.md. Types stay as tsc wrote them.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { rolldown } from "rolldown";

const { values, positionals: entries } = parseArgs({
  options: { inline: { type: "string", multiple: true, default: [] } },
  allowPositionals: true,
});
const { dependencies = {} } = JSON.parse(readFileSync("package.json", "utf8"));
const external = Object.keys(dependencies).filter((name) => !values.inline.includes(name));

const bundle = await rolldown({
  input: Object.fromEntries(entries.map((entry) => [entry, resolve("dist", `${entry}.js`)])),
  platform: "node",
  external: (id) => external.some((name) => id === name || id.startsWith(`${name}/`)),
  onLog(level, log, report) {
    if (level === "warn") throw new Error(`the bundle is not clean: ${log.message}`);
    report(level, log);
  },
});
// every file lies in dist itself, so that a path relative to a file of src/ is the same relative to what it became
const { output } = await bundle.generate({ format: "esm", sourcemap: true, chunkFileNames: "[name]-[hash].js" });
await bundle.close();

for (const name of readdirSync("dist", { recursive: true })) {
  if (/\.js(\.map)?$/.test(name)) rmSync(join("dist", name));
}
for (const file of output) {
  mkdirSync(dirname(join("dist", file.fileName)), { recursive: true });
  writeFileSync(join("dist", file.fileName), file.type === "chunk" ? file.code : file.source);
}
console.log(`${output.filter(({ type }) => type === "chunk").length} files`);
