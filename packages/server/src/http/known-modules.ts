import { stat } from "node:fs/promises";
import { join } from "node:path";
import { findModule, type Module, readModule } from "@parfocal/core";

/** How long a module that was found under a name is not looked for again, milliseconds: another may be installed before it meanwhile. */
const foundMs = 1_000;
const mostKnown = 64;

/** Modules that requests name. Looking for one takes longer than passing a small image on, so that one that was just found is remembered. */
export interface KnownModules {
  /** @throws ParfocalError as `findModule` */
  named(name: string, starts: readonly string[]): Promise<Module>;
  /** @throws ParfocalError as `readModule` */
  at(folder: string): Promise<Module>;
}

interface Known {
  readonly module: Module;
  readonly foundAt: number;
  /** Of its module.json. */
  readonly identity: string;
}

export function createKnownModules(): KnownModules {
  const known = new Map<string, Known>();

  async function remembered(key: string, find: () => Promise<Module>): Promise<Module> {
    const before = known.get(key);
    if (before !== undefined && performance.now() - before.foundAt < foundMs) {
      if ((await identityOf(before.module.handle.folder)) === before.identity) return before.module;
    }
    known.delete(key);
    const module = await find();
    if (known.size >= mostKnown) known.clear();
    known.set(key, { module, foundAt: performance.now(), identity: await identityOf(module.handle.folder) });
    return module;
  }
  return {
    named: (name, starts) => remembered(JSON.stringify([name, starts]), () => findModule(name, ...starts)),
    at: (folder) => remembered(folder, () => readModule(folder)),
  };
}

async function identityOf(folder: string): Promise<string> {
  const found = await stat(join(folder, "module.json")).catch(() => null);
  return found === null ? "" : `${found.ino} ${found.size} ${found.mtimeMs}`;
}
