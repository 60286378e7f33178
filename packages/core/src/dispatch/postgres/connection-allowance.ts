import type { Database } from '../../database/database.ts'
import { isFetching } from '../../ledger/in-flight.ts'
import type { Lease } from '../../tasks/rules/lease.ts'
import { allowedConnections, type ConnectionsWanted, oneConnectionMs } from '../rules/capacity.ts'

/**
 * Records how many connections a running task has to its host, up to `wanted` within the caps. Claims count them, and
 * lock the host's row while they do: behind that lock the count is exact here too. Null: the lease is lost.
 */
export function useConnections(database: Database, { taskId, epoch }: Lease, wanted: number): Promise<number | null> {
  return database.transaction(async (tx) => {
    const task = await tx.first<{ host: string; sessionId: string; sessionCap: number }>(
      `select t.host, t.session_id, (s.configuration ->> 'httpMaximumConnectionsPerHost')::int as session_cap
       from task t join session s on s.id = t.session_id
       where t.id = $1 and t.epoch = $2 and t.state = 'running' for update of t`,
      [taskId, epoch],
    )
    if (!task) return null
    const { host, sessionId, sessionCap } = task
    await tx.run('select 1 from host_state where host = $1 for update', [host])
    const others = await tx.first<Omit<ConnectionsWanted, 'wanted' | 'sessionCap'>>(
      `select coalesce(sum(t.connections), 0)::int as at_host,
         coalesce(sum(t.connections) filter (where t.session_id = $3), 0)::int as of_session,
         exists (select 1 from task w where w.host = $2 and w.state = 'waiting' and w.due) as someone_waits,
         exists (select 1 from host_state h where h.host = $2
           and (h.half_open or h.blocked_until > clock_timestamp())) as is_unwell,
         exists (select 1 from host_state h where h.host = $2
           and h.single_connection_until > clock_timestamp()) as refuses_second
       from task t where t.host = $2 and t.id <> $1 and ${isFetching('t')}`,
      [taskId, host, sessionId],
    )
    const granted = allowedConnections({ wanted, sessionCap, ...others! })
    await tx.run('update task set connections = $2 where id = $1 and connections <> $2', [taskId, granted])
    return granted
  })
}

/**
 * The task keeps one connection, because `refusedBy`, a host with its port, has refused a second. If that is the task's own host, and
 * not a redirect's target, downloads have one connection there for an hour. Nothing happens when the lease is lost.
 */
export async function noteSecondRefused(
  database: Database,
  { taskId, epoch }: Lease,
  refusedBy: string,
): Promise<void> {
  await database.relaxed.run(
    `with mine as (
       update task set connections = 1 where id = $1 and epoch = $2 and state = 'running' returning host
     )
     insert into host_state (host, single_connection_until)
     select host, clock_timestamp() + make_interval(secs => $4) from mine where host = $3
     on conflict (host) do update set single_connection_until = excluded.single_connection_until`,
    [taskId, epoch, refusedBy, oneConnectionMs / 1000],
  )
}
