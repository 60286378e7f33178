import { expect, it } from 'vitest'
import { decisionKinds } from '#core/decisions/rules/decision.ts'
import { createActor, randomFrom } from '#support/builders/random-verbs.ts'
import type { BuiltSession } from '#support/builders/store-builder.ts'
import { useStore } from '#support/builders/use-store.ts'

const seed = 20_261_123
const actors = 10
const forMs = 4_000
const ticks = 60

const builder = useStore({ baseSeconds: 0.2, factor: 2, capSeconds: 0.4 })

/** Ends all waiting times and leases. */
async function passTime(): Promise<void> {
  const past = "clock_timestamp() - interval '1 ms'"
  for (const sql of [
    `update task set ready_at = ${past}, gated_until = null, earliest_begin_date = null where state = 'waiting' and not due`,
    `update task set lease_until = ${past} where lease_until is not null`,
    `update task set resume_until = ${past} where resume_until is not null`,
    `update task set ended_at = ended_at - interval '1 minute', garbage_lease_until = null where garbage is not null`,
    `update session set wake_due_at = ${past} where wake_due_at is not null`,
    `update wake set deadline = ${past} where state = 'open' and opened_at < clock_timestamp() - interval '1 s'`,
    `update delivery_lane set due_at = ${past} where due_at is not null`,
    `update delivery_lane set lease_until = null`,
    `update endpoint set next_probe_at = ${past} where next_probe_at is not null`,
    `update host_state set blocked_until = null, half_open = false`,
  ])
    await builder.database.run(sql)
}

/** Rows that must not be: each question names what is wrong with those it finds. */
const wrong: Record<string, string> = {
  'gates are counted': `select l.tenant_id from limiter l where gated_live <>
    (select count(*) from task t where t.tenant_id = l.tenant_id and t.gated and t.ended_at is null)`,
  'only what waits or runs is gated': `select id from task where gated and state = 'suspended'`,
  'events of a session are numbered without a gap': `select s.id from session s where s.last_sequence <>
    (select count(*) from event where session_id = s.id) or s.last_sequence <>
    (select coalesce(max(sequence), 0) from event where session_id = s.id)`,
  'events of a tenant are numbered without a gap': `select f.tenant_id from feed f where f.last_sequence <>
    (select count(*) from event where tenant_id = f.tenant_id) or f.last_sequence <>
    (select coalesce(max(tenant_sequence), 0) from event where tenant_id = f.tenant_id)`,
  'an ended task is reported once, and no other': `select t.id from task t where
    (select count(*) from event where task_id = t.id and type = 'task.completed') <> (t.ended_at is not null)::int
    or (select count(*) from event where task_id = t.id and type = 'task.finished_downloading') <> (t.state = 'completed')::int`,
  'an ended task holds nothing': `select id from task where ended_at is not null and (worker_id is not null
    or lease_until is not null or decision_until is not null
    or state = 'completed' and transfer is not null or state <> 'completed' and file_state is not null)`,
  'the end of a session is its last event, once': `select s.id from session s where s.state = 'invalidated' and
    (select array_agg(sequence) from event where session_id = s.id and type = 'session.invalidated')
      is distinct from array[s.last_sequence]`,
  'a session that has ended has no unended task': `select t.id from task t join session s on s.id = t.session_id
    where s.state = 'invalidated' and t.ended_at is null`,
  'a task waits for exactly the open decision': `select t.id from task t where (t.decision_until is not null)::int <>
    (select count(*) from decision where task_id = t.id and state in ('open', 'answered'))`,
  'a transfer is known to whom its parts belong': `select p.task_id from transfer_part p join task t on t.id = p.task_id
    where t.transfer is null or (t.transfer ->> 'generation')::int < p.generation`,
  'steps are numbered without a gap': `select t.id from task t where t.steps <>
    (select count(*) from task_step where task_id = t.id) or t.steps <>
    (select coalesce(max(number), 0) from task_step where task_id = t.id)`,
  'a wake is framed': `select w.id from wake w where
    (select count(*) from event where wake_id = w.id and type = 'session.wake') <> 1 or
    w.finished is distinct from (select type = 'session.events_finished' from event
      where wake_id = w.id and type not in ('session.invalidated', 'wake.expired') order by sequence desc limit 1)`,
  'one wake of a session is open': `select session_id from wake where state = 'open' group by 1 having count(*) > 1`,
  'a file lies at a key of its own': `select file_key from task where file_state in ('temporary', 'permanent')
    group by file_key having count(*) > 1`,
  'a file at a client’s key has its claim': `select t.id from task t where t.file_state in ('temporary', 'permanent')
    and t.destination_key is not null and not exists (select 1 from file_key where key = t.file_key and task_id = t.id)`,
}
/** The same for when everything has ended. */
const left: Record<string, string> = {
  'a task': 'select id from task where ended_at is null',
  'a session': "select id from session where state <> 'invalidated' or wake_due_at is not null or canceling",
  'an event': 'select id from event where held',
  'a delivery': "select id from delivery where state = 'pending'",
  'a lane': 'select session_id from delivery_lane where due_at is not null',
  'a wake': "select id from wake where state = 'open'",
  'a transfer': 'select id from task where transfer is not null or resume_until is not null',
  'a part': 'select task_id from transfer_part',
  garbage: 'select id from task where garbage is not null',
  'a key without a file': `select key from file_key k where not exists (
    select 1 from task where id = k.task_id and file_key = k.key and file_state in ('temporary', 'permanent'))`,
}
async function found(questions: Record<string, string>): Promise<Record<string, unknown[]>> {
  const findings: Record<string, unknown[]> = {}
  for (const [name, sql] of Object.entries(questions)) {
    const rows = await builder.database.many(sql)
    if (rows.length > 0) findings[name] = rows.slice(0, 3)
  }
  return findings
}

it('keeps every promise while everybody does everything at once, and comes to an end', async () => {
  const sessions: BuiltSession[] = []
  for (let n = 0; n < 2; n++) {
    const tenantId = await builder.tenant()
    const short = { fileLeaseSeconds: 1, wakeMaximumLatency: 1 }
    sessions.push(await builder.session(tenantId, { ...short, delegateDecisions: decisionKinds, decisionTimeout: 1 }))
    sessions.push(await builder.session(tenantId, { ...short, fileRetention: 'untilReturn' }))
    sessions.push(await builder.session(tenantId, { ...short, delegate: { kind: 'pull' } }))
  }
  const processes = [builder.stores, builder.otherProcess(), builder.otherProcess()]
  const until = Date.now() + forMs
  await Promise.all(
    Array.from({ length: actors }, async (_, n) => {
      const actor = createActor(builder, processes[n % processes.length]!, sessions, randomFrom(seed + n))
      while (Date.now() < until) await actor.step()
    }),
  )
  expect(await found(wrong)).toEqual({})

  for (const { tenantId, id } of await builder.database.many<{ tenantId: string; id: string }>(
    "select tenant_id, id from task where state = 'suspended'",
  ))
    await builder.stores.tasks.resumeTask(tenantId, id)
  for (const [n, { tenantId, identifier }] of sessions.entries())
    await builder.stores.sessions.invalidateSession(tenantId, identifier, n % 2 === 0 ? 'finish' : 'cancel')
  const calm = createActor(builder, builder.stores, sessions, randomFrom(seed))
  for (let n = 0; n < ticks && Object.keys(await found(left)).length > 0; n++) {
    await passTime()
    await calm.tick()
  }
  expect(await found(left)).toEqual({})
  expect(await found(wrong)).toEqual({})
  // It was about something.
  const known = await builder.database.many<{ what: string }>(
    'select state as what from task union select type from event',
  )
  const least = ['completed', 'canceled', 'task.completed', 'session.wake', 'session.invalidated']
  expect(known.map(({ what }) => what)).toEqual(expect.arrayContaining(least))
})
