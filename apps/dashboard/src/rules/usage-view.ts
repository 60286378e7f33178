import type { UsagePoint } from '@backhaul/sdk'
import { bytes, count } from './format.ts'

const dayMs = 86_400_000

export const usageRanges = {
  '24h': { words: '24 hours', ms: dayMs },
  '7d': { words: '7 days', ms: 7 * dayMs },
  '30d': { words: '30 days', ms: 30 * dayMs },
  '90d': { words: '90 days', ms: 90 * dayMs },
  '365d': { words: 'a year', ms: 365 * dayMs },
} as const
export type UsageRange = keyof typeof usageRanges
export const usageSteps = { hour: 'hours', day: 'days' } as const
export type UsageStep = keyof typeof usageSteps

/** The service gives a thousand points at most. */
const mostHours = 30 * dayMs

export interface UsageView {
  range: UsageRange
  step: UsageStep
}

export const mayGoByHours = (range: UsageRange): boolean => usageRanges[range].ms <= mostHours

/** What an address says; a range without a step goes by hours up to a week. */
export function readUsageView(search: URLSearchParams): UsageView {
  const given = search.get('range') ?? ''
  const range = Object.hasOwn(usageRanges, given) ? (given as UsageRange) : '30d'
  const step = search.get('step')
  if (!mayGoByHours(range)) return { range, step: 'day' }
  if (step === 'hour' || step === 'day') return { range, step }
  return { range, step: usageRanges[range].ms <= 7 * dayMs ? 'hour' : 'day' }
}

export type Counter = Exclude<keyof UsagePoint, 'at'>

export interface Measure {
  name: string
  /** Stacked, the first at the bottom. */
  counters: readonly { of: Counter; words: string; colour: string }[]
  say(value: number): string
  /** Of all points: their sum, or their mean. */
  whole: 'sum' | 'mean'
}

const blue = '#2563eb'
const one = (name: string, of: Counter, say: Measure['say'], whole: Measure['whole'] = 'sum'): Measure => ({
  name,
  counters: [{ of, words: name, colour: blue }],
  say,
  whole,
})

/** What is plotted, in this order. */
export const measures: readonly Measure[] = [
  {
    name: 'Files',
    counters: [
      { of: 'tasksCompleted', words: 'completed', colour: blue },
      { of: 'tasksFailed', words: 'failed', colour: '#dc2626' },
      { of: 'tasksCanceled', words: 'canceled', colour: '#71717a' },
    ],
    say: count,
    whole: 'sum',
  },
  one('Received', 'bytesReceived', bytes),
  one('Sent', 'bytesSent', bytes),
  one('Stored, on average', 'bytesStoredAverage', bytes, 'mean'),
  one('Wakes', 'wakes', count),
  one('Delivery attempts', 'deliveryAttempts', count),
  one('Requests', 'requests', count),
]

const columns: readonly (keyof UsagePoint)[] = [
  'at',
  'tasksCreated',
  'tasksCompleted',
  'tasksFailed',
  'tasksCanceled',
  'bytesReceived',
  'bytesSent',
  'wakes',
  'deliveryAttempts',
  'requests',
  'bytesStoredAverage',
  'deliveryAttemptsFailed',
]

/** The columns of the service's own CSV, without the tenant. */
export const usageRows = (points: readonly UsagePoint[]): (string | number)[][] => [
  [...columns],
  ...points.map((point) => columns.map((name) => point[name])),
]

/** `30 Nov 14:00` or `30 Nov`, in UTC, as the points are. */
export function pointTime(at: string, step: UsageStep): string {
  const day = new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
  return step === 'day' ? day : `${day} ${at.slice(11, 16)}`
}
