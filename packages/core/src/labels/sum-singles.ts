const blockLength = 128;
const lanes = 8;

/**
 * The sum of single-precision numbers with every step rounded, in the order of NumPy's pairwise summation (`pairwise_sum` of
 * numpy/_core/src/umath/loops_utils.h.src), so that sums of IoU equal upstream's to the last bit.
 */
export function sumSingles(values: readonly number[], from = 0, to = values.length): number {
  const length = to - from;
  if (length < lanes) {
    let sum = 0;
    for (let index = from; index < to; index += 1) sum = Math.fround(sum + values[index]!);
    return sum;
  }
  if (length > blockLength) {
    const half = length >> 1;
    const middle = from + half - (half % lanes);
    return Math.fround(sumSingles(values, from, middle) + sumSingles(values, middle, to));
  }
  const sums = Float32Array.from(values.slice(from, from + lanes));
  const end = to - (length % lanes);
  for (let index = from + lanes; index < end; index += 1) sums[(index - from) % lanes]! += values[index]!;
  const pair = (first: number): number => Math.fround(sums[first]! + sums[first + 1]!);
  let sum = Math.fround(Math.fround(pair(0) + pair(2)) + Math.fround(pair(4) + pair(6)));
  for (let index = end; index < to; index += 1) sum = Math.fround(sum + values[index]!);
  return sum;
}
