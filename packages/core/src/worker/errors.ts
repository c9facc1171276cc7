import type { PythonFailure, WorkerDeath } from "../errors/details.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { type ErrorMessage, protocolVersion } from "./messages.ts";
import type { ProcessEnd } from "./process.ts";

/** What the messages are about. */
export interface ErrorSubject {
  readonly module: string;
  readonly pid: number;
  readonly stderrTail: readonly string[];
  readonly logPath: string | null;
}

/** A call's failure as the worker reported it. */
export function callError(subject: ErrorSubject, message: ErrorMessage): ParfocalError {
  const { code, pythonType, hint } = message;
  const failure = pythonFailure(subject, message);
  const text = `${subject.module}: ${message.message}`;
  switch (code) {
    case "INPUT_REJECTED":
      return new ParfocalError(code, text, { hint: hint ?? "give an image that the model takes", details: failure });
    case "WEIGHTS_MISSING":
    case "WEIGHTS_INVALID":
      return new ParfocalError(code, text, { hint: hint ?? "give the path of complete weights", details: failure });
    case "DEVICE_UNAVAILABLE":
      return new ParfocalError(code, text, { hint: hint ?? 'ask for the device "auto" or "cpu"' });
    case "OUT_OF_MEMORY": {
      const where = message.where ?? "cpu";
      const place = where === "gpu" ? "the GPU's memory" : "memory";
      return new ParfocalError(code, `${subject.module}: ran out of ${place} (${pythonType}: ${firstLine(message.message)})`, {
        hint: hint ?? (where === "gpu" ? 'use smaller tiles, or the device "cpu"' : "use smaller tiles or a smaller image"),
        details: { ...failure, where },
      });
    }
    case "SLOTS_FULL":
      return new ParfocalError(code, text, { hint: "free space in shared memory (/dev/shm) or in the temporary folder" });
    case "CANCELLED":
      return new ParfocalError(code, `${subject.module}: the call was cancelled`, { hint: "call again when needed" });
    case "PROTOCOL_VERSION":
      return versionError(subject.module, message.message);
    case "PROTOCOL_ERROR":
      return new ParfocalError(code, text, {
        hint: seeLog(subject.logPath),
        details: { exitCode: null, signal: null, oomSuspected: false, ...tailOf(subject) },
      });
    case "MODEL_ERROR":
      return new ParfocalError(code, `${subject.module}: ${pythonType}: ${firstLine(message.message)}`, {
        hint: hint ?? "the Python traceback is in the error's details (on the command line: --verbose)",
        details: failure,
      });
  }
}

/** Why a worker did not become ready, as it reported it. */
export function startError(subject: ErrorSubject, message: ErrorMessage, end: ProcessEnd): ParfocalError {
  if (message.code !== "MODEL_ERROR" && message.code !== "INPUT_REJECTED" && message.code !== "CANCELLED") {
    return callError(subject, message);
  }
  const missing = message.pythonType === "ModuleNotFoundError" || message.pythonType === "ImportError";
  return new ParfocalError(
    "WORKER_START_FAILED",
    `${subject.module}: the worker could not load its model: ${message.pythonType}: ${firstLine(message.message)}`,
    {
      hint:
        message.hint ??
        (missing
          ? `rebuild the environment: \`parfocal env remove ${subject.module}\`, then run again`
          : "the Python traceback is in the error's details (on the command line: --verbose)"),
      details: { ...deathOf(end), ...pythonFailure(subject, message) },
    },
  );
}

/** Why a worker process is gone that should not be. */
export function deathError(module: string, end: ProcessEnd, phase: "start" | "call"): ParfocalError {
  const details = deathOf(end);
  if (end.fault !== null) {
    if (end.fault.version !== undefined) {
      return versionError(module, `the worker speaks protocol ${String(end.fault.version)}, this host ${protocolVersion}`);
    }
    return new ParfocalError("PROTOCOL_ERROR", `${module}: the worker broke the protocol: ${end.fault.message}`, {
      hint: "nothing but the runtime may write to the worker's protocol pipe; the next call starts a new worker",
      details,
    });
  }
  if (end.spawnError !== null) {
    return new ParfocalError("WORKER_START_FAILED", `${module}: Python could not be started: ${end.spawnError.message}`, {
      hint: `rebuild the environment: \`parfocal env remove ${module}\`, then run again`,
      details,
      cause: end.spawnError,
    });
  }
  const how = describeEnd(end);
  const memory = end.oomSuspected ? ", probably by the kernel for want of memory" : "";
  const lastLine = end.stderrTail.at(-1);
  const said = lastLine === undefined ? "" : `; it last said: ${lastLine}`;
  const hint = end.oomSuspected
    ? "use smaller tiles or a smaller image, or give the machine more memory"
    : `${seeLog(end.logPath)}; the next call starts a new worker`;
  return phase === "start"
    ? new ParfocalError("WORKER_START_FAILED", `${module}: the worker ${how} before it was ready${memory}${said}`, {
        hint,
        details,
      })
    : new ParfocalError("WORKER_CRASHED", `${module}: the worker ${how} during the call${memory}${said}`, { hint, details });
}

/** The deadline of a call or start has passed. `end` is null when the worker stopped the call by itself and lives on. */
export function timeoutError(
  subject: ErrorSubject,
  what: "call" | "start",
  timing: { readonly timeoutMs: number; readonly missedHeartbeats: number },
  end: ProcessEnd | null,
): ParfocalError {
  const outcome = end === null ? "it stopped when asked, and the worker stays up" : "the worker was ended";
  const silent = timing.missedHeartbeats > 1 ? ` (no sign of life for ${timing.missedHeartbeats} s)` : "";
  return new ParfocalError(
    "WORKER_TIMEOUT",
    `${subject.module}: the ${what} took longer than ${timing.timeoutMs} ms${silent}; ${outcome}`,
    {
      hint: what === "call" ? "give a longer timeoutMs, or use smaller tiles or a smaller image" : "give a longer startTimeoutMs",
      details: {
        ...(end === null ? { exitCode: null, signal: null, oomSuspected: false, ...tailOf(subject) } : deathOf(end)),
        ...timing,
      },
    },
  );
}

export function brokenError(module: string, deaths: number, last: ParfocalError, end: ProcessEnd): ParfocalError {
  return new ParfocalError(
    "WORKER_START_FAILED",
    `${module}: the worker ended ${deaths} times in a row without finishing a call and is not started again; last: ${last.message}`,
    {
      hint: `${seeLog(end.logPath)}; close this worker and start another when the cause is gone`,
      details: deathOf(end),
      cause: last,
    },
  );
}

export const cancelledError = (module: string): ParfocalError =>
  new ParfocalError("CANCELLED", `${module}: the call was cancelled`, { hint: "call again when needed" });

export const closedError = (module: string): ParfocalError =>
  new ParfocalError("WORKER_CLOSED", `${module}: the worker is closed`, { hint: "start another worker" });

function versionError(module: string, text: string): ParfocalError {
  return new ParfocalError("PROTOCOL_VERSION", `${module}: ${text}`, {
    hint: "install @parfocal/core again, so that its code and its Python runtime are of one version",
  });
}

/** Words for the end of a process: "was killed by SIGKILL", "exited with code 3". */
function describeEnd(end: ProcessEnd): string {
  return end.signal === null ? `exited with code ${end.exitCode}` : `was killed by ${end.signal}`;
}

function deathOf(end: ProcessEnd): WorkerDeath {
  const { exitCode, signal, oomSuspected, stderrTail, logPath } = end;
  return { exitCode, signal, oomSuspected, stderrTail, logPath };
}

function pythonFailure(subject: ErrorSubject, message: ErrorMessage): PythonFailure {
  return { pythonType: message.pythonType, pythonTraceback: message.traceback, ...tailOf(subject) };
}

function tailOf({ stderrTail, logPath }: ErrorSubject): Pick<WorkerDeath, "stderrTail" | "logPath"> {
  return { stderrTail, logPath };
}

function seeLog(logPath: string | null): string {
  return logPath === null ? "its last lines are in the error's details" : `see ${logPath}`;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
