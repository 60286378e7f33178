import type { Wake as WakeRow } from '../../database/generated/client.ts'
import type { Encryptor } from '../../kernel/encryptor.ts'
import { countBusy } from '../../ledger/drained.ts'
import { isUndelivered, isWantedSql, listOf, ofOneWake } from '../../ledger/event-filter.ts'
import type { SealingSql } from '../../ledger/ledger.ts'
import type { SessionRow } from '../../ledger/session-row.ts'
import { configurationOf, wakeOf } from '../../ledger/session-row.ts'
import { publicState, type TaskState } from '../../tasks/rules/task.ts'
import { nextWake } from '../../wakes/rules/wake.ts'
import { type AdviceFigures, sessionAdvice } from '../rules/advice.ts'
import type { Session, SessionConfiguration } from '../rules/session.ts'
import { figuresOfSession } from './advice-figures.ts'

/** SQL between select and where: sessions with all that is shown of them. One statement, so that it shows one moment. */
const withAll = `
  s.*, undelivered.count as undelivered_events, held.count as held_events,
  case when s.wake_due_at is null then 0 else ${countBusy({ tenant: 's.tenant_id', session: 's.id' }, 'statement_timestamp()')} end as outstanding,
  tasks.counts as task_counts, ${figuresOfSession} as figures,
  w.id as wake_id, w.opened_at, w.deadline, w.event_count, w.delay_after_seconds
  from session s
    left join endpoint p on p.id = s.endpoint_id
    left join wake w on w.session_id = s.id and w.state = 'open'
    cross join lateral (
      select coalesce(json_object_agg(state, count), '{}') as counts
      from (select state, count(*)::int as count from task where session_id = s.id group by state) by_state) tasks
    cross join lateral (
      select count(*)::int as count from event e
      where e.session_id = s.id and e.held and (p.id is null or ${isWantedSql('p.event_types', 'e.type')})) held
    cross join lateral (
      select held.count + (select count(*) from delivery where session_id = s.id and state = 'pending')::int
        + (select count(*) from delivery d join event e on e.id = d.event_id
           where d.session_id = s.id and ${isUndelivered('d')} and not e.held and e.type not in (${listOf(ofOneWake)}))::int
        as count) undelivered`

type ShownRow = SessionRow & {
  undeliveredEvents: number
  heldEvents: number
  outstanding: number
  taskCounts: Partial<Record<TaskState, number>>
  figures: AdviceFigures
  wakeId: string | null
} & Pick<WakeRow, 'openedAt' | 'deadline' | 'eventCount' | 'delayAfterSeconds'>

/** `where`: a condition on `s`, and optional clauses after it. */
export async function readSessions(sql: SealingSql, where: string, params: unknown[]): Promise<Session[]> {
  const rows = await sql.many<ShownRow>(`select ${withAll} where ${where}`, params)
  return rows.map((row) => sessionOf(row, sql.encryptor))
}

/** The frozen configuration with its header values, for sending or comparing them. */
export function fullConfiguration(row: SessionRow, encryptor: Encryptor): SessionConfiguration {
  const configuration = configurationOf(row)
  if (row.headersSealed === null) return configuration
  const headers = JSON.parse(encryptor.decrypt(row.headersSealed, `headers:${row.id}`)) as Record<string, string>
  return { ...configuration, httpAdditionalHeaders: headers }
}

function sessionOf(row: ShownRow, encryptor: Encryptor): Session {
  const taskCounts = { suspended: 0, waiting: 0, running: 0, completed: 0, failed: 0, canceled: 0 }
  for (const [state, count] of Object.entries(row.taskCounts)) taskCounts[publicState(state as TaskState)] += count
  return {
    id: row.id,
    tenantId: row.tenantId,
    identifier: row.identifier,
    state: row.state,
    configuration: fullConfiguration(row, encryptor),
    defaultsVersion: row.defaultsVersion,
    createdAt: row.createdAt,
    taskCounts,
    openWake:
      row.wakeId === null ? null : wakeOf({ ...row, id: row.wakeId, state: 'open', closedAt: null }, row.identifier),
    undeliveredEvents: row.undeliveredEvents,
    heldEvents: row.heldEvents,
    nextWake: nextWake(row.wakeDueAt, row.outstanding),
    advice: sessionAdvice(row.figures),
  }
}
