/** The end of a stream of text. */
export interface Tail {
  push(chunk: Buffer): void;
  /** Last lines, oldest first, without empty ones at the end. */
  lines(): string[];
}

/** Keeps the last bytes of a stream, whatever its length. */
export function createTail(maxBytes = 16 * 1024, maxLines = 50): Tail {
  let kept: Buffer = Buffer.alloc(0);
  let total = 0;
  return {
    push(chunk) {
      total += chunk.length;
      const joined = chunk.length >= maxBytes ? chunk : Buffer.concat([kept, chunk]);
      kept = Buffer.from(joined.subarray(Math.max(0, joined.length - maxBytes)));
    },
    lines() {
      const text = kept.toString("utf8").trimEnd();
      if (text === "") return [];
      const lines = text.split(/\r?\n/);
      if (total > kept.length && lines.length > 1) lines.shift(); // begins in the middle of a line
      return lines.slice(-maxLines);
    },
  };
}
