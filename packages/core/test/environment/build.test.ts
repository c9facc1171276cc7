import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fault } from "@parfocal/vitest-config/fault";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import type { ParfocalEvent } from "../../src/contract/events.ts";
import { ensureEnvironment, findEnvironment } from "../../src/environment/ensure-environment.ts";
import { serveIndex } from "../fixtures/uv/index-server.ts";
import { lockOf, writeToyModule } from "../fixtures/uv/toy-module.ts";
import { writeToyWheel } from "../fixtures/uv/toy-wheel.ts";
import { createWorkplace } from "../fixtures/uv/workplace.ts";

describe("building", () => {
  test("installs what the lock names, stamps it, and is ready from then on", async () => {
    const { handle, settings, wheel } = await createWorkplace();
    expect(await findEnvironment(handle, { settings })).toBeNull();
    const events: ParfocalEvent[] = [];
    const environment = await ensureEnvironment(handle, { settings, onEvent: (event) => events.push(event) });

    const { stdout } = await execa(environment.python, ["-I", "-c", "import parfocal_toy; print(parfocal_toy.__file__)"]);
    expect(stdout).toBe(join(environment.sitePackages, "parfocal_toy", "__init__.py"));
    expect(environment.stamp).toMatchObject({
      key: environment.key,
      module: "toy",
      accelerator: "cpu",
      acceleratorReason: "toy has only a cpu lock here",
      python: { base: settings.python, source: "setting" },
      uv: { path: settings.uv, source: "setting" },
      probe: { parfocal_toy: wheel.version },
    });
    expect(environment.stamp.bytes).toBeGreaterThan(statSync(wheel.path).size / 2);
    expect(readdirSync(join(environment.sitePackages, "parfocal_toy", "__pycache__"))).toHaveLength(1);

    const phases = events.flatMap((event) => (event.type === "env-build-progress" ? [event.phase] : []));
    expect([...new Set(phases)]).toEqual(["uv", "python", "venv", "download", "install", "compile", "probe"]);
    expect(events[0]).toMatchObject({ type: "env-build-start", module: "toy", downloadBytes: 1000 });
    expect(events.at(-1)).toMatchObject({ type: "env-build-end", folder: environment.folder });

    const later: ParfocalEvent[] = [];
    const again = await ensureEnvironment(handle, { settings, build: false, onEvent: (event) => later.push(event) });
    expect(again).toEqual(environment);
    expect(later).toEqual([]);
  });

  test("tries the imports of each module with the same lock once", async () => {
    const { handle, settings } = await createWorkplace();
    const built = await ensureEnvironment(handle, { settings });
    const promising = (name: string, imports: string[]) => ({
      ...handle,
      manifest: { ...handle.manifest, name, profiles: { default: { imports } } },
    });
    const other = promising("other", ["json", "parfocal_toy"]);
    const shared = await ensureEnvironment(other, { settings });
    expect(shared.key).toBe(built.key);
    expect(shared.stamp).toEqual({ ...built.stamp, probe: { ...built.stamp.probe, json: expect.any(String) } });
    // nothing more to try: the interpreter is not asked
    rmSync(join(settings.home!, "logs"), { recursive: true, force: true });
    expect(await ensureEnvironment(other, { settings })).toEqual(shared);
    expect((await ensureEnvironment(handle, { settings })).stamp).toEqual(shared.stamp);
    expect(existsSync(join(settings.home!, "logs"))).toBe(false);

    const broken = promising("broken", ["parfocal_toy", "nothing_here"]);
    await expect(ensureEnvironment(broken, { settings })).rejects.toMatchObject({
      code: "ENV_PROBE_FAILED",
      message: `setting up the environment of broken failed at "probe": ModuleNotFoundError: No module named 'nothing_here'`,
    });
    expect((await ensureEnvironment(handle, { settings })).stamp).toEqual(shared.stamp);
    expect(readdirSync(shared.folder).filter((name) => name.startsWith("ready.json"))).toEqual(["ready.json"]);
    fault(
      "Environments",
      "an environment that another module built lacks what this one imports",
      "an error that names it; it stays ready for the other",
    );
  });

  test("says that it is not installed where building is not allowed", async () => {
    const { handle, settings } = await createWorkplace();
    await expect(ensureEnvironment(handle, { settings, build: false })).rejects.toMatchObject({
      code: "ENV_NOT_READY",
      message: "the environment of toy for cpu is not installed",
      hint: "run `parfocal env install toy`",
    });
  });

  test("puts extra locks on top, as another environment", async () => {
    const { handle, settings, wheelhouse, root, wheel } = await createWorkplace();
    const extra = writeToyWheel(wheelhouse, { name: "parfocal_extra" });
    const locks = join(root, "module", "python", "locks", "default");
    const content = JSON.parse(readFileSync(join(locks, "locks.json"), "utf8"));
    writeFileSync(join(locks, "test.txt"), lockOf(extra));
    const sha256 = createHash("sha256").update(lockOf(extra)).digest("hex");
    content.extras.test = { ...content.accelerators.cpu, sha256 };
    writeFileSync(join(locks, "locks.json"), JSON.stringify(content));
    const plain = await ensureEnvironment(handle, { settings });
    const tested = await ensureEnvironment(handle, { settings, extraLocks: ["test"] });
    expect(tested.key).not.toBe(plain.key);
    expect(tested.stamp.lockSha256).toBe(plain.stamp.lockSha256);
    expect(existsSync(join(tested.sitePackages, "parfocal_extra"))).toBe(true);
    expect(existsSync(join(plain.sitePackages, "parfocal_extra"))).toBe(false);
    expect(existsSync(join(tested.sitePackages, wheel.name))).toBe(true);
  });

  test("uses the index that is set", async () => {
    const { handle, settings, wheelhouse } = await createWorkplace();
    const index = await serveIndex(wheelhouse);
    await ensureEnvironment(handle, { settings: { ...settings, offline: false, wheelhouse: [], index: index.url } });
    expect(index.requests).toContain("/simple/parfocal-toy/");
  });

  test("fails with the last line of Python where an import fails, and leaves nothing", async () => {
    const { handle, settings } = await createWorkplace({ source: "import does_not_exist\n" });
    await expect(ensureEnvironment(handle, { settings })).rejects.toMatchObject({
      code: "ENV_PROBE_FAILED",
      message: `setting up the environment of toy failed at "probe": ModuleNotFoundError: No module named 'does_not_exist'`,
      details: { step: "probe", logPath: expect.stringContaining("build-toy-") },
    });
    expect(readdirSync(join(settings.home!, "e"))).toEqual([]);
    fault("Environments", "what was installed cannot be imported", "ENV_PROBE_FAILED with Python's last line; nothing is left");
  });
});

describe("a lock that changes", () => {
  test("leads to another environment; the old one stays", async () => {
    const { handle, settings, wheel } = await createWorkplace();
    const before = await ensureEnvironment(handle, { settings });
    writeToyModule(handle.folder, { locks: { cpu: `${lockOf(wheel)}#` } });
    expect(await findEnvironment(handle, { settings })).toBeNull();
    const after = await ensureEnvironment(handle, { settings });
    expect(after.key).not.toBe(before.key);
    expect(existsSync(before.python)).toBe(true);
    fault("Environments", "a lock changes by one package", "another environment; the old one stays");
  });

  test("without locks.json is refused", async () => {
    const { handle, settings } = await createWorkplace();
    const path = join(handle.folder, "python", "locks", "default", "cpu.txt");
    writeFileSync(path, `${readFileSync(path, "utf8")}\n`);
    await expect(findEnvironment(handle, { settings })).rejects.toMatchObject({
      code: "ENV_LOCK_INVALID",
      message: expect.stringMatching(/cpu\.txt is not the one that locks\.json names: its sha256 is [0-9a-f]{64}$/),
    });
    rmSync(path);
    await expect(findEnvironment(handle, { settings })).rejects.toMatchObject({
      code: "ENV_LOCK_INVALID",
      message: `the lock file ${path} does not exist`,
    });
  });

  test.each([
    ["an address", "toy @ https://example.org/toy.whl --hash=sha256:00\n", "line 1 names an address (://)"],
    ["no hash", "toy==1.0\n", "line 1 toy has no sha256"],
    ["a range", `toy>=1.0 --hash=sha256:${"0".repeat(64)}\n`, "line 1 is not pinned with ==: toy>=1.0"],
    ["an option", "--index-url /somewhere\n", "line 1 holds an option (--index-url)"],
  ])("with %s is refused before anything is started", async (_, text, problem) => {
    const { handle, settings } = await createWorkplace();
    writeToyModule(handle.folder, { locks: { cpu: text } });
    await expect(ensureEnvironment(handle, { settings: { ...settings, uv: "/nowhere/uv" } })).rejects.toMatchObject({
      code: "ENV_LOCK_INVALID",
      message: expect.stringContaining(problem),
    });
  });
});
