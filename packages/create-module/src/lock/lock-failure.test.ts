import { isParfocalError, readSettings } from "@parfocal/core";
import { describe, expect, test } from "vitest";
import { firstReason, lockFailure, readExplanation } from "./lock-failure.ts";

const wheel = `  × No solution found when resolving dependencies for split (markers: x):
  ╰─▶ Because onnxruntime==1.2 has no wheels with a
      matching platform tag (e.g., \`macosx_14_0_arm64\`) and lock depends on
      onnxruntime==1.2, we can conclude that your requirements are
      unsatisfiable.`;
const python = `  × No solution found when resolving dependencies:
  ╰─▶ Because the current Python version (3.11.7) does not satisfy Python>=3.12 and scipy==1.18.1 depends on Python>=3.12, we can conclude that scipy==1.18.1 cannot be used.`;
const conflict = `  × No solution found when resolving dependencies:
  ╰─▶ Because a==1 depends on numpy<2 and b==1 depends on numpy>=2, we can conclude that a==1 and b==1 are incompatible.
      And because lock depends on a==1 and b==1, we can conclude that your requirements are unsatisfiable.`;

test("uv's drawing is taken away, its reasoning stays", () => {
  expect(readExplanation(wheel)).toBe(
    "Because onnxruntime==1.2 has no wheels with a matching platform tag (e.g., `macosx_14_0_arm64`) and you require onnxruntime==1.2, we can conclude that your requirements are unsatisfiable.",
  );
  expect(readExplanation(conflict).split("\n")[1]).toBe(
    "  And because you require a==1 and b==1, we can conclude that your requirements are unsatisfiable.",
  );
  expect(firstReason(readExplanation(wheel))).toBe(
    "onnxruntime==1.2 has no wheels with a matching platform tag (e.g., `macosx_14_0_arm64`)",
  );
});

describe("lockFailure", () => {
  const settings = readSettings({ wheelhouse: [] }, {});
  test.each([
    ["LOCK_FAILED", "ask for a version that has wheels", wheel],
    ["LOCK_FAILED", "change requires-python in pyproject.toml", python],
    ["LOCK_FAILED", "loosen one of these requirements", conflict],
    ["ENV_NETWORK", "check the connection", "error: Failed to fetch: `https://x/y`\n  Caused by: dns error"],
    ["ENV_TLS", "SSL_CERT_FILE", "error: invalid peer certificate: UnknownIssuer"],
    ["ENV_NO_SPACE", "free some space", "error: No space left on device (os error 28)"],
    ["LOCK_FAILED", "correct pyproject.toml", "error: something new"],
  ])("%s: %s", (code, hint, output) => {
    const error = lockFailure("the packages of cpu cannot be locked", output, settings);
    expect(isParfocalError(error)).toBe(true);
    expect(error).toMatchObject({
      code,
      message: expect.stringMatching(/^the packages of cpu cannot be locked: ./),
      hint: expect.stringContaining(hint),
    });
  });

  test("a name that no index knows is given back; without the network that is the network's fault", () => {
    const unknown = wheel.replace(
      /has no wheels with a\s+matching platform tag \(.*?\)/,
      "was not found in the package registry",
    );
    expect(lockFailure("x", unknown, settings).hint).toContain("correct the name onnxruntime==1.2");
    expect(lockFailure("x", unknown, { ...settings, offline: true })).toMatchObject({
      code: "ENV_NETWORK",
      message: "x: downloads are off, and onnxruntime==1.2 is in no wheel folder",
    });
  });
});
