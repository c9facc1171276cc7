// Runs on any Node from 18 and needs nothing installed: prepares the rest, then hands over to it.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { prepare, repository } from "./prepare.mjs";
import { runTests } from "./test.mjs";

const commands = {
  /** Prepares the checkout, builds it and segments a real image. */
  demo: (run) => run("turbo", ["run", "build", "--output-logs=errors-only"]) && run("parfocal", ["demo", "--out", "demo-output"]),
  /** Prepares the checkout and runs every check and test. */
  test: (run) => runTests(run),
  /** Prepares the checkout: packages, and everything built. */
  ready: (run) => run("turbo", ["run", "build", "--output-logs=errors-only"]),
};

const [name = "ready", ...rest] = process.argv.slice(2);
const command = commands[name];
if (command === undefined || rest.length > 0) {
  console.error(`usage: npm run ${Object.keys(commands).join(" | npm run ")}`);
  process.exit(2);
}
const environment = prepare();

/** Runs a program of the workspace in the foreground; true when it ended well. */
function run(program, args, extra = {}) {
  const result = spawnSync(program, args, { cwd: repository, stdio: "inherit", env: { ...environment, ...extra } });
  if (result.error) console.error(`${program} could not be started: ${result.error.message}`);
  return result.status === 0;
}

mkdirSync(new URL("../../../.turbo", import.meta.url), { recursive: true });
process.exitCode = command(run) ? 0 : 1;
