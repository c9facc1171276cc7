import { describeModule } from "@parfocal/testing";
import { stardist } from "../src/index.ts";

describeModule(stardist, { axes: ["yx"], refineParams: { probThreshold: 0.8 }, badParams: { probThreshold: 1.5 } });
