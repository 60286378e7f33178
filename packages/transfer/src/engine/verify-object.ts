import { crc32 } from 'node:zlib'
import type { Checksums, Expected } from '../bytes/rules/expected.ts'
import { checkDeclaredDigests, checkWhole } from '../bytes/rules/integrity.ts'
import { type FoundDigests, openInOrderDigests } from '../bytes/streaming-digests.ts'
import type { DeclaredDigest } from '../source/rules/declared-digests.ts'
import { StorageUnavailable } from '../storage/object-store.ts'
import { crc32Base64 } from '../storage/rules/crc.ts'
import { type DownloadContext, type DownloadPorts, factsOf } from './download-context.ts'
import { DownloadSuperseded } from './download-journal.ts'
import type { Transfer } from './download-state.ts'

const shown = ['sha256', 'md5'] as const

/** The digests that have to be computed besides the CRC-32. */
export function digestsWanted(expected: Expected | null, declared: readonly DeclaredDigest[]) {
  const asked = shown.filter((algorithm) => expected?.[algorithm] !== undefined)
  return new Set([...asked, ...declared.map(({ algorithm }) => algorithm)])
}

/**
 * Checks the bytes and records that all of them are in storage. From here on the next attempt asks storage, not the origin.
 * Digests that could not be computed as the bytes came are left to {@link verifyStored}. Throws TransferError, DownloadSuperseded.
 */
export async function finalizeDownload(
  context: DownloadContext,
  transfer: Transfer,
  bytes: number,
  crc32: number,
): Promise<Transfer> {
  const { request, journal, digests, compared } = context
  // Some of the bytes that came were only compared, so it is the stored object that has to be right.
  const found = compared.length > 0 ? null : digests.found(bytes)
  const checksums = checkBytes(request.expected, transfer.declared, { bytes, crc32 }, found)
  const finalized = { ...transfer, sealed: { bytes, checksums, verified: found !== null } }
  if (!(await journal.finalize(finalized, factsOf(context)))) throw new DownloadSuperseded()
  return finalized
}

/**
 * Resolves with the checksums of the whole object. When a crash or the order of the bytes has prevented a digest that is needed,
 * the object is read again. Throws TransferError, StorageUnavailable.
 */
export async function verifyStored(
  { objects }: Pick<DownloadPorts, 'objects'>,
  expected: Expected | null,
  { key, declared, sealed }: Transfer,
  signal: AbortSignal,
): Promise<Checksums> {
  const { bytes, checksums, verified } = sealed!
  if (verified) return checksums
  const again = await openInOrderDigests(digestsWanted(expected, declared))
  let crc = 0
  let offset = 0
  for await (const chunk of objects.read(key, signal)) {
    crc = crc32(chunk, crc)
    again.add(offset, chunk)
    offset += chunk.byteLength
  }
  if (crc32Base64(crc) !== checksums.crc32) throw new StorageUnavailable('storage has other bytes than it was given')
  return checkBytes(expected, declared, { bytes, crc32: crc }, again.found(offset))
}

/** `found` null: checks of digests that need the file in order are left out. */
function checkBytes(
  expected: Expected | null,
  declared: readonly DeclaredDigest[],
  { bytes, crc32 }: { bytes: number; crc32: number },
  found: FoundDigests | null,
): Checksums {
  const checksums: Checksums = { crc32: crc32Base64(crc32) }
  for (const algorithm of shown) if (found?.[algorithm] !== undefined) checksums[algorithm] = found[algorithm]
  const { sha256: _sha256, md5: _md5, ...inAnyOrder } = expected ?? {}
  checkWhole(found ? expected : inAnyOrder, bytes, checksums)
  checkDeclaredDigests(declared, { ...found, crc32: crc32.toString(16).padStart(8, '0') })
  return checksums
}
