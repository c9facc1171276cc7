/** Kinds of failure that a person can act on. */
export type FailureCode =
  | "ENV_HASH_MISMATCH"
  | "ENV_TLS"
  | "ENV_NETWORK"
  | "ENV_NO_SPACE"
  | "ENV_PERMISSION"
  | "ENV_BUILD_FAILED";

export interface ClassifiedFailure {
  readonly code: FailureCode;
  /** What went wrong, without what failed. */
  readonly cause: string;
  readonly hint: string;
}

interface Rule {
  readonly pattern: RegExp;
  readonly classify: (match: RegExpExecArray, context: FailureContext) => ClassifiedFailure;
}

export interface FailureContext {
  readonly offline: boolean;
  readonly wheelhouse: readonly string[];
  readonly home: string;
  readonly uvCache: string;
}

const reach =
  "check the connection, set HTTPS_PROXY if a proxy is needed, or set PARFOCAL_WHEELHOUSE to a folder with the wheels";

const network = (cause: string, hint = reach): ClassifiedFailure => ({ code: "ENV_NETWORK", cause, hint });

/** The first rule that matches decides, so that a cause comes before what it leads to. */
const rules: readonly Rule[] = [
  {
    pattern: /hash mismatch for `?([^`\n]+)`?/i,
    classify: ([, name]) => ({
      code: "ENV_HASH_MISMATCH",
      cause: `the file for ${name} is not the one that the lock names`,
      hint: "the package index, mirror or wheel folder holds another file of that name: remove it there, or use another source (PARFOCAL_INDEX, PARFOCAL_WHEELHOUSE)",
    }),
  },
  {
    pattern: /hash mismatch/i,
    classify: () => ({
      code: "ENV_HASH_MISMATCH",
      cause: "a file is not the one that the lock names",
      hint: "the package index, mirror or wheel folder holds another file of that name: remove it there, or use another source (PARFOCAL_INDEX, PARFOCAL_WHEELHOUSE)",
    }),
  },
  {
    pattern: /failed to extract archive: (\S+) cause: (?:ZIP file|invalid ZIP|bad CRC|.*(?:central directory|CRC32|checksum))/i,
    classify: ([, file]) => ({
      code: "ENV_HASH_MISMATCH",
      cause: `the file ${file} is damaged, so it is not the one that the lock names`,
      hint: "the package index, mirror or wheel folder holds a damaged file: replace it there, or use another source (PARFOCAL_INDEX, PARFOCAL_WHEELHOUSE)",
    }),
  },
  {
    pattern: /os error 28\b|no space left|os error 112\b|not enough space/i,
    classify: (_, { home, uvCache }) => ({
      code: "ENV_NO_SPACE",
      cause: "the disk filled up",
      hint: `free some space for ${home} and ${uvCache}, or set PARFOCAL_HOME and PARFOCAL_UV_CACHE to folders on another disk`,
    }),
  },
  {
    pattern:
      /UnknownIssuer|invalid peer certificate|certificate verify failed|self[- ]signed certificate|CertificateUnknown|BadCertificate/i,
    classify: () => ({
      code: "ENV_TLS",
      cause: "a certificate was not trusted, with the built-in and with the system's authorities",
      hint: "set SSL_CERT_FILE to a file with your organisation's certificate authority added to the usual ones",
    }),
  },
  {
    pattern: /\b407\b|proxy authentication required/i,
    classify: () =>
      network("the proxy asks for a name and password (407)", "put them into HTTPS_PROXY: scheme, name:password@, host and port"),
  },
  {
    pattern: /tunnel error|proxy/i,
    classify: () =>
      network(
        "the proxy could not be reached or refused",
        "check HTTPS_PROXY and HTTP_PROXY, or unset them where no proxy is needed",
      ),
  },
  {
    pattern: /dns error|failed to lookup address|name or service not known/i,
    classify: () => network("the name of the server could not be resolved"),
  },
  {
    pattern: /HTTP status (?:client|server) error \((\d{3}[^)]*)\)/i,
    classify: ([, status]) =>
      network(
        `the server answered ${status}`,
        "check PARFOCAL_INDEX, try again later, or set PARFOCAL_WHEELHOUSE to a folder with the wheels",
      ),
  },
  { pattern: /timed out|timeout/i, classify: () => network("the server did not answer in time") },
  {
    pattern:
      /connection refused|connection reset|error sending request|failed to fetch|failed to download|network is unreachable|connection closed|unexpected end of file|error decoding response body/i,
    classify: () => network("the connection failed"),
  },
  {
    pattern:
      /failed to initialize cache|permission denied|os error 13\b|os error 5\b|access is denied|read-only file system|os error 30\b|os error 20\b|not a directory|operation not permitted/i,
    classify: (_, { home, uvCache }) => ({
      code: "ENV_PERMISSION",
      cause: "a folder cannot be written",
      hint: `make ${home} and ${uvCache} writable, or set PARFOCAL_HOME and PARFOCAL_UV_CACHE to folders that are`,
    }),
  },
  {
    pattern: /network connectivity is disabled/i,
    classify: () =>
      network(
        "a package is not at hand and downloads are off",
        "set PARFOCAL_WHEELHOUSE to a folder with the wheels, or unset PARFOCAL_OFFLINE",
      ),
  },
  {
    pattern:
      /no usable wheels|has no (?:wheels|usable)|no wheels? with a matching|building source distributions|no-build|no version of ([^\s{=]+)|not found in the (?:package registry|provided package locations)/i,
    classify: (_, { offline, wheelhouse }) =>
      offline
        ? network(
            wheelhouse.length > 0
              ? `the wheel folder ${wheelhouse.join(", ")} lacks a wheel that the lock names`
              : "a package is not at hand and downloads are off",
            "put all wheels of the lock into the folder that PARFOCAL_WHEELHOUSE names, or unset PARFOCAL_OFFLINE",
          )
        : {
            code: "ENV_BUILD_FAILED",
            cause: "the package index has no wheel that the lock names for this machine",
            hint: "check PARFOCAL_INDEX, or set PARFOCAL_WHEELHOUSE to a folder with the wheels",
          },
  },
];

/** Says what a failed run of uv means for the person who waits for it. */
export function classifyFailure(output: string, context: FailureContext): ClassifiedFailure {
  // Long lines are wrapped by uv, so words of one message may be lines apart.
  const text = output.replace(/\s+/g, " ");
  for (const { pattern, classify } of rules) {
    const match = pattern.exec(text);
    if (match) return classify(match, context);
  }
  const last = output
    .trim()
    .split("\n")
    .filter((line) => /error|cause/i.test(line))
    .at(0);
  return {
    code: "ENV_BUILD_FAILED",
    cause: last ? last.replace(/^\s*(error|cause):\s*/i, "").slice(0, 200) : "uv failed",
    hint: "read the log, and report it if it says no more",
  };
}
