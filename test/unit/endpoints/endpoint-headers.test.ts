import { describe, expect, it } from 'vitest'
import { checkEndpointHeaders } from '#core/endpoints/rules/endpoint-headers.ts'

describe('the headers of an endpoint', () => {
  it.each(['Authorization', 'X-Api-Key', 'Cookie', 'Accept-Language', 'X-Webhook-Id'])('may have %s', (name) => {
    expect(checkEndpointHeaders({ [name]: 'a' })).toEqual([])
  })

  it.each([
    ...['webhook-id', 'Webhook-Timestamp', 'WEBHOOK-SIGNATURE', 'webhook-anything'],
    ...['Content-Type', 'content-encoding', 'User-Agent'],
    ...['Host', 'content-length', 'Transfer-Encoding', 'connection', 'TE', 'trailer', 'upgrade', 'expect'],
  ])('may not have %s, which is ours or frames the request', (name) => {
    expect(checkEndpointHeaders({ 'X-A': 'a', [name]: 'hidden-value' })).toMatchObject([
      { pointer: `/${name}`, code: 'forbidden_header' },
    ])
  })

  it.each([
    ['a line break', { 'X-A': 'a\r\nwebhook-id: evt_1' }],
    ['a name that is none', { 'X A': 'a' }],
    ['the same name twice', { 'X-A': 'a', 'x-a': 'b' }],
    ['too much of it', { 'X-A': 'a'.repeat(40_000) }],
  ])('may not have %s', (_, headers) => {
    expect(checkEndpointHeaders(headers)).toHaveLength(1)
  })
})
