import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** What makes a system start the daemon when its user logs in. */
export type LoginEntry =
  | {
      readonly kind: "file";
      readonly path: string;
      readonly text: string /** A link to the file that must be there, too. */;
      readonly link?: string;
    }
  | { readonly kind: "registry"; readonly key: string; readonly name: string; readonly value: string };

export interface LoginPlace {
  readonly platform: string;
  readonly home: string;
  /** `XDG_CONFIG_HOME`, or what stands for it. */
  readonly config: string;
  readonly hasSystemd: boolean;
}

export function thisLoginPlace(): LoginPlace {
  return {
    platform: process.platform,
    home: homedir(),
    config: process.env.XDG_CONFIG_HOME || join(homedir(), ".config"),
    hasSystemd: existsSync("/run/systemd/system"),
  };
}

const label = "parfocal-daemon";

/**
 * The entry for a command, for this user alone and without administrator's rights: a systemd user unit, else an XDG autostart file; a launch
 * agent on macOS; a value of the user's Run key on Windows, behind `conhost --headless` so that no window opens.
 *
 * @param command absolute paths and arguments
 * @param variables what the daemon needs to know of today's environment
 */
export function loginEntry(
  command: readonly string[],
  variables: Readonly<Record<string, string>>,
  { platform, home, config, hasSystemd }: LoginPlace,
): LoginEntry {
  if (platform === "win32") {
    const value = `conhost.exe --headless ${command.map((part) => `"${part}"`).join(" ")}`;
    return { kind: "registry", key: "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run", name: label, value };
  }
  if (platform === "darwin") {
    const path = join(home, "Library", "LaunchAgents", `${label}.plist`);
    return { kind: "file", path, text: launchAgent(command, variables) };
  }
  if (hasSystemd) {
    const folder = join(config, "systemd", "user");
    const path = join(folder, `${label}.service`);
    return {
      kind: "file",
      path,
      text: systemdUnit(command, variables),
      link: join(folder, "default.target.wants", `${label}.service`),
    };
  }
  const path = join(config, "autostart", `${label}.desktop`);
  return { kind: "file", path, text: desktopEntry(command, variables) };
}

/** `%` begins a specifier and `$` a variable in a unit. */
const unitWord = (word: string) => `"${word.replaceAll(/["\\]/g, "\\$&").replaceAll("%", "%%").replaceAll("$", "$$$$")}"`;

function systemdUnit(command: readonly string[], variables: Readonly<Record<string, string>>): string {
  return [
    "[Unit]",
    "Description=Parfocal daemon",
    "",
    "[Service]",
    ...Object.entries(variables).map(([name, value]) => `Environment=${unitWord(`${name}=${value}`)}`),
    `ExecStart=${command.map(unitWord).join(" ")}`,
    "Restart=on-failure",
    "",
    "[Install]",
    "WantedBy=default.target",
    "",
  ].join("\n");
}

/** Twice over: a desktop file's own escapes, and those of the quoted words in it. */
const desktopWord = (word: string) =>
  `"${word
    .replaceAll(/["`$\\]/g, "\\$&")
    .replaceAll("\\", "\\\\")
    .replaceAll("%", "%%")}"`;

function desktopEntry(command: readonly string[], variables: Readonly<Record<string, string>>): string {
  const words = ["/usr/bin/env", ...Object.entries(variables).map(([name, value]) => `${name}=${value}`), ...command];
  return [
    "[Desktop Entry]",
    "Type=Application",
    "Name=Parfocal daemon",
    `Exec=${words.map(desktopWord).join(" ")}`,
    "Terminal=false",
    "NoDisplay=true",
    "",
  ].join("\n");
}

const xml = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

function launchAgent(command: readonly string[], variables: Readonly<Record<string, string>>): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<plist version="1.0">',
    "<dict>",
    `  <key>Label</key><string>${label}</string>`,
    "  <key>RunAtLoad</key><true/>",
    "  <key>ProgramArguments</key>",
    `  <array>${command.map((part) => `<string>${xml(part)}</string>`).join("")}</array>`,
    "  <key>EnvironmentVariables</key>",
    `  <dict>${Object.entries(variables)
      .map(([name, value]) => `<key>${xml(name)}</key><string>${xml(value)}</string>`)
      .join("")}</dict>`,
    "</dict>",
    "</plist>",
    "",
  ].join("\n");
}
