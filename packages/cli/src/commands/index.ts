import type { CommandDef } from "citty";

/** Every command by name. Each is loaded when it is asked for, so that none pays for the others. */
export const commands: Readonly<Record<string, () => Promise<CommandDef>>> = {
  run: async () => (await import("./run.ts")).runCommand,
  retry: async () => (await import("./retry.ts")).retryCommand,
  rerun: async () => (await import("./rerun.ts")).rerunCommand,
  demo: async () => (await import("./demo.ts")).demoCommand,
  measure: async () => (await import("./measure.ts")).measureCommand,
  view: async () => (await import("./view.ts")).viewCommand,
  score: async () => (await import("./score.ts")).scoreCommand,
  list: async () => (await import("./list.ts")).listCommand,
  info: async () => (await import("./info.ts")).infoCommand,
  test: async () => (await import("./test.ts")).testCommand,
  new: async () => (await import("./new.ts")).newCommand,
  lock: async () => (await import("./lock.ts")).lockCommand,
  env: async () => (await import("./env.ts")).envCommand,
  bundle: async () => (await import("./bundle.ts")).bundleCommand,
  daemon: async () => (await import("./daemon.ts")).daemonCommand,
  ga3: async () => (await import("./ga3.ts")).ga3Command,
  doctor: async () => (await import("./doctor.ts")).doctorCommand,
  logs: async () => (await import("./logs.ts")).logsCommand,
  version: async () => (await import("./version.ts")).versionCommand,
  help: async () => (await import("./help.ts")).helpCommand,
};
