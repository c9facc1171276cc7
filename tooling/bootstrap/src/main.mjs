// Runs on the Node of a machine where nothing is installed yet: no dependency, nothing newer than Node 18.
import { demo } from "./demo.mjs";
import { install } from "./install.mjs";
import { findNode } from "./node.mjs";
import { test } from "./test.mjs";

const usage = "usage: node tooling/bootstrap/src/main.mjs demo|test|ready";

async function main() {
  const [command, ...args] = process.argv.slice(2);
  if (!["demo", "test", "ready"].includes(command ?? "")) {
    console.error(usage);
    return 2;
  }
  await install();
  const node = findNode();
  if (command === "demo") return await demo(node, args);
  if (command === "test") return await test(node);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (process.argv[2] === "test") console.log("0 passed, 1 failed");
  process.exitCode = 1;
}
