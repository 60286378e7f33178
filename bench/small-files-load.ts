/** The load of the benches of small files: what a client does, and how soon it is done. */
import type { Database } from '#core/database/database.ts'
import { newTenant } from '#support/processes/service.ts'
import { followEvents } from '#support/receivers/event-reader.ts'
import type { Tally } from './webhook-tally.ts'

export interface Load {
  urls: readonly string[]
  /** Gets a webhook for every event. */
  tally: Tally
  /** Readers of the live stream meanwhile. */
  streams: number
}

const batch = 1000

/**
 * Downloads every URL once, in sessions of 1,000 tasks, for a new tenant of this name. Files a second, until all were stored and until
 * all were told by webhook. Rejects when a task does not complete.
 */
export async function loadFiles(
  service: { url: string; database: Pick<Database, 'first'> },
  { urls, tally, streams }: Load,
  name: string,
): Promise<{ stored: number; told: number }> {
  const { client, key, tenantId } = await newTenant(service.url, name)
  // As in the plain script, every file is reported as soon as it is stored: the client is in the foreground and waits.
  await client.ok('POST', '/v1/foreground', { ttlSeconds: 300 })
  const sessions = Array.from({ length: Math.ceil(urls.length / batch) }, (_, n) => `${name}-${n}`)
  // Raise the limits per host: the bench has only one origin.
  const configuration = { delegate: { url: tally.url }, httpMaximumConnectionsPerHost: 64 }
  for (const session of sessions) await client.ok('PUT', `/v1/sessions/${session}`, { configuration })
  const readers = await Promise.all(Array.from({ length: streams }, () => followEvents(service.url, key)))
  const told = tally.expect(urls.length)
  const from = Date.now()
  await Promise.all(
    sessions.map((session, n) => {
      const tasks = urls.slice(n * batch, (n + 1) * batch).map((each) => ({ url: each }))
      return client.ok('POST', `/v1/sessions/${session}/tasks/batch`, { tasks })
    }),
  )
  const toldAt = await told
  // All processes are on this machine, so they share its clock.
  const last = await service.database.first<{ at: Date; failed: number }>(
    "select max(ended_at) as at, count(*) filter (where state <> 'completed')::int as failed from task where tenant_id = $1",
    [tenantId],
  )
  if (last!.failed > 0) throw new Error(`${last!.failed} tasks did not complete`)
  await Promise.all(readers.map((reader) => reader.close()))
  const rate = (at: number) => (urls.length * 1000) / (at - from)
  return { stored: rate(last!.at.getTime()), told: rate(toldAt) }
}
