import type { Log } from '../kernel/log.ts'
import { AppError } from '../kernel/rules/errors.ts'
import { createLocalRequestCounts } from './local-request-counts.ts'
import type { RequestCounts } from './request-counts.ts'
import { guesserOf, mostGuesses } from './rules/guesses.ts'

interface GuessGatePorts {
  requestCounts: RequestCounts
  log: Pick<Log, 'warn'>
  nowMs(): number
}

/** Slows whoever tries tokens: after {@link mostGuesses} wrong ones within a minute, its address is refused. */
export interface GuessGate {
  /** Throws `rate_limited` for an address that has sent too many; also with the right token, which would tell it from wrong ones. */
  admit(address: string): void
  /** Counts a wrong token, for all processes. Never rejects: while the counts are away, each process counts its own. */
  count(address: string): Promise<void>
}

/** Addresses that are remembered, at most: the oldest goes first. */
const mostRefused = 10_000

export function createGuessGate({ requestCounts, log, nowMs }: GuessGatePorts): GuessGate {
  const alone = createLocalRequestCounts(nowMs)
  /** Until when each is refused. */
  const refused = new Map<string, number>()

  const remember = (guesser: string, untilMs: number) => {
    refused.delete(guesser)
    refused.set(guesser, untilMs)
    for (const oldest of refused.keys()) {
      if (refused.size <= mostRefused) break
      refused.delete(oldest)
    }
  }
  return {
    admit(address) {
      if (refused.size === 0) return
      const guesser = guesserOf(address)
      const untilMs = refused.get(guesser)
      if (untilMs === undefined) return
      const seconds = Math.ceil((untilMs - nowMs()) / 1000)
      if (seconds <= 0) return void refused.delete(guesser)
      throw new AppError('rate_limited', `Too many wrong tokens came from this address. Try again in ${seconds} s.`, {
        retryAfterSeconds: seconds,
      })
    },
    async count(address) {
      const guesser = guesserOf(address)
      const guess = { quota: mostGuesses, owed: 1, wanted: 0 }
      const { left, freeInMs } = await requestCounts.take(`guesses ${guesser}`, guess).catch((error: unknown) => {
        log.warn(
          { event: 'guesses.counted_alone', error },
          'the counts of wrong tokens are away; each process counts its own',
        )
        return alone.take(guesser, guess)
      })
      if (left > 0) return
      remember(guesser, nowMs() + freeInMs)
      log.warn(
        { event: 'guesses.refused', address, seconds: Math.ceil(freeInMs / 1000) },
        'an address sends wrong tokens and is refused; if it is a proxy, name it in TRUSTED_PROXIES',
      )
    },
  }
}
