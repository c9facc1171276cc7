import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("../fixtures/uv/lock-holder.ts", import.meta.url));

test("whoever lets go of a lock lives to say so, also when only a waiter is connected", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@parfocal/source", program, randomUUID()]);
  expect(stdout.split("\n").filter(Boolean).sort()).toEqual(["holder: released", "waiter: released"]);
});
