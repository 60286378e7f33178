import type { Transaction } from '../http/rules/transaction.ts'
import type { BackgroundWork } from './background-work.ts'
import type { DownloadContext } from './download-context.ts'

/** A connection that is lost so soon after the second one began is lost because of it: either of the two is closed then. */
const soonMs = 1_000

/** Finds out whether the origin bears more than one connection of a download. If not, the journal remembers it. */
export interface SecondConnection {
  /** A connection has begun: now there are `count`. */
  began(count: number): void
  /** A further connection was not granted, with `count` others. */
  wasRefused(count: number, transactions: readonly Transaction[]): void
  /** One of `count` connections is lost. True: because of the other one, which is to go on alone. */
  wasLost(count: number, transactions: readonly Transaction[]): boolean
}

export function watchSecondConnection(
  { journal, ports }: Pick<DownloadContext, 'journal' | 'ports'>,
  work: Pick<BackgroundWork, 'track'>,
): SecondConnection {
  let beganAt: number | null = null
  /** The only connection was lost before: then another loss has nothing to do with the second one. */
  let isFlaky = false
  const note = (transactions: readonly Transaction[]) => {
    const asked = transactions.at(-1)
    // A failure is ignored, because nothing depends on this note.
    if (asked) work.track(journal.noteSecondRefused(new URL(asked.url).host).catch(() => {}))
  }
  return {
    began(count) {
      if (count > 1) beganAt ??= ports.nowMs()
    },
    wasRefused(count, transactions) {
      // Of a third one it is no news, and of the only one it has another reason.
      if (count === 1 && beganAt === null) note(transactions)
    },
    wasLost(count, transactions) {
      isFlaky ||= count === 1
      if (isFlaky || count !== 2 || beganAt === null || ports.nowMs() - beganAt > soonMs) return false
      note(transactions)
      return true
    },
  }
}
