import { expect, test } from "vitest";
import { countOomKills } from "./oom-kills.ts";

const reading = (files: Readonly<Record<string, string>>) => countOomKills((path) => files[path] ?? null);

test("counts kills of the control group, version 2", () => {
  const files = {
    "/proc/self/cgroup": "0::/user.slice/a\n",
    "/sys/fs/cgroup/user.slice/a/memory.events": "low 0\nhigh 0\nmax 7\noom 3\noom_kill 2\noom_group_kill 0\n",
  };
  expect(reading(files)).toBe(2);
});

test("counts kills of the control group inside a container, where its own path is not visible", () => {
  expect(reading({ "/proc/self/cgroup": "0::/../x\n", "/sys/fs/cgroup/memory.events": "oom_kill 4\n" })).toBe(4);
});

test("counts kills of the control group, version 1", () => {
  const files = {
    "/proc/self/cgroup": "9:name=systemd:/\n4:memory,hugetlb:/box\n",
    "/sys/fs/cgroup/memory/box/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
  };
  expect(reading(files)).toBe(1);
});

test("adds kills of the whole machine, and is 0 where nothing is told", () => {
  expect(reading({ "/proc/vmstat": "nr_free_pages 1\noom_kill 5\n" })).toBe(5);
  expect(reading({})).toBe(0);
});
