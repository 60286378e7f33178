import type { Task } from '@backhaul/sdk'
import { type Reason, reasons } from './waiting-reasons.ts'

export interface TaskFilters {
  state?: Task['state']
  waitingFor?: Reason
  host?: string
  session?: string
  metadata?: Record<string, string>
}

const states: readonly string[] = ['suspended', 'waiting', 'running', 'completed', 'failed', 'canceled']

/** The filters that an address holds. What the service does not know is left out: an address may be old, or mistyped. */
export function readFilters(search: URLSearchParams): TaskFilters {
  const [state, waitingFor, host, session] = ['state', 'waitingFor', 'host', 'session'].map((name) => search.get(name))
  const metadata = pairs(search.get('metadata') ?? '', ',')
  return {
    ...(state && states.includes(state) ? { state: state as Task['state'] } : {}),
    ...(waitingFor && Object.hasOwn(reasons, waitingFor) ? { waitingFor: waitingFor as Reason } : {}),
    ...(host ? { host } : {}),
    ...(session && /^[\w.-]{1,128}$/.test(session) ? { session } : {}),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
  }
}

/** The filters of an address that can be none and are not applied: what is shown is more than was asked for. */
export function unappliedFilters(search: URLSearchParams): string[] {
  const filters = readFilters(search)
  const given = (search.get('metadata') ?? '').split(',').filter((pair) => pair.trim() !== '')
  const unread = (['state', 'waitingFor', 'session'] as const).filter((name) => search.get(name) && !(name in filters))
  return given.length === Object.keys(filters.metadata ?? {}).length ? unread : [...unread, 'metadata']
}

/** `a=1` and, behind the separator, `b=2`. Without a `=` it is no pair, and is left out. */
export function pairs(text: string, separator: string): Record<string, string> {
  return Object.fromEntries(
    text.split(separator).flatMap((pair) => {
      const at = pair.indexOf('=')
      const name = pair.slice(0, Math.max(0, at)).trim()
      return name === '' ? [] : [[name, pair.slice(at + 1).trim()] as const]
    }),
  )
}
