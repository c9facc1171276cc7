import { describeModule } from "@parfocal/testing";
import { threshold } from "../src/index.ts";

describeModule(threshold, { refineParams: { minSize: 200 } });
