import { decodeCursor, pageOf, typeidShape } from '../../database/cursor.ts'
import { clockNow } from '../../database/database.ts'
import type { WorkerProcess as WorkerRow } from '../../database/generated/client.ts'
import { announce } from '../../database/notify.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { workerKeptSeconds, workerListedSeconds } from '../rules/worker-state.ts'
import type { WorkerProcess, WorkerStore } from '../worker-store.ts'

const isListed = `seen_at > clock_timestamp() - interval '${workerListedSeconds} seconds'`

export function createWorkerStore(ledger: Ledger): WorkerStore {
  return {
    async reportWorker({ id, version, host, upMs, slots, running, isDraining }) {
      // Said again in a moment, so no commit waits for the disk. Several workers may find the same rows to remove.
      const row = await ledger.relaxed.first<{ isDraining: boolean }>(
        `with gone as (
           delete from worker_process where id in (
             select id from worker_process
             where seen_at < clock_timestamp() - interval '${workerKeptSeconds} seconds' and id <> $1 for update skip locked
           )
         )
         insert into worker_process as known (id, version, host, started_at, seen_at, slots, running, draining_since)
         values ($1, $2, $3, ${clockNow} - make_interval(secs => $4::float8 / 1000), ${clockNow}, $5, $6,
           case when $7 then ${clockNow} end)
         on conflict (id) do update set seen_at = excluded.seen_at, running = excluded.running,
           draining_since = coalesce(known.draining_since, excluded.draining_since)
         returning draining_since is not null as is_draining`,
        [id, version, host, upMs, slots, running, isDraining],
      )
      return row!.isDraining
    },

    async withdrawWorker(id) {
      await ledger.relaxed.run('delete from worker_process where id = $1', [id])
    },

    async listWorkers({ limit, cursor }) {
      const after = decodeCursor(cursor, typeidShape) ?? ''
      const rows = await ledger.many<WorkerRow>(
        `select * from worker_process where id > $1 and ${isListed} order by id limit $2`,
        [after, limit + 1],
      )
      return pageOf(rows, limit, ({ id }) => id, workerOf)
    },

    drainWorker: (id) =>
      ledger.transaction(async (tx) => {
        const row = await tx.first<WorkerRow>(`select * from worker_process where id = $1 and ${isListed} for update`, [
          id,
        ])
        if (row === null || row.drainingSince !== null) return row && workerOf(row)
        const changed = await tx.first<WorkerRow>(
          `update worker_process set draining_since = ${clockNow} where id = $1 returning *`,
          [id],
        )
        await announce(tx, 'draining', { workerId: id })
        tx.changed()
        return workerOf(changed!)
      }),
  }
}

function workerOf({ seenAt, drainingSince, ...row }: WorkerRow): WorkerProcess {
  return { ...row, lastSeenAt: seenAt, state: drainingSince === null ? 'running' : 'draining' }
}
