import type { Environment } from "../contract/environment.ts";
import type { ParfocalEvent } from "../contract/events.ts";
import type { Provenance } from "../contract/run.ts";
import type { ParfocalError } from "../errors/parfocal-error.ts";
import type { ModuleHandle } from "../module/manifest.ts";
import type { InputSlot } from "./input-slot.ts";
import type { Lane } from "./lane.ts";
import type { ProtocolFault } from "./messages.ts";
import type { RawContext } from "./perform-call.ts";
import type { RawStore } from "./raw-store.ts";
import type { Session } from "./session.ts";
import type { Supervisor } from "./supervisor.ts";

/** The parts of a worker that its calls need. */
export interface CallHost {
  readonly module: string;
  readonly handle: ModuleHandle;
  readonly environment: Environment;
  readonly weights: Provenance["weights"];
  readonly requestedDevice: string;
  readonly cancelGraceMs: number;
  readonly keepFilesIn: string | undefined;
  readonly supervisor: Supervisor;
  readonly inputSlot: InputSlot;
  readonly rawStore: RawStore<RawContext>;
  isClosing(): boolean;
  nextId(): number;
  laneOf(session: Session): Lane;
  /** Ends a process that broke the protocol; gives the error of the call that found out. */
  failSession(session: Session, fault: ProtocolFault): Promise<ParfocalError>;
  emit(event: ParfocalEvent): void;
}
