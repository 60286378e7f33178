/** A process that has said nothing for so long does not count: it was killed, or stands still. Seconds. */
export const holderSeconds = 60
/** How often a process says which keys it has. Seconds. */
export const holdEverySeconds = 10

/**
 * The key that a process encrypts with, by its id. `own`: its keys, the newest first; `others`: those of each other process; `inUse`:
 * keys that rows need. The newest that every process has: so all can read what is written while keys are rolled out. If there is none,
 * one of the others stands still with keys of its own, and what is in use stays in use.
 */
export function chooseKey(
  own: readonly [string, ...string[]],
  others: readonly (readonly string[])[],
  inUse: readonly string[],
): string {
  const everywhere = own.find((id) => others.every((keys) => keys.includes(id)))
  return everywhere ?? own.find((id) => inUse.includes(id)) ?? own[0]
}
