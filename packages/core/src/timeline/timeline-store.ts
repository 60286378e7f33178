import type { Page, PageQuery } from '../kernel/page.ts'
import type { TimelineEntry } from './rules/timeline-entry.ts'

export interface TimelineStore {
  /**
   * A task's timeline, oldest first; `omittedSteps` in its middle are no longer kept. It is read row by row, not as of
   * one moment. null: no such task.
   */
  readTimeline(
    tenantId: string,
    id: string,
    query: PageQuery,
  ): Promise<(Page<TimelineEntry> & { omittedSteps: number }) | null>
}
