import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fault } from "@parfocal/vitest-config/fault";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { ensureEnvironment } from "../../src/environment/ensure-environment.ts";
import { spawnHost } from "../fixtures/uv/spawn-host.ts";
import { writeToyWheel } from "../fixtures/uv/toy-wheel.ts";
import { createWorkplace } from "../fixtures/uv/workplace.ts";

describe("paths", () => {
  test.each([
    ["a space", "sp ace"],
    ["umlauts", "Präparat größer"],
    ["Chinese, Japanese and Korean", "细胞 核 さいぼう 세포"],
    ["an emoji", "cells 🔬"],
    ["signs that a shell would read", "50% & 'quoted' $HOME ;(x)"],
    ["a trailing dot", "folder."],
    ["more than 200 characters", `${"long/".repeat(40)}end`],
  ])("with %s work", async (_, name) => {
    const { handle, settings } = await createWorkplace({ name });
    const environment = await ensureEnvironment(handle, { settings });
    expect(environment.folder).toContain(name);
    const { stdout } = await execa(environment.python, [
      "-I",
      "-X",
      "utf8",
      "-c",
      "import parfocal_toy as toy; print(toy.__file__)",
    ]);
    expect(stdout).toBe(join(environment.sitePackages, "parfocal_toy", "__init__.py"));
    fault("Environments", `paths with ${_}`, "built and used");
  });
});

describe("the variables of the host program", () => {
  test("HOME unset, another locale and another TMPDIR make no difference", async () => {
    const { handle, settings, root } = await createWorkplace();
    const temporary = join(root, "tmp ü");
    mkdirSync(temporary);
    const variables = { HOME: undefined, LANG: "de_DE.UTF-8", LC_ALL: "C", TMPDIR: temporary };
    expect(await spawnHost(handle, { settings }, variables).outcome).toMatchObject({ folder: expect.any(String) });
    fault("Environments", "HOME unset, another locale, another TMPDIR", "no difference");
  });

  test("traps are ignored", async () => {
    const place = await createWorkplace();
    const trap = join(place.root, "trap");
    const marker = join(place.root, "trapped");
    mkdirSync(join(trap, "parfocal_toy"), { recursive: true });
    const spring = `open(${JSON.stringify(marker)}, "w").close()\n`;
    for (const name of ["sitecustomize.py", "usercustomize.py", "startup.py", "parfocal_toy/__init__.py"])
      writeFileSync(join(trap, name), spring);
    writeToyWheel(join(trap, "wheels"), { source: `${spring}__version__ = "6.6.6"\n` });
    writeFileSync(join(trap, "uv.toml"), 'no-index = true\nfind-links = ["/nowhere"]\n');
    writeFileSync(join(trap, "pip.conf"), "[global]\nindex-url = http://127.0.0.1:9/\n");
    const outcome = await spawnHost(
      place.handle,
      { settings: place.settings },
      {
        PYTHONPATH: trap,
        PYTHONHOME: trap,
        PYTHONSTARTUP: join(trap, "startup.py"),
        PYTHONUSERBASE: trap,
        VIRTUAL_ENV: trap,
        CONDA_PREFIX: trap,
        CONDA_DEFAULT_ENV: "trap",
        UV_INDEX: "http://127.0.0.1:9/simple",
        UV_DEFAULT_INDEX: "http://127.0.0.1:9/simple",
        UV_EXTRA_INDEX_URL: "http://127.0.0.1:9/simple",
        UV_CONFIG_FILE: join(trap, "uv.toml"),
        UV_PYTHON: join(trap, "python"),
        UV_PROJECT_ENVIRONMENT: trap,
        UV_TARGET: trap,
        UV_PREFIX: trap,
        UV_CONSTRAINT: join(trap, "constraints.txt"),
        UV_CACHE_DIR: join(trap, "cache"),
        PIP_INDEX_URL: "http://127.0.0.1:9/simple",
        PIP_CONFIG_FILE: join(trap, "pip.conf"),
        PIP_TARGET: trap,
        PIP_REQUIRE_VIRTUALENV: "1",
      },
      trap,
    ).outcome;
    expect(outcome).toMatchObject({ folder: expect.stringContaining(place.settings.home!) });
    expect(existsSync(marker)).toBe(false);
    expect(existsSync(join(trap, "cache"))).toBe(false);
    const { stdout } = await execa(outcome.python!, ["-I", "-c", "import parfocal_toy; print(parfocal_toy.__version__)"]);
    expect(stdout).toBe("1.0");
    fault("Environments", "the host program's variables are traps (PYTHONPATH, VIRTUAL_ENV, UV_INDEX, PIP_*, ...)", "ignored");
  });

  test("UV_FIND_LINKS and PIP_FIND_LINKS are wheel folders of ours too", async () => {
    for (const name of ["UV_FIND_LINKS", "PIP_FIND_LINKS"]) {
      const place = await createWorkplace({ name: "wheels & more" });
      const settings = { ...place.settings, wheelhouse: undefined } as unknown as typeof place.settings;
      const outcome = await spawnHost(place.handle, { settings }, { [name]: place.wheelhouse }).outcome;
      expect(outcome).toMatchObject({ folder: expect.any(String) });
    }
  });
});
