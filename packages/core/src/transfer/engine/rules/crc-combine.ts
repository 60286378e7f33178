/**
 * CRC-32 (ISO-HDLC, as zlib and S3 compute it) of two runs of bytes from the CRCs of each and the length of the second.
 * Costs next to nothing for a length that was asked for before.
 */
export function combineCrc32(first: number, second: number, secondBytes: number): number {
  return Number(combine(crc32, BigInt(first >>> 0), BigInt(second >>> 0), secondBytes))
}

/** The same for CRC-32C (Castagnoli, RFC 9260 appendix A). */
export function combineCrc32c(first: number, second: number, secondBytes: number): number {
  return Number(combine(crc32c, BigInt(first >>> 0), BigInt(second >>> 0), secondBytes))
}

/** The same for CRC-64/NVME. */
export function combineCrc64Nvme(first: bigint, second: bigint, secondBytes: number): bigint {
  return combine(crc64Nvme, first, second, secondBytes)
}

/** A CRC whose bits are reflected and whose start and final mask are all ones; for such ones the masks cancel out in `combine`. */
interface ReflectedCrc {
  /** Its top bit is the coefficient of x^0. */
  readonly polynomial: bigint
  readonly topBit: bigint
  /** x^(2^k) at k, filled as far as it was needed. */
  readonly squares: bigint[]
  /** x^(8 × length) by length; the newest, because what is left for the last part can be any length. */
  readonly shifts: Map<number, bigint>
}
const crc32 = reflectedCrc(32n, 0xedb88320n)
const crc32c = reflectedCrc(32n, 0x82f63b78n)
const crc64Nvme = reflectedCrc(64n, 0x9a6c9329ac4bc9b5n)
const keptShifts = 64

function reflectedCrc(bits: bigint, polynomial: bigint): ReflectedCrc {
  return { polynomial, topBit: 1n << (bits - 1n), squares: [1n << (bits - 2n)], shifts: new Map() }
}

/** To append bytes is to multiply by x^(8 × their number) and to add, over GF(2), modulo the polynomial. */
function combine(crc: ReflectedCrc, first: bigint, second: bigint, secondBytes: number): bigint {
  // The CRC of nothing: files of one part come here too.
  if (first === 0n) return second
  return multiply(crc, shiftBy(crc, secondBytes), first) ^ second
}

function shiftBy(crc: ReflectedCrc, bytes: number): bigint {
  const known = crc.shifts.get(bytes)
  if (known !== undefined) return known
  let shift = crc.topBit
  // x^8 is the square at 3.
  for (let rest = bytes, k = 3; rest > 0; rest = Math.floor(rest / 2), k++)
    if (rest % 2 === 1) shift = multiply(crc, squareAt(crc, k), shift)
  if (crc.shifts.size >= keptShifts) crc.shifts.delete(crc.shifts.keys().next().value!)
  crc.shifts.set(bytes, shift)
  return shift
}

function squareAt(crc: ReflectedCrc, k: number): bigint {
  for (let last = crc.squares.length - 1; last < k; last++)
    crc.squares.push(multiply(crc, crc.squares[last]!, crc.squares[last]!))
  return crc.squares[k]!
}

function multiply({ polynomial, topBit }: ReflectedCrc, left: bigint, right: bigint): bigint {
  let sum = 0n
  for (let bit = topBit, power = right; bit > 0n; bit >>= 1n) {
    if (left & bit) sum ^= power
    power = power & 1n ? (power >> 1n) ^ polynomial : power >> 1n
  }
  return sum
}

/** A CRC-32 or CRC-32C as S3 writes it: base64 of four big-endian bytes. */
export function crc32Base64(crc: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc >>> 0)
  return bytes.toString('base64')
}

/** A CRC-64/NVME as S3 writes it: base64 of eight big-endian bytes. */
export function crc64NvmeBase64(crc: bigint): string {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(crc)
  return bytes.toString('base64')
}

/** A CRC-32 given as base64 of four bytes or eight hex digits; null when it is neither. */
export function parseCrc32(text: string): number | null {
  if (/^[0-9a-f]{8}$/i.test(text)) return Number.parseInt(text, 16)
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === 4 && bytes.toString('base64') === text ? bytes.readUInt32BE() : null
}
