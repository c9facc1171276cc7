import { describeModule } from "@parfocal/testing";
import { reader } from "../src/index.ts";

describeModule(reader);
