import { createNdArray } from "@parfocal/core";
import { writeLabels } from "../../src/index.ts";

// replaces the labels at a path for ever, by those whose ids are all 1 or all 2; says so each time
const path = process.argv[2]!;
for (let id = 1; ; id = 3 - id) {
  const labels = createNdArray("int32", [30, 40, 40]);
  labels.data.fill(id);
  await writeLabels(path, { ...labels, axes: "zyx" });
  process.stdout.write(".");
}
