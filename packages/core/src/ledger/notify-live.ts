import { notifying } from '../database/notify.ts'
import type { LiveNotice } from '../events/rules/live-update.ts'

/** How long a tenant's stream is taken to be read after a process has said so. */
export const streamLeaseSeconds = 30

/** A payload has at most 8,000 bytes; an id has 30, and a session's name 128. */
const idsPerNotice = 150

const read = (tenantId: string) =>
  `stream_lease where stream_lease.tenant_id = ${tenantId} and stream_lease.until > clock_timestamp()`

/**
 * A column for the RETURNING of a statement that changes rows of `task`: it announces each row's change in the same
 * commit, if the tenant's stream has a reader. Without one it costs a look into one small index.
 */
export function notingTask(members: LiveMembers): string {
  return `(select ${notify(members, 'task.tenant_id', 'task.session_id', 'json_build_array(task.id)')}
    from ${read('task.tenant_id')}) as noted`
}

/** The query that announces the states that many tasks have come to: the rows of `source`, a part of the same statement. */
export function notingStates(source: string): string {
  const members = { type: 'task.state', state: 'these.state' } as const
  return `select ${notify(members, 'these.tenant_id', 'these.session_id', 'json_agg(these.id order by these.id)')}
    from (
      select id, tenant_id, session_id, state,
        (row_number() over (partition by session_id, state order by id) - 1) / ${idsPerNotice} as chunk
      from ${source} where exists (select from ${read(`${source}.tenant_id`)})
    ) these group by these.tenant_id, these.session_id, these.state, these.chunk`
}

/** The query that announces how far a tenant's feed is, for the readers of its stream. */
export function announcingEvents(tenantId: string, head: string, source: string): string {
  return `select ${notifying('events', { tenantId, head })}::text
    from ${source}, ${read(tenantId)}`
}

type LiveMembers = { [Type in LiveNotice['type']]: { type: Type } & Record<string, string> }[LiveNotice['type']]

/** `members` besides `type` are SQL. */
function notify({ type, ...members }: LiveMembers, tenantId: string, sessionId: string, taskIds: string): string {
  const rest = Object.entries(members).map(([name, value]) => `, '${name}', ${value}`)
  const notice = `json_build_object('type', '${type}', 'tenantId', ${tenantId},
    'sessionIdentifier', (select identifier from session where session.id = ${sessionId}), 'taskIds', ${taskIds}${rest.join('')})`
  return `${notifying('note', { notice })}::text`
}
