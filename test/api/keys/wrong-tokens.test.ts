import { expect, it } from 'vitest'
import { operatorToken } from '#support/client/api.ts'
import { useApi } from '#support/client/use-api.ts'
import { parseCidrs } from '#transfer/egress/rules/address-class.ts'

const api = useApi({ trustedProxies: parseCidrs('10.0.0.0/8,fd00::/8').cidrs })
const wrong = (from: string, headers: Record<string, string> = {}) =>
  api.call('GET', '/v1/tasks', { key: `bh_${crypto.randomUUID()}`, from, headers })
const guess = async (from: string, headers?: Record<string, string>) => {
  for (let n = 0; n < 20; n++) expect((await wrong(from, headers)).status).toBe(401)
}

it('after twenty wrong tokens within a minute, an address is refused with every token', async () => {
  const tenant = await api.tenant()
  const from = '203.0.113.1'
  await guess(from)
  const responses = [
    await wrong(from),
    await api.call('GET', '/v1/tasks', { key: tenant.key, from }),
    await api.call('GET', '/v1/admin/tenants', { key: operatorToken, from }),
  ]
  for (const { status, json, headers } of responses) {
    expect([status, json.code]).toEqual([429, 'rate_limited'])
    expect(Number(headers['retry-after'])).toBeGreaterThan(50)
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(61)
  }
  expect((await api.call('GET', '/livez', { from })).status).toBe(200)
  expect((await api.call('GET', '/v1/tasks', { key: tenant.key, from: '203.0.113.2' })).status).toBe(200)
})

it('wrong operator tokens count, and those without a token do not', async () => {
  const from = '203.0.113.3'
  for (let n = 0; n < 30; n++) expect((await api.call('GET', '/v1/tasks', { from })).status).toBe(401)
  for (let n = 0; n < 20; n++)
    expect((await api.call('GET', '/v1/admin/tenants', { key: `wrong-token-${n}`, from })).status).toBe(401)
  expect((await api.call('GET', '/v1/admin/tenants', { key: operatorToken, from })).status).toBe(429)
})

it('a key that has ended is no guess, nor is one at the wrong door', async () => {
  const tenant = await api.tenant()
  const from = '203.0.113.4'
  const ended = await api.keyOf(tenant.id, ['read'])
  await api.database.run("update api_key set revoked_at = clock_timestamp() where tenant_id = $1 and name = 'narrow'", [
    tenant.id,
  ])
  for (let n = 0; n < 25; n++) {
    expect((await api.call('GET', '/v1/tasks', { key: ended, from })).status).toBe(401)
    expect((await api.call('GET', '/v1/admin/tenants', { key: tenant.key, from })).status).toBe(401)
    expect((await api.call('GET', '/v1/tasks', { key: operatorToken, from })).status).toBe(401)
  }
  expect((await api.call('GET', '/v1/tasks', { key: tenant.key, from })).status).toBe(200)
})

it('behind a trusted proxy, the address is the one that the proxy says; nobody else is believed', async () => {
  const tenant = await api.tenant()
  const through = (client: string, from = '10.1.2.3') =>
    api.call('GET', '/v1/tasks', { key: tenant.key, from, headers: { 'x-forwarded-for': client } })
  await guess('10.1.2.3', { 'x-forwarded-for': '198.51.100.1, 203.0.113.5' })
  expect((await through('203.0.113.5')).status).toBe(429)
  // Through two proxies, with a port, as an IPv6 address that carries it.
  expect((await through('203.0.113.5, 10.9.9.9')).status).toBe(429)
  expect((await through('203.0.113.5:4711')).status).toBe(429)
  expect((await through('::ffff:203.0.113.5', 'fd00::1')).status).toBe(429)
  expect((await through('198.51.100.1')).status).toBe(200)
  // What is no address is the proxy's own.
  expect((await through('unknown')).status).toBe(200)
  // A client that says so itself.
  await guess('203.0.113.6', { 'x-forwarded-for': '198.51.100.2' })
  expect((await through('198.51.100.2')).status).toBe(200)
  expect((await wrong('203.0.113.6', { 'x-forwarded-for': '198.51.100.3' })).status).toBe(429)
})
