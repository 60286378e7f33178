/** Reads what is left in the database and the bucket, past every network that can fail. */
import pg from 'pg'
import type { EventRecord, History, LimiterRecord, SessionRecord, TaskRecord, WakeRecord } from './history.ts'
import type { SoakServers } from './servers.ts'
import { limiterPolicy, must, type SoakTenant } from './tenants.ts'

type Rest = Pick<History, 'tasks' | 'sessions' | 'deliveries' | 'wakes' | 'limiters' | 'objects' | 'uploads'>

/** The rows, and what lies in storage. */
export async function readRest(
  { postgres, bucket }: Pick<SoakServers, 'postgres' | 'bucket'>,
  tenants: readonly SoakTenant[],
): Promise<Rest> {
  const database = new pg.Client({ connectionString: postgres.connectionString })
  await database.connect()
  const rows = async <Row>(sql: string) => (await database.query(sql)).rows as Row[]
  try {
    const sessions = tenants.flatMap((tenant) => [...tenant.sessions, tenant.quiet])
    const held = new Map(
      (await rows<{ identifier: string; held: number }>(heldSql)).map(({ identifier, held }) => [identifier, held]),
    )
    const present = new Set(tenants.filter(({ wasInForeground }) => wasInForeground).map(({ id }) => id))
    return {
      tasks: (await rows<TaskRow>(tasksSql)).map(taskOf),
      sessions: sessions.map(
        ({ identifier, tenantId, isTold, isExplicit }): SessionRecord => ({
          id: identifier,
          tenantId,
          identifier,
          isTold,
          isExplicit,
          heldEvents: held.get(identifier) ?? 0,
        }),
      ),
      deliveries: await rows<History['deliveries'][number]>(deliveriesSql),
      wakes: await rows<WakeRecord>(wakesSql),
      limiters: (await rows<Pick<LimiterRecord, 'tenantId' | 'delaySeconds' | 'lastWakeAtMs'>>(limitersSql))
        .filter(({ tenantId }) => tenants.some(({ id }) => id === tenantId))
        .map((limiter) => ({ ...limiter, policy: limiterPolicy, wasInForeground: present.has(limiter.tenantId) })),
      objects: (await bucket.objects()).map(({ key }) => key),
      uploads: await bucket.uploads(),
    }
  } finally {
    await database.end()
  }
}

/** The digests of all files that the rows name. */
export async function addDigests(tasks: TaskRecord[], objects: readonly string[], bucket: SoakServers['bucket']) {
  const there = new Set(objects)
  for (const { file } of tasks) if (file && there.has(file.key)) file.sha256 = await bucket.sha256(file.key)
}

interface Envelope {
  id: string
  type: string
  sequence: number | null
  tenantSequence: number
  sessionIdentifier: string | null
  data: { task?: { id: string; state: string } }
}

export async function readEvents(tenants: readonly SoakTenant[]): Promise<EventRecord[]> {
  const events: EventRecord[] = []
  for (const { id: tenantId, client } of tenants)
    for (let after = ''; ; ) {
      const page = await must<{ data: Envelope[]; nextCursor: string }>(
        client.send('GET', `/v1/events?limit=200${after && `&after=${after}`}`),
      )
      if (page.data.length === 0) break
      after = page.nextCursor
      for (const { id, type, sequence, tenantSequence, sessionIdentifier, data } of page.data)
        events.push({
          id,
          tenantId,
          tenantSequence,
          sessionId: sessionIdentifier,
          sequence,
          type,
          taskId: data.task?.id ?? null,
          state: data.task?.state ?? null,
        })
    }
  return events
}

interface TaskRow {
  id: string
  tenantId: string
  creation: string
  state: string
  fileState: string | null
  fileKey: string
  fileBytes: number
  isOver: boolean
  garbage: number
}

const taskOf = ({ fileState, fileKey, fileBytes, isOver, ...task }: TaskRow): TaskRecord => ({
  ...task,
  file: fileState === null ? null : { state: fileState, key: fileKey, bytes: fileBytes, isOver, sha256: null },
})

const tasksSql = `
  select id, tenant_id as "tenantId", metadata ->> 'creation' as creation, state, file_state as "fileState", file_key as "fileKey",
    file_bytes::float8 as "fileBytes", file_state = 'temporary' and file_lease_expires_at <= now() as "isOver", coalesce(jsonb_array_length(garbage), 0) as garbage from task`

/** Without what waits for the wake of another event. */
const heldSql = `
  select s.identifier, count(*)::int as held from event e join session s on s.id = e.session_id where e.held and e.type <> 'file.expired' group by 1`

const deliveriesSql = `
  select d.event_id as "eventId", s.identifier as "sessionId", d.state from delivery d join session s on s.id = d.session_id`

const wakesSql = `
  select w.id, w.tenant_id as "tenantId", s.identifier as "sessionId", w.state, w.delay_after_seconds as "delayAfterSeconds",
    round(extract(epoch from w.opened_at) * 1000)::float8 as "openedAtMs"
  from wake w join session s on s.id = w.session_id`

const limitersSql = `
  select tenant_id as "tenantId", delay_seconds as "delaySeconds",
    round(extract(epoch from last_wake_at) * 1000)::float8 as "lastWakeAtMs" from limiter`
