import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { finish, newSession, newTask } from '#support/builders/api-fixtures.ts'
import { operatorToken, type TestTenant } from '#support/client/api.ts'
import { useApi } from '#support/client/use-api.ts'
import { bodyOf, textOf } from './arbitrary-bodies.ts'

const api = useApi()
let tenant: TestTenant
let known: string[]
beforeAll(async () => {
  tenant = await api.tenant()
  const session = await newSession(tenant, { delegate: { url: 'https://hooks.example.com/' } })
  const task = await newTask(tenant, session)
  await finish(api, tenant, task)
  await api.stores.wakes.openWakes()
  const { openWake, configuration } = (await tenant.call('GET', `/v1/sessions/${session}`)).json
  const [delivery] = (await tenant.call('GET', '/v1/deliveries')).json.data
  const waiting = await newTask(tenant, session)
  known = [session, task, waiting, openWake.id, configuration.delegate.endpointId, delivery.id, tenant.id]
})

let addresses = 0
const anAddress = () => `2001:db8:0:${(addresses++).toString(16)}::1`

const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 12 })
const percent = bytes.map((values) => values.map((value) => `%${value.toString(16).padStart(2, '0')}`).join(''))
const segment = () =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...known) },
    fc.constantFrom('tsk', 'wak', 'whe', 'dlv', 'ten').map((prefix) => api.deps.mint.id(prefix as 'tsk')),
    // Dots alone are taken out of a URL before it is sent: that would be another address.
    percent.filter((text) => !/^(%2e){0,2}$/.test(text)),
    fc
      .string({ minLength: 1 })
      .filter((text) => !/^\.{1,2}$/.test(text))
      .map(encodeURIComponent),
  )
const queryValue = () =>
  fc.oneof(
    percent,
    fc.constantFrom(...known, 'running', 'pending', '1', '200', '-1', '1e9', '0x10', 'NaN', '', 'session.wake'),
    fc.string({ unit: 'grapheme' }).map(encodeURIComponent),
  )

describe('any request at all', () => {
  it('is answered below 500, as the document says', async () => {
    for (const [path, methods] of Object.entries(api.document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const key = path.startsWith('/v1/admin') ? operatorToken : tenant.key
        const names = (operation.parameters ?? [])
          .filter((parameter) => parameter.in === 'query')
          .map(({ name }) => name)
        const takesKey = (operation.parameters ?? []).some(({ name }) => name === 'Idempotency-Key')
        const request = fc.record({
          // Few, so that some come again.
          idempotencyKey: fc.option(fc.oneof(fc.constantFrom('a', 'b', 'c', ' '), fc.string({ unit: 'binary' }))),
          segment: segment(),
          query: fc.dictionary(fc.oneof(fc.constantFrom(...names, 'other'), percent), queryValue(), { maxKeys: 3 }),
          payload: fc.oneof(
            { weight: 4, arbitrary: bodyOf(api.document, operation.requestBody?.content['application/json']?.schema) },
            fc.json(),
            textOf(),
          ),
        })
        await fc.assert(
          fc.asyncProperty(request, async ({ idempotencyKey, segment, query, payload }) => {
            // Waiting is allowed, but a test has no time for it.
            const pairs = Object.entries(query).filter(([name, value]) => name !== 'wait' || !/^\d/.test(value))
            const search = pairs.map(([name, value]) => `${name}=${value}`).join('&')
            const url = path.replace(/\{[^}]+\}/, () => segment) + (search && `?${search}`)
            const sends = method !== 'get' && method !== 'delete'
            const headers = takesKey && idempotencyKey !== null ? { 'idempotency-key': idempotencyKey } : {}
            const sent = sends ? { payload } : {}
            // Each from elsewhere: wrong keys to sign in with are counted by address, and then all requests of it are refused.
            const response = await api.call(method.toUpperCase(), url, { key, headers, from: anAddress(), ...sent })
            expect(response.status, response.text).toBeLessThan(500)
          }),
          { numRuns: 40 },
        )
      }
    }
  })
})
