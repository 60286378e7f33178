import type { GivenRequests, WantedRequests } from './rules/request-window.ts'

/** The requests of every key within a minute, over all processes. */
export interface RequestCounts {
  take(keyId: string, wanted: WantedRequests): Promise<GivenRequests>
}
