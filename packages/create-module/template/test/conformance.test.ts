import { describeModule } from "@parfocal/testing";
import { newModule } from "../src/index.ts";

