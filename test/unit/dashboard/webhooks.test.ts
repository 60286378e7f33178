import { describe, expect, it } from 'vitest'
import { taskOfBody } from '#dashboard/rules/delivery-body.ts'
import { readDeliveryFilters } from '#dashboard/rules/delivery-filters.ts'
import { endpointMembers, localInput, recoveredFraction, recoveryRange } from '#dashboard/rules/endpoint-form.ts'
import { attemptBars, endpointState, milliseconds, successRate } from '#dashboard/rules/endpoint-health.ts'
import {
  type KnownEndpoint,
  mismatchReasons,
  readHeaderLines,
  secretHint,
} from '#dashboard/rules/signature-findings.ts'

const startedAt = '2026-01-01T00:00:00.000Z'
const form = (fields: [string, string][]) => {
  const data = new FormData()
  for (const [name, value] of fields) data.append(name, value)
  return data
}

describe('how an endpoint is', () => {
  it('is said by what matters most', () => {
    const well = { state: 'enabled', verification: 'none', failingSince: null } as const
    expect(endpointState(well).words).toBe('enabled')
    expect(endpointState({ ...well, failingSince: startedAt }).words).toBe('failing')
    expect(endpointState({ ...well, failingSince: startedAt, verification: 'pending' }).words).toBe('unverified')
    expect(endpointState({ ...well, failingSince: startedAt, state: 'disabled' }).words).toBe('disabled')
  })

  it('is never all of the attempts when one has failed, and nothing without one', () => {
    expect(successRate({ attempts: 1000, succeeded: 999 })).toBe('99 %')
    expect(successRate({ attempts: 3, succeeded: 3 })).toBe('100 %')
    expect(successRate({ attempts: 0, succeeded: 0 })).toBeNull()
  })

  it.each([
    [null, '–'],
    [0.4, '< 1 ms'],
    [85.4, '85 ms'],
    [999.6, '1.0 s'],
    [1_240, '1.2 s'],
    [20_000, '20 s'],
  ])('%s ms is %s', (ms, words) => {
    expect(milliseconds(ms)).toBe(words)
  })

  it('is drawn with the newest attempt last, and every attempt is seen', () => {
    const bars = attemptBars([
      { startedAt, durationMs: 0, status: 204 },
      { startedAt, durationMs: 20_000, status: null },
    ])
    expect(bars).toEqual([
      { height: 1, succeeded: false },
      { height: 0.12, succeeded: true },
    ])
    expect(attemptBars([])).toEqual([])
  })
})

describe('forms about endpoints', () => {
  it('say what is empty as none', () => {
    const given = form([
      ['url', ' https://example.com/ '],
      ['description', ' '],
      ['eventTypes', 'task.completed'],
    ])
    expect(endpointMembers(given)).toEqual({
      url: 'https://example.com/',
      description: null,
      eventTypes: ['task.completed'],
    })
    expect(endpointMembers(form([]))).toEqual({ description: null, eventTypes: [] })
  })

  it('mean the times of the reader, and now when no end is given', () => {
    const range = recoveryRange(form([['since', '2026-01-01T10:00']]))
    expect(range).toEqual({ since: new Date(2026, 0, 1, 10).toISOString() })
    const at = new Date(2026, 0, 1, 10, 5)
    expect(localInput(at.getTime(), at.getTimezoneOffset())).toBe('2026-01-01T10:05')
  })

  it('show a recovery that is over as whole, and one of nothing yet as unknown', () => {
    expect(recoveredFraction({ total: 0, examined: 0, state: 'completed' })).toBe(1)
    expect(recoveredFraction({ total: 0, examined: 0, state: 'running' })).toBeNull()
    expect(recoveredFraction({ total: 4, examined: 1, state: 'running' })).toBe(0.25)
  })
})

describe('the filters of deliveries in an address', () => {
  it('leave out what cannot be one', () => {
    const id = '01h455vb4pex5vsknk084sn02q'
    const known = `state=failed&endpoint=whe_${id}&event=evt_${id}&session=a.b-c_d`
    expect(readDeliveryFilters(new URLSearchParams(known))).toEqual({
      state: 'failed',
      endpoint: `whe_${id}`,
      event: `evt_${id}`,
      session: 'a.b-c_d',
    })
    expect(readDeliveryFilters(new URLSearchParams('state=dead&endpoint=whe_1&event=&session=a%20b'))).toEqual({})
  })
})

describe('the task of a delivered body', () => {
  const id = 'tsk_01h455vb4pex5vsknk084sn02q'
  it.each([
    [JSON.stringify({ data: { task: { id } } }), id],
    [JSON.stringify({ data: { taskId: id } }), id],
    [JSON.stringify({ data: { task: { id: '../../keys' } } }), null],
    ['null', null],
    ['{', null],
  ])('%s', (body, task) => {
    expect(taskOfBody(body)).toBe(task)
  })
})

describe('why no signature fits', () => {
  const secret = `whsec_${'A'.repeat(28)}abcd`
  const endpoint: KnownEndpoint = {
    id: 'whe_1',
    url: 'https://a.example/',
    secretHint: secretHint(secret),
    olderSecrets: [],
  }
  const given = { id: 'evt_1', body: '{"id":"evt_1"}', secret, endpoints: [endpoint] }

  it('is the body when it is no JSON, or of another event', () => {
    expect(mismatchReasons({ ...given, body: '{"id":"evt' })[0]).toContain('changed or cut')
    expect(mismatchReasons({ ...given, body: '{"id":"evt_2"}' })[0]).toContain('of two deliveries')
    expect(mismatchReasons({ ...given, body: 'null' })).toHaveLength(1)
  })

  it('is the secret when no endpoint has it, and cannot be told apart when one has', () => {
    expect(mismatchReasons({ ...given, secret: 'whsec_other' })).toEqual([expect.stringContaining('wrong secret')])
    expect(mismatchReasons(given)).toEqual([expect.stringContaining('one of https://a.example/')])
    const older = { ...endpoint, secretHint: 'x', olderSecrets: [{ hint: secretHint(secret), expiresAt: startedAt }] }
    expect(mismatchReasons({ ...given, endpoints: [older] })[0]).toContain('one of')
    expect(mismatchReasons({ ...given, endpoints: null })).toEqual([])
  })

  it.each([
    ['webhook-id: evt_1\nWebhook-Timestamp: 17\nwebhook-signature: v1,a= v1,b=', 'v1,a= v1,b='],
    ['{\n  "webhook-id": "evt_1",\n  "webhook-timestamp": "17",\n  "webhook-signature": "v1,a="\n}', 'v1,a='],
    ["-H 'webhook-id: evt_1'\n-H 'webhook-timestamp: 17'\n-H 'webhook-signature: v1,a='", 'v1,a='],
  ])('is asked of header lines however they were shown: %s', (text, signature) => {
    expect(readHeaderLines(text)).toEqual({
      'webhook-id': 'evt_1',
      'webhook-timestamp': '17',
      'webhook-signature': signature,
    })
  })

  it('is not asked of other text', () => {
    expect(readHeaderLines('v1,abc=\nhost: example.com')).toBeNull()
  })
})
