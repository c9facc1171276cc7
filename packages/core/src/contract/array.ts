/** Typed array that holds each dtype. bool is one byte an element, 0 or 1; 64-bit integers are BigInt arrays. */
export interface DTypeArrays {
  bool: Uint8Array;
  uint8: Uint8Array;
  int8: Int8Array;
  uint16: Uint16Array;
  int16: Int16Array;
  uint32: Uint32Array;
  int32: Int32Array;
  uint64: BigUint64Array;
  int64: BigInt64Array;
  float32: Float32Array;
  float64: Float64Array;
}

/** Element types. float16 is widened to float32 when read, which loses nothing. */
export type DType = keyof DTypeArrays;

/** A dense array in C order (last axis fastest). `data.length` equals the product of `shape`. */
export interface NdArray<D extends DType = DType> {
  readonly data: DTypeArrays[D];
  readonly shape: readonly number[];
  readonly dtype: D;
}

/** Size of one pixel in micrometres, by axis; an axis that is not known is left out. */
export interface PixelSize {
  readonly x?: number;
  readonly y?: number;
  readonly z?: number;
}

/** An image: an array whose axes have names. */
export interface Image<D extends DType = DType> extends NdArray<D> {
  /** One letter for each axis of `shape`, in order: `t` time, `c` channel, `z`, `y`, `x`. Example: "yx", "cyx", "zyx". */
  readonly axes: string;
  readonly pixelSize?: PixelSize;
}

/** Labels: 0 is background, object i has the value i. Axes are the image's spatial axes. */
export type Labels = Image<"int32">;
