import { createHash } from "node:crypto";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Environment, ensureEnvironment, readModule, readSettings } from "@parfocal/core";
import { daemonStatePath } from "@parfocal/core/serve";
import { daemonCommand, stopDaemon } from "@parfocal/server";

const threshold = fileURLToPath(new URL("../../../../modules/threshold", import.meta.url));
const worker = fileURLToPath(new URL("../fixtures/acts.py", import.meta.url));

/** A user's folders in which nodes run: a home with a daemon of its own, and modules around `fixtures/acts.py`. */
export interface Workplace {
  readonly folder: string;
  readonly home: string;
  readonly state: string;
  readonly daemon: readonly string[];
  /** A module in threshold's environment. */
  readonly module: string;
  /** The same under a path that programs stumble over. */
  readonly oddModule: string;
  /** The same with a lock that nothing was installed from. */
  readonly bareModule: string;
  readonly environment: Environment;
  remove(): Promise<void>;
}

export async function makeWorkplace(): Promise<Workplace> {
  const { handle } = await readModule(threshold);
  const environment = await ensureEnvironment(handle, { device: "cpu" });
  const folder = mkdtempSync(join(tmpdir(), "Jürgen Müller 核 "));
  const home = join(folder, "home");
  mkdirSync(home);
  symlinkSync(join(readSettings().home, "e"), join(home, "e"));
  const bareModule = writeModule(join(folder, "bare"));
  changeLock(join(bareModule, "python", "locks", "default"));
  return {
    folder,
    home,
    state: daemonStatePath({ home }),
    daemon: daemonCommand([]),
    module: writeModule(join(folder, "acts")),
    oddModule: writeModule(join(folder, "it's 100 % & (ü) 核")),
    bareModule,
    environment,
    async remove() {
      await stopDaemon({ now: true, settings: { home } });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One more line, so that it is another environment, which nobody has installed. */
function changeLock(folder: string): void {
  const [lock, list] = [join(folder, "cpu.txt"), join(folder, "locks.json")];
  const hash = () => createHash("sha256").update(readFileSync(lock)).digest("hex");
  const before = hash();
  appendFileSync(lock, "# of another day\n");
  writeFileSync(list, readFileSync(list, "utf8").replace(before, hash()));
}

function writeModule(folder: string): string {
  mkdirSync(join(folder, "python"), { recursive: true });
  cpSync(join(threshold, "python", "locks"), join(folder, "python", "locks"), { recursive: true });
  cpSync(worker, join(folder, "python", "worker.py"));
  const manifest = {
    name: "acts",
    version: "1.2.3",
    accepts: { axes: ["yx", "yxc", "zyx", "zyxc"], dtypes: ["uint8", "uint16", "float32"] },
    params: { type: "object", properties: { act: { type: "string", default: "read", stage: "network" } } },
  };
  writeFileSync(join(folder, "module.json"), JSON.stringify(manifest));
  return folder;
}
