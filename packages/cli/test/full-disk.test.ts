import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fault } from "@parfocal/vitest-config/fault";
import { expect, it, onTestFinished } from "vitest";
import { cli, jsonLines, temporaryFolder } from "./support/cli.ts";
import { blobs } from "./support/images.ts";

const count = 30;

it("ends with a clear error when the disk is full, and --resume finishes it", async ({ skip }) => {
  const cwd = temporaryFolder();
  const disk = join(cwd, "disk");
  mkdirSync(disk);
  const isMounted = spawnSync("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=16m", "tmpfs", disk]).status === 0;
  if (!isMounted) return skip("skipped: a small disk can only be mounted by root");
  onTestFinished(() => void execFileSync("/usr/bin/umount", [disk]));
  mkdirSync(join(cwd, "in"));
  for (let index = 0; index < count; index += 1) copyFileSync(blobs, join(cwd, "in", `i${index}.npy`));
  const out = join(disk, "out");
  mkdirSync(out);
  // room for some images and not for all
  writeFileSync(join(disk, "ballast"), Buffer.alloc(13_000_000));

  const args = ["run", "threshold", "in", "-o", out, "--save", "csv"];
  const ended = await cli([...args, "--json"], { cwd });
  expect(ended.code, ended.stderr).toBe(5);
  const lines = jsonLines(ended).filter(({ input }) => input !== null);
  expect(lines).toHaveLength(count);
  const errors = lines.filter(({ type }) => type === "error");
  const done = lines.filter(({ type }) => type === "result");
  expect(done.length).toBeGreaterThan(0);
  expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["OUTPUT_UNWRITABLE"]));
  const messages = errors.map(({ message }) => String(message));
  expect(messages.filter((message) => message.endsWith("could not be written: the disk is full")).length).toBeGreaterThan(0);
  expect(messages.filter((message) => message === "not begun: there is no room left for results").length).toBeGreaterThan(10);
  expect(ended.stderr).toContain("--resume");

  const whole = join(cwd, "whole");
  expect((await cli(["run", "threshold", "in", "-o", whole, "--save", "csv"], { cwd })).code).toBe(0);
  const sameAsWhole = (): string[] => {
    const names = readdirSync(out);
    expect(names.filter((name) => name.endsWith(".partial"))).toEqual([]);
    for (const name of names.filter((each) => /_(labels.tif|overlay.png|measurements.csv)$/.test(each)))
      expect(readFileSync(join(out, name)).equals(readFileSync(join(whole, name))), name).toBe(true);
    const records = names.filter((name) => name.endsWith(".run.json"));
    for (const name of records) JSON.parse(readFileSync(join(out, name), "utf8"));
    return records;
  };
  expect(sameAsWhole()).toHaveLength(done.length);

  rmSync(join(disk, "ballast"));
  const resumed = await cli([...args, "--resume", "--json"], { cwd });
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(jsonLines(resumed).filter(({ type }) => type === "skipped")).toHaveLength(done.length);
  expect(sameAsWhole()).toHaveLength(count);
  fault("Files", "the disk is full during a batch", "no further image is begun; --resume finishes it when there is room");
});
