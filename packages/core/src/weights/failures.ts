import { ParfocalError } from "../errors/parfocal-error.ts";
import type { WeightFile } from "../module/weight-set.ts";
import { recordPath, type WeightRecord } from "./record.ts";

/** What an error about a weight file is about. */
export interface WeightSubject {
  readonly module: string;
  readonly file: WeightFile;
  /** Where the file belongs on this machine. */
  readonly place: string;
  /** The address that is asked: the file's, or the mirror's. */
  readonly address: string;
}

const of = ({ file, place }: WeightSubject) => ({ url: file.url, path: place });

/** A file that is not here and must not be downloaded. */
export function missingWeights(subject: WeightSubject): ParfocalError<"WEIGHTS_MISSING"> {
  const { module, file, place } = subject;
  return new ParfocalError(
    "WEIGHTS_MISSING",
    `${module}: the weight file ${file.name} is not on this machine, and downloads are off; it comes from ${file.url} and belongs at ${place}`,
    {
      hint: `download ${file.url} on a PC with a network and put it at ${place}, or unset PARFOCAL_OFFLINE`,
      details: of(subject),
    },
  );
}

/** A file that is here, is not the right one, and must not be downloaded again. */
export function damagedWeights(subject: WeightSubject, problem: string): ParfocalError<"WEIGHTS_INVALID"> {
  const { module, file, place } = subject;
  return new ParfocalError(
    "WEIGHTS_INVALID",
    `${module}: the weight file ${place} is damaged, and downloads are off: ${problem}`,
    {
      hint: `replace it with ${file.url}, or unset PARFOCAL_OFFLINE`,
      details: of(subject),
    },
  );
}

/** What was fetched is not what the module names, or not what was fetched the first time. */
export function wrongWeights(
  subject: WeightSubject,
  source: string,
  problem: string,
  record: WeightRecord | null,
): ParfocalError<"WEIGHTS_INVALID"> {
  const { module, file, place } = subject;
  if (record !== null && file.sha256 === null) {
    const day = record.recordedAt.slice(0, 10);
    return new ParfocalError(
      "WEIGHTS_INVALID",
      `${module}: ${source} is not the file that was downloaded first, on ${day}: ${problem}`,
      {
        hint: `if its publisher changed it on purpose, remove ${recordPath(place)} and run again`,
        details: of(subject),
      },
    );
  }
  return new ParfocalError(
    "WEIGHTS_INVALID",
    `${module}: ${source} is not the weight file ${file.name} that the module names: ${problem}`,
    {
      hint:
        source === subject.address
          ? `a proxy or the server gives another file: try another network, or put the right one at ${place}`
          : `put the right file there, or remove it so that ${file.url} is downloaded`,
      details: of(subject),
    },
  );
}

/** The last reason why a download failed. */
export interface LastFailure {
  /** System's or HTTP's: "ENOTFOUND", "404". */
  readonly code: string;
  readonly message: string;
  readonly status: number | null;
  readonly attempts: number;
  readonly cause?: unknown;
}

/** A file that could not be downloaded. */
export function unreachableWeights(subject: WeightSubject, last: LastFailure): ParfocalError<"WEIGHTS_UNREACHABLE"> {
  const { module, file, place, address } = subject;
  const tries = last.attempts > 1 ? ` (tried ${last.attempts} times)` : "";
  return new ParfocalError(
    "WEIGHTS_UNREACHABLE",
    `${module}: the weight file ${file.name} could not be downloaded from ${address}: ${last.message}${tries}`,
    {
      hint: `${advice(last)}, or download it elsewhere and put it at ${place}`,
      details: { ...of(subject), status: last.status, attempts: last.attempts },
      ...(last.cause !== undefined && { cause: last.cause }),
    },
  );
}

function advice({ code, status }: LastFailure): string {
  if (status === 404 || status === 410) return "check PARFOCAL_MIRROR and for a newer version of the module";
  if (status === 407) return "put name and password into HTTPS_PROXY: scheme, name:password@, host and port";
  if (status === 401 || status === 403) return "the server wants a login or refuses this network: try another network";
  if (status !== null) return "try again later";
  if (/CERT|SIGNATURE|ISSUER|SELF_SIGNED/.test(code)) {
    return "set NODE_EXTRA_CA_CERTS to a file with your organisation's certificate authority";
  }
  const hasProxy = Object.entries(process.env).some(([name, value]) => value && /^https?_proxy$/i.test(name));
  if (hasProxy && !knowsProxies()) return `Node ${process.versions.node} ignores HTTPS_PROXY here: use Node 22.21 or later`;
  return `check the connection${hasProxy ? " and HTTPS_PROXY" : ", set HTTPS_PROXY if a proxy is needed"}`;
}

/** Whether Node's agents take the variables for proxies. */
function knowsProxies(version = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);
}

/** The caller's signal fired. */
export function cancelledDownload({ module, file }: WeightSubject, cause: unknown): ParfocalError<"CANCELLED"> {
  return new ParfocalError("CANCELLED", `${module}: fetching the weight file ${file.name} was cancelled`, {
    hint: "run the same command again; what was downloaded is kept",
    cause,
  });
}
