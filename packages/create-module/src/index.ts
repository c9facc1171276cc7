/**
 * What makes a Parfocal module: its folder, and the locks of its Python packages.
 *
 * @module
 */
export { checkLocks } from "./lock/check-locks.ts";
export { type LockOptions, lockableFolder, lockModule } from "./lock/lock-module.ts";
export type { WrittenLock } from "./lock/write-locks.ts";
