import type { Endpoint, Limit, Stats, TaskSummary } from '@backhaul/sdk'
import { bytes, count, duration, plural } from './format.ts'

/** Workers look at all tenants once a minute. */
const mostSecondsUnseen = 180
/** A wake is owed for this long when the client's delay has grown: worth a look, though it is by the rules. */
const mostSecondsHeld = 3_600

/** Limits that refuse or hold back when they are reached. The others are for a moment: what is over them comes a little later. */
const quotas: Partial<Record<Limit['name'], { words: string; isBytes?: true }>> = {
  maximumTasksWaiting: { words: 'No more tasks may wait' },
  maximumStoredBytes: { words: 'No more bytes may be stored', isBytes: true },
  maximumBytesPerDay: { words: 'No more bytes may be received today', isBytes: true },
  maximumSessions: { words: 'No more sessions may be opened' },
  maximumEndpoints: { words: 'No more endpoints may be created' },
  maximumApiKeys: { words: 'No more API keys may be created' },
}

export interface Attention {
  text: string
  /** Where to look. */
  href: string
}

export interface Seen {
  summary: Pick<TaskSummary, 'waitingFor' | 'heldSince'>
  endpoints: readonly Pick<Endpoint, 'id' | 'url' | 'description' | 'state' | 'disabledReason' | 'failingSince'>[]
  limits: readonly Pick<Limit, 'name' | 'maximum' | 'used'>[]
  stats: Pick<Stats, 'sampledAt' | 'now'>
}

/** What somebody has to do something about, or would want to know of; what is worst comes first. */
export function attention({ summary, endpoints, limits, stats }: Seen, nowMs: number): Attention[] {
  const secondsSince = (at: string) => (nowMs - Date.parse(at)) / 1000
  const { hostBackoff, delegateDecision } = summary.waitingFor
  const found: Attention[] = []
  if (stats.sampledAt !== null && secondsSince(stats.sampledAt) > mostSecondsUnseen && stats.now.waiting > 0)
    found.push({
      text: `No worker has looked at the tasks for ${duration(secondsSince(stats.sampledAt))}: nothing begins.`,
      href: '/tasks?state=waiting',
    })
  for (const { id, url, description, state, disabledReason, failingSince } of endpoints) {
    const name = description ?? url ?? id
    const href = `/webhooks/${id}`
    if (state === 'disabled')
      found.push({ text: `The endpoint ${name} is disabled, and its events wait. ${disabledReason ?? ''}`, href })
    else if (failingSince !== null)
      found.push({
        text: `Nothing has reached the endpoint ${name} for ${duration(secondsSince(failingSince))}.`,
        href,
      })
  }
  for (const { name, maximum, used } of limits) {
    const quota = quotas[name]
    if (quota === undefined || maximum === null || used < maximum) continue
    const [most, now] = quota.isBytes ? [bytes(maximum), bytes(used)] : [count(maximum), count(used)]
    found.push({ text: `${quota.words}: ${now} of ${most}.`, href: '/usage' })
  }
  if (hostBackoff > 0)
    found.push({
      text: `${waiting(hostBackoff)} for a host that asked for time or does not answer.`,
      href: '/tasks?waitingFor=hostBackoff',
    })
  if (delegateDecision > 0)
    found.push({
      text: `${waiting(delegateDecision)} for an answer of your delegate.`,
      href: '/tasks?waitingFor=delegateDecision',
    })
  if (summary.heldSince !== null && secondsSince(summary.heldSince) > mostSecondsHeld)
    found.push({
      text: `An event has been held for ${duration(secondsSince(summary.heldSince))}: its session is woken when it has drained, or when its time has come.`,
      href: '/limiter',
    })
  return found
}

const waiting = (tasks: number) => `${plural(tasks, 'task')} ${tasks === 1 ? 'waits' : 'wait'}`
