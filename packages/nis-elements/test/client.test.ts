import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { findDaemon, type Image, readSettings } from "@parfocal/core";
import { arenaRoots } from "@parfocal/core/serve";
import { askDaemon, stopDaemon } from "@parfocal/server";
import { threshold } from "@parfocal/threshold";
import { expect, test } from "vitest";
import {
  afterTest,
  isAlive,
  startTestDaemon,
  temporaryFolder,
  temporaryHome,
  thresholdFolder,
  until,
  writeActs,
} from "../../server/test/support.ts";
import { startScript } from "./support/start-script.ts";

interface Told {
  readonly code: string;
  readonly text: string;
}

const python = (text: string): string => JSON.stringify(text);

/** The same pixels as `stripes()` in Python. */
function stripes(height = 64, width = 80): Image<"uint16"> {
  const data = Uint16Array.from({ length: height * width }, (_, index) => {
    const [y, x] = [Math.floor(index / width), index % width];
    const isBright = Math.floor(y / 8) % 2 === 0 && Math.floor(x / 10) % 2 === 0;
    return (isBright ? 3000 : 0) + x + y;
  });
  return { data, shape: [height, width], dtype: "uint16", axes: "yx" };
}

function arenasOf(pid: number): string[] {
  const roots = [...new Set(arenaRoots())];
  return roots.flatMap((root) => readdirSync(root).filter((name) => name.startsWith("parfocal-") && name.includes(`-${pid}-`)));
}

test("ten frames give the labels that TypeScript gives, load the model once, and leave nothing behind", async () => {
  const { home, daemon, settings } = await startTestDaemon();
  const script = await startScript(
    home,
    `
image = stripes()
node.process_image(image)
say("warm")
hear()
for frame in range(10):
    out = item(np.zeros((1, 64, 80, 1), np.int32))
    node.insert_2d_result(out, node.process_image(node.extract_2d_image(item(image[None, :, :, None])), min_size=10))
say(out.data.ravel().tolist())
hear()
`,
  );
  const workersNow = async () => {
    const { pools } = await askDaemon(findDaemon(readSettings(settings))!, "state", 5_000);
    return pools.flatMap(({ module, workers }) => workers.map(({ pid }) => ({ module, pid: pid! })));
  };
  expect(await script.next()).toBe("warm");
  const warm = await workersNow();
  expect(warm.map(({ module }) => module)).toEqual(["threshold"]);
  script.answer();
  const labels = await script.next<number[]>();
  const { labels: ours } = await threshold.run(stripes(), { minSize: 10 });
  expect(labels).toEqual([...ours.data]);
  expect(new Set(labels).size).toBe(17);
  expect(await workersNow()).toEqual(warm);
  const workers = warm.map(({ pid }) => pid);
  script.answer();
  await new Promise((resolve) => script.child.once("exit", resolve));
  await stopDaemon({ now: false, settings });
  for (const pid of [daemon.pid, ...workers]) await until(`process ${pid} ended`, () => !isAlive(pid));
  expect([daemon.pid, ...workers, script.child.pid!].flatMap(arenasOf)).toEqual([]);
});

test("an aborted run returns within a second, and the module goes on for the next frame", async () => {
  const { folder } = await writeActs();
  const { home } = await startTestDaemon();
  const script = await startScript(
    home,
    `
def run(inp, out, ctx):
    return node.call_worker(${python(folder)}, input_image=inp, act=act)

class Stopped:
    def __init__(self):
        self.polls = []
    @property
    def shouldAbort(self):
        self.polls.append(time.monotonic())
        return len(self.polls) > 4

image, act = stripes(), "echo"
run(image, None, None)
for act in ("wait", "hang"):
    ctx = Stopped()
    try:
        run(image, None, ctx)
        say("it returned")
    except Aborted as error:
        say({"ms": (time.monotonic() - ctx.polls[4]) * 1000, "text": str(error)})
act = "echo"
say(int((run(image, None, None) != image).sum()))
`,
  );
  for (const _ of ["wait", "hang"]) {
    const { ms, text } = await script.next<{ ms: number; text: string }>();
    expect(ms).toBeLessThan(1_000);
    expect(text).toContain("the run was stopped\nWhat to do: run the recipe again");
  }
  expect(await script.next()).toBe(0);
});

test.each([["auto"], ["http"]])("when the client is killed its call is cancelled within a second (%s)", async (transport) => {
  const { folder } = await writeActs();
  const { home, settings } = await startTestDaemon();
  const body = `say("begin")\nnode.call_worker(${python(folder)}, input_image=stripes(), act="wait")`;
  const script = await startScript(home, body, { PARFOCAL_GA3_TRANSPORT: transport });
  const busy = async () => {
    const { pools } = await askDaemon(findDaemon(readSettings(settings))!, "state", 5_000);
    return pools.some(({ workers }) => workers.some(({ state }) => state === "busy"));
  };
  await script.next();
  await until("the worker is busy", busy);
  script.child.kill("SIGKILL");
  await until("the worker is free", async () => !(await busy()), 1_000);
});

test("a daemon that was killed between two frames is started again", async () => {
  const { home, daemon, settings } = await startTestDaemon();
  const script = await startScript(
    home,
    `
first = node.process_image(stripes()).copy()
say(int(first.max()))
hear()
say(bool((node.process_image(stripes()) == first).all()))
`,
  );
  expect(await script.next()).toBe(16);
  process.kill(daemon.pid, "SIGKILL");
  await until("the daemon is gone", () => !isAlive(daemon.pid));
  script.answer();
  expect(await script.next()).toBe(true);
  expect(findDaemon(readSettings(settings))?.pid).not.toBe(daemon.pid);
  expect(readFileSync(join(home, "logs", "ga3.log"), "utf8")).toContain("starting the daemon");
});

test("a node starts the daemon with a PYTHONHOME and a PYTHONPATH that would break any Python", async () => {
  const home = temporaryHome();
  afterTest(() => stopDaemon({ now: true, settings: { home } }));
  const script = await startScript(
    home,
    `
os.environ["PYTHONHOME"] = os.environ["PYTHONPATH"] = "/nonsense"
say(int(node.process_image(stripes()).max()))
`,
  );
  expect(await script.next()).toBe(16);
});

test("a missing environment is not built: the error says what to type", async () => {
  const home = temporaryFolder();
  afterTest(() => stopDaemon({ now: true, settings: { home } }));
  const script = await startScript(home, "say(told(lambda: node.process_image(stripes())))");
  const { code, text } = await script.next<Told>();
  expect(code).toBe("ENV_NOT_READY");
  expect(text).toMatch(
    /^the environment of threshold for \w+ is not installed\nWhat to do: run `parfocal env install threshold`\nLog file: /,
  );
  expect(text).toContain(join(home, "logs", "ga3.log"));
  expect(existsSync(join(home, "e")) ? readdirSync(join(home, "e")) : []).toEqual([]);
});

test("missing weights are not downloaded: the error says what to type", async () => {
  const { folder } = await writeActs();
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.end("weights");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  afterTest(() => server.close());
  const manifest = JSON.parse(readFileSync(join(folder, "module.json"), "utf8"));
  const licence = { code: "MIT", weights: "MIT", trainingData: "CC0", redistribution: "yes" };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/net.bin`;
  const files = [{ name: "net.bin", url, bytes: null, sha256: null }];
  manifest.weights = [{ name: "net", description: "a network", when: {}, files, licence }];
  writeFileSync(join(folder, "module.json"), JSON.stringify(manifest));
  const { home } = await startTestDaemon();
  const script = await startScript(home, `say(told(lambda: node.call_worker(${python(folder)}, input_image=stripes())))`);
  const { code, text } = await script.next<Told>();
  expect(code).toBe("WEIGHTS_MISSING");
  expect(text).toContain(`What to do: type \`parfocal env install ${folder}\` on a PC with a network`);
  expect(asked).toBe(0);
});

test("bytes are posted where slots are not wanted, with the same labels", async () => {
  const { home } = await startTestDaemon();
  const body = "say(node.process_image(stripes()).ravel().tolist())";
  const { labels } = await threshold.run(stripes());
  const script = await startScript(home, body, { PARFOCAL_GA3_TRANSPORT: "http" });
  expect(await script.next()).toEqual([...labels.data]);
});

test("a module is named by its folder or by its worker file, parameters by any of their names", async () => {
  const { home } = await startTestDaemon();
  const worker = join(thresholdFolder, "python", "worker.py");
  const script = await startScript(
    home,
    `
for name in (${python(thresholdFolder)}, ${python(worker)}):
    say(int(node.call_worker(name, input_image=stripes(), min_size=np.int64(10)).max()))
say(told(lambda: node.process_image(stripes(), min_sise=1)))
say(told(lambda: node.call_worker("treshold", input_image=stripes())))
say(told(lambda: node.call_worker("/nowhere/worker.py", input_image=stripes())))
`,
  );
  expect([await script.next(), await script.next()]).toEqual([16, 16]);
  expect(await script.next()).toMatchObject({ code: "PARAMS_INVALID", text: expect.stringContaining("did you mean minSize?") });
  expect(await script.next()).toMatchObject({ code: "MODULE_NOT_FOUND", text: expect.stringContaining("threshold") });
  expect(await script.next()).toMatchObject({ code: "MODULE_NOT_FOUND", text: expect.stringContaining("parfocal new") });
});

test("a frame that is kept or changed is the node's own, however many are kept", async () => {
  const { home } = await startTestDaemon();
  const script = await startScript(
    home,
    `
image = stripes()
node.process_image(image)
kept, labels = [], []
for frame in range(6):
    source = image + frame
    kept.append(node.extract_2d_image(item(source[None, :, :, None])))
    assert not np.shares_memory(kept[-1], source)
    labels.append(node.process_image(kept[-1]).copy())
changed = kept[0]
changed[:32] = 0
say([
    all(np.array_equal(each, image + frame) for frame, each in enumerate(kept) if frame > 0),
    all(np.array_equal(each, labels[0]) for each in labels),
    int(labels[0].max()),
    int(node.process_image(changed).max()),
    int(node.process_image(changed[::2]).max()),
    int(node.process_image(changed.astype(np.float32)).max()),
    len(np.unique([each.__array_interface__["data"][0] for each in kept])),
])
`,
  );
  const half = await threshold.run({ ...stripes(), data: stripes().data.map((value, at) => (at < 32 * 80 ? 0 : value)) });
  const objects = Math.max(...half.labels.data);
  expect(objects).toBeGreaterThan(4);
  expect(await script.next()).toEqual([true, true, 16, objects, objects, objects, 6]);
});
