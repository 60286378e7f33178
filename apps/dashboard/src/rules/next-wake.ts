import type { NextWake } from '@backhaul/sdk'
import { plural } from './format.ts'

/** What a session's next wake waits for. With a latency, its time follows. */
export function nextWakeSentence(next: NextWake | null): string {
  if (next === null) return 'none is owed'
  const tasks = `${plural(next.outstanding, 'task')} ${next.outstanding === 1 ? 'has' : 'have'} ended`
  if (next.when === 'latency') return `when ${tasks}, or at the latest`
  return next.outstanding === 0 ? 'now' : `when ${tasks}, or wait for more than a minute`
}
