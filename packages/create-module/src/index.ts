/**
 * What makes a Parfocal module: its folder, and the locks of its Python packages.
 *
 * @module
 */
export {
  type CreateArgument,
  createArguments,
  type GivenArguments,
  type PartialModule,
  readArguments,
  withDefaults,
} from "./create/arguments.ts";
export { type AskOptions, askForModule } from "./create/ask.ts";
export { type CreatedModule, type CreateOptions, createModuleFolder, type NewModule } from "./create/create-module.ts";
export type { ModuleForm } from "./create/module-files.ts";
export type { ModuleName } from "./create/module-name.ts";
export { nextSteps } from "./create/next-steps.ts";
export { checkLocks } from "./lock/check-locks.ts";
export { type CompileRequest, type Compiler, type CompilerOptions, createCompiler, type Wheel } from "./lock/compile.ts";
export { type LockOptions, lockableFolder, lockModule } from "./lock/lock-module.ts";
export { type LockPlatform, lockPlatforms } from "./lock/platforms.ts";
export type { WrittenLock } from "./lock/write-locks.ts";
