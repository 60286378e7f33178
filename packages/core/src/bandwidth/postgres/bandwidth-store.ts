import type { Sql } from '../../database/database.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { leaseSeconds } from '../../ledger/worker-slots.ts'
import type { BandwidthStore, ScopeUse } from '../bandwidth-store.ts'
import { nextShare, type WorkerShare } from '../rules/divide-rate.ts'

/** The shares of a maximum, by worker. `at`: when it was reported, Unix milliseconds by the database's clock. */
type Shares = Record<string, WorkerShare & { at: number }>

/** Behind the last worker that may have a share of it. */
const forgottenAfterSeconds = 60

export function createBandwidthStore(ledger: Ledger): BandwidthStore {
  return {
    divide: (workerId, uses) =>
      uses.length === 0 ? Promise.resolve([]) : ledger.transaction((tx) => divide(tx, workerId, uses)),

    async forgetShares() {
      await ledger.run(
        `delete from bandwidth where scope_id in (
           select scope_id from bandwidth where seen_at < clock_timestamp() - interval '${forgottenAfterSeconds} seconds'
           for update skip locked)`,
      )
    },
  }
}

/** Workers that report the same maximum do it one after the other, so that together they have no more than it. */
async function divide(tx: Sql, workerId: string, uses: readonly ScopeUse[]): Promise<number[]> {
  const rows = await tx.many<{ scopeId: string; shares: Shares; now: Date }>(
    `insert into bandwidth (scope_id, tenant_id, shares, seen_at)
     select scope_id, tenant_id, '{}'::jsonb, clock_timestamp()
     from unnest($1::text[], $2::text[]) as given(scope_id, tenant_id) order by scope_id
     on conflict (scope_id) do update set seen_at = excluded.seen_at
     returning scope_id, shares, clock_timestamp() as now`,
    [uses.map(({ scopeId }) => scopeId), uses.map(({ tenantId }) => tenantId)],
  )
  const before = new Map(rows.map((row) => [row.scopeId, row]))
  const after = uses.map((use) => sharesWith(before.get(use.scopeId)!, workerId, use))
  await tx.run(
    `with given as (select * from unnest($1::text[], $2::jsonb[]) as given(scope_id, shares)),
       gone as (delete from bandwidth using given where bandwidth.scope_id = given.scope_id and given.shares = '{}')
     update bandwidth set shares = given.shares from given
     where bandwidth.scope_id = given.scope_id and given.shares <> '{}'`,
    [uses.map(({ scopeId }) => scopeId), after.map((shares) => JSON.stringify(shares))],
  )
  return after.map((shares) => shares[workerId]?.share ?? 0)
}

function sharesWith({ shares, now }: { shares: Shares; now: Date }, workerId: string, use: ScopeUse): Shares {
  const at = now.getTime()
  const others = Object.entries(shares).filter(([id, share]) => id !== workerId && share.at > at - leaseSeconds * 1000)
  const { transfers, bytesPerSecond, isHungry, maximum } = use
  if (transfers === 0) return Object.fromEntries(others)
  const own = { transfers, bytesPerSecond, isHungry }
  const share = nextShare(
    maximum,
    own,
    others.map(([, other]) => other),
  )
  return { ...Object.fromEntries(others), [workerId]: { ...own, share, at } }
}
