import { lintLock, readPins } from "@parfocal/core";
import { describe, expect, test } from "vitest";
import { cudaMajor, formatLock } from "./lock-text.ts";

const [a, b] = ["a".repeat(64), "b".repeat(64)];
const everywhere = "(sys_platform == 'linux') or (sys_platform == 'win32')";
const raw = `numpy==2.4.6 ; ${everywhere} \\\n    --hash=sha256:${a} \\\n    --hash=sha256:${b}\ncolorama==0.4.6 ; sys_platform == 'win32' \\\n    --hash=sha256:${b}\n`;

describe("formatLock", () => {
  test("keeps files that can be installed, and markers that say something", () => {
    const text = formatLock(raw, ["NumPy>=2"], { keepHash: () => true, keepPackage: () => true, previous: null });
    expect(lintLock(text)).toEqual([]);
    expect(readPins(text).pins.map(({ name, marker, hashes }) => [name, marker, hashes])).toEqual([
      ["numpy", null, [a, b]],
      ["colorama", "sys_platform == 'win32'", [b]],
    ]);
    const fewer = formatLock(raw, ["numpy"], {
      keepHash: (hash) => hash === b,
      keepPackage: (name) => name !== "colorama",
      previous: "# mine\nold==1\n",
    });
    expect(readPins(fewer).pins).toMatchObject([{ name: "numpy", hashes: [b] }]);
    expect(text).toMatch(/^# Written by `parfocal lock`/);
    expect(fewer).toMatch(/^# mine\n/);
  });

  test("refuses a package that could be installed nowhere", () => {
    expect(() => formatLock(raw, [], { keepHash: (hash) => hash === a, keepPackage: () => true, previous: null })).toThrow(
      "colorama 0.4.6 has no wheel for any platform of this lock",
    );
  });
});

test("the CUDA version comes from the packages", () => {
  expect(cudaMajor([{ name: "numpy", version: "2.4.6" }])).toBeNull();
  expect(cudaMajor([{ name: "nvidia-cudnn-cu12", version: "9.1" }])).toBe(12);
  expect(cudaMajor([{ name: "nvidia-cuda-runtime", version: "13.0.88" }])).toBe(13);
});
