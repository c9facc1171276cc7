import { describeModule } from "@parfocal/testing";
import { measure } from "../src/index.ts";

describeModule(measure);
