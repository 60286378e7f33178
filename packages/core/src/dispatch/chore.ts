import type { ChoreTiming } from './rules/chore-timing.ts'

/** Work to be done again and again by some process. The dispatcher runs it and does not know what it is. */
export interface Chore extends ChoreTiming {
  /** For the log. */
  name: string
  /**
   * It waits for more than the database, such as storage. The round starts it and does not wait for it; it is not started
   * again while it runs. Not for one that `waitsAfterOutage`: an outage could begin and end while it runs.
   */
  beside?: true
  /** Bounded work. Resolves with `more` when there was more than it took: then the next round does not wait. */
  run(): Promise<unknown>
}

/** The chores of a whole round, each list in its order. */
export interface Chores {
  /**
   * Before tasks and delivery lanes are handed out: what these chores bring back or decide may go out in the same
   * round.
   */
  before: readonly Chore[]
  after: readonly Chore[]
}
