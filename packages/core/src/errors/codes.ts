/** What every error code means. The reference page and the exit codes of the command line are derived from this table. */
export interface ErrorCodeInfo {
  /** Exit code of `parfocal`: 1 run failed, 2 bad usage, 3 environment, 4 device, 5 part of a batch failed, 6 timeout, 130 interrupted. */
  readonly exitCode: 1 | 2 | 3 | 4 | 5 | 6 | 130;
  /** One sentence for the reference page. */
  readonly meaning: string;
}

export const errorCodes = {
  USAGE: { exitCode: 2, meaning: "The command line or the call has a wrong or missing argument." },
  PARAMS_INVALID: { exitCode: 2, meaning: "A parameter is unknown, has the wrong type or is out of range." },
  MODULE_NOT_FOUND: { exitCode: 2, meaning: "No installed module has this name and no folder lies at this path." },
  MODULE_AMBIGUOUS: { exitCode: 2, meaning: "Two different folders provide a module of the same name." },
  MODULE_INVALID: { exitCode: 2, meaning: "A module's module.json, worker.py or locks are missing or damaged." },
  MODULE_INCOMPATIBLE: {
    exitCode: 2,
    meaning: "A module follows a version of the contract between modules and core that this core does not run.",
  },
  NOT_SUPPORTED: { exitCode: 2, meaning: "The module has no such operation, for example refine." },
  INPUT_NOT_FOUND: { exitCode: 1, meaning: "An input file does not exist." },
  INPUT_UNREADABLE: {
    exitCode: 1,
    meaning: "An input file is not an image that can be read: unknown format, truncated or damaged.",
  },
  INPUT_REJECTED: {
    exitCode: 1,
    meaning: "The image cannot be used: wrong axes, channels or dtype, empty, or NaN and Inf among its pixels.",
  },
  NPY_INVALID: {
    exitCode: 1,
    meaning: "A .npy file or slot has a damaged header, an unsupported dtype, or a size that does not match.",
  },
  OUTPUT_UNWRITABLE: {
    exitCode: 1,
    meaning: "A result could not be written: no permission, no space, or a folder that does not exist.",
  },
  ENV_UV_NOT_FOUND: { exitCode: 3, meaning: "uv, which builds the environments, was neither found nor obtained." },
  ENV_PYTHON_NOT_FOUND: { exitCode: 3, meaning: "No Python of the minor version that the lock needs was found or obtained." },
  ENV_LOCK_INVALID: { exitCode: 3, meaning: "A module's lock file is missing or breaks the rules for locks." },
  LOCK_FAILED: {
    exitCode: 3,
    meaning: "The packages that a module's pyproject.toml asks for cannot be locked: unknown, in conflict, or without wheels.",
  },
  ENV_NO_SPACE: {
    exitCode: 3,
    meaning: "The disk has less free space than the environment or the weights need, or filled up meanwhile.",
  },
  ENV_NETWORK: { exitCode: 3, meaning: "Packages could not be downloaded: no network, a refusing proxy, or a server error." },
  ENV_TLS: { exitCode: 3, meaning: "A certificate was not trusted, as happens behind a proxy that inspects traffic." },
  ENV_HASH_MISMATCH: { exitCode: 3, meaning: "A downloaded package is not the one that the lock names." },
  ENV_PERMISSION: { exitCode: 3, meaning: "A folder that the environment or the weights need cannot be written." },
  ENV_BUILD_FAILED: { exitCode: 3, meaning: "uv failed for another reason; its last lines are in the error." },
  ENV_PROBE_FAILED: { exitCode: 3, meaning: "The environment was installed, but what it promises cannot be imported." },
  ENV_NOT_READY: { exitCode: 3, meaning: "The environment is not installed and installing it now was not allowed." },
  BUNDLE_INVALID: {
    exitCode: 3,
    meaning: "An offline bundle is damaged, incomplete, was changed, or is for another kind of machine.",
  },
  DEVICE_UNAVAILABLE: { exitCode: 4, meaning: "The device that was asked for is not there, or the module has no lock for it." },
  WEIGHTS_MISSING: {
    exitCode: 1,
    meaning: "The model's weight files are not where they should be, and must not or cannot be downloaded.",
  },
  WEIGHTS_UNREACHABLE: {
    exitCode: 1,
    meaning: "Weight files could not be downloaded: no network, a refusing proxy or server, or a connection that kept breaking.",
  },
  WEIGHTS_INVALID: {
    exitCode: 1,
    meaning: "The weight files are damaged, are not those that were named, or describe a network that the module cannot run.",
  },
  MODEL_NOT_TRUSTED: { exitCode: 1, meaning: "The model would execute code of its own, and nobody said that it is trusted." },
  WORKER_START_FAILED: { exitCode: 1, meaning: "The Python worker ended or failed before its model was loaded." },
  WORKER_CRASHED: { exitCode: 1, meaning: "The Python worker died during a call." },
  WORKER_TIMEOUT: {
    exitCode: 6,
    meaning: "The call or the start took longer than its deadline; a worker that did not stop by itself was ended.",
  },
  WORKER_CLOSED: { exitCode: 1, meaning: "The worker was closed before or during the call." },
  BUSY: { exitCode: 1, meaning: "As many calls as the queue takes are waiting already." },
  DAEMON_UNREACHABLE: { exitCode: 1, meaning: "No daemon answers, or it went away during the call." },
  DAEMON_RUNS: { exitCode: 1, meaning: "A daemon of this user and home runs already." },
  DAEMON_START_FAILED: { exitCode: 1, meaning: "The daemon was started but did not answer." },
  DAEMON_INCOMPATIBLE: {
    exitCode: 1,
    meaning: "The daemon that runs is of a version that this one cannot talk to, or refused the token.",
  },
  INPUT_QUARANTINED: {
    exitCode: 1,
    meaning: "This image ended two workers with these parameters; it is not sent to another one.",
  },
  PROTOCOL_ERROR: { exitCode: 1, meaning: "The worker sent something that is not the worker protocol; it was ended." },
  PROTOCOL_VERSION: { exitCode: 1, meaning: "Host and worker speak different versions of the protocol." },
  MODEL_ERROR: { exitCode: 1, meaning: "The model raised an exception; its Python traceback is in the error." },
  OUT_OF_MEMORY: { exitCode: 1, meaning: "The model ran out of memory." },
  SLOTS_FULL: { exitCode: 1, meaning: "No shared memory and no temporary disk space is left for an array." },
  RAW_EXPIRED: { exitCode: 1, meaning: "The raw network output that refine needs was not kept, or had to make room." },
  CANCELLED: { exitCode: 130, meaning: "The call was cancelled." },
  BATCH_INCOMPLETE: { exitCode: 5, meaning: "Some items of a batch failed." },
  INTERNAL: { exitCode: 1, meaning: "A defect in Parfocal." },
} as const satisfies Record<string, ErrorCodeInfo>;

export type ErrorCode = keyof typeof errorCodes;
