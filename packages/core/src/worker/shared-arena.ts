import { type Arena, createArena } from "./arena.ts";
import { onNodeExit } from "./exit-hooks.ts";

interface SharedArena {
  readonly arena: Arena;
  readonly releaseHook: () => void;
  users: number;
}

let shared: SharedArena | null = null;
let prefixes = 0;

/** The arena of this Node process, which all its workers share; it is removed when the last of them is closed. */
export function acquireArena(): { readonly arena: Arena; release(): void } {
  if (shared === null) {
    const arena = createArena();
    shared = { arena, users: 0, releaseHook: onNodeExit(() => arena.remove()) };
  }
  const taken = shared;
  taken.users += 1;
  let released = false;
  return {
    arena: taken.arena,
    release() {
      if (released) return;
      released = true;
      taken.users -= 1;
      if (taken.users > 0) return;
      if (shared === taken) shared = null;
      taken.releaseHook();
      taken.arena.remove();
    },
  };
}

/** Start of slot names that nobody else in this arena uses. */
export function newSlotPrefix(): string {
  prefixes += 1;
  return `s${prefixes}`;
}
