import { crc32 } from 'node:zlib'
import { TransferError } from '../http/rules/transfer-error.ts'
import type { SourceResponse } from '../source/source.ts'
import type { Writing } from '../storage/object-store.ts'
import type { PlannedPart } from './rules/part-plan.ts'

/** The receiving side of a run's bytes. */
export interface RelayTarget {
  plan: readonly PlannedPart[]
  /** The index behind the run's last part. It can become smaller while the run is relayed. */
  end(): number
  /** Opens the write of a part, by its index. */
  open(index: number): Writing
  onBytes(index: number, offset: number, bytes: Uint8Array): void
  /** All bytes of the part have been handed to storage, which has not confirmed them yet. */
  onPart(index: number, writing: Writing, crc32: number): void
}

/**
 * Relays the response's bytes into storage, part after part from the one at index `first`, until the run has come to its end.
 * Throws what the source throws. Then the parts for which `onPart` was not called have not been fetched.
 */
export async function relayRun(response: SourceResponse, first: number, target: RelayTarget): Promise<void> {
  const { plan } = target
  const askedEnd = target.end()
  let index = first
  let part = plan[index]!
  let left = part.bytes
  let crc = 0
  let writing = target.open(index)
  let isOver = false

  const relay = (bytes: Uint8Array, release: () => void) => {
    let users = 1
    const done = () => {
      users -= 1
      if (users === 0) release()
    }
    let rest = bytes
    while (rest.byteLength > 0 && !isOver) {
      const piece = rest.subarray(0, left)
      rest = rest.subarray(piece.byteLength)
      crc = crc32(piece, crc)
      target.onBytes(index, part.offset + part.bytes - left, piece)
      left -= piece.byteLength
      users += 1
      writing.write(piece, done)
      if (left > 0) continue
      target.onPart(index, writing, crc)
      index += 1
      isOver = index >= target.end()
      if (isOver) continue
      part = plan[index]!
      left = part.bytes
      crc = 0
      writing = target.open(index)
    }
    done()
    // The bytes asked for beyond the end are another run's now, and bytes that were not asked for may have no end.
    if (isOver && (index < askedEnd || rest.byteLength > 0)) response.discard()
  }
  try {
    await response.read(relay)
    if (!isOver) throw new TransferError('networkConnectionLost', 'the body ended too early')
  } catch (error) {
    if (isOver) return
    writing.abort()
    throw error
  }
}
