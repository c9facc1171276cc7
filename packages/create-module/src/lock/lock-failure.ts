import { classifyFailure, ParfocalError, type Settings } from "@parfocal/core";

/** What uv says of packages that cannot be had together, without its drawing, one line for each step of its reasoning. */
export function readExplanation(output: string): string {
  return output
    .replace(/[×╰─▶│]/g, " ")
    .replace(/\s+/g, " ")
    .replace(/^.*?No solution found.*?(?=Because )/, "")
    .replace(/\block depends on\b/g, "you require")
    .replace(/ (?=And because |hint: )/g, "\n  ")
    .trim();
}

/** The first thing that an explanation says: why one package does not fit. */
export function firstReason(explanation: string): string {
  const [reason = ""] = explanation
    .replace(/^Because /, "")
    .split(/ and (?=you require|[a-z0-9._-]+ depends on)|,? we can conclude/i);
  return reason.replace(/[.,\s]+$/, "");
}

function unknownPackage(explanation: string): string | null {
  const match = /(?:Because|and) (\S+) was not found in the (?:package registry|provided package locations)/.exec(explanation);
  return match?.[1] ?? null;
}

function hintFor(explanation: string): string {
  const unknown = unknownPackage(explanation);
  if (unknown !== null) {
    return `correct the name ${unknown} in pyproject.toml; if it is your own package, set PARFOCAL_INDEX or PARFOCAL_WHEELHOUSE to where it is`;
  }
  if (explanation.includes("And because")) return "loosen one of these requirements in pyproject.toml";
  if (/no (?:usable )?wheels/i.test(explanation)) {
    return "ask for a version that has wheels: packages are not built from source on the machines of users";
  }
  if (/Python ?[<>=]|requires-python|current Python version/i.test(explanation)) {
    return "change requires-python in pyproject.toml, or ask for a version of the package that runs on that Python";
  }
  return "loosen one of these requirements in pyproject.toml";
}

/**
 * Turns what uv wrote on failing into the error that says what to do.
 *
 * @param what what could not be done: "the packages of cpu cannot be locked".
 */
export function lockFailure(what: string, output: string, settings: Settings): ParfocalError {
  const details = { step: "lock", outputTail: output.trimEnd().split("\n"), logPath: null };
  if (isUnsolvable(output)) {
    const explanation = readExplanation(output);
    const known = { ...details, outputTail: [] }; // all of it is in the message
    const unknown = unknownPackage(explanation);
    if (unknown !== null && settings.offline) {
      return new ParfocalError("ENV_NETWORK", `${what}: downloads are off, and ${unknown} is in no wheel folder`, {
        hint: "put the wheels into the folder that PARFOCAL_WHEELHOUSE names, or unset PARFOCAL_OFFLINE",
        details: known,
      });
    }
    return new ParfocalError("LOCK_FAILED", `${what}: ${explanation}`, { hint: hintFor(explanation), details: known });
  }
  const { code, cause, hint } = classifyFailure(output, settings);
  if (code === "ENV_NO_SPACE") {
    return new ParfocalError(code, `${what}: ${cause}`, {
      hint,
      details: { neededBytes: 0, freeBytes: 0, folder: settings.uvCache },
    });
  }
  if (code !== "ENV_BUILD_FAILED") return new ParfocalError(code, `${what}: ${cause}`, { hint, details });
  const said = output.replace(/\s+/g, " ").trim().slice(0, 500);
  return new ParfocalError("LOCK_FAILED", `${what}: ${said}`, { hint: "correct pyproject.toml, then lock again", details });
}

/** True when uv understood everything and found that no set of packages fits. */
export function isUnsolvable(output: string): boolean {
  return output.replace(/\s+/g, " ").includes("No solution found");
}
