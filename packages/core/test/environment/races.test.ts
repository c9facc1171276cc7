import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import type { ParfocalEvent } from "../../src/contract/events.ts";
import { buildEnvironment } from "../../src/environment/build-environment.ts";
import { ensureEnvironment } from "../../src/environment/ensure-environment.ts";
import { planEnvironment } from "../../src/environment/plan-environment.ts";
import { openEnvironment } from "../../src/environment/stamp.ts";
import { writeFakeUv } from "../fixtures/uv/program.ts";
import { spawnHost } from "../fixtures/uv/spawn-host.ts";
import { createWorkplace } from "../fixtures/uv/workplace.ts";

describe("several builders of one environment", () => {
  test("two processes: one builds, the other waits, says for whom, and gets the same", async () => {
    const { handle, settings, root, realUv } = await createWorkplace();
    const uv = writeFakeUv(
      join(root, "uv"),
      realUv,
      `echo x >> '${root}/installs'\nfor i in $(seq 600); do test -e '${root}/go' && break; sleep 0.1; done`,
    );
    const options = { settings: { ...settings, uv } };
    const first = spawnHost(handle, options);
    await first.until((event) => event.type === "env-build-progress" && event.phase === "download");
    const second = spawnHost(handle, options);
    await second.until((event) => event.type === "env-build-progress" && event.phase === "wait");
    writeFileSync(join(root, "go"), "");
    const [one, two] = await Promise.all([first.outcome, second.outcome]);
    expect(one.message).toBeUndefined();
    expect(two.folder).toBe(one.folder);
    expect(two.createdAt).toBe(one.createdAt);
    const waits = two.events.filter((event) => event.type === "env-build-progress" && event.phase === "wait");
    expect(waits[0]).toMatchObject({
      message: expect.stringMatching(new RegExp(`^waiting for setup by process ${first.pid}(: .+)?$`)),
    });
    expect(readFileSync(join(root, "installs"), "utf8")).toBe("x\n");
    fault("Environments", "two processes build the same environment", "one builds, the other waits and gets the same");
  });

  test("ten calls at once: one build", async () => {
    const { handle, settings } = await createWorkplace();
    const builds: ParfocalEvent[] = [];
    const onEvent = (event: ParfocalEvent): void => {
      if (event.type === "env-build-progress" && event.phase === "venv") builds.push(event);
    };
    const environments = await Promise.all(Array.from({ length: 10 }, () => ensureEnvironment(handle, { settings, onEvent })));
    expect(new Set(environments.map(({ stamp }) => stamp.createdAt)).size).toBe(1);
    expect(builds).toHaveLength(1);
    expect(readdirSync(join(settings.home!, "e"))).toEqual([environments[0]!.key]);
    fault("Environments", "ten calls build the same environment", "one build");
  });

  test("without the lock, three builders at once all end well and one result stays", async () => {
    const { handle, settings } = await createWorkplace();
    const plan = await planEnvironment(handle, { settings });
    await Promise.all([buildEnvironment(plan), buildEnvironment(plan), buildEnvironment(plan)]);
    expect(openEnvironment(plan.folder, plan.choice)).toMatchObject({ key: plan.key });
    expect(readdirSync(join(settings.home!, "e"))).toEqual([plan.key]);
    fault("Environments", "three builders at once, without the lock", "all end well, one result stays");
  });

  test("those who wait for a build that fails get its error, without trying the same again", async () => {
    const { handle, settings, root, realUv } = await createWorkplace();
    const uv = writeFakeUv(
      join(root, "uv"),
      realUv,
      `echo x >> '${root}/tries'\nsleep 1\necho 'Hash mismatch for \`toy==1\`' >&2\nexit 1`,
    );
    const calls = [1, 2, 3].map(() => ensureEnvironment(handle, { settings: { ...settings, uv } }));
    for (const outcome of await Promise.allSettled(calls)) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "ENV_HASH_MISMATCH" } });
    }
    expect(readFileSync(join(root, "tries"), "utf8")).toBe("x\n");
  });

  test("when the builder is cancelled, the one who waits builds", async () => {
    const { handle, settings } = await createWorkplace();
    const cancel = new AbortController();
    const first = ensureEnvironment(handle, {
      settings,
      signal: cancel.signal,
      onEvent: (event) => event.type === "env-build-progress" && event.phase === "venv" && cancel.abort(),
    });
    const second = ensureEnvironment(handle, { settings });
    await expect(first).rejects.toMatchObject({ code: "CANCELLED", message: "setting up the environment was cancelled" });
    expect((await second).stamp.module).toBe("toy");
    expect(readdirSync(join(settings.home!, "e"))).toEqual([(await second).key]);
  });
});
