import type { Pace } from './pace.ts'

/** Takes what a connection reads. */
export interface Reader {
  /** The bytes are the reader's until it calls `release`. */
  bytes(chunk: Buffer, release: () => void): void
  /** The other side has ended (null), or the connection broke. No bytes come afterwards. */
  end(error: Error | null): void
}

/** The reading side of a connection. */
export interface Receiving {
  /** Nothing is read, because the reader has not released what it has or has called `pause`, or to keep the pace. */
  isPaused(): boolean
  /** Sets the reader from now on. Bytes that come while there is none were not asked for, and break the connection. */
  setReader(reader: Reader | null): void
  pause(): void
  resume(): void
  /** From now on what is read counts for this pace, and is read in small pieces; null: for none, as at first. */
  setPace(pace: Pace | null): void
  /** From now on the connection is also held back to its pace. */
  keepPace(): void
}

/** A connection's current reader, and how the connection has ended. */
interface ReaderSlot {
  reader(): Reader | null
  /** A reader that is set after the end was reported is told of it at once. */
  set(next: Reader | null): void
  /** The connection has ended. Only the first call counts. */
  end(error: Error | null): void
  /** Reports the end to the reader, once, if the connection has ended and the reader has got everything before the end. */
  reportEnd(): void
}

/** `hasAll`: the reader has got everything that came. */
export function createReaderSlot(hasAll: () => boolean = () => true): ReaderSlot {
  let reader: Reader | null = null
  let outcome: { error: Error | null } | null = null
  let isReported = false
  const reportEnd = () => {
    if (outcome === null || isReported || !hasAll()) return
    isReported = true
    reader?.end(outcome.error)
  }
  return {
    reader: () => reader,
    set(next) {
      reader = next
      if (isReported) next?.end(outcome!.error)
    },
    end(error) {
      outcome ??= { error }
      reportEnd()
    },
    reportEnd,
  }
}

export function unasked(): Error {
  return new Error('bytes that nobody asked for')
}

export function closed(): Error {
  return Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })
}
