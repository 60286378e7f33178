import type { Page, PageQuery } from '../kernel/page.ts'
import type { Wake } from './rules/wake.ts'

export interface WakeFilter {
  sessionIdentifier?: string | undefined
  state?: Wake['state'] | undefined
  /** Default: the oldest first. A cursor goes on in the order that its page had. */
  newestFirst?: boolean | undefined
}

/** A client's verbs on its wakes. A wake whose deadline has passed has expired, also before that was recorded. */
export interface WakeStore {
  listWakes(tenantId: string, filter: WakeFilter, query: PageQuery): Promise<Page<Wake>>
  findWake(tenantId: string, id: string): Promise<Wake | null>
  /** Harmless when it was completed already. `expired`: the deadline has passed; nothing is changed. null: no such wake. */
  completeWake(tenantId: string, id: string): Promise<Wake | 'expired' | null>
  /** The deadline becomes `seconds` from now if that is later, and not beyond the maximum. Refused unless the wake is open. */
  extendWake(tenantId: string, id: string, seconds: number): Promise<Wake | 'completed' | 'expired' | null>
}
