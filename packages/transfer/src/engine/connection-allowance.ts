import type { DownloadContext } from './download-context.ts'
import { DownloadSuperseded } from './download-journal.ts'
import { grow, mostConnections, startGrowth } from './rules/connection-growth.ts'

/** How often the journal is asked whether the connections may be kept. */
const askEveryMs = 1_000

/** The number of connections that a download may use at the moment. */
export interface TransferConnections {
  readonly allowed: number
  /**
   * Reports a measurement with `used` connections. Afterwards one more may be allowed, or fewer. `isHeldBack`: by the pace, which
   * says nothing of the connections. Throws DownloadSuperseded.
   */
  measured(bytesPerSecond: number, used: number, remainingBytes: number, isHeldBack?: boolean): Promise<void>
  /** Reports that the origin refused or dropped a connection. From now on only the `used` ones that are left are allowed. */
  refused(used: number): void
}

/** Allows one connection, and more while that makes the download quicker and the journal grants them. `mayGrow` false: one. */
export function createTransferConnections(
  { ports, state, journal }: Pick<DownloadContext, 'ports' | 'state' | 'journal'>,
  { mayGrow, parts }: { mayGrow: boolean; parts: number },
): TransferConnections {
  const { nowMs } = ports
  const most = mayGrow ? mostConnections({ parts, attempt: state.attempt }) : 1
  let allowed = 1
  let growth = startGrowth
  let askedAt = nowMs()
  /** The last request for one more was denied: it is not repeated at every measurement. */
  let isDenied = false
  const ask = async (wanted: number) => {
    askedAt = nowMs()
    const granted = await journal.useConnections(wanted)
    if (granted === 'superseded') throw new DownloadSuperseded()
    return granted === 'unavailable' ? Math.min(allowed, wanted) : granted
  }
  return {
    get allowed() {
      return allowed
    },
    async measured(bytesPerSecond, used, remainingBytes, isHeldBack = false) {
      const mayAsk = nowMs() - askedAt >= askEveryMs
      if (used >= allowed && !isHeldBack && (mayAsk || !isDenied)) {
        const remainingSeconds = remainingBytes / bytesPerSecond
        const { add, growth: next } = grow(growth, { bytesPerSecond, remainingSeconds }, most)
        const granted = add ? await ask(allowed + 1) : 0
        if (!add || granted > allowed) growth = next
        isDenied = add && granted <= allowed
        allowed = Math.max(allowed, granted)
      }
      if (allowed > 1 && mayAsk) allowed = Math.min(allowed, await ask(allowed))
    },
    refused(used) {
      growth = { ...growth, settled: true }
      allowed = Math.max(1, Math.min(allowed, used))
    },
  }
}
