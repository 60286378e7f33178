import { setTimeout as delay } from 'node:timers/promises'

/**
 * Waits for a fact: asks `check` until it gives something other than undefined or false. An error that it throws counts as
 * "not yet" and is the cause of the failure when `withinMs` has passed. A round counts as `everyMs`, however long it takes:
 * on a busy machine both this check and the awaited work are slow.
 */
export async function eventually<T>(
  what: string,
  check: () => T | Promise<T>,
  options: { withinMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, undefined | false>> {
  const { withinMs = 60_000, everyMs = 50 } = options
  let cause: unknown
  for (let waitedMs = 0; waitedMs < withinMs; waitedMs += everyMs) {
    try {
      const found = await check()
      if (found !== undefined && found !== false) return found as Exclude<T, undefined | false>
    } catch (error) {
      cause = error
    }
    await delay(everyMs)
  }
  throw new Error(`not within ${withinMs} ms: ${what}`, { cause })
}
