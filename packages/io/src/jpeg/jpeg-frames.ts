/** Sides of an image, in pixels, as a JPEG says them. */
export interface JpegFrame {
  readonly height: number;
  readonly width: number;
}

/** True for a marker that begins a frame header (ITU-T T.81, B.2.2). */
export const isFrameMarker = (code: number): boolean => code >= 0xc0 && code <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(code);

/** All frames of a JPEG stream, which may lack its tables or be cut off. What is compressed holds no markers but restarts. */
export function* jpegFrames(bytes: Uint8Array): Generator<JpegFrame> {
  const word = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  for (let at = 0; at + 3 < bytes.length; ) {
    const code = bytes[at + 1]!;
    if (bytes[at] !== 0xff || code === 0xff) {
      at += 1;
      continue;
    }
    const isAlone = code <= 0x01 || (code >= 0xd0 && code <= 0xd9);
    if (isFrameMarker(code)) yield { height: word(at + 5), width: word(at + 7) };
    at += 2 + (isAlone ? 0 : word(at + 2));
  }
}
