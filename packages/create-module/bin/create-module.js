#!/usr/bin/env node
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  process.stderr.write(
    `error[USAGE] create-parfocal-module needs Node 22.12 or newer, this is Node ${process.versions.node} (${process.execPath})\n` +
      "  hint   install a newer Node, or run it with one that is already there\n",
  );
  process.exit(2);
}

const { main } = await import("../dist/main.js");
await main();
