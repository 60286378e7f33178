import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '#support/assertions/eventually.ts'
import { everyRow, rowsWith, tracesOf } from '#support/assertions/tenant-traces.ts'
import { createClient } from '#support/client/client.ts'
import type { TappedVerb } from '#support/faults/failpoints.ts'
import { startKilledWorker } from '#support/faults/killed-worker.ts'
import { type Origin, startOrigin } from '#support/origins/origin.ts'
import { type Cluster, testCluster } from '#support/processes/cluster.ts'
import { newTenant, operatorToken } from '#support/processes/service.ts'
import { type Bucket, openBucket } from '#support/storage/bucket.ts'

const embeddedOnly = process.env.BACKHAUL_TEST_EMBEDDED_ONLY === '1'

/** The verbs of the removal, in the order in which it comes to them first. A crash before a commit is one behind the commit before it. */
const removing = [
  'stores.tenants.leaseRemoval',
  'stores.tenants.listRemovableTasks',
  'objects.abort',
  'objects.remove',
  'stores.tenants.removeTasks',
  'stores.tenants.removeRows',
  'objects.removeBelow',
  'stores.tenants.removeTenant',
] satisfies TappedVerb[]
const points = removing.flatMap((verb) =>
  verb.startsWith('objects.') ? [`before ${verb}`, `after ${verb}`] : [`after ${verb}`],
)

describe.skipIf(embeddedOnly)('a tenant that is being deleted', () => {
  let cluster: Cluster
  let origin: Origin
  let bucket: Bucket
  let database: pg.Client
  beforeAll(async () => {
    ;[cluster, origin] = await Promise.all([testCluster() as Promise<Cluster>, startOrigin()])
    bucket = openBucket(cluster.s3)
    database = new pg.Client({ connectionString: cluster.database.connectionString })
    await database.connect()
  })
  afterAll(async () => {
    bucket?.close()
    await database?.end()
    await cluster?.dispose()
    await origin?.close()
  })
  const sql = {
    many: async <T>(text: string, values: readonly unknown[] = []): Promise<T[]> =>
      (await database.query(text, [...values])).rows,
  }

  test('leaves no row, object or upload, whatever step the workers that remove it die at; another keeps its own', {
    timeout: 600_000,
  }, async () => {
    const api = await cluster.startApi()
    const operator = createClient(api.url, operatorToken)
    const [going, staying] = [await newTenant(api.url), await newTenant(api.url)]
    for (const { client, tenantId } of [going, staying]) {
      await client.ok('PUT', '/v1/sessions/s', { configuration: { delegate: { kind: 'pull' } } })
      for (const name of ['a', 'b']) {
        const url = origin.serve(`/${tenantId}/${name}`, { bytes: 1_000 })
        await client.ok('POST', '/v1/sessions/s/tasks', { url, ...(name === 'b' && { destinationKey: 'kept/b' }) })
      }
    }
    const first = await cluster.startWorker()
    await eventually(
      'all have ended, and what was copied to a key of the client is swept',
      async () => (await sql.many('select 1 from task where ended_at is null or garbage is not null')).length === 0,
      { withinMs: 120_000 },
    )
    await first.end('SIGTERM')
    const { tenantId } = going
    // What a worker left behind, in reach of a row and not.
    const upload = await bucket.begin(`${tenantId}/tasks/left/1`)
    await bucket.begin(`${tenantId}/tasks/left/2`)
    await bucket.begin(`${tenantId}/tasks/unknown/1`)
    await database.query(
      `update task set garbage_lease_until = now() + interval '1 hour', garbage = $2
       where id = (select min(id) from task where tenant_id = $1)`,
      [
        tenantId,
        JSON.stringify([
          { key: `${tenantId}/tasks/left/1`, uploadId: upload },
          { key: `${tenantId}/tasks/left/2`, uploadId: null },
        ]),
      ],
    )
    const { names } = await tracesOf(sql, tenantId)
    const kept = (await bucket.objects()).filter(({ key }) => key.startsWith(`${staying.tenantId}/`))
    expect(kept.length).toBeGreaterThan(0)

    await operator.ok('DELETE', `/v1/admin/tenants/${tenantId}`)
    await database.query("update tenant set state_since = state_since - interval '1 hour' where id = $1", [tenantId])
    for (const point of points) {
      const worker = startKilledWorker(cluster, point)
      await eventually(`it is ${point}`, worker.isThere, { withinMs: 120_000 })
      // The dead one's lease would take half a minute.
      await database.query('update tenant set lease_until = null')
    }

    expect(await operator.call('GET', `/v1/admin/tenants/${tenantId}`)).toMatchObject({ status: 404 })
    // That it was deleted stays on record, and nothing else names it.
    expect((await rowsWith(sql, names)).map(({ table }) => table)).toEqual(['audit'])
    expect((await everyRow(sql)).filter(({ table, text }) => table === 'audit' && text.includes(tenantId))).toEqual([
      { table: 'audit', text: expect.stringContaining('deleteTenant') },
    ])
    expect(await bucket.objects()).toEqual(kept)
    expect(await bucket.uploads()).toEqual([])
    expect(await staying.client.ok('GET', '/v1/tasks')).toMatchObject({
      data: [{ state: 'completed' }, { state: 'completed' }],
    })
  })
})
