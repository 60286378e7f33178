import { describe, expect, it } from 'vitest'
import { operatorToken } from '#support/client/api.ts'
import { useApi, useTenant } from '#support/client/use-api.ts'

const api = useApi()
const tenant = useTenant(api)
const limit = (requestsPerMinute: number | null) =>
  api.call('PATCH', `/v1/admin/tenants/${tenant.id}`, {
    ...{ key: operatorToken, body: { limits: { requestsPerMinute } } },
  })

describe('the requests of a key', () => {
  it('are told in every response to it, refusals among them', async () => {
    const noSession = { configuration: {} }
    const responses = [
      await tenant.call('GET', '/v1/sessions'),
      await tenant.call('GET', '/v1/events/stream'),
      await tenant.call('GET', '/v1/sessions/none'),
      await tenant.call('PUT', '/v1/sessions/none', noSession),
      await tenant.call('PUT', '/v1/sessions/none', 'no object'),
      await api.call('GET', '/v1/sessions', { key: await api.keyOf(tenant.id, ['write']) }),
    ]
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 404, 422, 400, 403])
    for (const { headers } of responses) {
      expect(headers['ratelimit-policy']).toBe('"requests";q=60000;w=60')
      expect(headers.ratelimit).toMatch(/^"requests";r=599\d\d;t=\d+$/)
    }
  })

  it('are refused beyond the limit, of this key alone, until it is said', async () => {
    await limit(3)
    const left = async () => (await tenant.call('GET', '/v1/sessions')).headers.ratelimit
    expect([await left(), await left(), await left()]).toEqual(
      [2, 1, 0].map((n) => expect.stringMatching(`^"requests";r=${n};t=(60|59|58)$`)),
    )
    const { status, headers, json } = await tenant.call('GET', '/v1/sessions')
    expect(status).toBe(429)
    expect(json).toMatchObject({ code: 'rate_limited', fix: expect.stringContaining('Retry-After') })
    const seconds = Number(headers['retry-after'])
    expect(seconds).toBeGreaterThan(50)
    expect(seconds).toBeLessThanOrEqual(60)
    expect(headers).toMatchObject({
      'ratelimit-policy': '"requests";q=3;w=60',
      ratelimit: `"requests";r=0;t=${seconds}`,
    })
    expect(json.detail).toContain(`in ${seconds} s`)
    const another = await api.keyOf(tenant.id, ['read'])
    expect((await api.call('GET', '/v1/sessions', { key: another })).status).toBe(200)
    await limit(4)
    expect((await tenant.call('GET', '/v1/sessions')).status).toBe(200)
  })

  it('are counted as what is used of the limit', async () => {
    await limit(5)
    await tenant.call('GET', '/v1/sessions')
    const { json } = await tenant.call('GET', '/v1/limits')
    expect(json.data[0]).toEqual({
      ...{ name: 'requestsPerMinute', maximum: 5, used: 2 },
      resetsAt: expect.stringMatching(/Z$/),
    })
  })

  it('are not limited where there is no limit, nor are those of operators', async () => {
    await limit(null)
    const { status, headers } = await tenant.call('GET', '/v1/sessions')
    expect([status, headers.ratelimit]).toEqual([200, undefined])
    const { json } = await tenant.call('GET', '/v1/limits')
    expect(json.data[0]).toEqual({ name: 'requestsPerMinute', maximum: null, used: 0 })
    expect((await limit(0)).headers).not.toHaveProperty('ratelimit')
    expect((await tenant.call('GET', '/v1/limits')).status).toBe(429)
  })
})
