/** Well-known formats that are not read, by their first bytes, so that an error can name them. */
const signatures: readonly (readonly [name: string, bytes: string])[] = [
  ["a GIF", "GIF8"],
  ["a BMP", "BM"],
  ["a PDF", "%PDF"],
  ["an HDF5 file", "\x89HDF\r\n\x1a\n"],
  ["a CZI of ZEISS ZEN", "ZISRAWFILE"],
  ["an ND2 of NIS-Elements", "\xda\xce\xbe\x0a"],
  ["an older ND2 of NIS-Elements", "\x00\x00\x00\x0cjP  "],
  ["a LIF of Leica", "\x70\x00\x00\x00"],
  ["a ZIP archive", "PK\x03\x04"],
  ["a gzip file", "\x1f\x8b"],
  ["a JPEG XR", "II\xbc"],
  ["a WebP", "RIFF"],
];

/** Packages that read them. */
const modules: Readonly<Record<string, string>> = {
  "a CZI of ZEISS ZEN": "@parfocal/reader",
  "an ND2 of NIS-Elements": "@parfocal/reader",
  "an older ND2 of NIS-Elements": "@parfocal/reader",
  "a LIF of Leica": "@parfocal/reader",
};

/** The format that a file starts like, and the package that reads it, if any; null when it is none of those known. */
export function foreignFormat(head: Uint8Array): { readonly name: string; readonly module: string | undefined } | null {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(16, head.byteLength)).toString("latin1");
  const name = signatures.find(([, bytes]) => text.startsWith(bytes))?.[0];
  return name === undefined ? null : { name, module: modules[name] };
}
