import type { Progress } from './download-state.ts'

/** The bytes that have come for each part, as the download's progress shows them. */
export interface ReceivedBytes {
  /** All bytes so far, those of lost parts included, for measuring the rate. */
  arrived(): number
  add(index: number, bytes: number): void
  /** The parts from `index` to before `end` are lost and will be fetched again. The progress goes back by their bytes. */
  forget(index: number, end: number): void
}

/** Adds to `progress`, which may count the bytes of kept parts already. */
export function countReceivedBytes(progress: Progress, parts: number): ReceivedBytes {
  const received = new Array<number>(parts).fill(0)
  let arrived = 0
  return {
    arrived: () => arrived,
    add(index, bytes) {
      received[index]! += bytes
      arrived += bytes
      progress.bytesReceived += bytes
    },
    forget(index, end) {
      for (let at = index; at < end; at++) {
        progress.bytesReceived -= received[at]!
        received[at] = 0
      }
    },
  }
}
