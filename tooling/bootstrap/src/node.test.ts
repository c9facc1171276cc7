import { expect, it } from "vitest";
import { isSupported } from "./node.mjs";

it.each([
  ["v18.20.0", false],
  ["v22.11.9", false],
  ["v22.12.0", true],
  ["v23.0.0", true],
  ["v24.21.0", true],
])("says of Node %s whether it runs Parfocal: %s", (version, supported) => {
  expect(isSupported(version)).toBe(supported);
});
