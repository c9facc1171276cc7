import { describeModule } from "@parfocal/testing";
import { newModule } from "../src/index.ts";

describeModule(newModule, { refineParams: { minSize: 100_000 } });
