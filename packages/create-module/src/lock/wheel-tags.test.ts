import { expect, test } from "vitest";
import { lockPlatforms } from "./platforms.ts";
import { suits } from "./wheel-tags.ts";

const on = (...keys: string[]) => lockPlatforms.filter(({ key }) => keys.includes(key));

test.each([
  ["numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl", ["linux-x64"], true],
  ["numpy-2.4.6-cp311-cp311-musllinux_1_2_x86_64.whl", ["linux-x64"], true],
  ["numpy-2.4.6-cp311-cp311-manylinux_2_28_aarch64.whl", ["linux-x64"], false],
  ["numpy-2.4.6-cp312-cp312-manylinux_2_28_x86_64.whl", ["linux-x64"], false],
  ["numpy-2.4.6-pp311-pypy311_pp73-manylinux_2_28_x86_64.whl", ["linux-x64"], false],
  ["numpy-2.4.6-cp311-cp311t-manylinux_2_28_x86_64.whl", ["linux-x64"], false],
  ["ruff-1.0-py3-none-win_amd64.whl", ["win32-x64"], true],
  ["ruff-1.0-py3-none-win_arm64.whl", ["win32-x64"], false],
  ["six-1.17.0-py2.py3-none-any.whl", ["darwin-arm64"], true],
  ["old-1.0-py2-none-any.whl", ["darwin-arm64"], false],
  ["stable-1.0-cp38-abi3-macosx_11_0_universal2.whl", ["darwin-arm64", "darwin-x64"], true],
  ["stable-1.0-cp312-abi3-macosx_11_0_arm64.whl", ["darwin-arm64"], false],
  ["newer-1.0-py312-none-any.whl", ["linux-x64"], false],
  ["numpy-2.4.6.tar.gz", ["linux-x64"], false],
])("%s on %j: %j", (file, platforms, expected) => {
  expect(suits(file, "3.11", on(...platforms))).toBe(expected);
});
