import { posix, win32 } from "node:path";

/** Operating system and processor as locks name them: "linux-x64", "linux-arm64", "win32-x64", "darwin-arm64", ... */
export function platformKey(platform: string = process.platform, architecture: string = process.arch): string {
  return `${platform}-${architecture}`;
}

/** Path of the interpreter inside a virtual environment. */
export function environmentPython(folder: string, platform: string = process.platform): string {
  return platform === "win32" ? win32.join(folder, "Scripts", "python.exe") : posix.join(folder, "bin", "python");
}

/** Path of site-packages inside a virtual environment; `pythonMinor` is for example "3.11". */
export function environmentSitePackages(folder: string, pythonMinor: string, platform: string = process.platform): string {
  return platform === "win32"
    ? win32.join(folder, "Lib", "site-packages")
    : posix.join(folder, "lib", `python${pythonMinor}`, "site-packages");
}

/** Name of an executable file on this platform. */
export function executableName(name: string, platform: string = process.platform): string {
  return platform === "win32" ? `${name}.exe` : name;
}
