import { describeModule, drawDiscs } from "@parfocal/testing";
import { expect, it } from "vitest";
import { stardist } from "../src/index.ts";

describeModule(stardist, { axes: ["yx"], refineParams: { probThreshold: 0.8 } });

it("refuses a stack on a 2D model, and says what the model takes", async () => {
  await using worker = await stardist.start({ device: "cpu" });
  await expect(worker.run(drawDiscs({ axes: "zyx" }))).rejects.toMatchObject({
    code: "INPUT_REJECTED",
    message: "stardist: takes images with axes yx, this one has axes zyx (12 x 96 x 120)",
    hint: expect.stringContaining("choose one plane"),
  });
  expect((await worker.run({ ...drawDiscs({}), axes: "zyx", shape: [1, 96, 120] })).labels.shape).toEqual([1, 96, 120]);
});
