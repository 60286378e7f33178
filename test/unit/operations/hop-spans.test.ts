import { expect, it } from 'vitest'
import { hopSpans } from '#core/operations/rules/hop-spans.ts'
import { aTransaction } from '#support/builders/transaction.ts'

const at = (ms: number) => new Date(ms).toISOString()
it('a request over a new connection has a span for each of its steps', () => {
  const transaction = aTransaction({
    ...{ domainLookupStart: at(1), domainLookupEnd: at(2), connectStart: at(3), secureConnectionStart: at(4) },
    ...{ connectEnd: at(6), requestStart: at(7), responseStart: at(9), responseEnd: at(20) },
  })
  expect(hopSpans(transaction, 99)).toEqual({
    hop: { name: 'origin request', startMs: 1, endMs: 20 },
    steps: [
      { name: 'dns', startMs: 1, endMs: 2 },
      { name: 'connect', startMs: 3, endMs: 4 },
      { name: 'tls', startMs: 4, endMs: 6 },
      { name: 'first byte', startMs: 7, endMs: 9 },
      { name: 'body', startMs: 9, endMs: 20 },
    ],
  })
})

it('one over a connection that was kept has no steps before the request', () => {
  const transaction = aTransaction({ requestStart: at(7), responseStart: at(9), responseEnd: at(20) })
  const spans = hopSpans(transaction, 99)!
  expect(spans.hop.startMs).toBe(7)
  expect(spans.steps.map(({ name }) => name)).toEqual(['first byte', 'body'])
})

it('one that broke ends now, with the steps that were whole', () => {
  const transaction = aTransaction({ connectStart: at(3), connectEnd: at(6), requestStart: at(7) })
  expect(hopSpans(transaction, 99)).toEqual({
    hop: { name: 'origin request', startMs: 3, endMs: 99 },
    steps: [{ name: 'connect', startMs: 3, endMs: 6 }],
  })
})

it('one that was never sent has none', () => {
  expect(hopSpans(aTransaction(), 99)).toBeNull()
})
