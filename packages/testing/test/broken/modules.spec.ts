import { readModule } from "@parfocal/core";
import { describeModule } from "../../src/index.ts";

// run by suite-can-fail.test.ts, which writes these modules
for (const folder of JSON.parse(process.env.PARFOCAL_BROKEN_MODULES!) as string[]) describeModule(await readModule(folder));
