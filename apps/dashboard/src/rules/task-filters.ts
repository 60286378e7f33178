import type { Task } from '@backhaul/sdk'
import { type Reason, reasons } from './waiting-reasons.ts'

export interface TaskFilters {
  state?: Task['state']
  waitingFor?: Reason
  host?: string
}

const states: readonly string[] = ['suspended', 'waiting', 'running', 'completed', 'failed', 'canceled']

/** The filters that an address holds. What the service does not know is left out: an address may be old, or mistyped. */
export function readFilters(search: URLSearchParams): TaskFilters {
  const [state, waitingFor, host] = ['state', 'waitingFor', 'host'].map((name) => search.get(name))
  return {
    ...(state && states.includes(state) ? { state: state as Task['state'] } : {}),
    ...(waitingFor && Object.hasOwn(reasons, waitingFor) ? { waitingFor: waitingFor as Reason } : {}),
    ...(host ? { host } : {}),
  }
}
