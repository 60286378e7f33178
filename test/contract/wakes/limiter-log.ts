import { expect } from 'vitest'
import type { Database } from '#core/database/database.ts'
import {
  admit,
  foreground,
  freshLimiter,
  gatedEnd,
  gateUntil,
  isForeground,
  type LimiterPolicy,
  type LimiterState,
  suspendGated,
  wake,
} from '#core/wakes/rules/wake-limiter.ts'

interface Replayed {
  state: LimiterState
  foregroundUntil: number | null
  wakes: number
  gated: number
  ends: number
  acquisitions: number
  /** When each task may begin at the earliest: its gate, or the acquisition that released it. */
  mayBegin: Map<string, number>
}
export interface LimiterLog {
  /** Does what a tenant's transactions did, one after the other, with the domain's functions, and compares every step. */
  replay(tenantId: string): Promise<Replayed>
}

interface LogRow {
  txid: bigint
  kind: 'limiter' | 'wake' | 'presence' | 'task'
  row: Record<string, unknown>
}

/** All of these are written under the limiter's lock, so their order here is the order in which transactions had it. */
const tables = { limiter: 'update', wake: 'insert', presence: 'insert', task: 'insert' }

/** Writes down what happens to the limiters of this database from now on. */
export async function logLimiter(database: Database, policy: LimiterPolicy): Promise<LimiterLog> {
  await database.run(
    'create table limiter_log (n bigserial, txid bigint default txid_current(), kind text, tenant_id text, row jsonb)',
  )
  await database.run(`
    create function log_limiter() returns trigger language plpgsql as $$ begin
      insert into limiter_log (kind, tenant_id, row) values (tg_table_name, new.tenant_id, to_jsonb(new)); return new;
    end $$`)
  for (const [table, event] of Object.entries(tables))
    await database.run(
      `create trigger log_limiter after ${event} on ${table} for each row execute function log_limiter()`,
    )
  return {
    async replay(tenantId) {
      const rows = await database.many<LogRow>('select * from limiter_log where tenant_id = $1 order by n', [tenantId])
      const replayed: Replayed = {
        state: freshLimiter,
        foregroundUntil: null,
        wakes: 0,
        gated: 0,
        ends: 0,
        acquisitions: 0,
        mayBegin: new Map(),
      }
      for (const written of Map.groupBy(rows, ({ txid }) => txid).values()) replayTransaction(policy, replayed, written)
      return replayed
    },
  }
}

const at = (text: unknown) => (typeof text === 'string' ? Date.parse(text) : null)

function replayTransaction(policy: LimiterPolicy, replayed: Replayed, written: LogRow[]): void {
  const of = (kind: LogRow['kind']) => written.filter((each) => each.kind === kind).map(({ row }) => row)
  const [created] = of('task')
  const [woken] = of('wake')
  const [presence] = of('presence')
  const saved = of('limiter').at(-1)
  if (created) create(replayed, of('task'))
  else if (woken) {
    const openedAt = at(woken.opened_at)!
    expect(isForeground(replayed.foregroundUntil, openedAt)).toBe(false)
    replayed.state = wake(policy, replayed.state, openedAt)
    replayed.wakes += 1
  } else if (presence?.action === 'acquired') {
    const now = at(presence.at)!
    replayed.state = foreground(replayed.state)
    replayed.foregroundUntil = at(presence.until)
    replayed.acquisitions += 1
    for (const [id, gate] of replayed.mayBegin) replayed.mayBegin.set(id, Math.min(gate, now))
  } else if (presence) {
    expect(isForeground(replayed.foregroundUntil, at(presence.at)!)).toBe(true)
    replayed.foregroundUntil = null
  } else {
    settle(replayed, saved!)
  }
  if (!saved) return
  expect({
    delaySeconds: saved.delay_seconds,
    lastWakeAt: at(saved.last_wake_at),
    lastGatedEndAt: at(saved.last_gated_end_at),
    gatedLive: saved.gated_live,
    foregroundUntil: at(saved.foreground_until),
  }).toEqual({ ...replayed.state, foregroundUntil: replayed.foregroundUntil })
}

function create(replayed: Replayed, tasks: Record<string, unknown>[]): void {
  const now = at(tasks[0]!.created_at)!
  const present = isForeground(replayed.foregroundUntil, now)
  for (const { id, gated_until, gated, created_in, state, earliest_begin_date } of tasks) {
    const isAdmitted = !present && state !== 'suspended'
    const admitted = isAdmitted
      ? admit(replayed.state, now, at(earliest_begin_date) ?? now)
      : { state: replayed.state, gatedUntil: null }
    expect({ gate: at(gated_until), gated, created_in }).toEqual({
      gate: admitted.gatedUntil,
      gated: admitted.gatedUntil !== null,
      created_in: present ? 'foreground' : 'background',
    })
    replayed.mayBegin.set(id as string, admitted.gatedUntil ?? now)
    if (admitted.gatedUntil !== null) replayed.gated += 1
    replayed.state = admitted.state
  }
}

/** A gated task has ended, was suspended, or was resumed. */
function settle(replayed: Replayed, saved: Record<string, unknown>): void {
  const { state } = replayed
  const endedAt = at(saved.last_gated_end_at)
  if ((saved.gated_live as number) > state.gatedLive) {
    expect(gateUntil(state)).not.toBeNull()
    replayed.state = { ...state, gatedLive: state.gatedLive + 1 }
    replayed.gated += 1
    return
  }
  // What was released is no gated task any more, and its end no gated end.
  expect(state.gatedLive).toBeGreaterThan(0)
  const hasEnded = endedAt !== state.lastGatedEndAt
  replayed.state = hasEnded ? gatedEnd(state, endedAt!) : suspendGated(state, 0, false)
  replayed.ends += 1
}
