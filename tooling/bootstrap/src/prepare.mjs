import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("../../../", import.meta.url));
const oldestNode = [22, 12];

/**
 * Installs the workspace's packages and returns the environment for everything that follows: the workspace's own programs come first on PATH,
 * a newer Node among them where the machine's is too old. Ends the process with a message when that cannot be done.
 */
export function prepare() {
  const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")).devEngines.packageManager;
  const environment = {
    ...process.env,
    PATH: [join(repository, "node_modules", ".bin"), process.env.PATH].join(delimiter),
    TURBO_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1",
  };
  const install = ["--yes", `pnpm@${version}`, "install", "--frozen-lockfile", "--reporter=append-only"];
  const windows = process.platform === "win32"; // npx is a .cmd file there, which only a shell starts; none of the arguments needs quotes
  const result = spawnSync("npx", install, {
    cwd: repository,
    stdio: ["ignore", "ignore", "inherit"],
    env: environment,
    shell: windows,
  });
  if (result.status !== 0)
    fail("the packages of the workspace could not be installed", "check that npm reaches its registry: npm ping");
  const node = spawnSync("node", ["--version"], { cwd: repository, env: environment, encoding: "utf8" });
  const [major, minor] = (node.stdout ?? "").replace("v", "").split(".").map(Number);
  if (!(major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]))) {
    fail(`Node ${oldestNode.join(".")} or newer is needed, this is ${(node.stdout ?? "").trim()}`, "install Node 24");
  }
  return environment;
}

function fail(message, hint) {
  console.error(`error: ${message}\nhint: ${hint}`);
  process.exit(1);
}
