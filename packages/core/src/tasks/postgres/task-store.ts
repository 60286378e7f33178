import { decodeCursor, pageOf, typeidShape } from '../../database/cursor.ts'
import type { Sql } from '../../database/database.ts'
import { Prisma } from '../../database/generated/client.ts'
import { once } from '../../database/idempotency-keys.ts'
import { announce } from '../../database/notify.ts'
import type { PageQuery } from '../../kernel/page.ts'
import { bringWakeForward } from '../../ledger/append-events.ts'
import { withdrawDecision } from '../../ledger/close-decision.ts'
import { endTask } from '../../ledger/end-task.ts'
import { claimDestinations } from '../../ledger/file-keys.ts'
import { isKnownSession, newestSessionId, refuseUnknownSession } from '../../ledger/find-session.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { admitTasks, suspendGatedTask } from '../../ledger/limiter-row.ts'
import { notingStates } from '../../ledger/notify-live.ts'
import { clock, sql } from '../../ledger/patch.ts'
import { findTask, lockTask } from '../../ledger/read-task.ts'
import { completeLock, lockSession } from '../../ledger/session-lock.ts'
import type { SessionRow } from '../../ledger/session-row.ts'
import { type JoinedTaskRow, sealRequest, taskOf, taskWith } from '../../ledger/task-row.ts'
import { transition } from '../../ledger/transition.ts'
import { isWaiting, waitingColumn, waitingJoins, waitingReasonsOf } from '../../ledger/waiting-reasons-sql.ts'
import { type PublicTaskState, publicState, storedStates, type Task, type TaskState } from '../rules/task.ts'
import { taskError } from '../rules/task-error.ts'
import type { NewTask, TaskFilter, TaskStore } from '../task-store.ts'
import { type PlannedTask, planNewTasks, planResumedTask } from './plan-start.ts'
import { handOver, lockKeptTransfers } from './resume-handover.ts'

/** A task's number in its session, as a cursor. */
const numberShape = /^\d{1,9}$/

export function createTaskStore(ledger: Ledger): Omit<TaskStore, 'changeFile'> {
  /** A refused change: the task as it is now, unless it has ended. `same` is what repeating leaves in peace. */
  const refused = async (tx: Sql, tenantId: string, id: string, same: readonly TaskState[]) => {
    const row = await findTask(tx, tenantId, id)
    if (!row) return 'not_found' as const
    return same.includes(row.state) ? taskOf(row, ledger.sealer) : ('ended' as const)
  }
  return {
    createTasks: (tenantId, given, tasks, request) =>
      ledger.transaction((tx) =>
        once(tx, request, async () => {
          const handovers = await lockKeptTransfers(tx, tenantId, tasks)
          const [column, value] =
            typeof given === 'string' ? (['identifier', given] as const) : (['id', given.id] as const)
          const [row] = await tx.many<SessionRow>(
            `select * from session where tenant_id = $1 and ${column} = $2 and state <> 'invalidated' for update`,
            [tenantId, value],
          )
          if (!row) return (await isKnownSession(tx, tenantId, column, value)) ? 'invalidated' : 'not_found'
          if (row.state !== 'active') return 'invalidated'
          const session = await completeLock(tx, row)
          await claimDestinations(tx, tenantId, tasks)
          const admission = await admitTasks(tx, tenantId, tasks)
          const { now, clientIn, gates, delaySeconds } = admission
          const requests = tasks.map((task) => sealRequest(ledger.sealer, task.id, task.request))
          const plans = await planNewTasks(tx, tenantId, session.configuration, tasks, admission)
          const rows = await tx.many<Omit<JoinedTaskRow, 'requestSealed'>>(insertTasks, [
            tenantId,
            row.id,
            row.lastTaskIdentifier,
            delaySeconds,
            now,
            session.configuration.timeoutIntervalForResource,
            session.configuration.isDiscretionary,
            JSON.stringify(tasks.map((task, n) => taskRecord(task, plans[n]!, gates[n]!, requests[n]!.byteLength, n))),
            row.identifier,
            clientIn,
            Buffer.concat(requests),
          ])
          const resumed = await handOver(tx, handovers)
          if (session.configuration.delegateDecisions.includes('delayedRequest')) await askAboutDelayed(tx, row, now)
          await tx.run('update session set last_task_identifier = last_task_identifier + $2 where id = $1', [
            row.id,
            tasks.length,
          ])
          await announce(tx, 'work')
          return rows
            .toSorted((a, b) => a.taskIdentifier - b.taskIdentifier)
            .map((task, n) => taskWith(tasks[n]!.request, { ...task, ...resumed.get(task.id) }, ledger.sealer))
        }),
      ),

    async findTask(tenantId, id) {
      const row = await findTask(ledger, tenantId, id)
      return row ? taskOf(row, ledger.sealer) : null
    },

    listTasks: (tenantId, filter, query) => listTasks(ledger, tenantId, filter, query),

    async countTasks(tenantId) {
      const counts = await ledger.many<{ state: TaskState; count: number }>(
        'select state, count(*)::int as count from task where tenant_id = $1 group by state',
        [tenantId],
      )
      const sums = { suspended: 0, waiting: 0, running: 0, completed: 0, failed: 0, canceled: 0 }
      for (const { state, count } of counts) sums[publicState(state)] += count
      return sums satisfies Record<PublicTaskState, number>
    },

    suspendTask: (tenantId, id) =>
      ledger.transaction(async (tx) => {
        const before = await lockTask(tx, tenantId, id)
        const gate = before?.gated ? gateOf(before) : null
        const row = await transition(
          tx,
          'suspend',
          { id, tenantId },
          {
            due: false,
            gated: false,
            gatedUntil: sql`case when began_at is not null then gated_until end`,
            gateDelaySeconds: sql`case when began_at is not null then gate_delay_seconds end`,
          },
          gate && before!.beganAt === null ? { kind: 'suspended', data: gate } : undefined,
        )
        if (!row) return refused(tx, tenantId, id, ['suspended'])
        const session = await lockSession(tx, row.sessionId)
        if (gate) await suspendGatedTask(tx, tenantId, row.beganAt !== null)
        // An answer that was recorded already still counts.
        await withdrawDecision(tx, row, ['open'])
        await bringWakeForward(tx, session)
        await announce(tx, 'interrupted', { taskId: id })
        return taskOf({ ...row, sessionIdentifier: session.row.identifier, waiting: null }, ledger.sealer)
      }),

    resumeTask: (tenantId, id) =>
      ledger.transaction(async (tx) => {
        const before = await lockTask(tx, tenantId, id)
        // Once begun it keeps its admission.
        const isAdmitted = before?.state === 'suspended' && before.beganAt === null
        const admission = isAdmitted ? await admitTasks(tx, tenantId, [{ ...before, suspended: false }]) : null
        const gatedUntil = admission?.gates[0] ?? null
        const gate = { gatedUntil, gateDelaySeconds: gatedUntil && admission!.delaySeconds }
        const row = await transition(
          tx,
          'resume',
          { id, tenantId },
          {
            due: false,
            gated: gatedUntil !== null,
            gatedUntil: sql`coalesce(${gatedUntil}, gated_until)`,
            gateDelaySeconds: sql`coalesce(${gate.gateDelaySeconds}, gate_delay_seconds)`,
            resumedAt: sql`coalesce(resumed_at, ${clock})`,
            readyAt: sql`greatest(${clock}, earliest_begin_date, ${gatedUntil}, retry_at)`,
            deadline: sql`coalesce(deadline, greatest(${clock}, earliest_begin_date) + make_interval(secs => (
              select (configuration ->> 'timeoutIntervalForResource')::float8 from session where id = task.session_id)))`,
          },
          isAdmitted ? { kind: 'resumed', data: gate } : undefined,
        )
        if (!row) return refused(tx, tenantId, id, ['waiting', 'dispatched', 'running', 'completing'])
        await announce(tx, 'work')
        const session = await tx.first<SessionRow>('select * from session where id = $1', [row.sessionId])
        await planResumedTask(tx, row, session!.configuration)
        return taskOf((await findTask(tx, tenantId, id))!, ledger.sealer)
      }),

    cancelTask: (tenantId, id) =>
      ledger.transaction(async (tx) => {
        await lockTask(tx, tenantId, id)
        const row = await transition(tx, 'cancel', { id, tenantId }, { error: canceledError })
        if (!row) return refused(tx, tenantId, id, ['canceled'])
        await announce(tx, 'interrupted', { taskId: id })
        return endTask(tx, row)
      }),
  }
}

/** What the timeline keeps of a gate. */
function gateOf({ gatedUntil, gateDelaySeconds }: JoinedTaskRow) {
  return { gatedUntil, gateDelaySeconds }
}

/** Of the tasks just made in this session, those that begin later: their delegate is asked before they do. */
async function askAboutDelayed(tx: Sql, { id, lastTaskIdentifier }: SessionRow, now: Date): Promise<void> {
  await tx.run(
    'update task set asks_before_begin = true where session_id = $1 and task_identifier > $2 and earliest_begin_date > $3',
    [id, lastTaskIdentifier, now],
  )
}

/** Apple reports a cancelled task with this error too. */
export const canceledError = taskError('cancelled', 'the client canceled the task', false)

/** But for the request, which is most of a row and known already. */
const otherColumns = Object.keys(Prisma.TaskScalarFieldEnum)
  .filter((field) => field !== 'requestSealed')
  .map((field) => `t.${field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`)
  .join(', ')

const insertTasks = `
  with given as (
    select g.*, greatest($5, g.earliest_begin_date) as starts_at,
      substr($11::bytea, 1 + (sum(request_bytes) over (order by n) - request_bytes)::int, request_bytes) as request_sealed
    from jsonb_to_recordset($8::jsonb) as g(n int, id text, host text, request_bytes int, expects_to_send int8,
      expects_to_receive int8, maximum_bytes int8, expected jsonb, priority float8, task_description text, metadata jsonb,
      is_discretionary boolean, suspended boolean, earliest_begin_date timestamptz, latest_start timestamptz,
      ready_at timestamptz, gated_until timestamptz, destination_key text)
  ), inserted as (
    insert into task (id, tenant_id, session_id, task_identifier, state, due, ready_at, host, request_sealed,
      expects_to_send, expects_to_receive, maximum_bytes, expected, priority, task_description, metadata,
      is_discretionary, effective_discretionary, created_in, earliest_begin_date, gated_until, gated,
      gate_delay_seconds, deadline,
      latest_start, created_at, resumed_at, destination_key)
    select id, $1, $2, $3 + n, case when suspended then 'suspended' else 'waiting' end,
      not suspended and ready_at <= $5, ready_at, host, request_sealed,
      expects_to_send, expects_to_receive, maximum_bytes, expected, priority, task_description, metadata,
      coalesce(is_discretionary, $7), $10 = 'background' or coalesce(is_discretionary, $7), $10, earliest_begin_date,
      gated_until, gated_until is not null, case when gated_until is not null then $4::float8 end,
      case when suspended then null else starts_at + make_interval(secs => $6) end,
      latest_start, $5, case when suspended then null else $5 end, destination_key
    from given
    returning *
  ), noted as (
    ${notingStates('inserted')}
  )
  select ${otherColumns}, $9::text as session_identifier, ${waitingColumn}
  from inserted t cross join (select count(*) from noted) as noted ${waitingJoins('$1')}`

function taskRecord(
  task: NewTask,
  { readyAt, latestStart }: PlannedTask,
  gatedUntil: Date | null,
  requestBytes: number,
  n: number,
): Record<string, unknown> {
  return {
    n: n + 1,
    id: task.id,
    host: task.host,
    request_bytes: requestBytes,
    expects_to_send: task.countOfBytesClientExpectsToSend,
    expects_to_receive: task.countOfBytesClientExpectsToReceive,
    maximum_bytes: task.maximumBytes,
    expected: task.expected,
    priority: task.priority,
    task_description: task.taskDescription,
    metadata: task.metadata,
    is_discretionary: task.isDiscretionary,
    suspended: task.suspended,
    earliest_begin_date: task.earliestBeginDate,
    destination_key: task.destinationKey,
    ready_at: readyAt,
    gated_until: gatedUntil,
    latest_start: latestStart,
  }
}

/** In a session by its task numbers, otherwise by creation. */
async function listTasks(ledger: Ledger, tenantId: string, filter: TaskFilter, query: PageQuery) {
  const inSession = filter.sessionIdentifier !== undefined
  const sessionId = inSession ? await newestSessionId(ledger, tenantId, filter.sessionIdentifier!) : null
  const after = decodeCursor(query.cursor, inSession ? numberShape : typeidShape)
  const { waitingFor } = filter
  const order = inSession ? 't.task_identifier' : 't.id'
  // The page first: what its tasks wait for is looked up for them alone, unless it decides which they are.
  const rows = await ledger.many<JoinedTaskRow>(
    `with page as materialized (
     select t.*, s.identifier as session_identifier from task t join session s on s.id = t.session_id
       ${waitingFor === undefined ? '' : waitingJoins('$1')}
     where t.tenant_id = $1
       and ${waitingFor === undefined ? '$7::text is null' : `${isWaiting} and $7 = any(${waitingReasonsOf})`}
       ${inSession ? 'and t.session_id = $2' : 'and $2::text is null'}
       and ($3::text[] is null or t.state = any($3))
       and ($4::text is null or t.host = $4 or $4 !~ ':\\d+$' and starts_with(t.host, $4 || ':'))
       ${filter.metadata ? "and t.metadata @> $8 and t.metadata <> '{}'" : ''}
       ${inSession ? 'and ($5::int is null or t.task_identifier > $5)' : 'and ($5::text is null or t.id > $5)'}
     order by ${order} limit $6
     )
     select t.*, ${waitingColumn} from page t ${waitingJoins('$1')} order by ${order}`,
    [
      tenantId,
      sessionId,
      filter.state ? storedStates(filter.state) : null,
      filter.host ?? null,
      after ?? null,
      query.limit + 1,
      waitingFor ?? null,
      ...(filter.metadata ? [JSON.stringify(filter.metadata)] : []),
    ],
  )
  await refuseUnknownSession(ledger, tenantId, filter.sessionIdentifier, rows)
  return pageOf(
    rows,
    query.limit,
    (row) => (inSession ? String(row.taskIdentifier) : row.id),
    (row): Task => taskOf(row, ledger.sealer),
  )
}
