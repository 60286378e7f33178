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
