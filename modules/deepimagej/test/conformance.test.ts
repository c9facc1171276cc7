import { describeModule } from "@parfocal/testing";
import { deepimagej } from "../src/index.ts";

describeModule(deepimagej, { axes: ["yx"], refineParams: { threshold: 0.9 } });
