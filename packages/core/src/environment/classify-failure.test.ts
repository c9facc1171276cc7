import { describe, expect, test } from "vitest";
import { classifyFailure } from "./classify-failure.ts";

const context = { offline: false, wheelhouse: [], home: "/home/x/parfocal", uvCache: "/cache" };

describe("classifyFailure", () => {
  test.each([
    [
      "error: Request failed after 2 retries in 2.9s\n  cause: Failed to fetch: https://index.invalid/simple/numpy/\n  cause: error sending request for url (https://index.invalid/simple/numpy/)\n  cause: client error (Connect)\n  cause: tcp connect error\n  cause: Connection refused (os error 111)",
      "ENV_NETWORK",
      "the connection failed",
      "PARFOCAL_WHEELHOUSE",
    ],
    [
      "error: Request failed after 3 retries in 5.3s\n  cause: client error (Connect)\n  cause: dns error\n  cause: error resolving DNS\n  cause: failed to lookup address information: Name or service not known",
      "ENV_NETWORK",
      "the name of the server could not be resolved",
      "HTTPS_PROXY",
    ],
    [
      "error: Failed to fetch\n  cause: tunnel error: unsuccessful",
      "ENV_NETWORK",
      "the proxy could not be reached or refused",
      "HTTPS_PROXY",
    ],
    [
      "error: Failed to fetch\n  cause: HTTP status client error (407 Proxy Authentication Required)",
      "ENV_NETWORK",
      "the proxy asks for a name and password (407)",
      "HTTPS_PROXY",
    ],
    [
      "error: Failed to fetch\n  cause: HTTP status server error (503 Service Unavailable)",
      "ENV_NETWORK",
      "the server answered 503 Service Unavailable",
      "PARFOCAL_INDEX",
    ],
    ["error: Failed to fetch\n  cause: operation timed out", "ENV_NETWORK", "the server did not answer in time", "HTTPS_PROXY"],
    [
      "error: Failed to fetch\n  cause: client error (Connect)\n  cause: invalid peer certificate: UnknownIssuer",
      "ENV_TLS",
      "a certificate was not trusted",
      "SSL_CERT_FILE",
    ],
    [
      "error: Failed to download `numpy==2.4.6`\n  cause: Hash mismatch for\n         `numpy==2.4.6`",
      "ENV_HASH_MISMATCH",
      "the file for numpy==2.4.6 is not the one that the lock names",
      "PARFOCAL_INDEX",
    ],
    [
      "error: failed to write to file\n  cause: No space left on device (os error 28)",
      "ENV_NO_SPACE",
      "the disk filled up",
      "/home/x/parfocal",
    ],
    [
      "error: failed to create directory\n  cause: Permission denied (os error 13)",
      "ENV_PERMISSION",
      "a folder cannot be written",
      "/cache",
    ],
    [
      "error: Failed to install: torch.whl\n  cause: Access is denied. (os error 5)",
      "ENV_PERMISSION",
      "a folder cannot be written",
      "PARFOCAL_HOME",
    ],
    [
      "error: No solution found\n  cause: Because there is no version of numpy==9 and you require numpy==9",
      "ENV_BUILD_FAILED",
      "the package index has no wheel that the lock names for this machine",
      "PARFOCAL_INDEX",
    ],
    ["error: a new kind of failure\n  cause: nobody knows", "ENV_BUILD_FAILED", "a new kind of failure", "read the log"],
    ["", "ENV_BUILD_FAILED", "uv failed", "read the log"],
  ])("%j", (output, code, cause, hint) => {
    const result = classifyFailure(output, context);
    expect(result).toMatchObject({ code, cause: expect.stringContaining(cause) });
    expect(result.hint).toContain(hint);
  });

  test("offline, a missing wheel is a matter of the wheel folder", () => {
    const output = "error: No solution found\n  cause: Because there is no version of numpy==2 and you require numpy==2";
    expect(classifyFailure(output, { ...context, offline: true, wheelhouse: ["/wheels"] })).toMatchObject({
      code: "ENV_NETWORK",
      cause: "the wheel folder /wheels lacks a wheel that the lock names",
    });
  });
});
