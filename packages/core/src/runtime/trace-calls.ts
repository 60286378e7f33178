import type { Transaction } from '@backhaul/transfer/rules'
import type { EndedCall } from '../kernel/observe-calls.ts'
import { currentTraceparent, type Tracing } from '../kernel/tracing.ts'
import { hopSpans } from '../operations/rules/hop-spans.ts'

/** Spans of calls within one span. A file has up to ten thousand parts, and nobody reads so many. */
const mostCalls = 100

/** How many calls each span has; spans that are over are forgotten sooner or later, the oldest first. */
const counts = new Map<string, number>()
const mostCounts = 10_000

/** A call to another server that is over, as a part of the current span. Work that belongs to no span is not recorded. */
export function traceCall(tracing: Tracing, name: string, { durationMs, error }: EndedCall): void {
  if (!tracing.isOn) return
  const parent = currentTraceparent()
  if (parent === null || !hasRoom(parent)) return
  const endMs = Date.now()
  const failure = error === undefined ? {} : { failure: error instanceof Error ? error.name : 'Error' }
  tracing.begin({ name, kind: 'client', startMs: endMs - durationMs }).end({ atMs: endMs, ...failure })
}

/** The requests to an origin that one response took, each with its steps. */
export function traceHops(tracing: Tracing, transactions: readonly Transaction[]): void {
  if (!tracing.isOn || currentTraceparent() === null) return
  const nowMs = Date.now()
  for (const transaction of transactions) {
    const spans = hopSpans(transaction, nowMs)
    if (spans === null) continue
    const { name, startMs, endMs } = spans.hop
    const { host } = new URL(transaction.url)
    const hop = tracing.begin({ name, kind: 'client', startMs, attributes: { 'server.address': host } })
    if (transaction.status !== null) hop.set({ 'http.response.status_code': transaction.status })
    for (const step of spans.steps)
      tracing.begin({ name: step.name, parent: hop.traceparent, startMs: step.startMs }).end({ atMs: step.endMs })
    hop.end({ atMs: endMs })
  }
}

function hasRoom(traceparent: string): boolean {
  const count = counts.get(traceparent) ?? 0
  if (count >= mostCalls) return false
  if (count === 0 && counts.size >= mostCounts) counts.delete(counts.keys().next().value!)
  counts.set(traceparent, count + 1)
  return true
}
