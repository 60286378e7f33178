import { describe, expect, it } from 'vitest'
import { inRequest, outsideRequests, type RequestContext } from '#core/kernel/request-context.ts'
import { parseTraceparent } from '#core/kernel/rules/traceparent.ts'
import { currentTraceId, currentTraceparent, inSpan, within, withoutTracing } from '#core/kernel/tracing.ts'

const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
const traceparent = `00-${trace}-00f067aa0ba902b7-01`

describe('a traceparent', () => {
  it.each([
    [traceparent, 1],
    [traceparent.replace(/01$/, '00'), 0],
    [traceparent.replace(/01$/, 'ff'), 1],
    [`cc${traceparent.slice(2)}-what-the-future-will-be-like`, 1],
  ])('%s is read', (text, flags) => {
    expect(parseTraceparent(text)).toEqual({ traceId: trace, spanId: '00f067aa0ba902b7', flags })
  })

  it.each([
    ['absent', undefined],
    ['empty', ''],
    ['upper case', traceparent.toUpperCase()],
    ['a trace id of zeros', traceparent.replace(trace, '0'.repeat(32))],
    ['a span id of zeros', traceparent.replace('00f067aa0ba902b7', '0'.repeat(16))],
    ['the version that there is not', `ff${traceparent.slice(2)}`],
    ['more than this version has', `${traceparent}-00`],
    ['with something in front', ` ${traceparent}`],
    ['two of them', `${traceparent}, ${traceparent}`],
    ['a line break behind it', `${traceparent}\n`],
  ])('that is %s counts as none', (_, text) => {
    expect(parseTraceparent(text)).toBeNull()
  })
})

describe('without tracing', () => {
  const span = withoutTracing.begin({ name: 'a request', parent: traceparent })

  it('what came with a traceparent keeps it, and all that is done within it', async () => {
    await within(span, async () => {
      await Promise.resolve()
      expect(currentTraceparent()).toBe(traceparent)
      expect(withoutTracing.begin({ name: 'a part of it' }).traceparent).toBe(traceparent)
      expect(currentTraceId()).toBe(trace)
    })
    expect(currentTraceparent()).toBeNull()
  })

  it('what begins a trace of its own has none', async () => {
    const seen = await within(span, () =>
      inSpan(withoutTracing, { name: 'another', parent: null }, async () => currentTraceparent()),
    )
    expect(seen).toBeNull()
  })

  it('the error of work in a span is passed on', async () => {
    const error = new Error('broken')
    await expect(inSpan(withoutTracing, { name: 'work' }, () => Promise.reject(error))).rejects.toBe(error)
  })
})

it('work that serves more than one request belongs to no trace', () => {
  const span = withoutTracing.begin({ name: 'a request', parent: traceparent })
  const seen = within(span, () => inRequest({} as RequestContext, () => outsideRequests(currentTraceparent)))
  expect(seen).toBeNull()
})
