import { createHash, randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { made, newApiKey } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const builder = useStore()

const hash = (text: string) => createHash('sha256').update(text).digest()

describe('what is created besides tasks', () => {
  it('is created once for an idempotency key: tenants, API keys, endpoints', async () => {
    const tenantId = await builder.tenant()
    const key = randomUUID()
    const once = <Result>(name: string) => ({
      scope: tenantId,
      key: `${key}-${name}`,
      fingerprint: () => hash(name),
      respond: (result: Result) => ({ status: 201, body: Buffer.from(JSON.stringify(result)) }),
    })
    const apiKey = () => newApiKey({ name: 'a key' })
    const endpoint = () => ({ url: 'https://a.example.com/', eventTypes: [], secret: `whsec_${randomUUID()}` })
    const { stores } = builder
    const verbs = [
      () => stores.tenants.createTenant('twice', apiKey(), once('tenant')),
      () => stores.keys.createApiKey(tenantId, apiKey(), once('key')),
      () => stores.endpoints.createEndpoint(tenantId, endpoint(), once('endpoint')),
    ]
    for (const verb of verbs) {
      const first = made<unknown>(await verb())
      expect(await verb()).toEqual({ replay: { status: 201, body: Buffer.from(JSON.stringify(first)) } })
    }
    const counts = await builder.database.first(
      `select (select count(*)::int from tenant where name = 'twice') as tenants,
         (select count(*)::int from api_key where tenant_id = $1 and name = 'a key') as keys,
         (select count(*)::int from endpoint where tenant_id = $1) as endpoints`,
      [tenantId],
    )
    expect(counts).toEqual({ tenants: 1, keys: 1, endpoints: 1 })
  })

  it('a key that would be expired from the start, or without a tenant, is not created', async () => {
    const tenantId = await builder.tenant()
    const [past] = await builder.database.many<{ at: Date }>("select clock_timestamp() - interval '1 ms' as at")
    const expired = newApiKey({ name: 'late', expiresAt: past!.at })
    expect(await builder.stores.keys.createApiKey(tenantId, expired)).toBe('expired')
    const sound = { ...expired, expiresAt: null }
    expect(await builder.stores.keys.createApiKey('ten_unknown', sound)).toBe('not_found')
    expect(await builder.database.first("select 1 from api_key where name = 'late'")).toBeNull()
  })
})
