import { expect, test } from 'vitest'
import { aroundSpans, type EndedSpan, spanJson } from '#core/operations/rules/otlp-json.ts'

const span: EndedSpan = {
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parentSpanId: null,
  name: 'attempt',
  kind: 'internal',
  attributes: {},
  links: [],
  startMs: 1_700_000_000_000,
  endMs: 1_700_000_000_250,
  failure: null,
}

test('a span that began a trace has neither parent nor links nor status', () => {
  expect(JSON.parse(spanJson(span))).toEqual({
    traceId: span.traceId,
    spanId: span.spanId,
    flags: 1,
    name: 'attempt',
    kind: 1,
    startTimeUnixNano: '1700000000000000000',
    endTimeUnixNano: '1700000000250000000',
    attributes: [],
  })
})

test('a span tells its parent, its links and how it failed', () => {
  const link = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), flags: 1 }
  const given = { ...span, parentSpanId: 'e'.repeat(16), links: [link], failure: 'Error "x"', kind: 'client' as const }
  expect(JSON.parse(spanJson(given))).toMatchObject({
    parentSpanId: 'e'.repeat(16),
    links: [{ traceId: link.traceId, spanId: link.spanId }],
    status: { code: 2, message: 'Error "x"' },
    kind: 3,
  })
})

test('attributes keep their types, and any text is escaped', () => {
  const attributes = { text: 'a "quote"\n\u2028', count: 3, share: 0.5, broken: Number.NaN, isSo: false }
  expect(JSON.parse(spanJson({ ...span, attributes })).attributes).toEqual([
    { key: 'text', value: { stringValue: 'a "quote"\n\u2028' } },
    { key: 'count', value: { intValue: 3 } },
    { key: 'share', value: { doubleValue: 0.5 } },
    { key: 'broken', value: { doubleValue: null } },
    { key: 'isSo', value: { boolValue: false } },
  ])
})

test('times are true to a microsecond, and no span ends before it begins', () => {
  const { startTimeUnixNano, endTimeUnixNano } = JSON.parse(spanJson({ ...span, startMs: 12.3456, endMs: 12 }))
  expect([startTimeUnixNano, endTimeUnixNano]).toEqual(['12345000', '12345000'])
})

test('a request has the process and all spans', () => {
  const { before, after } = aroundSpans({ 'service.name': 'api' }, { name: 'backhaul', version: '1' })
  const body = `${before}${spanJson(span)},${spanJson(span)}${after}`
  const [{ resource, scopeSpans }] = JSON.parse(body).resourceSpans
  expect(resource).toEqual({ attributes: [{ key: 'service.name', value: { stringValue: 'api' } }] })
  expect(scopeSpans[0].scope).toEqual({ name: 'backhaul', version: '1' })
  expect(scopeSpans[0].spans).toHaveLength(2)
})
