import type { EventType } from './event-types.ts'

interface Members {
  url?: string
  description: string | null
  eventTypes: EventType[]
}

/** What a form says of an endpoint. An empty description is none. */
export function endpointMembers(fields: FormData): Members {
  const text = (name: string) => String(fields.get(name) ?? '').trim()
  return {
    ...(text('url') !== '' && { url: text('url') }),
    description: text('description') || null,
    // The boxes have no others.
    eventTypes: fields.getAll('eventTypes') as EventType[],
  }
}

/** The range of a recovery, by local times of the reader. An empty end is now. */
export function recoveryRange(fields: FormData): { since: string; until?: string } {
  const [since, until] = ['since', 'until'].map((name) => String(fields.get(name) ?? ''))
  return { since: new Date(since!).toISOString(), ...(until && { until: new Date(until).toISOString() }) }
}

/** As `<input type="datetime-local">` takes it: the reader's own time, without a zone. */
export function localInput(ms: number, offsetMinutes: number): string {
  return new Date(ms - offsetMinutes * 60_000).toISOString().slice(0, 16)
}

/** How long a recovery has come, from 0 to 1; null: nobody knows. */
export function recoveredFraction({ total, examined, state }: { total: number; examined: number; state: string }) {
  if (state === 'completed') return 1
  return total === 0 ? null : Math.min(1, examined / total)
}
