import type { Sql } from '../../database/database.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { ReconcileStore, StoredItem } from '../reconcile-store.ts'
import { endLostFile } from './sweep-files.ts'

/** Tasks that one statement looks through: well within its time. */
const pageRows = 20_000
/** The claimant of a key at which nothing must lie. No task has such an id. */
const claimant = 'reconcile'

export function createReconcileStore(ledger: Ledger): ReconcileStore {
  return {
    listExpectedFiles: (tenantId, after, most) =>
      ledger.many(
        `select id as task_id, file_key as key, file_bytes::float8 as bytes from task
         where file_state in ('temporary', 'permanent') and id > coalesce($2, '') and ($1::text is null or tenant_id = $1)
         order by id limit $3`,
        [tenantId, after, most],
      ),
    async findNamedKeys(items) {
      const named = await namedByThemselves(ledger, items)
      const rest = items.filter(({ key }) => !named.has(key)).map(({ key }) => key)
      if (rest.length > 0) for await (const key of namedByTasks(ledger, rest)) named.add(key)
      return named
    },
    async claimUnnamed(key) {
      return (
        (await ledger.run('insert into file_key (key, task_id) values ($1, $2) on conflict do nothing', [
          key,
          claimant,
        ])) === 1
      )
    },
    async releaseUnnamed(key) {
      await ledger.run('delete from file_key where task_id = $1 and key = coalesce($2, key)', [claimant, key])
    },
    loseFile: ({ taskId, key }) => endLostFile(ledger, taskId, key),
  }
}

/** Of those whose task is in the key: one that has not ended. Of those at clients' keys: one that is claimed. */
async function namedByThemselves(sql: Sql, items: readonly StoredItem[]): Promise<Set<string>> {
  const taskIds = [...new Set(items.flatMap(({ taskId }) => taskId ?? []))]
  const atClients = items.filter(({ taskId }) => taskId === null).map(({ key }) => key)
  const living = await sql.many<{ id: string }>('select id from task where id = any($1) and ended_at is null', [
    taskIds,
  ])
  const claimed = await sql.many<{ key: string }>('select key from file_key where key = any($1) and task_id <> $2', [
    atClients,
    claimant,
  ])
  const ids = new Set(living.map(({ id }) => id))
  const keys = items.filter(({ taskId }) => taskId !== null && ids.has(taskId)).map(({ key }) => key)
  return new Set([...keys, ...claimed.map(({ key }) => key)])
}

/**
 * Any task may name a key: one that goes on with another's parts has that one's key. In the order of ids: a task that takes parts over while
 * this runs is newer than the one that had them, so it is found if that one was not.
 */
async function* namedByTasks(sql: Sql, keys: readonly string[]): AsyncIterable<string> {
  for (let after = ''; ; ) {
    const page: { last: string | null; named: string[] } | null = await sql.first(
      `with page as materialized (
         select id, case when file_state in ('temporary', 'permanent') then file_key end as file_key, transfer, garbage
         from task where id > $1 order by id limit ${pageRows})
       select (select max(id) from page) as last, array(
         select file_key from page where file_key = any($2)
         union select transfer ->> 'key' from page where transfer ->> 'key' = any($2)
         union select orphan ->> 'key' from page cross join lateral jsonb_array_elements(garbage) as orphan
           where garbage is not null and orphan ->> 'key' = any($2)) as named`,
      [after, keys],
    )
    yield* page!.named
    if (page!.last === null) return
    after = page!.last
  }
}
