import { join, resolve, sep } from "node:path";
import { ParfocalError } from "@parfocal/core";
import { expect, test } from "vitest";
import { nextSteps } from "./next-steps.ts";

const cwd = resolve("work");
const made = {
  name: "spots",
  packageName: "parfocal-spots",
  form: "typescript",
  inRepository: false,
  lockProblem: null,
} as const;

test("commands can be pasted, whatever the folder is called", () => {
  const lines = nextSteps({ ...made, folder: join(cwd, "my spots"), locks: [] }, cwd);
  expect(lines.slice(0, 5)).toEqual([
    `spots: ".${sep}my spots"`,
    "next",
    `  cd ".${sep}my spots"`,
    "  npm install",
    "  npm test",
  ]);
  expect(nextSteps({ ...made, form: "python", folder: cwd, locks: [] }, cwd)).toContain("  npx parfocal test .");
  expect(nextSteps({ ...made, form: "python", folder: resolve(sep, "other"), locks: [] }, cwd)).toContain(
    `  npx parfocal run ${resolve(sep, "other")} IMAGE`,
  );
});

test("what the locks lack is said, and how to write them", () => {
  const lockProblem = new ParfocalError("ENV_NETWORK", "cannot be locked: the connection failed", {
    hint: "check the connection",
    details: { step: "lock", outputTail: [], logPath: null },
  });
  const left = nextSteps({ ...made, folder: join(cwd, "spots"), locks: null, lockProblem }, cwd);
  expect(left[1]).toBe("  its packages are not locked yet: cannot be locked: the connection failed; check the connection");
  expect(left).toContain(`  npx parfocal lock .${sep}spots`);

  const leftOut = [{ platform: "darwin-x64", reason: "torch has no wheels" }];
  const locks = [{ path: "cpu.txt", packages: 1, platforms: ["linux-x64"], leftOut }];
  const here = nextSteps({ ...made, inRepository: true, folder: join(cwd, "spots"), locks }, cwd);
  expect(here[1]).toBe("  not for darwin-x64: torch has no wheels");
  expect(here).toContain("  pnpm turbo run build test:integration --filter=parfocal-spots");
});
