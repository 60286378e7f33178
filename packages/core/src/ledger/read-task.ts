import type { Sql } from '../database/database.ts'
import type { JoinedTaskRow } from './task-row.ts'
import { waitingColumn, waitingJoins } from './waiting-reasons-sql.ts'

/** A tenant's task with all that is shown of it. */
export function findTask(sql: Sql, tenantId: string, id: string): Promise<JoinedTaskRow | null> {
  return sql.first<JoinedTaskRow>(
    `select t.*, s.identifier as session_identifier, ${waitingColumn}
     from task t join session s on s.id = t.session_id ${waitingJoins('$2')}
     where t.id = $1 and t.tenant_id = $2`,
    [id, tenantId],
  )
}

/** Reads the task and locks it until the end of the transaction, without its waiting reasons. */
export function lockTask(tx: Sql, tenantId: string, id: string): Promise<JoinedTaskRow | null> {
  return tx.first<JoinedTaskRow>(
    `select t.*, s.identifier as session_identifier, null as waiting from task t join session s on s.id = t.session_id
     where t.id = $1 and t.tenant_id = $2 for update of t`,
    [id, tenantId],
  )
}
