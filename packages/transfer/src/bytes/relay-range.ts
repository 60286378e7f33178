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

/** The relay of one run, over one connection after the other. */
interface RunRelay {
  /** The offset of the next byte. */
  position(): number
  /**
   * Relays a response that begins with the byte at `position` and ends before the part at index `askedEnd`. Resolves when the run has
   * come to its end. Throws what the source throws; then another response may go on.
   */
  read(response: SourceResponse, askedEnd: number): Promise<void>
  /** Resolves when storage has taken all bytes so far. Throws the signal's reason. */
  released(signal: AbortSignal): Promise<void>
  /** Gives up the part that has begun. Those for which `onPart` was not called have not been fetched. */
  abort(): void
}

/** Relays a run's bytes into storage, part after part from the one at index `first`. */
export function openRelay(first: number, target: RelayTarget): RunRelay {
  const { plan } = target
  let index = first
  let part = plan[index]!
  let left = part.bytes
  let crc = 0
  let writing = target.open(index)
  let isOver = false
  /** Chunks that storage has not released. */
  let inUse = 0
  let onReleased = () => {}
  return {
    position: () => part.offset + part.bytes - left,
    abort: () => writing.abort(),
    async released(signal) {
      signal.throwIfAborted()
      if (inUse === 0) return
      await new Promise<void>((resolve, reject) => {
        const onAbort = () => reject(signal.reason)
        signal.addEventListener('abort', onAbort, { once: true })
        onReleased = () => {
          signal.removeEventListener('abort', onAbort)
          resolve()
        }
      })
    },
    async read(response, askedEnd) {
      /** All bytes that were asked for are there. The run may have become longer since. */
      let isRead = false
      const relay = (bytes: Uint8Array, release: () => void) => {
        let users = 1
        inUse += 1
        const done = () => {
          users -= 1
          if (users > 0) return
          release()
          inUse -= 1
          if (inUse === 0) onReleased()
        }
        let rest = bytes
        while (rest.byteLength > 0 && !isRead) {
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
          isRead = isOver || index >= askedEnd
          if (isOver) continue
          part = plan[index]!
          left = part.bytes
          crc = 0
          writing = target.open(index)
        }
        done()
        // The bytes asked for beyond the end are another run's now, and bytes that were not asked for may have no end.
        if (isRead && (index < askedEnd || rest.byteLength > 0)) response.discard()
      }
      try {
        await response.read(relay)
      } catch (error) {
        if (!isRead) throw error
      }
      if (!isOver) throw new TransferError('networkConnectionLost', 'the body ended too early')
    },
  }
}
