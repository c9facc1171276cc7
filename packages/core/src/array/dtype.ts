import type { DType, DTypeArrays } from "../contract/array.ts";

interface DTypeInfo<D extends DType = DType> {
  readonly bytes: number;
  /** Type code of a `.npy` header without byte order, for example "u2". */
  readonly code: string;
  readonly array: new (buffer: ArrayBufferLike, byteOffset?: number, length?: number) => DTypeArrays[D];
}

const dtypes: { readonly [D in DType]: DTypeInfo<D> } = {
  bool: { bytes: 1, code: "b1", array: Uint8Array },
  uint8: { bytes: 1, code: "u1", array: Uint8Array },
  int8: { bytes: 1, code: "i1", array: Int8Array },
  uint16: { bytes: 2, code: "u2", array: Uint16Array },
  int16: { bytes: 2, code: "i2", array: Int16Array },
  uint32: { bytes: 4, code: "u4", array: Uint32Array },
  int32: { bytes: 4, code: "i4", array: Int32Array },
  uint64: { bytes: 8, code: "u8", array: BigUint64Array },
  int64: { bytes: 8, code: "i8", array: BigInt64Array },
  float32: { bytes: 4, code: "f4", array: Float32Array },
  float64: { bytes: 8, code: "f8", array: Float64Array },
};

/** Every dtype, in the order of the contract. */
export const dtypeNames = Object.keys(dtypes) as readonly DType[];

/** Bytes of one element. */
export function bytesPerElement(dtype: DType): number {
  return dtypes[dtype].bytes;
}

/** Type code of a `.npy` header without byte order: "u2" for uint16. */
export function npyCode(dtype: DType): string {
  return dtypes[dtype].code;
}

/** The dtype of a `.npy` type code without byte order, null when no typed array holds it. */
export function dtypeOfNpyCode(code: string): DType | null {
  return dtypeNames.find((name) => dtypes[name].code === code) ?? null;
}

/** A typed array over existing bytes; nothing is copied. The offset must be a multiple of the element's size. */
export function typedArrayOver<D extends DType>(
  dtype: D,
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
): DTypeArrays[D] {
  const info: DTypeInfo<D> = dtypes[dtype];
  return new info.array(buffer, byteOffset, length);
}

/** A new typed array of zeros. */
export function createData<D extends DType>(dtype: D, length: number): DTypeArrays[D] {
  return typedArrayOver(dtype, new ArrayBuffer(length * bytesPerElement(dtype)), 0, length);
}

/** True when a typed array is of the class that holds this dtype. */
export function holdsDType(data: ArrayBufferView, dtype: DType): boolean {
  return data instanceof dtypes[dtype].array;
}
