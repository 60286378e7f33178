import type { Expected } from '../bytes/rules/expected.ts'
import { type Sniffed, sniff, sniffedBytes } from '../http/rules/sniff.ts'
import type { SourceResponse } from '../source/source.ts'
import { type ObjectStore, StorageUnavailable } from '../storage/object-store.ts'
import type { TransferFacts } from './download-state.ts'

/** A response whose first bytes are looked at as they pass. Nothing is fetched or delayed for it. */
export interface WatchedResponse extends SourceResponse {
  /** What the bytes that have come so far look like; undefined while none have come. */
  sniffed(): Sniffed | null | undefined
}

export function watchFirstBytes(response: SourceResponse): WatchedResponse {
  const head: Uint8Array[] = []
  let missing = sniffedBytes
  return {
    ...response,
    sniffed: () => (head.length > 0 ? sniff(Buffer.concat(head)) : undefined),
    read: (consumer) =>
      response.read((bytes, release) => {
        if (missing > 0) {
          // A copy, because the buffer will be read into again.
          const piece = Uint8Array.prototype.slice.call(bytes, 0, missing)
          head.push(piece)
          missing -= piece.byteLength
        }
        consumer(bytes, release)
      }),
  }
}

/**
 * The facts with what the stored object looks like, where an earlier attempt has fetched its first bytes and could not record it. A
 * file whose digest the client has checked is not looked at.
 */
export async function sniffStored(
  objects: Pick<ObjectStore, 'read'>,
  { key, bytes, expected }: { key: string; bytes: number; expected: Expected | null },
  facts: TransferFacts,
  signal: AbortSignal,
): Promise<TransferFacts> {
  const isChecked = expected?.sha256 !== undefined || expected?.md5 !== undefined || expected?.crc32 !== undefined
  if (facts.response.sniffed !== undefined || bytes === 0 || isChecked) return facts
  try {
    for await (const head of objects.read(key, signal))
      return { ...facts, response: { ...facts.response, sniffed: sniff(head.subarray(0, sniffedBytes)) } }
  } catch (error) {
    // It is for a warning only.
    if (!(error instanceof StorageUnavailable)) throw error
  }
  return facts
}
