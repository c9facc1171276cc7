import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/** The user's home folder; a folder of this user's among the temporary files where there is none. */
function userHome(environment: NodeJS.ProcessEnv): string {
  const named = process.platform === "win32" ? environment.USERPROFILE : environment.HOME;
  if (named) return named;
  try {
    return homedir();
  } catch {
    return join(tmpdir(), `parfocal-${userNumber()}`);
  }
}

function userNumber(): string {
  try {
    return String(userInfo().uid);
  } catch {
    return "user";
  }
}

/** Default folder of environments, caches and logs. */
export function defaultHome(environment: NodeJS.ProcessEnv, platform: string = process.platform): string {
  const home = userHome(environment);
  if (platform === "win32") return join(environment.LOCALAPPDATA || join(home, "AppData", "Local"), "pfcl");
  if (platform === "darwin") return join(home, "Library", "Caches", "parfocal");
  return join(environment.XDG_CACHE_HOME || join(home, ".cache"), "parfocal");
}

/** The configuration file; it need not exist. */
export function configFilePath(environment: NodeJS.ProcessEnv, platform: string = process.platform): string {
  const home = userHome(environment);
  const folder =
    platform === "win32"
      ? environment.APPDATA || join(home, "AppData", "Roaming")
      : platform === "darwin"
        ? join(home, "Library", "Application Support")
        : environment.XDG_CONFIG_HOME || join(home, ".config");
  return join(folder, "parfocal", "config.json");
}
