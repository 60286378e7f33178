import { randomBytes } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import type { Writing } from '../object-store.ts'
import { onDisk } from './errors.ts'

/** The steps of a write on disk. */
interface FileWrite {
  bytes: number
  /** The offset of the first byte in the file. */
  offset: number
  open(): Promise<FileHandle>
  /** Called when all bytes are written. Makes them durable, closes the file, and returns the receipt. */
  settle(file: FileHandle, receipt: string): Promise<void>
  /** Called when the write failed or was aborted. Closes the file, and leaves nothing that counts as stored. */
  undo(file: FileHandle): Promise<void>
}

/** Writes every chunk to its place as it comes (pwrite), several at once. */
export function openFileWrite({ bytes, offset, open, settle, undo }: FileWrite, signal?: AbortSignal): Writing {
  let announced = bytes
  let at = offset
  let isOver = false
  const pending = new Set<Promise<void>>()
  const opening = open()
  let failed: (error: unknown) => void = () => {}
  let filled: () => void = () => {}
  const allWritten = new Promise<void>((resolve, reject) => {
    filled = resolve
    failed = reject
  })
  allWritten.catch(() => {})
  const abort = () => {
    isOver = true
    failed(signal?.aborted ? signal.reason : new Error('the write was given up'))
  }
  const work = async (): Promise<string> => {
    const file = await opening
    try {
      await allWritten
      await Promise.all(pending)
      const receipt = randomBytes(8).toString('hex')
      await settle(file, receipt)
      return receipt
    } catch (error) {
      isOver = true
      await Promise.allSettled(pending)
      await undo(file)
      throw error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }
  const stored = onDisk(work)
  stored.catch(() => {})
  signal?.addEventListener('abort', abort, { once: true })
  if (signal?.aborted) abort()
  else if (bytes === 0) filled()
  return {
    write(chunk, release) {
      if (chunk.byteLength > announced) throw new RangeError('more bytes than were announced')
      announced -= chunk.byteLength
      const position = at
      at += chunk.byteLength
      if (isOver) return release()
      const written = opening
        .then((file) => writeAt(file, chunk, position))
        .catch(failed)
        .finally(() => {
          pending.delete(written)
          release()
        })
      pending.add(written)
      if (announced === 0) filled()
    },
    stored,
    abort,
  }
}

async function writeAt(file: FileHandle, chunk: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < chunk.byteLength; ) {
    const { bytesWritten } = await file.write(chunk, done, chunk.byteLength - done, position + done)
    done += bytesWritten
  }
}
