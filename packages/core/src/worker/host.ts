import type { ParfocalEvent } from "../contract/events.ts";
import type { ParfocalError } from "../errors/parfocal-error.ts";
import type { ModuleManifest } from "../module/manifest.ts";
import type { Lane } from "./lane.ts";
import type { ProtocolFault } from "./messages.ts";
import type { Session } from "./session.ts";
import type { Supervisor } from "./supervisor.ts";

/** The parts of an engine that its calls need. */
export interface CallHost {
  readonly module: string;
  readonly outputs: ModuleManifest["outputs"];
  readonly cancelGraceMs: number;
  readonly supervisor: Supervisor;
  isClosing(): boolean;
  nextId(): number;
  laneOf(session: Session): Lane;
  /** Ends a process that broke the protocol; gives the error of the call that found out. */
  failSession(session: Session, fault: ProtocolFault): Promise<ParfocalError>;
  emit(event: ParfocalEvent): void;
}
