import { giveUpHosts } from '../../hosts/postgres/fail-unreachable.ts'
import { failTask } from '../../ledger/fail-task.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { notingStates } from '../../ledger/notify-live.ts'
import { countStep, writingSteps } from '../../ledger/write-steps.ts'
import { generationKeySql } from '../download-request.ts'

/** Of a task. What is noted is there only if the database crashed as well, so more of them mean that its workers die again and again. */
const notedOrphansOfMost = 100

/**
 * SQL: the task's garbage, with the object that the worker may have stored in this epoch unless the next one goes on with it. A small file is
 * stored in one request, and what was committed right before it does not wait for the disk: the worker is gone, so nobody
 * else knows of the object when a crash of the database has taken the record back.
 */
const garbageWithOwnKey = `case
  when (transfer ->> 'key') is not distinct from ${generationKeySql('task')}
    or jsonb_array_length(garbage) >= ${notedOrphansOfMost} then garbage
  else coalesce(garbage, '[]') || jsonb_build_array(jsonb_build_object('key', ${generationKeySql('task')}, 'uploadId', null)) end`

/** Tasks whose lease has ended go back to waiting, no attempt charged; those past their deadline, or for a host that is given up, fail. */
export async function reap(ledger: Ledger): Promise<number> {
  const returned = await ledger.first<{ count: number }>(
    `with lost as (
       select id, state as lost_state, worker_id as lost_worker from task
       where state in ('dispatched', 'running', 'completing') and lease_until < clock_timestamp()
       limit 1000 for update skip locked
     ), returned as (
       update task set state = 'waiting', due = true, epoch = epoch + 1, worker_id = null, lease_until = null,
         bytes_per_second = null, garbage = ${garbageWithOwnKey}, ${countStep}
       from lost where task.id = lost.id
       returning task.id, task.tenant_id, task.session_id, task.state, task.steps, lost.lost_state, lost.lost_worker
     ), ${writingSteps('returned', 'leaseLost')}, noted as (${notingStates('returned')})
     select (select count(*) from returned)::int as count, (select count(*) from noted) as noted`,
  )
  const late = await ledger.many<{ id: string }>(
    `select id from task where state in ('waiting', 'dispatched', 'running') and deadline < statement_timestamp() limit 100`,
  )
  for (const { id } of late)
    await ledger.transaction((tx) =>
      failTask(
        tx,
        { id },
        {
          errorName: 'deadline_exceeded',
          detail: 'the task did not finish within timeoutIntervalForResource',
          retriable: true,
          transactions: [],
          response: null,
        },
      ),
    )
  return returned!.count + late.length + (await giveUpHosts(ledger))
}
