#!/usr/bin/env node
import { buildModule } from "../dist/module/build-module.js";

await buildModule(process.cwd());
