import type { Transaction } from '@backhaul/transfer/rules'

interface Step {
  name: string
  startMs: number
  endMs: number
}

/** A request to an origin and its steps, as its transaction has recorded them. Null: it has not even begun. */
export function hopSpans(transaction: Transaction, nowMs: number): { hop: Step; steps: Step[] } | null {
  const { domainLookupStart, domainLookupEnd, connectStart, secureConnectionStart, connectEnd } = transaction
  const { requestStart, responseStart, responseEnd } = transaction
  const steps = [
    stepOf('dns', domainLookupStart, domainLookupEnd),
    stepOf('connect', connectStart, secureConnectionStart ?? connectEnd),
    stepOf('tls', secureConnectionStart, connectEnd),
    stepOf('first byte', requestStart, responseStart),
    stepOf('body', responseStart, responseEnd),
  ].filter((step) => step !== null)
  const times = [domainLookupStart, connectStart, requestStart].filter((time) => time !== null)
  if (times.length === 0) return null
  const endMs = responseEnd === null ? nowMs : Date.parse(responseEnd)
  return { hop: { name: 'origin request', startMs: Date.parse(times[0]!), endMs }, steps }
}

function stepOf(name: string, start: string | null, end: string | null): Step | null {
  return start === null || end === null ? null : { name, startMs: Date.parse(start), endMs: Date.parse(end) }
}
