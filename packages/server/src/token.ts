import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** A secret of 192 bits. */
export const createToken = (): string => randomBytes(24).toString("hex");

/** Compares in a time that says nothing about where they differ, nor how long they are. */
export function isSameToken(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
