import { join } from "node:path";
import type { Settings } from "../contract/environment.ts";

/** Where things lie below the home folder. Names are short because Windows limits paths to 259 characters. */
export interface Folders {
  readonly environments: string;
  readonly uv: string;
  readonly python: string;
  readonly logs: string;
  /** File that remembers which tools were found, by path and modification time. */
  readonly foundTools: string;
}

export function homeFolders(settings: Pick<Settings, "home">): Folders {
  return {
    environments: join(settings.home, "e"),
    uv: join(settings.home, "uv"),
    python: join(settings.home, "python"),
    logs: join(settings.home, "logs"),
    foundTools: join(settings.home, "found-tools.json"),
  };
}
