import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, watch } from "node:fs";
import { join } from "node:path";
import { fault } from "@parfocal/vitest-config/fault";
import { expect, test } from "vitest";
import { ensureEnvironment } from "../../src/environment/ensure-environment.ts";
import { hostDigest } from "../../src/environment/host-name.ts";
import { processStart } from "../../src/environment/process-identity.ts";
import { serveIndex } from "../fixtures/uv/index-server.ts";
import { quote, writeFakeUv } from "../fixtures/uv/program.ts";
import { spawnHost } from "../fixtures/uv/spawn-host.ts";
import { createWorkplace, type Workplace } from "../fixtures/uv/workplace.ts";

/** Resolves when a file of this name appears in the folder. */
function appears(folder: string, name: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, () => check());
    const check = (): void => {
      if (!existsSync(join(folder, name))) return;
      watcher.close();
      resolve();
    };
    check();
  });
}

async function expectRecovery({ handle, settings }: Workplace): Promise<void> {
  const environments = join(settings.home!, "e");
  expect(readdirSync(environments).filter((name) => name.includes(".tmp-"))).toHaveLength(1);
  const environment = await ensureEnvironment(handle, { settings });
  expect(environment.stamp.probe).toEqual({ parfocal_toy: "1.0" });
  expect(readdirSync(environments)).toEqual([environment.key]);
}

test.each([
  ["before packages are installed", (_uv: string, signs: string) => `touch ${signs}/now\nexec sleep 30`],
  ["after packages are installed", (uv: string, signs: string) => `${uv} "$@" || exit 1\ntouch ${signs}/now\nexec sleep 30`],
])("a builder that is killed %s leaves nothing that is used", async (_, script) => {
  const place = await createWorkplace();
  const signs = join(place.root, "signs");
  mkdirSync(signs);
  const uv = writeFakeUv(join(place.root, "uv"), place.realUv, script(quote(place.realUv), quote(signs)));
  const host = spawnHost(place.handle, { settings: { ...place.settings, uv } });
  await appears(signs, "now");
  host.kill("SIGKILL");
  await host.outcome;
  await expectRecovery(place);
  fault("Environments", `the builder is killed ${_}`, "nothing half is used; the next build succeeds and clears up");
});

test("a builder that is killed in a download leaves nothing that is used, and the next one goes on", async () => {
  const place = await createWorkplace();
  let tellStarted = (): void => undefined;
  const started = new Promise<void>((resolve) => {
    tellStarted = resolve;
  });
  const index = await serveIndex(place.wheelhouse, (request, response) => {
    if (!request.url?.startsWith("/files/")) return false;
    const content = readFileSync(place.wheel.path);
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, 100));
    tellStarted();
    return true;
  });
  const settings = { ...place.settings, offline: false, wheelhouse: [], index: index.url };
  const host = spawnHost(place.handle, { settings });
  await started;
  host.kill("SIGKILL");
  await host.outcome;
  await expectRecovery(place);
  fault("Environments", "the builder is killed in a download", "nothing half is used; the next build succeeds");
});

test("a builder that is killed while it probes leaves nothing that is used", async () => {
  const source =
    "import os, time\n__version__ = '1.0'\nsigns = os.environ.get('TOY_SIGNS')\nif signs:\n    open(signs + '/now', 'w').close()\n    time.sleep(30)\n";
  const place = await createWorkplace({ source });
  const signs = join(place.root, "signs");
  mkdirSync(signs);
  const host = spawnHost(place.handle, { settings: place.settings }, { TOY_SIGNS: signs });
  await appears(signs, "now");
  host.kill("SIGKILL");
  await host.outcome;
  await expectRecovery(place);
  fault("Environments", "the builder is killed while it probes", "nothing half is used; the next build succeeds");
});

test("a finished stage that was never given its name is not used, and goes", async () => {
  const place = await createWorkplace();
  const environment = await ensureEnvironment(place.handle, { settings: place.settings });
  const environments = join(place.settings.home!, "e");
  const dead = spawnHost(place.handle, { settings: place.settings });
  await dead.outcome;
  const stage = `${environment.key}.tmp-${dead.pid}-${hostDigest()}00000000`;
  cpSync(environment.folder, join(environments, stage), { recursive: true, verbatimSymlinks: true });
  rmSync(environment.folder, { recursive: true });
  await expectRecovery(place);
  fault("Environments", "the builder is killed before the last rename", "the stage is not used, and goes");
});

test("cancelling ends uv, and what it started, and removes the stage", async () => {
  const place = await createWorkplace();
  const signs = join(place.root, "signs");
  mkdirSync(signs);
  const uv = writeFakeUv(
    join(place.root, "uv"),
    place.realUv,
    `sleep 60 &\necho $! > ${quote(signs)}/child\nmv ${quote(signs)}/child ${quote(signs)}/now\nwait`,
  );
  const cancel = new AbortController();
  const building = ensureEnvironment(place.handle, { settings: { ...place.settings, uv }, signal: cancel.signal });
  building.catch(() => undefined);
  await appears(signs, "now");
  cancel.abort();
  await expect(building).rejects.toMatchObject({
    code: "CANCELLED",
    hint: "run the same command again; what was downloaded is kept",
  });
  const child = Number(readFileSync(join(signs, "now"), "utf8"));
  await expect.poll(() => processStart(child)).toBeNull();
  expect(readdirSync(join(place.settings.home!, "e"))).toEqual([]);
});
