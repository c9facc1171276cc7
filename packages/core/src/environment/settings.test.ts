import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { configFilePath, defaultHome } from "./default-home.ts";
import { readSettings } from "./settings.ts";

let root = "";
let environment: NodeJS.ProcessEnv = {};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "pf-settings-"));
  environment = { HOME: root, USERPROFILE: root };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function writeConfig(text: string): string {
  const path = configFilePath(environment);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

describe("readSettings", () => {
  test("has defaults for everything", () => {
    const home = defaultHome(environment);
    const folders = { home, uvCache: join(home, "uv-cache"), wheelhouse: [], weightsFolders: [] };
    expect(readSettings({}, environment)).toEqual({ ...folders, offline: false, daemon: "use", prewarm: [], idleMinutes: 30 });
  });

  test("prefers the call to variables, variables to the file, the file to defaults", () => {
    writeConfig(JSON.stringify({ home: "/file", uv: "/file/uv", threads: 1, offline: true, wheelhouse: root }));
    const variables = { ...environment, PARFOCAL_HOME: "/variable", PARFOCAL_UV: "/variable/uv", PARFOCAL_THREADS: "" };
    expect(readSettings({ home: "/call" }, variables)).toEqual({
      home: "/call",
      uvCache: "/call/uv-cache",
      uv: "/variable/uv",
      threads: 1,
      offline: true,
      wheelhouse: [root],
      weightsFolders: [],
      daemon: "use",
      prewarm: [],
      idleMinutes: 30,
    });
  });

  test("takes what the daemon needs from variables as from the file", () => {
    writeConfig(JSON.stringify({ daemon: "auto", prewarm: ["stardist", "cellpose"], idleMinutes: 5 }));
    const fromFile = { daemon: "auto", prewarm: ["stardist", "cellpose"], idleMinutes: 5 };
    expect(readSettings({}, environment)).toMatchObject(fromFile);
    const variables = { ...environment, PARFOCAL_DAEMON: "never", PARFOCAL_PREWARM: "a, b", PARFOCAL_IDLE_MINUTES: "0.5" };
    expect(readSettings({}, variables)).toMatchObject({ daemon: "never", prewarm: ["a", "b"], idleMinutes: 0.5 });
    expect(() => readSettings({}, { ...environment, PARFOCAL_DAEMON: "maybe" })).toThrow(
      'the variable PARFOCAL_DAEMON is "maybe"',
    );
  });

  test("takes one folder of weights or several, and a mirror", () => {
    const variables = {
      ...environment,
      PARFOCAL_WEIGHTS: [root, "/b"].join(delimiter),
      PARFOCAL_MIRROR: "http://mirror.example/w",
    };
    expect(readSettings({}, variables)).toMatchObject({ weightsFolders: [root, "/b"], mirror: "http://mirror.example/w" });
    writeConfig(JSON.stringify({ weightsFolders: root }));
    expect(readSettings({}, environment).weightsFolders).toEqual([root]);
  });

  test("takes wheel folders from uv's and pip's variables after its own", () => {
    for (const name of ["a", "b c", "d"]) mkdirSync(join(root, name));
    const [a, b, d] = ["a", "b c", "d"].map((name) => join(root, name)) as [string, string, string];
    const variables = {
      ...environment,
      PARFOCAL_WHEELHOUSE: a,
      UV_FIND_LINKS: b,
      PIP_FIND_LINKS: `${d} ${join(root, "none")} ${a}`,
    };
    expect(readSettings({}, variables).wheelhouse).toEqual([a, b, d]);
  });

  test.each([
    ["PARFOCAL_OFFLINE", "perhaps", 'the variable PARFOCAL_OFFLINE is "perhaps": must be 1 or 0'],
    ["PARFOCAL_THREADS", "many", 'the variable PARFOCAL_THREADS is "many": Invalid input: expected number, received string'],
    [
      "PARFOCAL_ACCELERATOR",
      "gpu",
      'the variable PARFOCAL_ACCELERATOR is "gpu": Invalid option: expected one of "cpu"|"cuda"|"directml"',
    ],
    ["PARFOCAL_MIRROR", "file:///mirror", 'the variable PARFOCAL_MIRROR is "file:///mirror": Invalid URL'],
    ["PARFOCAL_INDEX", "mirror", 'the variable PARFOCAL_INDEX is "mirror": Invalid URL'],
  ])("names a variable that cannot be used: %s", (name, value, message) => {
    expect(() => readSettings({}, { ...environment, [name]: value })).toThrow(
      expect.objectContaining({ code: "USAGE", message, hint: `correct ${name}, or unset it` }),
    );
  });

  test.each([
    ["{", /^the configuration file .+config\.json is not valid JSON: /],
    ['{"thread": 2}', /^the configuration file .+config\.json: "thread": Unrecognized key: "thread"$/],
    [
      '{"offline": "yes"}',
      /^the configuration file .+config\.json: "offline": Invalid input: expected boolean, received string$/,
    ],
  ])("names file and key of a bad configuration: %s", (text, message) => {
    writeConfig(text);
    expect(() => readSettings({}, environment)).toThrow(
      expect.objectContaining({
        code: "USAGE",
        message: expect.stringMatching(message),
        hint: expect.stringContaining("remove it"),
      }),
    );
  });
});

describe("default places", () => {
  test.each([
    ["linux", { HOME: "/h" }, "/h/.cache/parfocal"],
    ["linux", { HOME: "/h", XDG_CACHE_HOME: "/x" }, "/x/parfocal"],
    ["darwin", { HOME: "/h" }, "/h/Library/Caches/parfocal"],
    ["win32", { LOCALAPPDATA: "/local" }, "/local/pfcl"],
  ])("%s %o", (platform, variables, expected) => {
    expect(defaultHome(variables, platform)).toBe(expected);
  });

  test("there is one without HOME", () => {
    expect(defaultHome({}, "linux")).toMatch(/^\/.+parfocal/);
  });
});
