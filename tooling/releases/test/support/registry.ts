import { type ChildProcess, fork } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { execa } from "execa";

export interface LocalRegistry {
  /** Address that npm and pnpm are given, with a slash at the end. */
  readonly url: string;
  /** Line of .npmrc without which npm publishes nothing anywhere; the registry lets everybody publish. */
  readonly npmrc: string;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no free port was found");
  return address.port;
}

/** Packages that this repository publishes come from what was published here alone, all others from the registry that npm is set to. */
async function configuration(folder: string, own: readonly string[]): Promise<object> {
  const { stdout } = await execa("npm", ["config", "get", "registry"]);
  const local = { access: "$all", publish: "$all" };
  return {
    storage: join(folder, "storage"),
    uplinks: {
      configured: {
        url: stdout.trim(),
        cache: true,
      },
    },
    packages: {
      ...Object.fromEntries(["@parfocal/*", ...own].map((name) => [name, local])),
      "**": { access: "$all", proxy: "configured" },
    },
    max_body_size: "200mb",
    web: { enable: false },
    log: { type: "stdout", level: "error" },
  };
}

/** Starts verdaccio, with an empty storage in a folder. `own` are the names outside our scope that it takes from nowhere else. */
export async function startRegistry(folder: string, own: readonly string[]): Promise<LocalRegistry> {
  await mkdir(folder, { recursive: true });
  const config = join(folder, "config.yaml"); // JSON is YAML
  await writeFile(config, JSON.stringify(await configuration(folder, own)));
  const port = await freePort();
  const program = join(dirname(createRequire(import.meta.url).resolve("verdaccio/package.json")), "bin", "verdaccio");
  const child = fork(program, ["--config", config, "--listen", `127.0.0.1:${port}`], { silent: true, execArgv: [] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await new Promise<void>((resolve, reject) => {
    child.on("message", (message) => (message as { verdaccio_started?: boolean }).verdaccio_started && resolve());
    child.once("exit", (code) => reject(new Error(`verdaccio ended with ${code}: ${output}`)));
  });
  return { url: `http://127.0.0.1:${port}/`, npmrc: `//127.0.0.1:${port}/:_authToken=anybody\n`, stop: () => stopped(child) };
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill();
  await ended;
}
