import { TransferError } from '../../http/rules/transfer-error.ts'
import type { DeclaredDigest, DigestAlgorithm } from '../../source/rules/declared-digests.ts'
import { isSameMediaType } from '../../source/rules/media-type.ts'
import { crc32Base64, parseCrc32 } from '../../storage/rules/crc.ts'
import type { Checksums, Expected } from './expected.ts'

/** Checks the head of a response against the client's limits. Throws TransferError. */
export function checkDeclared(
  limits: { maximumBytes: number | null; expected: Expected | null },
  declared: { total: number | null; mimeType: string | null },
): void {
  const { maximumBytes, expected } = limits
  if (declared.total !== null) checkSize(maximumBytes, declared.total)
  if (declared.total !== null && expected?.bytes !== undefined && declared.total !== expected.bytes)
    throw new TransferError(
      'length_mismatch',
      `the origin declares ${declared.total} bytes, ${expected.bytes} were expected`,
    )
  const allowed = expected?.mimeTypes
  const mimeType = (declared.mimeType ?? '').toLowerCase()
  if (allowed && !allowed.some((type) => isSameMediaType(type.toLowerCase(), mimeType)))
    throw new TransferError('mime_type_mismatch', `the origin sent ${declared.mimeType ?? 'no media type'}`)
}

/** To be called as bytes arrive, because `maximumBytes` is a hard limit. Throws TransferError. */
export function checkSize(maximumBytes: number | null, bytes: number): void {
  if (maximumBytes !== null && bytes > maximumBytes)
    throw new TransferError('dataLengthExceedsMaximum', `the file is larger than maximumBytes (${maximumBytes})`)
}

/** Checks the whole file against the client's conditions. Throws TransferError. */
export function checkWhole(expected: Expected | null, bytes: number, checksums: Checksums): void {
  if (!expected) return
  if (expected.bytes !== undefined && expected.bytes !== bytes)
    throw new TransferError('length_mismatch', `the file has ${bytes} bytes, ${expected.bytes} were expected`)
  const pairs: [string, string | undefined, string | undefined][] = [
    ['SHA-256', expected.sha256?.toLowerCase(), checksums.sha256],
    ['MD5', expected.md5?.toLowerCase(), checksums.md5],
    ['CRC-32', canonicalCrc32(expected.crc32), checksums.crc32],
  ]
  for (const [name, wanted, found] of pairs)
    if (wanted !== undefined && wanted !== found)
      throw new TransferError('checksum_mismatch', `the file's ${name} is ${found}, ${wanted} was expected`)
}

const algorithmNames: Record<DigestAlgorithm, string> = {
  crc32: 'CRC-32',
  crc32c: 'CRC-32C',
  md5: 'MD5',
  sha256: 'SHA-256',
  sha512: 'SHA-512',
}

/**
 * Checks the whole file against the digests that the origin declared, as far as they were computed. `found` is in lower-case hex at
 * full length; a digest that is not in it is not checked. Throws TransferError.
 */
export function checkDeclaredDigests(
  declared: readonly DeclaredDigest[],
  found: Readonly<Partial<Record<DigestAlgorithm, string>>>,
): void {
  for (const { algorithm, hex, source } of declared) {
    const own = found[algorithm]
    if (own !== undefined && own !== hex)
      throw new TransferError(
        'checksum_mismatch',
        `the file's ${algorithmNames[algorithm]} is ${own}, the origin declares ${hex} (${source})`,
      )
  }
}

function canonicalCrc32(text: string | undefined): string | undefined {
  const value = text === undefined ? null : parseCrc32(text)
  return value === null ? text : crc32Base64(value)
}
