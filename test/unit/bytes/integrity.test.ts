import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Expected } from '#transfer/bytes/rules/expected.ts'
import { checkDeclared, checkDeclaredDigests, checkSize, checkWhole } from '#transfer/bytes/rules/integrity.ts'
import { TransferError } from '#transfer/http/rules/transfer-error.ts'
import type { DigestAlgorithm } from '#transfer/source/rules/declared-digests.ts'
import { crc32Base64 } from '#transfer/storage/rules/crc.ts'

const failureOf = (check: () => void): string | null => {
  try {
    check()
    return null
  } catch (error) {
    if (error instanceof TransferError) return error.failure
    throw error
  }
}
const hex = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex')
const checksums = {
  crc32: crc32Base64(crc32('hello')),
  sha256: hex('sha256', 'hello'),
  md5: hex('md5', 'hello'),
}

describe('what the head of a response declares', () => {
  const declared = (
    expected: Expected | null,
    total: number | null,
    mimeType: string | null,
    maximumBytes: number | null = null,
  ) => failureOf(() => checkDeclared({ maximumBytes, expected }, { total, mimeType }))

  it('passes where nothing was asked for', () => expect(declared(null, 5, null)).toBeNull())
  it('passes where it says nothing of the length', () => expect(declared({ bytes: 5 }, null, null, 5)).toBeNull())

  it.each([
    [5, null],
    [6, 'dataLengthExceedsMaximum'],
    [0, null],
  ])('of %d bytes against a maximum of 5: %s', (total, failure) => expect(declared(null, total, null, 5)).toBe(failure))

  it.each([
    [5, null],
    [4, 'length_mismatch'],
    [0, 'length_mismatch'],
  ])('of %d bytes where 5 are expected: %s', (total, failure) =>
    expect(declared({ bytes: 5 }, total, null)).toBe(failure),
  )

  it.each([
    ['application/gzip', null],
    ['Application/GZIP', null],
    ['text/html', 'mime_type_mismatch'],
    [null, 'mime_type_mismatch'],
  ])('of the type %s against the expected ones: %s', (type, failure) => {
    expect(declared({ mimeTypes: ['text/csv', 'application/GZip'] }, null, type)).toBe(failure)
  })
})

describe('the size while bytes arrive', () => {
  it('has a hard limit, if any', () => {
    expect(failureOf(() => checkSize(10, 10))).toBeNull()
    expect(failureOf(() => checkSize(10, 11))).toBe('dataLengthExceedsMaximum')
    expect(failureOf(() => checkSize(null, 1e15))).toBeNull()
  })
})

describe('the whole file', () => {
  const whole = (expected: Expected | null, bytes = 5) => failureOf(() => checkWhole(expected, bytes, checksums))

  it.each([
    null,
    {},
    { bytes: 5 },
    { sha256: checksums.sha256 },
    { sha256: checksums.sha256.toUpperCase() },
    { md5: checksums.md5.toUpperCase() },
    { crc32: checksums.crc32 },
    { crc32: crc32('hello').toString(16).padStart(8, '0') },
    { crc32: crc32('hello').toString(16).padStart(8, '0').toUpperCase() },
    { bytes: 5, ...checksums },
  ] as (Expected | null)[])('passes with what fits: %j', (expected) => expect(whole(expected)).toBeNull())

  it.each([
    [{ bytes: 6 }, 'length_mismatch'],
    [{ bytes: 0 }, 'length_mismatch'],
    [{ sha256: hex('sha256', 'hullo') }, 'checksum_mismatch'],
    [{ md5: hex('md5', 'hullo') }, 'checksum_mismatch'],
    [{ crc32: crc32Base64(crc32('hullo')) }, 'checksum_mismatch'],
    [{ ...checksums, md5: hex('md5', 'hullo') }, 'checksum_mismatch'],
    [{ crc32: 'nonsense' }, 'checksum_mismatch'],
  ] as [Expected, string][])('does not pass with %j', (expected, failure) => expect(whole(expected)).toBe(failure))

  it('does not pass when a digest that was asked for is not there', () => {
    expect(failureOf(() => checkWhole({ sha256: checksums.sha256 }, 5, { crc32: checksums.crc32 }))).toBe(
      'checksum_mismatch',
    )
  })
})

describe('what the origin declares of the whole file', () => {
  const own = { sha256: hex('sha256', 'hello'), md5: hex('md5', 'hello') }
  const declares = (...digests: [DigestAlgorithm, string, string][]) =>
    digests.map(([algorithm, hex, source]) => ({ algorithm, hex, source }))

  it.each([
    [declares(), own],
    [declares(['sha256', own.sha256, 'Repr-Digest'], ['md5', own.md5, 'Content-MD5']), own],
    // This digest was not computed.
    [declares(['sha512', hex('sha512', 'other'), 'Digest']), own],
    [declares(['sha256', own.sha256, 'Digest']), {}],
  ])('fits: %j', (declared, found) => expect(failureOf(() => checkDeclaredDigests(declared, found))).toBeNull())

  it.each([
    ['sha256', 'SHA-256', 'Repr-Digest'],
    ['sha512', 'SHA-512', 'Digest'],
    ['md5', 'MD5', 'Content-MD5'],
    ['crc32', 'CRC-32', 'x-amz-checksum-crc32'],
    ['crc32c', 'CRC-32C', 'x-goog-hash'],
  ] as const)('does not fit: %s, said with both values and the field', (algorithm, name, source) => {
    const declared = declares(['md5', own.md5, 'Digest'], [algorithm, 'aa', source])
    const check = () => checkDeclaredDigests(declared, { ...own, [algorithm]: algorithm === 'md5' ? own.md5 : 'bb' })
    const found = algorithm === 'md5' ? own.md5 : 'bb'
    expect(failureOf(check)).toBe('checksum_mismatch')
    expect(check).toThrow(`the file's ${name} is ${found}, the origin declares aa (${source})`)
  })

  it('does not fit when one of two fields says something else', () => {
    const declared = declares(['sha256', own.sha256, 'Repr-Digest'], ['sha256', hex('sha256', 'other'), 'Digest'])
    expect(failureOf(() => checkDeclaredDigests(declared, own))).toBe('checksum_mismatch')
  })
})
