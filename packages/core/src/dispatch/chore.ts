import type { ChoreTiming } from './rules/chore-timing.ts'

/** Work that some process is to do again and again. The dispatcher runs it and knows nothing of it. */
export interface Chore extends ChoreTiming {
  /** For the log. */
  name: string
  /** Bounded work. Resolves with `more` when there was more than it took: then the next round does not wait. */
  run(): Promise<unknown>
}

/** What every whole round does besides handing out tasks and delivery lanes, each list in its order. */
export interface Chores {
  /** Before anything is handed out: what these bring back or decide may go out at once. */
  before: readonly Chore[]
  after: readonly Chore[]
}
