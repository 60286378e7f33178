import type { TimelineEntry } from '@backhaul/sdk'
import type { Bar, Lane, Mark } from './life.ts'

const outcomes: Partial<Record<TimelineEntry['kind'], string>> = {
  delivered: 'acknowledged',
  deliveryFailed: 'never acknowledged',
  deliveryCanceled: 'not sent any more',
}

/** How its events were told: deliveries from the event to their outcome, wakes from their opening to their end. */
export function tellings(entries: readonly TimelineEntry[], nowMs: number): Lane[] {
  const deliveries: Bar[] = []
  const woken: Bar[] = []
  const marks: Mark[] = []
  const written = new Map<string, TimelineEntry>()
  const wakes = new Map<string, { from: number; entry: TimelineEntry }>()
  for (const entry of entries) {
    const at = Date.parse(entry.at)
    const outcome = outcomes[entry.kind]
    if (outcome && entry.eventId) {
      const event = written.get(entry.eventId)
      const from = event ? Date.parse(event.at) : at
      deliveries.push({
        phase: 'delivery',
        from,
        to: Math.max(from, at),
        words: `${entry.eventType ?? 'An event'}: ${outcome}`,
      })
    } else if (entry.kind === 'event' || entry.kind === 'fileExpired') {
      if (entry.eventId) written.set(entry.eventId, entry)
      marks.push({ at, kind: 'event', words: entry.detail })
    } else if (entry.kind === 'wakeOpened' && entry.wakeId) wakes.set(entry.wakeId, { from: at, entry })
    else if ((entry.kind === 'wakeCompleted' || entry.kind === 'wakeExpired') && entry.wakeId) {
      const from = wakes.get(entry.wakeId)?.from ?? at
      wakes.delete(entry.wakeId)
      woken.push({ phase: 'wake', from, to: Math.max(from, at), words: `Wake: ${entry.detail}` })
    }
  }
  for (const { from, entry } of wakes.values())
    woken.push({ phase: 'wake', from, to: Math.max(from, nowMs), words: `Wake: ${entry.detail}`, isOpen: true })
  return [
    { name: 'Deliveries', bars: deliveries, marks },
    { name: 'Wakes', bars: woken, marks: [] },
  ]
}
