import type { Told } from './rules/life.ts'
import { backhaul } from './service.ts'

/** What is shown of a task that was dispatched again and again. */
const mostEntries = 2_000

/** All of a task's timeline, page by page. */
export async function readTimeline(id: string, signal: AbortSignal): Promise<Told> {
  const told = { entries: [] as Told['entries'][number][], omittedSteps: 0 }
  for await (const { data, omittedSteps } of backhaul.tasks.timeline(id, { limit: 200 }, { signal }).pages()) {
    told.entries.push(...data)
    told.omittedSteps = omittedSteps
    if (told.entries.length >= mostEntries) break
  }
  return told
}
