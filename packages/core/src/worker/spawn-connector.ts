import { basename } from "node:path";
import { unlinkQuietly } from "./arena.ts";
import type { Connector } from "./connector.ts";
import { createLane, type Lane } from "./lane.ts";
import { launchSession, type WorkerSetup } from "./launch.ts";
import { acquireArena, newSlotPrefix } from "./shared-arena.ts";

/** Starts the module's Python; its processes make their slots in this process's arena. */
export function createSpawnConnector(setup: WorkerSetup, onClosed: () => void): Connector {
  const { onEvent } = setup.options;
  const module = setup.handle.manifest.name;
  const { arena, release } = acquireArena();
  const slotPrefix = newSlotPrefix();
  const live = new Map<Lane, string>(); // with the start of the names of their slots
  const kept = new Set<string>();
  let processes = 0;

  return {
    open() {
      processes += 1;
      const prefix = `${slotPrefix}p${processes}`;
      const session = launchSession(setup, { folder: arena.folder, fallback: arena.fallback, prefix });
      const lane = createLane(session, arena);
      live.set(lane, prefix);
      return lane;
    },
    onReady({ session }, { device, importMs, loadMs }) {
      onEvent?.({ type: "worker-ready", module, pid: session.process.pid, device, loadMs: importMs + loadMs });
    },
    onGone(lane, reason) {
      arena.removeSlots(live.get(lane)!, kept);
      live.delete(lane);
      onEvent?.({ type: "worker-end", module, pid: lane.session.process.pid, reason });
    },
    keep(paths) {
      for (const path of paths) kept.add(path);
    },
    discard(paths) {
      for (const path of paths) kept.delete(path);
      for (const lane of live.keys()) lane.release(paths); // one that did not make a slot may have read it
      const isOwned = (path: string) => [...live.values()].some((prefix) => basename(path).startsWith(`${prefix}-`));
      for (const path of paths) if (!isOwned(path)) unlinkQuietly(path);
    },
    close() {
      arena.removeSlots(slotPrefix, kept);
      release();
      onClosed();
    },
  };
}
