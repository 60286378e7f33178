/**
 * Calls in one round at least. Each call would begin anew where all that is old is looked at in one, and read what stays,
 * for weeks perhaps, and the index entries of all that went since the last vacuum.
 */
const callsInRound = 15

/** Where a sweeper is that looks through all that is old, in its order, some with each call. */
export interface Round<Place> {
  /** The next call begins behind it; null: at the oldest. */
  after: Place | null
  /** Calls since the round began. */
  calls: number
}

export const firstRound = { after: null, calls: 0 } as const

/**
 * Behind a call. `last`: the place that was looked at last, or the one that the call began behind when nothing was left
 * there; `isThrough`: nothing is left behind it. What becomes old next comes there, so calls go on there until the next
 * round, which finds what was locked, had to stay, or had a file.
 */
export function afterCall<Place>(
  { calls }: Round<Place>,
  { last, isThrough }: { last: Place | null; isThrough: boolean },
): Round<Place> {
  if (last === null || (isThrough && calls + 1 >= callsInRound)) return firstRound
  return { after: last, calls: calls + 1 }
}
