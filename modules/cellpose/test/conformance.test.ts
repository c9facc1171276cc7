import { fixture } from "@parfocal/fixtures";
import { describeModule } from "@parfocal/testing";
import { cellpose } from "../src/index.ts";

const weights = (await fixture("celldetective")).path("primNK_cfse/cp-cfse-transfer");

describeModule(cellpose, { params: { model: weights, diameter: 18 }, refineParams: { cellprobThreshold: 2 } });
