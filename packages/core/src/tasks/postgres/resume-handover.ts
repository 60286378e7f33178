import type { Database, Sql } from '../../database/database.ts'
import { discardTransfer } from '../../ledger/orphans.ts'
import { isResting } from '../../ledger/resting.ts'
import { keptTransfer, type TaskRow } from '../../ledger/task-row.ts'
import { type RefusedTask, TasksRefused } from '../rules/task-rejections.ts'
import type { NewTask } from '../task-store.ts'

const atOnce = 100

/** Epochs begin at 1, so no generation of the task that takes over has this number. */
const generationTakenOver = 0

/** A task that has ended, whose transfer goes to a new one. */
interface Handover {
  from: TaskRow
  to: NewTask
}

/**
 * Locks the ended tasks whose parts these tasks take over, before any session is locked. Throws TasksRefused when
 * resume data has expired or was used, by another request or twice in this one; a retry takes the parts that are there,
 * and begins anew otherwise.
 */
export async function lockKeptTransfers(tx: Sql, tenantId: string, tasks: readonly NewTask[]): Promise<Handover[]> {
  const claims = tasks.flatMap((task, index) => (task.resumes ? [{ task, index, claim: task.resumes }] : []))
  if (claims.length === 0) return []
  const rows = await tx.many<TaskRow>(
    `select * from task where id = any($1) and tenant_id = $2 order by id for update`,
    [claims.map(({ claim }) => claim.taskId), tenantId],
  )
  const clock = await tx.first<{ now: Date }>('select clock_timestamp() as now')
  const kept = new Map(rows.map((row) => [row.id, row]))
  const handovers: Handover[] = []
  const refused: RefusedTask[] = []
  for (const { task, index, claim } of claims) {
    const from = kept.get(claim.taskId)
    const there = from ? keptTransfer(from) : null
    if ('ifKept' in claim) {
      if (there && there.until > clock!.now) handovers.push({ from: from!, to: task })
    } else if (claim.until <= clock!.now) refused.push({ index, why: 'resumeDataExpired' })
    else if (there?.generation !== claim.generation) refused.push({ index, why: 'resumeDataUsed' })
    else handovers.push({ from: from!, to: task })
    kept.delete(claim.taskId)
  }
  if (refused.length > 0) throw new TasksRefused(refused)
  return handovers
}

/**
 * Moves the transfer and its parts from the ended task to the new one. The object keeps its key, which from now on only
 * the new task knows, so that only what ends or replaces that one can orphan it. Returns the new tasks' rows after the
 * change.
 */
export async function handOver(tx: Sql, handovers: readonly Handover[]): Promise<Map<string, TaskRow>> {
  const resumed = new Map<string, TaskRow>()
  for (const { from, to } of handovers) {
    const transfer = from.transfer!
    await tx.run('update transfer_part set task_id = $2, generation = $4 where task_id = $1 and generation = $3', [
      from.id,
      to.id,
      transfer.generation,
      generationTakenOver,
    ])
    const row = await tx.first<TaskRow>(
      `update task set transfer = $2, response = $3, bytes_expected = $4, bytes_received =
         (select coalesce(sum(bytes), 0) from transfer_part where task_id = $1) where id = $1 returning *`,
      [
        to.id,
        JSON.stringify({ ...transfer, generation: generationTakenOver }),
        JSON.stringify(from.response),
        transfer.total,
      ],
    )
    resumed.set(to.id, row!)
    await tx.run('update task set transfer = null, resume_until = null where id = $1', [from.id])
  }
  return resumed
}

/** Orphans the parts of failed and canceled tasks that no new task took over in time, not while their tenant rests. */
export async function expireResumeData(database: Database): Promise<number> {
  const due = 'resume_until <= statement_timestamp()'
  const ended = await database.many<{ id: string }>(
    `select id from task where ${due} and not ${isResting('task.tenant_id')} limit $1`,
    [atOnce],
  )
  for (const { id } of ended)
    await database.transaction(async (tx) => {
      const row = await tx.first<TaskRow>(`select * from task where id = $1 and ${due} for update`, [id])
      if (!row) return
      await tx.run('update task set resume_until = null where id = $1', [id])
      await discardTransfer(tx, row)
    })
  return ended.length
}
