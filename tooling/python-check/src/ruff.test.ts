import { expect, it } from "vitest";
import { formatFindings } from "./finding.ts";
import { checkSource, fixSource } from "./ruff.ts";
import { fileKind } from "./ruff-settings.ts";

const untidy = `"""Doubles numbers."""
import sys
import abc

import numpy as np
from own import thing

def double(values) :
    return np.add(values, values), abc, thing
`;

it("names file, line and rule of each complaint", () => {
  expect(formatFindings(checkSource("python/worker.py", untidy))).toMatchInlineSnapshot(`
    "python/worker.py:2:1 I001 Import block is un-sorted or un-formatted
    python/worker.py:2:1 format is not formatted; run \`pnpm fix\`
    python/worker.py:2:8 F401 \`sys\` imported but unused
    python/worker.py:8:5 ANN201 Missing return type annotation for public function \`double\`
    python/worker.py:8:5 D103 Missing docstring in public function
    python/worker.py:8:12 ANN001 Missing type annotation for function argument \`values\`"
  `);
});

it("asks for docstrings of public names and for annotations, but not in tests", () => {
  const source = '"""Adds."""\n\n\ndef add(a, b):\n    return a + b\n';
  const rules = (path: string) => [...new Set(checkSource(path, source).map(({ rule }) => rule))].sort();
  expect(rules("python/worker.py")).toEqual(["ANN001", "ANN201", "D103"]);
  expect(rules("python/parfocal_x/_private.py")).toEqual(["ANN001", "ANN201"]);
  expect(rules("python/tests/test_worker.py")).toEqual([]);
  expect(fileKind("python/runtime/__main__.py")).toBe("public");
});

it("fixes imports and layout, and leaves the rest to people", () => {
  expect(fixSource("python/worker.py", untidy, ["own"])).toMatchInlineSnapshot(`
    """"Doubles numbers."""

    import abc

    import numpy as np

    from own import thing


    def double(values):
        return np.add(values, values), abc, thing
    "
  `);
});

it("reports a file that is no Python, and does not touch it", () => {
  const broken = "def f(:\n";
  expect(checkSource("python/a.py", broken).every(({ rule }) => rule === "invalid-syntax")).toBe(true);
  expect(checkSource("python/a.py", broken).length).toBeGreaterThan(0);
  expect(fixSource("python/a.py", broken)).toBe(broken);
});

it("counts columns beyond the basic plane as editors do", () => {
  const source = '"""A."""\n\nx = "🔬"; import os\n';
  expect(fixSource("python/a.py", source)).toBe('"""A."""\n\nx = "🔬"\n');
});
