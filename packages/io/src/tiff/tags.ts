/** TIFF tags by their names in the TIFF 6.0 specification (Adobe, 1992). */
export const tags = {
  newSubfileType: 254,
  imageWidth: 256,
  imageLength: 257,
  bitsPerSample: 258,
  compression: 259,
  photometricInterpretation: 262,
  fillOrder: 266,
  imageDescription: 270,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  xResolution: 282,
  yResolution: 283,
  planarConfiguration: 284,
  resolutionUnit: 296,
  software: 305,
  predictor: 317,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  /** Offsets of directories below this one: the smaller copies of a pyramid. */
  subIfds: 330,
  extraSamples: 338,
  sampleFormat: 339,
  /** Plane table of MetaMorph stacks, which have one directory for all planes. */
  metaMorphPlanes: 33629,
} as const;

/** Field types by number: name and bytes of one value. */
export const fieldTypes: Readonly<Record<number, { readonly name: string; readonly bytes: number }>> = {
  1: { name: "byte", bytes: 1 },
  2: { name: "ascii", bytes: 1 },
  3: { name: "short", bytes: 2 },
  4: { name: "long", bytes: 4 },
  5: { name: "rational", bytes: 8 },
  6: { name: "sbyte", bytes: 1 },
  7: { name: "undefined", bytes: 1 },
  8: { name: "sshort", bytes: 2 },
  9: { name: "slong", bytes: 4 },
  10: { name: "srational", bytes: 8 },
  11: { name: "float", bytes: 4 },
  12: { name: "double", bytes: 8 },
  13: { name: "ifd", bytes: 4 },
  16: { name: "long8", bytes: 8 },
  17: { name: "slong8", bytes: 8 },
  18: { name: "ifd8", bytes: 8 },
};

export const compressions = {
  none: 1,
  lzw: 5,
  jpeg: 7,
  deflate: 8,
  packBits: 32773,
  oldDeflate: 32946,
  zstd: 50000,
} as const;

/** Names of compressions that are not read, for messages. */
export const foreignCompressions: Readonly<Record<number, string>> = {
  2: "CCITT",
  3: "CCITT fax",
  4: "CCITT fax",
  6: "old-style JPEG",
  33003: "JPEG 2000",
  33004: "JPEG 2000",
  33005: "JPEG 2000",
  34712: "JPEG 2000",
  34887: "LERC",
  34925: "LZMA",
  50001: "WebP",
  50002: "JPEG XL",
};
