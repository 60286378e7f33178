/**
 * CRC-32 (ISO-HDLC, as zlib and S3 compute it) of two runs of bytes from the CRCs of each and the length of the second.
 * A length that was used before costs next to nothing.
 *
 * To append bytes is to multiply by x^(8 × their number) and to add, over GF(2), modulo the polynomial. The CRC's bits are
 * reflected, and its start and final mask are all ones: for such a CRC the masks cancel out.
 */
export function combineCrc32(first: number, second: number, secondBytes: number): number {
  // The CRC of nothing: files of one part come here too.
  if (first === 0) return second >>> 0
  return Number(multiply(shiftBy(secondBytes), BigInt(first >>> 0)) ^ BigInt(second >>> 0))
}

const polynomial = 0xedb88320n
/** The coefficient of x^0. */
const topBit = 1n << 31n
/** x^(2^k) at k, filled as far as it was needed. */
const squares = [1n << 30n]
/** x^(8 × length) by length; the newest, because what is left for the last part can be any length. */
const shifts = new Map<number, bigint>()
const keptShifts = 64

function shiftBy(bytes: number): bigint {
  const known = shifts.get(bytes)
  if (known !== undefined) return known
  let shift = topBit
  // x^8 is the square at 3.
  for (let rest = bytes, k = 3; rest > 0; rest = Math.floor(rest / 2), k++)
    if (rest % 2 === 1) shift = multiply(squareAt(k), shift)
  if (shifts.size >= keptShifts) shifts.delete(shifts.keys().next().value!)
  shifts.set(bytes, shift)
  return shift
}

function squareAt(k: number): bigint {
  for (let last = squares.length - 1; last < k; last++) squares.push(multiply(squares[last]!, squares[last]!))
  return squares[k]!
}

function multiply(left: bigint, right: bigint): bigint {
  let sum = 0n
  for (let bit = topBit, power = right; bit > 0n; bit >>= 1n) {
    if (left & bit) sum ^= power
    power = power & 1n ? (power >> 1n) ^ polynomial : power >> 1n
  }
  return sum
}
