import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { fault } from "@parfocal/vitest-config/fault";
import { execa } from "execa";
import { describe, expect, onTestFinished, test } from "vitest";
import { buildEnvironment } from "../../src/environment/build-environment.ts";
import { ensureEnvironment } from "../../src/environment/ensure-environment.ts";
import { planEnvironment } from "../../src/environment/plan-environment.ts";
import { ParfocalError } from "../../src/errors/parfocal-error.ts";
import { serveIndex } from "../fixtures/uv/index-server.ts";
import { quote, writeFakeUv, writeProgram } from "../fixtures/uv/program.ts";
import { spawnHost } from "../fixtures/uv/spawn-host.ts";
import { writeToyWheel } from "../fixtures/uv/toy-wheel.ts";
import { createWorkplace, type Workplace } from "../fixtures/uv/workplace.ts";

/** The error of a build; afterwards nothing half-built may be left. */
async function failure(place: Workplace, settings = place.settings): Promise<ParfocalError> {
  const error = await ensureEnvironment(place.handle, { settings }).then(
    () => new Error("the build succeeded"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ParfocalError);
  const environments = join(settings.home!, "e");
  expect(existsSync(environments) ? readdirSync(environments) : []).toEqual([]);
  return error as ParfocalError;
}

/** An address on loopback where nobody listens. */
async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("uv fails", () => {
  test.each([
    [
      "with a hash mismatch: no second try",
      "printf 'error: Failed to download\\n  Hash mismatch for `toy==1.0`\\n' >&2; exit 1",
      { code: "ENV_HASH_MISMATCH", message: "the file for toy==1.0 is not the one that the lock names", hint: "PARFOCAL_INDEX" },
    ],
    [
      "with exit code 2 and words of its own",
      "echo 'error: something odd happened' >&2; exit 2",
      { code: "ENV_BUILD_FAILED", message: "something odd happened", hint: "read the log" },
    ],
    [
      "after colours and lines that nobody knows",
      "printf '\\033[31merror\\033[0m: a \\033[1mstrange\\033[0m end\\n' >&2; echo 'Fnord 17' ; exit 1",
      { code: "ENV_BUILD_FAILED", message: "a strange end", hint: "read the log" },
    ],
    [
      "killed by a signal",
      "kill -9 $$",
      { code: "ENV_BUILD_FAILED", message: "uv was ended by SIGKILL", hint: "run the same command again" },
    ],
    [
      "with a full disk",
      "echo 'failed to write: No space left on device (os error 28)' >&2; exit 2",
      { code: "ENV_NO_SPACE", message: "the disk filled up", hint: "PARFOCAL_HOME" },
    ],
    [
      "without permission",
      "echo 'failed to open file: Permission denied (os error 13)' >&2; exit 2",
      { code: "ENV_PERMISSION", message: "a folder cannot be written", hint: "PARFOCAL_UV_CACHE" },
    ],
  ])("%s", async (_, script, expected) => {
    const place = await createWorkplace();
    const tries = join(place.root, "tries");
    const uv = writeFakeUv(join(place.root, "uv"), place.realUv, `echo x >> ${quote(tries)}\n${script}`);
    const error = await failure(place, { ...place.settings, uv });
    expect(error.code).toBe(expected.code);
    expect(error.message).toContain(`setting up the environment of toy failed at "install": `);
    expect(error.message).toContain(expected.message);
    expect(error.hint).toContain(expected.hint);
    expect(readFileSync(tries, "utf8")).toBe("x\n");
    fault("Environments", `uv fails ${_}`, `${error.code}, one try`);
  });

  test("after ten megabytes of noise, which neither stop it nor fill memory or log", async () => {
    const place = await createWorkplace();
    const noise = "head -c 10000000 /dev/zero | tr '\\0' 'y'\nhead -c 2000000 /dev/zero | tr '\\0' '\\n'";
    const uv = writeFakeUv(join(place.root, "uv"), place.realUv, `${noise}\necho 'error: at last' >&2\nexit 1`);
    const error = await failure(place, { ...place.settings, uv });
    expect(error.message).toMatch(/: at last$/);
    const { outputTail, logPath } = error.details as { outputTail: string[]; logPath: string };
    expect(outputTail.join("").length).toBeLessThan(20_000);
    expect(readFileSync(logPath).length).toBeLessThan(4.3 * 1024 * 1024);
    fault(
      "Environments",
      "uv writes ten megabytes of noise",
      "the build fails or succeeds as uv says; memory and log stay small",
    );
  });

  test("hanging is noticed", async () => {
    const place = await createWorkplace();
    const uv = writeFakeUv(join(place.root, "uv"), place.realUv, "sleep 600");
    const plan = await planEnvironment(place.handle, { settings: { ...place.settings, uv } });
    await expect(buildEnvironment(plan, { stallMs: 1000 })).rejects.toMatchObject({
      code: "ENV_BUILD_FAILED",
      message: `setting up the environment of toy failed at "install": uv did nothing for too long and was ended`,
    });
    expect(readdirSync(join(place.settings.home!, "e"))).toEqual([]);
    fault("Environments", "uv hangs", "ENV_BUILD_FAILED; uv is ended");
  });

  test("a certificate that is not trusted is tried once more with the system's authorities", async () => {
    const place = await createWorkplace();
    const seen = join(place.root, "seen");
    const script = `echo "certs=$UV_SYSTEM_CERTS" >> ${quote(seen)}\necho 'invalid peer certificate: UnknownIssuer' >&2\nexit 2`;
    const uv = writeFakeUv(join(place.root, "uv"), place.realUv, script);
    const error = await failure(place, { ...place.settings, uv });
    expect(error.code).toBe("ENV_TLS");
    expect(error.hint).toContain("SSL_CERT_FILE");
    expect(readFileSync(seen, "utf8")).toBe("certs=\ncerts=1\n");
  });
});

describe("no network", () => {
  test("a dead index ends soon, and names the variable to set", async () => {
    const place = await createWorkplace();
    const started = performance.now();
    const index = `http://127.0.0.1:${await closedPort()}/simple`;
    const error = await failure(place, { ...place.settings, offline: false, wheelhouse: [], index });
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(error.code).toBe("ENV_NETWORK");
    expect(error.message).toContain("the connection failed");
    expect(error.hint).toContain("PARFOCAL_WHEELHOUSE");
    fault("Environments", "no network", `${error.code} that names the variable to set`);
  });

  test("a dead proxy ends soon, and names the variable to check", async () => {
    const place = await createWorkplace();
    const proxy = `http://127.0.0.1:${await closedPort()}`;
    const settings = { ...place.settings, offline: false, wheelhouse: [], index: "https://index.invalid/simple" };
    const started = performance.now();
    const outcome = await spawnHost(place.handle, { settings }, { HTTPS_PROXY: proxy, https_proxy: proxy }).outcome;
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(outcome).toMatchObject({ code: "ENV_NETWORK", hint: expect.stringContaining("HTTPS_PROXY") });
    fault("Environments", "a dead proxy", `${outcome.code} that names the variable to check`);
  });

  test("a proxy that wants a password says so", async () => {
    const place = await createWorkplace();
    const server = createTcpServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const proxy = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const settings = { ...place.settings, offline: false, wheelhouse: [], index: "https://index.invalid/simple" };
    const outcome = await spawnHost(place.handle, { settings }, { HTTPS_PROXY: proxy, https_proxy: proxy }).outcome;
    expect(outcome).toMatchObject({ code: "ENV_NETWORK", hint: expect.stringContaining("HTTPS_PROXY") });
    fault("Environments", "a proxy that wants a password", `${outcome.code}`);
  });

  test.each([404, 403, 500])("an index that answers %i is named", async (status) => {
    const place = await createWorkplace();
    const index = await serveIndex(place.wheelhouse, (_request, response) => {
      response.writeHead(status).end();
      return true;
    });
    const error = await failure(place, { ...place.settings, offline: false, wheelhouse: [], index: index.url });
    expect(error.code).toMatch(/^ENV_(NETWORK|BUILD_FAILED)$/);
    expect(error.hint).toMatch(/PARFOCAL_(INDEX|WHEELHOUSE)/);
    fault("Environments", `an index that answers ${status}`, error.code);
  });

  test("offline without the wheel, the error names both ways out", async () => {
    const place = await createWorkplace();
    rmSync(place.wheel.path);
    const error = await failure(place);
    expect(error.code).toBe("ENV_NETWORK");
    expect(error.message).toMatch(/the wheel folder .+ lacks a wheel that the lock names$/);
    expect(error.message).toContain(place.wheelhouse);
    expect(error.hint).toContain("PARFOCAL_OFFLINE");
    fault("Environments", "offline, and the wheel is not there", `${error.code} with both ways out`);
  });

  test("a wheel folder that is not there is refused at once", async () => {
    const place = await createWorkplace();
    const error = await failure(place, { ...place.settings, wheelhouse: ["/no/such/folder"] });
    expect(error).toMatchObject({ code: "USAGE", message: "the wheel folder /no/such/folder does not exist" });
  });

  test("a ready environment opens no connection", async () => {
    const place = await createWorkplace();
    await ensureEnvironment(place.handle, { settings: place.settings });
    const index = await serveIndex(place.wheelhouse);
    const uv = writeProgram(join(place.root, "uv"), "exit 99");
    const settings = { ...place.settings, offline: false, wheelhouse: [], index: index.url, uv };
    const proxy = index.url.replace("/simple", "");
    const outcome = await spawnHost(place.handle, { settings }, { HTTPS_PROXY: proxy, HTTP_PROXY: proxy }).outcome;
    expect(outcome).toMatchObject({ folder: expect.any(String), events: [] });
    expect(index.requests).toEqual([]);
    fault("Environments", "offline, and the environment is ready", "no connection is tried");
  });
});

describe("wheels", () => {
  test("with other bytes under the same name are refused", async () => {
    const place = await createWorkplace();
    writeToyWheel(place.wheelhouse, { source: "print('other')\n" });
    const error = await failure(place);
    expect(error.code).toBe("ENV_HASH_MISMATCH");
    expect(error.message).toMatch(/: the file for parfocal-toy==1\.0 is not the one that the lock names$/);
    expect((error.details as { outputTail: string[] }).outputTail.join("\n")).toContain(place.wheel.sha256);
    fault("Environments", "a wheel with other bytes under the same name", `${error.code}; nothing is installed`);
  });

  test("with one byte appended are refused", async () => {
    const place = await createWorkplace();
    appendFileSync(place.wheel.path, "x");
    const error = await failure(place);
    expect(error.code).toBe("ENV_HASH_MISMATCH");
    expect(error.message).toMatch(
      /: the file parfocal_toy-1\.0-py3-none-any\.whl is damaged, so it is not the one that the lock names$/,
    );
  });

  test("whose download is cut are a matter of the network", async () => {
    const place = await createWorkplace();
    const index = await serveIndex(place.wheelhouse, (request, response) => {
      if (!request.url?.startsWith("/files/")) return false;
      const content = readFileSync(place.wheel.path);
      response.writeHead(200, { "content-length": content.length });
      response.write(content.subarray(0, content.length / 2), () => response.destroy());
      return true;
    });
    const error = await failure(place, { ...place.settings, offline: false, wheelhouse: [], index: index.url });
    expect(error.code).toBe("ENV_NETWORK");
    expect(index.requests.filter((path) => path.startsWith("/files/")).length).toBeGreaterThan(1);
  });

  test("with other bytes on an index are refused", async () => {
    const place = await createWorkplace();
    const index = await serveIndex(place.wheelhouse, (request, response) => {
      if (!request.url?.startsWith("/files/")) return false;
      response.end(Buffer.concat([readFileSync(place.wheel.path), Buffer.from("x")]));
      return true;
    });
    const error = await failure(place, { ...place.settings, offline: false, wheelhouse: [], index: index.url });
    expect(error.code).toBe("ENV_HASH_MISMATCH");
  });

  test("are never built from source", async () => {
    const place = await createWorkplace();
    rmSync(place.wheel.path);
    const marker = join(place.root, "ran");
    const source = join(place.root, "parfocal_toy-1.0");
    mkdirSync(source);
    writeFileSync(join(source, "PKG-INFO"), "Metadata-Version: 2.1\nName: parfocal_toy\nVersion: 1.0\n");
    writeFileSync(
      join(source, "setup.py"),
      `open(${JSON.stringify(marker)}, "w").close()\nfrom setuptools import setup\nsetup(name="parfocal_toy", version="1.0")\n`,
    );
    await execa("tar", ["-czf", join(place.wheelhouse, "parfocal_toy-1.0.tar.gz"), "-C", place.root, "parfocal_toy-1.0"]);
    const error = await failure(place);
    expect(error.code).toBe("ENV_NETWORK");
    expect(existsSync(marker)).toBe(false);
    fault("Environments", "only a source distribution is there", `${error.code}; nothing of it is run`);
  });
});

describe("folders", () => {
  test("a home that is a file is refused by name", async () => {
    const place = await createWorkplace();
    const home = join(place.root, "file");
    writeFileSync(home, "");
    const error = await ensureEnvironment(place.handle, { settings: { ...place.settings, home } }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({
      code: "ENV_PERMISSION",
      message: expect.stringContaining(home),
      hint: expect.stringContaining("PARFOCAL_HOME"),
    });
  });

  test("a cache that is a file is refused by name", async () => {
    const place = await createWorkplace();
    const uvCache = join(place.root, "file");
    writeFileSync(uvCache, "");
    const error = await failure(place, { ...place.settings, uvCache });
    expect(error).toMatchObject({ code: "ENV_PERMISSION", hint: expect.stringContaining(uvCache) });
  });

  test("too little space is noticed before anything is done", async () => {
    const place = await createWorkplace({ installedBytes: 1e15 });
    const error = await failure(place, { ...place.settings, uv: "/nowhere" });
    expect(error.code).toBe("ENV_NO_SPACE");
    expect(error.message).toMatch(/^the environment needs 1250 TB in .+, where [\d.]+ [MGT]B are free$/);
    expect(error.hint).toContain("parfocal env gc");
    fault("Environments", "too little space", `${error.code} before anything is done`);
  });
});

describe("volumes", () => {
  /** A small file system of its own; null where this user may not mount one. */
  async function mount(folder: string, options: string): Promise<boolean> {
    mkdirSync(folder, { recursive: true });
    const { failed } = await execa("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder], { reject: false });
    if (!failed) onTestFinished(async () => void (await execa("umount", ["-l", folder], { reject: false })));
    return !failed;
  }

  test("a full volume is named, and nothing is left on it", async (context) => {
    const place = await createWorkplace();
    const home = join(place.root, "small");
    if (!(await mount(home, "size=64k"))) context.skip("mounting a file system is not allowed here");
    const error = await failure(place, { ...place.settings, home, uvCache: join(place.root, "cache") });
    expect(error.code).toBe("ENV_NO_SPACE");
    expect(error.hint).toContain("PARFOCAL_HOME");
    fault("Environments", "the disk fills up", "ENV_NO_SPACE; nothing is left on it");
  });

  test("a read-only cache is named", async (context) => {
    const place = await createWorkplace();
    const uvCache = join(place.root, "cache");
    if (!(await mount(uvCache, "size=1m,ro"))) context.skip("mounting a file system is not allowed here");
    const error = await failure(place, { ...place.settings, uvCache });
    expect(error.code).toBe("ENV_PERMISSION");
    expect(error.hint).toContain(uvCache);
    fault("Environments", "a read-only cache", "an error that names it");
  });

  test("a cache on another volume works by copying", async (context) => {
    const place = await createWorkplace();
    const uvCache = join(place.root, "cache");
    if (!(await mount(uvCache, "size=20m"))) context.skip("mounting a file system is not allowed here");
    const environment = await ensureEnvironment(place.handle, { settings: { ...place.settings, uvCache } });
    expect(environment.stamp.probe).toEqual({ parfocal_toy: "1.0" });
    fault("Environments", "the cache is on another volume", "it works by copying");
  });
});
