import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { inRequest } from '#core/kernel/request-context.ts'
import { removeTenants } from '#core/tenants/remove-tenants.ts'
import { waitForLock } from '#support/assertions/lock-waits.ts'
import { everyRow } from '#support/assertions/tenant-traces.ts'
import { newApiKey } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

/*
 * Whoever authenticated itself before a tenant was deleted, and was stopped until it had gone: a request, or a worker.
 */

const builder = useStore()
const nothingStored = { abort: async () => {}, remove: async () => {}, removeBelow: async () => 0 }

const begunToDelete = async (tenantId: string) => {
  await builder.stores.tenants.deleteTenant(tenantId)
  await builder.database.run("update tenant set state_since = state_since - interval '1 hour' where id = $1", [
    tenantId,
  ])
}

describe('who comes when a tenant has gone', () => {
  it('adds no row, whatever it is about to do', async () => {
    const { stores } = builder
    const session = await builder.session()
    const { tenantId, identifier } = session
    const { id } = await builder.task(session)
    const { lease } = await builder.begin(id)
    const other = await builder.task(session)
    const key = await stores.keys.createApiKey(tenantId, newApiKey())
    const keyId = typeof key === 'object' && 'id' in key ? key.id : ''
    const endpointId = session.endpointId!
    const { configuration } = (await stores.sessions.findSession(tenantId, identifier))!
    await begunToDelete(tenantId)
    await removeTenants({ stores: { tenants: stores.tenants }, objects: nothingStored, nowMs: Date.now })
    expect(await stores.tenants.findTenant(tenantId)).toBeNull()

    const rows = (await everyRow(builder.database)).map(({ table, text }) => `${table} ${text}`)
    const url = 'https://client.example.com/late'
    const progress = { bytesReceived: 1, bytesExpected: null, bytesPerSecond: null }
    const range = { since: new Date(0), until: null }
    const verbs: (() => Promise<unknown>)[] = [
      () => stores.endpoints.createEndpoint(tenantId, { url, eventTypes: [], secret: 'whsec_1' }),
      () => stores.endpoints.testEndpoint(tenantId, endpointId, {}),
      () => stores.endpoints.rotateSecret(tenantId, endpointId, { secret: 'whsec_2' }, 0),
      () => stores.endpoints.deleteEndpoint(tenantId, endpointId),
      () =>
        stores.sessions.putSession(
          tenantId,
          identifier,
          configuration && { ...configuration, delegate: { kind: 'pull' } },
        ),
      () => stores.sessions.invalidateSession(tenantId, identifier, 'cancel'),
      () => builder.task(session),
      () => stores.tasks.cancelTask(tenantId, other.id),
      () => stores.keys.createApiKey(tenantId, newApiKey()),
      () => stores.keys.rotateApiKey(tenantId, keyId, newApiKey(), 0),
      () => stores.keys.revokeApiKey(tenantId, keyId),
      () => stores.wakes.enterForeground(tenantId, keyId, 60),
      () => stores.wakes.leaveForeground(tenantId, keyId),
      () => stores.recoveries.startRecovery(tenantId, endpointId, range),
      () => stores.events.holdStreams([tenantId]),
      () => stores.usage.countRequests(new Map([[tenantId, 1]])),
      () => stores.transfers.renewLease(lease, progress),
      () => stores.tenants.changeTenant(tenantId, { limiterPolicy: {}, name: 'late' }),
      () => stores.tenants.deleteTenant(tenantId),
    ]
    const request = {
      tenantId,
      aboutTenantId: tenantId,
      actor: { kind: 'key', keyId } as const,
      address: '::1',
      requestId: randomBytes(8).toString('hex'),
      action: 'late',
      target: null,
    }
    for (const verb of verbs) {
      await inRequest({ ...request }, verb).catch(() => {})
      const now = (await everyRow(builder.database)).map(({ table, text }) => `${table} ${text}`)
      expect(
        now.filter((row) => !rows.includes(row)),
        String(verb),
      ).toEqual([])
    }
  })

  it('while it goes is waited for, and what it added goes first', async () => {
    const { stores, database } = builder
    const tenantId = await builder.tenant()
    await begunToDelete(tenantId)
    while ((await stores.tenants.removeRows(tenantId)) > 0);
    const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>()
    const { promise: hasAdded, resolve: added } = Promise.withResolvers<void>()
    const late = database.transaction(async (tx) => {
      await tx.run('select 1 from tenant_total where tenant_id = $1 for no key update', [tenantId])
      await tx.run("insert into endpoint (id, tenant_id, event_types) values ('whe_late', $1, '{}')", [tenantId])
      added()
      await mayCommit
    })
    await hasAdded
    const removed = stores.tenants.removeTenant(tenantId)
    await waitForLock(database)
    commit()
    await late
    expect(await removed).toBe(false)
    expect(await stores.tenants.removeRows(tenantId)).toBe(1)
    expect(await stores.tenants.removeTenant(tenantId)).toBe(true)
  })
})
