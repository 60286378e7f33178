import { AsyncLocalStorage } from 'node:async_hooks'
import { outsideSpans } from './tracing.ts'

/** Who sent a request: the holder of an API key, or of the operator's token; perhaps by a sign-in that stands for it. */
type Actor = ({ kind: 'key'; keyId: string } | { kind: 'operator' }) & { signInId?: string | null }

/** What is known of a request that has authenticated itself, wherever its work is done. */
export interface RequestContext {
  /** The tenant of its key; null: it came with the operator's token. */
  tenantId: string | null
  /** The tenant that it is about: its own, or the one that the operator names; null: none, or one that is yet to be made. */
  aboutTenantId: string | null
  actor: Actor
  /** IP address that it came from. */
  address: string
  requestId: string
  /** The operation's id in the OpenAPI document. */
  action: string
  /** What its path names, as the path has it: an id or a session's identifier; null: nothing. */
  target: string | null
}

const requests = new AsyncLocalStorage<RequestContext | undefined>()

/** Calls `work`; all that it begins belongs to this request, until {@link outsideRequests}. */
export function inRequest<T>(context: RequestContext, work: () => T): T {
  return requests.run(context, work)
}

/** The request that this work belongs to; undefined: none. Workers and chores have none. */
export function currentRequest(): RequestContext | undefined {
  return requests.getStore()
}

/** Calls `work` for nobody. For work that serves more than the request that happened to begin it: loops, shared batches. */
export function outsideRequests<T>(work: () => T): T {
  return outsideSpans(() => requests.run(undefined, work))
}
