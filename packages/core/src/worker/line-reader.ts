import { ParfocalError } from "../errors/parfocal-error.ts";
import { ProtocolFault } from "./messages.ts";

/** Longest line of the protocol, in either direction. */
export const maxLineBytes = 16 * 1024 * 1024;

const newline = 10;

export interface LineReader {
  /** Takes a chunk and hands every whole line to `onLine`. Throws ProtocolFault; nothing may be pushed afterwards. */
  push(chunk: Buffer): void;
  /** Bytes of a line whose end has not come. */
  readonly pendingBytes: number;
}

/** Splits a byte stream into lines of strict UTF-8, never holding more than `limit` bytes of one. */
export function createLineReader(onLine: (line: string) => void, limit = maxLineBytes): LineReader {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let parts: Buffer[] = [];
  let pendingBytes = 0;

  function takeLine(end: Buffer): string {
    const bytes = parts.length === 0 ? end : Buffer.concat([...parts, end]);
    parts = [];
    pendingBytes = 0;
    if (bytes.length > limit) throw new ProtocolFault(`a line is longer than ${limit} bytes`);
    try {
      return decoder.decode(bytes);
    } catch {
      throw new ProtocolFault("a line is not valid UTF-8");
    }
  }

  return {
    push(chunk) {
      let start = 0;
      for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
        onLine(takeLine(chunk.subarray(start, end)));
        start = end + 1;
      }
      if (start === chunk.length) return;
      parts.push(chunk.subarray(start));
      pendingBytes += chunk.length - start;
      if (pendingBytes > limit) throw new ProtocolFault(`a line is longer than ${limit} bytes`);
    },
    get pendingBytes() {
      return pendingBytes;
    },
  };
}

/**
 * A message as a line.
 * @throws ParfocalError USAGE when it is longer than the other side reads.
 */
export function writeLine(message: object): string {
  const line = `${JSON.stringify(message)}\n`;
  if (line.length * 3 > maxLineBytes && Buffer.byteLength(line) > maxLineBytes) {
    throw new ParfocalError("USAGE", `the parameters are longer than ${maxLineBytes} bytes`, { hint: "give images as arrays" });
  }
  return line;
}
