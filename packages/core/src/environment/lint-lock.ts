/** One broken rule of a lock file. */
export interface LockProblem {
  /** Line, counted from 1. */
  readonly line: number;
  readonly problem: string;
}

const pin = /^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\*=][^\s;\\*]*)(?:\s*;\s*(.+?))?$/;
const hash = /^--hash=sha256:[0-9a-f]{64}$/;

/** A pinned package of a lock. */
export interface LockPin {
  readonly name: string;
  readonly version: string;
  readonly marker: string | null;
  /** sha256 of every file that may be installed. */
  readonly hashes: readonly string[];
  readonly line: number;
}

function logicalLines(text: string): { line: number; text: string }[] {
  const result: { line: number; text: string }[] = [];
  let continued = false;
  text.split(/\r?\n/).forEach((raw, index) => {
    const part = raw.replace(/\\$/, "").trim();
    const last = result.at(-1);
    if (continued && last) last.text += ` ${part}`;
    else if (part !== "" && !part.startsWith("#")) result.push({ line: index + 1, text: part });
    continued = raw.endsWith("\\");
  });
  return result;
}

/** The pins of a lock and all that breaks the rules: only `==` pins with sha256, no URL, no index, no folder, nothing editable. */
export function readPins(text: string): { pins: LockPin[]; problems: LockProblem[] } {
  const pins: LockPin[] = [];
  const problems: LockProblem[] = [];
  text.split(/\r?\n/).forEach((raw, index) => {
    if (raw.includes("://")) problems.push({ line: index + 1, problem: "names an address (://)" });
  });
  for (const { line, text: whole } of logicalLines(text)) {
    const words = whole.split(/\s+--hash=/);
    const requirement = words[0]?.trim() ?? "";
    const hashes = words.slice(1).map((word) => `--hash=${word.trim()}`);
    if (requirement.startsWith("-")) {
      problems.push({ line, problem: `holds an option (${requirement.split(/[\s=]/)[0]})` });
      continue;
    }
    if (/\s@\s|^\S+@\s/.test(requirement)) {
      problems.push({ line, problem: "is a direct reference (name @ ...)" });
      continue;
    }
    const match = pin.exec(requirement);
    if (!match?.[1] || !match[2]) {
      problems.push({ line, problem: `is not pinned with ==: ${requirement.slice(0, 80)}` });
      continue;
    }
    if (hashes.length === 0) problems.push({ line, problem: `${match[1]} has no sha256` });
    for (const each of hashes) {
      if (!hash.test(each)) problems.push({ line, problem: `${match[1]} has a hash that is not a sha256: ${each.slice(0, 40)}` });
    }
    pins.push({
      name: match[1],
      version: match[2],
      marker: match[3] ?? null,
      hashes: hashes.map((each) => each.slice("--hash=sha256:".length)),
      line,
    });
  }
  if (pins.length === 0 && problems.length === 0 && text.trim() !== "") problems.push({ line: 1, problem: "holds no pin" });
  return { pins, problems };
}

/** Rules that a lock file breaks; empty when it may be shipped. */
export function lintLock(text: string): LockProblem[] {
  return readPins(text).problems;
}
