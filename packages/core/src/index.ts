/**
 * Parfocal core: one locked Python environment per model, a warm worker in it, arrays at memory speed, errors people can act on.
 *
 * @module
 */

export { type AtomicFile, removePartialFiles, writeAtomically } from "./array/atomic-file.ts";
export { writeFolderAtomically } from "./array/atomic-folder.ts";
export { bytesPerElement, createData, dtypeNames, typedArrayOver } from "./array/dtype.ts";
export { byteCount, bytesOf, checkNdArray, createNdArray, elementCount, hashArray, transposeAxes } from "./array/nd-array.ts";
export { checkNpySize, decodeNpy } from "./array/npy-decode.ts";
export { type ReadNpyOptions, readNpy, writeNpy } from "./array/npy-file.ts";
export { type NpyHeader, parseNpyHeader } from "./array/npy-header.ts";
export type { DType, DTypeArrays, Image, Labels, NdArray, PixelSize } from "./contract/array.ts";
export type { AcceleratorChoice, Environment, EnvironmentOptions, EnvironmentStamp, Settings } from "./contract/environment.ts";
export type { BuildPhase, FetchedFile, OnEvent, ParfocalEvent } from "./contract/events.ts";
export type { MeasureOptions, MeasureResult, Measurer, TableColumn } from "./contract/measure.ts";
export type {
  MeasurerDefinition,
  MeasurerModule,
  Module,
  ModuleBase,
  ModuleDefinition,
  OutputsOf,
  ReaderDefinition,
  ReaderModule,
} from "./contract/module.ts";
export type { Pool, PoolClient, PoolOptions, PoolState, PoolWorkerState } from "./contract/pool.ts";
export type { FileRequest, Prepare, Prepared, PrepareTools } from "./contract/prepare.ts";
export type {
  OpenSource,
  PlaneSelection,
  PlaneWindow,
  Reader,
  SourceHeader,
  SourcePosition,
} from "./contract/reader.ts";
export type {
  BatchOptions,
  DeviceReport,
  ImageSource,
  LeasedResult,
  MapItem,
  MapOptions,
  Provenance,
  RawHandle,
  RunOptions,
  RunProgress,
  RunResult,
  SegmenterOutputs,
  SlotImage,
  Timing,
  WeightsRecord,
} from "./contract/run.ts";
export type { LiveWorker, StartOptions, Worker, WorkerState } from "./contract/worker.ts";
export { connectMeasurer, connectReader, connectWorker } from "./daemon/connect-worker.ts";
export { type DaemonState, daemonStateSchema, findDaemon } from "./daemon/state-file.ts";
export { chooseAccelerator } from "./environment/accelerator.ts";
export { bundledName, bundledSchema } from "./environment/bundled.ts";
export { classifyFailure, type FailureContext } from "./environment/classify-failure.ts";
export { cleanEnvironment, uvEnvironment } from "./environment/clean-environment.ts";
export { freeBytesAt } from "./environment/disk.ts";
export { type DiskUse, type FolderUse, measureFolders } from "./environment/disk-use.ts";
export { ensureEnvironment, findEnvironment } from "./environment/ensure-environment.ts";
export {
  type EnvironmentInfo,
  type GcReport,
  gcEnvironments,
  listEnvironments,
  removeEnvironment,
} from "./environment/inspect.ts";
export { checkWheelhouse } from "./environment/install-arguments.ts";
export { type LockPin, type LockProblem, lintLock, readPins } from "./environment/lint-lock.ts";
export { defaultProfile, type LockFile, readLock, readLocks } from "./environment/lock.ts";
export { type LockEntry, type Locks, locksSchema } from "./environment/lock-schema.ts";
export { markInUse } from "./environment/mark-in-use.ts";
export { findNvidiaDriver, type NvidiaDriver, thisMachine } from "./environment/nvidia-driver.ts";
export { tryLock } from "./environment/own-lock.ts";
export { type EnvironmentPlan, planEnvironment, plannedBytes } from "./environment/plan-environment.ts";
export { platformKey } from "./environment/platform.ts";
export { type BasePython, findPython } from "./environment/python.ts";
export { type Repair, repairEnvironment } from "./environment/repair-environment.ts";
export { readSettings } from "./environment/settings.ts";
export { findUv, type Uv } from "./environment/uv.ts";
export { type UvWheel, uvVersion, uvWheels } from "./environment/uv-release.ts";
export { type DamagedFile, verifyEnvironment } from "./environment/verify-environment.ts";
export { findZipDirectory, readZipEntries } from "./environment/zip.ts";
export { type ErrorCode, type ErrorCodeInfo, errorCodes } from "./errors/codes.ts";
export type {
  BuildFailure,
  DetailsOf,
  ErrorDetails,
  PythonFailure,
  SearchedPlaces,
  WeightFileFailure,
  WorkerDeath,
} from "./errors/details.ts";
export {
  exitCodeOf,
  isParfocalError,
  ParfocalError,
  type ParfocalErrorOptions,
  toParfocalError,
} from "./errors/parfocal-error.ts";
export { combineMatches, type LabelMatch, matchLabels, matchLabelsAt } from "./labels/match-labels.ts";
export { type LogFile, listLogs, logFolder } from "./log/log-files.ts";
export { type AdaptedImage, adaptImage, checkImage } from "./module/adapt-image.ts";
export { asMeasurer, asReader } from "./module/create-kinds.ts";
export { createModule } from "./module/create-module.ts";
export { defineModule } from "./module/define-module.ts";
export { describeParams, type ParameterDescription, type ParameterStage } from "./module/describe-params.ts";
export { discoverModules, findModule } from "./module/discover-modules.ts";
export {
  type Accelerator,
  type ModuleHandle,
  type ModuleManifest,
  type ModuleSample,
  moduleManifestSchema,
} from "./module/manifest.ts";
export { suggestNames, toCamelCase, toKebabCase, toSnakeCase } from "./module/names.ts";
export {
  canonicalParam,
  describeRange,
  type Params,
  type ResolveOptions,
  resolveParams,
  splitParams,
  toWire,
} from "./module/params.ts";
export { pythonFolder } from "./module/python-folder.ts";
export { readModule } from "./module/read-module.ts";
export { type SampleFiles, sampleFiles } from "./module/sample-files.ts";
export type { WeightFile, WeightLicence, WeightSet } from "./module/weight-set.ts";
export { createPool } from "./pool/create-pool.ts";
export type { DownloadTiming } from "./weights/download.ts";
export { ensureWeights, type ReadyFile, type WeightsOptions } from "./weights/ensure-weights.ts";
export { type GetOptions, httpGet } from "./weights/http-get.ts";
export { listWeights, type WeightFileState, type WeightSetState } from "./weights/inspect.ts";
export { weightPlace } from "./weights/place.ts";
export { selectSets } from "./weights/select-sets.ts";
export { standaloneCommand } from "./worker/command.ts";
export { allocateImage } from "./worker/image-slot.ts";
export { ensureEnvironmentFor, findEnvironmentFor, type LoadOptions, type LoadPlan, planLoad } from "./worker/load-plan.ts";
export { whyNotMapped } from "./worker/mapping.ts";
