/** CRC-32 (ISO-HDLC, as zlib and S3 compute it) of two runs of bytes from the CRCs of each: zlib's crc32_combine, over GF(2). */
export function combineCrc32(first: number, second: number, secondBytes: number): number {
  let crc = first >>> 0
  let bytes = secondBytes
  // The operator that appends one zero byte, squared for each binary digit of the length.
  let operator = square(square(square(oneZeroBit())))
  while (bytes > 0) {
    if (bytes % 2 === 1) crc = apply(operator, crc)
    bytes = Math.floor(bytes / 2)
    if (bytes > 0) operator = square(operator)
  }
  return (crc ^ second) >>> 0
}

function oneZeroBit(): Uint32Array {
  const matrix = new Uint32Array(32)
  matrix[0] = 0xedb88320
  for (let bit = 1; bit < 32; bit++) matrix[bit] = (1 << (bit - 1)) >>> 0
  return matrix
}

function apply(matrix: Uint32Array, vector: number): number {
  let sum = 0
  for (let bit = 0, rest = vector; rest !== 0; bit++, rest >>>= 1) if (rest & 1) sum ^= matrix[bit]!
  return sum >>> 0
}

function square(matrix: Uint32Array): Uint32Array {
  return matrix.map((row) => apply(matrix, row))
}

/** A CRC-32 as S3 writes it: base64 of four big-endian bytes. */
export function crc32Base64(crc: number): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc >>> 0)
  return bytes.toString('base64')
}

/** A CRC-32 given as base64 of four bytes or eight hex digits; null when it is neither. */
export function parseCrc32(text: string): number | null {
  if (/^[0-9a-f]{8}$/i.test(text)) return Number.parseInt(text, 16)
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === 4 && bytes.toString('base64') === text ? bytes.readUInt32BE() : null
}
