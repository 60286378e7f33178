import { setTimeout as sleep } from 'node:timers/promises'
import { TransferError } from '../http/rules/transfer-error.ts'
import { factsWithNote } from '../source/response-facts.ts'
import { isTagUnstable, saidVersion, validatorUnstable } from '../source/rules/unstable-validator.ts'
import type { SourceResponse } from '../source/source.ts'
import type { AskedRange } from './ask-for-range.ts'
import type { DownloadContext } from './download-context.ts'
import { afterBreak, defaultReconnectPolicy, isBreak, isBusy, noBreaks } from './rules/reconnect-policy.ts'

interface Continuation {
  response: SourceResponse
  /** Length of the whole resource. */
  total: number
}

/** Goes on with one run, or one body, each time that its connection breaks. */
interface Reconnector {
  /**
   * Asks for the bytes that are missing, after a connection that broke with `error` and brought `gainedBytes`. `missing` is called
   * when the pause is over. Throws `error` when the origin does not go on, or the break counts; and the signal's reason.
   */
  after(error: unknown, gainedBytes: number, missing: () => AskedRange): Promise<Continuation>
}

export function createReconnector(
  { ports, asker, opened, progress }: Pick<DownloadContext, 'ports' | 'asker' | 'opened' | 'progress'>,
  signal: AbortSignal,
): Reconnector {
  const policy = ports.reconnect ?? defaultReconnectPolicy
  let breaks = noBreaks
  const ask = async (missing: AskedRange): Promise<Continuation | 'busy' | 'refused'> => {
    try {
      const { meaning, response } = await asker.askForRange(missing)
      if (meaning.kind === 'range' && !signal.aborted) return { response, total: meaning.total }
      response.discard()
      if (isTagUnstable({ ...opened.facts, total: opened.total }, saidVersion(response.status, response.headers)))
        opened.facts = factsWithNote(opened.facts, validatorUnstable)
      return isBusy(response.status) ? 'busy' : 'refused'
    } catch (error) {
      if (error instanceof TransferError && isBreak(error.failure)) return 'busy'
      if (error instanceof TransferError) return 'refused'
      throw error
    }
  }
  return {
    async after(error, gainedBytes, missing) {
      if (!(error instanceof TransferError) || !isBreak(error.failure)) throw error
      for (let gained = gainedBytes; ; gained = 0) {
        const next = afterBreak(policy, breaks, gained)
        if (next === null) throw error
        breaks = next.breaks
        progress.lastBreak = `${error.failure}, ${error.message}`
        await sleep(next.pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted())
        const asked = await ask(missing())
        signal.throwIfAborted()
        if (asked === 'refused') throw error
        if (asked !== 'busy') return asked
      }
    },
  }
}
